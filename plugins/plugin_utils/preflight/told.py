# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several checks ask of what the host told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..agent import host_facts
from ..lenient import first, inside
from ..messages import notice_of
from ..request import Reply, Step
from .check import Reads
from .declared import Declared
from .finding import UNKNOWN, Finding
from .situation import Situation


def reads(*steps: Step) -> Callable[[Declared], Reads]:
    """That a check reads these steps, whatever is declared."""
    return lambda declared: Reads(steps)


def host(situation: Situation) -> Mapping[str, Any]:
    """What the host told of itself."""
    return first(situation.rows(host_facts.STEP.id))


def is_edge(situation: Situation) -> bool:
    """Whether it is an Edge server, which stands outside the domain and knows neither recipients nor policies."""
    roles = inside(host(situation).get("Exchange")).get("Roles")
    return isinstance(roles, list) and "EdgeTransport" in roles


def reply_of(situation: Situation) -> Reply:
    """All that was told as a reply, for what reads one."""
    return Reply("", "", "", tuple(situation.told.values()))


def not_running(situation: Situation, step_id: str, names: Collection[str]) -> tuple[str, ...] | None:
    """Those of these services that are there and do not run, in the order of ``names``; None where none is there."""
    found = {str(row.get("Name")).lower(): row.get("Status") for row in situation.rows(step_id)}
    there = [name for name in names if name.lower() in found]
    return tuple(name for name in there if found[name.lower()] != "Running") if there else None


def untold() -> Finding:
    """That nobody told."""
    return Finding(UNKNOWN, notice_of("check_untold"))
