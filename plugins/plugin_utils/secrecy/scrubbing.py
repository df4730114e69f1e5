# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets out of everything that leaves the action: results, messages, texts of foreign exceptions.

Ansible's own no_log does not reach the results of action plugins on ansible-core up to 2.21, nor exception texts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, chain
from string import ascii_letters, digits
from typing import Any

from ..messages.visible import folded, visible
from .decoded_views import DecodedView, Span, views
from .forms import LOOSE, PART, SHORT, Form, Sought, is_ordinary, mannered, places

HIDDEN = "********"
Place = tuple[str, int, int]
"""A text, and where in it something begins and ends."""
_CUT = 499
"""A text of so many characters may have been cut by the host: of a secret at its end the beginning is hidden, too, from
fewer characters on than elsewhere."""
_MANY = 100_000
"""From so many characters on, texts that are the same are looked at once."""
_CODED = f"{ascii_letters}{digits}+/=_-"
_REST = re.compile(
    r"[\\`](?:[xXuU]\{?[0-9A-Fa-f]{0,8}\}?|[0-7]{1,3}|[abtnvfre])?|%(?:25){0,16}u?[0-9A-Fa-f]{0,4}|=[0-9A-Fa-f]{0,2}"
    r"|_(?:x[0-9A-Fa-f]{0,4}_?)?|&(?:amp;){0,16}#?\w{0,10};?|['\"\s\0+\x80-\x9f\xad\u200b-\u200f\ufeff]"
)
_BITS = re.compile(r"[A-Za-z0-9+/=_\s-]{1,12}")
_MOST_RESTS = 40
_END = re.compile(r"[)\]>'\"]{0,3}(?:\[?\(?\.\.\.|\[?\u2026|&hellip;|\Z)")
"""What follows where a text was cut: escapes of what is no letter, half an escape, bits that are no character."""
_STARTS = tuple(
    re.compile(rf"(?:\.\.\.[\])]?|\u2026\]?|&hellip;)[\s(\[<'\"]{{0,3}}({rest})\Z")
    for rest in (r"(?:[\w#+{]{0,8}[;}_]|[0-9A-Fa-f]{1,4})?", r"[A-Za-z0-9+/=_-]{0,6}")
)
_NEAR = 24


class Scrubber:
    """Hides some secrets in any value, in keys and texts alike, in whatever form they stand."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = tuple(sorted({str(secret) for secret in secrets if secret}))
        self._short = {secret for secret in known if len(secret) < SHORT}
        self._sought = _sought(known, PART), _sought(known, SHORT)

    def __call__(self, value: Any) -> Any:
        """The value as plain JSON types, with every secret replaced."""
        texts = [*_texts_in(value)]
        if sum(map(len, texts)) > _MANY:
            texts = [*dict.fromkeys(texts)]
        return _hidden(value, self._clean(texts, [*dict.fromkeys(_keys_in(value))]))

    def spoken(self, text: Any, most: int | None = None) -> str:
        """What others say, for a sentence of ours: without secrets, on one line, nothing in it invisible; and only
        then cut, since half a secret is not recognised."""
        return visible(folded(str(self(str(text)))))[:most]

    def _clean(self, texts: list[str], keys: list[str]) -> dict[str, str]:
        """The texts in which something is hidden, and what becomes of them."""
        together = _Together(texts, keys)
        found: dict[str, list[Span]] = {}
        for text, start, end in self._places(together) if self._sought[0] else ():
            found.setdefault(text, []).append((start, end))
        clean = {text: _without(text, spans) for text, spans in found.items()}
        return clean | {text: HIDDEN for text in (*texts, *keys) if self._short and self._is_short(text)}

    def _is_short(self, text: str) -> bool:
        most = 12 * SHORT
        return len(text) <= most and any((view.text.strip() or view.text) in self._short for view in views(text, 0))

    def _places(self, together: _Together) -> Iterator[Place]:
        sought = self._sought[together.long]
        seen = [*views(together.text)]
        # Bytes are many, and nobody folds them; only where they can be read a view of them follows.
        folds = [view for view in seen if not view.ragged]
        for manner, looked in ((0, folds), (0, [view for view in seen if view.ragged]), (1, folds), (2, folds)):
            hay = DecodedView("\n".join(view.text for view in looked))
            if len(looked) == 1 or sought.in_text(mannered(hay, manner).text, manner):
                for view in looked:
                    made = mannered(view, manner)
                    yield from _in_view(made, sought.in_text(made.text, manner), together)


def _in_view(view: DecodedView, there: Iterable[Form], together: _Together) -> Iterator[Place]:
    least = SHORT if together.long else PART
    found = {(*place, form) for form in there for place in places(form, view, min(least, len(form.text)))}
    end_of_whole = 0
    for start, end, missing, form in sorted(found, key=lambda place: (place[0], -place[1])):
        if missing and (end <= end_of_whole or end - start < SHORT or is_ordinary(view.text[start:end])):
            continue
        coded = view.ragged or form.coded
        span: Span | None = together.wider(view, start, end, form.bare)
        if missing and span:
            span = together.cut(span, missing, end - start, coded)
        if span is None or (len(form.text) < LOOSE and together.is_across(span)):
            continue
        end_of_whole = max(end_of_whole, end)
        yield from together.parts(*(_token(together.text, *span) if coded else span))


class _Together:
    """Some texts as one, since a secret may begin in one and end in the next."""

    def __init__(self, texts: list[str], names: list[str]) -> None:
        self._texts = texts + names
        self._names_from = len(texts)
        self.text = "\n".join(self._texts)
        self.long = any(len(text) >= _CUT for text in texts)
        self._begins = [0, *accumulate(len(text) + 1 for text in self._texts)]

    def wider(self, view: DecodedView, start: int, end: int, bare: tuple[bool, bool]) -> Span:
        """Where a part of a view comes from, with all that the view has left out beside it."""
        first, last = view.back(start, end)
        if bare[0]:
            while start and view.text[start - 1] == " ":
                start -= 1
            least = max(self._begins[self._number(first)], view.back(start - 1, start)[1] if start else 0)
            first -= len(self.text[least:first].lstrip())
        if bare[1]:
            while view.text[end : end + 1] == " ":
                end += 1
            most = view.back(end, end + 1)[0] if end < len(view.text) else len(self.text)
            most = min(most, self._begins[self._number(last - 1) + 1] - 1)
            last += len(self.text[last:most].rstrip())
        return first, last

    def parts(self, start: int, end: int) -> Iterator[Place]:
        """What of which text lies between two places."""
        for number in range(self._number(start), len(self._texts)):
            begin = self._begins[number]
            if begin >= end:
                return
            first, last = max(0, start - begin), min(len(self._texts[number]), end - begin)
            if first < last:
                yield self._texts[number], first, last

    def is_across(self, span: Span) -> bool:
        """Whether a place reaches from one text into another."""
        return self._number(span[0]) != self._number(span[1] - 1)

    def cut(self, span: Span, missing: int, length: int, coded: bool) -> Span | None:
        """All that a cut has left of a secret, where a text (no name) was cut before a part of one, or behind it."""
        number = self._number(span[1] - 1 if missing > 0 else span[0])
        begin, text = self._begins[number], self._texts[number]
        if number >= self._names_from:
            return None
        if missing < 0:
            start = span[0] - begin
            match = _STARTS[coded].search(text[max(0, start - _NEAR) : start])
            return (span[0] - len(match[1]), span[1]) if match and length >= PART else None
        for at in (span[1] - begin, span[1] - begin - 1):
            rest = _rest(text, at, coded)
            match = _END.match(text, rest)
            if match and (length >= PART or match.end() == len(text) >= _CUT):
                return span[0], begin + rest
        return None

    def _number(self, at: int) -> int:
        return min(bisect_right(self._begins, at) - 1, len(self._texts) - 1)


def _rest(text: str, at: int, coded: bool) -> int:
    """Where what a cut has left of escapes ends, or of bits."""
    for _each in range(1 if coded else _MOST_RESTS):
        match = (_BITS if coded else _REST).match(text, at)
        if match is None:
            break
        at = match.end()
    return at


def scrub(value: Any, secrets: Iterable[str]) -> Any:
    """The value as plain JSON types, with every secret replaced, in keys and texts alike, escaped forms too."""
    return Scrubber(secrets)(value)


def _hidden(value: Any, clean: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return clean.get(str(value), str(value))
    if isinstance(value, Mapping):
        return {_hidden(str(key), clean): _hidden(item, clean) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_hidden(item, clean) for item in value]
    return value


def _without(text: str, spans: list[Span]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            pieces += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


_sought = lru_cache(maxsize=16)(Sought)


def _token(text: str, start: int, end: int) -> Span:
    """All of the base64 around a place: what is beside a secret there has some of its bits."""
    before = text[max(0, start - _NEAR) : start]
    while signs := len(before) - len(before.rstrip(_CODED)):
        start -= signs
        before = text[max(0, start - 40 * _NEAR) : start]
    while signs := len(after := text[end : end + 40 * _NEAR]) - len(after.lstrip(_CODED)):
        end += signs
    return start, end


def _texts_in(value: Any) -> Iterator[str]:
    """Texts in their order: what stands in two items of a list may be one text."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, (Mapping, list, tuple, set, frozenset)):
        yield from chain.from_iterable(map(_texts_in, value.values() if isinstance(value, Mapping) else value))


def _keys_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from map(str, value)
        yield from chain.from_iterable(map(_keys_in, value.values()))
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from chain.from_iterable(map(_keys_in, value))
