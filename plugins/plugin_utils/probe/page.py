# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table as docs/unknowns.md shows it."""

from __future__ import annotations

from collections.abc import Sequence

from ..messages.visible import folded
from .by_hand import BY_HAND
from .question import Expect, Question
from .questions import ASKED, ASKS

_COMMANDS = {ask.id: ask.command for ask in ASKS}


def unknowns() -> str:
    """The rows, those that a look answers first."""
    asked = [_row(each, _asked(each)) for each in ASKED]
    by_hand = [_row(each, each.by_hand) for each in BY_HAND]
    return "\n".join(
        [
            *_head("Answered by looking", "how it is asked, and compared"),
            *asked,
            *_head("Not answered by looking", "how it could be answered"),
            *by_hand,
            "",
            "",
        ]
    )


def _head(title: str, last: str) -> list[str]:
    return [
        "",
        f"## {title}",
        "",
        f"| key | question | why it matters | what is assumed today | where | {last} |",
        "| --- | --- | --- | --- | --- | --- |",
    ]


def _row(row: Question, last: str) -> str:
    where = ", ".join(f"`{path}`" for path in row.where)
    cells = (f"`{row.key}`", row.question, row.why, row.assumed, where, last)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _asked(row: Question) -> str:
    names = ", ".join(f"`{name}`" for name in row.shape)
    command = f"`{_COMMANDS[str(row.ask)]}`: {names}"
    return "; ".join([command, *_compared(row.expects)])


def _compared(expects: Sequence[Expect]) -> list[str]:
    return [f"{'some' if each.some else 'each'} `{each.path}` fits `{each.pattern}`" for each in expects]


def _cell(text: str) -> str:
    """One line; a bar would end the cell, also in code."""
    return folded(text).replace("|", "\\|")
