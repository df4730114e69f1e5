# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batch by batch: some messages go, as many as the rate allows; what came back is suspended again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..mailboxes.refusals import OTHER, THROTTLED, is_of_one, is_ours
from ..messages import notice_of
from ..queue.server_queues import ServerQueue
from ..recovery.record import HELD, RELEASED, RELEASING, VERIFY, Message, Recovery
from . import budget, safety_checks
from .desired import Desired
from .proving import to_ask
from .transitions import (
    PATIENCE,
    Transition,
    message_step,
    remove_chosen,
    rows_of,
    safety_checks_hold,
    stop,
    stopped_queues,
    to_stage,
)
from .view import MessageRow, View


def release(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """Some messages go, as many as the rate allows; what came back is suspended again, and the rate halved."""
    if view.messages is None or view.traffic is None:
        return Transition(recovery)
    if stopped := stopped_queues(view):
        return Transition(
            recovery, wait=PATIENCE, notices=(notice_of("recovery_queue_stopped", identity=stopped[0].identity),)
        )
    for first in (_loose, _returned, _dead_link, remove_chosen, _refused):
        transition = first(recovery, view, desired)
        if transition is not None:
            return transition
    return _batch(budget.grown(recovery, view.now), view, desired)


def _batch(recovery: Recovery, view: View, desired: Desired) -> Transition:
    chosen = budget.batch(recovery, view, desired)
    if chosen:
        going = [replace(each, state=RELEASING, released_at=view.now) for each in chosen]
        since = budget.next_since(recovery, desired, chosen, view.now)
        begun = replace(recovery.with_messages(going), last_batch=since)
        steps = tuple(message_step("resume message", "Resume-Message", each) for each in chosen)
        return Transition(begun, steps, budget.pause(recovery, desired))
    if budget.due(recovery, view.now):
        full = budget.budget(recovery, view, desired).free == 0
        notice = (notice_of("recovery_no_room"),) if full else ()
        return Transition(recovery, wait=budget.pause(recovery, desired), notices=notice)
    if later := budget.fitting(recovery):
        first = min(map(budget.due_at, later))
        waits = notice_of("recovery_waits_for_others", count=len(later), moment=first.strftime("%Y-%m-%d %H:%M UTC"))
        return Transition(recovery, wait=max(budget.TICK, first - view.now), notices=(waits,))
    if safety_checks.kept(recovery):
        return Transition(recovery, wait=PATIENCE, error=safety_checks_hold(recovery))
    going_on = {each.identity for each in recovery.of(RELEASED, RELEASING)}
    on_their_way = [row for row in view.own_rows() if row.identity in going_on and not row.in_retry]
    return Transition(recovery, wait=budget.TICK) if on_their_way else to_stage(recovery, VERIFY)


def _refused(recovery: Recovery, view: View, desired: Desired) -> Transition | None:
    """What the provider refuses is asked about again; where that is about all, nothing goes."""
    again = safety_checks.ask_again(recovery)
    asked = to_ask(recovery, desired) if recovery.brakes and (again is None or again <= view.now) else ()
    asked = asked[: budget.budget(recovery, view, desired).free]
    if asked and (safety_checks.ALL in recovery.brakes or _asked_long_ago(recovery, view)):
        return Transition(recovery, prove=asked)
    if safety_checks.ALL in recovery.brakes:
        return Transition(recovery, wait=PATIENCE, error=safety_checks_hold(recovery))
    return None


def _asked_long_ago(recovery: Recovery, view: View) -> bool:
    """At each tick where nothing else is left, else once an hour."""
    since = budget.HOUR if budget.fitting(recovery) else budget.TICK
    return recovery.proof_at is None or view.now - recovery.proof_at >= since


def _loose(recovery: Recovery, view: View, desired: Desired) -> Transition | None:
    """Messages that should be suspended and are not, as perhaps after a restart: a few are suspended one by one, many
    by stopping the queue once more."""
    found = [each for each, row in rows_of(recovery.of(HELD), view) if not row.suspended]
    if not found:
        return None
    notice = notice_of("recovery_loose", count=len(found))
    if sum(each.weight for each in found) > max(1, budget.budget(recovery, view, desired).due):
        return stop(recovery, view, notice)
    steps = tuple(message_step("suspend message", "Suspend-Message", each) for each in found)
    return Transition(recovery, steps, notices=(notice,))


def _returned(recovery: Recovery, view: View, desired: Desired) -> Transition | None:
    """Messages that came back wait again: those that the provider refused for its rate, which was too high then, and
    those that came back by themselves, which go last from now on."""
    back = [(each, row) for each, row in rows_of(recovery.of(RELEASED), view) if row.in_retry]
    ours = [each for each, row in back if _for_the_rate(row, view)]
    alone = [each for each, row in back if each not in ours and _for_itself(row, view)]
    if _one_alone(ours, recovery, view, desired):
        ours, alone = [], [*ours, *alone]
    last = [] if budget.few_enough(recovery, alone) else alone
    # What is left to Exchange's own retries has come back all the same: nothing waits for it any more.
    later = last or [each for each in alone if not each.returned]
    if not ours and not later:
        return None
    later = [replace(each, returned=each.returned + 1, returned_at=view.now) for each in later]
    transition = _halved(recovery.with_messages(later), ours, view)
    told = [notice_of("recovery_goes_last", count=len(last))] if last else []
    steps = tuple(message_step("suspend message", "Suspend-Message", each) for each in (*ours, *last))
    return replace(transition, steps=steps, notices=(*transition.notices, *told))


def _halved(recovery: Recovery, ours: Sequence[Message], view: View) -> Transition:
    """At half the rate, where it was exceeded."""
    if not ours:
        return Transition(recovery)
    rate = max(1, recovery.rate // 2)
    notice = notice_of("recovery_halved", count=len(ours), before=recovery.rate, rate=rate)
    lower = replace(recovery, rate=rate, last_batch=view.now, halved_at=view.now)
    return Transition(lower, wait=budget.TICK, notices=(notice,))


def _for_the_rate(row: MessageRow, view: View) -> bool:
    """Whether a message was refused for our rate, by what it was told itself or else by what its queue was."""
    if row.last_error and is_of_one(row.last_error.kind):
        return False
    queue = _queue_of(row, view)
    errors = [row.last_error, queue.last_error if queue and queue.in_retry else None]
    return any(each is not None and each.kind == THROTTLED for each in errors)


def _for_itself(row: MessageRow, view: View) -> bool:
    """Whether a message came back for what it was told itself, and not because its queue's connection fails."""
    queue = _queue_of(row, view)
    if row.last_error is None:
        return False
    return is_of_one(row.last_error.kind) or not (queue and queue.in_retry)


def _queue_of(row: MessageRow, view: View) -> ServerQueue | None:
    return next((each for each in view.own if each.identity == row.queue), None)


def _one_alone(found: Sequence[Message], recovery: Recovery, view: View, desired: Desired) -> bool:
    """Whether one message alone came back, since some servers speak of a rate where a recipient's is meant. Another one
    shortly before or after means ours."""
    if len(found) != 1:
        return False
    lately = max(budget.HOUR, 2 * budget.pause(recovery, desired))
    others = [each for each in recovery.messages.values() if each.key != found[0].key]
    return not any(each.returned_at and view.now - each.returned_at < lately for each in others)


def _dead_link(recovery: Recovery, view: View, desired: Desired) -> Transition | None:
    """A queue whose connection fails: what is released now would only wait for the same moment."""
    for each in view.own:
        kind = each.last_error.kind if each.last_error else OTHER
        if each.in_retry and is_ours(kind) and recovery.of(HELD):
            words = each.last_error.words if each.last_error else ""
            return Transition(recovery, wait=PATIENCE, notices=(notice_of("recovery_link_dead", words=words),))
    return None
