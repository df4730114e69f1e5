"""Tick after tick without anybody at hand: what is shown, how long it waits, what ends it, a host that is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Busy, ConnectionLost, HostRefused, StepFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.progress import Progress
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.course import (
    AT_ONCE_TICKS,
    SILENT_TICKS,
    Course,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.result import as_result
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.ticks import Tick
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import PlannedStep
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.step_reports import StepReport
from tests.unit.plugin_utils.queue_recovery.recovery_host import HOUR, RecoveryHost, Site
from tests.unit.plugin_utils.run.examples import HOST, NOW

MINUTES = timedelta(minutes=5)
CUT = ConnectionLost(reason_of("connection_lost", HOST, what="it", host_says="cut", outcome=""))
FAILED = StepFailed(reason_of("recovery_missing", HOST, count=1, names="<1>"))


class Watcher:
    """A course over ticks that were made before, or exceptions; what it shows and how long it sleeps."""

    def __init__(self, *ticks: Tick | Exception, pause: timedelta = MINUTES) -> None:
        self.ticks: Iterator[Tick | Exception] = iter(ticks)
        self.lines: list[str] = []
        self.slept: list[float] = []
        self.waits: list[str] = []
        self.course = Course(self._tick, self.lines.append, self._sleep, pause, Progress(), lambda: NOW)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.waits += [each.what for each in self.course.progress._stages]

    def _tick(self) -> Tick:
        found = next(self.ticks)
        if isinstance(found, Exception):
            raise found
        return found


STEP = PlannedStep("resume queue", "SBS\\7", "Resume-Queue", {})
BUSY = Busy(reason_of("host_busy", HOST, holder="another", path="x"))


@pytest.fixture
def told(tmp_path: Path) -> Tick:
    """A tick of a recovery under way that has nothing to do but to wait."""
    host = RecoveryHost()
    host.submit(40, retry_at=host.now + 99 * HOUR)
    site = Site(tmp_path, host)
    found = site.until("release")
    return replace(found, wait=timedelta(minutes=7), notices=(), plan=None, reports=())


@pytest.fixture
def end(told: Tick) -> Tick:
    return replace(told, recovery=None)


def test_another_run_on_the_host_is_waited_for_but_not_before_the_first_tick(told: Tick, end: Tick) -> None:
    watcher = Watcher(told, *[BUSY] * (3 * SILENT_TICKS), told, end)
    assert watcher.course.run().done
    assert watcher.slept == [300] * (3 * SILENT_TICKS + 2)
    assert "Another run holds the host" in "".join(watcher.lines)
    with pytest.raises(Busy):
        Watcher(BUSY, end).course.run()


def test_a_whole_recovery_in_one_call(tmp_path: Path) -> None:
    host = RecoveryHost()
    host.submit(45)
    host.run(HOUR)
    site, slept = Site(tmp_path, host), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        host.run(timedelta(seconds=max(1.0, seconds)))

    lines: list[str] = []
    done = Course(site.tick, lines.append, sleep, MINUTES, clock=lambda: host.now).run()
    assert done.done and done.changed and max(slept) == MINUTES.total_seconds()
    assert sorted(host.sent()) == sorted(host.submitted)
    heads, texts = zip(*(line.split(": ", 1) for line in lines), strict=True)
    assert texts[0] == "Stage suspend: the queue is suspended, 25 messages are saved."
    assert texts[-2].startswith("Stage ") and "0 have failed" in texts[-2]
    assert len(texts) == len(set(texts))
    assert all(re.fullmatch(r"2026-03-02 \d\d:\d\d UTC, about \d+\.\d h left", head) for head in heads)
    assert [float(head.split()[-3]) for head in (heads[0], heads[-1])] == [3.5, 0.0]
    told = as_result(done)
    assert texts[-1] == (
        f"The recovery has ended: begun {told['began']}, ended {told['ended']}, after {told['duration']}."
    )
    assert done.recovery is not None and told["began"] == f"{done.recovery.started:%Y-%m-%d %H:%M} UTC"


def test_it_sleeps_as_long_as_the_tick_says_and_no_longer_than_the_pause(told: Tick, end: Tick) -> None:
    ticks = [replace(told, wait=timedelta(minutes=minutes)) for minutes in (3, 60, 0)]
    watcher = Watcher(*ticks, end)
    assert watcher.course.run().done and watcher.slept == [180, 300, 1]
    hasty = Watcher(*ticks, end, pause=timedelta(0))
    hasty.course.run()
    assert hasty.slept == [0, 0, 0]


def test_what_never_takes_effect_is_not_tried_every_second(told: Tick, end: Tick) -> None:
    watcher = Watcher(*[replace(told, wait=timedelta(0))] * (AT_ONCE_TICKS + 2), end)
    watcher.course.run()
    assert watcher.slept == [1] * AT_ONCE_TICKS + [300, 300]


def test_a_line_is_shown_once(told: Tick, end: Tick) -> None:
    watcher = Watcher(replace(told, notices=("one",)), replace(told, notices=("one", "two")), end)
    watcher.course.run()
    head = "2026-03-02 12:00 UTC, about 4.0 h left: "
    assert watcher.lines == [f"{head}one", *watcher.lines[1:2], f"{head}two"]
    assert "40 of 40 messages are suspended" in watcher.lines[1]
    assert watcher.waits == ["recovery: the next look at the queue is at 2026-03-02 12:05 UTC"] * 2
    assert watcher.course.progress.head() == head


def test_a_host_that_is_silent_is_told_of_with_the_hours_that_were_left(told: Tick, end: Tick) -> None:
    watcher = Watcher(told, CUT, end)
    watcher.course.run()
    assert watcher.lines[-1].startswith("2026-03-02 12:00 UTC, about 4.0 h left: The host does not answer")


def test_whatever_was_changed_on_the_way_counts(told: Tick, end: Tick) -> None:
    assert not Watcher(told, end).course.run().changed
    acted = replace(told, reports=(StepReport(STEP, "done"),))
    assert Watcher(acted, told, end).course.run().changed
    assert Watcher(told, replace(acted, error=CUT), CUT, end).course.run().changed


@pytest.mark.parametrize("how", ["raised", "told"])
def test_a_host_that_is_silent_for_a_while_is_waited_for(told: Tick, end: Tick, how: str) -> None:
    cut = CUT if how == "raised" else replace(told, error=CUT)
    watcher = Watcher(told, *[cut] * SILENT_TICKS, told, *[cut] * SILENT_TICKS, end)
    assert watcher.course.run().done
    assert len([line for line in watcher.lines if "does not answer" in line]) == 2 * SILENT_TICKS


def test_a_host_that_stays_silent_ends_it(told: Tick) -> None:
    with pytest.raises(ConnectionLost):
        Watcher(told, *[CUT] * (SILENT_TICKS + 1)).course.run()
    ended = Watcher(told, *[replace(told, error=CUT)] * (SILENT_TICKS + 1)).course.run()
    assert ended.error is CUT


def test_a_first_tick_that_is_cut_has_met_the_host(told: Tick, end: Tick) -> None:
    watcher = Watcher(replace(told, error=CUT), end)
    assert watcher.course.run().done and "does not answer" in watcher.lines[-1]


def test_a_host_that_has_never_answered_is_not_waited_for() -> None:
    watcher = Watcher(CUT)
    with pytest.raises(ConnectionLost):
        watcher.course.run()
    assert watcher.slept == []


def test_what_ends_it(told: Tick) -> None:
    assert Watcher(told, replace(told, needs_login=True)).course.run().needs_login
    assert Watcher(told, replace(told, error=FAILED)).course.run().error is FAILED
    with pytest.raises(HostRefused):
        Watcher(told, HostRefused(reason_of("clock_not_told", HOST))).course.run()
