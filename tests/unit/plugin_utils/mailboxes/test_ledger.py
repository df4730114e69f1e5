"""The ledger: what was observed goes in and comes out, one writer at a time, and a file that is not ours is let be."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import backup
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import LedgerFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import (
    KINDS,
    LOGGED_IN,
    RECREATED,
    REFUSED,
    SWITCHED,
    WRITTEN,
    Event,
    LastRun,
    Ledger,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from tests.unit.plugin_utils.reason_keys import keys_of
from tests.unit.plugin_utils.recovery.test_store import RECOVERY

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX, OTHER = "info@beispiel.de", "alt@beispiel.de"
PASSWORDS = ["Zq7-ledger-only-Kupferdach-9134", "x", "Straße ☂ \x00 'quoted' \"", "\ud800-half", "ä" * 4000]


def event(kind: str = LOGGED_IN, hours: int = 0, mailbox: str = BOX, host: str = "sbs01", **more: Any) -> Event:
    return Event(NOW + timedelta(hours=hours), host, mailbox, kind, **more)


def at(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def ledger_with(path: Path, *events: Event) -> Ledger:
    ledger = Ledger(path / "ledger.sqlite")
    for each in events:
        ledger.record(each)
    return ledger


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_events_are_written_all_or_none(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record()
    assert not ledger.path.exists()
    ledger.record(event(), event(WRITTEN))
    with pytest.raises(LedgerFailed):
        ledger.record(event(SWITCHED), event(text=None))  # NOT NULL
    assert [each.kind for each in ledger.events()] == [event().kind, WRITTEN]


def test_an_event_comes_out_as_it_went_in(tmp_path: Path) -> None:
    given = event(REFUSED, text="535 Größe ☂\nzwei", fingerprint="12345678:ab")
    assert ledger_with(tmp_path, given).events() == [given]


def test_a_moment_is_kept_in_utc_and_a_mailbox_in_small_letters(tmp_path: Path) -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    (found,) = ledger_with(tmp_path, Event(berlin, "sbs01", "Info@Beispiel.DE", WRITTEN)).events()
    assert (found.at, found.at.tzinfo, found.mailbox) == (NOW, UTC, BOX)


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3]),
    ({"mailbox": BOX}, [0, 1, 3]),
    ({"mailbox": "INFO@beispiel.de"}, [0, 1, 3]),
    ({"mailbox": "niemand@beispiel.de"}, []),
    ({"kinds": (WRITTEN,)}, [1, 2, 3]),
    ({"kinds": (WRITTEN, LOGGED_IN)}, [0, 1, 2, 3]),
    ({"host": "sbs02"}, [3]),
    ({"mailbox": BOX, "kinds": (WRITTEN,), "host": "sbs01"}, [1]),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS)
def test_events_by_mailbox_kind_and_host(tmp_path: Path, asked: dict[str, Any], found: list[int]) -> None:
    rows = [event(), event(WRITTEN, 1), event(WRITTEN, 2, OTHER), event(WRITTEN, 3, host="sbs02")]
    assert ledger_with(tmp_path, *rows).events(**asked) == [rows[index] for index in found]


FIRST_LOGINS: list[tuple[list[Event], datetime | None]] = [
    ([], None),
    ([event(REFUSED), event(WRITTEN, 1), event(SWITCHED, 2)], None),
    ([event(hours=1), event(hours=2)], at(1)),
    ([event(hours=1, host="sbs02"), event(hours=2)], at(1)),
    ([event(hours=1, mailbox=OTHER), event(hours=2)], at(2)),
    ([event(hours=1), event(RECREATED, 2)], None),
    ([event(hours=1), event(RECREATED, 2), event(hours=3), event(hours=4)], at(3)),
    ([event(RECREATED), event(hours=1), event(RECREATED, 2, OTHER)], at(1)),
]


@pytest.mark.parametrize(("rows", "first"), FIRST_LOGINS)
def test_the_first_login_since_a_mailbox_was_made_anew(
    tmp_path: Path, rows: list[Event], first: datetime | None
) -> None:
    assert ledger_with(tmp_path, *rows).first_login("Info@beispiel.de") == first


REFUSALS: list[tuple[list[Event], int | None]] = [
    ([], None),
    ([event(), event(WRITTEN, 1)], None),
    ([event(REFUSED), event(REFUSED, 1)], 1),
    ([event(REFUSED), event(LOGGED_IN, 1)], None),
    ([event(REFUSED), event(LOGGED_IN, 1), event(REFUSED, 2)], 2),
    ([event(REFUSED), event(WRITTEN, 1), event(SWITCHED, 2)], 0),
    ([event(REFUSED), event(LOGGED_IN, 1, OTHER)], 0),
    ([event(REFUSED, mailbox=OTHER)], None),
]


@pytest.mark.parametrize(("rows", "last"), REFUSALS)
def test_the_last_refusal_that_no_login_followed(tmp_path: Path, rows: list[Event], last: int | None) -> None:
    assert ledger_with(tmp_path, *rows).last_refusal(BOX) == (None if last is None else rows[last])


def test_the_last_password_that_was_written_on_a_host(tmp_path: Path) -> None:
    rows = [event(WRITTEN), event(WRITTEN, 1, OTHER), event(WRITTEN, 2, host="sbs02"), event(LOGGED_IN, 3)]
    ledger = ledger_with(tmp_path, *rows)
    assert [ledger.last_written(host) for host in ("sbs01", "sbs02", "sbs03")] == [rows[1], rows[2], None]


def test_a_ledger_that_is_not_there_is_empty_and_is_not_made_by_asking(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "deep" / "ledger.sqlite")
    assert (ledger.events(), ledger.first_login(BOX), ledger.last_refusal(BOX)) == ([], None, None)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_new_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").touch()
    assert Ledger(tmp_path / "ledger.sqlite", read_only=True).events() == []
    assert ledger_with(tmp_path, event()).events() == [event()]


def test_a_ledger_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    ledger = ledger_with(folder, event())
    ledger.fingerprint(BOX, "x")
    assert {path.name: mode_of(path) for path in folder.iterdir()} == {
        "ledger.sqlite": 0o600,
        "ledger.sqlite.key": 0o600,
    }
    assert mode_of(folder) == 0o700


def test_a_read_only_ledger_writes_nothing_at_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite", read_only=True)
    ledger.record(event())
    ledger.fingerprint(BOX, "x")
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_ledger_reads_what_is_there(tmp_path: Path) -> None:
    written = ledger_with(tmp_path, event()).fingerprint(BOX, "x")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ledger = Ledger(tmp_path / "ledger.sqlite", read_only=True)
    ledger.record(event(WRITTEN))
    assert ledger.events() == [event()]
    assert ledger.fingerprint(BOX, "x") == written
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def fill(path: Path) -> Path:
    """A whole ledger's file."""
    return ledger_with(path, event()).path


def make_directory(path: Path) -> Path:
    (path / "ledger.sqlite").mkdir()
    return path / "ledger.sqlite"


def make_file_for_folder(path: Path) -> Path:
    (path / "file").write_text("no folder")
    return path / "file" / "ledger.sqlite"


def make_garbage(path: Path) -> Path:
    (path / "ledger.sqlite").write_bytes(b"This is no SQLite file at all.\n" * 200)
    return path / "ledger.sqlite"


def cut(path: Path) -> Path:
    file = fill(path)
    file.write_bytes(file.read_bytes()[:5000])
    return file


def overwrite_header(path: Path) -> Path:
    file = fill(path)
    file.write_bytes(b"\xff" * 100 + file.read_bytes()[100:])
    return file


def make_too_long(path: Path) -> Path:
    return path / ("x" * 300) / "ledger.sqlite"


UNUSABLE: list[Callable[[Path], Path]] = [
    make_directory,
    make_file_for_folder,
    make_garbage,
    cut,
    overwrite_header,
    make_too_long,
]


@pytest.mark.parametrize("corrupt", UNUSABLE, ids=lambda corrupt: corrupt.__name__)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_cannot_be_read_is_refused_and_let_be(
    tmp_path: Path, corrupt: Callable[[Path], Path], read_only: bool
) -> None:
    path = corrupt(tmp_path)
    before = path.read_bytes() if path.parent == tmp_path and path.is_file() else None
    with pytest.raises(LedgerFailed) as caught:
        Ledger(path, read_only).events()
    assert keys_of(caught.value.reasons) == ["ledger_failed"]
    assert str(path) in str(caught.value)
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("corrupt", UNUSABLE, ids=lambda corrupt: corrupt.__name__)
def test_what_cannot_be_written_is_refused_and_let_be(tmp_path: Path, corrupt: Callable[[Path], Path]) -> None:
    path = corrupt(tmp_path)
    before = path.read_bytes() if path.parent == tmp_path and path.is_file() else None
    with pytest.raises(LedgerFailed) as caught:
        Ledger(path).record(event())
    assert keys_of(caught.value.reasons) == ["ledger_failed"]
    assert before is None or path.read_bytes() == before


def test_a_home_that_does_not_exist_is_refused() -> None:
    with pytest.raises(LedgerFailed):
        Ledger(Path("~nobody-of-this-name/ledger.sqlite"))


def test_a_key_that_others_could_read_is_the_owners_again(tmp_path: Path) -> None:
    key = tmp_path / "ledger.sqlite.key"
    print_of = Ledger(tmp_path / "ledger.sqlite").fingerprint("a@b.de", "x")
    key.chmod(0o644)
    assert Ledger(tmp_path / "ledger.sqlite", read_only=True).fingerprint("a@b.de", "x") == print_of
    assert key.stat().st_mode & 0o777 == 0o644  # check mode changes nothing
    assert Ledger(tmp_path / "ledger.sqlite").fingerprint("a@b.de", "x") == print_of
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("half", ["\ud800", "SBS\udfff", "a\ud800/b"])
def test_half_a_character_in_a_name_is_no_error_and_the_same_server(tmp_path: Path, half: str) -> None:
    here = Identity.told(half, half, "S-1-5-21-1-2-3")
    for _ in range(2):
        ledger = Ledger(tmp_path / "ledger.sqlite")
        found = ledger.meet(here)
        ledger.record(Event(NOW, half, "a@b.de", LOGGED_IN))
        assert not [each for each in found if each.identity.differs(here)]
    assert [each.identity for each in found] == [here, here]
    path = backup.save(str(tmp_path), half, "x", {}, NOW, here)
    assert Identity.of(backup.load(path, half, ["x"])) == here
    store = Store(str(tmp_path), half)
    with store.held():
        store.meet(here)
        store.save(replace(RECOVERY, host=half, computer=half))
    assert Identity.parse(str(here)) == here


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite.key").mkdir()
    with pytest.raises(LedgerFailed):
        Ledger(tmp_path / "ledger.sqlite").fingerprint(BOX, "x")


def foreign(path: Path, *statements: str) -> Path:
    """A file of another program."""
    database = sqlite3.connect(path / "ledger.sqlite")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return path / "ledger.sqlite"


FOREIGN = [
    (["CREATE TABLE cookies (id INTEGER)"], "ledger_foreign"),
    (["CREATE TABLE events (id INTEGER)"], "ledger_foreign"),
    (["CREATE TABLE events (id INTEGER)", "PRAGMA user_version = 2"], "ledger_foreign"),
    (["PRAGMA user_version = 7"], "ledger_foreign"),
    (["CREATE TABLE cookies (id INTEGER)", "PRAGMA user_version = 1"], "ledger_failed"),
]


@pytest.mark.parametrize(("statements", "key"), FOREIGN)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_ledger_of_another_version_or_program_is_refused_and_let_be(
    tmp_path: Path, statements: list[str], key: str, read_only: bool
) -> None:
    path = foreign(tmp_path, *statements)
    before = path.read_bytes()
    with pytest.raises(LedgerFailed) as caught:
        Ledger(path, read_only).events()
    assert keys_of(caught.value.reasons) == [key]
    with pytest.raises(LedgerFailed):
        Ledger(path).record(event())
    assert path.read_bytes() == before


def test_a_newer_ledger_is_named_with_both_versions(tmp_path: Path) -> None:
    path = fill(tmp_path)
    foreign(tmp_path, "PRAGMA user_version = 2")
    with pytest.raises(LedgerFailed) as caught:
        Ledger(path).events()
    assert "version 2" in str(caught.value) and "version 1" in str(caught.value)


def test_a_transaction_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, event())
    with pytest.raises(LedgerFailed):
        ledger.record(event(text=None))  # NOT NULL
    assert ledger.events() == [event()]


# ---- fingerprints


@pytest.mark.parametrize("password", PASSWORDS, ids=range(len(PASSWORDS)))
def test_a_password_is_known_again_and_no_other_is(tmp_path: Path, password: str) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    fingerprint = ledger.fingerprint(BOX, password)
    assert ledger.same_password(fingerprint, "INFO@beispiel.de", password) is True
    assert ledger.same_password(fingerprint, BOX, password + " ") is False
    assert ledger.same_password(fingerprint, OTHER, password) is False
    assert Ledger(tmp_path / "ledger.sqlite").fingerprint(BOX, password) == fingerprint


@settings(deadline=None, derandomize=True, max_examples=50)
@given(first=st.text(), second=st.text())
def test_fingerprints_are_equal_for_equal_passwords_alone(
    tmp_path_factory: pytest.TempPathFactory, first: str, second: str
) -> None:
    ledger = Ledger(tmp_path_factory.getbasetemp() / "ledger.sqlite")
    assert (ledger.fingerprint(BOX, first) == ledger.fingerprint(BOX, second)) is (first == second)


def test_a_fingerprint_is_useless_without_its_key(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    fingerprint = ledger.fingerprint(BOX, "x")
    (tmp_path / "ledger.sqlite.key").unlink()
    assert ledger.same_password(fingerprint, BOX, "x") is None
    assert ledger.same_password(fingerprint, BOX, "y") is None
    assert ledger.fingerprint(BOX, "x") != fingerprint


def test_no_fingerprint_is_no_password_that_is_known(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "ledger.sqlite").same_password(None, BOX, "x") is None


def test_two_ledgers_have_two_keys(tmp_path: Path) -> None:
    one, two = (Ledger(tmp_path / name).fingerprint(BOX, "x") for name in ("one", "two"))
    assert one != two


def test_no_password_is_in_any_file_of_a_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for password in PASSWORDS[:1] + PASSWORDS[2:]:
        ledger.record(event(WRITTEN, fingerprint=ledger.fingerprint(BOX, password)))
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    found = [each for each in PASSWORDS if len(each) > 1 and each.encode(errors="surrogatepass") in content]
    assert found == []


# ---- forks

forks = multiprocessing.get_context("spawn")


def write_many(path: Path, host: str) -> None:
    for number in range(200):
        Ledger(path).record(event(host=host, text=str(number)))


def send_fingerprint(path: Path, answers: Any) -> None:
    answers.put(Ledger(path).fingerprint(BOX, "x"))


def run_all(processes: list[Any]) -> list[int]:
    for each in processes:
        each.start()
    for each in processes:
        each.join(120)
    return [each.exitcode for each in processes]


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    processes = [forks.Process(target=write_many, args=(path, host)) for host in ("sbs01", "sbs02")]
    assert run_all(processes) == [0, 0]
    for host in ("sbs01", "sbs02"):
        assert [each.text for each in Ledger(path).events(host=host)] == [str(number) for number in range(200)]


def test_the_first_key_wins_a_race(tmp_path: Path) -> None:
    path, answers = tmp_path / "ledger.sqlite", forks.Queue()
    processes = [forks.Process(target=send_fingerprint, args=(path, answers)) for _ in range(4)]
    assert run_all(processes) == [0] * 4
    assert {answers.get(timeout=10) for _ in processes} == {Ledger(path).fingerprint(BOX, "x")}
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.sqlite.key"]


def test_a_key_that_another_fork_wrote_meanwhile_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite"
    first = Ledger(path).fingerprint(BOX, "x")
    read_bytes, missing = Path.read_bytes, iter([FileNotFoundError()])

    def not_yet(self: Path) -> bytes:
        for error in missing:
            raise error
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", not_yet)
    assert Ledger(path).fingerprint(BOX, "x") == first
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.sqlite.key"]


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    assert len(set(KINDS)) == len(KINDS) == 11


SPELT = (
    "Info@Beispiel.DE",
    "info@beispiel.de ",
    "info@beispiel.de.",
    "inf\u043e@beispiel.de",
    "in\u200bfo@beispiel.de",
)


@pytest.mark.parametrize("spelling", SPELT, ids=ascii)
def test_all_spellings_of_a_mailbox_are_one(tmp_path: Path, spelling: str) -> None:
    ledger = ledger_with(
        tmp_path, event(mailbox=spelling), event(REFUSED, 1, mailbox=spelling), event(hours=2, mailbox=OTHER)
    )
    assert (ledger.first_login(BOX), ledger.last_refusal(BOX)) == (at(0), event(REFUSED, 1, mailbox=spelling.lower()))
    ledger.record(event(WRITTEN, 3))
    assert ledger.last_written("sbs01", spelling) == event(WRITTEN, 3)
    assert ledger.same_password(ledger.fingerprint(BOX, "Kupferdach-77"), spelling, "Kupferdach-77") is True


def test_the_last_login_of_the_mailbox_that_was_replaced(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, event(), event(hours=5))
    assert ledger.last_login_before_anew(BOX) is None
    ledger = ledger_with(tmp_path, event(RECREATED, 9), event(hours=9))
    assert (ledger.last_login_before_anew(BOX), ledger.first_login(BOX)) == (at(5), at(9))
    ledger = ledger_with(tmp_path, event(RECREATED, 20))
    assert (ledger.last_login_before_anew(BOX), ledger.last_login_before_anew(OTHER)) == (at(9), None)


@pytest.mark.parametrize("key", [b"", b"\n", bytes(32), 31 * b"x", 33 * b"x"])
def test_a_key_that_anybody_could_guess_is_refused_and_kept(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "ledger.sqlite.key"
    path.write_bytes(key)
    with pytest.raises(LedgerFailed):
        Ledger(tmp_path / "ledger.sqlite").fingerprint("info@beispiel.de", "Zq7-lab-only-Wetterhahn")
    assert path.read_bytes() == key


def test_the_last_run_on_each_host_is_known_and_no_event(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger, due = Ledger(path), NOW + timedelta(days=11)
    assert ledger.last_run("sbs") is None and not path.exists()
    ledger.note_run("sbs", LastRun(NOW, due))
    ledger.note_run("\ud800", LastRun(NOW))
    ledger.note_run("sbs", LastRun(NOW + timedelta(days=1), due))
    Ledger(path, read_only=True).note_run("sbs", LastRun(NOW))
    assert Ledger(path, read_only=True).last_run("sbs") == LastRun(NOW + timedelta(days=1), due)
    assert (ledger.last_run("\ud800"), ledger.last_run("other")) == (LastRun(NOW), None)
    assert ledger.events() == []


def test_a_ledger_of_before_runs_were_noted_is_used(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.begin()
    assert Ledger(ledger.path, read_only=True).last_run("sbs") is None
    ledger.note_run("sbs", LastRun(NOW))
    assert ledger.last_run("sbs") == LastRun(NOW)
