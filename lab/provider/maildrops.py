"""The maildrops of a simulated provider: what waits in each mailbox, and who is looking at it.

A state and a change put messages in, and ``lab.provider.postman`` what the SMTP side has taken for one of them.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from lab.provider import texts
from lab.provider.messages import UID_LENGTH, KeptMessage, Message


class NotNow(Exception):
    """A login that is right and yet refused; the message is the reply."""


@dataclass(frozen=True)
class StoredMessage:
    """A message that came at that time. ``uid`` is never given twice by one provider."""

    uid: str
    at: datetime
    message: Message | KeptMessage

    @property
    def octets(self) -> int:
        """Its size."""
        return self.message.octets

    def content(self) -> bytes:
        """As POP3 gives it."""
        return self.message.content(self.uid, self.at)


class Maildrops:
    """By address, whatever its capitals; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._drops: dict[str, list[StoredMessage]] = {}
        self._open: set[str] = set()
        self._last_login: dict[str, datetime] = {}

    def fill(self, address: str, messages: tuple[Message, ...], now: datetime) -> None:
        """Put these messages in the place of whatever was there; a session that is open still sees the old ones."""
        with self._lock:
            self._drops[address.lower()] = [
                StoredMessage(f"{next(self._numbers):0{UID_LENGTH}d}", now, message) for message in messages
            ]

    def add(self, address: str, content: bytes, now: datetime) -> None:
        """One more has come; a session that is open does not see it."""
        with self._lock:
            uid = f"{next(self._numbers):0{UID_LENGTH}d}"
            self._drops.setdefault(address.lower(), []).append(StoredMessage(uid, now, KeptMessage(content)))

    def forget(self, address: str) -> None:
        """The mailbox is gone."""
        with self._lock:
            self._drops.pop(address.lower(), None)
            self._last_login.pop(address.lower(), None)

    def open(self, address: str, now: datetime, pause: timedelta) -> tuple[StoredMessage, ...]:
        """Lock a maildrop (RFC 1939, section 4) and see its messages as they are now.

        Raises NotNow where another session has it, or has logged in less than ``pause`` ago.
        """
        key = address.lower()
        with self._lock:
            if key in self._open:
                raise NotNow(texts.IN_USE)
            last = self._last_login.get(key)
            if last is not None and now - last < pause:
                raise NotNow(texts.TOO_OFTEN)
            self._open.add(key)
            self._last_login[key] = now
            return tuple(self._drops.get(key, ()))

    def close(self, address: str) -> None:
        """Unlock it."""
        with self._lock:
            self._open.discard(address.lower())

    def remove(self, address: str, uids: Set[str]) -> None:
        """Delete these messages, as far as they are still there."""
        with self._lock:
            drop = self._drops.get(address.lower(), [])
            drop[:] = [stored for stored in drop if stored.uid not in uids]

    def waiting(self, address: str) -> tuple[StoredMessage, ...]:
        """The messages that are there now."""
        with self._lock:
            return tuple(self._drops.get(address.lower(), ()))

    def is_open(self, address: str) -> bool:
        """Whether a session has it now."""
        with self._lock:
            return address.lower() in self._open
