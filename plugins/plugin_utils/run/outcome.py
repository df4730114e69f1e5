# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a noun wants (a Decision), what comes of it (an Outcome), and what comes of a whole run (a Run)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import MailflowError
from .plan import Plan
from .step_reports import StepReport

Shown = Mapping[str, Mapping[str, Any]]
"""Objects for a person: name -> option -> value."""


@dataclass(frozen=True)
class Decision:
    """What a noun wants to do: the plan (None: nothing), the secrets it refers to, the touched objects before and
    after, sentences for the administrator, and further keys of the task's result. ``refusal`` is why the plan, though
    it is known, may not be carried out: a safety check."""

    plan: Plan | None
    before: Shown
    after: Shown
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    notices: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    refusal: MailflowError | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run comes to for one noun. ``error`` is what went wrong; ``refused``: before anything of it was written;
    its decision then holds the plan that was refused, or facts only where it had not come to one. ``said``: lines that
    whoever watches is to read, whatever the verbosity."""

    decision: Decision
    reports: tuple[StepReport, ...] = ()
    backup_file: str | None = None
    notices: tuple[str, ...] = ()
    error: MailflowError | None = None
    refused: bool = False
    said: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the host was changed, may have been, or (in check mode) would be."""
        plan = self.decision.plan
        return plan is not None and (not self.reports or any(report.touched for report in self.reports))


@dataclass(frozen=True)
class Run:
    """What a run comes to: noun -> outcome in the order in which they were given, and what belongs to no noun alone.

    ``watched``: the same of those that only looked. ``error`` ended the run for all that were still to come.
    ``digest`` is that of all plans together, as ``approved_plan`` takes it; None where there is none.
    """

    outcomes: Mapping[str, Outcome]
    notices: tuple[str, ...] = ()
    error: MailflowError | None = None
    digest: str | None = None
    watched: Mapping[str, Outcome] = field(default_factory=dict)
