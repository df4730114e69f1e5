"""The clock of a simulated host: the real time, one that runs faster, or one that stands still."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

TIME_ZONE = "W. Europe Standard Time"
_KEYS = {"factor", "hours_ago", "start"}


class Clock:
    """A clock that several hosts and a provider may share; safe to use from several threads.

    ``fixed`` is an ISO 8601 time with its zone (``2026-11-24T20:39:36Z``) at which it stands still, None for one that
    runs: ``factor`` times as fast as the real one, and from ``start`` on (None: from now).
    """

    def __init__(self, fixed: str | None = None, factor: float = 1.0, start: datetime | None = None) -> None:
        self._factor = factor if fixed is None else 0.0
        self._lock = threading.Lock()
        real = datetime.now(UTC)
        self._anchor = (start or real if fixed is None else _parse(fixed), real)

    @classmethod
    def of(cls, wish: object) -> Clock:
        """What a state's key ``clock`` says: null, a fixed time, or ``{factor, start, hours_ago}``; else ValueError."""
        if wish is None or isinstance(wish, str):
            return cls(wish)
        if not isinstance(wish, Mapping) or set(wish) - _KEYS or {"start", "hours_ago"} <= set(wish):
            raise ValueError("clock: null, a time, or {factor: N} with start: TIME or hours_ago: H is expected")
        return cls(None, _number(wish, "factor", 1.0), _start(wish))

    @property
    def factor(self) -> float:
        """How many seconds pass here in a real one; 0 where it stands still."""
        return self._factor

    def now(self) -> datetime:
        """The time in UTC."""
        moment, real = self._anchor
        return moment if not self._factor else moment + (datetime.now(UTC) - real) * self._factor

    def advance_to(self, moment: datetime) -> None:
        """Jump forwards; to a moment that is over it does not go."""
        with self._lock:
            if moment > self.now():
                self._anchor = (moment, datetime.now(UTC))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stand still but for jumps; afterwards it runs on from where it is."""
        with self._lock:
            factor, self._anchor, self._factor = self._factor, (self.now(), datetime.now(UTC)), 0.0
        try:
            yield
        finally:
            with self._lock:
                self._anchor, self._factor = (self._anchor[0], datetime.now(UTC)), factor

    def as_data(self) -> dict[str, Any]:
        """Time and factor, JSON-able."""
        return {"now": self.now().isoformat(), "factor": self._factor}

    def facts(self) -> dict[str, object]:
        """Time, zone and offset as the agent tells them."""
        now = self.now()
        offset = 120 if _is_summer(now) else 60
        return {"Utc": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "TimeZone": TIME_ZONE, "UtcOffsetMinutes": offset}


def _start(wish: Mapping[str, object]) -> datetime | None:
    if "hours_ago" in wish:
        return datetime.now(UTC) - timedelta(hours=_number(wish, "hours_ago", 0.0))
    return _parse(str(wish["start"])) if "start" in wish else None


def _number(wish: Mapping[str, object], key: str, otherwise: float) -> float:
    value = wish.get(key, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"clock: {key}: {value!r} is no number from 0 upwards")
    return float(value)


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
