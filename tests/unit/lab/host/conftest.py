"""The host of most of these tests."""

from __future__ import annotations

import pytest

from lab.host.machine import SimulatedMachine


@pytest.fixture
def machine() -> SimulatedMachine:
    return SimulatedMachine.from_state("sbs2011")
