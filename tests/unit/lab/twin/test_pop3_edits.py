"""The edits of the accounts file."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.lab.twin.pop3_commands import (
    BERT,
    PROFILES,
    code,
    data_of,
    digest,
    machine_with,
    names_in_data,
    output,
    status,
)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_block_is_cloned_without_its_secret_travelling(profile: str) -> None:
    machine = machine_with(profile, [BERT])
    data = data_of(machine)
    edits = [{"Offset": len(data), "Length": 0, "Copy": {"Offset": 0, "Length": len(data)}}]
    output(machine, "Write-Pop3Records", Sha256=digest(data), Edits=edits)
    assert data_of(machine) == data + data


def test_edits_of_every_kind_at_once() -> None:
    machine = machine_with(entries=[])
    data = b"0123456789"
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    edits = [
        {"Offset": 0, "Length": 0, "Data": base64.b64encode(b"<").decode()},
        {"Offset": 0, "Length": 0, "Copy": {"Offset": 8, "Length": 2}},
        {"Offset": 0, "Length": 3, "Data": ""},
        {"Offset": 5, "Length": 1, "Data": base64.b64encode(b"\x00\xff").decode()},
        {"Offset": 10, "Length": 0, "Copy": {"Offset": 0, "Length": 1}},
    ]
    output(machine, "Write-Pop3Records", Sha256=digest(data), Edits=edits)
    assert data_of(machine) == b"<8934\x00\xff67890"


@pytest.mark.parametrize(
    "edits",
    [
        "text",
        ["text"],
        [{}],
        [{"Offset": 0, "Length": 0}],
        [{"Offset": -1, "Length": 0, "Data": ""}],
        [{"Offset": 0, "Length": True, "Data": ""}],
        [{"Offset": 0, "Length": 0, "Data": "", "Copy": {"Offset": 0, "Length": 0}}],
        [{"Offset": 5, "Length": 2, "Data": ""}, {"Offset": 6, "Length": 0, "Data": ""}],
        [{"Offset": 0, "Length": 0, "Data": "no-base64"}],
        [{"Offset": 0, "Length": 0, "Data": None}],
        [{"Offset": 10**6, "Length": 0, "Data": ""}],
        [{"Offset": 0, "Length": 0, "Copy": {"Offset": 0, "Length": 10**6}}],
        [{"Offset": 0, "Length": 0, "Copy": None}],
        [{"Offset": 0, "Length": 0, "Password": 1, "Entropy": {"Offset": 8, "Length": 28}}],
        [{"Offset": 0, "Length": 0, "Password": "x", "Entropy": None}],
    ],
)
def test_edits_that_are_none(edits: Any) -> None:
    machine = machine_with()
    before = data_of(machine)
    assert code(machine, "Write-Pop3Records", Sha256=digest(before), Edits=edits) == "parameter_unreadable"
    assert (data_of(machine), names_in_data(machine), status(machine)) == (before, ["pop3records.dat"], "Running")


@pytest.mark.parametrize("place", [{"Offset": 0, "Length": 7}, {"Offset": 8, "Length": 0}])
def test_an_entropy_that_is_none(place: dict[str, int]) -> None:
    machine = machine_with()
    edits = [{"Offset": 0, "Length": 0, "Password": "x", "Entropy": place}]
    assert code(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=edits) == "pop3_entropy_missing"
    assert (names_in_data(machine), status(machine)) == (["pop3records.dat"], "Running")
