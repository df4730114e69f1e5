# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a switch may happen by itself: at a time when somebody can look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..account_age import DEFAULT_ZONE
from ..errors import Reason, refuse
from ..messages import say
from ..values import time_zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KEYS: dict[str, tuple[str, str]] = {
    "days": ("list", "Days of the week in English; by default V(monday) to V(thursday)."),
    "from": ("str", "The time of day from which on; by default V(07:00)."),
    "to": ("str", "The time of day until which; by default V(16:00)."),
    "time_zone": ("str", "The site's time zone; by default V(Europe/Berlin)."),
}
"""The keys of a window: type in Ansible's documentation, and what they mean."""
_AHEAD = 16 * 24 * 60
"""Minutes; a clock change can leave out the one window of a week."""
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


@dataclass(frozen=True)
class SwitchWindow:
    """Days of the week (Monday is 0) and times of day, in whole minutes, in a zone; ``end`` itself is outside."""

    days: frozenset[int] = frozenset({0, 1, 2, 3})
    start: time = time(7)
    end: time = time(16)
    zone: ZoneInfo = ZoneInfo(DEFAULT_ZONE)

    def contains(self, moment: datetime) -> bool:
        """Whether a moment (aware) is inside."""
        local = moment.astimezone(self.zone)
        return local.weekday() in self.days and self.start <= local.time() < self.end

    def next_moment(self, moment: datetime) -> datetime:
        """The first moment (UTC) inside, from ``moment`` on."""
        if self.contains(moment):
            return moment.astimezone(UTC)
        # Minute by minute: where the clocks change, a window can be missing, open late, or open twice.
        minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
        return next(later for ahead in range(1, _AHEAD) if self.contains(later := minute + timedelta(minutes=ahead)))


def parse_window(declared: Any, where: str) -> SwitchWindow:
    """The declared window, with its defaults. Raises WishRefused with every reason."""
    if declared is None:
        return SwitchWindow()
    if not isinstance(declared, Mapping):
        refuse([say("window_no_mapping", where, type=type(declared).__name__)])
    reasons: list[Reason] = [
        say("window_unfit", where, option=str(key), value="an option", expected=", ".join(KEYS))
        for key in declared
        if key not in KEYS
    ]
    plain = SwitchWindow()
    window = SwitchWindow(
        days=_days(reasons, declared.get("days"), where) or plain.days,
        start=_time(reasons, "from", declared.get("from"), where) or plain.start,
        end=_time(reasons, "to", declared.get("to"), where) or plain.end,
        zone=_zone(reasons, declared.get("time_zone"), where) or plain.zone,
    )
    if not reasons and window.start >= window.end:
        reasons.append(
            say("window_unfit", where, option="to", value=str(window.end), expected=f"a time after {window.start}")
        )
    refuse(reasons)
    return window


def _days(reasons: list[Reason], value: Any, where: str) -> frozenset[int] | None:
    if value is None:
        return None
    names = [str(each).strip().lower() for each in (value if isinstance(value, list) else [value])]
    if not names or any(name not in DAYS for name in names):
        reasons.append(say("window_unfit", where, option="days", value=repr(value), expected=", ".join(DAYS)))
        return None
    return frozenset(DAYS.index(name) for name in names)


def _time(reasons: list[Reason], option: str, value: Any, where: str) -> time | None:
    """A time of day; YAML turns 16:00 without quotes into the number 960 (and never into one below 60)."""
    if value is None:
        return None
    number = isinstance(value, int) and not isinstance(value, bool) and value >= 60
    text = f"{value // 60}:{value % 60:02}" if number else value
    try:
        hours, minutes = _TIME.fullmatch(text.strip()).groups()  # type: ignore[union-attr]
        return time(int(hours), int(minutes))
    except (AttributeError, ValueError):
        expected = "a time such as 07:00"
        reasons.append(say("window_unfit", where, option=option, value=repr(value), expected=expected))
        return None


def _zone(reasons: list[Reason], value: Any, where: str) -> ZoneInfo | None:
    zone = time_zone(value)
    if zone is None and value is not None:
        reasons.append(say("time_zone_unknown", where, value=repr(value)))
    return zone
