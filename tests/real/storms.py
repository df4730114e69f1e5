"""A backlog at a strict provider, dug out of tick by tick as from cron, and killed on its way."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tests.e2e.accounts import CUSTOMER, OLD
from tests.e2e.snowballs import desired, last, play

from .processes import children, is_alive, wait_for
from .sites import RealSite, real_site

HOUR_IN_SECONDS: Final = 50
OPTIONS: Final[dict[str, Any]] = {
    "queue_recovery_single_tick": True,
    "queue_recovery_minimum_backlog": 1,
    "queue_recovery_pause": None,
}
Moment = Callable[["Storm", "subprocess.Popen[str]"], bool]
"""Waits for its moment in a tick; whether that has come before the tick's end."""
Kill = tuple[str, Moment]
"""The stage that has to have been seen, and the moment at which the next tick is killed."""
BEGINNING: Final = "beginning"
"""In the place of a stage: any tick, and so the first."""


@dataclass
class Storm:
    """``rate`` is what the provider accepts an hour, of ``messages`` that wait; ``stages`` are those of the ticks,
    ``workers`` counts the processes of a playbook that were killed with it."""

    site: RealSite
    rate: int
    messages: int
    stages: list[str] = field(default_factory=list)
    killed: int = 0
    workers: int = 0

    @property
    def options(self) -> dict[str, Any]:
        """The variables of each tick."""
        return {**OPTIONS, "queue_recovery_per_hour": self.rate, "transport_calm_for_per_hour": self.rate}

    def gather(self) -> None:
        """More mail than an hour takes, and the retries that keep the hour exceeded."""
        self.site.lab.submit("sbs", OLD, [CUSTOMER], self.messages)
        self.site.lab.run("sbs", 0.1)
        queued = self.site.host.machine.queues.queued
        assert queued == self.messages - self.rate > 0

    def recover(
        self, kills: list[Kill], meanwhile: Callable[[int], None] = lambda tick: None, ticks: int = 80
    ) -> dict[str, Any]:
        """Tick until the end; each of the kills ends one of them, and a whole one follows. ``meanwhile`` is told how
        many have released mail. Returns the last tick's result."""
        for _ in range(ticks):
            if kills and kills[0][0] in (BEGINNING, *self.stages) and self._killed(kills[0][1]):
                kills.pop(0)
                self.killed += 1
            run = play(self.site, "recover_queue", **self.options)
            assert run.code == 0, run.output
            result = last(run)
            self.stages.append(result["stage"])
            meanwhile(self.stages.count("release"))
            if result["done"]:
                return result
            if result["stage"] in ("settle", "quiet"):
                self.site.lab.run("sbs", 0.25)  # in which nothing is sent
        raise AssertionError(f"no end: {self.stages}")

    def _killed(self, moment: Moment) -> bool:
        begun = self.site.begin_project("recover_queue", **desired(self.site, **self.options))
        due = False
        try:
            due = moment(self, begun)
        finally:
            workers = end_all(begun)
        if not due or begun.returncode != -signal.SIGKILL:
            return False
        self.workers += workers
        return True

    def counted(self, since: datetime) -> None:
        """Each message has arrived once, none is lost; since then nothing was refused, and no hour had more than three
        quarters of the rate, the share of a recovery in need."""
        postfix, queues = self.site.real.postfix, self.site.host.machine.queues
        wait_for("all is delivered", lambda: len(postfix.taken()) >= self.messages)
        taken = postfix.taken()
        assert (len(taken), set(taken.values()), queues.queued) == (self.messages, {1}, 0)
        assert postfix.recipients() == self.messages == queues.counts.sent
        policy = self.site.real.policy
        print(f"{self.killed} kills, {self.stages}, busiest hour {policy.busiest_hour(OLD, since)} of {self.rate}")
        assert all(each.allowed for each in policy.asked if each.at >= since)
        assert policy.busiest_hour(OLD, since) <= self.rate * 3 // 4


@contextmanager
def storm(folder: Path, rate: int, messages: int) -> Iterator[Storm]:
    """A site in a storm, an hour of which lasts for less than a minute."""
    factor = 3600 / HOUR_IN_SECONDS
    state = {"clock": {"factor": factor}, "delivery": {"running": True, "seconds_per_message": 0.1}}
    with real_site(folder, state, shares={"per_hour": rate}) as site:
        site.logs_in()
        made = Storm(site, rate, messages)
        made.gather()
        yield made


def at_command(number: int, pause: float = 0.0) -> Moment:
    """So many seconds after the host has been given the tick's n-th command: the first reads, the second acts."""

    def wait(made: Storm, begun: subprocess.Popen[str]) -> bool:
        log = made.site.host.log
        before = log.count()
        while begun.poll() is None:
            if log.count() >= before + number:
                time.sleep(pause)
                return begun.poll() is None
            time.sleep(0.002)
        return False

    return wait


def after(seconds: float) -> Moment:
    """So many seconds after its start, wherever it is then."""

    def wait(made: Storm, begun: subprocess.Popen[str]) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            begun.wait(seconds)
        return begun.poll() is None

    return wait


def end_all(begun: subprocess.Popen[str]) -> int:
    """Kill a playbook and its workers at once, as a controller that loses its power; how many workers that were."""
    workers = descendants(begun.pid)
    for pid in [begun.pid, *workers]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    begun.communicate()
    wait_for("no worker lives", lambda: not any(map(is_alive, workers)), patience=2)
    return len(workers)


def descendants(of: int) -> list[int]:
    """All processes that a process has started, and theirs."""
    found = list(children(of))
    return [*found, *(further for child in found for further in descendants(child))]
