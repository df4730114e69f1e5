# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task's result as the report shows it. Results are read leniently: whatever one lacks is left out."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..lenient import inside, number
from ..queue.states import HEALTHY

UNREACHABLE, FAILED, ALARM, PLANNED = "unreachable", "failed", "alarm", "planned"
CHANGED, UNCHANGED, LOOKED = "changed", "unchanged", "looked"
STATES = (UNREACHABLE, FAILED, ALARM, PLANNED, CHANGED, UNCHANGED, LOOKED)
"""The worst first. ALARM: a look whose verdict is not healthy, or of which a check has failed; PLANNED: check mode has
found something to do; LOOKED: nothing was declared."""
FACTS = (
    "connector",
    "open_relays",
    "server",
    "decision",
    "verdict",
    "why",
    "login",
    "next_date",
    "next_event",
    "what_to_do",
    "waiting",
    "stage",
    "began",
    "ended",
    "duration",
    "counts",
    "bounced",
    "attempts",
    "backup_file",
    "recovery_file",
)
"""What a noun tells besides its plan, in the order in which it is shown."""


@dataclass(frozen=True)
class StepRow:
    """One step of a plan; ``status`` is None where it was only planned."""

    action: str
    target: str
    status: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class CheckRow:
    """One check of a preflight."""

    name: str
    result: str
    found: str
    remedy: str
    accepted: bool = False


@dataclass(frozen=True)
class NextEvent:
    """What comes next on a host, and when (aware). ``takes_over``: the login switches to this one; otherwise it is in
    use already, and old enough then."""

    moment: datetime
    login: str
    takes_over: bool


@dataclass(frozen=True)
class ReportEntry:
    """One task of this collection on one host."""

    host: str
    noun: str
    task: str
    state: str
    message: str | None = None
    reasons: tuple[Mapping[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    steps: tuple[StepRow, ...] = ()
    steps_left_out: int = 0
    checks: tuple[CheckRow, ...] = ()
    facts: tuple[tuple[str, Any], ...] = ()
    diff: tuple[str, ...] = ()
    transcript: tuple[str, ...] = ()
    next: NextEvent | None = None


def entries(
    host: str, noun: str, task: str, result: Mapping[str, Any], check_mode: bool, ok: bool = True
) -> Iterator[ReportEntry]:
    """The entries of a result: one for each noun of it, and for each turn of a loop."""
    turns = result.get("results")
    for each in turns if isinstance(turns, list) else [result]:
        if isinstance(each, Mapping):
            for name, told in _nouns(noun, each):
                yield _entry(host, name, task, told, check_mode, ok or told is not each)


def _nouns(noun: str, result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is told of each noun of a run; what belongs to none of them stands with the first."""
    nouns = [(str(name), inside(told)) for name, told in inside(result.get("nouns")).items()]
    if not nouns:
        yield noun, result
    for at, (name, told) in enumerate(nouns):
        beside = _list(result.get("run_notices")) if at == 0 else []
        yield name, {**told, "warnings": [*beside, *_list(told.get("warnings"))]} if beside else told


def _entry(host: str, noun: str, task: str, result: Mapping[str, Any], check_mode: bool, ok: bool) -> ReportEntry:
    state = _state(result, check_mode, ok)
    plan = inside(result.get("plan"))
    return ReportEntry(
        host=host,
        noun=noun,
        task=task.partition(" : ")[2] or task,  # Ansible puts the role's name before that of its task
        state=state,
        message=str(result.get("msg") or "") if state in (FAILED, UNREACHABLE) else None,
        reasons=tuple(inside(each) for each in _list(result.get("reasons"))),
        notices=tuple(map(str, _list(result.get("warnings")))),
        steps=_steps(result, plan),
        steps_left_out=number(plan.get("steps_left_out")) or 0,
        checks=_checks(result),
        facts=tuple((name, result[name]) for name in FACTS if result.get(name) not in (None, "", [], {})),
        diff=tuple(line for each in _diffs(result.get("diff")) for line in _compared(each)),
        transcript=tuple(map(str, _list(result.get("transcript")))) if plan else (),
        next=_next(result),
    )


def _next(result: Mapping[str, Any]) -> NextEvent | None:
    date, login = result.get("next_date"), result.get("next_login")
    with suppress(TypeError, ValueError):
        moment = datetime.fromisoformat(date)  # type: ignore[arg-type]
        if moment.tzinfo and login:
            return NextEvent(moment, str(login), login != result.get("login"))
    return None


def _state(result: Mapping[str, Any], check_mode: bool, ok: bool) -> str:
    if result.get("unreachable"):
        return UNREACHABLE
    if result.get("failed") or not ok:
        return FAILED
    failed = any(each.result == "fail" and not each.accepted for each in _checks(result))
    if failed or result.get("verdict") not in (None, HEALTHY):
        return ALARM
    if not result.get("changed"):
        return UNCHANGED if "plan" in result else LOOKED
    return PLANNED if check_mode else CHANGED


def _checks(result: Mapping[str, Any]) -> tuple[CheckRow, ...]:
    def row(told: Mapping[str, Any]) -> CheckRow:
        name, found, remedy, outcome = (str(told.get(each) or "") for each in ("name", "found", "remedy", "result"))
        return CheckRow(name, outcome, found, remedy, bool(told.get("accepted")))

    return tuple(row(inside(each)) for each in _list(result.get("checks")))


def _steps(result: Mapping[str, Any], plan: Mapping[str, Any]) -> tuple[StepRow, ...]:
    """What became of the steps; those of the plan where none was run."""
    ran = [inside(each) for each in _list(result.get("steps"))]
    planned = [inside(each) for each in _list(plan.get("steps"))]
    return tuple(
        StepRow(str(each.get("action")), str(each.get("target")), each.get("status"), each.get("error"))
        for each in ran or planned
    )


def _diffs(diff: Any) -> list[Mapping[str, Any]]:
    return [each for each in (diff if isinstance(diff, list) else [diff]) if isinstance(each, Mapping)]


def _compared(diff: Mapping[str, Any]) -> Sequence[str]:
    """The lines that differ, with some around them; what lies between is a line of dots."""
    before, after = (str(diff.get(side) or "").splitlines() for side in ("before", "after"))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=2))[3:]  # without its heading
    return ["..." if line.startswith("@@") else line for line in lines]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
