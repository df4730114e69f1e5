"""How many mails each account has sent within the last hour."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)


class Allowance:
    """A sliding hour for every account; safe to use from several threads. Fast with tens of thousands in an hour."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, deque[datetime]] = defaultdict(deque)

    def take(self, account: str, limit: int, now: datetime, attempts_count: bool) -> bool:
        """Count one mail of the account; whether it is within the limit.

        Where attempts count, so does one that is refused: whoever goes on trying stays over the limit.
        """
        with self._lock:
            used = self._recent(account, now)
            allowed = len(used) < limit
            if allowed or attempts_count:
                used.append(now)
            return allowed

    def give_back(self, account: str, taken: datetime) -> None:
        """A mail that was counted has not been sent after all."""
        with self._lock:
            if taken in self._used[account]:
                self._used[account].remove(taken)

    def used(self, account: str, now: datetime) -> int:
        """How many count against the account now."""
        with self._lock:
            return len(self._recent(account, now))

    def _recent(self, account: str, now: datetime) -> deque[datetime]:
        """Oldest first. Where a clock was set back, what seems to come is kept, as before."""
        used, over = self._used[account], now - HOUR
        while used and used[0] <= over:
            used.popleft()
        return used
