# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many messages may go now, and which: below the provider's rate, whatever else leaves meanwhile.

What the provider counts is taken to be recipients in a sliding hour, refused attempts too (providers.py and
transport/attempts.py say what is known of that). Of the share of the rate that the backlog may use goes off what left
or was tried in the last hour, and new mail that is about to leave. The rest is not released at once, but as the hour
passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ..recovery.record import FAILED, GONE, HELD, RELEASED, RELEASING, SENT, Message, Recovery
from ..transport.attempts import per_message
from ..transport.saved import read_saved
from ..transport.settings import MINUTE
from .desired import NEWEST, SENDERS, SIZE, Desired
from .safety_checks import careful, suspended
from .view import View

HOUR = timedelta(hours=1)
TICK = timedelta(minutes=5)
"""How often messages are released, where there is enough to released at a time."""
STEPS = 10
"""In how many steps a rate grows from nothing to what is declared."""
SAFE = 0.75
"""How much of the time that a message has left may pass until its turn; the rest is for what goes wrong."""
LONGEST = timedelta(hours=8)
"""How long a message that came back again and again waits at most until it is released once more."""
WINDOW = HOUR + TICK
"""How long ago a message may have been released that was tried in the last hour."""


@dataclass(frozen=True)
class Budget:
    """Recipients: what the share of the rate is an hour, what of it is used, what may go now."""

    hourly: float
    used: int
    due: int

    @property
    def free(self) -> int:
        """What is left of the hour."""
        return max(0, int(self.hourly) - self.used)

    @property
    def now(self) -> int:
        """What may go now."""
        return min(self.due, self.free)


def hourly(recovery: Recovery, desired: Desired) -> float:
    """What the backlog may use of the rate in an hour, one at least."""
    return max(1.0, recovery.rate * desired.share)


def budget(recovery: Recovery, view: View, desired: Desired) -> Budget:
    """What may go at the moment of a reading."""
    share = hourly(recovery, desired)
    since = recovery.last_batch
    passed = min(view.now - since, HOUR) if since else max(TICK, HOUR / share)
    due = int(share * (passed / HOUR) + 1e-9)
    return Budget(share, used(recovery, view), max(0, due))


def used(recovery: Recovery, view: View) -> int:
    """Recipients of the last hour: those that we released, and what else was tried or is about to be."""
    recent = _released(recovery, view.now - HOUR, view.now)
    # Those of ours that have left are in message tracking as well; what was tried more often is there more often.
    left = sum(each.state in (GONE, SENT, FAILED) for each in recent)
    tracked = (view.traffic.attempts if view.traffic else None) or 0
    others = max(0, tracked - left)
    # Among the others may be some that were released a little earlier; tracking counts them without their recipients.
    earlier = sorted((each.weight for each in _released(recovery, view.now - WINDOW, view.now - HOUR)), reverse=True)
    more = sum(earlier[:others]) - len(earlier[:others])
    asked = recovery.proof_count if recovery.proof_at and view.now - recovery.proof_at < HOUR else 0
    return sum(each.weight for each in recent) + others + more + asked + new_mail(recovery, view)


def _released(recovery: Recovery, after: datetime, until: datetime) -> list[Message]:
    return [each for each in recovery.messages.values() if each.released_at and after < each.released_at <= until]


def grown(recovery: Recovery, now: datetime) -> Recovery:
    """The same, with a halved rate a step higher after each hour without a refusal: what came back for a moment's sake
    must not keep mail until it expires."""
    if recovery.halved_at is None or recovery.rate >= recovery.rate_wished or now - recovery.halved_at < HOUR:
        return recovery
    rate = min(recovery.rate_wished, recovery.rate + max(1, recovery.rate_wished // STEPS))
    return replace(recovery, rate=rate, halved_at=now)


def still_warm(recovery: Recovery, now: datetime) -> bool:
    """Whether more than half of an hour's rate has been released in the last hour: new mail that is refused now, and
    then tried every minute, would be the next snowball."""
    return 2 * sum(each.weight for each in _released(recovery, now - HOUR, now)) > recovery.rate


def next_since(recovery: Recovery, desired: Desired, chosen: Sequence[Message], now: datetime) -> datetime:
    """From when on the next batch counts its time: what this one has not used of it, within the hour, is kept."""
    since = recovery.last_batch or now
    spent = HOUR * (sum(each.weight for each in chosen) / hourly(recovery, desired))
    return min(now, max(since, now - HOUR) + spent)


def new_mail(recovery: Recovery, view: View) -> int:
    """Recipients of what is about to leave by itself."""
    known = {each.identity for each in recovery.of(RELEASED, RELEASING, HELD)}
    rows = [row for row in view.own_rows() if not row.suspended and row.identity not in known]
    return sum(row.weight for row in rows)


def waiting(recovery: Recovery) -> list[Message]:
    """The messages that are still to be released."""
    return [each for each in recovery.of(HELD) if each.queue is None]


def too_large(recovery: Recovery, message: Message) -> bool:
    """Whether a message alone exceeds what the provider takes in an hour: it is never released."""
    return message.weight > recovery.rate_wished


def fitting(recovery: Recovery) -> list[Message]:
    """The messages that are still to be released, and ever can be."""
    free = [each for each in waiting(recovery) if not suspended(recovery, each)]
    return [each for each in free if not too_large(recovery, each)]


def due(recovery: Recovery, now: datetime) -> list[Message]:
    """The messages that may be released by now: what came back by itself waits, the longer the more often it did."""
    everything, at_once = fitting(recovery), few_enough(recovery)
    return [each for each in everything if at_once or due_at(each) <= now]


def due_at(message: Message) -> datetime:
    """When a message may be released once more, the moment that is always over for one that never came back."""
    if message.returned_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return message.returned_at + min(LONGEST, HOUR * (1 << min(message.returned - 1, 10)))


def few_enough(recovery: Recovery, back: Sequence[Message] = ()) -> bool:
    """Whether what comes back by itself can be left to Exchange's own retries: nothing else waits, and with the
    settings as they were it takes no more than half of the rate. ``back`` has just come back."""
    keys = {each.key for each in back}
    if any(not each.returned and each.key not in keys for each in fitting(recovery)):
        return False
    left = [each for each in recovery.of(HELD, RELEASING, RELEASED) if each.returned or each.key in keys]
    return 2 * sum(each.weight for each in left) * _own_retries(recovery) <= recovery.rate


def _own_retries(recovery: Recovery) -> int:
    """How often an hour Exchange tries a message again with the settings as they were."""
    before = read_saved(recovery.settings_before).values if recovery.settings_before else {}
    interval = before.get("message_retry_interval")
    return per_message(interval if isinstance(interval, int) else MINUTE)


def bulky(recovery: Recovery, desired: Desired, message: Message) -> bool:
    """Whether a message takes so much of an hour's share that others, and new mail, might keep it back for ever: it
    goes last and by itself, and may use the whole rate."""
    return message.weight > 1 and message.weight * 2 > hourly(recovery, desired)


def in_order(messages: Sequence[Message], recovery: Recovery, desired: Desired, now: datetime) -> list[Message]:
    """The messages in the order in which they are released: as declared, but first those that would expire before their
    turn, as far as that can be helped."""
    ordered = sorted(messages, key=lambda each: _rank(each, desired))
    urgent: set[str] = set()
    for _round in range(10):
        late = {each.key for each, turn in turns(ordered, recovery, desired, now) if each.expiry and each.expiry < turn}
        if late <= urgent:
            break
        urgent |= late
        ordered.sort(key=lambda each: (0, each.expiry) if each.key in urgent else (1, now))
    return sorted(ordered, key=lambda each: (each.returned > 0, bulky(recovery, desired, each)))


def turns(
    ordered: Sequence[Message], recovery: Recovery, desired: Desired, now: datetime
) -> list[tuple[Message, datetime]]:
    """Each message with the moment at which its turn comes, about."""
    share, sum_so_far, found = hourly(recovery, desired), 0, []
    for each in ordered:
        sum_so_far += each.weight
        found.append((each, now + HOUR * (sum_so_far / share)))
    return found


def will_expire(recovery: Recovery, desired: Desired, now: datetime) -> list[Message]:
    """The messages that expire before their turn, whatever their order."""
    ordered = in_order(waiting(recovery), recovery, desired, now)
    return [each for each, turn in turns(ordered, recovery, desired, now) if each.expiry and each.expiry < turn]


def at_risk(recovery: Recovery, desired: Desired, begins: datetime, now: datetime) -> int:
    """How many messages would get their turn only in the last of the time that they have left, or too late, if the
    first goes at the moment ``begins``."""
    ordered = in_order(fitting(recovery), recovery, desired, begins)
    left = [(turn - now, each.expiry - now) for each, turn in turns(ordered, recovery, desired, begins) if each.expiry]
    return sum(turn > life * SAFE for turn, life in left)


def hurried(recovery: Recovery, desired: Desired, begins: datetime, now: datetime) -> Desired:
    """The same declaration, or with the share of need where that saves messages from expiring."""
    faster = replace(desired, share=desired.share_in_need)
    if faster.share <= desired.share or not (risky := at_risk(recovery, desired, begins, now)):
        return desired
    return faster if at_risk(recovery, faster, begins, now) < risky else desired


def _rank(message: Message, desired: Desired) -> tuple[float, float, str]:
    received = message.received.timestamp() if message.received else 0.0
    if desired.order == NEWEST:
        return -received, 0.0, message.key
    if desired.order == SIZE:
        return float(message.size or 0), received, message.key
    if desired.order == SENDERS:
        senders = desired.senders_first
        sender = message.sender.lower()
        return float(senders.index(sender) if sender in senders else len(senders)), received, message.key
    return received, 0.0, message.key


def batch(recovery: Recovery, view: View, desired: Desired) -> list[Message]:
    """The messages that go now."""
    allowed = budget(recovery, view, desired)
    ordered = careful(recovery, in_order(due(recovery, view.now), recovery, desired, view.now), desired, view.now)
    if ordered and bulky(recovery, desired, ordered[0]):
        first = ordered[0]
        fits = allowed.used + first.weight <= recovery.rate and allowed.due >= min(first.weight, int(allowed.hourly))
        return [first] if fits else []
    chosen: list[Message] = []
    left = allowed.now
    for each in ordered:
        if each.weight > left or bulky(recovery, desired, each):
            break  # what waits behind a larger one waits with it, which would else wait for ever
        chosen.append(each)
        left -= each.weight
    return chosen


def pause(recovery: Recovery, desired: Desired) -> timedelta:
    """How long until something may go again: a tick, or as long as one recipient takes at a low rate."""
    return max(TICK, HOUR / hourly(recovery, desired))
