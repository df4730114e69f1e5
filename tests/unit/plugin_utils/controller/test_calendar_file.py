"""The calendar file: one event in, RFC 5545 out; lines are folded and unfold to what they were."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
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


def written(path: Path, host: str, summary: str = "a switch", moment: datetime = MOMENT, now: datetime = NOW) -> str:
    """The file after a run on that host."""
    calendar_file.write(str(path), calendar_file.event(moment, summary, f"account-{host}", now), host)
    return path.read_bytes().decode()


def summaries(path: Path) -> list[str]:
    """What the events of the file are, in their order."""
    return [line.partition(":")[2] for line in unfolded(path.read_bytes().decode()) if line.startswith("SUMMARY:")]


def test_a_file_is_written_with_its_folder_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "next.ics"
    written(path, "sbs01", "one")
    assert written(path, "sbs01", "ü") == calendar_file.event(MOMENT, "ü", "account-sbs01", NOW)
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_file_has_an_event_a_host_and_each_run_changes_its_own_alone(tmp_path: Path) -> None:
    path = tmp_path / "next.ics"
    for host in ("sbs01", "sbs02", "sbs1"):
        first = written(path, host, f"{host}: ä switch" + "x" * 90)
    assert [line for line in unfolded(first) if line.startswith("UID:")] == [
        f"UID:account-{host}@sbs.mailflow" for host in ("sbs01", "sbs02", "sbs1")
    ]
    assert (first.count("BEGIN:VCALENDAR"), first.count("END:VCALENDAR"), first.count("PRODID:")) == (1, 1, 1)
    written(path, "sbs01", "new")
    calendar_file.remove(str(path), "account-sbs02", "sbs02")
    calendar_file.remove(str(path), "account-sbs", "sbs")
    assert summaries(path) == ["sbs1: ä switch" + "x" * 90, "new"]
    for host in ("sbs01", "sbs1"):
        calendar_file.remove(str(path), f"account-{host}", host)
    assert unfolded(path.read_bytes().decode())[-1] == "END:VCALENDAR" and summaries(path) == []
    assert written(path, "sbs02").count("BEGIN:VEVENT") == 1


def test_an_event_that_is_the_same_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "next.ics"
    before, number = written(path, "sbs01"), path.stat().st_ino
    assert written(path, "sbs01", now=NOW + timedelta(days=1)) == before and path.stat().st_ino == number
    assert written(path, "sbs01", moment=MOMENT + timedelta(days=1), now=NOW) != before


def test_where_no_date_is_to_be_taken_out_no_file_is_made(tmp_path: Path) -> None:
    calendar_file.remove(str(tmp_path / "deep" / "next.ics"), "account-sbs01", "sbs01")
    assert list(tmp_path.iterdir()) == []


def test_lines_that_end_otherwise_are_read_and_a_date_of_a_person_stays(tmp_path: Path) -> None:
    path = tmp_path / "next.ics"
    own = "BEGIN:VEVENT\nSUMMARY:Zahnarzt\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\n"
    path.write_text(written(path, "sbs01").replace("\r\n", "\n").replace("BEGIN:VEVENT\n", own + "BEGIN:VEVENT\n"))
    written(path, "sbs02", "two")
    assert summaries(path) == ["Zahnarzt", "a switch", "two"]
    calendar_file.remove(str(path), "account-sbs01", "sbs01")
    assert summaries(path) == ["Zahnarzt", "two"] and "BEGIN:VALARM\r\n" in path.read_bytes().decode()


FOREIGN = {
    "another's calendar": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Firma//Kalender//DE\r\nEND:VCALENDAR\r\n",
    "no calendar": "Einkaufen: Brot, Milch\n",
    "cut": calendar_file.event(MOMENT, "a switch", "account-sbs02", NOW)[:-20],
    "more behind it": calendar_file.event(MOMENT, "a switch", "account-sbs02", NOW) + "my own line\r\n",
    "no text": "\xff\xfe\0".encode("latin-1"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_none_of_ours_is_refused_and_stays(name: str, tmp_path: Path) -> None:
    path, content = tmp_path / "next.ics", FOREIGN[name]
    path.write_bytes(before := content if isinstance(content, bytes) else content.encode())
    for change in (lambda: written(path, "sbs01"), lambda: calendar_file.remove(str(path), "account-sbs02", "sbs02")):
        with pytest.raises(MailflowError) as caught:
            change()
        assert keys_of(caught.value.reasons) == ["calendar_failed"] and path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["next.ics"]


@pytest.mark.parametrize("content", [None, b""], ids=["no file", "an empty one"])
def test_many_hosts_at_once_lose_no_date(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "next.ics"
    if content is not None:
        path.write_bytes(content)
    hosts = [f"sbs{number:02}" for number in range(24)]

    def run(host: str) -> None:
        for turn in range(5):
            written(path, host, f"{host} {turn}")

    with ThreadPoolExecutor(max_workers=12) as pool:
        list(pool.map(run, hosts))
    assert sorted(summaries(path)) == [f"{host} 4" for host in hosts]
    assert [each.name for each in tmp_path.iterdir()] == ["next.ics"]


def test_a_file_that_another_run_does_not_let_go_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_file, "PATIENCE", 0.1)
    path = tmp_path / "next.ics"
    before = written(path, "sbs01")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(MailflowError) as caught:
            written(path, "sbs02")
    assert "busy" in str(caught.value) and path.read_bytes().decode() == before


def test_a_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "next.ics").mkdir()
    with pytest.raises(MailflowError) as caught:
        written(tmp_path / "next.ics", "sbs01")
    assert keys_of(caught.value.reasons) == ["calendar_failed"]
    assert [each.name for each in tmp_path.iterdir()] == ["next.ics"]


@pytest.mark.parametrize("path", ["{}/file/next.ics", "~nobody-of-this-name/next.ics"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailflowError) as caught:
        written(Path(path.format(tmp_path)), "sbs01")
    assert keys_of(caught.value.reasons) == ["calendar_failed"]
