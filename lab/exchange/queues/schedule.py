"""What happens when: events by their time, and those of the same time in the order in which they were planned."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

Event = tuple[datetime, int, Callable[[Any], Any], Any]


class Schedule:
    """Not thread-safe: the engine holds the lock. Nothing is taken back: an event looks whether it still counts."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._numbers = itertools.count()

    def at(self, moment: datetime, action: Callable[[Any], Any], thing: Any) -> None:
        """Plan ``action(thing)``."""
        heapq.heappush(self._events, (moment, next(self._numbers), action, thing))

    @property
    def first(self) -> datetime | None:
        """When the next event is due."""
        return self._events[0][0] if self._events else None

    def take(self) -> tuple[Callable[[Any], Any], Any]:
        """The next event, due or not."""
        _, _, action, thing = heapq.heappop(self._events)
        return action, thing
