"""The queues counted on the host: the twin in Python, the agent in a real PowerShell, of the same Exchange."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import Any

import pytest

from lab.exchange.message_tracking import EVENT_IDS, SOURCES
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.exchange.smtp_client import Reply
from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

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
    "Events",
    "Causes",
    "CausesLeftOut",
    "Problem",
]
TRACKED = {"Counted": ["DEFER"], "Latest": ["SEND"], "Causes": ["FAIL"]}
PROVIDER = {"Name": "Provider", "AddressSpaces": ["*"], "DNSRoutingEnabled": False, "SmartHosts": ["localhost"]}
ANSWERS = {
    "ok": "250 Ok",
    "voll": "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)",
    "spaeter": "451 4.3.0 Später",
    "weg": "550 5.1.1 Unknown",
}


class SmartHost:
    """Answers by the recipient's name; dialer and session in one."""

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
    machine.dialer = lambda: host
    engine = machine.queues
    for name, number in (("voll", count), ("spaeter", 2), ("ok", 3), ("weg", 1)):
        engine.submit(Mail("info@beispiel.de", (f"{name}@example.com",), size=5000), number)
    engine.submit(Mail("Info@Beispiel.de", ("voll@example.com",), size=1), 1)
    engine.submit(Mail("chef@beispiel.de", ("voll@example.com",), size=123456789), 2)
    engine.assumptions.seconds_per_message = 0
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
    found = {name: measured(machine, name, **TRACKED) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    submission, queue, traffic = found["pwsh"]["output"]
    assert (submission["Identity"], submission["MessageCount"], submission["Errors"]) == ("SBS\\Submission", 0, [])
    assert submission["Oldest"] is None
    assert (queue["Identity"], queue["Status"], queue["MessageCount"]) == ("SBS\\1", "Ready", 9)
    assert queue["Messages"] == {"Ready": 0, "Retry": 8, "Active": 0, "Suspended": 1}
    assert (queue["Oldest"], queue["FirstExpiry"]) == (CLOCK, "2026-11-26T20:39:36Z")
    assert (queue["Retries"], queue["Bytes"]) == (9, 6 * 5000 + 1 + 2 * 123456789)
    times = {"Oldest": CLOCK, "FirstExpiry": "2026-11-26T20:39:36Z"}
    assert queue["Errors"] == [
        {"Text": ANSWERS["voll"], "Count": 7, **times},
        {"Text": ANSWERS["spaeter"], "Count": 2, **times},
    ]
    assert queue["Senders"] == [
        {"Address": "info@beispiel.de", "Count": 7},
        {"Address": "chef@beispiel.de", "Count": 2},
    ]
    assert traffic["Events"] == [
        {"EventId": "DEFER", "Source": "SMTP", "Count": 9, "Last": CLOCK},
        {"EventId": "FAIL", "Source": "SMTP", "Count": 1, "Last": CLOCK},
        {"EventId": "SEND", "Source": "SMTP", "Count": 3, "Last": CLOCK},
    ]
    assert (traffic["Identity"], traffic["CausesLeftOut"]) == (None, 0)
    assert [(row["Text"], row["Sender"], row["Count"]) for row in traffic["Causes"]] == [
        (ANSWERS["weg"], "info@beispiel.de", 1)
    ]


def pairs() -> list[dict[str, Any]]:
    """A line of the log for each pair of event and source that any Exchange writes, some of it long ago."""
    rows: list[dict[str, Any]] = []
    for number, (event, source) in enumerate(((event, source) for event in EVENT_IDS for source in SOURCES), 1):
        row = {"EventId": event, "Source": source, "Sender": "a@beispiel.de", "MessageId": f"<{number}@sbs>"}
        rows.append({**row, "RecipientStatus": [f"550 5.7.1 Job {number} refused"], "Ago": f"0{number % 5}:30:00"})
    return rows


def test_every_event_of_every_source_is_counted_by_itself() -> None:
    machine = SimulatedMachine({"clock": CLOCK, "tracking": pairs()})
    parameters = {"Hours": 3, "Back": 6, "Counted": list(EVENT_IDS), "Latest": [], "Causes": ["FAIL"]}
    found = {name: measured(machine, name, **parameters) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    traffic = found["pwsh"]["output"][-1]
    assert {(row["EventId"], row["Source"]) for row in traffic["Events"]} >= {("FAIL", source) for source in SOURCES}
    assert {row["Source"] for row in traffic["Causes"]} == set(SOURCES)


def refused(sender: str, status: list[str], **more: Any) -> dict[str, Any]:
    return {"EventId": "Fail", "Sender": sender, "RecipientStatus": status, "Ago": "02:00:00", **more}


ALIKE = [
    refused("a@beispiel.de", ["550 5.1.1 <x@y.de>: unknown", "550 5.1.1 <z@y.de>: unknown"], MessageId="<1>"),
    refused("A@Beispiel.de", ["550 5.1.1 <w@y.de>: unknown"], MessageId="<2>", Ago="01:00:00"),
    refused("A@Beispiel.de", ["550 5.1.1 <v@y.de>: unknown"], MessageId="<2>", Ago="03:00:00"),
    refused("a@beispiel.de", ["553 5.7.1 <x@y.de>: unknown"], MessageId="<3>"),
    refused("a@beispiel.de", [], MessageId="<4>"),
    refused("Auto <a@beispiel.de>", ["550 [{LRT=1};{LED=550 no}]"], ReturnPath="<>", MessageId="<5>"),
]


def test_what_was_refused_alike_is_one_row_and_a_message_counts_once() -> None:
    machine = SimulatedMachine({"clock": CLOCK, "tracking": ALIKE})
    found = {name: measured(machine, name, Back=24, **TRACKED) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    causes = found["pwsh"]["output"][-1]["Causes"]
    assert [(row["Sender"], row["Text"], row["Count"]) for row in causes] == [
        ("a@beispiel.de", "550 5.1.1 <v@y.de>: unknown", 2),
        ("a@beispiel.de", "", 1),
        ("<>", "550 [{LRT=1};{LED=550 no}]", 1),
        ("a@beispiel.de", "553 5.7.1 <x@y.de>: unknown", 1),
    ]
    assert (causes[0]["First"], causes[0]["Last"]) == ("2026-11-24T17:39:36Z", "2026-11-24T19:39:36Z")


def test_no_more_than_a_hundred_kinds_are_told() -> None:
    rows = [refused(f"a{number:03}@beispiel.de", ["550 no"], MessageId=f"<{number}>") for number in range(120)]
    machine = SimulatedMachine({"clock": CLOCK, "tracking": rows})
    found = {name: measured(machine, name, Back=24, **TRACKED) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    traffic = found["pwsh"]["output"][-1]
    assert (len(traffic["Causes"]), traffic["CausesLeftOut"]) == (100, 20)


def test_queues_are_told_where_tracking_cannot_be_read() -> None:
    """The log has a search service of its own, which may stand."""
    found = {}
    for name in BACKENDS:
        machine = machine_with(4)
        machine.fail_next("Get-MessageTrackingLog", "The Transport Log Search service is not available.")
        found[name] = measured(machine, name, **TRACKED)
    assert found["twin"] == found["pwsh"]
    _, queue, traffic = found["pwsh"]["output"]
    assert (found["pwsh"]["status"], queue["MessageCount"], traffic["Events"]) == ("done", 9, None)
    assert "Log Search" in traffic["Problem"]


def test_messages_on_their_way_that_shall_stay_or_go_are_counted_as_such() -> None:
    machine = machine_with(4)
    first, second, *_ = [each for each in machine.queues.messages.values() if not each.suspended]
    first.active = second.active = True
    machine.queues.suspend_message(first)
    machine.queues.remove_message(second, True)
    found = {name: measured(machine, name) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    counted = {"Ready": 0, "Retry": 6, "Active": 0, "Suspended": 1, "PendingSuspend": 1, "PendingRemove": 1}
    assert found["pwsh"]["output"][1]["Messages"] == counted


BOUNDS = [{"Errors": 1}, {"Back": 0}, {"Back": 721}, {"Hours": 0}, {"Errors": 101}, {"Hours": 721}, {"Hours": "x"}]


@pytest.mark.parametrize("parameters", BOUNDS)
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
