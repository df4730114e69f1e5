"""Which saved states are one run, which run is meant, and which is in the way."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.task import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import backup
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.backup import Shelf
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.runs import (
    NOTE,
    SavedRun,
    choose,
    listed,
    runs_of,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RunOptions
from tests.unit.plugin_utils.run.examples import HOST, NOW, keys_of

NOUNS = ("address_rewrite", "pop3_connector", "pop3_connector_restore", "send_connector", "transport")
ADDRESSES, CONNECTOR, TRANSPORT = "address_rewrite", "send_connector", "transport"


class Folder:
    """The saved states of a host; each is saved a minute after the one before it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._minutes = 0

    def save(self, noun: str, run: str | None = None, host: str = HOST, **keys: Any) -> Path:
        """One saved state; of no run, as those of before there were runs."""
        self._minutes += 1
        told = {**({"run": run} if run else {}), **keys}
        at = NOW + timedelta(minutes=self._minutes)
        return Path(backup.save(str(self.path), host, noun, told, at, Identity(host)))

    def restored(self, noun: str, run: str, whose: str) -> Path:
        """A state that was saved before another one was put back, which then went well."""
        path = self.save(noun, run, restores=whose)
        self.note(run, whose, noun)
        return path

    def note(self, run: str, whose: str, *nouns: str) -> None:
        """What a restore leaves once these are as they were before a run."""
        self.save(NOTE, run, put_back=whose, nouns=list(nouns))

    def runs(self) -> tuple[SavedRun, ...]:
        """All runs, the newest first."""
        return runs_of(Shelf(str(self.path), HOST, True), NOUNS, HOST)

    def chosen(self, wanted: str) -> str:
        """The run that is meant, or the reason why none is."""
        try:
            return choose(self.runs(), wanted, HOST).id
        except InputRefused as refused:
            return ", ".join(keys_of(refused))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder without a saved state."""
    return Folder(tmp_path)


def test_a_run_is_what_one_task_has_saved_in_its_order(folder: Folder) -> None:
    folder.save(CONNECTOR, "A", order=2)
    folder.save(ADDRESSES, "A", order=1)
    folder.save(TRANSPORT, "B", order=1)
    folder.save("probe_host")
    folder.save(TRANSPORT, "C", host="other").rename(folder.path / HOST / "transport_20270101T000000Z.json")
    assert [(run.id, [each.noun for each in run.files]) for run in folder.runs()] == [
        ("B", [TRANSPORT]),
        ("A", [ADDRESSES, CONNECTOR]),
    ]


def test_a_state_of_before_there_were_runs_is_one_of_its_own(folder: Folder) -> None:
    old = [folder.save(noun).stem for noun in (TRANSPORT, TRANSPORT, CONNECTOR)]
    assert [run.id for run in folder.runs()] == old[::-1]
    assert (folder.chosen("last"), folder.chosen(old[1])) == (old[2], old[1])
    assert folder.chosen(old[0]) == "run_overtaken"


def test_of_one_second_the_one_that_was_written_last_is_the_newest(folder: Folder) -> None:
    for run in ("Z", "B", "A"):
        folder._minutes = 0
        folder.save(TRANSPORT, run)
    assert [run.id for run in folder.runs()] == ["A", "B", "Z"]


def test_the_last_run_is_none_that_was_a_restore(folder: Folder) -> None:
    assert folder.chosen("last") == "run_unknown"
    folder.save(TRANSPORT, "A")
    folder.restored(TRANSPORT, "R", "A")
    folder.save("pop3_connector_restore")
    assert folder.chosen("last") == "A"
    assert folder.chosen("R") == "R"


def test_a_run_that_is_not_there_is_refused_with_those_that_are(folder: Folder) -> None:
    folder.save(TRANSPORT, "A")
    folder.restored(TRANSPORT, "R", "A")
    with pytest.raises(InputRefused) as caught:
        choose(folder.runs(), "B", HOST)
    assert "A (20260302T120100Z, put back: transport)" in str(caught.value)
    assert "R (20260302T120200Z, a restore: transport)" in str(caught.value)
    with pytest.raises(InputRefused) as caught:
        parse_restore({}, NOW, runs=lambda: listed(folder.runs()))
    assert keys_of(caught.value) == ["backup_file_missing"] and "A (2026" in str(caught.value)


def test_of_many_runs_the_newest_are_named(folder: Folder) -> None:
    for number in range(25):
        folder.save(TRANSPORT, f"run-{number}")
    told = listed(folder.runs())
    assert told.startswith("run-24 (") and "run-4 (" not in told and told.endswith("and 5 more")


def test_a_later_run_of_the_same_noun_is_in_the_way(folder: Folder) -> None:
    folder.save(CONNECTOR, "A")
    folder.save(TRANSPORT, "B")
    assert folder.chosen("A") == "A"
    folder.save(CONNECTOR, "C")
    assert (folder.chosen("A"), folder.chosen("B"), folder.chosen("C")) == ("run_overtaken", "B", "C")


def test_until_it_was_put_back(folder: Folder) -> None:
    for noun in (ADDRESSES, CONNECTOR):
        folder.save(noun, "A")
    for noun in (ADDRESSES, CONNECTOR):
        folder.save(noun, "B")
    folder.restored(CONNECTOR, "R", "B")
    assert folder.chosen("A") == "run_overtaken"
    folder.restored(ADDRESSES, "R", "B")
    assert (folder.chosen("A"), folder.chosen("last")) == ("A", "B")
    # Whoever undoes the restore has the run's change again.
    folder.restored(ADDRESSES, "S", "R")
    assert folder.chosen("A") == "run_overtaken"
    folder.restored(ADDRESSES, "T", "S")
    assert folder.chosen("A") == "A"


def test_a_restore_that_failed_has_put_nothing_back(folder: Folder) -> None:
    folder.save(CONNECTOR, "A")
    folder.save(CONNECTOR, "B")
    folder.save(CONNECTOR, "R", restores="B")
    assert (folder.chosen("A"), folder.chosen("last")) == ("run_overtaken", "B")
    folder.restored(CONNECTOR, "S", "B")
    assert folder.chosen("A") == "A"


def test_a_run_that_had_left_nothing_to_put_back_is_not_in_the_way(folder: Folder) -> None:
    folder.save(TRANSPORT, "A")
    folder.save(TRANSPORT, "B")
    folder.note("R", "B", TRANSPORT)
    assert (folder.chosen("A"), folder.chosen("last"), folder.chosen("R")) == ("A", "B", "run_unknown")
    assert "R (" not in listed(folder.runs())


@pytest.mark.parametrize("keys", [{"put_back": 5}, {"nouns": "transport"}, {"nouns": [["x"]]}, {"nouns": None}])
def test_a_note_that_makes_no_sense_notes_nothing(folder: Folder, keys: dict[str, Any]) -> None:
    folder.save(TRANSPORT, "A")
    folder.save(TRANSPORT, "B")
    folder.save(NOTE, "R", **{"put_back": "B", "nouns": [TRANSPORT], **keys})
    assert folder.chosen("A") == "run_overtaken"


def test_hidden_files_are_nobodys(folder: Folder) -> None:
    path = folder.save(CONNECTOR, "A")
    (path.parent / f"._{path.name}").write_bytes(b"\0\1\xff")
    (path.parent / f".{path.name}").write_bytes(path.read_bytes())
    assert [len(run.files) for run in folder.runs()] == [1]


def test_a_copy_beside_a_file_counts_once(folder: Folder) -> None:
    folder.save(ADDRESSES, "A", order=1)
    path = folder.save(CONNECTOR, "A", order=2)
    copy = path.parent / f"copy of {path.name}"
    copy.write_bytes(path.read_bytes())
    (run,) = folder.runs()
    assert [each.noun for each in run.files] == [ADDRESSES, CONNECTOR] and folder.chosen("A") == "A"
    copy.write_text(json.dumps({**json.loads(copy.read_text()), "connectors": []}))
    assert folder.chosen("last") == "run_incomplete"


@pytest.mark.parametrize("orders", [(1, 2), (None, None)])
def test_two_states_of_one_noun_are_no_run_of_one_task(folder: Folder, orders: tuple[int | None, ...]) -> None:
    for number, order in enumerate(orders):
        folder.save(CONNECTOR, "A", number=number, **({"order": order} if order else {}))
    assert folder.chosen("A") == "run_incomplete"


@pytest.mark.parametrize("keys", [{"host": None}, {"host": 5}, {"noun": None}, {"noun": ["x"]}, {"noun": "banana"}])
def test_a_file_that_does_not_say_whose_it_is_may_belong_to_any_run(folder: Folder, keys: dict[str, Any]) -> None:
    """Without it the rest of the run would come back: addresses, but not the connector."""
    path = folder.save(CONNECTOR, "A")
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    with pytest.raises(InputRefused) as caught:
        folder.runs()
    assert keys_of(caught.value) == ["run_unreadable"]


@pytest.mark.parametrize("keys", [{"run": None}, {"run": ""}, {"run": 5}, {"host": "other"}])
def test_a_file_that_has_lost_its_run_or_its_host_is_damaged(folder: Folder, keys: dict[str, Any]) -> None:
    folder.save(ADDRESSES, "A", order=1)
    path = folder.save(CONNECTOR, "A", order=2)
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    assert folder.chosen("A") == "run_unreadable"


def test_what_a_later_version_saved_is_part_of_its_run(folder: Folder) -> None:
    folder.save(ADDRESSES, "A", order=1)
    folder.save("banana", "A", order=2)
    (run,) = folder.runs()
    assert [each.noun for each in run.files] == [ADDRESSES, "banana"]


@pytest.mark.parametrize("orders", [(1, 3), (2,), (1, 2, 2), (1, 2, 0)])
def test_a_run_of_which_files_are_missing_or_doubled_is_refused(folder: Folder, orders: tuple[int, ...]) -> None:
    for noun, order in zip((ADDRESSES, CONNECTOR, TRANSPORT), orders, strict=False):
        folder.save(noun, "A", order=order)
    assert folder.chosen("last") == "run_incomplete"


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(folder: Folder) -> None:
    assert folder.runs() == ()
    path = folder.save(TRANSPORT, "A").parent
    path.rename(folder.path / "real")
    path.symlink_to(folder.path / "real")
    assert folder.chosen("last") == "runs_unread"
    path.unlink()
    path.write_text("no folder")
    assert folder.chosen("last") == "runs_unread"


def test_a_run_that_is_not_there_is_refused_with_the_folder(folder: Folder) -> None:
    with pytest.raises(InputRefused) as caught:
        choose(folder.runs(), "last", HOST, str(folder.path))
    assert str(folder.path) in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_file_that_cannot_be_read_may_belong_to_any_run(folder: Folder, text: str) -> None:
    folder.save(CONNECTOR, "A")
    folder.save(TRANSPORT, "A").write_text(text)
    with pytest.raises(InputRefused) as caught:
        folder.runs()
    assert keys_of(caught.value) == ["run_unreadable"]


@pytest.mark.parametrize("keys", [{"run": 5}, {"run": ["x"]}, {"run": ""}, {"order": "first"}, {"restores": [1]}])
def test_what_makes_no_sense_in_a_file_counts_as_not_told(folder: Folder, keys: dict[str, Any]) -> None:
    path = folder.save(TRANSPORT, "A")
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    (run,) = folder.runs()
    assert run.id == ("A" if "run" not in keys else path.stem)


def test_all_that_one_task_saves_has_one_run(tmp_path: Path) -> None:
    task = Task(HOST, {}, RunOptions(backup_dir=str(tmp_path)), [], False, False, "")
    other = Task(HOST, {}, RunOptions(backup_dir=str(tmp_path)), [], False, False, "")
    for noun in (ADDRESSES, CONNECTOR):
        task.save(noun, {}, NOW, Identity(HOST))
    other.save(TRANSPORT, {}, NOW + timedelta(minutes=1), Identity(HOST))
    newest, first = runs_of(task.shelf(), NOUNS, HOST)
    assert (first.id, [each.noun for each in first.files]) == (task.run_id, [ADDRESSES, CONNECTOR])
    assert newest.id == other.run_id != task.run_id


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"backup_file": "a", "run": "last"}, ["restore_named_twice"]),
        ({"run": "last", "backup": "pop3records.dat.x.bak"}, ["restore_named_twice"]),
        ({"run": {"a": 1}}, ["value_unfit"]),
        ({"backup": "../x.bak"}, ["value_unfit"]),
        ({"backup_file": "", "run": None}, ["backup_file_missing"]),
    ],
)
def test_what_to_go_back_to_is_said_once(arguments: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_restore(arguments, NOW)
    assert keys_of(caught.value) == expected


INFO = {"address": "info@web.de", "password": "Zq7 Regenrinne", "created": "2020-01-31"}


@pytest.mark.parametrize(
    ("logins", "names"),
    [
        ([INFO], ["info@web.de", "info"]),
        ([{**INFO, "username": "kunde4711"}], ["kunde4711"]),
        ([{"username": "INFO@web.de", "created": "2020-01-31"}, INFO], ["INFO@web.de", "info"]),
        ([INFO, {**INFO, "address": "info@gmx.de"}], ["info@web.de", "info", "info@gmx.de"]),
    ],
    ids=["either form", "its own name", "declared as a login as well", "two of one local part"],
)
def test_mailboxes_as_they_are_declared_are_logins_too(logins: list[dict[str, Any]], names: list[str]) -> None:
    desired = parse_restore({"run": "last", "logins": logins}, NOW)
    assert [each.username for each in desired.logins] == names
