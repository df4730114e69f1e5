"""Writes the accounts file as the SBS console would, by the assumed profile: one option, one account more or less."""

from __future__ import annotations

import base64
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lab.pop3.document import Document
from lab.pop3.dpapi import DataProtection
from lab.pop3.profiles import FileProfile
from lab.pop3.records import Record
from lab.pop3.settings import Pop3Account, Pop3Error

_ENTROPY_BYTES: Final = 20  # assumed
_FIELD: Final = re.compile(r"\{(\w+)\}")
_IDENTITY: Final = {"server": "Server", "port": "Port", "username": "Username"}
# What a tried connector has written where the profile has a value that it changes by itself.
NEVER: Final = "0"


@dataclass(frozen=True)
class Pen:
    """Writes in one profile, with the passwords encrypted on one machine."""

    profile: FileProfile
    dpapi: DataProtection

    def new_file(self, accounts: Sequence[Pop3Account]) -> bytes:
        """A whole file with these accounts. The SmtpServer's own password is random: nothing ever reads it."""
        entropy = _new_entropy()
        values = {"entropy": entropy, "smtp_password": _encrypt(self.dpapi, os.urandom(9).hex(), entropy)}
        lines = [_fill(line, values) for line in (*self.profile.head, *self.profile.tail)]
        document = Document(self.profile.codec, self.profile.bom, ()).inserted(0, lines, self.profile.line_end)
        for account in accounts:
            document = self._added(document, account, entropy)
        return self._ended(document).encode()

    def add(self, data: bytes, account: Pop3Account) -> bytes:
        """The file with one account more, behind the last one."""
        document = Document.read(data)
        return self._ended(self._added(document, account, _last_entropy(document))).encode()

    def set_status(self, data: bytes, moment: str) -> bytes:
        """The file with another value where the profile's connector changes one by itself: always a new one."""
        document, key = Document.read(data), self.profile.keys["status"]
        for block in document.blocks():
            lines = [(number, document.lines[number]) for number in block]
            if any(line.key == "Pop3Account" for _, line in lines):
                for number, line in lines:
                    if line.key == key:
                        document = document.with_value(number, f"{moment}1" if line.value == moment else moment)
        return document.encode()

    def _added(self, document: Document, account: Pop3Account, entropy: str) -> Document:
        """With one account more; ``entropy`` is that of the file, where an account has none of its own."""
        if self.profile.entropy_per_record:
            entropy = _new_entropy()
        values = self._values(account, entropy)
        lines = [_fill(line, values) for line in self.profile.account]
        return document.inserted(len(document.lines) - len(self.profile.tail), lines, self.profile.line_end)

    def set_option(self, data: bytes, record: Record, option: str, value: Any) -> bytes:
        """The file with another value of one option; a password is encrypted anew. Raises Pop3Error."""
        document = Document.read(data)
        key = self.profile.keys.get(option)
        block = document.blocks()[record.number]
        numbers = [number for number in block if document.lines[number].key == key]
        if key is None or not numbers:
            raise Pop3Error(f"console: the block has no line for {option}")
        written = self._write(option, value)
        if option == "password":
            written = _encrypt(self.dpapi, written, record.entropy or "")
        return document.with_value(numbers[-1], written).encode()

    def remove(self, data: bytes, record: Record) -> bytes:
        """The file without one account's block; what the profile writes behind its ``-`` goes with it.

        The head of the file stands in the first block where no ``-`` ends it: it stays.
        """
        document = Document.read(data)
        block = document.blocks()[record.number]
        first = block.start + (len(self.profile.open_head) if record.number == self.profile.head.count("-") else 0)
        behind = self.profile.account[self.profile.account.index("-") + 1 :]
        after = block.stop
        while after < len(document.lines) and after - block.stop < len(behind):
            if document.lines[after].text != behind[after - block.stop]:
                break
            after += 1
        return self._ended(document.without(first, after)).encode()

    def _values(self, account: Pop3Account, entropy: str) -> dict[str, str]:
        values = {option: self._write(option, value) for option, value in account.plain().items()}
        machine = DataProtection() if account.foreign else self.dpapi
        password = _encrypt(machine, account.password, entropy)
        return {**values, "password": password, "entropy": entropy, "id": str(uuid.uuid4()), "status": NEVER}

    def _write(self, option: str, value: Any) -> str:
        try:
            return self.profile.write_value(option, value)
        except KeyError:
            raise Pop3Error(f"console: {option} cannot be {value!r}") from None

    def _ended(self, document: Document) -> Document:
        return document if self.profile.last_line_end else document.unended()


def find_record(records: Sequence[Record], identity: Mapping[str, Any]) -> Record:
    """The one account with this server, port and user name, as far as they are given. Raises Pop3Error."""
    unknown = set(identity) - set(_IDENTITY)
    if unknown or not identity:
        raise Pop3Error(f"console: an account is named by {sorted(_IDENTITY)}, not by {sorted(identity)}")
    wanted = {_IDENTITY[name]: str(value) for name, value in identity.items()}
    found = [record for record in records if wanted.items() <= record.values.items()]
    if len(found) != 1:
        raise Pop3Error(f"console: {len(found)} accounts are {dict(identity)}, exactly one is expected")
    return found[0]


def _fill(line: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: values[found[1]], line)


def _last_entropy(document: Document) -> str:
    return next((line.value for line in reversed(document.lines) if line.key == "Entropy"), "")


def _new_entropy() -> str:
    return base64.b64encode(os.urandom(_ENTROPY_BYTES)).decode("ascii")


def _encrypt(machine: DataProtection, password: str, entropy: str) -> str:
    blob = machine.protect(password.encode("utf-16-le"), base64.b64decode(entropy))
    return base64.b64encode(blob).decode("ascii")
