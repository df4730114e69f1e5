# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out the plan of one noun and reading it back; what became of each step when something breaks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from ..agent.session import Sent, Session, broken, host_refusal, joined, problem_of
from ..errors import AgentFailed, MailflowError, Reason, RequestTooLarge, StepFailed, TimedOut
from ..messages import notice_of, reason_of
from ..request import DONE, FAILED, NOT_TRIED, ExchangeShell, Reply, Request, StepResult
from .plan import Plan, PlannedStep, step_id
from .reading import read, shell_of
from .step_reports import NOT_DONE, UNKNOWN, StepReport, report_of, reports_of
from .subject import Subject

NAMED_CHANGES = 20
State = TypeVar("State")


@dataclass(frozen=True)
class Applied:
    """A report of every step, notices, and what went wrong. ``lost``: the host does not answer any more."""

    reports: tuple[StepReport, ...]
    notices: tuple[str, ...] = ()
    error: MailflowError | None = None
    lost: bool = False


def apply(
    subject: Subject[State], session: Session, shell: ExchangeShell, plan: Plan, secrets: Mapping[str, str]
) -> Applied:
    """Run a plan and read back, in one remote process.

    A plan that is too large for one call takes several; so does one that goes on
    past failures, but not past one of its first steps.
    """
    progress = Sent()
    try:
        with session.progress.stage(notice_of("stage_writing", what=subject.objects)):
            reply = _carry_out(subject, session, shell, plan, secrets, progress)
    except TimedOut as error:
        return Applied(_unread_reports(plan, progress), error=error, lost=True)
    except RequestTooLarge as error:
        return Applied(_unread_reports(plan, progress), error=error)
    except MailflowError as error:
        return _after_break(subject, session, shell, plan, error, progress)
    reports = reports_of(plan, reply)
    problem = _step_error(reports, reply, session.where) or _read_back_error(subject, reply, session.where)
    return Applied(_with_effects(subject, reports, reply, session.where), reply.warnings, problem)


def not_tried(plan: Plan) -> tuple[StepReport, ...]:
    """The reports of a plan that was not begun."""
    return tuple(StepReport(step, NOT_TRIED) for step in plan.steps)


def unknown(plan: Plan) -> tuple[StepReport, ...]:
    """The reports of a plan of which nobody knows how far it got."""
    return tuple(StepReport(step, UNKNOWN) for step in plan.steps)


def _with_effects(
    subject: Subject[State], reports: tuple[StepReport, ...], reply: Reply, where: str
) -> tuple[StepReport, ...]:
    """The reports, with a mark at a step that failed after it had done its work: a file that is written, and a service
    that does not start again."""
    if all(report.status != FAILED for report in reports):
        return reports
    try:
        left = subject.left_to_do(subject.parse(reply, where))
    except MailflowError:
        return reports
    undone = {_key(each) for each in left.steps} if left else set()
    return tuple(
        replace(
            report, took_effect=report.status == FAILED and _is_visible(report.step) and _key(report.step) not in undone
        )
        for report in reports
    )


def _key(step: PlannedStep) -> tuple[str, str]:
    return step.command, step.target


def _is_visible(step: PlannedStep) -> bool:
    """Whether reading again shows the step's effect. One that only writes a connector's password leaves no trace."""
    return any(change.option != "login.password" for change in step.changes)


def _carry_out(
    subject: Subject[State],
    session: Session,
    shell: ExchangeShell,
    plan: Plan,
    secrets: Mapping[str, str],
    progress: Sent,
) -> Reply:
    """The reply to a plan's steps and to reading back. Steps that go on are not even sent where one failed that does
    not."""
    steps = plan.wire_steps()
    reading = tuple(replace(step, always=True) for step in subject.verify_steps())
    request = Request((*steps, *reading), shell_of(subject, shell), {**secrets, **subject.read_secrets()})
    firm = tuple(itertools.takewhile(lambda step: not step.always, steps))
    if not firm or len(firm) == len(steps):
        return session.ask(request, progress)
    reply = session.ask(replace(request, steps=firm), progress)
    rest = reading if reply.failed else request.steps[len(firm) :]
    return joined(reply, session.ask(replace(request, steps=rest), progress))


def _unread_reports(plan: Plan, progress: Sent) -> tuple[StepReport, ...]:
    """What became of the steps where the host cannot be read again: what it answered, and what was never sent."""
    return tuple(_unread_report(step, step_id(at), progress) for at, step in enumerate(plan.steps))


def _unread_report(step: PlannedStep, wire_id: str, progress: Sent) -> StepReport:
    if wire_id in progress.answered:
        return report_of(step, progress.answered[wire_id])
    return StepReport(step, UNKNOWN if wire_id in progress.sent else NOT_TRIED)


def _step_error(reports: tuple[StepReport, ...], reply: Reply, where: str) -> MailflowError | None:
    """The first failed step as an error; a shell that could not be loaded speaks for itself."""
    failed = next((report for report in reports if report.status == FAILED), None)
    if failed is None:
        if all(report.status == DONE for report in reports):
            return None
        return AgentFailed(reason_of("reply_cut", where))
    first = reply.failed
    if first is not None and first.error is not None and first.error.code:
        return host_refusal(first, reply, failed.step.command, where)
    return _steps_failed(reports, failed, where)


def _steps_failed(reports: tuple[StepReport, ...], first: StepReport, where: str) -> StepFailed:
    """Why a plan was not carried out, or not wholly: one reason for each step that failed."""
    done = sum(report.status == DONE for report in reports)
    if first.step.go_on:
        failed = [report for report in reports if report.status == FAILED]
        return StepFailed(*(_failed_alone(each, where, done, len(reports), len(failed)) for each in failed))
    return StepFailed(
        reason_of(
            "step_failed",
            where,
            command=first.step.command,
            target=f"'{first.step.target}'",
            host_says=first.error,
            done=done,
            total=len(reports),
            left=sum(report.status == NOT_TRIED for report in reports),
        )
    )


def _failed_alone(report: StepReport, where: str, done: int, total: int, failed: int) -> Reason:
    return reason_of(
        "step_failed_others_done",
        where,
        command=report.step.command,
        target=f"'{report.step.target}'",
        host_says=report.error,
        done=done,
        total=total,
        failed=failed,
    )


def _read_back_error(subject: Subject[State], reply: Reply, where: str) -> MailflowError | None:
    """What reading back says against the plan: unread, or other values than were declared."""
    try:
        for step in subject.verify_steps():
            result = reply.result(step.id)
            if result.status != DONE and step.id not in subject.may_fail:
                return StepFailed(_unread(result, step.command, where))
        left = subject.left_to_do(subject.parse(reply, where))
    except MailflowError as error:
        return error
    if left is None:
        return None
    return StepFailed(reason_of("read_back_differs", where, changes=_named(left)))


def _named(left: Plan) -> str:
    """What a plan would still change, in one sentence; of many changes the first ones."""
    changes = [
        f"{change.option} {change.before!r} instead of {change.after!r}"
        for step in left.steps
        for change in step.changes
    ]
    more = len(changes) - NAMED_CHANGES
    beginning = ", ".join(changes[:NAMED_CHANGES]) or left.steps[0].action
    return notice_of("and_more", beginning=beginning, number=more) if more > 0 else beginning


def _unread(result: StepResult, command: str, where: str) -> Reason:
    host_says = result.error.message if result.error else result.status
    return reason_of("read_back_failed", where, command=command, host_says=host_says)


def _after_break(
    subject: Subject[State],
    session: Session,
    shell: ExchangeShell,
    plan: Plan,
    error: MailflowError,
    progress: Sent,
) -> Applied:
    """The connection broke while the plan ran: read again, and say which steps took effect."""
    try:
        session.reconnect()
        state, notices = read(subject, session, shell)
        left = subject.left_to_do(state)
    except MailflowError:
        lost = broken(error, session.where, notice_of("what_applying"), notice_of("outcome_unknown"))
        return Applied(_unread_reports(plan, progress), error=lost, lost=True)
    undone = {_key(each) for each in left.steps} if left else set()
    reports = tuple(_effect(step, step_id(at), undone, progress) for at, step in enumerate(plan.steps))
    if left is None and all(report.status == DONE for report in reports):
        # Reading back shows the whole plan: nothing is open, so this is a success with a story.
        return Applied(reports, (*notices, notice_of("broke_after_plan", problem=problem_of(error))))
    return Applied(reports, notices, broken(error, session.where, notice_of("what_applying"), _told(reports)))


def _told(reports: tuple[StepReport, ...]) -> str:
    """What reading again told about a plan that did not take effect as a whole."""
    statuses = [report.status for report in reports]
    done = statuses.count(DONE)
    if not done and UNKNOWN in statuses:
        return notice_of("outcome_timed_out")
    return notice_of("outcome_read" if done else "outcome_none", done=done, total=len(reports))


def _effect(step: PlannedStep, wire_id: str, undone: set[tuple[str, str]], progress: Sent) -> StepReport:
    """Whether a step took effect, by what is left to do. A step that only writes a password leaves no trace."""
    answered = progress.answered.get(wire_id)
    if answered is not None and answered.status == FAILED:
        return report_of(step, answered)
    if _key(step) in undone:
        tried = wire_id in progress.sent and not (answered and answered.status == NOT_TRIED)
        return StepReport(step, NOT_DONE if tried else NOT_TRIED)
    return StepReport(step, DONE if _is_visible(step) or (answered and answered.status == DONE) else UNKNOWN)
