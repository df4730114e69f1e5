"""The lab whose endpoint foreign WinRM clients meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.endpoint.host import Host
from lab.up.lab import Lab
from tests.real.foreign_winrm import emptied
from tests.unit.lab.endpoint.endpoint_backend import make_lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with make_lab() as running:
        yield running
        assert running.hosts["sbs"].log.errors() == []


@pytest.fixture
def host(lab: Lab) -> Iterator[Host]:
    with emptied(lab) as found:
        yield found
