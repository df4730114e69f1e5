# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run: read, decide, stop here in check mode, save, apply, read back. docs/flow.md follows it stage by stage.

What is particular to a noun is its Subject; how bytes travel is the Session's; this file holds the order of
events and what is reported when one of them goes wrong.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from .errors import (
    AgentFailed,
    ConnectionLost,
    HostRefused,
    MailflowError,
    Reason,
    RequestTooLarge,
    StepFailed,
    TimedOut,
)
from .messages import say, tell
from .plan import Plan, PlannedStep, step_id
from .request import DONE, FAILED, NOT_TRIED, ExchangeShell, Reply, Request, Step, StepResult
from .session import Progress, Session, host_refusal, joined, require_read

NOT_DONE, UNKNOWN = "not_done", "unknown"
"""What a step is called when the connection broke and the host was read again: it did not take effect, or
nobody can tell."""
NAMED_CHANGES = 20

State = TypeVar("State")
Shown = Mapping[str, Mapping[str, Any]]
"""Objects for a person: name -> option -> value."""


@dataclass(frozen=True)
class Decision:
    """What a noun wants to do: the plan (None: nothing), the secrets it refers to, the touched objects before and
    after, sentences for the administrator, and further keys of the task's result."""

    plan: Plan | None
    before: Shown
    after: Shown
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    notices: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Subject(ABC, Generic[State]):
    """What one noun adds to a run."""

    noun: str
    may_fail: frozenset[str] = frozenset()
    """The ids of reading steps without which the state can be told all the same."""

    @abstractmethod
    def read_steps(self) -> tuple[Step, ...]:
        """The commands that read the state; all of them go into one remote process."""

    @abstractmethod
    def parse(self, reply: Reply, where: str) -> State:
        """The state in a reply to the reading steps. Raises HostRefused where the host must not be touched."""

    @abstractmethod
    def decide(self, state: State) -> Decision:
        """The plan for this state. Raises WishRefused or HostRefused."""

    @abstractmethod
    def left_to_do(self, state: State) -> Plan | None:
        """What of the wish a later state does not show; passwords, which no host shows, aside. Brakes off."""

    def reads_otherwise(self, reply: Reply, where: str) -> bool:
        """Whether the host of this reply turns out to be of a kind that is read in another way; from now on
        ``read_steps`` are those. Raises HostRefused where it is of a kind that the wish is not for."""
        return False

    def verify_steps(self) -> tuple[Step, ...]:
        """The commands that read back what a plan has written."""
        return self.read_steps()

    def read_secrets(self) -> Mapping[str, str]:
        """The secrets to which the reading steps refer."""
        return {}

    def prove(self, session: Session, state: State, decision: Decision) -> tuple[str, ...]:
        """What has to hold before the plan is carried out; notices. Raises MailflowError, and nothing is written."""
        return ()

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: Outcome) -> Outcome:
        """What is to be seen after the plan was carried out; the outcome with it."""
        return outcome

    @abstractmethod
    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """What a restore needs to undo this plan, as JSON, without passwords."""


@dataclass(frozen=True)
class StepReport:
    """One step of the plan and what became of it. ``took_effect``: it failed after it had done its work."""

    step: PlannedStep
    status: str
    error: str | None = None
    milliseconds: int = 0
    took_effect: bool = False

    def as_data(self) -> dict[str, Any]:
        """The report for a task's result."""
        return {
            "action": self.step.action,
            "target": self.step.target,
            "command": self.step.command,
            "status": self.status,
            "error": self.error,
            "ms": self.milliseconds,
        }


@dataclass(frozen=True)
class Outcome:
    """What a run comes to. ``error`` is what went wrong once the plan had begun; errors before it are raised."""

    decision: Decision
    reports: tuple[StepReport, ...] = ()
    backup_file: str | None = None
    notices: tuple[str, ...] = ()
    error: MailflowError | None = None

    @property
    def changed(self) -> bool:
        """Whether the host was changed, may have been, or (in check mode) would be."""
        plan = self.decision.plan
        return plan is not None and (not self.reports or any(_touched(report) for report in self.reports))


def _touched(report: StepReport) -> bool:
    return report.took_effect or report.status in (DONE, UNKNOWN)


Save = Callable[[dict[str, Any]], str]
Brake = Callable[[Plan], None]


def run(
    subject: Subject[State],
    session: Session,
    shell: ExchangeShell,
    save: Save,
    *,
    check_mode: bool,
    approved_plan: str | None = None,
    brake: Brake = lambda plan: None,
) -> Outcome:
    """Bring a host to a noun's wish, or in check mode say what that would take. ``brake`` raises MailflowError for a
    plan that may not be, whatever its noun."""
    state, notices = read(subject, session, shell)
    decision = subject.decide(state)
    plan = decision.plan
    if plan is not None:
        brake(plan)
    if plan is None or check_mode:
        return Outcome(decision, notices=notices)
    if approved_plan and approved_plan != plan.digest:
        raise HostRefused(say("plan_not_approved", session.where, digest=plan.digest, approved=approved_plan))
    proven = subject.prove(session, state, decision)
    backup_file = save(subject.to_save(state, plan))
    reports, found, error = apply(subject, session, shell, plan, decision.secrets)
    outcome = Outcome(decision, reports, backup_file, (*notices, *proven, *found), error)
    return subject.confirm(session, shell, state, outcome)


def read(subject: Subject[State], session: Session, shell: ExchangeShell) -> tuple[State, tuple[str, ...]]:
    """The state of the host, and notices. Raises MailflowError; nothing was written then."""
    request = Request(subject.read_steps(), shell, subject.read_secrets())
    try:
        reply, notices = ask_to_read(session, request)
        if subject.reads_otherwise(reply, session.where):
            request = replace(request, steps=subject.read_steps())
            reply, notices = ask_to_read(session, request)
    except TimedOut as error:
        raise TimedOut(say("timed_out_reading", session.where, found=error.reasons[0].found)) from error
    require_read(reply, request, session.where, subject.may_fail)
    return subject.parse(reply, session.where), (*notices, *reply.warnings)


def ask_to_read(session: Session, request: Request) -> tuple[Reply, tuple[str, ...]]:
    """Reading is safe to repeat, so a broken connection is tried once more; then a part of the answers will do."""
    try:
        return session.ask(request), ()
    except (ConnectionLost, AgentFailed) as error:
        session.reconnect()
        return session.read(request), (tell("read_again", problem=_problem(error)),)


def _problem(error: MailflowError) -> str:
    """What broke, for a sentence that says itself what was going on."""
    return getattr(error, "host_says", "") or error.reasons[0].found


Applied = tuple[tuple[StepReport, ...], tuple[str, ...], "MailflowError | None"]


def apply(
    subject: Subject[State], session: Session, shell: ExchangeShell, plan: Plan, secrets: Mapping[str, str]
) -> Applied:
    """Run a plan and read back, in one remote process; a report of every step, notices, and what went wrong.

    A plan that is too large for one call takes several; so does one that goes on
    past failures, but not past one of its first steps.
    """
    progress = Progress()
    try:
        reply = _carry_out(subject, session, shell, plan, secrets, progress)
    except TimedOut as error:
        return _unread_reports(plan, progress), (), error
    except RequestTooLarge as error:
        return tuple(StepReport(step, NOT_TRIED) for step in plan.steps), (), error
    except MailflowError as error:
        return _after_break(subject, session, shell, plan, error, progress)
    reports = tuple(_report(step, reply.result(step_id(at))) for at, step in enumerate(plan.steps))
    problem = _step_error(reports, reply, session.where) or _read_back_error(subject, reply, session.where)
    return _with_effects(subject, reports, reply, session.where), reply.warnings, problem


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
    progress: Progress,
) -> Reply:
    """The reply to a plan's steps and to reading back. Steps that go on are not even sent where one failed that does
    not."""
    steps = plan.wire_steps()
    reading = tuple(replace(step, always=True) for step in subject.verify_steps())
    request = Request((*steps, *reading), shell, {**secrets, **subject.read_secrets()})
    firm = tuple(itertools.takewhile(lambda step: not step.always, steps))
    if not firm or len(firm) == len(steps):
        return session.ask(request, progress)
    reply = session.ask(replace(request, steps=firm), progress)
    rest = reading if reply.failed else request.steps[len(firm) :]
    return joined(reply, session.ask(replace(request, steps=rest), progress))


def _unread_reports(plan: Plan, progress: Progress) -> tuple[StepReport, ...]:
    """What became of the steps where the host cannot be read again: what it answered, and what was never sent."""
    return tuple(_unread_report(step, step_id(at), progress) for at, step in enumerate(plan.steps))


def _unread_report(step: PlannedStep, wire_id: str, progress: Progress) -> StepReport:
    if wire_id in progress.answered:
        return _report(step, progress.answered[wire_id])
    return StepReport(step, UNKNOWN if wire_id in progress.sent else NOT_TRIED)


def _report(step: PlannedStep, result: StepResult) -> StepReport:
    return StepReport(step, result.status, result.error.message if result.error else None, result.milliseconds)


def _step_error(reports: tuple[StepReport, ...], reply: Reply, where: str) -> MailflowError | None:
    """The first failed step as an error; a shell that could not be loaded speaks for itself."""
    failed = next((report for report in reports if report.status == FAILED), None)
    if failed is None:
        if all(report.status == DONE for report in reports):
            return None
        return AgentFailed(say("reply_cut", where))
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
        say(
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
    return say(
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
    return StepFailed(say("read_back_differs", where, changes=_named(left)))


def _named(left: Plan) -> str:
    """What a plan would still change, in one sentence; of many changes the first ones."""
    changes = [
        f"{change.option} {change.before!r} instead of {change.after!r}"
        for step in left.steps
        for change in step.changes
    ]
    more = len(changes) - NAMED_CHANGES
    beginning = ", ".join(changes[:NAMED_CHANGES]) or left.steps[0].action
    return tell("and_more", beginning=beginning, number=more) if more > 0 else beginning


def _unread(result: StepResult, command: str, where: str) -> Reason:
    host_says = result.error.message if result.error else result.status
    return say("read_back_failed", where, command=command, host_says=host_says)


def _after_break(
    subject: Subject[State],
    session: Session,
    shell: ExchangeShell,
    plan: Plan,
    error: MailflowError,
    progress: Progress,
) -> Applied:
    """The connection broke while the plan ran: read again, and say which steps took effect."""
    try:
        session.reconnect()
        state, notices = read(subject, session, shell)
        left = subject.left_to_do(state)
    except MailflowError:
        return _unread_reports(plan, progress), (), _broken(session.where, error, tell("outcome_unknown"))
    undone = {_key(each) for each in left.steps} if left else set()
    reports = tuple(_effect(step, step_id(at), undone, progress) for at, step in enumerate(plan.steps))
    if left is None and all(report.status == DONE for report in reports):
        # Reading back shows the whole plan: nothing is open, so this is a success with a story.
        return reports, (*notices, tell("broke_after_plan", problem=_problem(error))), None
    return reports, notices, _broken(session.where, error, _told(reports))


def _told(reports: tuple[StepReport, ...]) -> str:
    """What reading again told about a plan that did not take effect as a whole."""
    statuses = [report.status for report in reports]
    done = statuses.count(DONE)
    if not done and UNKNOWN in statuses:
        return tell("outcome_timed_out")
    return tell("outcome_read" if done else "outcome_none", done=done, total=len(reports))


def _broken(where: str, error: MailflowError, outcome: str) -> ConnectionLost:
    what = tell("what_applying")
    return ConnectionLost(say("connection_lost", where, what=what, host_says=_problem(error), outcome=outcome))


def _effect(step: PlannedStep, wire_id: str, undone: set[tuple[str, str]], progress: Progress) -> StepReport:
    """Whether a step took effect, by what is left to do. A step that only writes a password leaves no trace."""
    answered = progress.answered.get(wire_id)
    if answered is not None and answered.status == FAILED:
        return _report(step, answered)
    if _key(step) in undone:
        tried = wire_id in progress.sent and not (answered and answered.status == NOT_TRIED)
        return StepReport(step, NOT_DONE if tried else NOT_TRIED)
    return StepReport(step, DONE if _is_visible(step) or (answered and answered.status == DONE) else UNKNOWN)
