"""Thousands of small files that nobody keeps: in memory, where there is a place for that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest

MEMORY = "/dev/shm"


@pytest.fixture(autouse=True, scope="session")
def _in_memory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if os.access(MEMORY, os.W_OK):
            patch.setattr(tempfile, "tempdir", MEMORY)
        yield
