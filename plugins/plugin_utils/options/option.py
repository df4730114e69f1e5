# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be declared: one row an option, which actions, documentation, argument specs and tests read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .values import Kind


class _Undeclared:
    """No default: what is not declared is not touched."""

    def __repr__(self) -> str:
        return "undeclared"


UNDECLARED: Any = _Undeclared()


@dataclass(frozen=True)
class Option:
    """One option. ``default`` is the value of one that is not declared, UNDECLARED where it is then left alone;
    a ``secret`` is never repeated, wherever it stands."""

    name: str
    kind: Kind
    description: str
    default: Any = field(default=UNDECLARED, kw_only=True)
    required: bool = field(default=False, kw_only=True)
    secret: bool = field(default=False, kw_only=True)


def names(*tables: Iterable[Option]) -> frozenset[str]:
    """The names of the options of some tables."""
    return frozenset(each.name for table in tables for each in table)
