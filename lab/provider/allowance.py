"""How many mails each account has sent within the last hour."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)


class Allowance:
    """A sliding hour for every account; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, list[datetime]] = defaultdict(list)

    def take(self, account: str, limit: int, now: datetime, attempts_count: bool) -> bool:
        """Count one mail of the account; whether it is within the limit.

        Where attempts count, so does one that is refused: whoever goes on trying stays over the limit.
        """
        with self._lock:
            self._forget_old(account, now)
            allowed = len(self._used[account]) < limit
            if allowed or attempts_count:
                self._used[account].append(now)
            return allowed

    def give_back(self, account: str, taken: datetime) -> None:
        """A mail that was counted has not been sent after all."""
        with self._lock:
            if taken in self._used[account]:
                self._used[account].remove(taken)

    def used(self, account: str, now: datetime) -> int:
        """How many count against the account now."""
        with self._lock:
            self._forget_old(account, now)
            return len(self._used[account])

    def _forget_old(self, account: str, now: datetime) -> None:
        self._used[account] = [moment for moment in self._used[account] if now - moment < HOUR]
