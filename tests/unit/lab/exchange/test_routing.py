"""Which connector takes mail for a domain."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from lab.exchange.routing import connector_for
from lab.host.machine import SimulatedMachine


def entries(machine: SimulatedMachine) -> list[dict[str, str]]:
    lines = machine.smtp_send_log().splitlines()
    names = next(line for line in lines if line.startswith("#Fields: ")).removeprefix("#Fields: ").split(",")
    return [dict(zip(names, row, strict=True)) for row in csv.reader(line for line in lines if line[0] != "#")]


def connectors(*spaces: tuple[str, list[str]], disabled: str = "") -> list[Any]:
    entries = [{"Name": name, "AddressSpaces": addresses, "Enabled": name != disabled} for name, addresses in spaces]
    organisation = SimulatedMachine({"send_connectors": entries}).organisation
    assert organisation is not None
    return organisation.connectors.all


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("example.com", "star"),
        ("beispiel.de", "whole"),
        ("BEISPIEL.de", "whole"),
        ("post.beispiel.de", "below"),
        ("tief.post.beispiel.de", "deeper"),
        ("xbeispiel.de", "star"),
    ],
)
def test_the_most_specific_space_wins(domain: str, name: str) -> None:
    known = connectors(
        ("dear star", ["*;9"]),
        ("star", ["*;5"]),
        ("below", ["*.beispiel.de"]),
        ("deeper", ["*.post.beispiel.de;100"]),
        ("also", ["beispiel.de;8", "X400:o=x;1"]),
        ("whole", ["beispiel.de;7"]),
        ("off", ["*;1"]),
        disabled="off",
    )
    found = connector_for(domain, known)
    # *.post.beispiel.de holds post.beispiel.de, too.
    assert found and found.Name == ("deeper" if domain.startswith("post.") else name)


def test_of_equals_the_first_name_is_taken() -> None:
    found = connector_for("example.com", connectors(("b", ["*"]), ("A", ["*"]), ("c", ["*"])))
    assert found and found.Name == "A"
