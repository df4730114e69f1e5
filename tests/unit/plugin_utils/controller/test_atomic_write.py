"""A file is written anew as a whole, or stays what it was, with nothing beside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.atomic_write import write_whole


@pytest.mark.parametrize(("mode", "expected"), [({}, 0o600), ({"mode": 0o644}, 0o644)])
def test_what_is_written_whatever_was_there(tmp_path: Path, mode: dict[str, int], expected: int) -> None:
    path = tmp_path / "file"
    path.write_text("a much longer text of before")
    path.chmod(0o777)
    write_whole(path, "Grüße\r\nund\n", **mode)
    assert path.read_bytes() == "Grüße\r\nund\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == expected and os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_what_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    path.write_text("before")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "after")
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["file"]
