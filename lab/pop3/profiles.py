"""The assumed forms of ``pop3records.dat``, read from ``profiles.yml``."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ENCODINGS: Final = {
    "utf-8": ("utf-8", b""),
    "utf-8-bom": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16-le-bom": ("utf-16-le", b"\xff\xfe"),
}
_LINE_ENDS: Final = {"crlf": "\r\n", "lf": "\n"}
_FIELD: Final = re.compile(r"([^:]+):\{(\w+)\}")
_MAILBOXES: Final = uuid.UUID("5b0b6c6e-7d0a-4d57-9f0e-3a1f0c2b9d11")


@dataclass(frozen=True)
class FileProfile:
    """One assumed form. ``keys`` tells by option which key of an account's block holds it."""

    name: str
    codec: str
    bom: bytes
    line_end: str
    last_line_end: bool
    head: tuple[str, ...]
    account: tuple[str, ...]
    tail: tuple[str, ...]
    mailbox_form: str
    ssl: Mapping[bool, str]
    logon: Mapping[str, str]
    elsewhere: frozenset[str]
    runtime: str
    keys: Mapping[str, str]

    @property
    def entropy_per_record(self) -> bool:
        """Whether each account has an entropy of its own."""
        return "entropy" in self.keys

    @property
    def open_head(self) -> tuple[str, ...]:
        """The lines of the head that no ``-`` divides from the first account."""
        ended = [number for number, line in enumerate(self.head, 1) if line == "-"]
        return self.head[max(ended, default=0) :]

    def write_value(self, option: str, value: Any) -> str:
        """An option's value as the file has it. Raises KeyError for one that has no form."""
        if option == "ssl":
            return self.ssl[bool(value)]
        if option == "logon":
            return self.logon[str(value)]
        if option == "mailbox" and self.mailbox_form == "guid":
            return mailbox_guid(str(value))
        return str(value)

    def read_value(self, option: str, written: str) -> Any:
        """The value that the file's text stands for; None where it stands for none. A target stays as written."""
        if option == "ssl":
            return next((value for value, form in self.ssl.items() if form == written), None)
        if option == "logon":
            return next((value for value, form in self.logon.items() if form == written), None)
        return written


def mailbox_guid(address: str) -> str:
    """The GUID of a simulated mailbox: always the same for one address, whatever its capitals."""
    return str(uuid.uuid5(_MAILBOXES, address.lower()))


def _read(name: str, data: Mapping[str, Any]) -> FileProfile:
    codec, bom = ENCODINGS[data["encoding"]]
    fields = (_FIELD.fullmatch(line) for line in data["account"])
    return FileProfile(
        name,
        codec,
        bom,
        _LINE_ENDS[data["line_end"]],
        data["last_line_end"],
        tuple(data["head"]),
        tuple(data["account"]),
        tuple(data["tail"]),
        data["mailbox"],
        data["ssl"],
        data["logon"],
        frozenset(data["elsewhere"]),
        data["runtime"],
        {found[2]: found[1] for found in fields if found},
    )


def _load() -> dict[str, FileProfile]:
    data = yaml.safe_load(Path(__file__).with_name("profiles.yml").read_text(encoding="utf-8"))
    return {name: _read(name, entry) for name, entry in data.items()}


FILE_PROFILES: Final = _load()
"""Every assumed form by its name."""
