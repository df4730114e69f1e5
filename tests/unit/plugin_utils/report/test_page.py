"""The page: what stands in it, whatever hosts and texts there are, and how it is written."""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.report import REPORT
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report import page
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.entry import ReportEntry, entries
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.page import render, worst, write

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPEN_ENDED = {"meta", "br"}


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
    expected = [
        "site.yml,",
        "Monday, 2 March 2026, 12:00 (UTC)",
        "here",
        "this",
        "that",
        "do it",
        "mind the gap",
        "change",
        "X",
    ]
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


# ---- the language of its reader

EVERYTHING = {
    "connector": "Smarthost",
    "decision": "keep",
    "verdict": "stuck",
    "stage": "quiet",
    "began": "2026-12-01 06:05 UTC",
    "duration": "0:20 h",
    "counts": {"sent": 3, "kept_back": 1},
    "login": "info@beispiel.de",
    "next_date": "2026-12-04T07:00:00+01:00",
    "next_event": "the login switches to smarthost@beispiel.de",
    "next_login": "smarthost@beispiel.de",
    "plan": {"steps": [{"action": "change", "target": "X"}], "steps_left_out": 3},
    "steps": [{"action": "change", "target": "X", "status": "not_tried"}],
    "transcript": ["Set-X"],
}


def leaves(words: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """The texts of a table, by where they stand."""
    inside = words.items() if isinstance(words, dict) else enumerate(words) if isinstance(words, list) else ()
    found = {path: text for key, each in inside for path, text in leaves(each, (*at, str(key))).items()}
    return {at: words} if isinstance(words, str) else found


def test_all_languages_have_words_for_the_same() -> None:
    english, german = leaves(REPORT["en"]), leaves(REPORT["de"])
    assert list(english) == list(german) and set(REPORT) == {"en", "de"}
    same = {path: text for path, text in german.items() if english[path] == text}
    assert set(same.values()) == {"Server", "April", "August", "September", "November"}
    fields = {path: set(re.findall(r"{(\w+)}", text)) for path, text in german.items()}
    assert fields == {path: set(re.findall(r"{(\w+)}", text)) for path, text in english.items()}


def test_the_page_has_no_words_but_those_of_its_language() -> None:
    template = (Path(page.__file__).parents[1] / "data" / "report.html.j2").read_text()
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<style>.*?</style>|<[^>]*>", "", template, flags=re.DOTALL)
    assert re.findall(r"\w{3,}", bare) == []


@pytest.mark.parametrize(
    ("language", "date", "event", "words"),
    [
        ("en", "Friday, 4 December 2026, 07:00", "smarthost@beispiel.de takes over the login", "the login stays"),
        (
            "de",
            "Freitag, 4. Dezember 2026, 07:00 Uhr",
            "smarthost@beispiel.de übernimmt die Anmeldung",
            "die Anmeldung",
        ),
    ],
)
def test_a_page_is_in_the_language_of_its_reader(language: str, date: str, event: str, words: str) -> None:
    html = render([some(**EVERYTHING)], "site.yml", AT, language)
    texts = Checker(html).texts
    assert f'<html lang="{language}">' in html and '<time datetime="2026-12-04T07:00:00+01:00">' in html
    assert texts.count(date) == texts.count(event) == 2  # among the hosts, and where the noun tells all
    assert {"en": "Tuesday, 1 December 2026, 06:05 (UTC)", "de": "Dienstag, 1. Dezember 2026, 06:05 Uhr (UTC)"}[
        language
    ] in texts
    assert words in " ".join(texts) and "the login switches to" not in html and "not_tried" not in html
    if language == "de":
        own = set(leaves(REPORT["en"]).values()) - set(leaves(REPORT["de"]).values()) - {""}
        assert own & {each.strip() for each in texts} == set()
        assert "die Befehle sind auf Englisch" in html and "Montag, 2. März 2026, 12:00 Uhr (UTC)" in html


def test_the_next_of_a_host_is_the_first_of_all_that_comes() -> None:
    later = {**EVERYTHING, "next_date": "2027-01-01T07:00:00+01:00"}
    relief = {**EVERYTHING, "next_date": "2026-12-31T07:00:00+01:00", "next_login": "info@beispiel.de"}
    html = render([some(**later), some(**relief), some("sbs02")], "site.yml", AT)
    row = html[html.index('<td class="host">') : html.index("sbs02")]
    assert "31 December 2026" in row and "info@beispiel.de is old enough" in row and "January" not in row


@pytest.mark.parametrize(
    "odd", [{"next_date": "soon"}, {"next_date": 5}, {"next_date": "2026-12-04T07:00:00"}, {"next_login": None}]
)
def test_a_date_that_is_none_is_shown_as_it_is(odd: dict[str, Any]) -> None:
    text = " ".join(Checker(render([some(**{**EVERYTHING, **odd})], "site.yml", AT, "de")).texts)
    assert str(odd.get("next_date", "2026-12-04T07:00:00+01:00")) in text and "Freitag" not in text


@pytest.mark.parametrize(
    ("meant", "language"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de_DE.UTF-8", "de"),
        (" deutsch", "de"),
        ("English", "en"),
        ("fr", None),
        ("", None),
    ],
)
def test_the_language_is_taken_as_it_is_meant(meant: str, language: str | None) -> None:
    assert page.language_of(meant) == language


def test_the_name_of_a_host_is_not_broken() -> None:
    html = render([some("mail-server-01.firma.beispiel.example")], "x.yml", AT)
    assert '<td class="host"><a href="#host-1">mail-server-01.firma.beispiel.example</a>' in html
    assert "table.hosts .host, time { white-space: nowrap; }" in html


@pytest.mark.parametrize("language", REPORT)
def test_checks_stand_in_a_table_with_what_to_do(language: str) -> None:
    checks = [
        {"name": "tls", "result": "fail", "found": "TLS 1.0 <only>", "remedy": "Update it."},
        {"name": "spf", "result": "warn", "found": "none", "remedy": "", "accepted": True},
    ]
    text = Checker(render([some(checks=checks)], "preflight.yml", AT, language)).texts
    words = REPORT[language]
    told = {"tls", words["codes"]["result"]["fail"], "TLS 1.0 <only>", "Update it.", "spf", words["accepted"]}
    assert told <= set(text) and words["alarm"] in text
