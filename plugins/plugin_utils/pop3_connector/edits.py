# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes of an accounts file as edits of its bytes, the only form in which they travel to the host."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import InputRefused
from ..messages import reason_of
from .records import Block, Encoding, Line
from .state import Secret


@dataclass(frozen=True)
class Edit:
    """``length`` bytes at ``offset`` of the planned file become something else. ``content`` is one of the agent's
    forms: ``Data`` (base64), ``Copy`` (a place in the planned file), or ``Password`` with its ``Entropy``."""

    offset: int
    length: int
    content: tuple[tuple[str, Any], ...]

    def as_data(self) -> dict[str, Any]:
        """The edit as the agent takes it."""
        return {"Offset": self.offset, "Length": self.length, **dict(self.content)}


def in_order(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Edits as the agent takes them: ascending, insertions at one place in their order before a replacement there."""
    return [each.as_data() for each in sorted(edits, key=lambda each: (each.offset, each.length > 0))]


def text_edit(offset: int, length: int, text: str, encoding: Encoding, where: str) -> Edit:
    """A text in the file's own encoding. Raises InputRefused where it lacks a character, or which one it is unknown."""
    try:
        data = encoding.encode(text)
    except UnicodeEncodeError as error:
        known = encoding.name if encoding.evident else "not to be seen from its content (ASCII alone)"
        raise InputRefused(reason_of("pop3_text_not_writable", where, text=repr(text), encoding=known)) from error
    return Edit(offset, length, (("Data", base64.b64encode(data).decode("ascii")),))


def value_edit(line: Line, text: str, encoding: Encoding, where: str) -> Edit:
    """Another value in an existing line; the blanks around it stay."""
    return text_edit(line.value_offset, line.value_length, text, encoding, where)


def password_edit(offset: int, length: int, secret: str, entropy: Secret) -> Edit:
    """A password, encrypted on the host with an entropy of the planned file."""
    return Edit(offset, length, (("Password", {"$secret": secret}), ("Entropy", entropy.place)))


def copy_edit(offset: int, begin: int, end: int) -> Edit:
    """Bytes of the planned file once more."""
    return Edit(offset, 0, (("Copy", {"Offset": begin, "Length": end - begin}),))


def removal(block: Block) -> Edit:
    """Exactly one whole record with its ``-`` line; the head of the file before it stays."""
    begin = block.own_lines[0].offset
    return Edit(begin, block.after - begin, (("Data", ""),))
