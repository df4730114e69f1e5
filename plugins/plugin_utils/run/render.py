# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A decision as Ansible's diff, and an outcome as a task's result."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import unified_diff
from typing import Any

from ..messages.visible import visible, visible_lines
from .outcome import Decision, Outcome, Shown
from .plan import SHOWN_STEPS
from .transcript import transcript


def as_diff(noun: str, decision: Decision) -> dict[str, str]:
    """Before and after of the touched objects, as texts that Ansible compares line by line."""
    return {
        "before_header": f"{noun} (on the host)",
        "after_header": f"{noun} (declared)",
        "before": _text(decision.before),
        "after": _text(decision.after),
    }


def diff_of(result: Mapping[str, Any]) -> str:
    """The diffs of a task's result as Ansible prints them of one that has not failed."""
    found = result.get("diff", ())
    diffs = [found] if isinstance(found, Mapping) else found
    return "\n".join(line for each in diffs for line in _unified(each))


def _unified(diff: Mapping[str, str]) -> Iterator[str]:
    before, after = (diff[text].splitlines() for text in ("before", "after"))
    was, will_be = (f"{text}: {diff[f'{text}_header']}" for text in ("before", "after"))
    return unified_diff(before, after, was, will_be, lineterm="")


def _text(shown: Shown) -> str:
    """An object on several lines, or each on one where there are very many: Ansible compares line by line, and takes
    the square of their number where single lines in between are equal."""
    lines: list[str] = []
    if len(shown) > SHOWN_STEPS:
        return "".join(f"{_value(name)}: {_on_one_line(options)}\n" for name, options in shown.items())
    for name, options in shown.items():
        lines.append(f"{_value(name)}:")
        lines += [f"  {option}: {_value(value)}" for option, value in options.items()]
    return "".join(line + "\n" for line in lines)


def _on_one_line(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{option}: {_value(value)}" for option, value in options.items())


def _value(value: Any) -> str:
    """A value on one line; texts that could be mistaken for something else, or hold line breaks, are quoted."""
    if isinstance(value, str) and value.isprintable() and value.strip() == value and value:
        return value
    return visible(json.dumps(value, ensure_ascii=False))


def as_noun(noun: str, outcome: Outcome, diff: bool, notices: Sequence[str] = ()) -> dict[str, Any]:
    """The whole result of a run for one noun; ``notices`` are those of the run, which a refused noun does without."""
    if outcome.refused and outcome.decision.plan is None:
        return as_looked(outcome)
    shown = {"diff": as_diff(noun, outcome.decision)} if diff else {}
    told = as_result(noun, replace(outcome, notices=(*notices, *outcome.notices)))
    return {**told, **_said(outcome), **shown, **_failure(outcome)}


def as_looked(outcome: Outcome) -> dict[str, Any]:
    """The result of what came to no plan: of a noun that was refused before, and of a watcher."""
    notices = [*outcome.decision.notices, *outcome.notices]
    warnings = {"warnings": notices} if notices else {}
    return {"changed": False, **outcome.decision.facts, **_said(outcome), **warnings, **_failure(outcome)}


def _said(outcome: Outcome) -> dict[str, Any]:
    return {"said": list(outcome.said)} if outcome.said else {}


def _failure(outcome: Outcome) -> dict[str, Any]:
    return as_failure(outcome.error.reasons) if outcome.error else {}


def as_result(noun: str, outcome: Outcome) -> dict[str, Any]:
    """A task's result without its diff: the plan, its transcript, what became of every step."""
    plan = outcome.decision.plan
    result: dict[str, Any] = {
        "changed": outcome.changed,
        "plan": plan.as_data(SHOWN_STEPS) if plan else None,
        "transcript": transcript(plan),
        "steps": [report.as_data() for report in outcome.reports],
        "backup_file": outcome.backup_file,
        **outcome.decision.facts,
    }
    notices = [*outcome.decision.notices, *outcome.notices]
    if notices:
        result["warnings"] = notices
    return result


def as_shown(result: dict[str, Any]) -> dict[str, Any]:
    """A result whose sentences and diffs no terminal obeys, wherever they come from; the line breaks in them are ours.
    Its data stays as it is: names in it are compared."""
    sentences = ("msg", "said", "warnings", "run_notices", "reasons", "diff")
    shown = {name: _shown(value) if name in sentences else value for name, value in result.items()}
    if isinstance(result.get("nouns"), Mapping):
        shown["nouns"] = {noun: as_shown(each) for noun, each in result["nouns"].items()}
    return shown


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return visible_lines(value)


def as_failure(reasons: tuple[Any, ...]) -> dict[str, Any]:
    """The failed part of a result: one message with all reasons, and the reasons as data."""
    lines = [str(reason) for reason in reasons]
    message = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    return {"failed": True, "msg": message, "reasons": [reason.as_data() for reason in reasons]}
