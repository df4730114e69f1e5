"""No file tells where it was written or from where packages come."""

from __future__ import annotations

from pathlib import Path

import pytest

# Written in parts, so that this file is none of those it looks for.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "debian" + ".org/debian", "pypa" + ".io"]
PLACES = ["/wo" + "rk/", "/ro" + "ot/", "/opt" + "/pypi", "/tmp" + "/brief", "/ho" + "me/"]


@pytest.mark.parametrize("text", HOSTS + PLACES)
def test_no_file_names(text: str, root: Path, own_files: list[Path]) -> None:
    needle = text.encode()
    files = [root / path for path in own_files if not (root / path).is_symlink()]
    assert len(files) > 50
    assert [str(path) for path in files if needle in path.read_bytes()] == []


def test_no_file_is_made_by_a_tool(own_files: list[Path]) -> None:
    made = {".venv", ".cache", ".lab", ".ansible", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    assert [str(path) for path in own_files if made & set(path.parts)] == []
