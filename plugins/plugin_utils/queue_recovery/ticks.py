# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tick of a recovery: read, decide, write down what is about to be done, do it, read back, write down what it
came to.

Everything between two ticks is on the host and in the file, nothing in memory. So whatever cuts a tick short, the next
one reads what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..agent.session import Session, ask_to_read, broken, require_read
from ..errors import HostRefused, InputRefused, MailflowError, StepFailed
from ..lenient import guid
from ..mailboxes.ledger import QUEUE_RESUMED, QUEUE_SUSPENDED, Event, Ledger
from ..mailboxes.login_history import LoginHistory
from ..messages import notice_of, reason_of
from ..recovery.record import ABANDON, FINISHED, HOLD, NOUN, PROVE, RESTORE, STOPPED, SUSPEND, Recovery
from ..recovery.store import Store
from ..request import DONE, ExchangeShell, Reply, Request
from ..run.estimate import may_not_end
from ..run.plan import Plan, plan_or_none
from ..run.step_reports import StepReport, reports_of
from . import budget, proving, safety_checks
from .desired import WHERE, Desired
from .forecast import forecast
from .matching import reconcile
from .stages import decide
from .transitions import PATIENCE, Transition, safety_checks_hold
from .view import View, parse, read_steps

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Tick:
    """What a tick comes to. ``recovery`` None: there is nothing to recover. ``error`` is what went wrong after
    something was done or seen; what goes wrong before is raised. ``hours_left`` is about how long the rest takes."""

    recovery: Recovery | None
    view: View
    wait: timedelta = timedelta(0)
    notices: tuple[str, ...] = ()
    plan: Plan | None = None
    reports: tuple[StepReport, ...] = ()
    needs_login: bool = False
    file: Path | None = None
    outlook: Mapping[str, Any] | None = None
    error: MailflowError | None = None
    changed_before: bool = False
    hours_left: float | None = None

    @property
    def changed(self) -> bool:
        """Whether something was done, or may have been, by this tick or by those before it that were counted in."""
        done = any(report.touched for report in self.reports)
        return self.changed_before or done or (self.plan is not None and not self.reports)

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.recovery is None or self.recovery.stage == FINISHED


@dataclass(frozen=True)
class Workplace:
    """Where a recovery is kept, on which host it works, and how it is reached."""

    host: str
    store: Store
    ledger: Ledger
    session: Session
    shell: ExchangeShell
    clock: Clock
    approved_plan: str | None = None


def look(place: Workplace, desired: Desired) -> Tick:
    """What a recovery would do from here on, in numbers; nothing is written anywhere."""
    known = _known(place, desired)
    view = _read(place, known, desired)
    recovery = known or _begin(place, view, desired)
    if recovery is None:
        return Tick(None, view, notices=(*view.warnings, _nothing(view, desired)))
    seen = reconcile(recovery, view, desired)
    transition = decide(seen, view, desired, place.clock())
    outlook = forecast(seen, view, desired)
    plan = plan_or_none(NOUN, transition.steps)
    return Tick(
        seen,
        view,
        transition.wait,
        (*view.warnings, *transition.notices, *may_not_end(place.session.progress, [plan])),
        plan,
        outlook=outlook,
    )


def tick(place: Workplace, desired: Desired) -> Tick:
    """One step further, held against all others. Raises MailflowError where nothing was done."""
    with place.store.held():
        known = _known(place, desired)
        view = _read(place, known, desired)
        recovery = known or _begin(place, view, desired)
        if recovery is None:
            return Tick(None, view, notices=(*view.warnings, _nothing(view, desired)))
        seen = reconcile(_at_rate(recovery, desired), view, desired)
        transition = decide(seen, view, desired, place.clock())
        go_on = _proved if transition.prove else _carry_out
        told = go_on(place, desired, view, transition)
        return replace(told, hours_left=_hours_left(told, desired))


def _hours_left(told: Tick, desired: Desired) -> float | None:
    if told.recovery is None or told.done:
        return None
    hours: float = forecast(told.recovery, told.view, desired)["hours"]
    return hours


def _known(place: Workplace, desired: Desired) -> Recovery | None:
    """The recovery under way, in the stage in which it is declared to go on. Raises InputRefused where it is one of
    another connector."""
    found = place.store.load()
    if found and desired.connector and desired.connector.lower() != found.connector.lower():
        path = str(place.store.path)
        raise InputRefused(reason_of("recovery_of_other_connector", place.host, connector=found.connector, path=path))
    if found and desired.abandon and found.stage not in (RESTORE, FINISHED):
        return replace(found, stage=ABANDON)
    return found


def _read(place: Workplace, recovery: Recovery | None, desired: Desired) -> View:
    request = Request(read_steps(recovery), place.shell)
    with place.session.progress.stage(
        notice_of("stage_recovery_reading", stage=recovery.stage if recovery else SUSPEND)
    ):
        reply, notices = ask_to_read(place.session, request)
    require_read(reply, request, place.session.where)
    view = _parsed(reply, place, recovery, desired)
    return replace(view, warnings=(*notices, *view.warnings))


def _parsed(reply: Reply, place: Workplace, recovery: Recovery | None, desired: Desired) -> View:
    name = recovery.connector if recovery else desired.connector
    return parse(reply, place.session.where, name, recovery.connector_guid if recovery else None)


def _begin(place: Workplace, view: View, desired: Desired) -> Recovery | None:
    """A new recovery, where there is enough to recover. Raises HostRefused where somebody else has stopped the
    queue."""
    if desired.abandon or sum(each.count for each in view.own) < desired.minimum_backlog:
        return None
    stopped = [each.identity for each in view.own if each.suspended]
    if stopped and not desired.take_over:
        raise HostRefused(reason_of("recovery_stopped_by_others", place.host, identity=stopped[0]))
    return Recovery(
        host=place.host,
        connector=view.connector.name,
        connector_guid=guid(view.connector.guid),
        started=view.now,
        rate_wished=desired.rate,
        rate=desired.rate,
        login_before=view.connector.username,
    )


def _nothing(view: View, desired: Desired) -> str:
    if desired.abandon:
        return notice_of("recovery_none_to_abandon")
    waiting = sum(each.count for each in view.own)
    return notice_of("recovery_nothing", waiting=waiting, minimum=desired.minimum_backlog)


def _at_rate(recovery: Recovery, desired: Desired) -> Recovery:
    """A rate that is declared anew counts from now on, whatever has been refused."""
    if recovery.rate_wished == desired.rate:
        return recovery
    return replace(recovery, rate_wished=desired.rate, rate=desired.rate)


# ---- the ledger


def _noted(place: Workplace, transition: Transition, view: View) -> Transition:
    """The ledger's lines come first: a queue is never stopped without one, nor kept so that somebody else has stopped.
    Raises LedgerFailed; nothing is done then."""
    recovery = transition.recovery
    stops = recovery.stage in STOPPED or any(step.command == "Suspend-Queue" for step in transition.steps)
    if stops and not recovery.stands:
        _note(place, recovery, QUEUE_SUSPENDED, notice_of("ledger_suspended", connector=recovery.connector))
        recovery = replace(recovery, notes=(*recovery.notes, QUEUE_SUSPENDED))
    if _runs_again(recovery, view) and recovery.stands:
        _note(place, recovery, QUEUE_RESUMED, notice_of("ledger_resumed", connector=recovery.connector))
        recovery = replace(recovery, notes=tuple(each for each in recovery.notes if each != QUEUE_SUSPENDED))
    return replace(transition, recovery=recovery)


def _runs_again(recovery: Recovery, view: View) -> bool:
    return recovery.stage not in STOPPED and not any(each.suspended for each in view.own)


def _note(place: Workplace, recovery: Recovery, kind: str, text: str) -> None:
    mailbox = recovery.login_before or recovery.connector
    place.ledger.record(Event(place.clock(), place.host, mailbox, kind, text))


# ---- asking about senders


def _proved(place: Workplace, desired: Desired, view: View, transition: Transition) -> Tick:
    """Ask the provider about the senders that wait, and write down what it says; that it is asked stands there before.
    Nothing is changed on the host."""
    recovery = _noted(place, transition, view).recovery
    history = LoginHistory(place.ledger, place.host, place.clock, False, WHERE, desired.retry)
    login = proving.login(history, view, desired)
    if isinstance(login, str):
        recovery, answer = proving.counted(recovery, view, ()), proving.SenderProof(open=login)
    else:
        recovery = proving.counted(recovery, view, transition.prove)
        place.store.save(recovery)
        with place.session.progress.stage(notice_of("stage_recovery_asking", senders=len(transition.prove))):
            answer = proving.ask(place.session, history, view, desired, login, transition.prove)
    found = proving.learnt(recovery, answer, desired)
    if found.stage == PROVE and safety_checks.ALL not in found.brakes:
        found = replace(found, stage=HOLD)
    place.store.save(found)
    notices = (*view.warnings, *transition.notices, *proving.unproven(answer), *safety_checks.lines(found))
    told = Tick(found, view, notices=tuple(dict.fromkeys(notices)), file=place.store.path)
    held = safety_checks.ALL in found.brakes or (answer.open and found.brakes and not budget.fitting(found))
    return replace(told, wait=PATIENCE, error=safety_checks_hold(found)) if held else told


# ---- doing it


def _carry_out(place: Workplace, desired: Desired, view: View, transition: Transition) -> Tick:
    """Write the intention down, do it, read back, write down what it came to."""
    plan = plan_or_none(NOUN, transition.steps)
    notices = (*view.warnings, *transition.notices)
    if plan and place.approved_plan and place.approved_plan != plan.digest:
        raise HostRefused(reason_of("plan_not_approved", place.host, digest=plan.digest, approved=place.approved_plan))
    recovery = _noted(place, transition, view).recovery
    if recovery.stage == FINISHED:
        return Tick(recovery, view, notices=notices, file=place.store.finish(recovery))
    place.store.save(recovery)
    for line in may_not_end(place.session.progress, [plan]):
        place.session.progress.tell(line)
    told = Tick(
        recovery, view, transition.wait, notices, plan, needs_login=transition.needs_login, file=place.store.path
    )
    if plan is None:
        return replace(told, error=transition.error)
    return _applied(place, desired, plan, told)


def _applied(place: Workplace, desired: Desired, plan: Plan, reported: Tick) -> Tick:
    recovery = reported.recovery
    if recovery is None:
        raise AssertionError("a plan without a recovery")
    steps, reading = plan.wire_steps(), tuple(replace(step, always=True) for step in read_steps(recovery))
    request = Request((*steps, *reading), place.shell)
    try:
        with place.session.progress.stage(notice_of("stage_recovery_writing", stage=recovery.stage, steps=len(steps))):
            reply = place.session.ask(request)
        found = _parsed(reply, place, recovery, desired)
        require_read(reply, request, place.session.where, {each.id for each in steps})
    except MailflowError as error:
        return replace(reported, error=_cut(error, place.session.where))
    seen = reconcile(recovery, found, desired)
    if recovery.stage == SUSPEND and found.stopped:
        seen = replace(seen, suspended_at=found.now)  # quiet begins once nothing leaves, not when that was decided
    place.store.save(seen)
    reports = reports_of(plan, reply)
    return replace(reported, recovery=seen, view=found, reports=reports, error=_problem(reports, place.session.where))


def _cut(error: MailflowError, where: str) -> MailflowError:
    """What took effect is read by the next tick; the file says what was about to be done."""
    if isinstance(error, HostRefused):
        return error
    return broken(error, where, notice_of("what_applying"), notice_of("recovery_cut"))


def _problem(reports: Sequence[StepReport], where: str) -> MailflowError | None:
    """The first step that failed and must not. A single message that cannot be touched is seen by the next reading."""
    failed = next((each for each in reports if each.status != DONE and not each.step.go_on), None)
    if failed is None:
        return None
    step, host_says = failed.step, failed.error or failed.status
    return StepFailed(
        reason_of("recovery_step_failed", where, command=step.command, target=step.target, host_says=host_says)
    )
