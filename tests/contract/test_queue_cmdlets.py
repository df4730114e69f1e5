"""The queue cmdlets through the agent: twin and a real PowerShell show the same objects, errors and host."""

from __future__ import annotations

from typing import Any

import pytest

from lab.up.backends import BACKENDS, make_backend

from .asking import ask
from .rows import Row
from .test_measure_queue import SELECT, machine_with

pytestmark = pytest.mark.pwsh

QUEUE = ["Identity", "Status", "MessageCount", "NextHopDomain", "NextHopConnector", "LastError", "NextRetryTime"]
MESSAGE = [
    "Identity",
    "Queue",
    "Status",
    "FromAddress",
    "Subject",
    "Size",
    "DateReceived",
    "ExpirationTime",
    "RetryCount",
    "LastError",
    "InternetMessageId",
    "Recipients",
    "SCL",
    "SourceIP",
]
TRACKED = ["Timestamp", "EventId", "Source", "Sender", "Recipients", "RecipientStatus", "MessageId", "ConnectorId"]
DOOR = {"$credential": {"username": "NT4ADMINS\\Administrator", "password": {"$secret": "door"}}}
ENDPOINT = {
    "exchange": "endpoint",
    "more": {
        "endpoint": {"uri": "http://sbs/PowerShell/", "credential": DOOR},
        "secrets": {"door": "lab-only-Dachpappe-4711"},
    },
}
CONFIG = ["MaxSendSize", "MaxRecipientEnvelopeLimit", "ExternalDelayDsnEnabled", "MaxDumpsterTime"]
LISTED = ("Get-Message", {}, MESSAGE)
Steps = list[tuple[str, dict[str, Any], list[str]]]
ROWS: dict[str, tuple[Steps, list[str]]] = {
    "reading": (
        [("Get-Queue", {}, QUEUE), LISTED, ("Get-Message", {"Queue": "SBS\\1", "IncludeRecipientInfo": True}, MESSAGE)],
        ["done"] * 3,
    ),
    "filters": (
        [
            ("Get-Queue", {"Filter": "Status -eq 'Ready' -and MessageCount -gt 0"}, QUEUE),
            ("Get-Message", {"Filter": "LastError -like '450*'", "SortOrder": "-Size"}, MESSAGE),
            ("Get-Message", {"Filter": "Size -gt 1MB", "ResultSize": 1}, MESSAGE),
        ],
        ["done"] * 3,
    ),
    "suspended and resumed": (
        [
            ("Suspend-Queue", {"Identity": "SBS\\1"}, []),
            ("Get-Queue", {"Identity": "SBS\\1"}, QUEUE),
            ("Suspend-Message", {"Filter": "FromAddress -eq 'chef@beispiel.de'"}, []),
            ("Resume-Message", {"Identity": "SBS\\1\\12"}, []),
            ("Remove-Message", {"Identity": "SBS\\1\\2", "WithNDR": False}, []),
            LISTED,
            ("Resume-Queue", {"Filter": "Status -eq 'Suspended'"}, []),
            ("Get-Queue", {}, QUEUE),
        ],
        ["done"] * 8,
    ),
    "not in retry": ([("Retry-Queue", {"Identity": "SBS\\1"}, []), LISTED], ["failed", "done"]),
    "no such queue": ([("Suspend-Queue", {"Identity": "SBS\\9"}, [])], ["failed"]),
    "no such message": ([("Remove-Message", {"Identity": "SBS\\1\\999"}, [])], ["failed"]),
    "an unreadable filter": ([("Get-Message", {"Filter": "Colour -eq 'red'"}, MESSAGE)], ["failed"]),
    "tracking": (
        [
            ("Get-MessageTrackingLog", {"EventId": "DEFER", "Start": "2026-11-24T20:00:00Z"}, TRACKED),
            ("Get-MessageTrackingLog", {"Recipients": ["weg@example.com"], "ResultSize": 2}, TRACKED),
            ("Get-MessageTrackingLog", {"End": "2026-11-24T20:00:00Z"}, TRACKED),
        ],
        ["done"] * 3,
    ),
    "the transport config": (
        [("Set-TransportConfig", {"MaxSendSize": 2048}, []), ("Get-TransportConfig", {}, CONFIG)],
        ["done"] * 2,
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_backends_answer_alike(name: str) -> None:
    steps, statuses = ROWS[name]
    found = {}
    for backend_name in BACKENDS:
        machine = machine_with(3)
        backend = make_backend(backend_name, machine)
        try:
            answer = ask(backend, Row("", steps, []).request())
        finally:
            backend.close()
        assert (answer.code, answer.stderr) == (0, b""), backend_name
        results = [{**result, "ms": 0} for result in answer.reply["results"]]
        found[backend_name] = (results, answer.reply["warnings"], {**machine.dump(), "history": None})
    assert [result["status"] for result in found["pwsh"][0]] == statuses
    assert found["twin"] == found["pwsh"]


def test_the_queues_are_counted_through_the_endpoint_as_well() -> None:
    found = {}
    for name in BACKENDS:
        backend = make_backend(name, machine_with(2))
        try:
            row = Row("", [("Measure-Queue", {}, SELECT)], [], exchange=ENDPOINT["exchange"], more=ENDPOINT["more"])
            (result,) = ask(backend, row.request()).reply["results"]
        finally:
            backend.close()
        found[name] = {**result, "ms": 0}
    assert found["twin"] == found["pwsh"]
    assert found["pwsh"]["status"] == "done"
