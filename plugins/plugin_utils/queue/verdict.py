# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits and what came back, at a provider's rate: which state that is, why, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ..mailboxes.refusals import CLASSES, ELSEWHERE, LOGIN, NOTICE, THROTTLED, is_ours, meaning_of, remedy, scope_of
from ..messages import notice_of
from ..transport.attempts import Attempts
from .backlog import Backlog, Counts, Group, Queue
from .last_error import LastError
from .returned import Returned, returned
from .states import HEALTHY, NOTICED, REFUSED, SLOWING, SNOWBALL, STATES, STUCK, worst
from .tracking import GIVEN_UP, UNREACHED

LONG_WAIT: Final = timedelta(hours=1)
"""A message that has waited longer did not leave at the first attempts."""
SOON: Final = timedelta(hours=12)
NOTHING_LEAVES: Final = timedelta(hours=4)
"""Nothing has left for so long, though mail has waited for so long: it is stuck."""
BLIND_BACKLOG: Final = 20
"""Waiting messages at which an unknown rate counts as exceeded, where refusals for the rate are seen."""
ENOUGH: Final = 3
"""So many messages are no chance."""


@dataclass(frozen=True)
class QueueFinding:
    """One thing that was seen, and the state for which it is enough by itself."""

    state: str
    text: str


@dataclass(frozen=True)
class QueueVerdict:
    """``kind`` is one of STATES; ``why`` and ``next`` are sentences. Attempts an hour: ``likely`` are those that the
    waiting messages make at the server's interval in the worst case, ``seen`` those of message tracking (None: not
    known)."""

    kind: str
    why: tuple[str, ...]
    next: tuple[str, ...]
    waiting: int
    likely: int | None
    seen: int | None
    came_back: tuple[Returned, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        return {
            "verdict": self.kind,
            "at_least": list(STATES[: STATES.index(self.kind) + 1]),
            "why": list(self.why),
            "what_to_do": list(self.next),
            "waiting": self.waiting,
            "came_back": [each.as_data() for each in self.came_back],
        }


@dataclass(frozen=True)
class QueueSituation:
    """What is judged: the queues to the smart hosts, the whole backlog, the settings' attempts; how many ``hours``
    attempts were counted, and how far ``back`` was looked for what came back; whether the server writes down what
    becomes of mail (``tracked`` None: not known)."""

    queues: Sequence[Queue]
    backlog: Backlog
    allowed: Attempts
    hours: int
    now: datetime | None
    back: int = 1
    tracked: bool | None = None

    @property
    def waiting(self) -> int:
        """Messages that Exchange tries by itself."""
        return sum(each.counts.waiting for each in self.queues)

    @property
    def rate(self) -> int | None:
        """Messages an hour that the provider takes."""
        return self.allowed.provider_per_hour

    @property
    def too_many(self) -> bool:
        """Whether more waits than is wise to try at once."""
        return self.rate is not None and self.waiting > self.rate // 2

    @property
    def tries(self) -> bool:
        """Whether a queue in which mail waits is not stopped."""
        return any(each.counts.waiting and not each.suspended for each in self.queues)

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

    @property
    def held_up(self) -> list[Group]:
        """What waits for a reason that may concern all mail."""
        return [group for each in self.queues for group in each.held_up]

    def said(self, kind: str) -> int:
        """How many messages were refused with words of a class."""
        return sum(each.said(kind) for each in self.queues)


def judge(situation: QueueSituation) -> QueueVerdict:
    """The verdict on a situation. Counts and texts alone decide; nothing is assumed of what the host does not tell."""
    back = returned(situation.backlog.traffic, situation.now)
    rolling = tuple(_snowball(situation))
    stuck = () if rolling else tuple(_stuck(situation))
    found = [*rolling, *stuck, *_came_back(situation, back), *_ended(situation)]
    found += [*_backlog(situation), *_words(situation), *_stopped(situation), *_unseen(situation)]
    kind = worst(each.state for each in found)
    if kind == HEALTHY:
        found.insert(0, QueueFinding(HEALTHY, notice_of("queue_healthy", waiting=situation.waiting)))
    why = tuple(each.text for each in sorted(found, key=lambda each: -STATES.index(each.state)))
    todo = [*_urgent(bool(rolling), bool(stuck) and situation.tries), *_remedies(situation, back, bool(rolling))]
    todo += _elsewhere(situation.backlog.queues)
    return QueueVerdict(kind, why, tuple(todo), situation.waiting, situation.likely, situation.seen, back)


def _snowball(situation: QueueSituation) -> Iterator[QueueFinding]:
    """Refused for its rate, and more attempts than the provider takes: then the attempts keep the rate exceeded."""
    throttled, likely, rate = situation.said(THROTTLED), situation.likely, situation.rate
    if not throttled or situation.waiting == 0:
        return
    most = max(likely or 0, situation.seen or 0)
    if rate is not None and most > rate:
        yield QueueFinding(SNOWBALL, notice_of("queue_snowball", throttled=throttled, attempts=most, rate=rate))
    blind = situation.waiting >= BLIND_BACKLOG and Attempts(situation.allowed.per_message_per_hour).snowball
    if rate is None and blind:
        yield QueueFinding(SNOWBALL, notice_of("queue_snowball_blind", throttled=throttled, likely=likely))


def _stuck(situation: QueueSituation) -> Iterator[QueueFinding]:
    """Nothing has left for hours, though mail has waited as long."""
    traffic, now, looked = situation.backlog.traffic, situation.now, timedelta(hours=situation.back)
    waits = [each.oldest for each in situation.held_up if each.oldest and _is_of_all(each)]
    if now is None or traffic.events is None or not waits or situation.waiting == 0 or looked < NOTHING_LEAVES:
        return
    idle = min(now - min(waits), now - traffic.last_sent if traffic.last_sent else looked)
    if idle >= NOTHING_LEAVES:
        yield QueueFinding(STUCK, notice_of("queue_stuck", hours=_hours(idle), waiting=situation.waiting))


def _is_of_all(group: Group) -> bool:
    """A single message that is suspended by words which nobody knows is not all mail."""
    return group.error is None or is_ours(group.error.kind) or group.count >= ENOUGH


def _came_back(situation: QueueSituation, back: Sequence[Returned]) -> Iterator[QueueFinding]:
    """What the smart host refused for good decides where it touches all mail; the rest is told."""
    last_sent = situation.backlog.traffic.last_sent
    ours, unclear = [each for each in back if each.decides], [each for each in back if each.unclear]
    alone = _nothing_left(unclear, last_sent) and sum(each.count for each in unclear) >= ENOUGH
    for each in back:
        state = _decided(ours, last_sent) if each.decides else NOTICED if each.over else HEALTHY
        yield QueueFinding((REFUSED if alone else NOTICED) if each.unclear else state, each.sentence)


def _decided(ours: Sequence[Returned], last_sent: datetime | None) -> str:
    """The state of refusals that touch all mail, taken together: one for the login, several of several senders, or
    several and nothing else has left meanwhile."""
    if any(each.kind == LOGIN for each in ours):
        return REFUSED
    senders = {sender for each in ours for sender in each.senders}
    several = sum(each.count for each in ours) >= ENOUGH
    return REFUSED if several and (len(senders) > 1 or _nothing_left(ours, last_sent)) else NOTICED


def _nothing_left(back: Sequence[Returned], last_sent: datetime | None) -> bool:
    """Whether nothing has left since the first of them came back."""
    began = min((each.first for each in back if each.first), default=None)
    return last_sent is None or (began is not None and last_sent < began)


def _ended(situation: QueueSituation) -> Iterator[QueueFinding]:
    """What came to its end here, and nobody knows by whose words."""
    traffic = situation.backlog.traffic
    given_up, unreached = (sum(each.count for each in traffic.came_back(end)) for end in (GIVEN_UP, UNREACHED))
    if given_up:
        yield QueueFinding(NOTICED, notice_of("queue_given_up", count=given_up))
    if unreached:
        yield QueueFinding(NOTICED, notice_of("queue_unreached", count=unreached))
    if traffic.left_out:
        yield QueueFinding(NOTICED, notice_of("queue_more_came_back", count=traffic.left_out))


def _backlog(situation: QueueSituation) -> Iterator[QueueFinding]:
    now = situation.now
    if situation.too_many:
        yield QueueFinding(SLOWING, notice_of("queue_backlog", waiting=situation.waiting, rate=situation.rate))
    waits = [each.oldest for each in situation.held_up if each.oldest]
    if now and waits and now - min(waits) > LONG_WAIT:
        yield QueueFinding(SLOWING, notice_of("queue_old", hours=_hours(now - min(waits))))
    ends = [each.first_expiry for each in situation.held_up if each.first_expiry]
    if now and ends and min(ends) - now < SOON:
        yield QueueFinding(SLOWING, notice_of("queue_expires", hours=_hours(max(min(ends) - now, timedelta(0)))))


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.1f}"


_REFUSALS = tuple(kind for kind in CLASSES if kind != NOTICE)


def _words(situation: QueueSituation) -> Iterator[QueueFinding]:
    """What keeps the waiting messages back."""
    for kind in _REFUSALS:
        count, errors = situation.said(kind), _errors(situation.queues, kind)
        if count:
            words = errors[0].quoted if errors else notice_of("no_words")
            text = notice_of("queue_refused", count=count, kind=kind, meaning=meaning_of(kind), words=words)
            yield QueueFinding(_state_of_waiting(kind, errors), text)


def _errors(queues: Sequence[Queue], kind: str) -> list[LastError]:
    """All that was said of a class, the most frequent first."""
    told = [(count, error) for each in queues for error, count in each.errors]
    told += [(0, each.last_error) for each in queues if each.last_error]
    return [error for _count, error in sorted(told, key=lambda row: -row[0]) if error.kind == kind]


def _state_of_waiting(kind: str, errors: Sequence[LastError]) -> str:
    """A login that is refused for good is refused for all that waits; somebody's own full mailbox decides nothing."""
    if kind == LOGIN and any(error.permanent for error in errors):
        return REFUSED
    return SLOWING if is_ours(kind) else HEALTHY if scope_of(kind) in ELSEWHERE else NOTICED


def _stopped(situation: QueueSituation) -> Iterator[QueueFinding]:
    for each in situation.queues:
        if each.suspended:
            yield QueueFinding(SLOWING, notice_of("queue_suspended", identity=each.identity))
    held = sum(each.counts.suspended for each in situation.queues)
    if held:
        yield QueueFinding(SLOWING, notice_of("queue_messages_held", count=held))


def _unseen(situation: QueueSituation) -> Iterator[QueueFinding]:
    """Without message tracking nobody can tell what came back."""
    problem = situation.backlog.traffic.problem
    if situation.tracked is False:
        yield QueueFinding(NOTICED, notice_of("queue_untracked"))
    elif problem:
        yield QueueFinding(NOTICED, notice_of("queue_tracking_unread", problem=problem))


def _urgent(rolling: bool, stuck: bool) -> Iterator[str]:
    if rolling:
        yield notice_of("queue_do_recover")
    if stuck:
        yield notice_of("queue_do_unstick")


def _remedies(situation: QueueSituation, back: Sequence[Returned], rolling: bool) -> Iterator[str]:
    """What to do about what was said, in the order of the classes."""
    told = {each.kind for each in back if not each.over and not each.automatic} | {
        kind for kind in _REFUSALS if situation.said(kind)
    }
    yield from (remedy(each) for each in CLASSES if each in told and each != THROTTLED)
    if rolling:
        return
    if situation.too_many:
        yield notice_of("queue_do_wait_or_recover")
    elif THROTTLED in told:
        yield remedy(THROTTLED)
    if any(each.suspended for each in situation.queues):
        yield notice_of("queue_do_resume")


def _elsewhere(queues: Sequence[Queue]) -> list[str]:
    """What stands in queues that lead nowhere: they take no part in the verdict."""
    found = []
    for each in queues:
        if each.name in _OUTSIDE and each.counts != Counts():
            outside_key = _OUTSIDE[each.name]
            found.append(notice_of(outside_key, count=each.counts.all))
    return found


_OUTSIDE = {"poison": "queue_poison", "unreachable": "queue_unreachable", "submission": "queue_submission"}
