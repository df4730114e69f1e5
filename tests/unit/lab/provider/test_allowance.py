"""What an account may send in an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lab.provider.allowance import Allowance


def test_the_hour_slides() -> None:
    allowance, start = Allowance(), datetime(2026, 1, 1, tzinfo=UTC)
    assert allowance.take("a", 1, start, True)
    assert not allowance.take("a", 1, start + timedelta(minutes=59, seconds=59), False)
    assert allowance.take("b", 1, start, True)
    assert allowance.take("a", 1, start + timedelta(hours=1), True)
    assert allowance.used("a", start + timedelta(hours=2)) == 0
