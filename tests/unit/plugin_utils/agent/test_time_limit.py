"""An end for everything, without getting in the way of Ansible's own alarm."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.time_limit import rang, time_limit, timed_out
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError, TimedOut
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from tests.unit.plugin_utils.run.examples import HOST, keys_of

LONG = 60
"""Seconds that no test waits for."""
SHORT: Any = 0.2
"""Seconds after which a test's limit ends; actions give whole ones."""


class Ring(Exception):
    """What Ansible's task timeout raises."""


def ring(number: int, frame: FrameType | None) -> None:
    raise Ring


@pytest.fixture(autouse=True)
def _no_alarm_left_behind() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    left = signal.setitimer(signal.ITIMER_REAL, 0)
    handler = signal.signal(signal.SIGALRM, before)
    assert (left, handler) == ((0.0, 0.0), before)


@pytest.fixture
def alarm() -> Iterator[Callable[[float], None]]:
    """Sets an alarm as Ansible does, and takes it back."""
    before = signal.signal(signal.SIGALRM, ring)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds) and None
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert signal.signal(signal.SIGALRM, before) is ring


def sleep() -> None:
    time.sleep(LONG)


def receive() -> None:
    """As pywinrm does on a command that never ends."""
    here, there = socket.socketpair()
    with here, there:
        here.recv(1)


def swallow() -> None:
    """A library that keeps every exception that it may keep."""
    try:
        time.sleep(LONG)
    except Exception:
        pass


def stumble() -> None:
    """A library that fails once more while it cleans up."""
    try:
        time.sleep(LONG)
    finally:
        raise OSError("already closed")


@pytest.mark.parametrize("block", [sleep, receive, swallow, stumble])
def test_what_never_ends_is_ended(block: Callable[[], None]) -> None:
    with pytest.raises(TimedOut) as caught, time_limit(SHORT, HOST):
        block()
    assert keys_of(caught.value) == ["timed_out"]
    assert "no completion after 0.2 seconds" in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_ends_in_time_is_left_alone() -> None:
    with time_limit(LONG, HOST):
        inside = signal.getitimer(signal.ITIMER_REAL)[0]
    assert 0 < inside <= LONG


@pytest.mark.parametrize("error", [MailflowError(reason_of("name_missing", HOST)), KeyError("x"), KeyboardInterrupt()])
def test_an_error_in_the_block_comes_out_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, time_limit(LONG, HOST):
        raise error
    assert caught.value is error


@pytest.mark.parametrize("limit", [SHORT, LONG])
def test_a_nearer_alarm_is_left_in_charge(alarm: Callable[[float], None], limit: int) -> None:
    with pytest.raises(Ring):
        alarm(SHORT / 2)
        with time_limit(limit, HOST):
            time.sleep(LONG)


def test_a_later_alarm_is_set_again_to_what_was_left_of_it(alarm: Callable[[float], None]) -> None:
    alarm(LONG)
    with time_limit(LONG // 2, HOST):
        assert signal.getitimer(signal.ITIMER_REAL)[0] <= LONG / 2
        time.sleep(0.2)
    assert LONG / 2 < signal.getitimer(signal.ITIMER_REAL)[0] <= LONG - 0.1


def test_a_later_alarm_still_rings_after_the_limit(alarm: Callable[[float], None]) -> None:
    with pytest.raises(Ring):
        alarm(5 * SHORT)
        with pytest.raises(TimedOut), time_limit(SHORT, HOST):
            time.sleep(LONG)
        time.sleep(LONG)


def test_an_alarm_that_was_due_inside_rings_at_the_end(alarm: Callable[[float], None]) -> None:
    with pytest.raises(Ring):
        alarm(5 * SHORT)
        with time_limit(SHORT, HOST):
            _outlast(6 * SHORT)
        time.sleep(LONG)


def _outlast(seconds: float) -> None:
    """Work that keeps even the limit's alarm for itself, and ends by itself later."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            time.sleep(max(0.0, end - time.monotonic()))
        except BaseException:
            pass


def test_work_may_see_for_itself_that_the_time_is_over() -> None:
    with pytest.raises(TimedOut) as caught, time_limit(SHORT, HOST):
        try:
            stumble()
        except OSError as error:
            assert rang(error)
            raise timed_out(7, "work") from error
    assert "work: found no completion after 7 seconds" in str(caught.value)


@pytest.mark.parametrize("error", [None, KeyError("x")])
def test_another_error_is_not_the_end_of_time(error: BaseException | None) -> None:
    assert not rang(error)


def test_a_limit_within_a_limit_ends_the_inner_block() -> None:
    with time_limit(LONG, "outer"):
        with pytest.raises(TimedOut) as caught, time_limit(SHORT, "inner"):
            time.sleep(LONG)
        assert caught.value.reasons[0].where == "inner"
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
