# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish of a look at the queues: what the provider takes an hour, which connector is meant, how far back to
count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..controls import Control, convert_all, names, unknown_options
from ..errors import Reason, refuse
from ..messages import say
from ..providers import mature_rates
from ..values import Choice, Integer, Text

WHERE = "queues"
MOST_PER_HOUR = 1_000_000


@dataclass(frozen=True)
class Desired:
    """A checked wish. ``per_hour`` None: the provider's rate is not known; ``connector`` None: all of them."""

    per_hour: int | None = None
    connector: str | None = None
    hours: int = 1
    outcome_hours: int = 6

    @property
    def back(self) -> int:
        """How many hours are looked back for what came back."""
        return max(self.hours, self.outcome_hours)


RATE: tuple[Control, ...] = (
    Control("per_hour", Integer(1, MOST_PER_HOUR), None, "How many messages an hour the provider takes."),
    Control(
        "provider",
        Choice(*mature_rates()),
        None,
        "The same with the packaged number of a provider, for a mailbox past its young days. For other providers"
        " O(per_hour).",
    ),
)
CONTROLS: tuple[Control, ...] = (
    *RATE,
    Control("connector", Text(64), None, "The name of the send connector that is meant; by default all of them."),
    Control("hours", Integer(1, 168), 1, "Over how many hours of message tracking the attempts are counted."),
    Control(
        "outcome_hours",
        Integer(4, 168),
        6,
        "How many hours of message tracking are looked through for mail that came back, and for the last one that left;"
        " at least O(hours).",
    ),
)
"""The options of the action, besides those of every run that only reads."""


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Desired:
    """The wish of a task's arguments. Raises WishRefused with every reason."""
    reasons = [*found, *unknown_options(arguments, names(CONTROLS), WHERE)]
    values = convert_all(reasons, WHERE, CONTROLS, arguments)
    if values["per_hour"] is not None and values["provider"] is not None:
        reasons.append(say("rate_twice", WHERE))
    refuse(reasons)
    per_hour = values["per_hour"] or mature_rates().get(values["provider"])
    return Desired(per_hour, values["connector"], values["hours"], values["outcome_hours"])
