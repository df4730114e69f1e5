# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often waiting mail is tried again, against what the provider takes in an hour.

Known of Exchange 2010 (Microsoft's reference of Set-TransportServer): a message that got a temporary refusal (4xx) is
tried again after MessageRetryInterval, one minute by default. There is no outbound limit of messages a minute. A
refused connection puts the whole queue into Retry instead, which costs one attempt for all its messages. All mail for a
smart host stands in one queue.

Assumed, and promised by nobody:

- Each message of a backlog is refused each time, for itself and not as a connection: the worst case. It is then tried
  every MessageRetryInterval. The attempts of an hour are the hour divided by the interval, rounded up, for each
  message; an interval beyond an hour lowers them no further, since a backlog that was refused together is tried again
  together.
- The provider counts refused attempts as well; none says so in public. New mail comes on top.
- The number of connections bounds how many attempts go on at once, not how many an hour has: an attempt takes a second
  or so. It is left out of the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..exchange.settings import Values
from .settings import HOUR, MINUTE

OWN_BACKLOG = 100
"""A backlog that a small firm sees after a weekend: settings are calm where so many waiting messages stay below."""
CALM_INTERVALS = (15 * MINUTE, 30 * MINUTE, HOUR)
"""From what Microsoft's reference of 2018 gives later versions up to an hour, beyond which only delay is gained."""


@dataclass(frozen=True)
class Attempts:
    """What settings allow. None: not known."""

    per_message_per_hour: int | None
    provider_per_hour: int | None = None

    @property
    def backlog_that_stays_below(self) -> int | None:
        """How many waiting messages make no more attempts an hour than the provider takes."""
        if self.per_message_per_hour is None or self.provider_per_hour is None:
            return None
        return self.provider_per_hour // self.per_message_per_hour

    @property
    def snowball(self) -> bool:
        """Whether a usual backlog grows by itself, and a longer interval would help."""
        if self.per_message_per_hour is None:
            return False
        backlog = self.backlog_that_stays_below
        if backlog is None:
            return self.per_message_per_hour > per_message(CALM_INTERVALS[0])
        return self.per_message_per_hour > 1 and backlog < OWN_BACKLOG

    def as_data(self) -> dict[str, Any]:
        """The numbers for a task's result."""
        return {
            "per_message_per_hour": self.per_message_per_hour,
            "provider_per_hour": self.provider_per_hour,
            "backlog_that_stays_below": self.backlog_that_stays_below,
        }


def attempts(values: Values, provider_per_hour: int | None) -> Attempts:
    """What these settings of a server allow."""
    interval = values.get("message_retry_interval")
    return Attempts(per_message(interval) if isinstance(interval, int) else None, provider_per_hour)


def per_message(interval: int) -> int:
    """How often one message is tried in an hour at most, at an interval in seconds."""
    return -(-HOUR // interval)


def calm_interval(provider_per_hour: int) -> int:
    """The shortest calm interval at which a usual backlog stays below what the provider takes; else the longest."""
    fitting = (each for each in CALM_INTERVALS if per_message(each) * OWN_BACKLOG <= provider_per_hour)
    return next(fitting, CALM_INTERVALS[-1])
