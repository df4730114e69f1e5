"""Calls of cmdlets: history, ordered failures and delays, many threads at once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from tests.unit.lab.host.hosts import NAME, PASSWORD, read


def test_history_names_parameters_but_no_values(machine: SimulatedMachine) -> None:
    machine.invoke("Set-SendConnector", {"Identity": NAME, "Comment": PASSWORD})
    with pytest.raises(CmdletError):
        machine.invoke("Get-SendConnector", {"Identity": "x"})
    assert machine.dump()["history"] == [
        {"command": "Set-SendConnector", "parameters": ["Comment", "Identity"], "status": "done"},
        {"command": "Get-SendConnector", "parameters": ["Identity"], "status": "failed"},
    ]
    assert PASSWORD not in json.dumps(machine.history)


def outcome(machine: SimulatedMachine, command: str = "Get-SendConnector") -> str:
    try:
        machine.invoke(command, {})
    except CmdletError as error:
        return error.message
    return "done"


def test_ordered_failures_come_and_go(machine: SimulatedMachine) -> None:
    machine.fail_next("get-sendconnector", "Kaputt", times=2, after=1)
    assert [outcome(machine) for _ in range(4)] == ["done", "Kaputt", "Kaputt", "done"]


def test_a_failure_is_for_its_own_cmdlet_and_changes_nothing(machine: SimulatedMachine) -> None:
    machine.fail_next("Set-SendConnector")
    assert outcome(machine) == outcome(machine, "Get-ExchangeServer") == "done"
    with pytest.raises(CmdletError, match="told to let this command fail"):
        machine.invoke("Set-SendConnector", {"Identity": NAME, "Port": 26})
    assert read(machine)["Port"] == 25


def test_failures_are_taken_in_their_order(machine: SimulatedMachine) -> None:
    machine.fail_next("Get-SendConnector", "one")
    machine.fail_next("Get-SendConnector", "two")
    assert [outcome(machine) for _ in range(3)] == ["one", "two", "done"]


def test_host_facts_can_fail_too(machine: SimulatedMachine) -> None:
    machine.fail_next("Get-HostFacts", "WMI")
    with pytest.raises(CmdletError, match="WMI"):
        machine.host_facts()


def test_a_delay_ends_when_the_command_is_cancelled(machine: SimulatedMachine) -> None:
    machine.delay_next("Get-SendConnector", 3600)
    cancelled = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(machine.invoke, "Get-SendConnector", {}, cancelled)
        machine.invoke("Get-ExchangeServer", {})  # a delay holds up nobody else
        assert not waiting.done()
        cancelled.set()
        assert len(waiting.result(timeout=30)) == 1


def test_many_threads_make_connectors_of_one_name_only_once(machine: SimulatedMachine) -> None:
    def create(number: int) -> bool:
        try:
            machine.invoke("New-SendConnector", {"Name": f"c{number % 10}", "AddressSpaces": f"d{number}.de"})
        except CmdletError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(create, range(200)))
    assert made.count(True) == 10
    assert len(machine.dump()["send_connectors"]) == 11
    assert len(machine.history) == 200
    guids = {connector["Guid"] for connector in machine.dump()["send_connectors"]}
    assert len(guids) == 11
