# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healthy, slowing or a snowball: what a backlog means at a provider's rate, why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..messages import tell
from ..refusals import CLASSES, NOTICE, THROTTLED, meaning_of, remedy
from ..transport.attempts import Attempts
from .backlog import Backlog, Counts, Queue

HEALTHY, SLOWING, SNOWBALL = "healthy", "slowing", "snowball"
LONG_WAIT = timedelta(hours=1)
"""A message that has waited longer did not leave at the first attempts."""
SOON = timedelta(hours=12)
BLIND_BACKLOG = 20
"""Waiting messages at which an unknown rate counts as exceeded, where refusals for the rate are seen."""


@dataclass(frozen=True)
class Verdict:
    """``kind`` is HEALTHY, SLOWING or SNOWBALL; ``why`` and ``next`` are sentences. ``attempts`` an hour: ``likely``
    are those that the waiting messages make at the server's interval in the worst case, ``seen`` those of message
    tracking (None: not known)."""

    kind: str
    why: tuple[str, ...]
    next: tuple[str, ...]
    waiting: int
    likely: int | None
    seen: int | None

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        return {"verdict": self.kind, "why": list(self.why), "what_to_do": list(self.next), "waiting": self.waiting}


@dataclass(frozen=True)
class Situation:
    """What is judged: the queues to the smart hosts, the whole backlog, the settings' attempts, how long was
    counted."""

    queues: Sequence[Queue]
    backlog: Backlog
    allowed: Attempts
    hours: int
    now: datetime | None

    @property
    def waiting(self) -> int:
        """Messages that Exchange tries by itself."""
        return sum(each.counts.waiting for each in self.queues)

    @property
    def rate(self) -> int | None:
        """Messages an hour that the provider takes."""
        return self.allowed.provider_per_hour

    @property
    def likely(self) -> int | None:
        """Attempts an hour of all that waits, in the worst case; a queue that is stopped makes none."""
        trying = sum(each.counts.waiting for each in self.queues if not each.suspended)
        return None if self.allowed.per_message_per_hour is None else trying * self.allowed.per_message_per_hour

    @property
    def seen(self) -> int | None:
        """Attempts an hour that message tracking knows of, of all connectors."""
        attempts = self.backlog.traffic.attempts
        return None if attempts is None else -(-attempts // self.hours)

    def said(self, kind: str) -> int:
        """How many messages were refused with words of a class."""
        return sum(each.said(kind) for each in self.queues)


def judge(situation: Situation) -> Verdict:
    """The verdict on a situation. Counts and texts alone decide; nothing is assumed of what the host does not tell."""
    snowball, slowing = _snowball(situation), [*_backlog(situation), *_words(situation), *_stopped(situation)]
    kind = SNOWBALL if snowball else SLOWING if slowing else HEALTHY
    why = [*snowball, *slowing] or [tell("queue_healthy", waiting=situation.waiting)]
    todo = [*_todo(situation, kind), *_elsewhere(situation.backlog.queues)]
    return Verdict(kind, tuple(why), tuple(todo), situation.waiting, situation.likely, situation.seen)


def _snowball(situation: Situation) -> list[str]:
    """Refused for its rate, and more attempts than the provider takes: then the attempts keep the rate exceeded."""
    throttled, likely, rate = situation.said(THROTTLED), situation.likely, situation.rate
    if not throttled or situation.waiting == 0:
        return []
    if rate is None:
        blind = situation.waiting >= BLIND_BACKLOG and Attempts(situation.allowed.per_message_per_hour).snowball
        return [tell("queue_snowball_blind", throttled=throttled, likely=likely)] if blind else []
    most = max(likely or 0, situation.seen or 0)
    return [tell("queue_snowball", throttled=throttled, attempts=most, rate=rate)] if most > rate else []


def _backlog(situation: Situation) -> list[str]:
    found = []
    rate, now = situation.rate, situation.now
    if rate is not None and situation.waiting > rate // 2:
        found.append(tell("queue_backlog", waiting=situation.waiting, rate=rate))
    waits = [each.oldest for each in situation.queues if each.oldest and each.counts.all]
    if now and waits and now - min(waits) > LONG_WAIT:
        found.append(tell("queue_old", hours=_hours(now - min(waits))))
    ends = [each.first_expiry for each in situation.queues if each.first_expiry and each.counts.all]
    if now and ends and min(ends) - now < SOON:
        found.append(tell("queue_expires", hours=_hours(max(min(ends) - now, timedelta(0)))))
    return found


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.1f}"


_REFUSALS = tuple(kind for kind in CLASSES if kind != NOTICE)


def _words(situation: Situation) -> list[str]:
    found = []
    for kind in _REFUSALS:
        count = situation.said(kind)
        if count:
            words = _example(situation.queues, kind)
            found.append(tell("queue_refused", count=count, kind=kind, meaning=meaning_of(kind), words=words))
    return found


def _example(queues: Sequence[Queue], kind: str) -> str:
    """The most frequent words of a class."""
    told = [(count, error.words) for each in queues for error, count in each.errors if error.kind == kind]
    told += [(0, each.last_error.words) for each in queues if each.last_error and each.last_error.kind == kind]
    return max(told)[1] if told else ""


def _stopped(situation: Situation) -> list[str]:
    found = [tell("queue_suspended", identity=each.identity) for each in situation.queues if each.suspended]
    held = sum(each.counts.suspended for each in situation.queues)
    return [*found, *([tell("queue_messages_held", count=held)] if held else [])]


def _todo(situation: Situation, kind: str) -> list[str]:
    """What to do next, the most urgent first."""
    found = [remedy(each) for each in _REFUSALS if each != THROTTLED and situation.said(each)]
    if kind == SNOWBALL:
        return [tell("queue_do_recover"), *found]
    if situation.rate is not None and situation.waiting > situation.rate // 2:
        found.append(tell("queue_do_wait_or_recover"))
    elif situation.said(THROTTLED):
        found.append(remedy(THROTTLED))
    if any(each.suspended for each in situation.queues):
        found.append(tell("queue_do_resume"))
    return found


def _elsewhere(queues: Sequence[Queue]) -> list[str]:
    """What stands in queues that lead nowhere: they take no part in the verdict."""
    found = []
    for each in queues:
        if each.name in _OUTSIDE and each.counts != Counts():
            outside_key = _OUTSIDE[each.name]
            found.append(tell(outside_key, count=each.counts.all))
    return found


_OUTSIDE = {"poison": "queue_poison", "unreachable": "queue_unreachable", "submission": "queue_submission"}
