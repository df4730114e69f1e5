"""The clock of a simulated host: the real time, or one that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TIME_ZONE = "W. Europe Standard Time"


class Clock:
    """``fixed`` is an ISO 8601 time with its zone (``2026-11-24T20:39:36Z``), or None for the real time."""

    def __init__(self, fixed: str | None = None) -> None:
        self._fixed = None if fixed is None else _parse(fixed)

    def now(self) -> datetime:
        """The host's time in UTC."""
        return datetime.now(UTC) if self._fixed is None else self._fixed

    def facts(self) -> dict[str, object]:
        """Time, zone and offset as the agent tells them."""
        now = self.now()
        offset = 120 if _is_summer(now) else 60
        return {"Utc": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "TimeZone": TIME_ZONE, "UtcOffsetMinutes": offset}


def _parse(fixed: str) -> datetime:
    moment = datetime.fromisoformat(fixed)
    if moment.tzinfo is None:
        raise ValueError(f"clock: {fixed!r} has no time zone; write it like 2026-11-24T20:39:36Z")
    return moment.astimezone(UTC)


def _is_summer(now: datetime) -> bool:
    """European summer time: from the last Sunday of March to that of October, at one o'clock UTC."""
    return _last_sunday(now.year, 3) <= now < _last_sunday(now.year, 10)


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
