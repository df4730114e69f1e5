"""An Edge Transport server, and what the message tracking log tells of mail that left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from lab.provider import SimulatedProvider
from lab.twin.sent_senders import count_senders

CLOCK = "2026-11-24T12:00:00Z"
PASSWORD = "Zq7-lab-only-Kupferdach-9134"


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


SEEDS = [
    {"Sender": "anna@nt4admins.local", "Count": 2, "Ago": "1.00:00:00"},
    {"Sender": "ANNA@nt4admins.local", "Ago": "0.01:00:00"},
    {"Sender": "", "Ago": "3.00:00:00"},
    {"Sender": "kunde@beispiel.org", "ReturnPath": "bernd@nt4admins.local", "Ago": "2.00:00:00"},
    {"Sender": "alt@nt4admins.local", "Timestamp": "2026-09-01T10:00:00+02:00", "Recipients": ["a@b.de", "c@d.de"]},
    {"Sender": "anna@nt4admins.local", "EventId": "Deliver", "Source": "STOREDRIVER"},
]


def tracked(number: int = 0) -> SimulatedMachine:
    more = [{"Sender": "viel@nt4admins.local", "Count": number}] if number else []
    return SimulatedMachine.from_state({"clock": CLOCK, "tracking": [*SEEDS, *more]})


@pytest.mark.parametrize(
    ("parameters", "number"),
    [
        ({}, 7),
        ({"EventId": "SEND"}, 6),
        ({"EventId": "deliver"}, 1),
        ({"Start": "2026-11-22T12:00:00Z"}, 5),
        ({"End": "2026-11-01T00:00:00+00:00"}, 1),
        ({"Sender": "anna@NT4ADMINS.local"}, 4),
        ({"Recipients": ["C@d.de"]}, 1),
        ({"Server": "sbs"}, 7),
        ({"MessageSubject": "no such"}, 0),
    ],
)
def test_which_events_are_found(parameters: dict[str, Any], number: int) -> None:
    events = tracked().invoke("Get-MessageTrackingLog", parameters)
    assert len(events) == number
    assert sorted(str(event["Timestamp"]) for event in events) == [event["Timestamp"] for event in events]


@pytest.mark.parametrize(("size", "number", "warns"), [(None, 1000, True), (3, 3, True), ("Unlimited", 1207, False)])
def test_the_log_stops_at_a_thousand(size: object, number: int, warns: bool) -> None:
    warnings: list[str] = []
    given = {} if size is None else {"ResultSize": size}
    assert len(tracked(1200).invoke("Get-MessageTrackingLog", given, None, warnings)) == number
    assert bool(warnings) == warns


def test_events_are_counted_by_the_envelopes_sender() -> None:
    assert count_senders(tracked().invoke("Get-MessageTrackingLog", {"EventId": "Send"})) == [
        {"EventId": "SEND", "Source": "SMTP", **row}
        for row in (
            {"Sender": "anna@nt4admins.local", "Messages": 3, "Last": "2026-11-24T11:00:00Z"},
            {"Sender": "<>", "Messages": 1, "Last": "2026-11-21T12:00:00Z"},
            {"Sender": "alt@nt4admins.local", "Messages": 1, "Last": "2026-09-01T08:00:00Z"},
            {"Sender": "bernd@nt4admins.local", "Messages": 1, "Last": "2026-11-22T12:00:00Z"},
        )
    ]
    nobody = {"ReturnPath": "", "Sender": "", "Source": "SMTP", "Timestamp": CLOCK}
    assert count_senders([nobody])[0]["Sender"] == "<>"


def test_reports_are_not_mail_that_somebody_sent() -> None:
    """A bounce in a user's own mailbox has not left, other than one that the log has as sent."""
    machine = SimulatedMachine.from_state({"clock": CLOCK})
    machine.submit("anna@nt4admins.local", ["weg@nt4admins.local", "bernd@nt4admins.local"], 3)
    assert len(machine.queues.ledger.bounces) == 3
    assert count_senders(machine.invoke("Get-MessageTrackingLog", {"EventId": "Send"})) == []
    assert {event["Sender"] for event in machine.invoke("Get-MessageTrackingLog", {"EventId": "DSN"})} == {"<>"}


@pytest.fixture
def sending(tmp_path: Path) -> Any:
    ca_file = tmp_path / "ca.pem"
    certificates = Certificates(ca_file)
    box = {"address": "info@beispiel.de", "password": PASSWORD, "created": date(2020, 1, 1)}
    with SimulatedProvider({"mailboxes": [box], "clock": CLOCK}, certificates) as provider:
        connector = {
            "Name": "Provider",
            "AddressSpaces": ["*"],
            "DNSRoutingEnabled": False,
            "SmartHosts": ["localhost"],
            "Port": provider.port,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "AuthenticationCredential": {"username": "info@beispiel.de", "password": PASSWORD},
            "RequireTLS": True,
        }
        yield SimulatedMachine.from_state({"clock": CLOCK, "send_connectors": [connector]}), ca_file


def test_what_is_sent_is_tracked_and_what_is_refused_is_not(sending: tuple[SimulatedMachine, Path]) -> None:
    machine, ca_file = sending
    machine.send("info@beispiel.de", ["a@example.com", "b@example.com"], 2, ca_file)
    machine.send("", ["a@example.com"], 1, ca_file)
    machine.send("fremd@beispiel.org", ["a@example.com"], 1, ca_file)
    events = machine.invoke("Get-MessageTrackingLog", {"EventId": "Send"})
    assert [(event["Sender"], event["Recipients"], event["ConnectorId"]) for event in events] == [
        ("info@beispiel.de", ["a@example.com", "b@example.com"], "Provider"),
        ("info@beispiel.de", ["a@example.com", "b@example.com"], "Provider"),
        ("<>", ["a@example.com"], "Provider"),
    ]
    assert {(event["EventId"], event["Source"], event["Timestamp"]) for event in events} == {("SEND", "SMTP", CLOCK)}
    assert len({event["MessageId"] for event in events}) == 3
    machine.invoke("Set-TransportServer", {"Identity": "SBS", "MessageTrackingLogEnabled": False})
    machine.send("info@beispiel.de", ["a@example.com"], 1, ca_file)
    assert len(machine.invoke("Get-MessageTrackingLog", {})) == 3
