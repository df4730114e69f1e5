# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check judges by: what is declared, what the host told, what is planned, and whom it may ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..pop3_connector.declared_accounts import DesiredAccount
from ..request import DONE, StepResult
from .deadline import Deadline
from .declared import Declared, Route
from .resolver import Resolver
from .tls_probe import TlsProbe
from .ways_in import WaysIn


@dataclass(frozen=True)
class Situation:
    """``told``: step id -> its result, of all steps of the reading. ``today``: the routes on the host, ``after``: those
    once every plan is carried out, the same where there is none. ``planned``: the nouns that have a plan.
    ``new_accounts``: those that the plan begins to fetch. ``ways_today``, ``ways_after``: how mail comes in, and how it
    will once every plan is carried out. ``alone``: whether this is a preflight alone, which asks
    everything. ``now``: the controller's clock. ``resolver``, ``probe``: whom to ask from the controller, until the
    ``deadline`` of all checks together."""

    declared: Declared = field(default_factory=Declared)
    told: Mapping[str, StepResult] = field(default_factory=dict)
    today: frozenset[Route] = frozenset()
    after: frozenset[Route] = frozenset()
    planned: frozenset[str] = frozenset()
    new_accounts: tuple[DesiredAccount, ...] = ()
    ways_today: WaysIn = WaysIn()
    ways_after: WaysIn = WaysIn()
    alone: bool = True
    now: datetime = datetime.min.replace(tzinfo=UTC)
    deadline: Deadline = field(default_factory=lambda: Deadline(0))
    resolver: Resolver = field(default_factory=lambda: Resolver(Deadline(0)))
    probe: TlsProbe = field(default_factory=lambda: TlsProbe(Deadline(0)))

    @property
    def new_routes(self) -> frozenset[Route]:
        """The routes by which mail does not leave today and would once the plan is carried out."""
        return self.after - self.today

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that are to be judged: those after the plan, by their connectors' names."""
        return tuple(sorted(self.after, key=lambda route: (route.connector, route.hosts)))

    def asks(self, nouns: Collection[str]) -> bool:
        """Whether DNS and providers may be asked for the sake of these nouns: nobody is bothered by a run that has
        nothing to write there."""
        return self.alone or not self.planned.isdisjoint(nouns)

    def rows(self, step_id: str) -> tuple[Mapping[str, Any], ...]:
        """What a step told; nothing where it was not done or not asked."""
        result = self.told.get(step_id)
        return result.output if result is not None and result.status == DONE else ()

    def was_told(self, step_id: str) -> bool:
        """Whether a step was done, if only with the answer that there is nothing."""
        result = self.told.get(step_id)
        return result is not None and result.status == DONE
