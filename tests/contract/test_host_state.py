"""What the host itself is like: the twin asks the simulated Windows, the agent stand-ins for WMI, events, programs."""

from __future__ import annotations

from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

from .asking import ask
from .rows import Row, Step

pytestmark = pytest.mark.pwsh

CLOCK = "2026-11-24T20:39:36Z"
TRANSPORT = "MSExchangeTransport"
HOST: Step = ("Get-HostState", {}, ["QueueDrive", "QueueSize", "QueueFree", "Groups"])
SERVER: Step = ("Get-ServerState", {}, ["Shares", "LicenceStatus", "DcdiagSilent"])
TIMES: Step = (
    "Get-StartTimes",
    {"Services": ["msexchangetransport", "W32Time", "NoSuchService"]},
    ["Boot", "Services"],
)
EVENTS: Step = (
    "Get-EventCounts",
    {"Sources": ["msexchangetrans*", "Pop3"]},
    ["Source", "Id", "Kind", "Count", "Latest"],
)
STEPS = [HOST, SERVER, TIMES, EVENTS]
GIB = 2**30


def times(boot: str, transport: str | None, clock: str | None) -> dict[str, Any]:
    started = {"msexchangetransport": transport, "W32Time": clock, "NoSuchService": None}
    return {"Boot": boot, "Services": [{"Name": name, "Started": at} for name, at in started.items()]}


def logged(id: int, kind: str, count: int, latest: str, source: str = TRANSPORT) -> dict[str, Any]:
    return {"Source": source, "Id": id, "Kind": kind, "Count": count, "Latest": latest}


BOOT = "2026-11-21T20:39:36Z"
STATES: dict[str, tuple[dict[str, Any], list[list[dict[str, Any]]]]] = {
    "as it should be": (
        {"rights": ["S-1-5-32-544", "S-1-5-21-1-2-3-512"], "queue_disk": {"size_gb": 100, "used_percent": 50}},
        [
            [
                {
                    "QueueDrive": "C:",
                    "QueueSize": 100 * GIB,
                    "QueueFree": 50 * GIB,
                    "Groups": ["S-1-5-32-544", "S-1-5-21-1-2-3-512"],
                }
            ],
            [{"Shares": ["NETLOGON", "SYSVOL"], "LicenceStatus": 1, "DcdiagSilent": True}],
            [times(BOOT, BOOT, BOOT)],
            [],
        ],
    ),
    "as it should not be": (
        {
            "rights": [],
            "queue_disk": {"volume": "D:"},
            "server": {"uptime_hours": 0.5, "shares": ["Users"], "licence_status": 5, "dcdiag": "\r\n  Warnung: Grüße"},
            "services": [{"name": "W32Time", "status": "Stopped"}],
            "events": [
                {"source": TRANSPORT, "id": 15006, "ago": "1:00:00"},
                {"source": TRANSPORT, "id": 15004, "kind": "Warning", "ago": "3:00:00"},
                {"source": TRANSPORT, "id": 15004, "kind": "Warning", "ago": "2:00:00"},
                {"source": TRANSPORT, "id": 15004, "kind": "Information", "ago": "2.00:00:00"},
                {"source": "MSExchangeIS", "id": 1, "ago": "0:00:01"},
                {"source": "POP3", "id": 7, "ago": "0:00:00"},
            ],
        },
        [
            [{"QueueDrive": "C:", "QueueSize": None, "QueueFree": None, "Groups": []}],
            [{"Shares": ["Users"], "LicenceStatus": 5, "DcdiagSilent": False}],
            [times("2026-11-24T20:09:36Z", "2026-11-24T20:09:36Z", None)],
            [
                logged(15004, "Information", 1, "2026-11-22T20:39:36Z"),
                logged(15004, "Warning", 2, "2026-11-24T18:39:36Z"),
                logged(15006, "Error", 1, "2026-11-24T19:39:36Z"),
                logged(7, "Error", 1, CLOCK, "POP3"),
            ],
        ],
    ),
    "without Exchange": (
        {"profile": "no_exchange", "rights": ["S-1-1-0"], "server": {"shares": [], "dcdiag": " \r\n\r\n"}},
        [
            [{"QueueDrive": None, "QueueSize": None, "QueueFree": None, "Groups": ["S-1-1-0"]}],
            [{"Shares": [], "LicenceStatus": 1, "DcdiagSilent": True}],
            [times(BOOT, None, BOOT)],
            [],
        ],
    ),
}


def asked(name: str, state: dict[str, Any], steps: list[Step]) -> dict[str, Any]:
    backend = make_backend(name, SimulatedMachine({"clock": CLOCK, **state}))
    try:
        answer = ask(backend, Row("", steps, []).request())
    finally:
        backend.close()
    assert (answer.code, answer.stderr) == (0, b"")
    return answer.reply


@pytest.mark.parametrize(("state", "expected"), STATES.values(), ids=STATES)
@pytest.mark.parametrize("name", BACKENDS)
def test_what_the_host_is_like(name: str, state: dict[str, Any], expected: list[list[dict[str, Any]]]) -> None:
    reply = asked(name, state, STEPS)
    assert [result["output"] for result in reply["results"]] == expected
    assert reply["warnings"] == []


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_refused(name: str) -> None:
    steps: list[Step] = [
        ("Get-ServerState", {"TimeoutSeconds": 0}, ["Shares"]),
        ("Get-ServerState", {"TimeoutSeconds": 601}, ["Shares"]),
        ("Get-HostState", {"TimeoutSeconds": 1}, ["Groups"]),
        ("Get-StartTimes", {}, ["Boot"]),
    ]
    errors = [result["error"] for result in asked(name, {}, steps)["results"]]
    assert [error["code"] or error["error_id"] for error in errors] == [
        *["parameter_unreadable"] * 2,
        "NamedParameterNotFound,Get-HostState",
        "MissingMandatoryParameter,Get-StartTimes",
    ]
