# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a look at the queues: what the provider takes an hour, which connector is meant, how far back to
count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Reason, refuse
from ..mailboxes.providers import mature_rates
from ..messages import reason_of
from ..options.action import Action
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Choice, Integer, Text

WHERE = "queues"
MOST_PER_HOUR = 1_000_000


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``per_hour`` None: the provider's rate is not known; ``connector`` None: all of them."""

    per_hour: int | None = None
    connector: str | None = None
    hours: int = 1
    outcome_hours: int = 6

    @property
    def back(self) -> int:
        """How many hours are looked back for what came back."""
        return max(self.hours, self.outcome_hours)


RATE: tuple[Option, ...] = (
    Option("per_hour", Integer(1, MOST_PER_HOUR), "The number of messages an hour that the provider accepts."),
    Option(
        "provider",
        Choice(*mature_rates()),
        "The same with the packaged number of a provider, for a mailbox past the first, throttled days. For other"
        " providers O(per_hour).",
    ),
)
OPTIONS: tuple[Option, ...] = (
    *RATE,
    Option("connector", Text(64), "The name of the send connector; by default all of them."),
    Option("hours", Integer(1, 168), "The hours of message tracking over which the attempts are counted.", default=1),
    Option(
        "outcome_hours",
        Integer(4, 168),
        "The hours of message tracking that are searched for returned mail, and for the last delivered message; at"
        " least O(hours).",
        default=6,
    ),
)
"""The options of the action, besides those of every run that only reads."""
ACTION = Action(
    "queue",
    OPTIONS,
    needs_exchange=True,
    plans=False,
    role=False,
    description="Report what is waiting in Exchange 2010's queues, why, and what that means at the provider's rate",
)


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = (), where: str | Spelling = WHERE) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written. Raises InputRefused with every
    reason."""
    reasons = list(found)
    given = parse(OPTIONS, arguments, Spelling.of(where), reasons)
    provider = given.pop("provider", None)
    if provider is not None and "per_hour" in given:
        reasons.append(reason_of("rate_twice", WHERE))
    refuse(reasons)
    return Desired(**{"per_hour": mature_rates().get(provider), **given})
