"""The told snowball: its numbers are those of README.md, its plot shows them, and nothing in it is left to chance."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from lab.snowball.plot import draw
from lab.snowball.story import Sample, Story, tell

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = ROOT / "scripts" / "demo-snowball"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def told(script: dict[str, Any]) -> dict[str, list[Sample]]:
    """The three stories, as far as the table's first look."""
    return {story.title: list(tell(story, script["EARLY"])) for story in script["stories"]()}


def written() -> list[str]:
    """The rows between the marks in README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall("BEGIN written by scripts/demo-snowball -->(.*?)<!-- END", text, re.DOTALL)
    return [line for line in found.splitlines() if line.startswith("|")]


def test_the_numbers_in_the_readme_are_those_of_the_command(
    script: dict[str, Any], told: dict[str, list[Sample]]
) -> None:
    rows = script["table"](told, [script["EARLY"]])
    assert rows == [row for row in written() if f"| {script['DAYS']} days |" not in row]
    assert len(written()) == 2 + 2 * len(told)


def test_every_mail_is_somewhere_at_every_hour(told: dict[str, list[Sample]]) -> None:
    for samples in told.values():
        assert all(each.offered == each.delivered + each.bounced + each.queued for each in samples)


def test_what_the_stories_are_about(told: dict[str, list[Sample]]) -> None:
    alone, calm, old = (samples[-1] for samples in told.values())
    assert alone.delivered < 60 < alone.attempts / 1000
    assert (calm.bounced, old.bounced, calm.queued, old.queued) == (0, 0, 0, 0)
    assert calm.attempts > calm.offered == old.attempts


def test_a_story_ends_the_same_each_time(told: dict[str, list[Sample]]) -> None:
    title, samples = next(iter(told.items()))
    assert list(tell(Story(title), 1)) == samples[:24]


def test_the_calm_settings_are_what_the_role_declares(script: dict[str, Any]) -> None:
    assert script["calm"]() == {
        "MessageRetryInterval": "01:00:00",
        "TransientFailureRetryInterval": "00:10:00",
        "OutboundConnectionFailureRetryInterval": "00:30:00",
        "MaxPerDomainOutboundConnections": 2,
    }


Points = list[tuple[float, float]]


def shapes(picture: ElementTree.Element, kind: str) -> list[Points]:
    found = picture.iter(f"{{http://www.w3.org/2000/svg}}{kind}")
    pairs = [[pair.split(",") for pair in each.attrib["points"].split()] for each in found]
    return [[(float(x), float(y)) for x, y in each] for each in pairs]


def test_the_plot_has_two_panels_a_story_with_captions(told: dict[str, list[Sample]]) -> None:
    picture = ElementTree.fromstring(draw(told))
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert set(told) < set(texts)
    captions = ("messages so far", "attempts per hour (logarithmic)", "days", "0")
    assert [texts.count(words) for words in captions] == [3, 3, 6, 12]
    assert len(shapes(picture, "polyline")) == 3 and len(shapes(picture, "polygon")) == 3 * (3 + 2)


def test_zero_lies_on_the_axis_and_no_area_under_another(told: dict[str, list[Sample]]) -> None:
    picture = ElementTree.fromstring(draw(told))
    areas = shapes(picture, "polygon")
    so_far = [areas[at : at + 3] for at in range(0, 9, 3)]
    per_hour = [areas[at : at + 2] for at in range(9, 15, 2)]
    for layers in (*so_far, *per_hour):
        for behind, front in pairwise(layers):  # SVG counts downwards: what is behind reaches as high or higher
            assert all(back[0] == fore[0] and back[1] <= fore[1] for back, fore in zip(behind, front, strict=True))
    for samples, (bounced, waiting, delivered), (attempts, passed) in zip(told.values(), so_far, per_hour, strict=True):
        axis = bounced[0][1]
        assert {bounced[-1][1], waiting[0][1], delivered[-1][1]} == {axis}
        quiet = [at for at, (a, b) in enumerate(pairwise(samples), 1) if a.attempts == b.attempts]
        assert all(points[1 + 2 * at][1] == axis for at in quiet for points in (attempts, passed))
        ends = [points[-2][1] for points in (bounced, waiting, delivered)]
        parts = [samples[-1].bounced, samples[-1].queued]
        assert [bool(part) for part in parts] == [upper < lower for upper, lower in pairwise(ends)]


@pytest.mark.parametrize("number", [0, 1, 7, 901, 2000, 123_456])
def test_an_axis_reaches_as_high_as_its_highest_number(number: int) -> None:
    picture = ElementTree.fromstring(draw({"one": [Sample(1, number, number, number, 0, 0)]}))
    for points in shapes(picture, "polygon"):
        assert 70 <= min(y for _x, y in points) <= 250


def test_whoever_waits_for_a_story_is_told_how_far_it_is(script: dict[str, Any]) -> None:
    now, lines = [0.0], list[str]()

    def slowly() -> Iterator[Sample]:
        for hour in range(1, 49):
            now[0] += 0.9
            yield Sample(hour, hour, hour, 1000 * hour, 0, 0)

    told_at = [now[0]]

    def say(line: str) -> None:
        lines.append(line)
        told_at.append(now[0])

    assert len(list(script["watched"](slowly(), "one", 2, say, lambda: now[0]))) == 48
    assert lines[:2] == ["one ...", "  day 1 of 2: 6 delivered, 6,000 attempts"]
    assert lines[-1] == "  day 2 of 2: 48 delivered, 48,000 attempts"
    assert max(after - before for before, after in pairwise(told_at)) < 15


@pytest.mark.parametrize("words", [["--days", "0"], ["--days", "2", "--write"]])
def test_days_that_cannot_be(script: dict[str, Any], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main: Callable[[list[str]], int] = script["main"]
    with pytest.raises(SystemExit):
        main(words)
    assert "--days" in capsys.readouterr().err
