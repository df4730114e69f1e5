# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One step of a change: a row of a table (to_mx.py, to_pop3.py) and a function that judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .facts import Facts

DONE, WAITING, OPEN, UNKNOWN = "done", "waiting", "open", "unknown"
OURS, ZONE, ROUTER, PANEL, SENDER = "ours", "zone", "router", "provider", "outside"
"""Whose hands a step is in: those of this collection, by variables; of who has the zone of the domain; of who has the
router and the line; of who has the provider's customer area; of somebody who tries it from outside."""


@dataclass(frozen=True)
class StepVerdict:
    """What a step came to. ``evidence``: by what, without a full stop; ``remedy``: a sentence, empty where there is
    nothing to do. ``until``: until when it waits, or from when on it may be done."""

    state: str
    evidence: str
    remedy: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class ChangeStep:
    """One step. ``about`` and ``back``: keys of what it is and of how it is undone. ``variables``: by which it is
    declared, where it is ours. ``vouched``: whether an administrator may vouch for it, where nobody can see it from
    here."""

    name: str
    about: str
    back: str
    whose: str
    judge: Callable[[Facts], StepVerdict]
    variables: tuple[str, ...] = ()
    vouched: bool = False


@dataclass(frozen=True)
class JudgedStep:
    """A step and what it came to. ``next_from``: from when on it may be done, as both clocks show it."""

    step: ChangeStep
    verdict: StepVerdict
    about: str
    back: str
    next_from: str

    @property
    def done(self) -> bool:
        """Whether nothing is left of it."""
        return self.verdict.state == DONE

    def as_data(self) -> dict[str, Any]:
        """The step for a task's result."""
        return {
            "step": self.step.name,
            "about": self.about,
            "state": self.verdict.state,
            "evidence": self.verdict.evidence,
            "remedy": self.verdict.remedy,
            "whose": self.step.whose,
            "variables": list(self.step.variables),
            "next_from": self.next_from or None,
            "back": self.back,
        }
