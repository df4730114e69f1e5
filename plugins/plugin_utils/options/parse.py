# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How what is declared becomes values: every misfit a reason with its path, none raised, no secret repeated."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from ..errors import Reason
from ..messages import notice_of, reason_of
from .near import OF_EVERY_RUN, inside, nearest
from .option import UNDECLARED, Option
from .spelling import Spelling
from .values import Kind

MISFIT: Any = object()
"""Stands for a value that was refused, and has its reason."""


class Reader(Kind):
    """A kind that has reasons of its own, as mappings and lists have for what is in them."""

    @abstractmethod
    def read(self, value: Any, at: Spelling, name: str, reasons: list[Reason]) -> Any:
        """The canonical form of what is declared for the option ``name``: MISFIT where it was refused, UNDECLARED where
        it counts as not declared. Never raises."""


def parse(
    options: Iterable[Option],
    arguments: Mapping[str, Any],
    where: Spelling,
    reasons: list[Reason],
    later: Container[str] = (),
) -> dict[str, Any]:
    """The values of what is declared, and the defaults of the rest, by option. What is neither declared nor has a
    default is not there, nor is what does not fit, so that no further reason is given for it.

    None is what Ansible's ``omit`` leaves: not declared. Options that come ``later`` are known and not read: their noun
    reads them with what it has learnt from the others. Never raises; each misfit is one of the ``reasons``.
    """
    known = {each.name: each for each in options}
    where = where.beside(arguments.get(each.name) for each in known.values() if each.secret)
    reasons += unknown_options(arguments, known, where)
    read_now = [each for name, each in known.items() if name not in later]
    values = {each.name: _value(each, arguments.get(each.name), where, reasons) for each in read_now}
    return {name: value for name, value in values.items() if value is not UNDECLARED}


def _value(option: Option, declared: Any, at: Spelling, reasons: list[Reason]) -> Any:
    found = UNDECLARED if declared is None else read(option.kind, declared, at, option.name, reasons, option.secret)
    if found is UNDECLARED and option.required and at.words.missing:
        reasons.append(reason_of(at.words.missing, at.where, option=at.named(option.name)))
    return option.default if found is UNDECLARED or found is MISFIT else found


def read(kind: Kind, declared: Any, at: Spelling, name: str, reasons: list[Reason], secret: bool = False) -> Any:
    """The canonical form of one value that is declared, or MISFIT; a reader may find that it is UNDECLARED."""
    if isinstance(kind, Reader):
        return kind.read(declared, at, name, reasons)
    try:
        return kind.parse(declared)
    except ValueError as error:
        shown = notice_of("hidden_value") if secret else at.shown(declared)
        reasons.append(reason_of(at.words.unfit, at.where, option=at.named(name), value=shown, expected=str(error)))
        return MISFIT


def unknown_options(arguments: Iterable[str], known: Container[str], at: Spelling) -> list[Reason]:
    """A reason for each argument, or key of a declared mapping, that is none of those known."""
    names = list(known) if isinstance(known, Iterable) else []
    options = known.values() if isinstance(known, Mapping) else ()
    return [_unknown(each, names, options, at) for each in arguments if each not in known]


def _unknown(name: str, known: Sequence[str], options: Iterable[Any], at: Spelling) -> Reason:
    shown = at.name_shown(name)
    told = shown if shown == name else ""  # what may be a password is not compared with anything
    # The options of every run were taken out of a task's arguments before.
    near = nearest(told, known if at.path else [*known, *OF_EVERY_RUN])
    within = [notice_of("option_inside", name=each, option=at(option)) for each, option in inside(told, options)]
    offered = " or ".join(within or near) or ", ".join(known) or notice_of("no_own_options")
    return reason_of(at.words.unknown, at.where, option=shown, known=offered)
