# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what is planned fits in the time that an action has, by a cautious estimate, before any of it is begun."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..messages import notice_of
from ..progress import Progress
from .plan import Plan

SECONDS_A_CHANGE = 1.0
"""Assumed (docs/unknowns.md, write_seconds)."""
ROUND = 100
"""To whole hundreds of seconds a time limit is advised."""


def may_not_end(progress: Progress, plans: Iterable[Plan | None]) -> tuple[str, ...]:
    """That these may not end within the time limit, and which one would do; nothing where they fit.

    Reading back is taken to last as long as what has passed. It is no refusal: what is written in time stays, and the
    next run goes on from there.
    """
    changes = sum(_changes(each) for each in plans if each is not None)
    needed = 2 * progress.elapsed + SECONDS_A_CHANGE * changes
    if progress.declared is None or needed <= progress.declared[1]:
        return ()
    enough = math.ceil(needed / ROUND) * ROUND
    option, timeout = progress.declared
    return (notice_of("may_not_end", changes=changes, option=option, timeout=timeout, enough=enough),)


def _changes(plan: Plan) -> int:
    """How much a plan has to do: a step is a change, but one that applies a policy changes many recipients."""
    return sum(max(1, len(step.changes)) if step.command.startswith("Update-") else 1 for step in plan.steps)
