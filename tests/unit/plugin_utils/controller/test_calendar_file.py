"""The calendar file: one event in, RFC 5545 out; lines are folded and unfold to what they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import calendar_file
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from tests.unit.plugin_utils.reason_keys import keys_of

MOMENT = datetime(2026, 3, 16, 8, 0, 59, tzinfo=timezone(timedelta(hours=1)))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def value(text: str, name: str) -> str:
    (line,) = [line for line in unfolded(text) if line.startswith(f"{name}:")]
    return line.partition(":")[2]


def test_an_event() -> None:
    assert calendar_file.event(MOMENT, "sbs01: a switch", "account-sbs01", NOW).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//sbs.mailflow//smarthost account//EN",
        "BEGIN:VEVENT",
        "UID:account-sbs01@sbs.mailflow",
        "DTSTAMP:20260302T120000Z",
        "DTSTART:20260316T070059Z",
        "DTEND:20260316T071559Z",
        "SUMMARY:sbs01: a switch",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("summary", "written"),
    [
        ("a, b; c", "a\\, b\\; c"),
        ("a\\b", "a\\\\b"),
        ("a\nb", "a\\nb"),
        ("a\r\nb\rc", "a\\nb\\nc"),
        ("END:VEVENT\r\nX", "END:VEVENT\\nX"),
        ("Größe ☂ 📨", "Größe ☂ 📨"),
    ],
)
def test_what_has_a_meaning_in_a_calendar_is_escaped(summary: str, written: str) -> None:
    assert value(calendar_file.event(MOMENT, summary, "key", NOW), "SUMMARY") == written


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.text("ä☂📨,;\\\r\n ", max_size=400)


@settings(deadline=None, derandomize=True)
@given(summary=TEXTS)
def test_no_line_is_longer_than_75_octets_and_all_unfold(summary: str) -> None:
    text = calendar_file.event(MOMENT, summary, "key", NOW)
    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines]  # no character is cut
    assert len(unfolded(text)) == 11
    back = value(text, "SUMMARY").replace("\\\\", "\0").replace("\\n", "\n").replace("\\", "").replace("\0", "\\")
    if "\0" not in summary:
        assert back == summary.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("length", range(60, 80))
def test_a_line_is_folded_only_where_it_must_be(length: int) -> None:
    text = calendar_file.event(MOMENT, "x" * (length - len("SUMMARY:")), "key", NOW)
    assert ("\r\n " in text) is (length > 74)


def test_a_file_is_written_with_its_folder_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "next.ics"
    calendar_file.write(str(path), "one\r\ntwo\r\n", "sbs01")
    calendar_file.write(str(path), "ü\r\n", "sbs01")
    assert path.read_bytes() == "ü\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "next.ics").mkdir()
    with pytest.raises(MailflowError) as caught:
        calendar_file.write(str(tmp_path / "next.ics"), "x", "sbs01")
    assert keys_of(caught.value.reasons) == ["calendar_failed"]
    assert [each.name for each in tmp_path.iterdir()] == ["next.ics"]


@pytest.mark.parametrize("path", ["{}/file/next.ics", "~nobody-of-this-name/next.ics"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailflowError) as caught:
        calendar_file.write(path.format(tmp_path), "x", "sbs01")
    assert keys_of(caught.value.reasons) == ["calendar_failed"]
