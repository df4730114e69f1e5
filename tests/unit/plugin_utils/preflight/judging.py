"""A host that told these rows, and what a check makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import host_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import Check
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import Finding
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, FAILED, StepResult
from tests.unit.fuzz.junk import junk

NOW = datetime(2026, 12, 1, 10, 0, 0, tzinfo=UTC)
FACTS = host_facts.STEP.id
Told = Mapping[str, Sequence[Mapping[str, Any]] | None]
"""Step id -> its rows; None: the step failed."""


@dataclass(frozen=True)
class Case:
    """Of one check: what is told, the result (None: it is about nothing), and words of what was found."""

    check: str
    told: Told
    result: str | None
    words: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.check}-{self.result}-{self.words}"


def situation(told: Told, **more: Any) -> Situation:
    """The situation of a host that told this."""
    results = {
        step: StepResult(step, FAILED) if rows is None else StepResult(step, DONE, tuple(rows))
        for step, rows in told.items()
    }
    return Situation(told=results, **{"now": NOW, **more})


def judged(rows: Sequence[Check], case: Case) -> Finding | None:
    """What the check of that name finds."""
    (check,) = (each for each in rows if each.name == case.check)
    return check.judge(situation(case.told, **case.more))


def hold(rows: Sequence[Check], case: Case) -> None:
    """The finding is the expected one, with words, and with a remedy where something is wrong."""
    found = judged(rows, case)
    assert (found.result if found else None) == case.result
    if found:
        assert case.words in found.found
        assert bool(found.remedy) == (found.result in ("fail", "warn")) or found.result == "unknown"


def junk_told(rows: Sequence[Check], declared: Declared, dice: Random) -> Situation:
    """A host that answers every step of these checks with anything."""
    steps = [step for each in rows for step in each.reads(declared).steps]
    told = {
        step.id: [{name: junk(dice) for name in step.select} for _ in range(dice.randrange(4))]
        for step in steps
        if dice.random() < 0.9
    }
    return situation(told, declared=declared)
