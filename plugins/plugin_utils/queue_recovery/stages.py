# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery does next: one function a stage, each from what is known and what is seen to a move.

A stage ends once the host shows what it was for, not because its commands were sent: so a cut at any point is only a
reading more. The order of things is what keeps mail from being lost or rushed out: the queue stops before anything is
touched, every message is kept back before the queue starts again, and the settings go back last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..errors import MailflowError, StepFailed
from ..messages import say, tell
from ..plan import PlannedStep
from ..queue.last_error import CONNECTION, LOGIN, THROTTLED
from ..transport.attempts import calm_interval
from ..transport.saved import read_saved, saved_server
from ..transport.settings import BY_OPTION, Values
from ..transport.state import TransportServer
from ..transport.steps import change
from . import release
from .desired import Desired
from .forecast import pace
from .record import (
    ABANDON,
    FINISHED,
    FOREIGN,
    GONE,
    HELD,
    HOLD,
    IN_QUEUE,
    QUIET,
    RELEASE,
    RELEASED,
    RELEASING,
    REMOVING,
    RESTORE,
    SAVE,
    SETTLE,
    SUSPEND,
    SWITCH,
    VERIFY,
    Message,
    Recovery,
)
from .view import Queue, Row, View

AT_ONCE = timedelta(0)
PATIENCE = timedelta(minutes=5)
"""How long until it is looked again whether somebody has done something."""
GRACE = timedelta(minutes=10)
"""How long a message may be gone without a trace: message tracking is written a little later."""
SETTLED = ("message_expiration_timeout", "message_retry_interval", "max_per_domain_outbound_connections",
           "message_tracking_log_enabled")  # fmt: skip
"""The options of the transport server that a recovery changes meanwhile."""


@dataclass(frozen=True)
class Move:
    """What is next: the recovery as it is to be written before anything is done, the commands, and how long to wait
    after them. ``go_on``: another stage has begun and needs no other reading. ``error``: why it does not go on by
    itself."""

    recovery: Recovery
    steps: tuple[PlannedStep, ...] = ()
    wait: timedelta = AT_ONCE
    notices: tuple[str, ...] = ()
    go_on: bool = False
    needs_login: bool = False
    error: MailflowError | None = None


Stage = Callable[[Recovery, View, Desired, datetime], Move]


def decide(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """The next move. ``controller`` is the controller's clock, by which the age of mailboxes is judged."""
    paced = pace(recovery, view, desired)
    notices = [] if paced is desired else [tell("recovery_hurries", share=round(100 * paced.share))]
    while True:
        move = STAGE_OF[recovery.stage](recovery, view, paced, controller)
        notices += move.notices
        if not move.go_on or move.steps:
            return replace(move, notices=tuple(notices), go_on=False)
        recovery = move.recovery


def _to(recovery: Recovery, stage: str, *notices: str) -> Move:
    """The next stage."""
    return Move(replace(recovery, stage=stage), notices=notices, go_on=True)


# ---- the queue stops


def suspend(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """Nothing leaves over the connector any more; new mail goes on queueing."""
    if view.stopped:
        began = recovery.suspended_at or view.now
        return _to(replace(recovery, suspended_at=began, hold_issued=False, resume_issued=False), SAVE)
    return _stop(replace(recovery, hold_issued=False, resume_issued=False), view)


def _stop(recovery: Recovery, view: View, *notices: str) -> Move:
    steps = tuple(
        PlannedStep("suspend queue", each.identity, "Suspend-Queue", {"Identity": each.identity, "Confirm": False})
        for each in view.own
        if not each.suspended
    )
    return Move(replace(recovery, suspended_at=view.now, stage=SUSPEND), steps, notices=notices)


def _slipped(recovery: Recovery, view: View) -> Move | None:
    """A queue that somebody, or a restart, has started again while it has to stand: once more from the beginning."""
    return None if view.stopped else _stop(recovery, view, tell("recovery_started_again", stage=recovery.stage))


def save(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """Every message is written down (matching.py has done it by now)."""
    if view.messages is None:
        return Move(recovery)
    if (slipped := _slipped(recovery, view)) is not None:
        return slipped
    foreign = len(recovery.of(FOREIGN))
    return _to(recovery, SETTLE, *([tell("recovery_foreign", count=foreign)] if foreign else []))


# ---- the settings meanwhile


def settle(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """Messages live longer, are tried seldom and over one connection. Then their expiry is looked at once more."""
    if (slipped := _slipped(recovery, view)) is not None:
        return slipped
    wanted = _calm(view.server, recovery, desired)
    step, after = change(view.server, wanted)
    before = recovery.settings_before or saved_server(view.server)
    if step is not None:
        written = {option: _shown(option, after.values[option]) for option in SETTLED if option in wanted}
        return Move(replace(recovery, settings_before=before, settings_written=written), (step,))
    if view.messages is None:
        return Move(recovery)
    kept = replace(recovery, settings_before=before)
    return _to(kept, QUIET, *_expiry(kept, view), *_late(kept, desired, view))


def _calm(server: TransportServer, recovery: Recovery, desired: Desired) -> Values:
    expiration = server.values.get("message_expiration_timeout")
    interval = server.values.get("message_retry_interval")
    calm = calm_interval(recovery.rate)
    return {
        "message_expiration_timeout": max(expiration, desired.expiration)
        if isinstance(expiration, int)
        else desired.expiration,
        "message_retry_interval": max(interval, calm) if isinstance(interval, int) else calm,
        "max_per_domain_outbound_connections": 1,
        "message_tracking_log_enabled": True,
    }


def _shown(option: str, value: Any) -> Any:
    return BY_OPTION[option].kind.show(value)


def _expiry(recovery: Recovery, view: View) -> list[str]:
    """Whether the raised time-out helped what was queued already: only the messages can tell."""
    before = recovery.settings_before or {}
    was, now = before.get("settings", {}).get(SETTLED[0]), _shown(SETTLED[0], view.server.values.get(SETTLED[0]))
    if was == now:
        return []
    timeout = view.server.values.get(SETTLED[0])
    known = [row for row in view.own_rows() if row.expiry and row.received]
    span = timedelta(seconds=timeout) if isinstance(timeout, int) else timedelta(0)
    helped = sum(bool(row.expiry and row.received and row.expiry - row.received >= span) for row in known)
    key = "recovery_expiry_helped" if helped else "recovery_expiry_no_help"
    return [tell(key, helped=helped, total=len(known))] if known else []


def _late(recovery: Recovery, desired: Desired, view: View) -> list[str]:
    """What expires before its turn, quiet time included."""
    late = release.will_expire(recovery, desired, view.now + desired.quiet)
    return [tell("recovery_will_expire", count=len(late))] if late else []


# ---- quiet, and the login


def quiet(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """No attempt at all until the provider's count has run out."""
    if (slipped := _slipped(recovery, view)) is not None:
        return slipped
    left = (recovery.suspended_at or view.now) + desired.quiet - view.now
    return Move(recovery, wait=left) if left > AT_ONCE else _to(recovery, SWITCH)


def switch(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """The connector logs in with another mailbox that is old enough. The role smarthost_account sees to that."""
    if (slipped := _slipped(recovery, view)) is not None:
        return slipped
    if desired.keep_login or _mature(recovery, view, desired, controller):
        return _to(recovery, HOLD)
    found = view.connector.username or tell("no_login")
    return Move(recovery, wait=PATIENCE, needs_login=True, notices=(tell("recovery_needs_login", found=found),))


def _mature(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> bool:
    """Whether the login is another one than before, and has passed the age gate."""
    found = view.connector.username
    if found is None or (recovery.login_before or "").lower() == found.lower():
        return False
    return any(each.username.lower() == found.lower() and each.usable_at(controller) for each in desired.candidates)


# ---- every message is kept back, then the queue starts again


def hold(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """First all messages are kept back, and only once the host shows that, the queue starts again."""
    if not view.stopped and recovery.resume_issued:
        return _to(recovery, RELEASE)
    if (slipped := _slipped(recovery, view)) is not None:
        return slipped
    if view.messages is None:
        return Move(recovery)
    removing = _remove(recovery, view, desired)
    if removing is not None:
        return removing
    if recovery.resume_issued and not view.own:
        return _to(recovery, RELEASE)
    loose = [row for row in view.own_rows() if not row.suspended]
    if loose and not _only_new(recovery, loose, view, desired):
        return Move(replace(recovery, hold_issued=True), _hold_steps(view))
    # What may go is counted from here on, not from a moment long ago.
    begun = replace(recovery, hold_issued=True, resume_issued=True, last_batch=view.now)
    return Move(begun, _resume_steps(view))


def _only_new(recovery: Recovery, loose: Sequence[Row], view: View, desired: Desired) -> bool:
    """Whether all that is not kept back has come since, and is little enough to leave at once."""
    return recovery.hold_issued and sum(row.weight for row in loose) <= release.budget(recovery, view, desired).due


def _hold_steps(view: View) -> tuple[PlannedStep, ...]:
    return tuple(
        PlannedStep(
            "suspend messages",
            each.identity,
            "Suspend-Message",
            {"Filter": f"Queue -eq '{each.identity}'", "Confirm": False},
        )
        for each in view.own
    )


def _resume_steps(view: View) -> tuple[PlannedStep, ...]:
    return tuple(
        PlannedStep("resume queue", each.identity, "Resume-Queue", {"Identity": each.identity, "Confirm": False})
        for each in view.own
    )


def _remove(recovery: Recovery, view: View, desired: Desired) -> Move | None:
    """Messages that are removed by their identity, and only those."""
    rows = {row.identity.lower() for row in view.own_rows()}
    wanted = {each.lower() for each in desired.remove_messages}
    chosen = [each for each in recovery.of(HELD) if each.identity.lower() in wanted & rows]
    if not chosen:
        return None
    steps = tuple(
        PlannedStep(
            "remove message",
            each.identity,
            "Remove-Message",
            {"Identity": each.identity, "WithNDR": desired.remove_with_report, "Confirm": False},
        )
        for each in chosen
    )
    return Move(recovery.with_messages(replace(each, state=REMOVING) for each in chosen), steps)


# ---- batch by batch


def let_go(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """Some messages go, as many as the rate allows; what came back is kept back again, and the rate halved."""
    if view.messages is None or view.traffic is None:
        return Move(recovery)
    if stopped := _stopped(view):
        return Move(recovery, wait=PATIENCE, notices=(tell("recovery_queue_stopped", identity=stopped[0].identity),))
    for stage in (_loose, _returned, _dead_link):
        move = stage(recovery, view, desired)
        if move is not None:
            return move
    removing = _remove(recovery, view, desired)
    if removing is not None:
        return removing
    return _batch(release.grown(recovery, view.now), view, desired)


def _batch(recovery: Recovery, view: View, desired: Desired) -> Move:
    chosen = release.batch(recovery, view, desired)
    if chosen:
        going = [replace(each, state=RELEASING, released_at=view.now) for each in chosen]
        since = release.next_since(recovery, desired, chosen, view.now)
        begun = replace(recovery.with_messages(going), last_batch=since)
        steps = tuple(_message_step("resume message", "Resume-Message", each) for each in chosen)
        return Move(begun, steps, release.pause(recovery, desired))
    if release.fitting(recovery):
        full = release.budget(recovery, view, desired).free == 0
        notice = (tell("recovery_no_room"),) if full else ()
        return Move(recovery, wait=release.pause(recovery, desired), notices=notice)
    going_on = {each.identity for each in recovery.of(RELEASED, RELEASING)}
    on_their_way = [row for row in view.own_rows() if row.identity in going_on and not row.in_retry]
    return Move(recovery, wait=release.TICK) if on_their_way else _to(recovery, VERIFY)


def _message_step(action: str, command: str, message: Message) -> PlannedStep:
    """One message has an identity of its own; where one is gone by now, the others go all the same."""
    parameters = {"Identity": message.identity, "Confirm": False}
    return PlannedStep(action, message.identity, command, parameters, go_on=True)


def _rows(messages: Sequence[Message], view: View) -> list[tuple[Message, Row]]:
    rows = {row.identity: row for row in view.own_rows()}
    return [(each, rows[each.identity]) for each in messages if each.identity in rows]


def _loose(recovery: Recovery, view: View, desired: Desired) -> Move | None:
    """Messages that should be kept back and are not, as perhaps after a restart: a few are kept back one by one, many
    by stopping the queue once more."""
    found = [each for each, row in _rows(recovery.of(HELD), view) if not row.suspended]
    if not found:
        return None
    notice = tell("recovery_loose", count=len(found))
    if sum(each.weight for each in found) > max(1, release.budget(recovery, view, desired).due):
        return _stop(recovery, view, notice)
    steps = tuple(_message_step("suspend message", "Suspend-Message", each) for each in found)
    return Move(recovery, steps, notices=(notice,))


def _returned(recovery: Recovery, view: View, desired: Desired) -> Move | None:
    """Messages that the provider refused for its rate: they wait again, and the rate was too high."""
    found = [each for each, row in _rows(recovery.of(RELEASED), view) if _refused(row, view)]
    if not found:
        return None
    rate = max(1, recovery.rate // 2)
    steps = tuple(_message_step("suspend message", "Suspend-Message", each) for each in found)
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
        kind = each.last_error.kind if each.last_error else ""
        if each.in_retry and kind in (LOGIN, CONNECTION, THROTTLED) and recovery.of(HELD):
            words = each.last_error.words if each.last_error else ""
            return Move(recovery, wait=PATIENCE, notices=(tell("recovery_link_dead", words=words),))
    return None


# ---- nothing is missing, and all is as it was


def verify(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """What was saved was sent, has failed, was removed or is still queued; anything else ends it here."""
    if view.messages is None or view.outcomes is None:
        return Move(recovery)
    if release.fitting(recovery):
        return _to(recovery, RELEASE)
    missing = recovery.of(GONE)
    if not missing:
        return _to(recovery, RESTORE, *_still_queued(recovery))
    if any(view.now - (each.gone_at or view.now) < GRACE for each in missing):
        return Move(recovery, wait=timedelta(minutes=1))
    names = ", ".join(each.message_id or each.identity for each in missing[:20])
    reason = say("recovery_missing", recovery.connector, count=len(missing), names=names)
    return Move(recovery, wait=PATIENCE, error=StepFailed(reason))


def _still_queued(recovery: Recovery) -> list[str]:
    kept = [each for each in recovery.of(*IN_QUEUE) if each.queue is None]
    large = [each for each in kept if each.state == HELD]
    others = [each for each in kept if each.state != HELD]
    stray = sorted({each.queue for each in recovery.of(*IN_QUEUE) if each.queue})
    return [
        *([tell("recovery_too_large", names=_names(large))] if large else []),
        *([tell("recovery_still_queued", count=len(others))] if others else []),
        *(tell("recovery_stray", queue=queue) for queue in stray),
    ]


def _names(messages: Sequence[Message]) -> str:
    return ", ".join(each.identity for each in messages[:20])


def abandon(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """What is kept back is let go, all of it, then the queue; what somebody else keeps back stays."""
    if view.messages is None:
        return Move(recovery)
    kept = [each for each, row in _rows(recovery.of(HELD, RELEASING), view) if row.suspended]
    if kept:
        going = [replace(each, state=RELEASING, released_at=view.now) for each in kept]
        steps = tuple(_message_step("resume message", "Resume-Message", each) for each in kept)
        notice = tell("recovery_abandoned", count=len(kept), rate=recovery.rate)
        return Move(recovery.with_messages(going), steps, notices=(notice,))
    return _to(recovery, RESTORE) if not _stopped(view) else Move(recovery, _resume_steps(view))


def _stopped(view: View) -> list[Queue]:
    return [each for each in view.own if each.suspended]


def restore(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """The settings go back, but for those that somebody has changed since, once new mail needs them no longer."""
    if release.still_warm(recovery, view.now) and not desired.abandon:
        return Move(recovery, wait=release.TICK, notices=(tell("recovery_still_warm"),))
    before = read_saved(recovery.settings_before).values if recovery.settings_before else {}
    wanted: Values = {}
    notices = []
    for option, written in recovery.settings_written.items():
        now, was = view.server.values.get(option), before.get(option)
        if option not in before or now == was:
            continue
        if _shown(option, now) == written:
            wanted[option] = was
        else:
            notices.append(tell("recovery_setting_kept", option=option, value=_shown(option, now)))
    step = change(view.server, wanted)[0]
    if step is not None:
        return Move(recovery, (step,), notices=tuple(notices))
    return _to(recovery, FINISHED, *notices)


def finished(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Move:
    """Nothing is left to do."""
    return Move(recovery)


STAGE_OF: dict[str, Stage] = {
    SUSPEND: suspend,
    SAVE: save,
    SETTLE: settle,
    QUIET: quiet,
    SWITCH: switch,
    HOLD: hold,
    RELEASE: let_go,
    VERIFY: verify,
    ABANDON: abandon,
    RESTORE: restore,
    FINISHED: finished,
}
