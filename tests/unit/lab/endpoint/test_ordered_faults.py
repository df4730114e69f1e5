"""Ordered faults, met by the real pywinrm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from lab.endpoint.host import Host
from lab.endpoint.ordered_faults import FaultOrder
from lab.up.lab import Lab
from tests.unit.lab.endpoint.endpoint_backend import NoMachine, WordBackend, client, make_lab, run

BROKEN = requests.exceptions.ConnectionError


@pytest.fixture
def lab() -> Iterator[Lab]:
    with make_lab() as running:
        yield running


@pytest.fixture
def host(lab: Lab) -> Host:
    return lab.hosts["sbs"]


def ran(host: Host) -> list[str]:
    assert isinstance(host.backend, WordBackend)
    return host.backend.ran


def test_drop_before_the_second_command_leaves_it_unrun(lab: Lab, host: Host) -> None:
    host.faults.order(kind="drop", action="Command", nth=2)
    assert run(client(lab), "echo one")[0] == b"one"
    # Over NTLM the clean-up that follows is sealed for the lost connection, so the shell stays.
    with pytest.raises(WinRMTransportError) as refused:
        run(client(lab), "echo two")
    assert refused.value.code == 400
    assert host.open_shells == 1
    assert ran(host) == ["echo one"]
    assert run(client(lab), "echo three")[0] == b"three"
    (fault,) = host.log.faults()
    assert (fault["kind"], fault["met"], fault["done"]) == ("drop", "Command", 1)
    assert host.faults.pending() == []


def test_drop_after_processing_runs_the_command_and_loses_the_answer(lab: Lab, host: Host) -> None:
    host.faults.order(kind="drop", action="Command", when="after")
    with pytest.raises(BROKEN):
        run(client(lab, "basic"), "echo one")
    assert [entry.note for entry in host.log.entries("Command")] == ["connection dropped"]
    assert host.log.count() == 1


def test_drop_during_the_second_command_only(lab: Lab, host: Host) -> None:
    host.faults.order(kind="drop", action="Receive", command=2)
    protocol = client(lab, "basic")
    assert run(protocol, "echo one")[0] == b"one"
    with pytest.raises(BROKEN):
        run(client(lab, "basic"), "echo two")
    assert host.log.count("Signal") == 1


def test_drop_after_n_messages(lab: Lab, host: Host) -> None:
    host.faults.order(kind="drop", after=2)
    with pytest.raises(BROKEN):
        run(client(lab, "basic"), "echo one")
    assert [entry.action for entry in host.log.entries() if entry.status == 200] == ["Create", "Command", "Delete"]


def test_drop_of_an_answered_connection_costs_an_ntlm_client_its_sealed_message(lab: Lab, host: Host) -> None:
    host.faults.order(kind="drop", action="Create", when="answered")
    protocol = client(lab)
    shell = protocol.open_shell()
    # Only a client that finds the connection closed, rather than closing, logs in anew.
    for thread in threading.enumerate():
        if thread.name == "lab-connection":
            thread.join(10)
    with pytest.raises(WinRMTransportError) as refused:
        protocol.run_command(shell, "rc 0")
    assert refused.value.code == 400


def test_401_to_everything_and_to_one_action(lab: Lab, host: Host) -> None:
    host.faults.order(kind="unauthorized", count=2)
    with pytest.raises((InvalidCredentialsError, PermissionError)):
        run(client(lab), "rc 0")
    assert run(client(lab), "rc 0")[2] == 0
    host.faults.order(kind="unauthorized", action="Command")
    with pytest.raises(InvalidCredentialsError):
        run(client(lab, "basic"), "rc 0")
    assert host.open_shells == 0


def test_delay_beyond_the_read_timeout(lab: Lab, host: Host) -> None:
    host.faults.order(kind="delay", action="Create", seconds=2.5)
    with pytest.raises(requests.exceptions.ReadTimeout):
        client(lab, "basic", operation_timeout_sec=1, read_timeout_sec=2).open_shell()


@pytest.mark.parametrize(("when", "expected"), [("start", []), ("end", ["echo one"])])
def test_killed_shell(lab: Lab, host: Host, when: str, expected: list[str]) -> None:
    host.faults.order(kind="kill_shell", when=when)
    protocol = client(lab)
    shell = protocol.open_shell()
    with pytest.raises(WSManFaultError) as refused:
        protocol.get_command_output(shell, protocol.run_command(shell, "echo one"))
    assert refused.value.wsman_fault_code in (995, 2150858843)
    assert ran(host) == expected
    assert host.open_shells == 0


def test_garbage_before_the_reply(lab: Lab, host: Host) -> None:
    host.faults.order(kind="garbage", text="Profile says hällo\r\n")
    assert run(client(lab), "echo one")[0] == "Profile says hällo\r\none".encode()
    assert run(client(lab), "echo one")[0] == b"one"


@pytest.mark.parametrize(("extra", "expected"), [({}, b"ab"), ({"at": 3}, b"abc")])
def test_cut_reply(lab: Lab, host: Host, extra: dict[str, int], expected: bytes) -> None:
    host.faults.order(kind="cut_reply", **extra)
    assert run(client(lab), "echo abcd") == (expected, b"", 0)


def test_a_command_that_hangs_ends_when_it_is_cancelled(lab: Lab, host: Host) -> None:
    host.faults.order(kind="hang")
    protocol = client(lab, operation_timeout_sec=1)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "echo one")
    with pytest.raises(WinRMOperationTimeoutError):
        protocol.get_command_output_raw(shell, command)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    assert (ran(host), host.open_shells) == ([], 0)


def test_pieces_stderr_and_exit(lab: Lab, host: Host) -> None:
    host.faults.order(kind="pieces", size=1)
    host.faults.order(kind="stderr", text="#< CLIXML\r\n")
    assert run(client(lab), "echo häßlich") == ("häßlich".encode(), b"#< CLIXML\r\n", 0)
    # Nine bytes in as many Stream elements, two of them halves of a character.
    assert sum(entry.response for entry in host.log.entries("Receive")) > 9 * 80
    host.faults.order(kind="exit", code=9)
    assert run(client(lab), "echo one") == (b"", b"", 9)


def test_a_process_that_ends_at_once_may_say_why(lab: Lab, host: Host) -> None:
    host.faults.order(kind="exit", code=9)
    host.faults.order(kind="stderr", text="Kaputt\r\n")
    host.faults.order(kind="garbage", text="Windows\r\n")
    assert run(client(lab), "echo one") == (b"Windows\r\n", b"Kaputt\r\n", 9)
    assert ran(host) == []


def test_busy_send(lab: Lab, host: Host) -> None:
    host.faults.order(kind="soap_fault", action="Send", code=170)
    with pytest.raises(WSManFaultError) as refused:
        run(client(lab), "cat", [b"x"])
    assert refused.value.wsman_fault_code == 170


def test_refused_port_and_back_again(lab: Lab, host: Host) -> None:
    lab.order_fault("sbs", {"kind": "refuse_port"})
    for port in (host.ports.http, host.ports.https):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    lab.clear_faults("sbs")
    assert run(client(lab), "rc 0")[2] == 0
    assert [fault["kind"] for fault in host.log.faults()] == ["refuse_port"]


def test_failing_cmdlet_is_ordered_of_the_machine(lab: Lab, host: Host) -> None:
    lab.order_fault("sbs", {"kind": "fail_cmdlet", "cmdlet": "Set-SendConnector", "message": "No.", "after": 1})
    assert isinstance(host.machine, NoMachine)
    assert host.machine.failures == [("Set-SendConnector", "No.", 1, 1)]


def test_count_zero_goes_on_until_cleared(lab: Lab, host: Host) -> None:
    host.faults.order(kind="garbage", text="G", count=0)
    assert [run(client(lab), "echo one")[0] for _ in range(3)] == [b"Gone"] * 3
    lab.clear_faults("sbs")
    assert run(client(lab), "echo one")[0] == b"one"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "unknown kind of fault None"),
        ({"kind": "explode"}, "unknown kind of fault 'explode'"),
        ({"kind": "drop", "sometimes": 1}, "unknown sometimes"),
        ({"kind": "drop", "when": "never"}, "when is 'never'"),
        ({"kind": "delay", "when": "before"}, "when is 'before'"),
        ({"kind": "drop", "count": -1}, "count is -1"),
        ({"kind": "drop", "nth": True}, "nth is True"),
        ({"kind": "fail_cmdlet"}, "cmdlet is missing"),
    ],
)
def test_a_bad_order_is_refused_with_the_reason(data: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        FaultOrder.from_data(data)
