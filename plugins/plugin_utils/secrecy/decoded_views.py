# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text as its readers may decode it: each view knows which part of the text a part of it comes from.

What somebody wrote decides nothing here: where bytes may be base64, hexadecimal or an escape, they are read so, too.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5

Span = tuple[int, int]
Edge = tuple[int, int, int, int]
"""What was replaced: its begin and end in the view, and in what the view was made of."""
Replace = Callable[["re.Match[str]"], str]

_NESTED = 6
"""How often escapes are taken off: a host's JSON in a library's repr in a page's HTML in a URL."""
_IN_BASE64 = 2
"""How often base64 or hexadecimal is taken off."""
APART = "\ufdd0"
"""Between parts that do not belong together; no character, so in no secret."""


class DecodedView:
    """A text made of another one, or the text itself."""

    def __init__(
        self, text: str, before: DecodedView | None = None, back: Callable[[int, int], Span] | None = None
    ) -> None:
        self.text = text
        self._before = before
        self._back = back
        self.ragged: bool = before.ragged if before else False

    def back(self, start: int, end: int) -> Span:
        """Where a part comes from in the text that the first view is."""
        if self._before is None or self._back is None:
            return start, end
        return self._before.back(*self._back(start, end))

    def replaced(self, pattern: re.Pattern[str], by: Replace | str) -> DecodedView:
        """The view with what matches replaced; itself where nothing does."""
        text = pattern.sub(by, self.text)
        return self if text == self.text else DecodedView(text, self, _Edges(self.text, pattern, by).back)

    def without(self, signs: tuple[str, ...], pattern: re.Pattern[str]) -> DecodedView:
        """The view without some signs, which the pattern finds one by one: so it is faster where there are many."""
        text = self.text
        for sign in signs:
            text = text.replace(sign, "")
        return self if text == self.text else DecodedView(text, self, _Edges(self.text, pattern, "").back)


def any_of(signs: tuple[str, ...]) -> re.Pattern[str]:
    """What finds these signs."""
    return re.compile("|".join(map(re.escape, signs)))


class _Edges:
    """Where the parts of a text came to that were replaced in it; worked out only where it is asked for."""

    def __init__(self, text: str, pattern: re.Pattern[str], by: Replace | str) -> None:
        self._made_of = text, pattern, by
        self._edges: list[Edge] | None = None
        self._begins: list[int] = []

    def back(self, start: int, end: int) -> Span:
        last = self._place(max(start, end - 1))
        return self._place(start)[0], last[1]

    def _place(self, at: int) -> Span:
        if self._edges is None:
            self._edges = list(self._all())
            self._begins = [edge[0] for edge in self._edges]
        number = bisect_right(self._begins, at) - 1
        if number < 0:
            return at, at + 1
        _begin, end, source, source_end = self._edges[number]
        return (source, source_end) if at < end else (source_end + at - end, source_end + at - end + 1)

    def _all(self) -> Iterator[Edge]:
        text, pattern, by = self._made_of
        shift = 0
        for match in pattern.finditer(text):
            put = len(by if isinstance(by, str) else by(match))
            yield match.start() + shift, match.start() + shift + put, *match.span()
            shift += put - (match.end() - match.start())


# ---- what breaks a word --------------------------------------------------------------------------------------------

_TAGS = "a|b|big|br|code|div|em|font|hr|i|li|mark|nobr|p|pre|s|small|span|strong|td|tr|tt|u|wbr"
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_FOLD = r"(?:\d{3}-(?:\d\.\d{1,3}\.\d{1,3} )?|[ \t]*>[> ]*|[ \t]+)?"
_CONTROLS = rf"\x00-\x08\x0e-\x1f\x7f-\x9f{_UNSEEN}"
BREAKS = re.compile(
    rf"[<?=\\^`\r\n\x0b\x0c{_CONTROLS}](?:"  # one class first, by which a text without any is passed over
    r"(?<=\x1b)(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,999}(?:\x07|\x1b\\)|[ -/]+[0-~]|[78=>c])"  # a terminal's
    r"|(?<=\x9b)[0-9;?]+[ -/]*[@-~]"
    rf"|(?<=[=\\^`])[\r\n\x0b\x0c\x85]+{_FOLD}"
    rf"|(?<=[\r\n\x0b\x0c\x85])[\r\n\x0b\x0c\x85]*{_FOLD}"  # folded, quoted, a reply's
    rf"|(?<=[{_CONTROLS}])[{_CONTROLS}]*"
    rf"|(?<=<)(?i:/?(?:{_TAGS})(?:\s[^<>]{{0,199}})?/?)>"
    r"|(?<=\?)=\s*=\?[\w*-]{1,40}\?[qQ]\?"  # from one encoded word to the next
    r")"
)
"""What stands inside a word where a line, a terminal or a page ends it."""
_LINE_ENDS = re.compile(r"[\r\n]+")
_MORE_THAN_ENDS = re.compile(r"[=\\^`][\r\n]|[\r\n](?:[ \t>]|\d{3}-)")
"""Where a sign beside the end of a line may be a part of the break, or of a word."""

# ---- escapes -------------------------------------------------------------------------------------------------------

_NUMBERS = {
    r"\\": (
        (r"x([0-9A-Fa-f]{2})", 16),
        (r"u\{([0-9A-Fa-f]{1,8})\}", 16),
        (r"u([0-9A-Fa-f]{4})", 16),
        (r"U([0-9A-Fa-f]{8})", 16),
        (r"([0-3][0-7]{2})", 8),
    ),
    "%": ((r"(?:25){0,16}u([0-9A-Fa-f]{4})", 16), (r"(?:25){0,16}([0-9A-Fa-f]{2})", 16)),
    "&": (
        (r"(?:amp;){0,16}#[xX]0{0,9}([0-9A-Fa-f]{1,6});?", 16),
        (r"(?:amp;){0,16}#0{0,9}([0-9]{1,7});?", 10),
    ),
    "_": ((r"x([0-9A-Fa-f]{4})_", 16),),
}
"""By its first character, how a number of a character is written, and to which base."""
_QUOTED_PRINTABLE = {"=": ((r"([0-9A-Fa-f]{2})", 16),)}
_NAMED = r"(?<=&)(?:amp;){0,16}([A-Za-z][A-Za-z0-9]{1,30};)"
_LETTERS = dict(zip("abtnvfr0e", "\a\b\t\n\v\f\r\0\x1b", strict=True))
_LETTERED = r"(?:(?<=[\\`])([abtnvfr0e`'\"$])|(?<=\\)([\\/]))"


def _escapes(numbers: dict[str, tuple[tuple[str, int], ...]], also: str = "`") -> tuple[re.Pattern[str], Replace]:
    branches = [rf"(?<=[{first}])(?:{'|'.join(each for each, _base in kinds)})" for first, kinds in numbers.items()]
    bases = [base for kinds in numbers.values() for _each, base in kinds]
    pattern = re.compile(rf"[{also}{''.join(numbers)}](?:{'|'.join((*branches, _NAMED, _LETTERED))})")

    @lru_cache(maxsize=4096)
    def meant(group: int, digits: str, whole: str) -> str:
        if group > len(bases):
            return html5.get(digits, whole) if group == len(bases) + 1 else _LETTERS.get(digits, digits)
        code = int(digits, bases[group - 1])
        return chr(code) if code < 0x110000 else whole

    def replace(match: re.Match[str]) -> str:
        return meant(match.lastindex or 0, match[match.lastindex or 0], match[0])

    return pattern, replace


_ESCAPES = (_escapes(_NUMBERS), _escapes(_NUMBERS | _QUOTED_PRINTABLE))
"""Without quoted-printable and with it, since "=" before a secret is much more often a sign of its own."""
_ESCAPES_APART = {first: _escapes({first: kinds}, "") for first, kinds in (_NUMBERS | _QUOTED_PRINTABLE).items()}
_ESCAPES_APART["`"] = _escapes({})
"""Of one language each: what another one would take for an escape is a sign of its own there."""
_MAY_ESCAPE = re.compile(r"[\\`%&]|_x"), re.compile(r"=[0-9A-Fa-f]{2}")
_DECIMALS = re.compile(r"\d(?<!\d\d)\d{0,2}(?:[\s,;|+-]{1,3}\d{1,3}){3,}(?!\d)")
_ENCODED_WORD = re.compile(r"=\?[\w*-]{1,40}\?[bB]\?([A-Za-z0-9+/=\s]*)\?=(?:\s*(?==\?))?")


def _characters(match: re.Match[str]) -> str:
    codes = [int(each) for each in re.findall(r"\d+", match[0])]
    return "".join(map(chr, codes)) if max(codes) < 256 else match[0]


def _word(match: re.Match[str]) -> str:
    letters = re.sub(r"[=\s]", "", match[1])
    return binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + "===").decode("latin-1")


# ---- alphabets -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Alphabet:
    """Characters that stand for bits, so many ``characters`` for so many ``octets``."""

    runs: re.Pattern[str]
    """Where so many of them stand that they may be bytes."""
    between: tuple[str, ...]
    """What may stand between them."""
    letters: str
    """The alphabet, as a class; another character is taken for the first one, whose bits are none."""
    also: dict[int, str]
    characters: int
    octets: int
    decode: Callable[[str], bytes]

    def views(self, view: DecodedView) -> Iterator[DecodedView]:
        """The bytes that the characters give, wherever they begin."""
        view = _only(view, self.runs)
        if not view.text:
            return
        view = view.without(self.between, any_of(self.between)) if self.between else view
        nothing = self.letters[0]
        letters = re.sub(f"[^{self.letters}]", nothing, view.text.translate(self.also))
        for first in range(self.characters):
            part = letters[first:]
            part += nothing * (-len(part) % self.characters)
            made = DecodedView(self.decode(part).decode("latin-1"), view, self._back(first, len(view.text)))
            made.ragged = True
            yield made
            if "\0" in made.text:  # of UTF-16
                yield made.without(("\0",), any_of(("\0",)))

    def _back(self, first: int, most: int) -> Callable[[int, int], Span]:
        def back(start: int, end: int) -> Span:
            begin = first + start * self.characters // self.octets
            return begin, min(most, first - (-end * self.characters // self.octets))

        return back


LEAST_OF_BASE64 = 16
"""Characters of base64 that are decoded wherever they stand; of fewer, which every longer word is, see
``short_base64``."""
_LONG = rf"[A-Za-z0-9+/_-]{{{LEAST_OF_BASE64},}}"
_ALPHABETS = (
    _Alphabet(
        re.compile(_LONG + rf"(?: {_LONG})*"),
        (" ",),
        "A-Za-z0-9+/",
        {ord("-"): "+", ord("_"): "/"},
        4,
        3,
        binascii.a2b_base64,
    ),
    _Alphabet(
        re.compile(r"[0-9A-Fa-f]{2}(?:(?:(?=[^0-9A-Za-z])[ -~\t]){0,3}(?:0?[xX])?[0-9A-Fa-f]{2}){3,}[0-9A-Fa-f]?"),
        ("0x", "0X", *" -:,;.|_%\\/'\"[]{}()<>#&$*+=^~@!?`xX\t"),
        "0-9A-Fa-f",
        {},
        2,
        1,
        binascii.a2b_hex,
    ),
)
_READABLE = re.compile(r"[ -~\t\r\n\0]{8}")
_RUNS = re.compile(r"[ -~\t\r\n\0]{8,}")
_LARGE = 20_000
"""From so many characters on of bytes only those are decoded further that can be read, and of escapes only the ends are
looked at."""


def _only(view: DecodedView, runs: re.Pattern[str]) -> DecodedView:
    """Of a view those parts that match."""
    spans = [match.span() for match in runs.finditer(view.text)]
    begins = [0]
    for start, end in spans:
        begins.append(begins[-1] + end - start + 1)

    def place(at: int) -> int:
        number = min(bisect_right(begins, at), len(spans)) - 1
        return min(spans[number][0] + at - begins[number], spans[number][1])

    text = APART.join(view.text[start:end] for start, end in spans)
    return DecodedView(text, view, lambda start, end: (place(start), place(end - 1) + 1))


def short_base64(data: str) -> set[str]:
    """What base64 that is too short to be decoded has for some bytes (as Latin-1), wherever they begin in it."""
    if len(data) * 4 // 3 >= LEAST_OF_BASE64:
        return set()
    found = set()
    for before in range(3):
        whole = binascii.b2a_base64(bytes(before) + data.encode("latin-1"), newline=False).decode()
        piece = whole[-(-before * 4 // 3) : (before + len(data)) * 4 // 3]
        found |= {piece, piece.translate(str.maketrans("+/", "-_"))} if len(piece) > 4 else set()
    return found


def views(text: str, deep: int = _IN_BASE64) -> Iterator[DecodedView]:
    """The text, and what may be read out of it."""
    yield from _views(DecodedView(text), deep)


def _views(view: DecodedView, deep: int, known: DecodedView | None = None) -> Iterator[DecodedView]:
    large = len(view.text) >= _LARGE
    chains = _chains(view)
    for level in dict.fromkeys([view, *(each for chain in chains for each in (chain[-1:] if large else chain))]):
        if level is not known:
            yield level
        for pattern, by in ((_DECIMALS, _characters), (_ENCODED_WORD, _word)):
            other = level.replaced(pattern, by)
            if other is not level:
                yield other
    for level in dict.fromkeys(chains[0][-1:] if large else [*chains[0][:1], *chains[0][-1:], *chains[1][-1:]]):
        yield from _in_bytes(level, deep) if deep else ()


def _chains(view: DecodedView) -> list[list[DecodedView]]:
    """The view with fewer and fewer escapes: those of most, those of mail, what only the ends of lines are taken from,
    and those of one language alone."""
    plain = view.replaced(BREAKS, "")
    joined = view.replaced(_LINE_ENDS, "") if _MORE_THAN_ENDS.search(view.text) else plain
    more = [] if joined is plain else [[joined, *unescaped(joined, 0)], _each_apart(joined)]
    return [[plain, *unescaped(plain, 0)], [*unescaped(plain, 1)], _each_apart(plain), *more]


def _each_apart(view: DecodedView) -> list[DecodedView]:
    """The view without the escapes of one language, for each, where it may have those of several."""
    there = [escapes for first, escapes in _ESCAPES_APART.items() if first[-1] in view.text]
    return [made for each in there if (made := view.replaced(*each)) is not view] if len(there) > 1 else []


def _in_bytes(view: DecodedView, deep: int) -> Iterator[DecodedView]:
    """What base64 and hexadecimal in a view have in them."""
    for alphabet in _ALPHABETS:
        for bits in alphabet.views(view):
            yield bits
            if _READABLE.search(bits.text):
                yield from _views(bits if len(bits.text) < _LARGE else _only(bits, _RUNS), deep - 1, bits)


def unescaped(view: DecodedView, with_equals: int) -> Iterator[DecodedView]:
    """The view with its escapes taken off, level by level."""
    if with_equals and not _MAY_ESCAPE[1].search(view.text):
        return
    pattern, by = _ESCAPES[with_equals]
    for _level in range(_NESTED):
        if not with_equals and not _MAY_ESCAPE[0].search(view.text):
            return
        before, view = view, view.replaced(pattern, by)
        if view is before:
            return
        yield view
        plain = view.replaced(BREAKS, "")
        if plain is not view:
            yield plain
            view = plain
