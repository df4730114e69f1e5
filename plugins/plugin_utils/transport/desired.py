# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: what an inventory declares of a transport server, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..controls import Control, convert_all, convert_declared, names, unknown_options
from ..errors import Reason, refuse
from ..messages import say
from ..providers import mature_rates
from ..values import Choice, Integer
from .calm import with_calm
from .rules import contradictions
from .settings import SETTINGS, Values

WHERE = "transport server"


@dataclass(frozen=True)
class Desired:
    """A checked wish: ``values`` holds declared and calm options only, all else is never written.

    ``provider_per_hour``: messages an hour that the provider takes, where the wish says so.
    """

    values: Values = field(default_factory=dict)
    provider_per_hour: int | None = None


CONTROLS: tuple[Control, ...] = (
    Control(
        "calm_for_per_hour",
        Integer(1, 1_000_000),
        None,
        "How many messages an hour the provider takes. Retry and connection settings that are not declared then get"
        " calm values, so that a usual backlog makes no more attempts than that.",
    ),
    Control(
        "calm_for_provider",
        Choice(*mature_rates()),
        None,
        "The same with the packaged number of a provider, for a mailbox past its young days. For other providers"
        " O(calm_for_per_hour).",
    ),
)
"""Options that steer the run. All others are settings of the server."""


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Desired:
    """The wish of a task's arguments.

    Raises WishRefused with every reason, those ``found`` before among them: unknown options, wrong types, values out of
    range, settings that contradict each other.
    """
    reasons = [*found, *unknown_options(arguments, names(CONTROLS, SETTINGS), WHERE)]
    rate = _parse_rate(reasons, arguments)
    values = with_calm(convert_declared(reasons, WHERE, SETTINGS, arguments), rate)
    reasons += contradictions(values, WHERE)
    refuse(reasons)
    return Desired(values, rate)


def _parse_rate(reasons: list[Reason], arguments: Mapping[str, Any]) -> int | None:
    per_hour, provider = convert_all(reasons, WHERE, CONTROLS, arguments).values()
    if per_hour is not None and provider is not None:
        reasons.append(say("calm_twice", WHERE))
    return mature_rates()[provider] if provider is not None else per_hour
