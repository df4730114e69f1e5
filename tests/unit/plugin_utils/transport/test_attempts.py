"""The arithmetic of attempts, and the calm values that follow from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Unreadable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.attempts import (
    CALM_INTERVALS,
    OWN_BACKLOG,
    Attempts,
    attempts,
    calm_interval,
    per_message,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.calm import with_calm
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.rules import conflicts

PER_MESSAGE = {1: 3600, 60: 60, 61: 60, 240: 15, 900: 4, 901: 4, 1800: 2, 3599: 2, 3600: 1, 3601: 1, 86400: 1}


@pytest.mark.parametrize(("interval", "often"), PER_MESSAGE.items())
def test_how_often_a_message_is_tried_in_an_hour(interval: int, often: int) -> None:
    assert per_message(interval) == often
    # Tries at 0, interval, 2 * interval, ...: so many of them fall into an hour that begins with one.
    assert len(range(0, 3600, interval)) == often


# interval, what the provider takes, the backlog that stays below, whether it is a snowball
ROWS: list[tuple[Any, int | None, int | None, bool]] = [
    (60, None, None, True),
    (899, None, None, True),
    (900, None, None, False),
    (60, 250, 4, True),
    (900, 250, 62, True),
    (1800, 250, 125, False),
    (3600, 250, 250, False),
    (60, 6000, 100, False),
    (60, 5999, 99, True),
    (3600, 5, 5, False),  # a longer interval would not help
    (1800, 5, 2, True),
    (60, 1, 0, True),
    (None, 250, None, False),
    (Unreadable("eine Minute"), 250, None, False),
]


@pytest.mark.parametrize(("interval", "rate", "backlog", "snowball"), ROWS)
def test_what_settings_allow(interval: Any, rate: int | None, backlog: int | None, snowball: bool) -> None:
    allowed = attempts({"message_retry_interval": interval}, rate)
    assert (allowed.backlog_that_stays_below, allowed.snowball) == (backlog, snowball)


def test_the_numbers_of_a_result() -> None:
    assert Attempts(2, 250).as_data() == {
        "per_message_per_hour": 2,
        "provider_per_hour": 250,
        "backlog_that_stays_below": 125,
    }


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 86400), st.integers(1, 10**6))
def test_the_backlog_stays_below_and_one_more_does_not(interval: int, rate: int) -> None:
    backlog = Attempts(per_message(interval), rate).backlog_that_stays_below
    assert backlog is not None
    assert backlog * per_message(interval) <= rate < (backlog + 1) * per_message(interval)


CALM = {1: 3600, 5: 3600, 199: 3600, 200: 1800, 250: 1800, 399: 1800, 400: 900, 500: 900, 10**6: 900}


@pytest.mark.parametrize(("rate", "interval"), CALM.items())
def test_the_calm_interval(rate: int, interval: int) -> None:
    assert calm_interval(rate) == interval


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 10**6))
def test_calm_is_the_shortest_interval_that_holds_and_never_a_snowball(rate: int) -> None:
    calm = calm_interval(rate)
    assert calm in CALM_INTERVALS
    shorter = [each for each in CALM_INTERVALS if each < calm]
    assert all(per_message(each) * OWN_BACKLOG > rate for each in shorter)
    assert not attempts(with_calm({}, rate), rate).snowball
    assert conflicts(with_calm({}, rate), "here") == []


FULL = {
    "message_retry_interval": 1800,
    "transient_failure_retry_interval": 600,
    "outbound_connection_failure_retry_interval": 1800,
    "max_per_domain_outbound_connections": 2,
}
FILLED: dict[str, tuple[dict[str, Any], int | None, dict[str, Any]]] = {
    "no rate": ({"message_retry_interval": 60}, None, {"message_retry_interval": 60}),
    "nothing declared": ({}, 250, FULL),
    "declared options win": (
        {"message_retry_interval": 60, "queue_max_idle_time": 5},
        250,
        FULL | {"message_retry_interval": 60, "queue_max_idle_time": 5},
    ),
    "fewer connections altogether": (
        {"max_outbound_connections": 1},
        250,
        FULL | {"max_outbound_connections": 1, "max_per_domain_outbound_connections": 1},
    ),
    "no limit altogether": (
        {"max_outbound_connections": "unlimited"},
        250,
        FULL | {"max_outbound_connections": "unlimited"},
    ),
}


@pytest.mark.parametrize(("declared", "rate", "values"), FILLED.values(), ids=FILLED)
def test_what_calm_fills_in(declared: dict[str, Any], rate: int | None, values: dict[str, Any]) -> None:
    assert with_calm(declared, rate) == values
