"""git add -A takes up the project's files, and nothing that belongs to a site."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def staged(root: Path, tmp_path: Path, own_files: list[Path], of_a_site: list[str]) -> set[str]:
    """What is staged where a site's files lie among the project's own."""
    for name in [*map(str, own_files), *of_a_site]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("vault_ansible_password: Wuensch-dir-Was-4711\n")
    shutil.copy(root / ".gitignore", tmp_path)
    git = ["git", "-c", "core.excludesFile=", "-c", "core.autocrlf=false", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True, capture_output=True)
    listing = subprocess.run([*git, "ls-files", "-z"], check=True, capture_output=True).stdout
    return set(listing.decode().split("\0")) - {""}


def test_exactly_the_own_files_are_staged(staged: set[str], own_files: list[Path]) -> None:
    """Among what is not staged is a vault in inventory/mysite that nobody has encrypted yet."""
    assert staged == {str(path) for path in own_files}
