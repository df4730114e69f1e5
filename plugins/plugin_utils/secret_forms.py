# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a secret may be written where somebody repeats it: quoted, escaped, encoded, read in another code page.

Character by character, since escapes mix and nest: a host's JSON in a library's repr in a page's HTML.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html.entities import codepoint2name

_TORN = 8
"""From so many characters on a secret is found also where its line is broken, or where a NUL follows each character."""
_SHOUTED = 8
"""From so many characters on a secret is found also where its capitals were changed; a shorter one may be a word."""
_LEAST_OF_BASE64 = 6
"""Characters of a piece of base64 that is looked for: fewer would be found in words."""
_CODE_PAGES = ("latin-1", "cp1252", "cp850")
_ESCAPE = r"(?:\\|`|%5[Cc]|&#92;)"
_BLANKS = (
    rf"(?:[\s\0+\xc2\xe2?\ufffd]|{_ESCAPE}{{1,16}}(?:[a-z]|x[0-9A-Fa-f]{{2}}|u[0-9A-Fa-f]{{4}})"
    r"|%(?:25)*[0-9A-Fa-f]{2}|&#?\w{1,6};){1,99}"
)
# Nothing else that matches blanks stands beside it: the time to look would grow with the power of their number.
# Quotes, and what they are escaped with, are told apart by nobody: a run of them is a longer run in most forms.
_QUOTE = (
    r"(?:(?:[\\'\"`](?:[xu]0{0,2}(?:22|27|5[Cc]|60))?|%(?:25)*(?:5[Cc]|2[27]|60)|=(?:22|27|5C|60)"
    r"|&(?:amp;)*(?:#0*(?:34|39|92|96)|#[xX]0*(?:22|27|5[Cc]|60)|quot|apos);|_x00(?:22|27|5[Cc]|60)_)"
    r"(?:[\s\0]|\\{1,16}x00)*)"
)
_BETWEEN = r"(?:[\s\0]|\\{1,16}x00)*"
# What is left of an escaped character where the text was cut in it.
_REMNANT = r"(?:[\\`'\"&%=_\s\0][\\\w#%&;'\"]{0,9})?"


class Written:
    """One secret as it may be written in a text."""

    def __init__(self, secret: str) -> None:
        words = secret.strip()
        self.length = len(secret)
        self._signs = [_sign(match[0]) for match in re.finditer(r"\s+|[\\'\"`]+|.", words, re.DOTALL)]
        self._between = _BETWEEN if len(words) >= _TORN else ""
        self._flags = re.IGNORECASE if len(words) >= _SHOUTED else re.NOFLAG
        # A secret of blanks alone has no form but itself.
        self._whole = self._pattern(self._signs) if words else re.compile(re.escape(secret))

    def may_be_in(self, text: str, cut: bool) -> bool:
        """Whether it is worth looking for in some texts that stand together here; ``cut``: or for its beginning."""
        return (self._pattern(self._signs[:4]) if cut else self._whole).search(text) is not None

    def is_all_of(self, text: str) -> bool:
        """Whether the text is nothing else."""
        return self._whole.fullmatch(text.strip() or text) is not None

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands, those places too that overlap: of each, begin and end."""
        return found(self._whole, text)

    def beginnings(self, text: str, least: int) -> Iterator[tuple[int, int]]:
        """Where ``least`` characters of it or more stand at the end of a text, which was cut there."""
        for start, _end in found(self._pattern(self._signs[:least]), text, max(0, len(text) - 16 * self.length)):
            for count in range(least, len(self._signs) + 1):
                if re.compile(self._pattern(self._signs[:count]).pattern + _REMNANT, self._flags).fullmatch(
                    text, start
                ):
                    yield start, len(text)
                    break

    def _pattern(self, signs: list[str]) -> re.Pattern[str]:
        parts = [
            sign if _BLANKS in (sign, before) else f"{self._between}{sign}"
            for before, sign in zip([_BLANKS, *signs], signs, strict=False)
        ]
        return re.compile("".join(parts), self._flags)


def found(pattern: re.Pattern[str], text: str, at: int = 0) -> Iterator[tuple[int, int]]:
    """Every place of a pattern from ``at`` on, those too that overlap."""
    match = pattern.search(text, at)
    while match:
        yield match.span()
        match = pattern.search(text, match.start() + 1)


def encoded_forms(secret: str) -> set[str]:
    """What base64 of a text that holds the secret has for it, wherever it begins in the text, without the characters
    that depend on what is beside it; and the secret in hexadecimal."""
    data = [_bytes(secret, encoding) for encoding in ("utf-8", "utf-16-le", "cp1252")]
    pieces = {piece for each in data for piece in _pieces(each)}
    whole = base64.b64encode(data[0]).decode("ascii")
    return {whole, *(each.hex() for each in data), *(each.hex().upper() for each in data)} | {
        piece for piece in pieces if len(piece) >= _LEAST_OF_BASE64
    }


def _pieces(data: bytes) -> Iterator[str]:
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode("ascii")
        piece = whole[-(-before * 4 // 3) : (before + len(data)) * 4 // 3]
        yield from (piece, piece.translate(str.maketrans("+/", "-_")))


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


def _sign(run: str) -> str:
    """A pattern for one character, or for a run of blanks or of quotes and backslashes."""
    if run.isspace():
        return _BLANKS
    if run[0] in "\\'\"`":
        return f"{_QUOTE}{{{len(run)},{16 * len(run)}}}"
    if run.isascii() and run.isalnum():
        return run
    forms = dict.fromkeys((*_escaped(run), *(_other_readings(run) if not run.isascii() else ())))
    return f"(?:{_ESCAPE}{{0,16}}{re.escape(run)}|{'|'.join(forms)})"


def _escaped(sign: str) -> Iterator[str]:
    code = ord(sign)
    name = codepoint2name.get(code)
    entities = [f"#0*{code}", f"#[xX]0*{_hex(f'{code:x}')}", *([name] if name else [])]
    yield f"&(?:amp;)*(?:{'|'.join(entities)});"
    for data in (_bytes(sign, "utf-8"), _bytes(sign, "cp1252")):
        yield "".join(f"%(?:25)*{_hex(f'{byte:02x}')}" for byte in data)
        yield "".join(f"={byte:02X}" for byte in data)
        yield "".join(rf"{_ESCAPE}{{1,16}}x{_hex(f'{byte:02x}')}" for byte in data)
    units = re.findall("....", _bytes(sign, "utf-16-be").hex())
    yield "".join(rf"{_ESCAPE}{{1,16}}u{_hex(unit)}" for unit in units)
    yield "".join(f"_x{_hex(unit)}_" for unit in units)
    yield rf"{_ESCAPE}{{1,16}}(?:U|u\{{)0*{_hex(f'{code:x}')}\}}?"


def _other_readings(sign: str) -> Iterator[str]:
    """What it looks like where it is taken for another encoding."""
    for encoding in ("utf-8", "utf-16-le"):
        data = _bytes(sign, encoding)
        yield from (re.escape(data.decode(page, "replace")) for page in _CODE_PAGES)
        yield "".join(rf"(?:\\{{1,16}}x{_hex(f'{byte:02x}')}|{re.escape(chr(byte))})" for byte in data)
    for page in _CODE_PAGES[1:]:
        yield from (re.escape(_bytes(sign, page).decode(other, "replace")) for other in _CODE_PAGES)
    yield r"\?{1,4}|\ufffd{1,4}"


def _hex(digits: str) -> str:
    return "".join(f"[{each}{each.upper()}]" if each.isalpha() else each for each in digits)
