"""A site with a lab for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .running import Site, site

StartSite = Callable[..., Site]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartSite]:
    """Starts a site with a lab in the given state; the lab ends with the test."""
    with ExitStack() as stack:

        def start_site(state: Any = None, **keys: Any) -> Site:
            return stack.enter_context(site(tmp_path, state, **keys))

        yield start_site


@pytest.fixture
def sbs(start: StartSite) -> Site:
    """A site with one untouched SBS 2011."""
    return start()
