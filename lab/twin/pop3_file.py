"""``pop3records.dat`` as the agent reads it: every character has its place in the bytes, and secrets are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lab.pop3 import Pop3Host, places
from lab.pop3.document import Line, find_bom, split_lines
from lab.pop3.files import HostFile
from lab.twin.agent import Given, Refusal
from lab.twin.files import file_of

_SECRET: Final = ("Password", "Entropy")
_UNITS: Final = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}


@dataclass(frozen=True)
class TextLine(Line):
    """A line with where it begins in bytes, and the number of the block (0-based) it is in."""

    offset: int
    block: int


@dataclass(frozen=True)
class Secret:
    """A line whose value is never said: where the value lies in bytes. ``entropy``: index of the last Entropy above."""

    key: str
    offset: int
    length: int
    value: str
    block: int
    entropy: int | None


def path_of(given: Given) -> str:
    """The accounts file. Raises Refusal for what is no path."""
    return file_of(given, "Path", places.ACCOUNTS)


def backups(pop3: Pop3Host, path: str) -> list[HostFile]:
    """The backups beside the file, oldest first: their names tell when."""
    folder, name = places.split(path)
    pattern = re.compile(re.escape(name) + r"\..*\.bak", re.IGNORECASE)
    found = [file for file in pop3.files.in_folder(folder) if pattern.fullmatch(file.name)]
    return sorted(found, key=lambda file: file.name)


class RecordsText:
    """The file in its own encoding; without a byte order mark each byte is one character. Raises Refusal."""

    def __init__(self, data: bytes) -> None:
        bom, codec = find_bom(data)
        self.data = data
        self.codec = codec or "latin-1"
        self.lines = tuple(self._place(len(bom), self._decode(data[len(bom) :])))
        self.secrets = tuple(self._find_secrets())
        self._in_words = "utf-8" if codec is None and _is_utf8(data) else None

    @property
    def unit(self) -> int:
        """Bytes of a unit of the encoding."""
        return _UNITS.get(self.codec, 1)

    @property
    def masked(self) -> bytes:
        """The same bytes with an ``x`` for every unit of every secret; one with NULs in it begins with one."""
        shown = bytearray(self.data)
        for secret in self.secrets:
            shown[secret.offset : secret.offset + secret.length] = "x".encode(self.codec) * (secret.length // self.unit)
            if "\0" in secret.value:
                shown[secret.offset : secret.offset + self.unit] = bytes(self.unit)
        return bytes(shown)

    def value_at(self, place: object) -> str:
        """The text of a place in the file. Raises Refusal for what is none."""
        offset, length = (place.get(key) if isinstance(place, dict) else None for key in ("Offset", "Length"))
        if not isinstance(offset, int) or not isinstance(length, int) or not 0 <= offset <= len(self.data) - length:
            raise Refusal("parameter_unreadable", "A place in the file has no Offset or no Length.")
        return self.data[offset : offset + length].decode(self.codec)

    def encode(self, text: str) -> bytes:
        """A text as it stands in this file."""
        return text.encode(self.codec)

    def words(self, value: str) -> str:
        """A value as people read it: bytes without a byte order mark are UTF-8 where the whole file is."""
        return value.encode("latin-1").decode("utf-8") if self._in_words else value

    def length(self, value: str) -> int:
        """In characters as .NET counts them; without a byte order mark, where nothing says what one is, in bytes."""
        return len(value) if self.codec.startswith("utf-32") else len(value.encode("utf-16-le")) // 2

    def usernames(self) -> dict[int, str]:
        """The user name of each block that has one, by the block's number; the last line counts."""
        return {line.block: self.words(line.value) for line in self.lines if line.key == "Username"}

    def _decode(self, rest: bytes) -> str:
        try:
            return rest.decode(self.codec)
        except UnicodeDecodeError:
            raise Refusal("pop3_file_unreadable", f"The file is no {self.codec.upper()} text.") from None

    def _place(self, offset: int, text: str) -> Iterator[TextLine]:
        block = 0
        for line in split_lines(text):
            yield TextLine(line.text, line.end, offset, block)
            offset += len(self.encode(line.text + line.end))
            block += line.text == "-"

    def _find_secrets(self) -> Iterator[Secret]:
        entropy = None
        found = (line for line in self.lines if line.key in _SECRET)
        for index, line in enumerate(found):
            key = str(line.key)
            start = line.offset + len(self.encode(f"{key}:"))
            above = entropy if key == "Password" else None
            yield Secret(key, start, len(self.encode(line.value)), line.value, line.block, above)
            entropy = index if key == "Entropy" else entropy


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
