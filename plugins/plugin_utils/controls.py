# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that steer a run, and how the arguments of a task become their values: every misfit a reason, none raised."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Reason
from .messages import say
from .options.option import names
from .options.parse import unknown_options as unknown
from .options.spelling import Spelling
from .values import Kind

__all__ = ["Control", "convert", "convert_all", "names", "unknown_options"]


@dataclass(frozen=True)
class Control:
    """One option that steers the run instead of being a setting of the host."""

    option: str
    kind: Kind
    default: Any
    description: str
    required: bool = False


def unknown_options(arguments: Iterable[str], known: Container[str], where: str) -> list[Reason]:
    """A reason for each argument that is none of those known."""
    return unknown(arguments, known, Spelling(where))


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
    reasons: list[Reason], where: str, controls: Iterable[Any], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of all these controls by option, each as ``convert`` gives it."""
    return {
        each.option: convert(reasons, where, each.option, each.kind, arguments.get(each.option), each.default)
        for each in controls
    }
