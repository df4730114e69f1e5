"""Nothing is silent for longer than 15 seconds: what is told when, by a clock that only the test moves, and no thread
left behind."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import progress as module
from ansible_collections.sbs.mailflow.plugins.plugin_utils.progress import EVERY, Progress


class Seconds:
    """A clock, and what was told by it: second -> line."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.told: list[tuple[int, str]] = []
        self.progress = Progress(lambda line: self.told.append((round(self.now - 1000), line)), lambda: self.now)

    def wait(self, seconds: int) -> None:
        """Let the time pass, a second at a time, as the thread looks at it."""
        for _second in range(seconds):
            self.now += 1
            self.progress.beat()


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if "progress" in each.name]


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    yield
    assert threads() == []


def test_a_stage_is_told_every_fifteen_seconds_with_its_limit(clock: Seconds) -> None:
    with clock.progress.stage("waiting", 600):
        clock.wait(14)
        assert clock.told == []
        clock.wait(31)
    assert clock.told == [(15 * n, f"waiting, {15 * n} s of at most 600 s") for n in (1, 2, 3)]


def test_a_stage_within_counts_to_the_limit_around_it_and_one_with_its_own_to_that(clock: Seconds) -> None:
    with clock.progress.stage("run", 600):
        clock.wait(10)
        with clock.progress.stage("reading"):
            clock.wait(10)
            with clock.progress.stage("another run", 30):
                clock.wait(10)
        clock.wait(15)
    assert [line for _second, line in clock.told] == [
        "reading, 15 s of at most 600 s",
        "another run, 10 s of at most 30 s",
        "run, 45 s of at most 600 s",
    ]


def test_what_is_said_at_once_breaks_the_silence(clock: Seconds) -> None:
    with clock.progress.stage("waiting"):
        clock.wait(10)
        clock.progress.tell("said")
        clock.wait(16)
    assert clock.told == [(10, "said"), (25, "waiting, 25 s")]


def test_steps_are_counted_in_the_stage_that_they_belong_to(clock: Seconds) -> None:
    with clock.progress.stage("writing", 900):
        clock.progress.steps(400, 4000)
        clock.wait(15)
        with clock.progress.stage("reading"):
            clock.wait(15)
    assert [line for _second, line in clock.told] == [
        "writing (400 of 4000 steps answered), 15 s of at most 900 s",
        "reading, 30 s of at most 900 s",
    ]


def test_no_stage_has_nothing_to_tell(clock: Seconds) -> None:
    clock.wait(60)
    assert clock.told == []


def test_the_time_that_has_passed_is_that_of_the_whole(clock: Seconds) -> None:
    assert clock.progress.elapsed == 0
    with clock.progress.stage("run", 600):
        clock.wait(20)
        with clock.progress.stage("a lock", 30):
            assert clock.progress.elapsed == 20


def test_what_ends_a_stage_takes_a_moment_that_is_not_counted(clock: Seconds) -> None:
    with clock.progress.stage("waiting", 20):
        clock.wait(30)
    assert clock.told[-1] == (30, "waiting, 20 s of at most 20 s")


def test_the_thread_tells_while_the_main_one_waits_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.05)
    told, heard = [], threading.Event()

    def tell(line: str) -> None:
        told.append(threading.current_thread().name)
        heard.set()
        raise RuntimeError("a display that fails is no matter of the run's")

    progress = Progress(tell)
    with pytest.raises(LookupError), progress.watched(), progress.stage("waiting"):
        assert heard.wait(5) and len(threads()) == 1
        heard.clear()
        assert heard.wait(5)
        raise LookupError
    assert set(told) == {"sbs.mailflow progress"}


def test_an_alarm_reaches_the_main_thread_all_the_same() -> None:
    def ring(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    began = time.monotonic()
    try:
        with pytest.raises(TimeoutError), Progress().watched():
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            time.sleep(30)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 10 and EVERY == 15
