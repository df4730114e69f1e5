"""The switch window: inside or not, the next moment inside, and what is refused as one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.window import (
    DAYS,
    WINDOW,
    SwitchWindow,
    parse_window,
)
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = SwitchWindow()
NIGHT = SwitchWindow(frozenset(range(7)), time(2, 15), time(2, 45), BERLIN)
SUNDAY_NIGHT = SwitchWindow(frozenset({6}), time(2, 15), time(2, 45), BERLIN)
BEFORE = SwitchWindow(frozenset(range(7)), time(1, 30), time(2, 30), BERLIN)
EARLY = SwitchWindow(frozenset(range(7)), time(2, 30), time(4), BERLIN)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


INSIDE: list[tuple[str, bool]] = [
    # 2 March 2026 is a Monday
    ("2026-03-02 06:59:59", False),
    ("2026-03-02 07:00", True),
    ("2026-03-02 15:59:59.999999", True),
    ("2026-03-02 16:00", False),
    ("2026-03-05 12:00", True),
    ("2026-03-06 12:00", False),
    ("2026-03-07 12:00", False),
    ("2026-03-08 12:00", False),
    ("2026-07-06 07:00", True),
]


@pytest.mark.parametrize(("moment", "inside"), INSIDE)
def test_the_plain_window_is_monday_to_thursday_from_seven_to_four(moment: str, inside: bool) -> None:
    assert PLAIN.contains(berlin(moment)) is inside
    assert PLAIN.contains(berlin(moment).astimezone(UTC)) is inside


NEXT: list[tuple[SwitchWindow, datetime, datetime]] = [
    (PLAIN, berlin("2026-03-02 07:00"), berlin("2026-03-02 07:00")),
    (PLAIN, berlin("2026-03-02 15:59"), berlin("2026-03-02 15:59")),
    (PLAIN, berlin("2026-03-02 03:00"), berlin("2026-03-02 07:00")),
    (PLAIN, berlin("2026-03-02 16:00"), berlin("2026-03-03 07:00")),
    (PLAIN, berlin("2026-03-05 16:00"), berlin("2026-03-09 07:00")),
    (PLAIN, berlin("2026-03-27 12:00"), berlin("2026-03-30 07:00")),  # over the change to summer time
    (SwitchWindow(frozenset({0})), berlin("2026-03-02 16:00"), berlin("2026-03-09 07:00")),
    # 02:15 to 02:45 is not there on 29 March
    (NIGHT, berlin("2026-03-28 03:00"), berlin("2026-03-30 02:15")),
    (SUNDAY_NIGHT, berlin("2026-03-22 03:00"), berlin("2026-04-05 02:15")),
    # Of 02:30 to 04:00 there is the hour from 03:00 on
    (EARLY, berlin("2026-03-29 01:00"), berlin("2026-03-29 03:00")),
    # 02:15 to 02:45 is there twice on 25 October
    (NIGHT, berlin("2026-10-25 00:00"), berlin("2026-10-25 02:15")),
    (NIGHT, berlin("2026-10-25 02:50"), berlin("2026-10-25 02:15", fold=1)),
    (NIGHT, berlin("2026-10-25 02:50", fold=1), berlin("2026-10-26 02:15")),
    # 01:30 to 02:30 opens again with the second 02:00
    (BEFORE, berlin("2026-10-25 02:45"), berlin("2026-10-25 02:00", fold=1)),
    (PLAIN, berlin("2026-03-02 06:59:59.5"), berlin("2026-03-02 07:00")),
]


@pytest.mark.parametrize(("window", "moment", "following"), NEXT)
def test_the_next_moment_inside(window: SwitchWindow, moment: datetime, following: datetime) -> None:
    found = window.next_moment(moment)
    assert (found, found.tzinfo) == (following.astimezone(UTC), UTC)


MINUTES = st.integers(0, 24 * 60 - 2)
ZONES = st.sampled_from(["Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"])
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def window_of(days: set[int], minutes: list[int], zone: str) -> SwitchWindow:
    start, end = (time(*divmod(each, 60)) for each in sorted(minutes))
    return SwitchWindow(frozenset(days), start, end, ZoneInfo(zone))


WINDOWS = st.builds(
    window_of,
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(MINUTES, min_size=2, max_size=2, unique=True),
    ZONES,
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(window=WINDOWS, moment=MOMENTS)
def test_the_next_moment_is_inside_and_not_before_and_stays_the_next(window: SwitchWindow, moment: datetime) -> None:
    found = window.next_moment(moment)
    assert window.contains(found)
    assert found >= moment
    assert (found == moment) is window.contains(moment)
    assert window.next_moment(found) == found


@settings(deadline=None, derandomize=True, max_examples=100)
@given(window=WINDOWS, moment=MOMENTS, part=st.integers(0, 9999))
def test_no_moment_before_the_next_is_inside(window: SwitchWindow, moment: datetime, part: int) -> None:
    found = window.next_moment(moment)
    between = moment + (found - moment) * part // 10_000
    assert between == found or not window.contains(between)


PARSED: list[tuple[Any, SwitchWindow]] = [
    (None, PLAIN),
    ({}, PLAIN),
    ({"days": None, "from": None, "to": None, "time_zone": None}, PLAIN),
    ({"days": ["friday"]}, SwitchWindow(frozenset({4}))),
    ({"days": "Friday"}, SwitchWindow(frozenset({4}))),
    ({"days": [" Monday", "SUNDAY", "monday"]}, SwitchWindow(frozenset({0, 6}))),
    ({"from": "8:30"}, SwitchWindow(start=time(8, 30))),
    ({"from": "08:30", "to": "23:59"}, SwitchWindow(start=time(8, 30), end=time(23, 59))),
    ({"from": "08:30:00"}, SwitchWindow(start=time(8, 30))),
    ({"to": 960}, SwitchWindow(end=time(16))),  # 16:00 in YAML
    ({"to": 1425}, SwitchWindow(end=time(23, 45))),
    ({"from": "0:00"}, SwitchWindow(start=time(0))),
    ({"time_zone": "Europe/Vienna"}, SwitchWindow(zone=ZoneInfo("Europe/Vienna"))),
]


@pytest.mark.parametrize(("declared", "window"), PARSED)
def test_a_declared_window(declared: Any, window: SwitchWindow) -> None:
    assert parse_window(declared, "here") == window


REFUSED: list[tuple[Any, list[str]]] = [
    ("07:00", ["window_no_mapping"]),
    (["monday"], ["window_no_mapping"]),
    ({"day": "monday"}, ["option_unknown"]),
    ({"days": []}, ["window_unfit"]),
    ({"days": ["montag"]}, ["window_unfit"]),
    ({"days": [1]}, ["window_unfit"]),
    ({"from": 7}, ["window_unfit"]),  # seven minutes past midnight to YAML
    ({"from": "7"}, ["window_unfit"]),
    ({"from": True}, ["window_unfit"]),
    ({"from": 7.5}, ["window_unfit"]),
    ({"from": "07:00Z"}, ["window_unfit"]),
    ({"from": "07:00+01:00"}, ["window_unfit"]),
    ({"from": "07:60"}, ["window_unfit"]),
    ({"to": "24:00"}, ["window_unfit"]),
    ({"to": 1440}, ["window_unfit"]),
    ({"to": -960}, ["window_unfit"]),
    ({"to": "07:00"}, ["window_unfit"]),
    ({"from": "16:00"}, ["window_unfit"]),
    ({"from": "22:00", "to": "04:00"}, ["window_unfit"]),
    ({"time_zone": "Europe/Dorf"}, ["time_zone_unknown"]),
    ({"time_zone": 1}, ["time_zone_unknown"]),
    (
        {"days": "x", "from": "x", "to": "x", "time_zone": "x", "x": 1},
        ["option_unknown", "time_zone_unknown", *["window_unfit"] * 3],
    ),
]


@pytest.mark.parametrize(("declared", "reasons"), REFUSED)
def test_what_is_no_window(declared: Any, reasons: list[str]) -> None:
    assert keys_of(refusal(InputRefused, parse_window, declared, "here")) == reasons


def test_the_days_are_those_of_the_calendar() -> None:
    monday = datetime(2026, 3, 2)
    assert [f"{monday + timedelta(days=ahead):%A}".lower() for ahead in range(7)] == list(DAYS)
    assert {each.name for each in WINDOW.options} == {"days", "from", "to", "time_zone"}
