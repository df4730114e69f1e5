# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no run may change while a recovery is under way, in one table for all actions; everything else goes on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..errors import Reason
from ..lenient import guid
from ..messages import reason_of
from ..run.plan import Plan, PlannedStep
from .record import ABANDON, FINISHED, HOLD, RELEASE, RESTORE, SETTLED, STAGES, VERIFY, Recovery


@dataclass(frozen=True)
class Guarded:
    """One such thing: the commands by which it is changed, of which options (none: whatever they do), in which stages,
    and whether it is the recovery's own connector only."""

    what: str
    commands: Collection[str]
    options: Collection[str] = ()
    stages: Collection[str] = (*STAGES, ABANDON)
    own_connector: bool = False

    def touched_by(self, step: PlannedStep) -> bool:
        """Whether a step changes it, on some connector."""
        changed = {change.option for change in step.changes}
        return step.command in self.commands and (not self.options or bool(changed & set(self.options)))

    def refuses(self, step: PlannedStep, recovery: Recovery) -> bool:
        """Whether a step may not be carried out meanwhile."""
        own = not self.own_connector or guid(step.parameters.get("Identity")) == recovery.connector_guid
        return recovery.stage in self.stages and own and self.touched_by(step)


GUARDED = (
    Guarded("a setting of the transport server that it has saved", ("Set-TransportServer",), SETTLED),
    Guarded("the transport service, whose restart renumbers its queues", ("Restart-TransportService",)),
    Guarded(
        "the login that it sends with",
        ("Set-SendConnector", "Remove-SendConnector"),
        ("login.username", "enabled"),
        (HOLD, RELEASE, VERIFY, RESTORE, ABANDON),  # up to the switch, nobody has chosen one
        own_connector=True,
    ),
    Guarded(
        "a queue or a message in it",
        ("Suspend-Queue", "Resume-Queue", "Retry-Queue", "Suspend-Message", "Resume-Message", "Remove-Message"),
    ),
)


def may_be_refused(plan: Plan) -> bool:
    """Whether it is a plan that a recovery could refuse: no other one needs to know of any."""
    return any(each.touched_by(step) for each in GUARDED for step in plan.steps)


def refusals(plan: Plan, recovery: Recovery | None, path: str) -> list[Reason]:
    """Why a plan may not be carried out while that recovery is under way, whose file that is."""
    if recovery is None or recovery.stage == FINISHED:
        return []
    found = [each.what for each in GUARDED if any(each.refuses(step, recovery) for step in plan.steps)]
    name, stage = recovery.connector, recovery.stage
    return [
        reason_of("recovery_guards", recovery.host, what=what, connector=name, stage=stage, path=path) for what in found
    ]
