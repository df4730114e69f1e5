"""A healthy office for thirty days of the lab: whenever it is looked at, its verdict is the same and nobody hears a
warning."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.look import look
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.exchange.smtp_client import Reply
from lab.host.machine import SimulatedMachine
from lab.up.backends import make_backend
from lab.wsman.backend import Backend, Call

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, EVERY = 30, timedelta(hours=3)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PROVIDER = {"Name": "Provider", "AddressSpaces": ["*"], "DNSRoutingEnabled": False, "SmartHosts": ["localhost"]}
UNKNOWN, FULL = "550 5.1.1 <{}>: Recipient address rejected: User unknown", "452 4.2.2 <{}>: mailbox full"
GREY = "450 4.7.1 <{}>: Greylisted, try again in 5 minutes"
NOBODY = "550 Requested action not taken: mailbox unavailable"


class SmartHost:
    """Takes all but what its recipients do not take, and nothing from nobody. A mailbox is full until noon."""

    def __init__(self, machine: SimulatedMachine) -> None:
        self._now = machine.clock.now
        self._seen: dict[tuple[str, bytes], datetime] = {}

    def open(self, connector: object) -> SmartHost:
        return self

    def deliver(self, sender: str, recipients: list[str], content: bytes) -> dict[str, Reply]:
        answers = {to: self._answer(sender, to, content).format(to) for to in recipients}
        return {to: Reply(int(answer[:3]), (answer[4:],)) for to, answer in answers.items()}

    def _answer(self, sender: str, to: str, content: bytes) -> str:
        now, kind = self._now(), to.partition("@")[0].partition("-")[0]
        first = self._seen.setdefault((to, content), now)
        if not sender:
            return NOBODY
        if kind == "weg":
            return UNKNOWN
        if kind == "voll" and now.hour < 12:
            return FULL
        return GREY if kind == "neu" and now - first < 5 * MINUTE else "250 Ok"

    def quit(self) -> None:
        pass

    def hang_up(self, who: str) -> None:
        pass


def office(machine: SimulatedMachine) -> None:
    """What an office of some people writes in so many days; nothing at night and at the weekend."""

    def write(moment: datetime, sender: str, *recipients: str) -> None:
        machine.queues.plan(Mail(sender, recipients), moment)

    for day in (START + timedelta(days=number) for number in range(DAYS)):
        if day.weekday() > 4:
            continue
        for at in range(8, 18):
            write(day + at * HOUR, "anna@beispiel.de", f"kunde-{at}@example.com", f"neu-{at}@example.com")
            write(day + at * HOUR + 20 * MINUTE, "bernd@beispiel.de", f"kunde-{at}@example.net")
        write(day + 8 * HOUR, "anna@beispiel.de", "voll@example.com")
        write(day + 9 * HOUR, "bernd@beispiel.de", "weg-vertippt@example.com")
        write(day + 10 * HOUR, "", "kunde-abwesend@example.com")
        if day.weekday() == 1:
            for number in range(40):
                name = "weg" if number % 20 == 0 else "leser"
                write(day + 11 * HOUR, "news@beispiel.de", f"{name}-{number}@example.org")


def session_to(backend: Backend) -> Session:
    """A session to the host in this process."""

    def execute(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        out, err = bytearray(), bytearray()
        code = backend.run(Call(line, lambda: stdin, out.extend, err.extend, threading.Event()))
        return code, bytes(out), bytes(err)

    return Session(execute, "sbs")


def test_thirty_days_of_a_healthy_office_are_healthy_at_every_look() -> None:
    machine = SimulatedMachine({"send_connectors": [PROVIDER], "clock": START.isoformat()})
    host = SmartHost(machine)
    machine.dialer = lambda: host
    machine.queues.assumptions.seconds_per_message = 0
    office(machine)
    session, desired, seen = session_to(make_backend("twin", machine)), parse_desired({"per_hour": 250}), Counter[Any]()
    for number in range(1, DAYS * 8):
        moment = START + number * EVERY
        for _ in run([machine.queues], machine.clock.advance_to, moment):
            pass
        found, warnings = look(session, ExchangeShell(), desired)
        assert (found["verdict"], warnings) == ("healthy", ()), (moment, found["why"], found["queues"])
        seen += Counter(each["class"] for each in found["came_back"])
        seen["waits"] += found["waiting"]
    assert machine.queues.counts.sent > 600 and machine.queues.counts.failed > 40
    assert seen["recipient"] and seen["waits"]
