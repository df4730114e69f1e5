# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""scripts/probe_host.ps1: the agent's parts and the table as one script to paste into a server's own PowerShell.

Of the parts it takes only what the questions reach, so that nothing in it can write but the one line that writes the
answers. No line of it is empty before the end: to the console of PowerShell 2.0 an empty line is the end of a block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..agent import parts
from .answers import asked_for
from .questions import ASKED, ASKS, step_of
from .stand_ins import TABLE, Shape

PARTS = ("stand_ins", "main")
_WIDTH = 116
_FUNCTION = re.compile(r"\Afunction ([\w-]+)")
_VARIABLE = re.compile(r"\A\$(\w+) =")
_OF_COMMAND = re.compile(r"(?:\$OwnCommands\.Add\(|\A\$NeedsExchange\[)'([\w-]+)'")
_ROW = re.compile(r"\A    '([\w-]+)'\s+= @\{")
_CUT = re.compile(r'(?<=["\]}0-9el]), (?=["\[{])')
_LEFT_OUT = re.compile(r"\A(?:param\(|# Copyright|# SPDX)")


@dataclass(frozen=True)
class Piece:
    """One statement or function of a script, with the comment above it."""

    lines: tuple[str, ...]

    @property
    def code(self) -> str:
        """Without the comments."""
        return "\n".join(line for line in self.lines if not line.lstrip().startswith("#"))

    def name(self, pattern: re.Pattern[str]) -> str | None:
        """What the pattern finds at its beginning."""
        found = pattern.search(self.code)
        return found[1] if found else None


def pasted() -> str:
    """Everything between the marks of scripts/probe_host.ps1."""
    commands = {each.command for each in ASKS}
    agent = parts.agent_text(commands).removesuffix(_read("request"))
    pieces = list(_pieces("\n".join([agent, *(_read(f"pasted/{name}") for name in PARTS)])))
    kept = _reached(_last_ones(pieces), commands)
    lines = [line for piece in kept for line in _shortened(piece, commands)]
    return "\n".join(["function Invoke-Probe {", *_table(), *lines, "}", "", "Invoke-Probe", "", ""])


def _read(name: str) -> str:
    return (parts.FOLDER / f"{name}.ps1").read_text(encoding="ascii").replace("\r\n", "\n")


def _pieces(text: str) -> Iterator[Piece]:
    """A new piece begins at a line that is not indented and closes nothing; comments belong to what follows."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not line.strip() or _LEFT_OUT.match(line):
            continue
        begins = line[0] not in " })"
        if begins and lines and not all(each.startswith("#") for each in lines):
            yield Piece(tuple(lines))
            lines = []
        lines.append(line)
    yield Piece(tuple(lines))


def _last_ones(pieces: list[Piece]) -> list[Piece]:
    """Of two functions of one name the later one."""
    last = {piece.name(_FUNCTION): piece for piece in pieces}
    return [piece for piece in pieces if piece.name(_FUNCTION) is None or last[piece.name(_FUNCTION)] is piece]


def _reached(pieces: list[Piece], commands: set[str]) -> list[Piece]:
    """The pieces that the last statements and the commands need, in their order."""
    kept = {at for at, piece in enumerate(pieces) if _is_root(piece, commands)}
    while True:
        text = "\n".join(pieces[at].code for at in sorted(kept))
        further = {at for at, piece in enumerate(pieces) if at not in kept and _is_named(piece, text)}
        if not further:
            return [pieces[at] for at in sorted(kept)]
        kept |= further


def _is_root(piece: Piece, commands: set[str]) -> bool:
    """A statement; of one for a command only those for ours, and no variable, which somebody has to need."""
    name, command = piece.name(_FUNCTION), piece.name(_OF_COMMAND)
    if name or command:
        return (name or command) in commands
    return piece.name(_VARIABLE) is None


def _is_named(piece: Piece, text: str) -> bool:
    function, variable = piece.name(_FUNCTION), piece.name(_VARIABLE)
    if function:
        return re.search(rf"(?<![\w$-]){re.escape(function)}(?![\w-])", text) is not None
    return variable is not None and re.search(rf"\${variable}\b", text, re.IGNORECASE) is not None


def _shortened(piece: Piece, commands: set[str]) -> Iterable[str]:
    """The list of Exchange's cmdlets with ours alone."""
    if piece.name(_VARIABLE) != "ExchangeCommands":
        return piece.lines
    return [line for line in piece.lines if not (found := _ROW.match(line)) or found[1] in commands]


def _table() -> list[str]:
    """The table as the lines of a here-string, in ASCII."""
    harmless = json.loads(TABLE.read_text(encoding="utf-8"))
    table: dict[str, Any] = {key: value for key, value in harmless.items() if key != "about"}
    table["keys"] = list(dict.fromkeys(asked_for()))
    table["steps"] = [step_of(each).as_data() for each in ASKS]
    table["questions"] = [
        {"key": row.key, "asks": row.question, "ask": row.ask, "tally": row.tally, "shape": _pairs(row.shape)}
        for row in ASKED
    ]
    return [
        "# What is asked, what is shown of it, and which words may be shown.",
        "$TableText = @'",
        *_lines(table),
        "'@",
    ]


def _pairs(shape: Shape) -> Any:
    """A shape whose order JSON keeps."""
    return shape if isinstance(shape, str) else [[name, _pairs(below)] for name, below in shape.items()]


def _lines(table: dict[str, Any]) -> list[str]:
    """JSON of one entry a line, cut between its values where that would be too long."""
    rows: list[str] = []
    for key, value in table.items():
        entries = value if isinstance(value, list) else [value]
        texts = [json.dumps(entry) for entry in entries]
        body = ",\n".join(texts) if isinstance(value, list) else texts[0]
        rows.append(f"{json.dumps(key)}: " + (f"[\n{body}\n]" if isinstance(value, list) else body))
    text = "{\n" + ",\n".join(rows) + "\n}"
    return [piece for line in text.split("\n") for piece in _folded(line)]


def _folded(line: str) -> Iterator[str]:
    """At blanks behind a comma, which JSON takes for a line end as well; a text is never cut."""
    while len(line) > _WIDTH:
        cuts = [found.end() for found in _CUT.finditer(line)]
        if not cuts:
            break
        at = max((cut for cut in cuts if cut <= _WIDTH), default=cuts[0])
        yield line[:at].rstrip()
        line = line[at:]
    yield line
