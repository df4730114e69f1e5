# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saved states on their way back, one after the other: all are decided before the first is put back, and after one that
fails none is tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import HostRefused, MailflowError, WishRefused
from ..flow import Decision, Outcome, Shown
from ..messages import say, tell
from ..plan import Plan, plan_or_none
from ..request import DONE, ExchangeShell
from ..run.applying import apply, not_tried
from ..run.order import Brake
from ..run.reading import read, shell_of
from ..session import Session
from .subject import Restoring

NOUN = "restore"
"""What the plan of several saved states is about."""


@dataclass(frozen=True)
class Part:
    """One saved state: the noun that it is of, the subject that puts it back, and how the state before is saved."""

    noun: str
    subject: Restoring[Any]
    save: Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Way:
    """How the host is reached, and what a plan is held against (``run.order.run``). ``note`` keeps which parts are as
    they were saved, and returns notices."""

    session: Session
    shell: ExchangeShell
    brake: Brake
    note: Callable[[Sequence[Part]], tuple[str, ...]]
    approved_plan: str | None = None


@dataclass(frozen=True)
class Looked:
    """A part, the host's state before any of them is put back, and what it would do."""

    part: Part
    state: Any
    outcome: Outcome

    @property
    def plan(self) -> Plan | None:
        """What it would do."""
        return self.outcome.decision.plan


def put_back(parts: Sequence[Part], way: Way, check_mode: bool) -> Outcome:
    """Put all of them back in this order, or in check mode say what that would take. Raises MailflowError where nothing
    was written."""
    looked = _look(parts, way)
    plan = _joined_plan([each.outcome for each in looked])
    if check_mode:
        return _told(parts, [each.outcome for each in looked])
    if plan and way.approved_plan not in (None, plan.digest):
        where = way.session.where
        raise HostRefused(say("plan_not_approved", where, digest=plan.digest, approved=way.approved_plan))
    outcomes = _apply(looked, way)
    notices = way.note([part for part, outcome in zip(parts, outcomes, strict=True) if _is_back(outcome)])
    told = _told(parts, outcomes)
    return replace(told, notices=(*told.notices, *notices))


def _is_back(outcome: Outcome) -> bool:
    """Whether nothing is left to put back."""
    done = outcome.decision.plan is None or {each.status for each in outcome.reports} == {DONE}
    return done and outcome.error is None


def _look(parts: Sequence[Part], way: Way) -> list[Looked]:
    """What each would do, all refusals at once."""
    refused: list[WishRefused | HostRefused] = []
    found = []
    for part in parts:
        try:
            found.append(_look_at(part, way))
        except (WishRefused, HostRefused) as error:
            refused.append(error)
    if refused:
        raise type(refused[0])(*dict.fromkeys(reason for each in refused for reason in each.reasons))
    return found


def _look_at(part: Part, way: Way) -> Looked:
    state, notices = read(part.subject, way.session, way.shell)
    decision = part.subject.decide(state)
    if decision.plan is not None:
        way.brake(decision.plan)
    return Looked(part, state, Outcome(decision, notices=notices))


def _apply(looked: Sequence[Looked], way: Way) -> list[Outcome]:
    done: list[Outcome] = []
    for each in looked:
        if any(before.error for before in done):
            done.append(_not_tried(each))
            continue
        try:
            done.append(_carry_out(each, way))
        except MailflowError as error:
            if not any(before.changed for before in done):
                raise
            done.append(replace(_not_tried(each), error=error))
    return done


def _carry_out(looked: Looked, way: Way) -> Outcome:
    part, decision, plan = looked.part, looked.outcome.decision, looked.plan
    if plan is None:
        return looked.outcome
    backup_file = part.save(part.subject.to_save(looked.state, plan))
    done = apply(part.subject, way.session, way.shell, plan, decision.secrets)
    notices = (*looked.outcome.notices, *done.notices)
    outcome = part.subject.record(Outcome(decision, done.reports, backup_file, notices, done.error))
    return part.subject.confirm(way.session, shell_of(part.subject, way.shell), looked.state, outcome)


def _not_tried(looked: Looked) -> Outcome:
    return replace(looked.outcome, reports=not_tried(looked.plan) if looked.plan else ())


def _joined_plan(outcomes: Sequence[Outcome]) -> Plan | None:
    """The plans as one; that of a single saved state is its noun's own."""
    plans = [each.decision.plan for each in outcomes]
    if len(plans) == 1:
        return plans[0]
    return plan_or_none(NOUN, [step for plan in plans if plan for step in plan.steps])


def _told(parts: Sequence[Part], outcomes: Sequence[Outcome]) -> Outcome:
    """All outcomes as one, with what became of each saved state; a single one is told as any run of its noun."""
    restored = [_part_facts(*each) for each in zip(parts, outcomes, strict=True)]
    if len(outcomes) == 1:
        (outcome,) = outcomes
        facts = {**outcome.decision.facts, "restored": restored}
        return replace(outcome, decision=replace(outcome.decision, facts=facts))
    facts = {"restored": [{**told, **each.decision.facts} for told, each in zip(restored, outcomes, strict=True)]}
    return Outcome(
        Decision(
            _joined_plan(outcomes),
            _shown(parts, [each.decision.before for each in outcomes]),
            _shown(parts, [each.decision.after for each in outcomes]),
            notices=_notices(parts, outcomes),
            facts=facts,
        ),
        tuple(report for each in outcomes for report in each.reports),
        error=_error(parts, outcomes),
    )


def _part_facts(part: Part, outcome: Outcome) -> dict[str, Any]:
    return {
        "noun": part.noun,
        "file": part.subject.back.saved.path or None,
        "changed": outcome.changed,
        "backup_file": outcome.backup_file,
    }


def _shown(parts: Sequence[Part], shown: Sequence[Shown]) -> Shown:
    return {
        f"{part.noun}, {name}": options
        for part, objects in zip(parts, shown, strict=True)
        for name, options in objects.items()
    }


def _notices(parts: Sequence[Part], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    return tuple(
        tell("of_noun", noun=part.noun, notice=notice)
        for part, outcome in zip(parts, outcomes, strict=True)
        for notice in (*outcome.decision.notices, *outcome.notices)
    )


def _error(parts: Sequence[Part], outcomes: Sequence[Outcome]) -> MailflowError | None:
    """What has stopped the others, and which they are."""
    at = next((at for at, each in enumerate(outcomes) if each.error), None)
    error = None if at is None else outcomes[at].error
    if at is None or error is None:
        return None
    left = ", ".join(each.noun for each in parts[at + 1 :])
    stopped = [say("restore_stopped", parts[at].subject.back.saved.host, nouns=left)] if left else []
    return MailflowError(*error.reasons, *stopped)
