"""Accepted domains of the simulated Exchange."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from lab.host.state_files import load_state


@pytest.fixture
def host() -> SimulatedMachine:
    return SimulatedMachine({**load_state("addresses"), "clock": "2026-11-24T12:00:00Z"})


def new(machine: SimulatedMachine, *templates: str, **parameters: Any) -> None:
    given = {"Name": "Neu", "EnabledEmailAddressTemplates": list(templates) or ["SMTP:%m@beispiel.de"]}
    given |= {} if "RecipientFilter" in parameters else {"IncludedRecipients": "AllRecipients"}
    machine.invoke("New-EmailAddressPolicy", {**given, **parameters})


def refusal(machine: SimulatedMachine, command: str, **parameters: Any) -> CmdletError:
    machine.change({"clock": machine.clock.now().isoformat()})  # a second that ends would be a change
    before = machine.dump()
    with pytest.raises(CmdletError) as caught:
        machine.invoke(command, parameters)
    assert {**machine.dump(), "history": None} == {**before, "history": None}
    return caught.value


def test_a_domain_of_a_policy_stays_and_stays_inside(host: SimulatedMachine) -> None:
    new(host, Priority=1)
    for command, more in (
        ("Remove-AcceptedDomain", {"Confirm": False}),
        ("Set-AcceptedDomain", {"DomainType": "ExternalRelay"}),
    ):
        error = refusal(host, command, Identity="beispiel.de", **more)
        assert (error.type, "policy 'Neu'" in error.message) == (errors.LOCALIZED, True)


@pytest.mark.parametrize(
    ("kind", "in_address_book"), [(None, True), ("InternalRelay", False), ("ExternalRelay", False)]
)
def test_a_new_accepted_domain(host: SimulatedMachine, kind: str | None, in_address_book: bool) -> None:
    given = {} if kind is None else {"DomainType": kind}
    (row,) = host.invoke("New-AcceptedDomain", {"Name": "x", "DomainName": "x.example", **given})
    assert (row["DomainType"], row["AddressBookEnabled"], row["Default"]) == (
        kind or "Authoritative",
        in_address_book,
        False,
    )
    host.invoke("Remove-AcceptedDomain", {"Identity": "X", "Confirm": False})
    assert "x.example" not in {row["DomainName"] for row in host.invoke("Get-AcceptedDomain", {})}


def test_there_is_one_default_domain(host: SimulatedMachine) -> None:
    host.invoke("Set-AcceptedDomain", {"Identity": "beispiel.de", "MakeDefault": True})
    rows = host.invoke("Get-AcceptedDomain", {})
    assert [row["DomainName"] for row in rows if row["Default"]] == ["beispiel.de"]
    assert [row["DomainName"] for row in rows] == ["nt4admins.local", "beispiel.de", "*.alt.example"]
