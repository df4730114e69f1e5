"""What the message tracking log tells of mail that left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.provider import SimulatedProvider
from lab.twin.sent_senders import count_senders

CLOCK = "2026-11-24T12:00:00Z"
PASSWORD = "Zq7-lab-only-Kupferdach-9134"
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
