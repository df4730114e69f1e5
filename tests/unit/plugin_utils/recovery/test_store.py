"""The file of a recovery: written whole, read back, refused where it is none, held by one at a time."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import QUEUE_SUSPENDED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.record import (
    ABANDON,
    FOREIGN,
    GONE,
    HELD,
    Message,
    Recovery,
    as_data,
    from_data,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store, standing
from tests.unit.plugin_utils.run.examples import HOST, NOW, keys, keys_of

MESSAGES = [
    Message("1", "SBS\\7\\1", "<1@sbs>", "info@beispiel.de", ("a@k.de", "ä@k.de"), 4096, NOW, NOW + timedelta(days=2)),
    Message("2", "SBS\\7\\2", "<2@sbs>", "<>", (), None, None, None, FOREIGN),
    Message("3", "SBS\\7\\3", "", "x", ("b@k.de",), 1, NOW, NOW, GONE, "SBS\\Poison", NOW, NOW, NOW, ("b@k.de",)),
]
RECOVERY = Recovery(HOST, "Smarthost", "guid", NOW, 250, 125, "info@beispiel.de", suspended_at=NOW, notes=("x",))
RECOVERY = RECOVERY.with_messages(MESSAGES)


def saved(path: Path, recovery: Recovery = RECOVERY) -> Store:
    store = Store(str(path / "backup"), HOST)
    with store.held():
        store.save(recovery)
    return store


def test_what_is_written_is_read_back() -> None:
    assert from_data(json.loads(json.dumps(as_data(RECOVERY)))) == RECOVERY


ADDED = ("brakes", "braked_at", "braked_times", "proven", "proof_at", "proof_count", "computer", "domain")
ADDED_TO_MESSAGES = ("returned", "returned_at")


def test_a_file_from_before_there_were_brakes_is_read() -> None:
    data = json.loads(json.dumps(as_data(RECOVERY)))
    for each, names in [(data, ADDED), *((message, ADDED_TO_MESSAGES) for message in data["messages"])]:
        for name in names:
            del each[name]
    assert from_data(data) == RECOVERY


def test_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    store = saved(tmp_path)
    assert store.load() == RECOVERY
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert sorted(path.name for path in store.path.parent.iterdir()) == ["queue_recovery.json", "queue_recovery.lock"]


def test_an_ended_one_is_put_aside(tmp_path: Path) -> None:
    store = saved(tmp_path)
    target = store.finish(RECOVERY)
    assert store.load() is None
    assert target.name == "queue_recovery_20260302T120000Z.json" and target.exists()


def damaged(change: Any) -> str:
    data = as_data(RECOVERY)
    change(data)
    return json.dumps(data)


DAMAGED: dict[str, str] = {
    "no JSON": "{",
    "nothing": "",
    "no mapping": "[]",
    "another kind of file": damaged(lambda data: data.update(noun="send_connector")),
    "a format that is no number": damaged(lambda data: data.update(format=True)),
    "a format that is no whole number": damaged(lambda data: data.update(format=1.0)),
    "another format": damaged(lambda data: data.update(format=2)),
    "an unknown stage": damaged(lambda data: data.update(stage="later")),
    "no rate": damaged(lambda data: data.update(rate=0)),
    "a key too much": damaged(lambda data: data.update(more=1)),
    "a key too few": damaged(lambda data: data.pop("connector")),
    "a message twice": damaged(lambda data: data["messages"].append(data["messages"][0])),
    "an unknown state": damaged(lambda data: data["messages"][0].update(state="lost")),
    "no moment": damaged(lambda data: data.update(suspended_at="gestern")),
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_none_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    store = saved(tmp_path)
    store.path.write_text(text)
    with pytest.raises(InputRefused) as caught:
        store.load()
    assert keys_of(caught.value) == ["recovery_unreadable"]
    assert store.path.read_text() == text


def test_the_file_of_another_host_is_refused(tmp_path: Path) -> None:
    store = saved(tmp_path)
    store.path.write_text(damaged(lambda data: data.update(host="other")))
    with pytest.raises(InputRefused) as caught:
        store.load()
    assert keys_of(caught.value) == ["backup_of_other_host"]


def test_a_second_one_at_the_same_time_is_refused(tmp_path: Path) -> None:
    first, second = (Store(str(tmp_path), HOST) for _ in range(2))
    with first.held():
        with pytest.raises(HostRefused) as caught, second.held():
            pass
        assert keys_of(caught.value) == ["recovery_busy"]
    with second.held():
        pass


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = saved(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MailflowError) as caught:
        store.save(Recovery(HOST, "Other", "guid", NOW, 1, 1, None))
    assert keys_of(caught.value) == ["backup_failed"]
    assert store.load() == RECOVERY


@pytest.mark.parametrize("notes", [("x",), ("x", QUEUE_SUSPENDED)])
def test_that_a_queue_stands_is_a_reason_of_its_own(tmp_path: Path, notes: tuple[str, ...]) -> None:
    store = saved(tmp_path, replace(RECOVERY, stage=ABANDON, notes=notes))
    assert keys(standing(store)) == (["recovery_stands"] if QUEUE_SUSPENDED in notes else [])


def test_without_a_file_nothing_stands(tmp_path: Path) -> None:
    store = Store(str(tmp_path), HOST)
    assert standing(store) == () and store.load() is None
    saved(tmp_path).path.write_text("{")
    assert standing(Store(str(tmp_path / "backup"), HOST)) == ()


def test_what_is_counted() -> None:
    assert RECOVERY.counts() == {
        "saved": 3, "queued": 2, "kept_back": 2, "sent": 0, "failed": 0, "removed": 0, "accepted": 0, "gone": 1,
    }  # fmt: skip
    assert [each.key for each in RECOVERY.of(HELD, GONE)] == ["1", "3"]
