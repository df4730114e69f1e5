# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a value: ordered, serialisable, free of secrets, with a digest.

The same plan is the check-mode result, the diff, the transcript and what is applied. Nothing to do is None,
never an empty plan.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..request import Step

APPLY = "apply"
SHOWN_STEPS = 1000
"""How many steps of a plan a task's result shows; the saved state has them all."""


@dataclass(frozen=True)
class Change:
    """One setting that a step changes; before and after as plain JSON for a person, a secret never among them."""

    option: str
    before: Any
    after: Any

    def as_data(self) -> dict[str, Any]:
        """The change as plain data."""
        return {"option": self.option, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class PlannedStep:
    """One command that the plan will run, on which object, why, and what it changes.

    ``go_on``: it is run although others failed that go on, too; never after the failure of one that does not.
    """

    action: str
    target: str
    command: str
    parameters: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    go_on: bool = False

    def as_data(self) -> dict[str, Any]:
        """The step as plain data; a password is only ever a reference by name."""
        return {
            "action": self.action,
            "target": self.target,
            "command": self.command,
            "parameters": {name: self.parameters[name] for name in sorted(self.parameters)},
            "changes": [change.as_data() for change in self.changes],
        }


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they run: create and change first, switch off and remove last."""

    noun: str
    steps: tuple[PlannedStep, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the steps: the same plan has the same digest, in check mode and when it is applied."""
        text = json.dumps([self.noun, [step.as_data() for step in self.steps]], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def as_data(self, most: int | None = None) -> dict[str, Any]:
        """The plan as plain data; of more steps than ``most`` the first ones, and how many are left out."""
        data: dict[str, Any] = {
            "noun": self.noun,
            "digest": self.digest,
            "steps": [step.as_data() for step in self.steps[:most]],
        }
        left_out = len(self.steps) - len(data["steps"])
        return {**data, "steps_left_out": left_out} if left_out else data

    def wire_steps(self) -> tuple[Step, ...]:
        """The plan's steps as the agent runs them, with the ids by which its reply reports them."""
        return tuple(
            Step(step_id(at), step.command, step.parameters, (), step.go_on) for at, step in enumerate(self.steps)
        )


def step_id(at: int) -> str:
    """The wire id of the plan's step number ``at``, counted from 0."""
    return f"{APPLY}_{at + 1}"


def plan_or_none(noun: str, steps: Iterable[PlannedStep | None]) -> Plan | None:
    """A plan of these steps, or None where none of them has anything to do."""
    taken = tuple(step for step in steps if step is not None)
    return Plan(noun, taken) if taken else None
