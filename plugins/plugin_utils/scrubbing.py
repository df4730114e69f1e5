# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets out of everything that leaves the action: results, messages, texts of foreign exceptions.

Ansible's own no_log does not reach the results of action plugins on ansible-core up to 2.21, nor exception texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from .secret_forms import Written, encoded_forms, found
from .visible import folded, visible

HIDDEN = "********"
SHORT = 4
"""Secrets of fewer characters are hidden only where they are the whole text: replaced everywhere they would
garble every word."""
_CUT = 499
"""A text of so many characters may have been cut by the host: of a secret at its end the beginning is hidden, too."""
_IN_BASE64 = re.compile(r"[A-Za-z0-9+/=_-]*")


class Scrubber:
    """Hides some secrets in any value, in keys and texts alike, in whatever form they stand."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {str(secret) for secret in secrets if secret}
        self._written = [_written(secret) for secret in known]
        self._encoded = [_torn(form) for secret in known if len(secret) >= SHORT for form in _encoded(secret)]

    def __call__(self, value: Any) -> Any:
        """The value as plain JSON types, with every secret replaced."""
        together = "\n|\n".join(dict.fromkeys(_texts_in(value)))
        long = any(len(text) >= _CUT for text in _texts_in(value))
        written = [each for each in self._written if each.may_be_in(together, long)]
        encoded = [each for each in self._encoded if each[1].search(together) or (long and each[0][:SHORT] in together)]
        return _hidden(value, partial(_hidden_text, written, encoded))

    def spoken(self, text: Any, most: int | None = None) -> str:
        """What others say, for a sentence of ours: without secrets, on one line, nothing in it invisible; and only
        then cut, since half a secret is not recognised."""
        return visible(folded(str(self(str(text)))))[:most]


_Encoded = tuple[str, "re.Pattern[str]"]


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return hide(str(value))
    if isinstance(value, Mapping):
        return {_hidden(str(key), hide): _hidden(item, hide) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_hidden(item, hide) for item in value]
    return value


def _hidden_text(written: Sequence[Written], encoded: Sequence[_Encoded], text: str) -> str:
    if any(each.is_all_of(text) for each in written):
        return HIDDEN
    pieces: list[str] = []
    at = 0
    for start, end in sorted(_places(written, encoded, text)):
        if start >= at:
            pieces += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _places(written: Sequence[Written], encoded: Sequence[_Encoded], text: str) -> Iterator[tuple[int, int]]:
    """Where the secrets stand, those too that overlap: of each, begin and end."""
    cut = len(text) >= _CUT
    for secret in written:
        if secret.length >= SHORT:
            yield from secret.places(text)
            yield from secret.beginnings(text, SHORT) if cut else ()
    for form, pattern in encoded:
        for place in (*found(pattern, text), *(_begun(form, text) if cut else ())):
            yield _token(text, *place)


def scrub(value: Any, secrets: Iterable[str]) -> Any:
    """The value as plain JSON types, with every secret replaced, in keys and texts alike, escaped forms too."""
    return Scrubber(secrets)(value)


@lru_cache(maxsize=64)
def _written(secret: str) -> Written:
    return Written(secret)


@lru_cache(maxsize=64)
def _encoded(secret: str) -> frozenset[str]:
    return frozenset(encoded_forms(secret))


def _torn(form: str) -> tuple[str, re.Pattern[str]]:
    """A form, and the pattern that finds it in lines, too."""
    return form, re.compile(r"\s*".join(map(re.escape, form)))


def _token(text: str, start: int, end: int) -> tuple[int, int]:
    """All of the base64 around a place: what is beside a secret there has some of its bits."""
    before = _IN_BASE64.match(text[start - 1 :: -1]) if start else None
    after = _IN_BASE64.match(text, end)
    return start - (before.end() if before else 0), after.end() if after else end


def _begun(form: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a form begins at the end of a text that was cut there."""
    for length in range(len(form) - 1, SHORT - 1, -1):
        if text.endswith(form[:length]):
            yield len(text) - length, len(text)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts_in(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _texts_in(item)
