"""What changes behind Ansible's back: whole, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from tests.unit.lab.host.hosts import NAME, read


def test_drift_merges_by_name_and_removes(machine: SimulatedMachine) -> None:
    before = read(machine)
    machine.change({"send_connectors": [{"Name": NAME, "Port": 26}, {"Name": "New", "AddressSpaces": ["a.de"]}]})
    assert read(machine) | {"WhenChanged": "", "WhenChangedUTC": ""} == before | {
        "Port": 26,
        "WhenChanged": "",
        "WhenChangedUTC": "",
    }
    assert read(machine, "New")["AddressSpaces"] == ["SMTP:a.de;1"]
    machine.change({"remove": ["New"]})
    assert [c["Name"] for c in machine.dump()["send_connectors"]] == [NAME]
    assert machine.history[-1]["command"] == "Get-SendConnector"  # drift is nobody's cmdlet


def test_drift_sets_the_clock(machine: SimulatedMachine) -> None:
    machine.change({"clock": "2030-01-01T00:00:00Z"})
    machine.invoke("Set-SendConnector", {"Identity": NAME, "Port": 26})
    assert read(machine)["WhenChanged"] == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("changes", "piece"),
    [
        ({"connectors": []}, "unknown keys ['connectors']"),
        ({"remove": [NAME, "nobody"]}, "0 connectors are named 'nobody'"),
        ({"send_connectors": [{"Name": NAME, "Port": 26}, {"Name": NAME, "Nope": 1}]}, "no property 'Nope'"),
        ({"remove": [NAME], "send_connectors": [{"Name": "New", "Port": "x"}]}, "Cannot convert"),
    ],
)
def test_drift_happens_whole_or_not_at_all(machine: SimulatedMachine, changes: dict[str, Any], piece: str) -> None:
    before = machine.dump()["send_connectors"]
    with pytest.raises(StateError) as caught:
        machine.change(changes)
    assert piece in str(caught.value)
    assert machine.dump()["send_connectors"] == before


def test_drift_on_a_name_that_two_share_is_refused() -> None:
    machine = SimulatedMachine.from_state("duplicate_names")
    with pytest.raises(StateError, match="2 connectors are named 'Internet'"):
        machine.change({"send_connectors": [{"Name": "Internet", "Port": 26}]})


def test_drift_needs_an_exchange() -> None:
    with pytest.raises(StateError, match="no simulated Exchange"):
        SimulatedMachine.from_state("no_exchange").change({"remove": ["x"]})
