# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery does next: one function a stage, each from what is known and what is seen to a transition.

A stage ends once the host shows what it was for, not because its commands were sent: so a cut at any point is only a
reading more. The order of things is what keeps mail from being lost or rushed out: the queue stops before anything is
touched, every message is suspended before the queue starts again, and the settings go back last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..agent.clocks import Clocks
from ..errors import StepFailed
from ..mailboxes.names import mailbox_key
from ..messages import notice_of, reason_of
from ..recovery.record import (
    ABANDON,
    FINISHED,
    FOREIGN,
    GONE,
    HELD,
    HOLD,
    IN_QUEUE,
    PROVE,
    QUIET,
    RELEASE,
    RELEASING,
    RESTORE,
    SAVE,
    SETTLE,
    SUSPEND,
    SWITCH,
    VERIFY,
    Message,
    Recovery,
)
from ..run.plan import PlannedStep
from . import budget, safety_checks
from .desired import Desired
from .forecast import pace, quiet_left
from .proving import to_ask
from .release import release
from .retry_settings import restore, set_retry_settings
from .safety_checks import GRACE
from .transitions import (
    PATIENCE,
    Stage,
    Transition,
    message_step,
    remove_chosen,
    resume_queues,
    rows_of,
    slipped_back,
    stop,
    stopped_queues,
    to_stage,
)
from .view import MessageRow, View


def decide(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """The next move. ``controller`` is the controller's clock, by which the age of mailboxes is judged."""
    paced = pace(recovery, view, desired)
    notices = [] if paced is desired else [notice_of("recovery_hurries", share=round(100 * paced.share))]
    recovery = safety_checks.accepted(recovery, desired)
    notices += safety_checks.lines(recovery)
    while True:
        transition = STAGE_OF[recovery.stage](recovery, view, paced, controller)
        notices += transition.notices
        if not transition.go_on or transition.steps:
            return replace(transition, notices=tuple(notices), go_on=False)
        recovery = transition.recovery


# ---- the queue stops


def suspend(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """Nothing leaves over the connector any more; new mail goes on queueing."""
    if view.stopped:
        began = recovery.suspended_at or view.now
        return to_stage(replace(recovery, suspended_at=began, hold_issued=False, resume_issued=False), SAVE)
    return stop(replace(recovery, hold_issued=False, resume_issued=False), view)


def save(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """Every message is written down (matching.py has done it by now)."""
    if view.messages is None:
        return Transition(recovery)
    if (slipped := slipped_back(recovery, view)) is not None:
        return slipped
    foreign = len(recovery.of(FOREIGN))
    return to_stage(recovery, SETTLE, *([notice_of("recovery_foreign", count=foreign)] if foreign else []))


# ---- quiet, and the login


def quiet(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """No attempt at all until the provider's count has run out."""
    if (slipped := slipped_back(recovery, view)) is not None:
        return slipped
    left = quiet_left(recovery, view, desired)
    return Transition(recovery, wait=left) if left else to_stage(recovery, SWITCH)


def switch(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """The connector logs in with another mailbox that is old enough. The role smarthost_account sees to that."""
    if (slipped := slipped_back(recovery, view)) is not None:
        return slipped
    if desired.keep_login or _mature(recovery, view, desired, controller):
        return to_stage(recovery, PROVE)
    found = view.connector.shown_login
    return Transition(
        recovery, wait=PATIENCE, needs_login=True, notices=(notice_of("recovery_needs_login", found=found),)
    )


def _mature(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> bool:
    """Whether the login is another one than before, and has passed the age gate."""
    found = view.connector.username
    if found is None or mailbox_key(recovery.login_before or "") == mailbox_key(found):
        return False
    now = Clocks(controller, view.now).ages_at(controller)
    return any(mailbox_key(each.username) == mailbox_key(found) and each.usable_at(now) for each in desired.candidates)


# ---- the senders that wait


def prove(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """Whether the provider takes the senders that wait is asked before any of their mail goes."""
    if (slipped := slipped_back(recovery, view)) is not None:
        return slipped
    asked = to_ask(recovery, desired)
    if not asked:
        return to_stage(recovery, HOLD)
    room = budget.budget(recovery, view, desired).free
    return Transition(recovery, prove=asked[:room]) if room else Transition(recovery, wait=budget.TICK)


# ---- every message is suspended, then the queue starts again


def hold(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """First all messages are suspended, and only once the host shows that, the queue starts again."""
    if not view.stopped and recovery.resume_issued:
        return to_stage(recovery, RELEASE)
    if (slipped := slipped_back(recovery, view)) is not None:
        return slipped
    if view.messages is None:
        return Transition(recovery)
    removing = remove_chosen(recovery, view, desired)
    if removing is not None:
        return removing
    if recovery.resume_issued and not view.own:
        return to_stage(recovery, RELEASE)
    loose = [row for row in view.own_rows() if not row.suspended]
    if loose and not _only_new(recovery, loose, view, desired):
        return Transition(replace(recovery, hold_issued=True), _hold_steps(view))
    # What may go is counted from here on, not from a moment long ago.
    begun = replace(recovery, hold_issued=True, resume_issued=True, last_batch=view.now)
    return Transition(begun, resume_queues(view))


def _only_new(recovery: Recovery, loose: Sequence[MessageRow], view: View, desired: Desired) -> bool:
    """Whether all that is not suspended has come since, and is little enough to leave at once."""
    return recovery.hold_issued and sum(row.weight for row in loose) <= budget.budget(recovery, view, desired).due


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


# ---- nothing is missing


def verify(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """What was saved was sent, has failed, was removed or is still queued; anything else ends it here."""
    if view.messages is None or view.outcomes is None:
        return Transition(recovery)
    if budget.fitting(recovery):
        return to_stage(recovery, RELEASE)
    missing = recovery.of(GONE)
    if not missing:
        return to_stage(recovery, RESTORE, *_still_queued(recovery))
    if any(view.now - (each.gone_at or view.now) < GRACE for each in missing):
        return Transition(recovery, wait=timedelta(minutes=1))
    names = ", ".join(each.message_id or each.identity for each in missing[:20])
    reason = reason_of("recovery_missing", recovery.connector, count=len(missing), names=names)
    return Transition(recovery, wait=PATIENCE, error=StepFailed(reason))


def _still_queued(recovery: Recovery) -> list[str]:
    kept = [each for each in recovery.of(*IN_QUEUE) if each.queue is None]
    large = [each for each in kept if each.state == HELD]
    others = [each for each in kept if each.state != HELD]
    stray = sorted({each.queue for each in recovery.of(*IN_QUEUE) if each.queue})
    return [
        *([notice_of("recovery_too_large", names=_names(large))] if large else []),
        *([notice_of("recovery_still_queued", count=len(others))] if others else []),
        *(notice_of("recovery_stray", queue=queue) for queue in stray),
    ]


def _names(messages: Sequence[Message]) -> str:
    return ", ".join(each.identity for each in messages[:20])


def abandon(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """What is suspended is released, all of it, then the queue; what somebody else suspends stays."""
    if view.messages is None:
        return Transition(recovery)
    kept = [each for each, row in rows_of(recovery.of(HELD, RELEASING), view) if row.suspended]
    if kept:
        going = [replace(each, state=RELEASING, released_at=view.now) for each in kept]
        steps = tuple(message_step("resume message", "Resume-Message", each) for each in kept)
        notice = notice_of("recovery_abandoned", count=len(kept), rate=recovery.rate)
        return Transition(recovery.with_messages(going), steps, notices=(notice,))
    return to_stage(recovery, RESTORE) if not stopped_queues(view) else Transition(recovery, resume_queues(view))


def finished(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """Nothing is left to do."""
    return Transition(recovery)


STAGE_OF: dict[str, Stage] = {
    SUSPEND: suspend,
    SAVE: save,
    SETTLE: set_retry_settings,
    QUIET: quiet,
    SWITCH: switch,
    PROVE: prove,
    HOLD: hold,
    RELEASE: release,
    VERIFY: verify,
    ABANDON: abandon,
    RESTORE: restore,
    FINISHED: finished,
}
