"""Which day is early enough, and from when on a day's mailbox may log in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.go_live import (
    latest_creation,
    usable_from,
)

# go-live, minimum age in days, zone, the last day on which the mailbox may be made
PLANS: list[tuple[Any, Any, str | None, str]] = [
    ("2026-03-02", None, None, "2026-02-15"),  # the whole 15th may be over, then 14 days
    (date(2026, 3, 2), 14, None, "2026-02-15"),
    ("2026-03-02T00:00", 14, None, "2026-02-15"),
    ("2026-03-01T23:59", 14, None, "2026-02-14"),
    ("2026-03-02", 30, None, "2026-01-30"),
    ("2028-03-15", 14, None, "2028-02-29"),  # a leap day
    ("2026-04-05", 14, None, "2026-03-20"),  # summer time begins on 29 March: 14 days of 24 hours end an hour later
    ("2026-11-02", 14, None, "2026-10-18"),  # and ends on 25 October
    ("2026-03-02T00:00Z", 14, "America/New_York", "2026-02-14"),
]


@pytest.mark.parametrize(("go_live", "minimum", "zone", "day"), PLANS, ids=str)
def test_the_last_day_for_a_mailbox(go_live: Any, minimum: Any, zone: str | None, day: str) -> None:
    assert latest_creation(go_live, minimum, zone, "plan").isoformat() == day


@pytest.mark.parametrize(("go_live", "minimum"), [("gestern", None), ("2026-03-02", 13), ("2026-03-02", "bald")])
def test_a_plan_that_cannot_be_made_is_refused(go_live: Any, minimum: Any) -> None:
    with pytest.raises(InputRefused):
        latest_creation(go_live, minimum, None, "plan")


def test_a_mailbox_of_the_future_can_be_planned() -> None:
    assert usable_from("2100-01-01", None, None, "plan").isoformat() == "2100-01-16T00:00:00+01:00"


ZONES = st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Pacific/Chatham"])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@settings(deadline=None, derandomize=True)
@given(MOMENTS, st.integers(14, 60), ZONES)
def test_the_day_is_early_enough_and_the_next_is_not(moment: datetime, minimum: int, zone: str) -> None:
    day = latest_creation(moment, minimum, zone, "plan")
    assert usable_from(day, minimum, zone, "plan") <= moment
    assert usable_from(day + timedelta(days=1), minimum, zone, "plan") > moment
