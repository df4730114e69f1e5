# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a secret may be written where somebody repeats it: read in another code page, in other capitals, with other
quotes; and where it stands in a view of a text, all of it or what a cut has left."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ..messages.visible import visible
from .decoded_views import BREAKS, DecodedView, any_of, short_base64, unescaped

SHORT = 4
"""Secrets of fewer characters are hidden only where they are the whole text: replaced everywhere they would
garble every word."""
LOOSE = 7
"""From so many characters on a secret is found also without its blanks and quotes, and in other capitals; a shorter one
may be a word, or the ends of two."""
PART = 8
"""Characters of a secret that are hidden where a text was cut in it."""
_PAGES = ("latin-1", "cp1252", "cp850")
_CODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp850")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_ORDINARY = frozenset(
    [
        "password",
        "passwort",
        "kennwort",
        "username",
        "benutzername",
        "benutzer",
        "mailserver",
        "smarthost",
        "smtpserver",
        "exchange",
        "connector",
        "administrator",
        "anmeldung",
        "postfach",
        "provider",
        "authentication",
        "relayhost",
    ]
)
"""Words that a password may begin or end with, and a sentence as well."""
_QUOTES = re.compile(r"[\\'\"`\u00b4\u2018-\u201f]+")
_BLANKS = re.compile(r"[\s_+\xa0]{2,}|[\t-\r_+\x1c-\x1f\x85\xa0\u2000-\u200a\u202f\u205f\u3000]")
_NOISE = tuple("=^ '\"\\`_+\t\r\n")
_ANY_NOISE = any_of(_NOISE)
_RARE_NOISE = re.compile(r"[\x0b\x0c\x1c-\x1f\x85\xa0\xb4\xc2\u2000-\u200a\u2018-\u201f\u202f\u205f\u3000]+")


def _anchor(part: str) -> str:
    """Of a part that is looked for what most of its readings have as it is."""
    runs = re.findall(r"[!-~]{5,}", part)
    return max(runs, key=len) if runs else part


class Form(NamedTuple):
    """One reading of a secret, as it stands in a view of a manner (0 as it is, 1 tight, 2 loose)."""

    manner: int
    text: str
    coded: bool = False
    """Whether it is base64, and what is beside it has some of its bits."""
    bare: tuple[bool, bool] = (False, False)
    """Whether the secret begins, and ends, with signs that the manner leaves out."""


@lru_cache(maxsize=64)
def forms(secret: str) -> frozenset[Form]:
    """All that is looked for of one secret; nothing of one that is too short for that."""
    if len(secret) < SHORT:
        return frozenset()
    found = {Form(0, each) for each in (*_readings(secret), *(() if secret.isascii() else _data(secret)))}
    found |= {Form(0, piece, coded=True) for data in _data(secret) for piece in short_base64(data)}
    seen = {view.text: view for said in _apart(secret.strip()) for each in _readings(said) for view in _levels(each)}
    found |= {_bared(view, 1) for view in seen.values()} | {_bared(view, 2) for view in seen.values()}
    return frozenset(form for form in found if len(form.text) >= (SHORT, SHORT - 1, LOOSE)[form.manner])


def _apart(secret: str) -> set[str]:
    """A secret, and what is left of it where its last sign escapes what comes after it."""
    return {secret, *(each for each in [secret.rstrip("\\`")] if len(each) > LOOSE)}


def _bared(reading: DecodedView, manner: int) -> Form:
    view = mannered(reading, manner)
    text = view.text.strip()
    if not text:
        return Form(manner, text)
    at = view.text.index(text)
    start, end = view.back(at, at + len(text))
    return Form(manner, text, bare=(start > 0, end < reading.back(0, len(reading.text))[1]))


class Sought:
    """The forms of some secrets by what is looked for first: where neither end of a form stands, it does not."""

    def __init__(self, secrets: Iterable[str], least: int) -> None:
        self._by_end: tuple[dict[str, list[Form]], ...] = ({}, {}, {})
        for form in sorted({form for secret in secrets for form in forms(secret)}, key=lambda form: form.text):
            for end in sorted({_anchor(form.text[:least]), _anchor(form.text[-PART:])}):
                self._by_end[form.manner].setdefault(end, []).append(form)
        self._few = [_shortest(by_end) for by_end in self._by_end]

    def __bool__(self) -> bool:
        return any(self._few)

    def in_text(self, text: str, manner: int) -> set[Form]:
        """What may stand in a text."""
        if not any(end in text for end in self._few[manner]):
            return set()
        return {form for end, those in self._by_end[manner].items() if end in text for form in those}


def _shortest(ends: Iterable[str]) -> list[str]:
    """Those without which none of the others can be."""
    few: list[str] = []
    for end in sorted(ends, key=len):
        few += [] if any(each in end for each in few) else [end]
    return few


def mannered(view: DecodedView, manner: int) -> DecodedView:
    """A view without what does not tell a secret from another one."""
    if not manner:
        return view
    view = view.replaced(BREAKS, "")
    if manner == 1:
        return view.replaced(_QUOTES, "'").replaced(_BLANKS, " ")
    return _small(view.without(_NOISE, _ANY_NOISE).replaced(_RARE_NOISE, ""))


def _small(view: DecodedView) -> DecodedView:
    text = view.text.lower()
    if len(text) != len(view.text):
        text = "".join(each.lower()[:1] for each in view.text)
    return DecodedView(text, view, lambda start, end: (start, end))


def _levels(secret: str) -> Iterator[DecodedView]:
    """A secret may itself look escaped: then it is looked for as it looks without."""
    view = DecodedView(secret)
    yield from dict.fromkeys((view, *unescaped(view, 0), *unescaped(view, 1)))


def _readings(secret: str) -> set[str]:
    """What a secret looks like to whoever takes its bytes for those of another encoding, or writes it as he can."""
    spelled = {secret, visible(secret)}
    if not secret.isascii():
        spelled |= {unicodedata.normalize(form, secret) for form in ("NFC", "NFD", "NFKC", "NFKD")}
        spelled |= {each.upper() for each in spelled} | {each.lower() for each in spelled}
        spelled |= {secret.translate(_SPELLED), _unmarked(secret)}
    read = set(spelled)
    for each in spelled:
        for coding in _CODINGS:
            data = _bytes(each, coding)
            pages = _PAGES[:1] if secret.isascii() else _PAGES
            read |= {data.decode(page, "replace").replace("\0", "") or each for page in pages}
        if not secret.isascii():
            read |= {_bytes(each, "utf-8").decode("ascii", "replace"), each.encode("ascii", "replace").decode()}
            read |= {_bytes(each, "utf-8").decode("ascii", "replace").replace("\ufffd", "?")}
            read |= {re.sub(r"[^\0-\x7f]+", "?", each), re.sub(r"[^\0-\x7f]+", "\ufffd", each), _halves(each)}
    return read


def _data(secret: str) -> set[str]:
    return {_bytes(secret, coding).decode("latin-1") for coding in _CODINGS}


def _unmarked(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def _halves(text: str) -> str:
    """Characters beyond the first plane as the two halves that UTF-16 has for them."""
    units = _bytes(text, "utf-16-be")
    return "".join(chr(int.from_bytes(units[at : at + 2], "big")) for at in range(0, len(units), 2))


def _bytes(text: str, coding: str) -> bytes:
    return text.encode(coding, "surrogatepass" if coding.startswith("utf") else "replace")


def places(form: Form, view: DecodedView, least: int) -> Iterator[tuple[int, int, int]]:
    """Where a form stands in a view of its manner: begin, end, and what is missing: nothing (0), its end (1) or its
    beginning (-1), of which at least ``least`` characters are there."""
    text, whole = view.text, form.text
    for at in _found(text, whole[:least]):
        if text.startswith(whole, at):
            yield at, at + len(whole), 0
        else:
            length = _alike(whole, text[at : at + len(whole)])
            yield at, at + length, 1
    if len(whole) > PART:
        for at in _found(text, whole[-PART:]):
            end = at + PART
            if not text.startswith(whole, max(0, end - len(whole))):
                yield end - _alike(whole[::-1], text[max(0, end - len(whole)) : end][::-1]), end, -1


def _alike(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def is_ordinary(part: str) -> bool:
    """Whether a part of a secret is a word that anybody uses."""
    return part.strip(" .,:;-!'\"").lower() in _ORDINARY


def _found(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
