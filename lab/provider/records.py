"""Who logged in at a simulated provider, what it has accepted and refused; never a password, never what a mail says."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

_KEPT: Final = 10_000  # refusals; a snowball makes as many in an hour


@dataclass(frozen=True)
class Accepted:
    """One mail that was taken: its envelope, its size in bytes, who had logged in, over TLS or not, its Message-ID."""

    at: datetime
    login: str
    sender: str
    recipients: tuple[str, ...]
    size: int
    tls: bool
    message_id: str | None = None


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


@dataclass(frozen=True)
class Pop3Login:
    """One attempt to log in by POP3. ``login``: a mailbox of the provider; ``result``: ``taken`` or the reply."""

    at: datetime
    login: str | None
    tls: bool
    result: str


@dataclass(frozen=True)
class Handled:
    """A message that a POP3 session has ``fetched`` whole or, at its end, ``deleted``; ``size`` in octets."""

    at: datetime
    login: str
    what: str
    uid: str
    subject: str
    size: int


@dataclass(frozen=True)
class Forwarded:
    """Where a mail went that was taken.

    ``way`` is ``mailbox`` (one of the provider's own), ``host`` (one of the lab's, by its MX), ``deferred`` or
    ``bounced``; ``to`` that mailbox or the host's address, ``reply`` what the host said.
    """

    at: datetime
    sender: str
    recipient: str
    way: str
    to: str | None
    reply: str | None


Record = LoggedIn | Accepted | Refused | Pop3Login | Handled | Forwarded


class Records:
    """Oldest first; safe to use from several threads. Of refusals the newest 10,000 are kept, and how many there were.

    ``attempts`` counts the recipients of which the rate was asked, ``throttled`` those that were over it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Record] = []
        self._refused: deque[Refused] = deque(maxlen=_KEPT)
        self._taken = 0
        self._refusals = 0
        self.attempts = 0
        self.throttled = 0

    def add(self, record: Record) -> None:
        """Keep one."""
        with self._lock:
            if isinstance(record, Refused):
                self._refusals += 1
                self._refused.append(record)
            else:
                self._taken += isinstance(record, Accepted)
                self._all.append(record)

    def judged(self, allowed: bool) -> None:
        """Count a recipient of which the rate was asked."""
        with self._lock:
            self.attempts += 1
            self.throttled += not allowed

    @property
    def logins(self) -> list[LoggedIn]:
        """All logins by SMTP that were taken."""
        return [record for record in self._copy() if isinstance(record, LoggedIn)]

    @property
    def accepted(self) -> list[Accepted]:
        """All mails that were taken."""
        return [record for record in self._copy() if isinstance(record, Accepted)]

    @property
    def refused(self) -> list[Refused]:
        """The newest refusals by SMTP, and of what the setting ``pop3_stages`` made POP3 refuse."""
        with self._lock:
            return list(self._refused)

    @property
    def pop3_logins(self) -> list[Pop3Login]:
        """All attempts to log in by POP3."""
        return [record for record in self._copy() if isinstance(record, Pop3Login)]

    @property
    def pop3_messages(self) -> list[Handled]:
        """All that was fetched and deleted by POP3."""
        return [record for record in self._copy() if isinstance(record, Handled)]

    @property
    def forwarded(self) -> list[Forwarded]:
        """All mails that went into a mailbox or to a host of the lab."""
        return [record for record in self._copy() if isinstance(record, Forwarded)]

    def _copy(self) -> list[Record]:
        with self._lock:
            return list(self._all)

    def counts(self) -> dict[str, int]:
        """How many mails were taken, answers refusals, recipients asked of the rate and over it."""
        with self._lock:
            taken, tried = self._taken, {"attempts": self.attempts, "throttled": self.throttled}
            return {"accepted": taken, "refused": self._refusals, **tried}

    def dump(self) -> dict[str, Any]:
        """All lists, JSON-able."""
        return {
            "logins": [_plain(one) for one in self.logins],
            "accepted": [_plain(one) for one in self.accepted],
            "refused": [_plain(one) for one in self.refused],
            "pop3_logins": [_plain(one) for one in self.pop3_logins],
            "pop3_messages": [_plain(one) for one in self.pop3_messages],
            "forwarded": [_plain(one) for one in self.forwarded],
            "counts": self.counts(),
        }


def _plain(record: Record) -> dict[str, Any]:
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(record).items()}
    return plain | {"at": record.at.isoformat()}
