"""The clock of a host."""

from __future__ import annotations

import pytest

from lab.host.clock import Clock


@pytest.mark.parametrize(
    ("moment", "offset"),
    [
        ("2026-03-29T00:59:59Z", 60),
        ("2026-03-29T01:00:00Z", 120),
        ("2026-10-25T00:59:59Z", 120),
        ("2026-10-25T01:00:00Z", 60),
    ],
)
def test_the_clock_knows_summer_time(moment: str, offset: int) -> None:
    assert Clock(moment).facts()["UtcOffsetMinutes"] == offset
