"""The connector's own reading of its file: lenient, key by key, as the one public tool that reads real files does."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from lab.pop3.document import Document
from lab.pop3.dpapi import DataProtection, DataProtectionError
from lab.pop3.profiles import FileProfile

Identity = tuple[str, str, str]
_KINDS: Final = ("Pop3Account", "SmtpServer")
OPTIONS: Final = ("mailbox", "ssl", "logon")


@dataclass(frozen=True)
class Record:
    """One block of the file; ``kind`` None for a block of neither known kind. ``values`` by key, the last one wins."""

    number: int
    kind: str | None
    values: dict[str, str]
    entropy: str | None

    @property
    def identity(self) -> Identity:
        """Server, port and user name."""
        return self.values.get("Server", ""), self.values.get("Port", ""), self.values.get("Username", "")

    def password(self, dpapi: DataProtection) -> str | None:
        """The password in clear, or None where it cannot be read here."""
        blob, entropy = _base64(self.values.get("Password", "")), _base64(self.entropy or "")
        if not blob or not entropy:
            return None
        try:
            return dpapi.unprotect(blob, entropy).decode("utf-16-le")
        except (DataProtectionError, UnicodeDecodeError):
            return None


def read_records(document: Document) -> list[Record]:
    """Every block of the file in order. The entropy of one is the last one above its end."""
    records: list[Record] = []
    entropy = None
    for number, block in enumerate(document.blocks()):
        values: dict[str, str] = {}
        for index in block:
            line = document.lines[index]
            if line.key is not None:
                values[line.key] = line.value
        entropy = values.get("Entropy", entropy)
        kind = next((kind for kind in _KINDS if kind in values), None)
        records.append(Record(number, kind, values, entropy))
    return records


def accounts(data: bytes) -> list[Record]:
    """The account blocks of a file."""
    return [record for record in read_records(Document.read(data)) if record.kind == "Pop3Account"]


def options_of(record: Record, profile: FileProfile, elsewhere: dict[str, Any]) -> dict[str, Any]:
    """Mailbox (as written), SSL and logon type of an account; None what is not understood or not there."""
    found = {}
    for option in OPTIONS:
        key = profile.keys.get(option)
        written = record.values.get(key) if key else elsewhere.get(option)
        found[option] = None if written is None else profile.read_value(option, written)
    return found


def _base64(text: str) -> bytes:
    """As .NET reads it: blanks do not matter, anything else that is no base64 makes it unreadable."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
