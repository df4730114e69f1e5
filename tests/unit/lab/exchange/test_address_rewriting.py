"""An Edge Transport server, and what the message tracking log tells of mail that left."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine


@pytest.fixture
def edge() -> SimulatedMachine:
    return SimulatedMachine.from_state("edge2010")


def refusal(machine: SimulatedMachine, command: str, **parameters: Any) -> CmdletError:
    with pytest.raises(CmdletError) as caught:
        machine.invoke(command, parameters)
    return caught.value


def test_an_edge_server_has_its_role_its_own_defaults_and_no_recipients(edge: SimulatedMachine) -> None:
    assert edge.facts()["Exchange"]["Roles"] == ["EdgeTransport"]
    (server,) = edge.invoke("Get-ExchangeServer", {})
    assert (server["ServerRole"], server["IsEdgeServer"], server["IsHubTransportServer"]) == ("Edge", True, False)
    (transport,) = edge.invoke("Get-TransportServer", {})
    assert transport["TransientFailureRetryInterval"] == "00:10:00"
    assert transport["OutboundConnectionFailureRetryInterval"] == "00:30:00"
    assert (edge.dump()["recipients"], edge.dump()["email_address_policies"]) == ([], [])


ELSEWHERE = {
    "edge2010": ["Get-Recipient", "Set-Mailbox", "Get-EmailAddressPolicy", "Update-EmailAddressPolicy"],
    "sbs2011": [f"{verb}-AddressRewriteEntry" for verb in ("Get", "New", "Set", "Remove")],
}


@pytest.mark.parametrize(("state", "command"), [(state, name) for state in ELSEWHERE for name in ELSEWHERE[state]])
def test_what_another_role_has_is_no_command(state: str, command: str) -> None:
    error = refusal(SimulatedMachine.from_state(state), command)
    assert (error.type, error.error_id) == (errors.NOT_A_COMMAND, "CommandNotFoundException")


def test_entries_come_change_and_go(edge: SimulatedMachine) -> None:
    given = {"Name": "Alle", "InternalAddress": "*.nt4admins.local", "ExternalAddress": "beispiel.de"}
    more = {"OutboundOnly": True, "ExceptionList": ["a.nt4admins.local", "b.nt4admins.local"]}
    (made,) = edge.invoke("New-AddressRewriteEntry", {**given, **more})
    assert {name: made[name] for name in (*given, *more)} == {**given, **more}
    edge.invoke("Set-AddressRewriteEntry", {"Identity": "alle", "ExceptionList": None, "Name": "Unten"})
    (row,) = edge.invoke("Get-AddressRewriteEntry", {"Identity": made["Guid"]})
    assert (row["Name"], row["ExceptionList"], row["OutboundOnly"]) == ("Unten", [], True)
    assert refusal(edge, "Remove-AddressRewriteEntry", Identity="Unten").type == errors.NON_INTERACTIVE
    edge.invoke("Remove-AddressRewriteEntry", {"Identity": "Unten", "Confirm": False})
    assert [row["Name"] for row in edge.invoke("Get-AddressRewriteEntry", {})] == ["buchhaltung"]


ENTRIES: dict[str, tuple[dict[str, Any], str]] = {
    "a wildcard outside": ({"ExternalAddress": "*.beispiel.de"}, "can't contain a wildcard"),
    "a wildcard in both directions": ({"InternalAddress": "*.nt4admins.local"}, "OutboundOnly must be $true"),
    "an address for a domain": ({"ExternalAddress": "info@beispiel.de"}, "both be addresses or both be domains"),
    "no address": ({"InternalAddress": "nt4 admins"}, "InternalAddress is neither"),
    "an umlaut": ({"InternalAddress": "büro@nt4admins.local"}, "InternalAddress is neither"),
    "exceptions without a wildcard": ({"ExceptionList": "a.nt4admins.local"}, "only if InternalAddress contains"),
    "an exception that is no domain": ({"ExceptionList": "a@b.de"}, "a@b.de"),
    "an address that is rewritten already": (
        {"InternalAddress": "Buchhaltung@nt4admins.local", "ExternalAddress": "x@beispiel.de"},
        "already rewrites",
    ),
    "a name that is taken": ({"Name": "Buchhaltung"}, "already exists"),
}


@pytest.mark.parametrize(("parameters", "words"), ENTRIES.values(), ids=ENTRIES)
def test_entries_that_are_refused(edge: SimulatedMachine, parameters: dict[str, Any], words: str) -> None:
    given = {"Name": "x", "InternalAddress": "nt4admins.local", "ExternalAddress": "beispiel.de", **parameters}
    assert words in refusal(edge, "New-AddressRewriteEntry", **given).message
    assert len(edge.invoke("Get-AddressRewriteEntry", {})) == 1


def test_agents_are_switched_and_a_restart_is_asked_for(edge: SimulatedMachine) -> None:
    name, warnings = "Address Rewriting Outbound Agent", list[str]()
    (agent,) = edge.invoke("Get-TransportAgent", {"Identity": name.lower()})
    assert (agent["Identity"], agent["Enabled"]) == (name, False)
    edge.invoke("Enable-TransportAgent", {"Identity": name}, None, warnings)
    assert "MSExchangeTransport" in warnings[0]
    assert {row["Enabled"] for row in edge.invoke("Get-TransportAgent", {})} == {True}
    edge.change({"transport_agents": [{"Name": name, "Enabled": False}]})
    assert [row["Identity"] for row in edge.invoke("Get-TransportAgent", {}) if not row["Enabled"]] == [name]
    assert refusal(edge, "Disable-TransportAgent", Identity="x", Confirm=False).type == errors.OBJECT_NOT_FOUND


def test_a_hub_has_agents_too_but_none_that_rewrites() -> None:
    names = [row["Identity"] for row in SimulatedMachine.from_state({}).invoke("Get-TransportAgent", {})]
    assert names
    assert not any("Rewriting" in str(name) for name in names)
