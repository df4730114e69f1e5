# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which settings of one object exclude or require each other, by the rules of its noun.

They are asked twice: of the declaration, before the host is touched, and of the object as it would be afterwards, when
the host's other settings are known. What is not known yet, or cannot be read, satisfies every rule that needs its
value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import Reason
from ..options.values import Unreadable
from .settings import Values

Rule = Callable[[Values, str], "Reason | None"]


def broken(rules: Sequence[Rule], values: Values, where: str) -> list[Reason]:
    """A reason for each rule that these values break."""
    known = {option: value for option, value in values.items() if not isinstance(value, Unreadable)}
    return [reason for rule in rules if (reason := rule(known, where)) is not None]


def new_reasons(after: Sequence[Reason], before: Sequence[Reason]) -> list[Reason]:
    """What a declaration breaks together with what the object keeps; what conflicted before may stay."""
    return [reason for reason in after if reason not in before]
