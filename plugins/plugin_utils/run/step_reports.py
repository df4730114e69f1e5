# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each step of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..request import DONE, Reply, StepResult
from .plan import Plan, PlannedStep, step_id

NOT_DONE, UNKNOWN = "not_done", "unknown"
"""What a step is called when the connection broke and the host was read again: it did not take effect, or
nobody can tell."""


@dataclass(frozen=True)
class StepReport:
    """One step of the plan and what became of it. ``took_effect``: it failed after it had done its work."""

    step: PlannedStep
    status: str
    error: str | None = None
    milliseconds: int = 0
    took_effect: bool = False

    @property
    def touched(self) -> bool:
        """Whether the step has changed the host, or may have."""
        return self.took_effect or self.status in (DONE, UNKNOWN)

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


def report_of(step: PlannedStep, result: StepResult) -> StepReport:
    """What its result tells of a step."""
    return StepReport(step, result.status, result.error.message if result.error else None, result.milliseconds)


def reports_of(plan: Plan, reply: Reply) -> tuple[StepReport, ...]:
    """What a reply tells of each step of a plan."""
    return tuple(report_of(step, reply.result(step_id(at))) for at, step in enumerate(plan.steps))
