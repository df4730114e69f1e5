# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of events of a run: read, decide, stop here in check mode, prove and save all, apply and read back one noun
after the other, and last wait for what Exchange says. A noun that ``applies_first`` is through before that begins.

What stops one noun stops those that wait for it (waiting.py, or a table of the caller's); what the others want is done.
What is wrong in a declaration has been refused before: a Subject is made of a declaration that was checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..agent.session import Session, problem_of
from ..agent.time_limit import rang
from ..errors import AgentFailed, ConnectionLost, HostRefused, MailflowError, NotTried, ServerChanged, TimedOut
from ..messages import notice_of, reason_of
from ..request import ExchangeShell
from .applying import Applied, apply, not_tried, unknown
from .estimate import may_not_end
from .outcome import Decision, Outcome, Run
from .plan import Plan
from .reading import read_all, shell_of
from .subject import Decided, HostReader, Subject, Watcher
from .waiting import WAITS_FOR

Save = Callable[[str, dict[str, Any]], str]
"""Keep what a noun's restore needs; where it is kept."""
SafetyCheck = Callable[[Plan], None]


def run(
    subjects: Sequence[Subject[Any]],
    session: Session,
    shell: ExchangeShell,
    save: Save,
    *,
    check_mode: bool,
    approved_plan: str | None = None,
    safety_check: SafetyCheck = lambda plan: None,
    waits_for: Mapping[str, Collection[str]] = WAITS_FOR,
    watchers: Sequence[Watcher[Any]] = (),
) -> Run:
    """Bring a host to the declarations of some nouns, or in check mode say what that would take.

    A subject serves one run. ``safety_check`` raises MailflowError for a plan that may not be, whatever its noun.
    ``waits_for``: noun -> those of which none may have failed, wherever they stand. ``watchers`` judge the plans before
    anything is proven or written.
    """
    course = _Course(subjects, session, shell, waits_for, watchers)
    try:
        course.read()
        course.decide(safety_check)
        course.watch()
        course.foretell(check_mode)
        if not check_mode and course.digest is not None:
            course.approve(approved_plan)
            course.carry_out(save)
    except MailflowError as error:
        course.end(error)
    course.finish(check_mode)
    return course.run()


def refused(subjects: Iterable[Subject[Any]], error: MailflowError) -> Run:
    """A run that ended before it began."""
    outcomes = {each.name: refusal(each, error) for each in subjects}
    return Run(outcomes, error=error)


def refusal(subject: HostReader[Any], error: MailflowError) -> Outcome:
    """The outcome of a noun of which nothing was written."""
    outcome = Outcome(Decision(None, {}, {}, facts=subject.failure_facts()), error=error, refused=True)
    return replace(outcome, said=subject.says(outcome))


def digest_of(plans: Sequence[tuple[str, Plan]], alone: bool) -> str | None:
    """The digest of the plans of some nouns, or of the one of a run of one noun; None where there is none."""
    if not plans:
        return None
    if alone:
        return plans[0][1].digest
    text = json.dumps([[noun, plan.digest] for noun, plan in plans], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(eq=False)
class _Part:
    """One noun's way through a run, as far as it has come."""

    subject: Subject[Any]
    state: Any = None
    decision: Decision | None = None
    notices: tuple[str, ...] = ()
    backup_file: str | None = None
    outcome: Outcome | None = None
    """What it came to; until then it is open."""

    @property
    def plan(self) -> Plan | None:
        return self.decision.plan if self.decision else None

    @property
    def decided(self) -> Decision:
        if self.decision is None:
            raise AssertionError("a noun that is not decided is not gone on with")
        return self.decision

    @property
    def unsettled(self) -> bool:
        """Whether it has something to do, as far as is known."""
        return self.decision is None or self.plan is not None

    @property
    def error(self) -> MailflowError | None:
        return self.outcome.error if self.outcome else None

    def refuse(self, error: MailflowError) -> None:
        """Carry out nothing of it; a plan that is known is told all the same."""
        self.hold(error)
        if self.outcome is not None:
            self.outcome = replace(self.outcome, refused=True)

    def hold(self, error: MailflowError) -> None:
        """Leave a plan that stays right until something else is mended."""
        if self.decision is None or self.plan is None:
            self.outcome = refusal(self.subject, error)
        else:
            self.outcome = Outcome(self.decision, not_tried(self.plan), notices=self.notices, error=error)


@dataclass(eq=False)
class _Watching:
    """A watcher's way through a run."""

    watcher: Watcher[Any]
    state: Any = None
    outcome: Outcome | None = None

    def finished(self) -> Outcome:
        """What it came to; in a run that ended before it looked, nothing."""
        outcome = self.outcome or Outcome(Decision(None, {}, {}))
        return replace(outcome, said=self.watcher.says(outcome))


class _Course:
    """A run on its way."""

    def __init__(
        self,
        subjects: Sequence[Subject[Any]],
        session: Session,
        shell: ExchangeShell,
        waits_for: Mapping[str, Collection[str]],
        watchers: Sequence[Watcher[Any]],
    ) -> None:
        self.parts = [_Part(each) for each in subjects]
        self.watching = [_Watching(each) for each in watchers]
        self.session = session
        self.shell = shell
        self.waits_for = waits_for
        self.notices: tuple[str, ...] = ()
        self.error: MailflowError | None = None
        self.digest: str | None = None
        self.ended_by: _Part | None = None
        """The noun after which nothing more may be sent to the host."""

    # ---- before anything is written

    def read(self) -> None:
        readers = [*(each.subject for each in self.parts), *(each.watcher for each in self.watching)]
        states, self.notices = read_all(readers, self.session, self.shell)
        for part, state in zip(self.parts, states[: len(self.parts)], strict=True):
            if isinstance(state, MailflowError):
                part.refuse(state)
            else:
                part.state = state
        for each, state in zip(self.watching, states[len(self.parts) :], strict=True):
            if isinstance(state, MailflowError):
                each.outcome = refusal(each.watcher, state)
            else:
                each.state = state

    def decide(self, safety_check: SafetyCheck) -> None:
        def decide(part: _Part) -> None:
            part.decision = decision = part.subject.decide(part.state)
            if decision.refusal is not None:
                raise decision.refusal
            if decision.plan is not None:
                safety_check(decision.plan)

        self._each(self._open(), decide)

    def watch(self) -> None:
        """Let the watchers judge what was decided; the plans that they object to are refused."""
        for each in self.watching:
            if each.outcome is None and self.ended_by is None:
                with self.session.progress.stage(notice_of("stage_checking")):
                    self._watch(each)
        self._hold_back()
        plans = [(part.subject.name, part.plan) for part in self._planned() if part.plan is not None]
        self.digest = digest_of(plans, alone=len(self.parts) == 1)

    def _watch(self, watching: _Watching) -> None:
        decided = [Decided(each.subject, each.state, each.decision, each.outcome is not None) for each in self.parts]
        try:
            seen = watching.watcher.watch(watching.state, decided)
        except Exception as error:
            # Only a plan that runs into something is stopped: not knowing is no reason.
            ours, nothing = self._as_ours(error), Decision(None, {}, {})
            alone = watching.watcher.alone
            watching.outcome = Outcome(nothing, error=ours) if alone else Outcome(nothing, notices=(str(ours),))
            return
        watching.outcome = Outcome(seen.decision, error=seen.error)
        for part in self._planned():
            if objection := seen.objections.get(part.subject.name):
                part.refuse(objection)

    def foretell(self, check_mode: bool) -> None:
        """Say that the plans may not end in time, before anything of them is begun; in check mode with the result."""
        told = may_not_end(self.session.progress, [part.plan for part in self._planned()])
        if check_mode:
            self.notices += told
            return
        for line in told:
            self.session.progress.tell(line)

    def approve(self, approved: str | None) -> None:
        if approved and approved != self.digest:
            raise HostRefused(reason_of("plan_not_approved", self.session.where, digest=self.digest, approved=approved))

    # ---- writing

    def carry_out(self, save: Save) -> None:
        planned = self._planned()
        groups = (_comes_first, _comes_at_once, _comes_last)
        done = [self._carry_out([each for each in planned if of(each.subject)], save) for of in groups]
        for part in (each for group in done for each in group):
            self._confirm(part)

    def _carry_out(self, parts: Sequence[_Part], save: Save) -> list[_Part]:
        """Prove and save all of these, then apply one after the other. Those that were applied."""
        self._each(parts, self._prove)
        self._each(parts, partial(self._save, save))
        return self._each(parts, self._apply)

    def _prove(self, part: _Part) -> None:
        with self.session.progress.stage(notice_of("stage_proving", noun=part.subject.name)):
            part.notices = part.subject.prove(self.session, part.state, part.decided)

    @staticmethod
    def _save(save: Save, part: _Part) -> None:
        if part.plan is not None:
            part.backup_file = save(part.subject.noun, part.subject.to_save(part.state, part.plan))

    def _apply(self, part: _Part) -> None:
        if part.plan is None:
            return
        try:
            done = apply(part.subject, self.session, self.shell, part.plan, part.decided.secrets)
        except Exception as error:
            done = Applied(unknown(part.plan), error=self._as_ours(error))
        notices = (*part.notices, *done.notices)
        outcome = Outcome(part.decided, done.reports, part.backup_file, notices, done.error)
        part.outcome = part.subject.record(outcome)
        if done.lost:
            self.ended_by = part

    def _confirm(self, part: _Part) -> None:
        if part.outcome is None:
            return
        if self.ended_by not in (None, part):
            part.outcome = part.subject.unconfirmed(part.outcome, self._why_ended)
            return
        try:
            shell = shell_of(part.subject, self.shell)
            part.outcome = part.subject.confirm(self.session, shell, part.state, part.outcome)
        except Exception as error:
            part.outcome = _with_error(part.outcome, self._as_ours(error))

    @property
    def _why_ended(self) -> str:
        """Why nothing more is sent."""
        error = self.ended_by.error if self.ended_by else None
        return problem_of(error) if error else ""

    # ---- how each stage goes through the nouns

    def _open(self) -> list[_Part]:
        return [each for each in self.parts if each.outcome is None]

    def _planned(self) -> list[_Part]:
        return [each for each in self._open() if each.plan is not None]

    def _each(self, parts: Sequence[_Part], act: Callable[[_Part], None]) -> list[_Part]:
        """Do something for each noun; what is wrong with one stops it, and those that wait for it. Those for which it
        was done."""
        done = []
        for part in parts:
            if part.outcome is not None:
                continue
            try:
                act(part)
                done.append(part)
            except Exception as error:
                part.refuse(ours := self._as_ours(error))
                self._mend(part, ours)
            self._hold_back()
        return done

    def _as_ours(self, error: Exception) -> MailflowError:
        """An error as one of ours: a fault in one noun hides neither what was written nor the other nouns. The
        time limit's stays what it is."""
        if isinstance(error, MailflowError):
            return error
        if rang(error):
            raise error
        outcome = notice_of("outcome_unknown_internal")
        return MailflowError(reason_of("internal", self.session.where, type=type(error).__name__, outcome=outcome))

    def _mend(self, part: _Part, error: MailflowError) -> None:
        """What an error means for the other nouns: no time is left, or not this server, or a shell that is broken."""
        if isinstance(error, TimedOut | ServerChanged):
            self.ended_by = part
        elif isinstance(error, ConnectionLost | AgentFailed) and self._open():
            with suppress(MailflowError):  # where no connection comes about, the next noun says so itself
                self.session.reconnect()

    def _hold_back(self) -> None:
        """Nouns that wait for one that failed, and all that have something to do where nothing more may be sent."""
        for part in self._open():
            before = self.ended_by if part.unsettled else None
            if part.plan is not None:
                before = before or self._failed_before(part)
            if before is not None:
                noun, first = part.subject.name, before.subject.name
                part.hold(NotTried(reason_of("noun_not_tried", self.session.where, noun=noun, before=first)))

    def _failed_before(self, part: _Part) -> _Part | None:
        """The noun that failed before and for which this one waits."""
        awaited = self.waits_for.get(part.subject.name, ())
        failed = [each for each in self.parts if each.error is not None and each.subject.name in awaited]
        return failed[0] if failed and part.subject.waits(part.state, part.decided) else None

    # ---- the end

    def end(self, error: MailflowError) -> None:
        """Nothing is done for any noun; those that have nothing to do are as they should be."""
        self.error = error
        for part in self._open():
            if part.unsettled:
                part.refuse(error)

    def finish(self, check_mode: bool) -> None:
        for part in self.parts:
            outcome = part.outcome or Outcome(part.decided)
            try:
                part.subject.finish(check_mode)
            except Exception as error:
                outcome = _with_error(outcome, self._as_ours(error))
            part.outcome = replace(outcome, said=part.subject.says(outcome))

    def run(self) -> Run:
        outcomes = {part.subject.name: part.outcome for part in self.parts if part.outcome}
        watched = {each.watcher.name: each.finished() for each in self.watching}
        return Run(outcomes, self.notices, self.error, self.digest, watched)


def _comes_first(subject: Subject[Any]) -> bool:
    return subject.applies_first


def _comes_at_once(subject: Subject[Any]) -> bool:
    return not subject.applies_first and not subject.proves_last


def _comes_last(subject: Subject[Any]) -> bool:
    return subject.proves_last and not subject.applies_first


def _with_error(outcome: Outcome, error: MailflowError) -> Outcome:
    """An outcome that has failed at its end; one that had failed before tells of it besides."""
    if outcome.error is None:
        return replace(outcome, error=error)
    return replace(outcome, notices=(*outcome.notices, *map(str, error.reasons)))
