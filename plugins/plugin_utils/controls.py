# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that steer a run, and how the arguments of a task become their values: every misfit a reason, none raised."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Reason
from .messages import say, tell
from .options.option import Option
from .values import Kind

_MISFIT = object()


@dataclass(frozen=True)
class Control:
    """One option that steers the run instead of being a setting of the host."""

    option: str
    kind: Kind
    default: Any
    description: str
    required: bool = False


Row = Control | Option
"""An option of any table: a control, or a setting of a noun."""


def name_of(row: Row) -> str:
    """What an option is called."""
    return row.name if isinstance(row, Option) else row.option


def names(*tables: Iterable[Row]) -> frozenset[str]:
    """The options of some tables."""
    return frozenset(name_of(each) for table in tables for each in table)


def unknown_options(arguments: Iterable[str], known: Container[str], where: str) -> list[Reason]:
    """A reason for each argument, or key of a declared mapping, that is none of those known."""
    return [say("option_unknown", where, option=_named(option)) for option in arguments if option not in known]


def _named(option: object) -> str:
    """What stands where an option's name belongs, unless it may be a password that has slipped there."""
    return str(option) if re.fullmatch(r"[A-Za-z][A-Za-z_. -]{0,39}", str(option)) else tell("hidden_value")


def convert(reasons: list[Reason], where: str, option: str, kind: Kind, value: Any, default: Any) -> Any:
    """An option's canonical value, or its default where it is not declared; a misfit becomes a reason."""
    if value is None:
        return default
    try:
        return kind.wish(value)
    except ValueError as error:
        reasons.append(say("value_unfit", where, option=option, value=repr(value), expected=str(error)))
        return default


def convert_all(
    reasons: list[Reason], where: str, controls: Iterable[Control], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of all these controls by option, each as ``convert`` gives it."""
    return {
        each.option: convert(reasons, where, each.option, each.kind, arguments.get(each.option), each.default)
        for each in controls
    }


def convert_declared(
    reasons: list[Reason], where: str, settings: Iterable[Row], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The declared ones of these settings; None (omitted by a role) counts as not declared.

    A misfit is left out, so that no further reason is given for what it is not.
    """
    values = {
        (name := name_of(each)): convert(reasons, where, name, each.kind, arguments.get(name), _MISFIT)
        for each in settings
        if arguments.get(name_of(each)) is not None
    }
    return {option: value for option, value in values.items() if value is not _MISFIT}
