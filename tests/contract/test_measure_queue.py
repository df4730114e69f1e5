"""The queues counted on the host: the twin in Python, the agent in a real PowerShell, of the same Exchange."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import Any

import pytest

from lab.backends import BACKENDS, make_backend
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.exchange.smtp_client import Reply
from lab.machine import SimulatedMachine

from .asking import ask
from .rows import Row

pytestmark = pytest.mark.pwsh

CLOCK = "2026-11-24T20:39:36Z"
SELECT = [
    "Identity",
    "NextHopDomain",
    "NextHopConnector",
    "DeliveryType",
    "Status",
    "MessageCount",
    "LastError",
    "LastRetryTime",
    "NextRetryTime",
    "Messages",
    "Oldest",
    "FirstExpiry",
    "Retries",
    "Bytes",
    "Errors",
    "Senders",
    "Sent",
    "Deferred",
    "Failed",
]
PROVIDER = {"Name": "Provider", "AddressSpaces": ["*"], "DNSRoutingEnabled": False, "SmartHosts": ["localhost"]}
ANSWERS = {
    "ok": "250 Ok",
    "voll": "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)",
    "spaeter": "451 4.3.0 Später",
    "weg": "550 5.1.1 Unknown",
}


class SmartHost:
    """Answers by the recipient's name; road and session in one."""

    def open(self, connector: object) -> SmartHost:
        return self

    def deliver(self, sender: str, recipients: list[str], content: bytes) -> dict[str, Reply]:
        answers = {to: ANSWERS[to.partition("@")[0]] for to in recipients}
        return {to: Reply(int(answer[:3]), (answer[4:],)) for to, answer in answers.items()}

    def quit(self) -> None:
        pass

    def hang_up(self, who: str) -> None:
        pass


def machine_with(count: int, language: str = "en") -> SimulatedMachine:
    """Mail of two senders that is refused, put off, delivered and suspended, at a clock that stands still."""
    door = {"username": "Administrator", "password": "lab-only-Dachpappe-4711"}
    state = {"send_connectors": [PROVIDER], "clock": CLOCK, "language": language, "endpoint_account": door}
    machine = SimulatedMachine(state)
    host = SmartHost()
    machine.road = lambda: host
    engine = machine.queues
    for name, number in (("voll", count), ("spaeter", 2), ("ok", 3), ("weg", 1)):
        engine.submit(Mail("info@beispiel.de", (f"{name}@example.com",), size=5000), number)
    engine.submit(Mail("Info@Beispiel.de", ("voll@example.com",), size=1), 1)
    engine.submit(Mail("chef@beispiel.de", ("voll@example.com",), size=123456789), 2)
    engine.knobs.seconds_per_message = 0
    for _ in run([engine], lambda moment: None, machine.clock.now()):
        pass
    engine.suspend_message(next(iter(engine.messages.values())))
    return machine


def measured(machine: SimulatedMachine, name: str, **parameters: Any) -> dict[str, Any]:
    backend = make_backend(name, machine)
    try:
        answer = ask(backend, Row("", [("Measure-Queue", parameters, SELECT)], []).request())
        assert (answer.code, answer.stderr) == (0, b"")
        (result,) = answer.reply["results"]
        return {**result, "ms": 0, "warnings": answer.reply["warnings"]}
    finally:
        backend.close()


@pytest.mark.parametrize("language", ["en", "de"])
def test_twin_and_powershell_count_alike(language: str) -> None:
    machine = machine_with(4, language)
    found = {name: measured(machine, name) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    submission, queue, traffic = found["pwsh"]["output"]
    assert (submission["Identity"], submission["MessageCount"], submission["Errors"]) == ("SBS\\Submission", 0, [])
    assert submission["Oldest"] is None
    assert (queue["Identity"], queue["Status"], queue["MessageCount"]) == ("SBS\\1", "Ready", 9)
    assert queue["Messages"] == {"Ready": 0, "Retry": 8, "Active": 0, "Suspended": 1}
    assert (queue["Oldest"], queue["FirstExpiry"]) == (CLOCK, "2026-11-26T20:39:36Z")
    assert (queue["Retries"], queue["Bytes"]) == (9, 6 * 5000 + 1 + 2 * 123456789)
    assert queue["Errors"] == [{"Text": ANSWERS["voll"], "Count": 7}, {"Text": ANSWERS["spaeter"], "Count": 2}]
    assert queue["Senders"] == [
        {"Address": "info@beispiel.de", "Count": 7},
        {"Address": "chef@beispiel.de", "Count": 2},
    ]
    assert {name: traffic[name] for name in ("Identity", "Sent", "Deferred", "Failed")} == {
        "Identity": None,
        "Sent": 3,
        "Deferred": 9,
        "Failed": 1,
    }


@pytest.mark.parametrize("parameters", [{"Errors": 1}, {"Hours": 0}, {"Errors": 101}, {"Hours": 721}, {"Hours": "x"}])
def test_parameters(parameters: dict[str, Any]) -> None:
    machine = machine_with(1)
    found = {name: measured(machine, name, **parameters) for name in BACKENDS}
    told = {name: (each["status"], each["output"], (each["error"] or {}).get("code")) for name, each in found.items()}
    assert told["twin"] == told["pwsh"]
    if parameters == {"Errors": 1}:
        assert [len(queue["Errors"]) for queue in found["twin"]["output"][:2]] == [0, 1]


def test_a_host_without_exchange_says_so() -> None:
    found = {name: measured(SimulatedMachine({"profile": "no_exchange"}), name) for name in BACKENDS}
    assert {each["error"]["code"] for each in found.values()} == {"exchange_missing"}


def test_fifty_thousand_messages_are_one_short_reply() -> None:
    """By the twin; what PowerShell itself costs is not that of a real host."""
    machine = machine_with(50_000)
    began = time.monotonic()
    found = measured(machine, "twin")
    assert time.monotonic() - began < 30
    assert found["output"][1]["MessageCount"] == 50_005
    plain = json.dumps(found["output"])
    assert len(plain) < 100_000
    assert len(base64.b64encode(gzip.compress(plain.encode()))) < 3_000


def test_powershell_counts_two_thousand() -> None:
    machine = machine_with(2_000)
    found = {name: measured(machine, name)["output"][1]["Messages"] for name in BACKENDS}
    assert found["twin"] == found["pwsh"] == {"Ready": 0, "Retry": 2004, "Active": 0, "Suspended": 1}
