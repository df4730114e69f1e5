# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result that failed, for whoever reads the terminal: each reason once, and then what the result tells besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..lenient import inside

_PARTS = ("where", "found", "expected", "remedy")
_TOLD = frozenset(
    {
        "msg",
        "reasons",
        "failed",
        "unreachable",
        "warnings",
        "run_notices",
        "said",
        "exception",
        "checks",
        "lines",
        "diff",
        "plan",
        "transcript",
    }
)
"""What the reasons, the steps, the diff or the warnings say, the state beside the name, or lines of their own."""
_OF_ALL = frozenset({"changed", "steps", "backup_file"})
"""What a result of several nouns holds for all of them as well."""
_MANY = 20
"""Of more steps than these only their number is shown."""
_INDENT = "    "


def is_refusal(result: Mapping[str, Any]) -> bool:
    """Whether a result is one of this collection's that failed, with reasons."""
    reasons = result.get("reasons")
    return isinstance(reasons, list) and bool(reasons) and all(set(inside(each)) == {*_PARTS} for each in reasons)


def reasons_as_text(result: Mapping[str, Any]) -> str:
    """The reasons, numbered where there are several; a line for what was found, what was expected and what to do."""
    reasons = result["reasons"]
    return "".join(
        f"\n{_INDENT}{line}"
        for number, reason in enumerate(reasons, 1)
        for line in _lines(f"{number}. " if len(reasons) > 1 else "", reason)
    )


def _lines(number: str, reason: Mapping[str, str]) -> Iterator[str]:
    yield f"{number}{reason['where']}: found {reason['found']};"
    below = " " * len(number)
    yield f"{below}expected {reason['expected']}."
    yield f"{below}{reason['remedy']}"


def besides(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a result tells besides its reasons and is not empty; of a noun of several what is not told of all."""
    rest = {name: value for name, value in result.items() if name not in _TOLD and _says(value)}
    if "steps" in rest:
        rest["steps"] = _steps(rest["steps"])
    nouns = {noun: besides(each) for noun, each in inside(rest.pop("nouns", None)).items()}
    own = {noun: {name: each[name] for name in each if name not in _OF_ALL} for noun, each in nouns.items()}
    told = {noun: each for noun, each in own.items() if each}
    return {**rest, "nouns": told} if told else rest


def _steps(steps: Sequence[Any]) -> Any:
    """What became of each step; of very many, of how many."""
    if len(steps) > _MANY:
        return dict(Counter(inside(step).get("status") for step in steps))
    return [f"{step.get('status')}: {step.get('action')} {step.get('target')}" for step in map(inside, steps)]


def _says(value: Any) -> bool:
    return value not in (None, False, "", [], {})
