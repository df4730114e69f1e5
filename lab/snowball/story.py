"""One story: what an office sends, what the provider takes, and what becomes of it, hour by hour."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lab.endpoint.certificates import Certificates
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.host.clock import Clock
from lab.host.machine import SimulatedMachine
from lab.provider import SimulatedProvider
from lab.up.direct_dialer import DirectDialer

START: Final = datetime(2026, 11, 2, 8, tzinfo=UTC)  # a Monday
YOUNG_DAYS: Final = 14
YOUNG_PER_HOUR: Final = 50
PER_HOUR: Final = 500
"""What IONOS says in public of a contract's first week, and of one that is older than a month."""
STORM: Final = 55
"""Invoices, each working day at nine: five more than a young mailbox may send in an hour."""
USUAL: Final = 2
"""Mails an hour from eight to six, besides."""
_HOURS: Final = range(8, 18)
_STORM_HOUR: Final = 9
_HOUR: Final = timedelta(hours=1)
_SENDER, _RECIPIENT = "info@beispiel.de", "kunde@example.com"
_BOXES: Final = {"young": "smarthost@beispiel.de", "old": "info@beispiel.de"}
_PASSWORD: Final = "lab-only-Zinkblech-0815"


@dataclass(frozen=True)
class Story:
    """``settings`` are parameters of Set-TransportServer, ``old_days`` says for how long the old mailbox logs in."""

    title: str
    settings: Mapping[str, object] = field(default_factory=dict)
    old_days: int = 0


@dataclass(frozen=True)
class Sample:
    """All up to one moment, ``hours`` after the beginning; but ``queued`` is how many wait then."""

    hours: int
    offered: int
    delivered: int
    attempts: int
    queued: int
    bounced: int


def tell(story: Story, days: int) -> Iterator[Sample]:
    """The story, an hour at a time."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(START.isoformat())
        ca_file = Path(folder) / "ca.pem"
        with SimulatedProvider(_provider(), Certificates(ca_file), clock) as provider:
            machine = _machine(clock, provider.port, "old" if story.old_days else "young")
            machine.ca_file = ca_file
            machine.change({"transport_servers": [{"Name": "SBS", **story.settings}]})
            dialer = DirectDialer(machine.smtp_dialer(), provider)
            machine.dialer = lambda: dialer
            _plan(machine, days)
            yield from _hours(story, days, clock, machine)
            machine.close()


def _hours(story: Story, days: int, clock: Clock, machine: SimulatedMachine) -> Iterator[Sample]:
    for hour in range(1, 24 * days + 1):
        if story.old_days and hour - 1 == 24 * story.old_days:
            machine.change({"send_connectors": [_login("young")]})
        for _ in run([machine.queues], clock.advance_to, START + hour * _HOUR):
            pass
        yield _sample(hour, machine)


def _sample(hour: int, machine: SimulatedMachine) -> Sample:
    engine = machine.queues
    counts = engine.counts
    return Sample(hour, counts.submitted, counts.sent, counts.attempts, engine.queued, len(engine.ledger.bounces))


def _plan(machine: SimulatedMachine, days: int) -> None:
    """All mail of the office, evenly spread; the storm within five minutes."""
    midnight = START.replace(hour=0)
    mail = Mail(_SENDER, (_RECIPIENT,))
    for day in range(days + 1):
        date = midnight + timedelta(days=day)
        if date.weekday() > 4:
            continue
        moments = [date + timedelta(hours=hour, minutes=60 * n / USUAL) for hour in _HOURS for n in range(USUAL)]
        moments += [date + timedelta(hours=_STORM_HOUR, seconds=300 * n / STORM) for n in range(STORM)]
        for moment in sorted(moments):
            if START <= moment <= START + timedelta(days=days):
                machine.queues.plan(mail, moment)


def _provider() -> dict[str, object]:
    old = {"address": _BOXES["old"], "password": _PASSWORD, "created": "2020-01-01"}
    young = {"address": _BOXES["young"], "password": _PASSWORD, "created": START}
    limits = {"young_days": YOUNG_DAYS, "young_per_hour": YOUNG_PER_HOUR, "per_hour": PER_HOUR, "attempts_count": True}
    return {"mailboxes": [old, young], **limits}


def _machine(clock: Clock, port: int, box: str) -> SimulatedMachine:
    connector = {
        **_login(box),
        "AddressSpaces": ["*"],
        "DNSRoutingEnabled": False,
        "SmartHosts": ["localhost"],
        "Port": port,
        "SmartHostAuthMechanism": "BasicAuthRequireTLS",
        "RequireTLS": True,
    }
    return SimulatedMachine({"send_connectors": [connector]}, clock)


def _login(box: str) -> dict[str, object]:
    return {"Name": "Provider", "AuthenticationCredential": {"username": _BOXES[box], "password": _PASSWORD}}
