# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batch by batch: some messages go, as many as the rate allows; what came back is kept back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..messages import tell
from ..refusals import OTHER, THROTTLED, is_ours
from . import release
from .desired import Desired
from .moves import PATIENCE, Move, message_step, remove_chosen, rows_of, stop, stopped_queues, to_stage
from .record import HELD, RELEASED, RELEASING, VERIFY, Recovery
from .view import Row, View


def let_go(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """Some messages go, as many as the rate allows; what came back is kept back again, and the rate halved."""
    if view.messages is None or view.traffic is None:
        return Move(recovery)
    if stopped := stopped_queues(view):
        return Move(recovery, wait=PATIENCE, notices=(tell("recovery_queue_stopped", identity=stopped[0].identity),))
    for first in (_loose, _returned, _dead_link, remove_chosen):
        move = first(recovery, view, desired)
        if move is not None:
            return move
    return _batch(release.grown(recovery, view.now), view, desired)


def _batch(recovery: Recovery, view: View, desired: Desired) -> Move:
    chosen = release.batch(recovery, view, desired)
    if chosen:
        going = [replace(each, state=RELEASING, released_at=view.now) for each in chosen]
        since = release.next_since(recovery, desired, chosen, view.now)
        begun = replace(recovery.with_messages(going), last_batch=since)
        steps = tuple(message_step("resume message", "Resume-Message", each) for each in chosen)
        return Move(begun, steps, release.pause(recovery, desired))
    if release.fitting(recovery):
        full = release.budget(recovery, view, desired).free == 0
        notice = (tell("recovery_no_room"),) if full else ()
        return Move(recovery, wait=release.pause(recovery, desired), notices=notice)
    going_on = {each.identity for each in recovery.of(RELEASED, RELEASING)}
    on_their_way = [row for row in view.own_rows() if row.identity in going_on and not row.in_retry]
    return Move(recovery, wait=release.TICK) if on_their_way else to_stage(recovery, VERIFY)


def _loose(recovery: Recovery, view: View, desired: Desired) -> Move | None:
    """Messages that should be kept back and are not, as perhaps after a restart: a few are kept back one by one, many
    by stopping the queue once more."""
    found = [each for each, row in rows_of(recovery.of(HELD), view) if not row.suspended]
    if not found:
        return None
    notice = tell("recovery_loose", count=len(found))
    if sum(each.weight for each in found) > max(1, release.budget(recovery, view, desired).due):
        return stop(recovery, view, notice)
    steps = tuple(message_step("suspend message", "Suspend-Message", each) for each in found)
    return Move(recovery, steps, notices=(notice,))


def _returned(recovery: Recovery, view: View, desired: Desired) -> Move | None:
    """Messages that the provider refused for its rate: they wait again, and the rate was too high."""
    found = [each for each, row in rows_of(recovery.of(RELEASED), view) if _refused(row, view)]
    if not found:
        return None
    rate = max(1, recovery.rate // 2)
    steps = tuple(message_step("suspend message", "Suspend-Message", each) for each in found)
    notice = tell("recovery_halved", count=len(found), before=recovery.rate, rate=rate)
    lower = replace(recovery, rate=rate, last_batch=view.now, halved_at=view.now)
    return Move(lower, steps, release.TICK, (notice,))


def _refused(row: Row, view: View) -> bool:
    if not row.in_retry:
        return False
    queue = next((each for each in view.own if each.identity == row.queue), None)
    errors = [row.last_error, queue.last_error if queue and queue.in_retry else None]
    return any(each is not None and each.kind == THROTTLED for each in errors)


def _dead_link(recovery: Recovery, view: View, desired: Desired) -> Move | None:
    """A queue whose connection fails: what is let go now would only wait for the same moment."""
    for each in view.own:
        kind = each.last_error.kind if each.last_error else OTHER
        if each.in_retry and is_ours(kind) and recovery.of(HELD):
            words = each.last_error.words if each.last_error else ""
            return Move(recovery, wait=PATIENCE, notices=(tell("recovery_link_dead", words=words),))
    return None
