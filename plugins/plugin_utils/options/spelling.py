# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an option is named to its reader, where it stands, and what of its value may be repeated."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from ..messages import notice_of
from ..messages.spelled import written_name
from .values import is_writable

_NAME = re.compile(r"[A-Za-z][A-Za-z_. -]{0,39}")
_LISTS = (list, tuple, set, frozenset)
_DEEPEST = 8
_NUMBER_OR_DATE = re.compile(r"[\d.:/+ TZ-]{1,40}")


@dataclass(frozen=True)
class Words:
    """The reasons, as keys of messages.REASONS, with which a table of options refuses what is declared for it: an
    ``unknown`` option, an ``unfit`` value, a ``missing`` one (the empty text: that is for its noun to say), and what
    has not its ``shape`` at all (the empty text: as an unfit value), with what was ``expected``."""

    unknown: str = "option_unknown"
    unfit: str = "value_unfit"
    missing: str = ""
    shape: str = ""
    expected: str = "a mapping"


@dataclass(frozen=True)
class Spelling:
    """Where options stand, and how who declares them writes their names.

    ``subject``: what a reason is about, such as ``send connector 'Neu'``. ``path``: the mapping in which the options
    stand, such as ``transport`` or ``mailboxes[1]``; the empty text for the arguments of a task. ``prefix``: what a
    role's variables have before their names. ``guarded``: a password may stand there under a wrong name, so that no
    text is repeated. ``secrets``: the secrets that are declared in the same mapping, which are not repeated at all.
    """

    subject: str
    path: str = ""
    prefix: str = ""
    words: Words = Words()
    guarded: bool = False
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, where: str | Spelling) -> Spelling:
        """The spelling of a place that may be told by its subject alone."""
        return where if isinstance(where, cls) else cls(str(where))

    @property
    def where(self) -> str:
        """The place that a reason names."""
        return f"{self.subject}, {self.path}" if self.path else self.subject

    def __call__(self, name: str) -> str:
        """An option with the way to it: ``port``, ``send_connector_port``, ``transport.port``, ``accounts[1].port``."""
        if self.path:
            return f"{self.path}.{name}"
        return f"{self.prefix}{name}" if self.prefix else written_name(name)

    def named(self, name: str) -> str:
        """An option in a reason, which names the mapping as its place."""
        return name if self.path else self(name)

    def inside(self, name: str, words: Words | None = None, guarded: bool = False) -> Spelling:
        """The spelling of the options in the mapping that this option is."""
        return replace(self, path=self(name), words=words or self.words, guarded=self.guarded or guarded)

    def beside(self, secrets: Iterable[Any]) -> Spelling:
        """The spelling of options beside which these secrets are declared."""
        return replace(self, secrets=self.secrets | texts_of(secrets))

    def name_shown(self, name: object) -> str:
        """What a reason repeats of a name that is no option's."""
        return notice_of("hidden_value") if name in self.secrets else name_shown(name)

    def shown(self, value: Any) -> str:
        """What a reason repeats of a value."""
        if texts_of([value]) & self.secrets:
            return notice_of("hidden_value")
        if not self.guarded or isinstance(value, (int, float)):
            return repr(_without_texts(value, inside=False))
        return guarded(value)


def texts_of(values: Iterable[Any]) -> frozenset[str]:
    """The texts and numbers among some values, as texts."""
    scalars = (each for each in values if isinstance(each, (str, int, float, date)) and is_writable(each))
    return frozenset(text for each in scalars if (text := str(each)))


def guarded(value: Any, secrets: Container[str] = ()) -> str:
    """What a reason may repeat of a value that may be a password in the wrong place: a number, or what looks like a
    date, and is none of these ``secrets``."""
    if not isinstance(value, str):
        return type(value).__name__
    return repr(value) if _NUMBER_OR_DATE.fullmatch(value) and value not in secrets else notice_of("hidden_value")


def name_shown(name: object) -> str:
    """What stands where an option's name belongs, unless it may be a password that has slipped there."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else notice_of("hidden_value")


def _without_texts(value: Any, inside: bool, depth: int = 0) -> Any:
    """A value of which no text in a mapping is left: it may be a login, whatever it was declared for. What lies deep,
    perhaps in itself, is left out, too."""
    if isinstance(value, (Mapping, *_LISTS)) and depth == _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {name_shown(key): _without_texts(each, True, depth + 1) for key, each in value.items()}
    if isinstance(value, _LISTS):
        return [_without_texts(each, inside, depth + 1) for each in value]
    return "..." if (inside and isinstance(value, (str, bytes))) or not _is_plain(value) else value


def _is_plain(value: Any) -> bool:
    """Whether Python can write a value out, and nothing but the value then stands there."""
    return is_writable(value) and isinstance(value, (str, bytes, int, float, date, time, type(None)))
