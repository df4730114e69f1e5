# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that a sentence names, as its reader has to write them.

A sentence names an option as a module has it. One of several words (``confirm_mass_change``) is nothing else in a
sentence; one of a single word that may be (``method``) is marked as ``O(method)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Written = Mapping[str, Mapping[str, str]]
"""Noun -> option -> how its reader writes it; the empty noun stands for all that are not named."""
_written: ContextVar[Written | None] = ContextVar("written", default=None)
_NAMED = re.compile(r"O\((\w+)\)|(?<![\w.{])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w(}])")


@contextmanager
def written_as(names: Written) -> Iterator[None]:
    """While somebody reads who writes options so."""
    token = _written.set(names)
    try:
        yield
    finally:
        _written.reset(token)


def spelled(sentence: str, noun: str) -> str:
    """A sentence of a noun, before anything is filled in."""
    by_noun = _written.get() or {}
    names = by_noun.get(noun) or by_noun.get("", {})
    return _NAMED.sub(lambda at: names.get(at[1] or at[0], at[1] or at[0]), sentence)


def written_name(option: str) -> str:
    """An option, as who reads writes it."""
    return (_written.get() or {}).get("", {}).get(option, option)
