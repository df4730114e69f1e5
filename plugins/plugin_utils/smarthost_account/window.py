# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a switch may happen by itself: at a time when somebody can look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..account_age import DEFAULT_ZONE
from ..errors import Reason, refuse
from ..messages import reason_of
from ..options.kinds import ListOf, Record
from ..options.option import Option
from ..options.parse import MISFIT, Reader
from ..options.spelling import Spelling, Words
from ..options.values import Choice, Kind, time_zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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


class _TimeOfDay(Kind):
    """A time of day; YAML turns 16:00 without quotes into the number 960 (and never into one below 60)."""

    def parse(self, value: Any) -> time:
        """The time; ValueError with what was expected."""
        number = isinstance(value, int) and not isinstance(value, bool) and 60 <= value < 24 * 60
        text = f"{value // 60}:{value % 60:02}" if number else value
        try:
            hours, minutes = _TIME.fullmatch(text.strip()).groups()  # type: ignore[union-attr]
            return time(int(hours), int(minutes))
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError("a time such as 07:00") from error


class _TimeZone(Reader):
    """A time zone by its name."""

    def read(self, value: Any, at: Spelling, name: str, reasons: list[Reason]) -> Any:
        zone = time_zone(value)
        if zone is None:
            reasons.append(reason_of("time_zone_unknown", at.where, value=at.shown(value)))
        return MISFIT if zone is None else zone


WINDOW = Record(
    Option(
        "days",
        ListOf(Choice(*DAYS), alone=True, least=1),
        "Days of the week in English; by default V(monday) to V(thursday).",
    ),
    Option("from", _TimeOfDay(), "The time of day at which the window starts; by default V(07:00)."),
    Option("to", _TimeOfDay(), "The time of day at which the window ends; by default V(16:00)."),
    Option("time_zone", _TimeZone(), "The site's time zone; by default V(Europe/Berlin)."),
    words=Words(unfit="window_unfit", shape="window_no_mapping"),
)
_FIELDS = {"days": "days", "from": "start", "to": "end", "time_zone": "zone"}


def parse_window(declared: Any, where: str | Spelling) -> SwitchWindow:
    """The declared window, with its defaults. Raises InputRefused with every reason."""
    reasons: list[Reason] = []
    at = Spelling.of(where)
    told = {} if declared is None else WINDOW.read(declared, at, "switch_window", reasons)
    refuse(reasons)
    given: dict[str, Any] = {_FIELDS[name]: value for name, value in told.items()}
    if "days" in given:
        given["days"] = frozenset(map(DAYS.index, given["days"]))
    window = SwitchWindow(**given)
    if window.start >= window.end:
        inside = at.inside("switch_window").where
        refuse(
            [reason_of("window_unfit", inside, option="to", value=window.end, expected=f"a time after {window.start}")]
        )
    return window
