# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of others where a person reads it: nothing in it moves a cursor, turns a line round or hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text with everything that is no printable character (controls, line breaks, signs of direction or without
    width, halves of characters, odd blanks) written out, as ``\\u202e``. Twice is the same as once."""
    return text if text.isprintable() else "".join(map(_written, text))


def visible_lines(value: Any) -> Any:
    """A text of several lines of ours, each of them visible; anything else as it is."""
    return "\n".join(map(visible, value.split("\n"))) if isinstance(value, str) else value


def visible_data(value: Any) -> Any:
    """Data of a host for a person's eyes, with every text and name in it visible."""
    if isinstance(value, Mapping):
        return {visible(str(name)): visible_data(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible_data(item) for item in value]
    return visible(str(value)) if isinstance(value, str) else value


def folded(text: str) -> str:
    """The text on one line, with single blanks. Where it may hold a secret, ``scrubbing.spoken`` comes first."""
    return " ".join(text.split())


def _written(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
