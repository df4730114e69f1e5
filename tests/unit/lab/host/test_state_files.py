"""States of the lab's hosts: those that it brings, files, mappings, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lab.host.state
from lab.host.machine import SimulatedMachine
from lab.host.profiles import PROFILES
from lab.host.state import StateError
from lab.host.state_files import load_state
from tests.unit.lab.host.hosts import read

STATES = sorted(path.stem for path in (Path(lab.__file__).parent / "states").glob("*.yml"))


@pytest.mark.parametrize("state", STATES)
def test_every_state_that_the_lab_brings_can_be_built_and_dumped(state: str) -> None:
    dump = SimulatedMachine.from_state(state).dump()
    assert dump["profile"] == load_state(state)["profile"]
    assert json.loads(json.dumps(dump)) == dump


def test_the_example_state_shows_every_key() -> None:
    assert set(load_state("sbs2011")) == set(lab.host.state.DEFAULTS)


def test_there_is_a_state_for_every_profile() -> None:
    assert {load_state(state)["profile"] for state in STATES} == set(PROFILES)


def test_a_state_can_be_a_file_or_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text("language: de\nsend_connectors: [{Name: Ä, AddressSpaces: ['*']}]\n", encoding="utf-8")
    machine = SimulatedMachine.from_state(path)
    assert read(machine, "Ä")["AddressSpaces"] == ["SMTP:*;1"]
    assert SimulatedMachine.from_state(str(path)).language == "de"
    assert SimulatedMachine.from_state({}).dump()["send_connectors"] == []


@pytest.mark.parametrize(
    ("state", "piece"),
    [
        ({"profil": "sbs2011"}, "unknown keys ['profil']; possible are ['accepted_domains',"),
        ({"profile": "sbs2008"}, "'sbs2008' is none of ['edge2010', 'exchange2007',"),
        ({"language": "fr"}, "'fr' is none of ['de', 'en']"),
        ({"send_connectors": [{"Port": 25}]}, "every entry is a mapping with a Name"),
        ({"send_connectors": ["x"]}, "every entry is a mapping with a Name"),
        (
            {"send_connectors": [{"Name": "x", "Prt": 25}]},
            "'x': \"a send connector has no property 'Prt'",
        ),
        ({"send_connectors": [{"Name": "x", "Port": "abc"}]}, "send connector 'x': Cannot convert value \"abc\""),
        ({"send_connectors": [{"Name": "x", "Port": 70000}]}, "'70000' of the property Port"),
        ({"profile": "no_exchange", "send_connectors": [{"Name": "x"}]}, "has no simulated Exchange"),
        ({"clock": "2026-11-24T20:39:36"}, "no time zone"),
    ],
)
def test_a_state_that_cannot_be(state: dict[str, Any], piece: str) -> None:
    with pytest.raises(ValueError) as caught:
        SimulatedMachine.from_state(state)
    assert piece in str(caught.value)


def test_a_state_that_is_not_there() -> None:
    with pytest.raises(StateError, match=r"'nowhere': no such file; the lab brings .*sbs2011"):
        load_state("nowhere")


def test_a_state_file_that_is_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "list.yml"
    path.write_text("- a\n", encoding="utf-8")
    with pytest.raises(StateError, match="a mapping is expected, found list"):
        load_state(path)


def test_a_bad_host_can_be_described() -> None:
    """A real host may hold what its cmdlets would refuse today."""
    bad = {"Name": "x", "SmartHosts": ["a.de"], "DNSRoutingEnabled": True, "TlsAuthLevel": "EncryptionOnly"}
    machine = SimulatedMachine.from_state({"send_connectors": [bad]})
    assert read(machine, "x")["SmartHosts"] == ["a.de"]
