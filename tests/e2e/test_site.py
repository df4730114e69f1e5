"""The example of a site, as whoever copies it tries it: outside the repository, on the lab as pip installs it and the
collection as ansible-galaxy does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.molecule


@pytest.fixture(scope="module")
def place(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the site beside what was installed for it. Nothing is fetched: what the lab needs is here already."""
    place = tmp_path_factory.mktemp("consumer")
    shutil.copytree(root / "docs/examples/site", place / "site")
    pip = [sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    galaxy = ["ansible-galaxy", "collection", "install", "--offline", "--collections-path", str(place / "collections")]
    subprocess.run([*pip, "--target", str(place / "lab"), str(root)], cwd=place, check=True)
    subprocess.run([*galaxy, str(root)], cwd=place, check=True, stdout=subprocess.DEVNULL)
    return place


@pytest.fixture(scope="module")
def printed(place: Path) -> Iterator[str]:
    """What ``molecule test`` has printed."""
    told = {
        "PATH": f"{place / 'lab/bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(place / "lab"),
        "ANSIBLE_COLLECTIONS_PATH": str(place / "collections"),
        "HOME": str(place / "home"),
        "NO_COLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
    }
    done = subprocess.run(
        [sys.executable, "-m", "molecule", "test"],
        cwd=place / "site",
        env={**os.environ, **told},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-12000:]
    yield done.stdout


def test_the_site_is_brought_to_what_it_declares_and_stays_so(printed: str) -> None:
    assert "actions=5  successful=5" in printed
    assert [line for line in printed.splitlines() if line.startswith("server01 ") and "failed=0" not in line] == []
    assert "'Windows SBS Internet" in printed  # the wizard's connector was adopted


def test_nothing_is_left_beside_the_inventory_of_the_real_server(printed: str, place: Path) -> None:
    assert sorted(path.name for path in (place / "site/inventory").iterdir()) == ["group_vars", "hosts.yml"]
    assert "only-for-the-lab" not in printed
