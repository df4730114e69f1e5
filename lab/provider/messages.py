"""The messages that wait in a simulated mailbox: what a state says of them, and their bytes."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from typing import Any, Final

from lab.provider import values
from lab.provider.values import SettingsError

_SENDER: Final = "kunde@example.com"
UID_LENGTH: Final = 10
_LINE: Final = 72  # octets of a line that only fills, its end counted
_KEYS: Final = ("subject", "from", "to", "size", "body")
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)  # every time has the same length in a header


@dataclass(frozen=True)
class Message:
    """``size``: octets of the whole, None: as many as it has; ``body``: its text, in front of what fills the size."""

    subject: str
    sender: str
    recipient: str
    size: int | None = None
    body: str = ""

    def content(self, uid: str, at: datetime) -> bytes:
        """As POP3 gives it, every line ended by CRLF; ``at`` is when it came."""
        own = self._own(uid, at)
        return own + (b"" if self.size is None else _filler(self.size - len(own)))

    @property
    def octets(self) -> int:
        """The size of ``content``."""
        return self.least if self.size is None else self.size

    def dump(self) -> dict[str, Any]:
        """JSON-able, without what it says."""
        return {"subject": self.subject, "from": self.sender, "to": self.recipient, "size": self.octets}

    @property
    def least(self) -> int:
        """Octets without what fills it up."""
        return len(self._own("0" * UID_LENGTH, _ANY_TIME))

    def _own(self, uid: str, at: datetime) -> bytes:
        lines = [
            f"From: {self.sender}",
            f"To: {self.recipient}",
            f"Subject: {_header(self.subject)}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: <{uid}@provider.lab>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            *(re.split("\r\n|\r|\n", self.body) if self.body else []),
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()


@dataclass(frozen=True)
class KeptMessage:
    """One that came by SMTP, as it came."""

    raw: bytes

    @property
    def octets(self) -> int:
        """Its size."""
        return len(self.raw)

    @property
    def subject(self) -> str:
        """What its header says."""
        return str(self.dump()["subject"])

    def content(self, uid: str, at: datetime) -> bytes:
        """As POP3 gives it."""
        return self.raw

    def dump(self) -> dict[str, Any]:
        """JSON-able, without what it says."""
        headers = email.message_from_bytes(self.raw, policy=email.policy.compat32)
        found = {key.lower(): str(headers.get(key, "")) for key in ("Subject", "From", "To", "Message-ID")}
        return {**found, "size": self.octets}


def read_messages(mailbox: str, value: object) -> tuple[Message, ...]:
    """A number of messages or a list of mappings, each with some of their keys. Raises SettingsError."""
    name = f"mailbox {mailbox!r}: messages"
    if not isinstance(value, list | tuple):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise SettingsError(f"{name}: a number from 0 upwards or a list of mappings is expected")
        value = [{}] * value
    return tuple(_message(f"{name}: {number}", mailbox, number, entry) for number, entry in enumerate(value, 1))


def _message(name: str, mailbox: str, number: int, entry: object) -> Message:
    if not isinstance(entry, Mapping):
        raise SettingsError(f"{name}: a mapping is expected, found {type(entry).__name__}")
    unknown = sorted(map(str, set(entry) - set(_KEYS)))
    if unknown:
        raise SettingsError(f"{name}: unknown keys {unknown}; possible are {sorted(_KEYS)}")
    headers = {"subject": f"Message {number}", "from": _SENDER, "to": mailbox}
    subject, sender, recipient = (_line(f"{name}: {key}", entry.get(key, usual)) for key, usual in headers.items())
    body = entry.get("body", "")
    if not isinstance(body, str):
        raise SettingsError(f"{name}: body: a text is expected")
    size = None if entry.get("size") is None else values.number(f"{name}: size", entry["size"])
    return _sized(name, Message(subject, sender, recipient, size, body))


def _sized(name: str, message: Message) -> Message:
    """A filling line needs its two octets of CRLF."""
    least, size = message.least, message.size
    if size is not None and size != least and size < least + 2:
        raise SettingsError(f"{name}: size: {size} is too small; at least {least + 2} octets, or {least}")
    return message


def _line(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise SettingsError(f"{name}: a text on one line is expected")
    return value


def _header(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=900).encode()


def _filler(octets: int) -> bytes:
    """So many octets of whole lines: 0, or 2 and more."""
    full, rest = divmod(octets, _LINE)
    lengths = [_LINE] * full
    if rest == 1:
        lengths[-1:] = [_LINE - 1, 2]
    elif rest:
        lengths.append(rest)
    return b"".join(b"x" * (length - 2) + b"\r\n" for length in lengths)
