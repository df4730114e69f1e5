"""Who logged in at a simulated provider, what it has accepted and refused; never a password, never what a mail says."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Accepted:
    """One mail that was taken: its envelope, its size in bytes, who had logged in, over TLS or not."""

    at: datetime
    login: str
    sender: str
    recipients: tuple[str, ...]
    size: int
    tls: bool


@dataclass(frozen=True)
class Refused:
    """One answer that was a refusal. ``login`` is a mailbox of the provider, or None before a login."""

    at: datetime
    stage: str
    reply: str
    login: str | None
    sender: str | None = None
    recipient: str | None = None


@dataclass(frozen=True)
class LoggedIn:
    """One login that was taken, over TLS or not."""

    at: datetime
    login: str
    tls: bool


class Records:
    """Oldest first; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logins: list[LoggedIn] = []
        self._accepted: list[Accepted] = []
        self._refused: list[Refused] = []

    def add(self, record: LoggedIn | Accepted | Refused) -> None:
        """Keep one."""
        with self._lock:
            if isinstance(record, LoggedIn):
                self._logins.append(record)
            elif isinstance(record, Accepted):
                self._accepted.append(record)
            else:
                self._refused.append(record)

    @property
    def logins(self) -> list[LoggedIn]:
        """All logins that were taken."""
        with self._lock:
            return list(self._logins)

    @property
    def accepted(self) -> list[Accepted]:
        """All mails that were taken."""
        with self._lock:
            return list(self._accepted)

    @property
    def refused(self) -> list[Refused]:
        """All refusals."""
        with self._lock:
            return list(self._refused)

    def dump(self) -> dict[str, Any]:
        """All lists, JSON-able."""
        return {
            "logins": [_plain(one) for one in self.logins],
            "accepted": [_plain(one) for one in self.accepted],
            "refused": [_plain(one) for one in self.refused],
        }


def _plain(record: LoggedIn | Accepted | Refused) -> dict[str, Any]:
    data = asdict(record)
    return data | {"at": record.at.isoformat()} | ({"recipients": list(data["recipients"])} if "size" in data else {})
