# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run: one page that stands alone, for whoever did not watch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..controller.atomic_write import write_whole
from ..messages.report import REPORT
from ..messages.visible import visible, visible_lines
from .entry import STATES, ReportEntry

_TEMPLATES = Path(__file__).parent.parent / "data"


def render(entries: Sequence[ReportEntry], playbook: str, at: datetime) -> str:
    """The page of a run that ended ``at`` (aware), as HTML without anything to load from elsewhere."""
    loader = FileSystemLoader(_TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=visible_lines
    )
    environment.filters |= {"lines": _lines, "visible": visible}
    hosts = {name: [each for each in entries if each.host == name] for name in sorted({each.host for each in entries})}
    return environment.get_template("report.html.j2").render(
        words=REPORT,
        hosts=hosts,
        worst={name: worst(of_host) for name, of_host in hosts.items()},
        worst_of_all=worst(entries),
        playbook=playbook,
        at=at.strftime("%Y-%m-%d %H:%M %Z"),
    )


def worst(entries: Sequence[ReportEntry]) -> str:
    """The state that stands for all of them, the mildest where there is none."""
    return min((each.state for each in entries), key=STATES.index, default=STATES[-1])


def write(page: str, path: Path) -> None:
    """Write the page, for its owner alone, or leave what was there. Raises OSError."""
    write_whole(path, page)


def _lines(value: Any) -> list[str]:
    """A value as lines: a mapping's entries, a list's members, or the value itself."""
    if isinstance(value, Mapping):
        return [f"{name}: {', '.join(_lines(each))}" for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [", ".join(_lines(each)) for each in value]
    return [str(value)]
