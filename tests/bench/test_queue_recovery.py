"""Ten thousand queued messages dug out at 500 an hour, with an hourly tick; the provider itself counts."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.record import RELEASE
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.store import Store
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.ticks import Place, Tick, tick
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.session import Session
from lab.backend import Call
from lab.backends import make_backend
from lab.clock import Clock
from lab.direct_road import DirectRoad
from lab.endpoint.certificates import Certificates
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.machine import SimulatedMachine
from lab.provider import SimulatedProvider

MESSAGES, RATE = 10_000, 500
HOUR = timedelta(hours=1)
BOX = {"address": "info@beispiel.de", "password": "lab-only-Zinkblech-0815", "created": "2020-01-01"}


class Office:
    """A server and its provider on one clock, which moves only where the bench says so."""

    def __init__(self, folder: Path, provider: SimulatedProvider, clock: Clock) -> None:
        login = {"username": BOX["address"], "password": BOX["password"]}
        connector = {
            "Name": "Provider",
            "AddressSpaces": ["*"],
            "DNSRoutingEnabled": False,
            "SmartHosts": ["localhost"],
            "Port": provider.port,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "RequireTLS": True,
            "AuthenticationCredential": login,
        }
        self.clock = clock
        self.machine = SimulatedMachine({"send_connectors": [connector]}, clock)
        self.machine.ca_file = folder / "ca.pem"
        road = DirectRoad(self.machine.smtp_road(), provider)
        self.machine.road = lambda: road
        self.largest = 0
        self._backend = make_backend("twin", self.machine)
        self._store, self._ledger = Store(str(folder), "sbs"), Ledger(folder / "ledger.sqlite")

    def live(self, span: timedelta) -> None:
        """Let time pass."""
        for _ in run([self.machine.queues], self.clock.advance_to, self.clock.now() + span):
            pass

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call of the agent."""
        out, err = bytearray(), bytearray()
        code = self._backend.run(Call(command_line, lambda: stdin, out.extend, err.extend, threading.Event()))
        self.largest = max(self.largest, len(out))
        return code, bytes(out), bytes(err)

    def ticks(self) -> Iterator[Tick]:
        """The recovery, a tick at a time."""
        wish = parse_desired({"per_hour": RATE, "keep_login": True}, datetime.now(UTC))
        while True:
            session = Session(self.execute, "sbs")
            place = Place("sbs", self._store, self._ledger, session, ExchangeShell(), lambda: datetime.now(UTC))
            found = tick(place, wish)
            yield found
            if found.done:
                return
            hourly = found.recovery is not None and found.recovery.stage == RELEASE
            self.live(HOUR + timedelta(minutes=1) if hourly else max(found.wait, timedelta(seconds=1)))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Office, SimulatedProvider]]:
    clock = Clock("2026-11-02T08:00:00Z")
    limits = {"mailboxes": [BOX], "per_hour": RATE, "attempts_count": True}
    with SimulatedProvider(limits, Certificates(tmp_path / "ca.pem"), clock) as provider:
        yield Office(tmp_path, provider, clock), provider


def test_ten_thousand_messages(office: tuple[Office, SimulatedProvider]) -> None:
    host, provider = office
    host.machine.queues.submit(Mail("info@beispiel.de", ("kunde@example.com",)), MESSAGES + RATE)
    host.live(timedelta(minutes=10))
    began, spent, count = host.clock.now(), 0.0, 0
    started = time.perf_counter()
    for found in host.ticks():
        spent += time.perf_counter() - started
        assert found.error is None
        count += 1
        started = time.perf_counter()
    assert found.recovery is not None and found.recovery.suspended_at is not None
    counts, stopped = found.recovery.counts(), found.recovery.suspended_at + timedelta(minutes=1)
    delivered = Counter(each.message_id for each in provider.records.accepted)
    times = sorted(each.at for each in (*provider.records.accepted, *provider.records.refused) if each.at > stopped)
    busiest = max(bisect_right(times, at) - bisect_right(times, at - HOUR) for at in times)
    hours = (host.clock.now() - began) / HOUR
    print(f"\n{counts['saved']} messages in {hours:.1f} hours, {count} ticks of {spent / count:.2f} s on the average")
    print(f"busiest hour: {busiest} attempts of {RATE}; largest reply: {host.largest // 1024} KB")
    assert counts["saved"] == counts["sent"] == MESSAGES
    assert len(delivered) == MESSAGES + RATE and set(delivered.values()) == {1}
    assert busiest <= RATE // 2
