"""Saved states on the controller: where they lie, who may read them, which ones are taken back."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import backup
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.saved import read_saved, saved_connector
from tests.unit.plugin_utils.run.examples import HOST, NOW, STRATO, keys_of, parsed, printed

NOUN = "send_connector"
OUTSIDE = ["..", ".", "", "../..", "/etc", "a/../../b", "..\\..", ".ssh", "a\nb", "a b", "sbs:5985", "grün", "~", "\0"]


def save(folder: Path, host: str = HOST, now: datetime = NOW, **data: Any) -> Path:
    return Path(backup.save(str(folder), host, NOUN, data, now))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_saved_state_comes_back(tmp_path: Path) -> None:
    path = save(tmp_path, connectors=[{"name": "Für „alle“"}])
    assert path == tmp_path / HOST / "send_connector_20260302T120000Z.json"
    assert backup.load(str(path), HOST, [NOUN]) == {
        "format": 1,
        "noun": NOUN,
        "host": HOST,
        "saved_at": "2026-03-02T12:00:00+00:00",
        "connectors": [{"name": "Für „alle“"}],
    }


@pytest.mark.parametrize("told", [True, 1.0, "1", None, [1], 2, float("nan")], ids=repr)
def test_a_whole_number_is_one(told: Any, tmp_path: Path) -> None:
    path = save(tmp_path, connectors=[])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": told}))
    with pytest.raises(InputRefused) as caught:
        backup.load(str(path), HOST, [NOUN])
    assert keys_of(caught.value) == ["backup_unreadable"]


OTHER_TYPES: dict[str, tuple[Any, ...]] = {
    "port": (True, 587.0, "587"),
    "enabled": (1, "yes", 1.0),
    "comment": (5, True, ["x"]),
    "smart_hosts": ("smtp.strato.de", [5], {"smtp.strato.de": 1}),
    "smtp_max_messages_per_connection": (20.0, "20", True),
}


@pytest.mark.parametrize(("option", "value"), [(each, value) for each in OTHER_TYPES for value in OTHER_TYPES[each]])
def test_a_setting_is_of_the_type_that_was_saved(option: str, value: Any) -> None:
    (connector,) = parsed(printed(**STRATO | {"Comment": "so"}))
    data = saved_connector(connector)
    assert read_saved(data) == connector and option in data["settings"]
    with pytest.raises((TypeError, ValueError)):
        read_saved(data | {"settings": data["settings"] | {option: value}})


def test_a_saved_state_can_be_read_by_a_person(tmp_path: Path) -> None:
    text = save(tmp_path, name="Für alle").read_text(encoding="utf-8")
    assert '\n  "name": "Für alle"\n' in text
    assert text.endswith("}\n")


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_owner_reads_it(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        path = save(tmp_path / "backup")
    finally:
        os.umask(before)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_two_runs_within_one_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    paths = [save(tmp_path, number=number) for number in range(3)]
    stem = "send_connector_20260302T120000Z"
    assert [path.name for path in paths] == [f"{stem}.json", f"{stem}_2.json", f"{stem}_3.json"]
    assert [json.loads(path.read_text())["number"] for path in paths] == [0, 1, 2]


def test_where_all_names_are_taken_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [save(tmp_path, number=number) for number in range(100)]
    with pytest.raises(MailflowError) as caught:
        save(tmp_path)
    assert keys_of(caught.value) == ["backup_failed"]
    assert [json.loads(path.read_text())["number"] for path in paths] == list(range(100))


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, number=1)
    monkeypatch.setattr(Path, "exists", lambda self: False)
    with pytest.raises(MailflowError):
        save(tmp_path, number=2)
    assert json.loads(path.read_text())["number"] == 1


@pytest.mark.parametrize("host", OUTSIDE)
def test_no_host_name_leads_out_of_the_folder(tmp_path: Path, host: str) -> None:
    folder = tmp_path / "backup"
    path = save(folder, host)
    assert path.resolve().is_relative_to(folder.resolve())
    assert len(path.relative_to(folder).parts) <= 2
    assert not path.parent.name.startswith(".")
    assert backup.load(str(path), host, [NOUN])["host"] == host


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MailflowError) as caught:
        save(tmp_path / "file")
    assert keys_of(caught.value) == ["backup_failed"]
    assert f"{tmp_path / 'file'} (Not a directory)" in str(caught.value)


def test_a_full_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any, **options: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(MailflowError) as caught:
        save(tmp_path)
    assert "No space left on device" in str(caught.value)


def test_the_home_of_nobody_is_an_error() -> None:
    with pytest.raises(MailflowError) as caught:
        save(Path("~no-such-user-here/backup"))
    assert keys_of(caught.value) == ["backup_failed"]
    assert "~no-such-user-here/backup (Could not determine home directory.)" in str(caught.value)
    with pytest.raises(InputRefused) as refused:
        backup.load("~no-such-user-here/state.json", HOST, [NOUN])
    assert keys_of(refused.value) == ["backup_unreadable"]


def test_the_home_of_the_user_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = save(Path("~/backup"))
    assert path.is_relative_to(tmp_path)
    assert backup.load(f"~/{path.relative_to(tmp_path)}", HOST, [NOUN])["host"] == HOST


GOOD = {"format": 1, "noun": NOUN, "host": HOST}
UNFIT: list[tuple[bytes, str]] = [
    (b"", "backup_unreadable"),
    (b"{", "backup_unreadable"),
    (b"\xff\xfe", "backup_unreadable"),
    (b"[]", "backup_unreadable"),
    (b"null", "backup_unreadable"),
    (b"[" * 200_000, "backup_unreadable"),
    (b"{}", "backup_unreadable"),
    (json.dumps({**GOOD, "format": 2}).encode(), "backup_unreadable"),
    (json.dumps({**GOOD, "noun": "pop3_connector"}).encode(), "backup_unreadable"),
    (json.dumps({**GOOD, "host": "sbs02"}).encode(), "backup_of_other_host"),
    (json.dumps({"format": 1, "noun": NOUN}).encode(), "backup_unreadable"),
    (json.dumps({**GOOD, "host": None}).encode(), "backup_unreadable"),
]


@pytest.mark.parametrize(("content", "key"), UNFIT, ids=lambda value: str(value)[:40])
def test_another_file_is_refused(tmp_path: Path, content: bytes, key: str) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as caught:
        backup.load(str(path), HOST, [NOUN])
    assert keys_of(caught.value) == [key]


@pytest.mark.parametrize(
    ("name", "problem"),
    [("missing.json", "No such file or directory"), (".", "Is a directory"), ("a\0b", "no JSON")],
)
def test_no_file_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(InputRefused) as caught:
        backup.load(str(tmp_path / name), HOST, [NOUN])
    assert keys_of(caught.value) == ["backup_unreadable"]
    assert f"({problem})" in str(caught.value)


def test_the_moment_is_in_the_name(tmp_path: Path) -> None:
    assert save(tmp_path, now=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)).stem.endswith("_20261231T235959Z")
