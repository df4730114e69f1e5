"""What the tests of the project's shell share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def own_files(root: Path) -> list[Path]:
    """The project's files and links, relative to the checkout."""
    listing = subprocess.run([root / "scripts" / "own-files"], capture_output=True, check=True).stdout
    return [Path(name) for name in listing.decode().split("\0") if name]
