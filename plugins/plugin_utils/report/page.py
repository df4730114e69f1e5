# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run: one page that stands alone, for whoever did not watch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..controller.atomic_write import write_whole
from ..messages.report import REPORT
from ..messages.visible import visible, visible_lines
from .entry import STATES, NextEvent, ReportEntry

_MOMENT = "%Y-%m-%d %H:%M UTC"
"""As results tell moments of a host's clock."""
_TEMPLATES = Path(__file__).parent.parent / "data"


def render(entries: Sequence[ReportEntry], playbook: str, at: datetime, language: str = "en") -> str:
    """The page of a run that ended ``at`` (aware), as HTML without anything to load from elsewhere."""
    loader, words = FileSystemLoader(_TEMPLATES), REPORT[language]
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=visible_lines
    )
    environment.filters |= {"lines": partial(_lines, words), "visible": visible, "date": partial(_date, words)}
    environment.filters["event"] = partial(_event, words)
    hosts = {name: [each for each in entries if each.host == name] for name in sorted({each.host for each in entries})}
    return environment.get_template("report.html.j2").render(
        words=words,
        hosts=hosts,
        worst={name: worst(of_host) for name, of_host in hosts.items()},
        worst_of_all=worst(entries),
        next={name: _first(of_host) for name, of_host in hosts.items()},
        playbook=playbook,
        at=at,
    )


def language_of(text: str) -> str | None:
    """The language that somebody means: de, DE, de_DE.UTF-8; None where it is none of ours."""
    code = text.strip().lower()[:2]
    return code if code in REPORT else None


def worst(entries: Sequence[ReportEntry]) -> str:
    """The state that stands for all of them, the mildest where there is none."""
    return min((each.state for each in entries), key=STATES.index, default=STATES[-1])


def write(page: str, path: Path) -> None:
    """Write the page, for its owner alone, or leave what was there. Raises OSError."""
    write_whole(path, page)


def _first(entries: Sequence[ReportEntry]) -> NextEvent | None:
    """What comes next on a host."""
    return min((each.next for each in entries if each.next), key=lambda event: event.moment, default=None)


def _date(words: Mapping[str, Any], moment: datetime) -> str:
    """A moment as a reader of that language writes it."""
    weekday, month = words["weekdays"][moment.weekday()], words["months"][moment.month - 1]
    shown = words["date"].format(weekday=weekday, day=moment.day, month=month, year=moment.year, time=f"{moment:%H:%M}")
    return str(shown)


def _event(words: Mapping[str, Any], event: NextEvent) -> str:
    """What happens then."""
    return str(words["next_switch" if event.takes_over else "next_relief"].format(login=event.login))


def _lines(words: Mapping[str, Any], value: Any, codes: Mapping[str, str]) -> list[str]:
    """A value as lines: a mapping's entries, a list's members, or the value itself; ``codes`` have words of their
    own."""
    if isinstance(value, Mapping):
        return [f"{codes.get(name, name)}: {', '.join(_lines(words, each, codes))}" for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [", ".join(_lines(words, each, codes)) for each in value]
    with suppress(ValueError):
        return [f"{_date(words, datetime.strptime(str(value), _MOMENT))} (UTC)"]
    return [codes.get(str(value), str(value))]
