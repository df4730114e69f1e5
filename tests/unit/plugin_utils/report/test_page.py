"""The page: what stands in it, whatever hosts and texts there are, and how it is written."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.entry import ReportEntry, entries
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.page import render, worst, write

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPEN_ENDED = {"meta"}


class Checker(HTMLParser):
    """Every element is closed in its order; keeps the texts, the elements and what they would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.path: list[str] = []
        self.names: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        assert self.path == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "onload", "onclick", "style"} & {name for name, _ in attrs}
        self.names.append(tag)
        if tag not in OPEN_ENDED:
            self.path.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def some(host: str = "sbs01", **result: Any) -> ReportEntry:
    (found,) = entries(host, "transport", "Task", result, check_mode=False)
    return found


def test_all_of_an_entry_is_there() -> None:
    plan = {"steps": [{"action": "change", "target": "X"}], "steps_left_out": 3}
    failed = some(
        failed=True,
        msg="not shown, since there are reasons",
        reasons=[{"where": "here", "found": "this", "expected": "that", "remedy": "do it"}],
        warnings=["mind the gap"],
        plan=plan,
        steps=[{"action": "change", "target": "X", "status": "failed", "error": "Zugriff verweigert"}],
        transcript=["Set-X"],
        diff={"before": "a: 1", "after": "a: 2"},
        counts={"sent": 3, "failed": 1},
        what_to_do=["wait", "look"],
    )
    text = " ".join(Checker(render([failed], "site.yml", AT)).texts)
    expected = ["site.yml, 2026-03-02 12:00 UTC", "here", "this", "that", "do it", "mind the gap", "change", "X"]
    expected += [
        "Zugriff verweigert",
        "3 more steps",
        "Set-X",
        "-a: 1",
        "+a: 2",
        "sent: 3",
        "failed: 1",
        "wait",
        "look",
    ]
    assert [words for words in expected if words not in text] == []
    assert "since there are reasons" not in text


def test_a_run_without_any_of_ours() -> None:
    page = render([], "other.yml", AT)
    assert page.startswith("<!DOCTYPE html>") and "No task of this collection has run." in page


def test_hosts_stand_in_their_order_each_with_its_worst() -> None:
    page = render([some("sbs02"), some("sbs01", changed=True), some("sbs01", failed=True, msg="no")], "x.yml", AT)
    assert page.index(">sbs01<") < page.index(">sbs02<")
    assert page.count('class="state failed"') == 3  # the page, the host, the task
    assert worst([]) == "looked"


@given(texts=st.lists(st.text(), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_no_text_is_taken_for_mark_up(texts: list[str]) -> None:
    host, warning, target, error, line, value = texts
    odd = some(
        host,
        warnings=[warning, "<script>alert(1)</script>"],
        steps=[{"action": "a", "target": target, "status": "done", "error": error}],
        plan={"steps": []},
        transcript=[line],
        why=value,
    )
    assert "script" not in Checker(render([odd], "x.yml", AT)).names


def test_it_is_written_whole_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write("first", path)
    write("second", path)
    assert path.read_text() == "second" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["page.html"]
    with pytest.raises(OSError):
        write("x", path / "below a file")
