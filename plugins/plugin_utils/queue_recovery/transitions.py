# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a stage answers with, and what several stages do alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..errors import MailflowError, StepFailed
from ..messages import notice_of, reason_of
from ..queue.server_queues import ServerQueue
from ..recovery.record import HELD, REMOVING, SUSPEND, Message, Recovery
from ..run.plan import PlannedStep
from . import safety_checks
from .desired import Desired
from .view import MessageRow, View

AT_ONCE = timedelta(0)
PATIENCE = timedelta(minutes=5)
"""How long until it is looked again whether somebody has done something."""


@dataclass(frozen=True)
class Transition:
    """What is next: the recovery as it is to be written before anything is done, the commands, and how long to wait
    after them. ``prove``: the senders about which the provider is asked, and nothing else is done.
    ``go_on``: another stage has begun and needs no other reading. ``error``: why it does not go on by
    itself."""

    recovery: Recovery
    steps: tuple[PlannedStep, ...] = ()
    wait: timedelta = AT_ONCE
    notices: tuple[str, ...] = ()
    go_on: bool = False
    needs_login: bool = False
    prove: tuple[str, ...] = ()
    error: MailflowError | None = None


Stage = Callable[[Recovery, View, Desired, datetime], Transition]
"""From what is known, seen and declared, and the controller's clock, to a transition."""


def to_stage(recovery: Recovery, stage: str, *notices: str) -> Transition:
    """The next stage."""
    return Transition(replace(recovery, stage=stage), notices=notices, go_on=True)


def safety_checks_hold(recovery: Recovery) -> MailflowError:
    """That it does not go on by itself, since the provider refuses what is left."""
    names = ", ".join(
        notice_of("all_with_this_login") if name == safety_checks.ALL else name for name in recovery.brakes
    )
    words = "; ".join(dict.fromkeys(recovery.brakes.values()))
    count = len(safety_checks.kept(recovery))
    return StepFailed(reason_of("recovery_refused", recovery.connector, count=count, names=names, words=words))


def stop(recovery: Recovery, view: View, *notices: str) -> Transition:
    """The queues of the connector are suspended: once more from the beginning."""
    steps = tuple(
        PlannedStep("suspend queue", each.identity, "Suspend-Queue", {"Identity": each.identity, "Confirm": False})
        for each in view.own
        if not each.suspended
    )
    return Transition(replace(recovery, suspended_at=view.now, stage=SUSPEND), steps, notices=notices)


def slipped_back(recovery: Recovery, view: View) -> Transition | None:
    """A queue that somebody, or a restart, has started again while it has to stand: once more from the beginning."""
    return None if view.stopped else stop(recovery, view, notice_of("recovery_started_again", stage=recovery.stage))


def resume_queues(view: View) -> tuple[PlannedStep, ...]:
    """The steps that start the connector's queues again."""
    return tuple(
        PlannedStep("resume queue", each.identity, "Resume-Queue", {"Identity": each.identity, "Confirm": False})
        for each in view.own
    )


def remove_chosen(recovery: Recovery, view: View, desired: Desired) -> Transition | None:
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
    return Transition(recovery.with_messages(replace(each, state=REMOVING) for each in chosen), steps)


def message_step(action: str, command: str, message: Message) -> PlannedStep:
    """One message has an identity of its own; where one is gone by now, the others go all the same."""
    parameters = {"Identity": message.identity, "Confirm": False}
    return PlannedStep(action, message.identity, command, parameters, go_on=True)


def rows_of(messages: Sequence[Message], view: View) -> list[tuple[Message, MessageRow]]:
    """Those of the messages that stand in the connector's queues, each as it is seen there."""
    rows = {row.identity: row for row in view.own_rows()}
    return [(each, rows[each.identity]) for each in messages if each.identity in rows]


def stopped_queues(view: View) -> list[ServerQueue]:
    """Those of the connector's queues that are suspended."""
    return [each for each in view.own if each.suspended]
