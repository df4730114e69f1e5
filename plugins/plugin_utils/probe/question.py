# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms of the table's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .stand_ins import Shape


@dataclass(frozen=True)
class Ask:
    """One command that is run on a host; several questions may be answered by it."""

    id: str
    command: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    exchange: bool = False


@dataclass(frozen=True)
class Expect:
    """What is assumed of an answer: every value at ``path`` (or ``some``) fits the pattern; what is not told counts for
    nothing. Lists are looked through on the way."""

    path: str
    pattern: str
    some: bool = False


@dataclass(frozen=True)
class Question:
    """One row. ``where``: files of engine, agent or lab that assume it. ``says``: words of pages that leave it open.

    ``ask`` names the command that answers it, ``shape`` what of its output is shown and how; ``tally``: how often each
    different row comes, instead of the rows. Where ``ask`` is none, ``by_hand`` tells how it could be answered.
    """

    key: str
    question: str
    why: str
    assumed: str
    where: tuple[str, ...]
    ask: str | None = None
    shape: Shape = field(default_factory=dict)
    expects: tuple[Expect, ...] = ()
    tally: bool = False
    by_hand: str = ""
    says: tuple[str, ...] = ()
