# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of a login, checked for form: what a user name or a password cannot hold without all mail standing still.

One kind for every text of a login, whatever its noun. What is refused is never repeated, nor how long it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator
from datetime import date
from typing import Any

from ..errors import Reason
from ..messages import notice_of, reason_of
from ..options.option import UNDECLARED
from ..options.parse import Reader
from ..options.spelling import Spelling
from .characters import is_unseen, mixed_letters

_LINE_BREAKS = "\r\n\x0b\x0c\x85\u2028\u2029"
_NO_BREAK = "\u00a0\u2007\u202f"


class LoginText(Reader):
    """A text of a login. ``name``: whether it names somebody, so that it has no blank at its start or end, and no
    letter that only looks like the one that is meant."""

    def __init__(self, name: bool) -> None:
        self.name = name

    def parse(self, value: Any) -> Hashable:
        """The text; ValueError with what it cannot hold, and where."""
        if not isinstance(value, str):
            raise ValueError("a text")
        found = list(dict.fromkeys(self._misfits(value)))
        if found:
            raise ValueError(", ".join(found))
        return value

    def read(self, value: Any, at: Spelling, name: str, reasons: list[Reason]) -> Any:
        """The text, REFUSED for one that cannot be, UNDECLARED for what is no text at all or has nothing in it."""
        scalar = _scalar(value)
        if scalar is not None:
            reasons.append(reason_of("login_text_unquoted", at.where, option=at.named(name), found=scalar))
            return REFUSED
        if not isinstance(value, str) or not (value.strip() if self.name else value):
            return UNDECLARED
        try:
            return self.parse(value)
        except ValueError as error:
            reasons.append(reason_of("login_text_unfit", at.where, option=at.named(name), found=str(error)))
            return REFUSED

    def _misfits(self, text: str) -> Iterator[str]:
        kinds = [_kind(each) for each in text]
        for at in mixed_letters(text) if self.name else ():
            kinds[at] = "look_alike"
        solid = [at for at, each in enumerate(text) if kinds[at] is None and each != " "]
        first, last = (solid[0], solid[-1]) if solid else (0, -1)
        for at, each in enumerate(text):
            kind = kinds[at] or ("blank" if each == " " and self.name and not first <= at <= last else None)
            if kind:
                yield _PLACES[0 if at < first else 1 if at > last else 2].format(_NAMES[kind])


_NAMES = {
    "line_break": "a line break",
    "tab": "a tab",
    "nul": "a NUL",
    "control": "a control character",
    "no_break": "a no-break space",
    "invisible": "a zero-width or invisible character",
    "space": "a space other than the space bar's",
    "half": "half a character",
    "blank": "a blank",
    "look_alike": "a letter that only looks like the Latin one",
}
_PLACES = ("{} at the start", "{} at the end", "{} inside")


def _kind(character: str) -> str | None:
    """What is wrong with a character, or None."""
    if character == " ":
        return None
    for kind, members in (("line_break", _LINE_BREAKS), ("tab", "\t"), ("nul", "\0"), ("no_break", _NO_BREAK)):
        if character in members:
            return kind
    if is_unseen(character):
        return "invisible"
    return {"Cc": "control", "Zs": "space", "Cs": "half"}.get(unicodedata.category(character))


NAME, PASSWORD = LoginText(name=True), LoginText(name=False)
REFUSED = "?"
"""Stands for a text that was refused, so that it is not missing as well."""


def _scalar(value: Any) -> str | None:
    """What YAML has made of a text without quotes, or None where it is something else."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "a date" if isinstance(value, date) else None


def blanks_told(username: str, password: str | None) -> tuple[str, ...]:
    """Notices of blanks that are legitimate at some servers, and a slip at others."""
    around = password is not None and password != password.strip(" ")
    told = [notice_of("blank_in_username", username=username)] if " " in username else []
    return (*told, notice_of("blank_around_password", username=username)) if around else tuple(told)
