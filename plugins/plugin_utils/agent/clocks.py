# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's clock held against the host's: the one place that says whether ages can be judged by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..errors import HostRefused
from ..messages import notice_of, reason_of
from ..request import Reply
from .host_facts import STEP as HOST_FACTS
from .host_facts import host_clock

STEP = HOST_FACTS
"""Reads the host's clock; the last of all reading steps, so that it is compared at once."""
SKEW_WARNED, SKEW_REFUSED = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Clocks:
    """The moment (UTC) on the controller, by which ages are judged, and on the host, None where it does not tell."""

    controller: datetime
    host: datetime | None = None

    @property
    def skew(self) -> timedelta:
        """How far the host is ahead; nothing where it does not tell."""
        return self.host - self.controller if self.host else timedelta(0)

    def ages_at(self, now: datetime) -> datetime:
        """The moment by which ages are judged when it is ``now`` on the controller: the earlier of the two clocks', by
        which nothing is older than it is."""
        return now + min(self.skew, timedelta(0))

    def require_agreement(self, where: str) -> None:
        """Raise HostRefused where the two are so far apart that one of them would let a young mailbox pass."""
        if abs(self.skew) > SKEW_REFUSED:
            raise HostRefused(reason_of("clock_far_off", where, skew=self._told()))

    def notices(self) -> tuple[str, ...]:
        """What an administrator should hear of a smaller difference."""
        return (notice_of("clock_off", skew=self._told()),) if abs(self.skew) > SKEW_WARNED else ()

    def _told(self) -> str:
        seconds = round(abs(self.skew).total_seconds())
        length = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return notice_of("clock_ahead" if self.skew > timedelta(0) else "clock_behind", length=length)


NOT_COMPARED = Clocks(datetime.min.replace(tzinfo=UTC))
"""Where nothing was read."""


def read_clocks(reply: Reply, controller: datetime) -> Clocks:
    """The clocks of a reply to STEP, compared with the controller's at this moment."""
    output = reply.result(STEP.id).output
    return Clocks(controller, host_clock(output[0].get("Clock")) if output else None)
