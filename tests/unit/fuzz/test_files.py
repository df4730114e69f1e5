"""What lies on the controller, whatever it holds, and what is written there, whatever it is made of."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import backup, calendar_file
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import LedgerFailed, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import KINDS, Event, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.entry import entries
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.page import render, write
from tests.unit.fuzz.junk import NUMBERS, TEXTS, corrupt, fuzzed, junk
from tests.unit.fuzz.test_functions import RESULT

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COLUMNS = ("at", "host", "mailbox", "kind", "text", "fingerprint", "computer", "domain")
SURROGATE = "half \ud800 of a pair"


@fuzzed(60)
def test_a_ledger_whatever_its_lines_hold(dice: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.sqlite")
        ledger = Ledger(path)
        ledger.meet(Identity("sbs", "SBS", "S-1-5-21-1-2-3"))
        ledger.record(*(Event(NOW, "sbs", "a@b.de", kind, "x", "f:x") for kind in KINDS))
        with closing(sqlite3.connect(path)) as database, suppress(sqlite3.Error, UnicodeEncodeError, OverflowError):
            column, value = dice.choice(COLUMNS), dice.choice([*TEXTS, *NUMBERS, b"\xff\xfe", "2026-03-02 12:00"])
            database.execute(f"UPDATE events SET {column} = ? WHERE id % 2 = {dice.randrange(2)}", (value,))
            database.commit()
        asks: tuple[Any, ...] = (
            ledger.events,
            lambda: ledger.first_login("a@b.de"),
            lambda: ledger.last_refusal("a@b.de"),
            lambda: ledger.last_written("sbs"),
            lambda: ledger.last_pop3_login("a@b.de"),
            lambda: ledger.meet(Identity("sbs", "SBS", "S-1-5-21-1-2-3")),
        )
        for ask in asks:
            with suppress(LedgerFailed):
                repr(ask())


@fuzzed(40)
def test_a_ledger_that_is_damaged_anywhere(dice: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.sqlite")
        Ledger(path).record(Event(NOW, "sbs", "a@b.de", KINDS[0]))
        data = bytearray(path.read_bytes())
        for _ in range(dice.randint(1, 200)):
            data[dice.randrange(20, len(data))] = dice.randrange(256)  # before it is how SQLite locks, which takes time
        path.write_bytes(data[: dice.choice((len(data), dice.randrange(len(data))))])
        for read_only in (True, False):
            with suppress(LedgerFailed):
                Ledger(path, read_only).events()
            with suppress(LedgerFailed):
                Ledger(path, read_only).meet(Identity("sbs", "SBS", "S-1-5-21-1-2-3"))


@fuzzed(150)
def test_a_report_whatever_the_results_hold(dice: Random) -> None:
    result = corrupt(dice, {**RESULT, "failed": dice.random() < 0.5}, most=6)
    task, ok = dice.choice(TEXTS), dice.random() < 0.5
    turns = {"results": [result, junk(dice)]} if dice.random() < 0.2 else result
    found = list(entries("sbs", "transport", task, turns if isinstance(turns, dict) else {}, dice.random() < 0.5, ok))
    with tempfile.TemporaryDirectory() as folder:
        write(render(found, dice.choice(TEXTS), NOW), Path(folder, "report.html"))


@fuzzed(40)
def test_a_saved_state_and_a_calendar_whatever_they_are_made_of(dice: Random) -> None:
    host, text = dice.choice(TEXTS), dice.choice(TEXTS)
    with tempfile.TemporaryDirectory() as folder, suppress(MailflowError):
        path = backup.save(folder, host, "transport", {"x": junk(dice), text: text}, NOW)
        assert Path(path).parent.parent == Path(folder) and backup.load(path, host, ["transport"])[text] == text
        calendar_file.write(f"{folder}/{len(text)}.ics", calendar_file.event(NOW, text, host, NOW), host)


def test_half_a_pair_comes_back_from_every_file(tmp_path: Path) -> None:
    path = backup.save(str(tmp_path), "sbs", "transport", {"name": SURROGATE}, NOW)
    assert backup.load(path, "sbs", ["transport"])["name"] == SURROGATE
    text = calendar_file.event(NOW, SURROGATE, SURROGATE, NOW)
    calendar_file.write(str(tmp_path / "next.ics"), text, "sbs")
    assert "half ? of a pair" in (tmp_path / "next.ics").read_text()
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(Event(NOW, "sbs", f"{SURROGATE}@b.de", KINDS[0], SURROGATE))
    assert [each.text for each in ledger.events(f"{SURROGATE}@b.de")] == ["half \\ud800 of a pair"]
