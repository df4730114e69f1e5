"""The told snowball: its numbers are those of README.md, its plot shows them, and nothing in it is left to chance."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
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


def test_the_plot_has_a_panel_a_story_and_five_lines_in_each(told: dict[str, list[Sample]]) -> None:
    picture = ElementTree.fromstring(draw(told))
    lines = [each.attrib["points"].split() for each in picture.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(points) for points in lines] == [72] * 15
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert set(told) < set(texts)


@pytest.mark.parametrize("words", [["--days", "0"], ["--days", "2", "--write"]])
def test_days_that_cannot_be(script: dict[str, Any], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main: Callable[[list[str]], int] = script["main"]
    with pytest.raises(SystemExit):
        main(words)
    assert "--days" in capsys.readouterr().err
