# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``pop3records.dat`` as bytes, lines and blocks, without losing any: what is publicly known of the format, no more.

Text lines ``Key:value``; a record ends at a line that is exactly ``-``; ``Pop3Account:`` and ``SmtpServer:`` mark its
kind. All else (other keys, other blocks, what stands before the first record and after the last) is opaque and kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import HostRefused
from ..messages import reason_of

ACCOUNT, SMTP_SERVER = "Pop3Account", "SmtpServer"
SERVER, PORT, USERNAME, PASSWORD, ENTROPY = "Server", "Port", "Username", "Password", "Entropy"
_KEYS = frozenset({ACCOUNT, SMTP_SERVER, SERVER, PORT, USERNAME, PASSWORD, ENTROPY})
END = "-"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_BOMS = (
    # Longest first: UTF-32LE begins as UTF-16LE does.
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True)
class Encoding:
    """How the file's characters are bytes. ``evident``: whether the file itself shows it, by its byte order mark or a
    character beyond ASCII; where it does not, no such character may be written."""

    name: str
    bom: bytes
    evident: bool

    def encode(self, text: str) -> bytes:
        """The text's bytes. Raises UnicodeEncodeError where the encoding lacks a character, or is not evident."""
        return text.encode(self.name if self.evident else "ascii")


@dataclass(frozen=True)
class Line:
    """One line: its text and its own line end, and where it stands in the file's bytes.

    ``key`` is the text up to the first colon (None without one). ``value_offset`` and ``value_length`` (bytes) are the
    value without the blanks around it, so that a change keeps them.
    """

    text: str
    end: str
    offset: int
    length: int
    key: str | None = None
    value: str = ""
    value_offset: int = 0
    value_length: int = 0

    @property
    def after(self) -> int:
        """The offset behind the line."""
        return self.offset + self.length


@dataclass(frozen=True)
class Block:
    """The lines of one record with its ``-`` line; ``index`` counts the blocks of the file from 0.

    ``begin`` is the number of its first line that is its own. The first record of a file may have the file's head
    before it, and None where it cannot be told where that ends.
    """

    index: int
    lines: tuple[Line, ...]
    begin: int | None = 0

    @cached_property
    def kind(self) -> str | None:
        """ACCOUNT or SMTP_SERVER; None for any other block, and for one that claims to be both."""
        kinds = {line.key for line in self.lines} & {ACCOUNT, SMTP_SERVER}
        return kinds.pop() if len(kinds) == 1 else None

    @property
    def own_lines(self) -> tuple[Line, ...]:
        """The lines of the record itself; none where its begin is not known."""
        return () if self.begin is None else self.lines[self.begin :]

    def lines_of(self, key: str) -> list[Line]:
        """The lines with that key."""
        return [line for line in self.lines if line.key == key]

    def line(self, key: str) -> Line | None:
        """The one line with that key; None where there is none, or more than one."""
        found = self.lines_of(key)
        return found[0] if len(found) == 1 else None

    @property
    def offset(self) -> int:
        """Where the block begins in the file, its head included."""
        return self.lines[0].offset

    @property
    def after(self) -> int:
        """The offset behind the block."""
        return self.lines[-1].after


@dataclass(frozen=True)
class Records:
    """The whole file: blocks ended by a line ``-``, and the lines after the last of them."""

    encoding: Encoding
    blocks: tuple[Block, ...]
    rest: tuple[Line, ...]

    @property
    def accounts(self) -> tuple[Block, ...]:
        """The blocks of kind ACCOUNT, in their order."""
        return tuple(block for block in self.blocks if block.kind == ACCOUNT)

    @property
    def cut(self) -> bool:
        """Whether the file ends within a record."""
        return any(line.key in (ACCOUNT, SMTP_SERVER, SERVER, USERNAME, PASSWORD) for line in self.rest)

    @property
    def damage(self) -> str | None:
        """Why these bytes cannot be what the connector has written; None where they can be. An unknown line is none."""
        texts = [line.text for line in self.all_lines]
        if any("\0" in text for text in texts):
            return "pop3_damage_nul"
        if self.encoding.name == "latin-1" and any(_CONTROL.search(text) for text in texts):
            return "pop3_damage_bytes"
        known = any(line.text == END or line.key in _KEYS for line in self.all_lines)
        return None if known or not any(text.strip() for text in texts) else "pop3_damage_lines"

    @property
    def all_lines(self) -> Iterator[Line]:
        """Every line of the file."""
        for block in self.blocks:
            yield from block.lines
        yield from self.rest

    def render(self) -> bytes:
        """The file's bytes again."""
        text = "".join(line.text + line.end for line in self.all_lines)
        return self.encoding.bom + text.encode(self.encoding.name)


def parse(data: bytes, where: str) -> Records:
    """The file of these bytes. Raises HostRefused for bytes that could not be written again as they are."""
    encoding, text = _decoded(data, where)
    lines = _lines(text, encoding)
    blocks, rest = _blocks(lines)
    records = Records(encoding, _with_begin(blocks), rest)
    if records.render() != data:
        raise HostRefused(reason_of("pop3_file_unreadable", where, host_says="its bytes cannot be written as they are"))
    return records


def _decoded(data: bytes, where: str) -> tuple[Encoding, str]:
    bom, name = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", ""))
    body = data[len(bom) :]
    try:
        if name:
            return Encoding(name, bom, True), body.decode(name)
    except UnicodeDecodeError as error:
        raise HostRefused(reason_of("pop3_file_unreadable", where, host_says=f"no {name}: {error.reason}")) from error
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Encoding("latin-1", b"", True), body.decode("latin-1")
    return Encoding("utf-8", b"", not text.isascii()), text


def _lines(text: str, encoding: Encoding) -> list[Line]:
    """The text's lines, ended by CRLF, LF or CR and nothing else (``str.splitlines`` knows a dozen more)."""
    lines = []
    offset = len(encoding.bom)
    for match in _LINE.finditer(text):
        if match[0]:
            line = _line(match[1], match[2], offset, encoding.name)
            lines.append(line)
            offset = line.after
    return lines


def _line(text: str, end: str, offset: int, encoding: str) -> Line:
    length = len((text + end).encode(encoding))
    key, colon, rest = text.partition(":")
    if not colon:
        return Line(text, end, offset, length)
    value = rest.strip(" \t")
    blanks = rest[: len(rest) - len(rest.lstrip(" \t"))]
    before = offset + len((key + colon + blanks).encode(encoding))
    return Line(text, end, offset, length, key, value, before, len(value.encode(encoding)))


def _blocks(lines: Sequence[Line]) -> tuple[list[Block], tuple[Line, ...]]:
    blocks: list[Block] = []
    open_lines: list[Line] = []
    for line in lines:
        open_lines.append(line)
        if line.text == END:
            blocks.append(Block(len(blocks), tuple(open_lines)))
            open_lines = []
    return blocks, tuple(open_lines)


def _with_begin(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Tell the file's head, which may stand before its first record, from that record. A record may have lines before
    its marker too, so the other records of its kind say how many. Where there is none, all before the marker is the
    head if it is entropy alone."""
    first = next((block for block in blocks if block.kind), None)
    if first is None:
        return tuple(blocks)
    before = _before_marker(first)
    others = {tuple(_before_marker(each)) for each in blocks[first.index + 1 :] if each.kind == first.kind}
    marker = next(at for at, line in enumerate(first.lines) if line.key == first.kind)
    if others:
        keys = list(others.pop())
        fits = not others and before[len(before) - len(keys) :] == keys
        begin = marker - len(keys) if fits else None
    else:
        begin = marker if all(key in (ENTROPY, "") for key in before) else None
    told = Block(first.index, first.lines, begin)
    return (*blocks[: first.index], told, *blocks[first.index + 1 :])


def _before_marker(block: Block) -> list[str]:
    """The keys of the lines before a record's marker; of a line without a key, its text. Blank lines at the beginning
    only keep records apart."""
    keys = [line.text if line.key is None else line.key for line in block.lines]
    keys = keys[: next(at for at, key in enumerate(keys) if key == block.kind)]
    return keys[next((at for at, key in enumerate(keys) if key.strip()), len(keys)) :]
