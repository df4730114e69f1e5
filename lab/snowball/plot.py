"""Draws stories as SVG: one panel each, days to the right, numbers upwards in powers of ten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from lab.snowball.story import Sample

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 860, 220, 70, 50, 70
_DECADES: Final = 5  # up to 100,000
_LINES: Final[tuple[tuple[str, str, Callable[[Sample, Sample], int]], ...]] = (
    ("offered", "#4c78a8", lambda now, before: now.offered),
    ("delivered", "#54a24b", lambda now, before: now.delivered),
    ("attempts in the hour", "#f58518", lambda now, before: now.attempts - before.attempts),
    ("queued now", "#b279a2", lambda now, before: now.queued),
    ("bounced", "#e45756", lambda now, before: now.bounced),
)


def draw(stories: Mapping[str, Sequence[Sample]]) -> str:
    """The whole picture. Each story, by its title, has at least one sample."""
    height = _TOP + len(stories) * (_HEIGHT + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="100%" height="{height}" fill="white"/>',
        *_legend(),
    ]
    for number, (title, samples) in enumerate(stories.items()):
        parts += _panel(title, samples, _TOP + 20 + number * (_HEIGHT + _GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> Iterator[str]:
    for number, (name, colour, _) in enumerate(_LINES):
        x = _LEFT + number * 165
        yield f'<line x1="{x}" y1="25" x2="{x + 20}" y2="25" stroke="{colour}" stroke-width="3"/>'
        yield f'<text x="{x + 25}" y="30">{name}</text>'


def _panel(title: str, samples: Sequence[Sample], top: int) -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="{top - 6}" font-weight="bold">{escape(title)}</text>'
    days = max(math.ceil(samples[-1].hours / 24), 1)
    for decade in range(_DECADES + 1):
        y = _y(10**decade, top)
        yield f'<line x1="{_LEFT}" y1="{y}" x2="{_LEFT + _WIDTH}" y2="{y}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{10**decade:,}</text>'
    for day in range(0, days + 1, 2 if days > 6 else 1):
        x = _x(24 * day, days)
        yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{top + _HEIGHT}" stroke="#eee"/>'
        yield f'<text x="{x}" y="{top + _HEIGHT + 16}" text-anchor="middle">day {day}</text>'
    for _, colour, value in _LINES:
        points = _points(samples, value, days, top)
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _points(samples: Sequence[Sample], value: Callable[[Sample, Sample], int], days: int, top: int) -> str:
    before = Sample(0, 0, 0, 0, 0, 0)
    points = []
    for sample in samples:
        points.append(f"{_x(sample.hours, days)},{_y(value(sample, before), top)}")
        before = sample
    return " ".join(points)


def _x(hours: float, days: int) -> float:
    return round(_LEFT + _WIDTH * hours / (24 * days), 1)


def _y(number: int, top: int) -> float:
    """Nothing lies on the line of one."""
    part = min(math.log10(max(number, 1)) / _DECADES, 1)
    return round(top + _HEIGHT * (1 - part), 1)
