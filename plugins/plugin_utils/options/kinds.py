# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of what is nested: mappings with options of their own, lists, and what its noun reads itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Reason
from ..messages import reason_of
from .option import UNDECLARED, Option
from .parse import MISFIT, Reader, parse, read
from .spelling import Spelling, Words
from .values import Kind


class Raw(Reader):
    """What is read by its noun, with what that knows besides; the documentation tells in words what it may be."""

    def __init__(self, ansible_type: str = "raw") -> None:
        self.ansible_type = ansible_type

    def read(self, value: Any, at: Spelling, name: str, reasons: list[Reason]) -> Any:
        return value


class Record(Reader):
    """A mapping with known options; its canonical form is a dict, as ``parse`` makes it. Where one of them is secret,
    no text of it is repeated."""

    ansible_type = "dict"

    def __init__(self, *options: Option, words: Words = Words()) -> None:  # noqa: B008 - it is frozen
        self.options, self.words = options, words
        self.guarded = any(each.secret for each in options)

    def read(self, value: Any, at: Spelling, name: str, reasons: list[Reason]) -> Any:
        inner = at.inside(name, self.words, self.guarded)
        if isinstance(value, Mapping):
            return parse(self.options, value, inner, reasons)
        reasons.append(_misshapen(self.words, value, at, name, self.guarded))
        return MISFIT


class ListOf(Reader):
    """A list of values of one kind; its canonical form is a tuple in the declared order, with each value once.

    ``alone``: one text without a list counts as a list of it. ``least``: how many there must be. What does not fit is
    left out. In a list of mappings each keeps its place: equal ones are not one, and None stands for what is none.
    ``words``: how a list is refused that is none.
    """

    ansible_type = "list"

    def __init__(self, item: Kind, *, alone: bool = False, least: int = 0, words: Words | None = None) -> None:
        self.item, self.alone, self.least, self.words = item, alone, least, words
        self.elements = item.ansible_type

    def read(self, value: Any, at: Spelling, name: str, reasons: list[Reason]) -> Any:
        single = self.alone and isinstance(value, str)
        listed = [value] if single else value
        if not isinstance(listed, list) or len(listed) < self.least:
            words = self.words or Words(expected=self._expected)
            reasons.append(_misshapen(words, value, at, name, getattr(self.item, "guarded", False)))
            return MISFIT
        places = [name] if single else [f"{name}[{number}]" for number in range(len(listed))]
        read_all = [self._item(each, at, place, reasons) for each, place in zip(listed, places, strict=True)]
        if isinstance(self.item, Record):
            return tuple(None if each is MISFIT else each for each in read_all)
        return tuple(dict.fromkeys(each for each in read_all if each is not MISFIT))

    @property
    def _expected(self) -> str:
        texts = f"a list of {', '.join(self.item.choices)}" if self.item.choices else "a list of texts"
        return texts if not self.least else f"{texts}, none of them empty"

    def _item(self, value: Any, at: Spelling, place: str, reasons: list[Reason]) -> Any:
        found = read(self.item, value, at, place, reasons)
        if found is None or found is UNDECLARED:
            reasons.append(
                reason_of(at.words.unfit, at.where, option=at.named(place), value=at.shown(value), expected="a text")
            )
            return MISFIT
        return found


def _misshapen(words: Words, value: Any, at: Spelling, name: str, guarded: bool) -> Reason:
    """The reason for a value that is no mapping, or no list. It names the option where it tells its value, else the
    whole way to it."""
    inner = at.inside(name, guarded=guarded)
    if words.shape:
        return reason_of(words.shape, inner.where, type=type(value).__name__, expected=words.expected)
    return reason_of(at.words.unfit, at.where, option=at.named(name), value=inner.shown(value), expected=words.expected)
