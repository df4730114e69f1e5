"""The accounts file as text: a byte order mark, lines with their own ends, blocks that end at a line ``-``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

_BOMS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_ENDS: Final = re.compile("(\r\n|\r|\n)")


@dataclass(frozen=True)
class Line:
    """One line and what ends it; the last of a file may end in nothing."""

    text: str
    end: str

    @property
    def key(self) -> str | None:
        """What stands before the first colon; None without one."""
        key, colon, _ = self.text.partition(":")
        return key if colon else None

    @property
    def value(self) -> str:
        """Everything behind the first colon."""
        return self.text.partition(":")[2]


@dataclass(frozen=True)
class Document:
    """A file of lines in one encoding. Bytes that are no text of it are lost in it (``errors="replace"``)."""

    codec: str
    bom: bytes
    lines: tuple[Line, ...]

    @classmethod
    def read(cls, data: bytes) -> Document:
        """As .NET's StreamReader would: by its byte order mark, else as UTF-8."""
        bom, codec = find_bom(data)
        return cls(codec or "utf-8", bom, tuple(split_lines(data[len(bom) :].decode(codec or "utf-8", "replace"))))

    def encode(self) -> bytes:
        """The file's bytes."""
        return self.bom + "".join(line.text + line.end for line in self.lines).encode(self.codec)

    def blocks(self) -> list[range]:
        """The lines of each block, its ``-`` with it; what stands behind the last ``-`` is none."""
        ends = [number for number, line in enumerate(self.lines) if line.text == "-"]
        return [range(first, end + 1) for first, end in zip([0, *(end + 1 for end in ends)], ends, strict=False)]

    def with_value(self, number: int, value: str) -> Document:
        """The same with another value behind the colon of one line."""
        line = self.lines[number]
        return self._with(number, number + 1, [Line(f"{line.key}:{value}", line.end)])

    def without(self, first: int, after: int) -> Document:
        """The same without these lines."""
        return self._with(first, after, [])

    def inserted(self, at: int, texts: Sequence[str], end: str) -> Document:
        """The same with lines before line ``at``; a line before them that ended in nothing gets an end."""
        document = self
        if 0 < at == len(self.lines) and not self.lines[-1].end:
            document = self._with(at - 1, at, [Line(self.lines[-1].text, end)])
        return document._with(at, at, [Line(text, end) for text in texts])

    def unended(self) -> Document:
        """The same with a last line that ends in nothing."""
        if not self.lines:
            return self
        return self._with(len(self.lines) - 1, len(self.lines), [Line(self.lines[-1].text, "")])

    def _with(self, first: int, after: int, lines: Sequence[Line]) -> Document:
        return replace(self, lines=(*self.lines[:first], *lines, *self.lines[after:]))


def find_bom(data: bytes) -> tuple[bytes, str | None]:
    """The byte order mark that the file begins with and its codec; nothing and None without one."""
    return next(((bom, codec) for bom, codec in _BOMS if data.startswith(bom)), (b"", None))


def split_lines(text: str) -> Iterator[Line]:
    """The lines of a text, which end at CRLF, LF or CR and at nothing else."""
    pieces = _ENDS.split(text)
    for start in range(0, len(pieces) - 1, 2):
        yield Line(pieces[start], pieces[start + 1])
    if pieces[-1]:
        yield Line(pieces[-1], "")
