"""What a receive connector answers whoever delivers: greeting, login, rights, limits, and the log of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lab.exchange.ad_permission import ANONYMOUS, ANY_RECIPIENT, PermissionEntry
from lab.exchange.receiving.session import ReceivingSession
from lab.host.machine import SimulatedMachine

CLOCK = "2026-12-01T08:00:00Z"
PASSWORD = "Qx4-lab-only-Regenrinne-7713"
OUTSIDE = {
    "Name": "Internet",
    "Bindings": ["0.0.0.0:25"],
    "RemoteIPRanges": ["0.0.0.0-255.255.255.255"],
    "PermissionGroups": "AnonymousUsers, ExchangeUsers",
    "AuthMechanism": "Tls, Integrated, BasicAuth, BasicAuthRequireTLS",
    "ProtocolLoggingLevel": "Verbose",
}
ANNA = "anna@nt4admins.local"


def machine_with(*connectors: dict[str, Any], **state: Any) -> SimulatedMachine:
    given = [{**OUTSIDE, **each} for each in connectors or ({},)]
    account = {"username": "Administrator", "password": PASSWORD}
    return SimulatedMachine({"clock": CLOCK, "receive_connectors": given, "endpoint_account": account, **state})


def said(session: ReceivingSession, *lines: str) -> list[str]:
    return [session.line(line) for line in lines]


def test_a_message_from_outside_is_in_the_mailbox_and_in_the_tracking_log() -> None:
    machine = machine_with()
    replies = machine.receive("kunde@example.com", [ANNA], message_id="<eins@example.com>", subject="Grüße")
    assert [reply[:3] for reply in replies] == ["220", "250", "250", "250", "354", "250"]
    assert replies[-1] == "250 2.6.0 <eins@example.com> [InternalId=1] Queued mail for delivery"
    events = machine.invoke("Get-MessageTrackingLog", {"MessageId": "<eins@example.com>"})
    assert [event["EventId"] for event in events] == ["RECEIVE", "DELIVER"]
    first = events[0]
    assert (first["Source"], first["ConnectorId"], first["ClientIp"]) == ("SMTP", "SBS\\Internet", "203.0.113.9")
    assert (events[1]["ClientIp"], first["Recipients"], first["MessageSubject"]) == ("", [ANNA], "Grüße")
    assert machine.dump()["inboxes"] == {ANNA: ["<eins@example.com>"]}
