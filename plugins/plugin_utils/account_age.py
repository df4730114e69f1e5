# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is a mailbox old enough to log in at the smarthost? The one place that decides.

Providers throttle young mailboxes: Strato limits how many mails an hour a mailbox may send during its first
14 days (F. Huttenloher, NT4ADMINS, 2013-08-19), Exchange tries what was refused again and again, and soon
nothing leaves any more. So no smarthost login is written before its mailbox is at least FLOOR_DAYS old.
A provider or an inventory can raise that number; nothing can lower it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Container, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .errors import InputRefused, Reason, collect
from .messages import notice_of, reason_of
from .options.kinds import Raw
from .options.option import Option
from .options.spelling import guarded, texts_of
from .options.values import Boolean, time_zone

FLOOR_DAYS = 14
"""Days; the floor for every provider, known or not."""
CEILING_DAYS = 3650
"""Days; a larger minimum is a slip of the keyboard, not a provider's rule."""
DEFAULT_ZONE = "Europe/Berlin"
EARLIEST = date(1984, 8, 3)
"""The day of the first e-mail received in Germany: no mailbox at a provider is older."""
LATEST_YEAR = 9000
"""From which on no moment is meant."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ZONE_LIKE = re.compile(r"[A-Za-z]{1,20}(/[A-Za-z_]{1,20}){1,2}|[A-Z]{1,5}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\s?(Z|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True)
class Mailbox:
    """A provider mailbox that can log in.

    ``created`` is an aware moment (UTC): the latest that the declaration can mean, ``created_earliest`` the earliest.
    ``minimum_age_days`` is in days, FLOOR_DAYS or more. ``zone`` is the provider's time zone.
    """

    address: str
    created: datetime
    minimum_age_days: int = FLOOR_DAYS
    zone: ZoneInfo = ZoneInfo("UTC")
    created_earliest: datetime | None = None
    username: str | None = None

    @property
    def login_name(self) -> str:
        """The name with which the mailbox logs in: its address, unless the provider has another."""
        return self.username or self.address

    @property
    def usable_from(self) -> datetime:
        """The first moment (UTC) at which the mailbox may log in.

        The later of ``minimum_age_days`` times 24 hours and of the same wall-clock time that many days on: in
        the week of a clock change the two differ by an hour, and the provider's reading is not known.
        """
        elapsed = self.created + timedelta(days=self.minimum_age_days)
        local = self.created.astimezone(self.zone).replace(tzinfo=None) + timedelta(days=self.minimum_age_days)
        return max(elapsed, _latest_moment(local, self.zone))

    def usable_at(self, now: datetime) -> bool:
        """Whether the mailbox may log in at ``now`` (aware)."""
        return now >= self.usable_from

    def denies(self, login: datetime) -> bool:
        """Whether it cannot have been there yet when it is said to have logged in."""
        return login < (self.created_earliest or self.created)

    def age_days(self, now: datetime) -> float:
        """The age at ``now`` in days of 24 hours, never negative."""
        return max(0.0, (now - self.created) / timedelta(days=1))

    def days_left(self, now: datetime) -> int:
        """Whole days, rounded up, until the mailbox may log in; 0 when it may."""
        return max(0, math.ceil((self.usable_from - now) / timedelta(days=1)))


@dataclass(frozen=True)
class Login:
    """A mailbox that has passed the gate: the only thing from which a credential is ever built.

    Made by :func:`open_gate` alone.
    """

    mailbox: Mailbox


def open_gate(mailbox: Mailbox, now: datetime, where: str, in_use: Collection[str] = ()) -> Login:
    """Let a mailbox through, or raise InputRefused with the moment from which it may be used.

    ``in_use`` are the logins that the connector has, or had when the run began: what is in use already may stay and
    get another password, since taking it away would stop the mail.
    """
    kept = mailbox.login_name.lower() in {name.lower() for name in in_use}
    if not kept and not mailbox.usable_at(now):
        raise InputRefused(too_young(mailbox, now, where))
    return Login(mailbox)


def too_young(mailbox: Mailbox, now: datetime, where: str) -> Reason:
    """The reason why this mailbox may not log in yet."""
    return reason_of(
        "mailbox_too_young",
        where,
        address=mailbox.address,
        age=f"{math.floor(mailbox.age_days(now) * 10) / 10:.1f}",
        minimum=mailbox.minimum_age_days,
        usable_from=show_moment(mailbox.usable_from, mailbox.zone),
        days_left=mailbox.days_left(now),
    )


def show_moment(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as an administrator reads it, in the provider's zone, rounded up to the minute."""
    rounded = moment + -timedelta(seconds=moment.second, microseconds=moment.microsecond) % timedelta(minutes=1)
    return rounded.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def parse_mailbox(data: Mapping[str, Any], now: datetime, where: str) -> Mailbox:
    """A mailbox from ``{address, created, minimum_age_days, time_zone}``; a ``password`` beside them is not repeated.

    Raises InputRefused with every reason: no address, no or an unreadable ``created``, one in the future or
    before EARLIEST, a minimum below FLOOR_DAYS or no whole number, an unknown time zone.
    """
    reasons: list[Reason] = []
    address = data.get("address")
    if not isinstance(address, str) or not address.strip():
        reasons.append(reason_of("mailbox_without_address", where))
        address = "?"
    secrets = texts_of([data.get("password")])
    zone = collect(reasons, _parse_zone, data.get("time_zone"), where, secrets) or ZoneInfo("UTC")
    minimum = collect(reasons, _parse_minimum, data.get("minimum_age_days"), f"{where}, {address}", secrets)
    span = collect(reasons, _parse_span, data.get("created"), now, zone, f"{where}, {address}", secrets)
    if reasons or span is None or minimum is None:
        raise InputRefused(*reasons)
    earliest, latest = span
    return Mailbox(str(address), latest, minimum, zone, earliest)


class _TrueOrFalse(Boolean):
    """A truth value as YAML has it, and no word for one."""

    def parse(self, value: Any) -> Hashable:
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value


TIME_ZONE = Option(
    "time_zone", Raw("str"), "The provider's time zone, for a V(created) without one; by default V(Europe/Berlin)."
)
RECREATED = Option(
    "recreated",
    _TrueOrFalse(),
    "Confirms that the mailbox was deleted and recreated: its earlier login history no longer counts.",
)
"""Options of every mailbox whose age is judged. What is raw there is read by ``parse_mailbox``."""


def _parse_span(
    value: Any, now: datetime, zone: ZoneInfo, where: str, secrets: Container[str]
) -> tuple[datetime, datetime]:
    """The earliest and the latest moment (UTC) that a declared creation can mean; a mailbox's age counts from the last.

    A plain date is the end of that day in ``zone``, and a time that the clock change makes ambiguous is the
    later one: the strict reading. Raises InputRefused.
    """
    moment = _read_moment(value, zone, _latest_moment)
    if moment is None:
        key = "created_missing" if value in (None, "") else "created_unreadable"
        raise InputRefused(reason_of(key, where, value=guarded(value, secrets)))
    shown = notice_of("hidden_value") if str(value) in secrets else str(value)
    too_long_ago = reason_of("created_too_long_ago", where, value=shown, earliest=str(EARLIEST))
    if moment.year < EARLIEST.year:  # Before any arithmetic, which has no room left in the year 1.
        raise InputRefused(too_long_ago)
    day = moment if isinstance(moment, date) and not isinstance(moment, datetime) else None
    start = moment if isinstance(moment, datetime) else _latest_moment(datetime.combine(moment, time.min), zone)
    if start > now:
        raise InputRefused(reason_of("created_in_future", where, value=shown, now=show_moment(now, zone)))
    if start.astimezone(zone).date() < EARLIEST:
        raise InputRefused(too_long_ago)
    end = start if day is None else _latest_moment(datetime.combine(day + timedelta(days=1), time.min), zone)
    return start, end


def parse_now(value: Any, zone_name: Any, where: str) -> datetime:
    """A moment (UTC) at which to judge: a plain date is the beginning of that day, an ambiguous time the earlier one.

    Both are the strict reading. Raises InputRefused. For filters alone; actions know only the controller's clock.
    """
    zone = _parse_zone(zone_name, where)
    moment = _read_moment(value, zone, _earliest_moment)
    if moment is None or moment.year < EARLIEST.year:
        raise InputRefused(reason_of("now_unreadable", where, type=type(value).__name__))
    return moment if isinstance(moment, datetime) else _earliest_moment(datetime.combine(moment, time.min), zone)


def parse_since(value: Any, zone: ZoneInfo) -> datetime | None:
    """The moment (UTC) from which on something counts: a plain date is the end of that day, an ambiguous time the later
    one, so that nothing is over too early. None for what is none."""
    moment = _read_moment(value, zone, _latest_moment)
    if moment is None or not EARLIEST.year <= moment.year < LATEST_YEAR:
        return None
    if isinstance(moment, datetime):
        return moment
    return _latest_moment(datetime.combine(moment + timedelta(days=1), time.min), zone)


def _read_moment(
    value: Any, zone: ZoneInfo, meaning: Callable[[datetime, ZoneInfo], datetime]
) -> datetime | date | None:
    """A date, an aware moment in UTC, or None where the value is neither; ``meaning`` places a wall-clock time."""
    try:
        if isinstance(value, str) and _DATE.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
        if isinstance(value, str) and _DATE_TIME.fullmatch(value.strip()):
            value = datetime.fromisoformat(value.strip())
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else meaning(value, zone)
    except (ValueError, OverflowError):
        return None
    return date(value.year, value.month, value.day) if isinstance(value, date) else None


def _latest_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The latest moment (UTC) that a wall-clock time in ``zone`` can mean."""
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _earliest_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The earliest moment (UTC) that a wall-clock time in ``zone`` can mean."""
    return min(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _parse_zone(value: Any, where: str, secrets: Container[str] = ()) -> ZoneInfo:
    name = DEFAULT_ZONE if value is None else value
    zone = time_zone(name)
    if zone is None:
        told = isinstance(name, str) and re.fullmatch(_ZONE_LIKE, name) and name not in secrets
        shown = repr(name) if told else notice_of("hidden_value")
        raise InputRefused(reason_of("time_zone_unknown", where, value=shown))
    return zone


def _parse_minimum(value: Any, where: str, secrets: Container[str]) -> int:
    if value is None:
        return FLOOR_DAYS
    number = int(value) if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) > CEILING_DAYS:
        raise InputRefused(
            reason_of("minimum_age_unreadable", where, value=guarded(value, secrets), ceiling=CEILING_DAYS)
        )
    if number < FLOOR_DAYS:
        raise InputRefused(reason_of("minimum_age_below_floor", where, value=number, floor=FLOOR_DAYS))
    return int(number)
