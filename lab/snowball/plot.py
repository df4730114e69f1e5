"""Draws stories as SVG, two panels each: the messages so far, and the attempts of each hour.

Amounts are stacked areas, so none lies under another: what is not to be seen is zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from lab.snowball.story import Sample

Value = Callable[[Sample, Sample], int]
"""A number of an hour: its own sample, and that of the hour before."""
_WIDTH, _HEIGHT, _TOP, _BELOW = 400, 180, 70, 90
_LEFTS: Final = (80, 590)
_SHEET: Final = 1020
_START: Final = Sample(0, 0, 0, 0, 0, 0)
_GREEN, _PURPLE, _RED, _ORANGE, _DARK = "#54a24b", "#b279a2", "#e45756", "#f58518", "#333333"


@dataclass(frozen=True)
class _Panel:
    """``layers``: name, colour and upper edge of each area, from the back to the front; ``edge`` names the uppermost
    one's line. ``hourly``: each hour has a height of its own."""

    left: int
    caption: str
    layers: tuple[tuple[str, str, Value], ...]
    edge: str = ""
    hourly: bool = False


_SO_FAR: Final = _Panel(
    _LEFTS[0],
    "messages so far",
    (
        ("bounced", _RED, lambda now, before: now.delivered + now.queued + now.bounced),
        ("waiting", _PURPLE, lambda now, before: now.delivered + now.queued),
        ("delivered", _GREEN, lambda now, before: now.delivered),
    ),
    edge="offered",
)
_PER_HOUR: Final = _Panel(
    _LEFTS[1],
    "attempts per hour (logarithmic)",
    (
        ("refused", _ORANGE, lambda now, before: now.attempts - before.attempts),
        ("delivered", _GREEN, lambda now, before: now.delivered - before.delivered),
    ),
    hourly=True,
)


@dataclass(frozen=True)
class _Axis:
    """Numbers upwards, the same for all stories; zero lies on the line below."""

    ticks: tuple[int, ...]
    scale: Callable[[float], float]

    def y(self, number: float, top: int) -> float:
        """Where a number is."""
        return round(top + _HEIGHT * (1 - self.scale(number) / self.scale(self.ticks[-1])), 1)


def draw(stories: Mapping[str, Sequence[Sample]]) -> str:
    """The whole picture. Each story, by its title, has at least one sample."""
    height = _TOP + len(stories) * (_HEIGHT + _BELOW)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SHEET} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="100%" height="{height}" fill="white"/>',
    ]
    for panel, axis in ((_SO_FAR, _linear), (_PER_HOUR, _logarithmic)):
        parts += _legend(panel)
        scale = axis(max(_highest(panel, samples) for samples in stories.values()))
        for number, samples in enumerate(stories.values()):
            parts += _panel(panel, scale, samples, _top(number))
    titles = (_text(_LEFTS[0], _top(number) - 10, title, "bold") for number, title in enumerate(stories))
    return "\n".join([*parts, *titles, "</svg>"]) + "\n"


def _top(number: int) -> int:
    return _TOP + number * (_HEIGHT + _BELOW)


def _highest(panel: _Panel, samples: Sequence[Sample]) -> int:
    return max(panel.layers[0][2](now, before) for before, now in pairwise([_START, *samples]))


def _linear(highest: int) -> _Axis:
    """Four steps of a round length, or five."""
    step = 10 ** math.floor(math.log10(max(highest, 10) / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if 5 * factor * step >= highest)
    return _Axis(tuple(round(step * n) for n in range(math.ceil(max(highest, 1) / step) + 1)), float)


def _logarithmic(highest: int) -> _Axis:
    """Powers of ten, and zero."""
    return _Axis((0, *(10**n for n in range(math.ceil(math.log10(max(highest, 10))) + 1))), math.log1p)


def _legend(panel: _Panel) -> Iterator[str]:
    names = [(name, colour, 12) for name, colour, _ in reversed(panel.layers)]
    names += [(f"{panel.edge} (all of them)", _DARK, 2)] if panel.edge else []
    for number, (name, colour, thick) in enumerate(names):
        x = panel.left + number * 90
        yield f'<rect x="{x}" y="{24 - thick / 2}" width="14" height="{thick}" fill="{colour}"/>'
        yield _text(x + 19, 29, name)


def _panel(panel: _Panel, axis: _Axis, samples: Sequence[Sample], top: int) -> Iterator[str]:
    hours = max(math.ceil(samples[-1].hours / 24), 1) * 24
    yield from _frame(panel, axis, hours // 24, top)
    for _, colour, value in panel.layers:
        points = _edge(panel, axis, samples, value, hours, top)
        below = axis.y(0, top)
        closed = [f"{panel.left},{below}", *points, f"{points[-1].partition(',')[0]},{below}"]
        yield f'<polygon points="{" ".join(closed)}" fill="{colour}" shape-rendering="crispEdges"/>'
    if panel.edge:
        points = _edge(panel, axis, samples, panel.layers[0][2], hours, top)
        yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{_DARK}" stroke-width="1.5"/>'


def _frame(panel: _Panel, axis: _Axis, days: int, top: int) -> Iterator[str]:
    """Both axes with their numbers and captions."""
    left, bottom = panel.left, top + _HEIGHT
    for tick in axis.ticks:
        y = axis.y(tick, top)
        yield f'<line x1="{left}" y1="{y}" x2="{left + _WIDTH}" y2="{y}" stroke="{_DARK if tick == 0 else "#ddd"}"/>'
        yield _text(left - 6, y + 4, f"{tick:,}", anchor="end")
    for day in range(0, days + 1, 2 if days > 6 else 1):
        x = _x(left, 24 * day, 24 * days)
        yield f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{bottom + 5}" stroke="{_DARK}"/>'
        yield _text(x, bottom + 19, str(day), anchor="middle")
    yield _text(left + _WIDTH / 2, bottom + 38, "days", anchor="middle")
    x, y = left - 62, top + _HEIGHT / 2
    yield f'<text x="{x}" y="{y}" text-anchor="middle" transform="rotate(-90 {x} {y})">{panel.caption}</text>'


def _edge(panel: _Panel, axis: _Axis, samples: Sequence[Sample], value: Value, hours: int, top: int) -> list[str]:
    """The upper edge of an area: from zero on, or level for each hour."""
    points = [] if panel.hourly else [(0, 0)]
    for before, now in pairwise([_START, *samples]):
        points += [(before.hours, value(now, before))] if panel.hourly else []
        points.append((now.hours, value(now, before)))
    return [f"{_x(panel.left, at, hours)},{axis.y(number, top)}" for at, number in points]


def _x(left: int, at: float, hours: int) -> float:
    return round(left + _WIDTH * at / hours, 1)


def _text(x: float, y: float, text: str, weight: str = "normal", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}" text-anchor="{anchor}">{escape(text)}</text>'
