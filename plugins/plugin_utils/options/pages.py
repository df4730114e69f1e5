# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as tables of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .documented import begin_of, one_of

_CODE = re.compile(r"[OVCM]\(((?:\\.|[^\\)])*)\)")


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table, with the blank lines around it."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in rows) + "\n"


def settings_table(rows: Iterable[Any], head: str) -> str:
    """Settings with their properties; ``head`` stands above what Exchange begins with."""
    lines = []
    for row in rows:
        meaning = _in_markdown(row.description, *one_of(row))
        lines.append((f"`{row.name}`", f"`{row.prop}`", begin_of(row) or "not documented", meaning))
    return table(("option", "Exchange's property", head, "meaning"), lines)


def variables_table(spec: Mapping[str, Mapping[str, Any]]) -> str:
    """The variables of a role's argument spec."""
    lines = []
    for variable, doc in spec.items():
        kind = f"list of {doc['elements']}" if "elements" in doc else doc["type"]
        lines.append((f"`{variable}`", kind, _default(doc), _in_markdown(*doc["description"])))
    return table(("variable", "type", "default", "meaning"), lines)


def _default(doc: Mapping[str, Any]) -> str:
    """What a variable has where it is not declared."""
    if "default" not in doc:
        return "required" if doc.get("required") else ""
    return f"`{doc['default'] if isinstance(doc['default'], str) else json.dumps(doc['default'])}`"


def _in_markdown(*texts: str) -> str:
    """Sentences of Ansible's documentation as a cell."""
    text = _CODE.sub(lambda match: "`" + re.sub(r"\\(.)", r"\1", match[1]) + "`", " ".join(texts))
    return text.replace("|", r"\|")
