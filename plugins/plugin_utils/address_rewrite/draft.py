# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all methods make: steps, what a person sees of them, what forbids them, and what a restore needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..errors import Reason
from ..messages import reason_of
from ..run.plan import PlannedStep
from .desired import Desired
from .recipients import Recipient
from .rules import WHERE

NOUN = "address_rewrite"
FREE_CHANGES = 10
"""The safety check never holds for fewer recipients."""


@dataclass(frozen=True)
class Touched:
    """A recipient that the plan changes, and its addresses afterwards as far as they can be foreseen."""

    recipient: Recipient
    addresses: tuple[str, ...]


@dataclass
class Draft:
    """What a method would do; ``reasons`` forbid all of it. ``primaries``: primary addresses afterwards by GUID."""

    steps: list[PlannedStep] = field(default_factory=list)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    after: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    touched: list[Touched] = field(default_factory=list)
    primaries: dict[str, str] = field(default_factory=dict)
    created_domains: tuple[str, ...] = ()
    created_policy: str | None = None
    changed_policy: str | None = None
    created_entries: tuple[str, ...] = ()

    def add(self, step: PlannedStep, before: dict[str, Any] | None, after: dict[str, Any] | None, shown: str) -> None:
        """One more step, and its object for a person before and after it."""
        self.steps.append(step)
        if before is not None:
            self.before[shown] = before
        if after is not None:
            self.after[shown] = after


def safety_check(desired: Desired, changing: int, total: int) -> list[Reason]:
    """Why so many recipients may not change unasked."""
    within = changing < FREE_CHANGES or changing * 100 <= desired.max_change_percent * total
    if within or desired.confirm_mass_change:
        return []
    percent = desired.max_change_percent
    return [reason_of("mass_change", WHERE, changing=changing, total=total, percent=percent)]


def listed(names: Iterable[str]) -> str:
    """Names in one sentence."""
    return ", ".join(sorted(names, key=str.lower))
