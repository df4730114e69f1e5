# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is silent for longer than 15 seconds. A remote process cannot say how far it is, and a socket that waits says
nothing, so a thread on the controller tells what is waited for."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from .messages import notice_of

EVERY = 15.0
"""Seconds between two lines, in a log as well: an action ends within its time limit, which is 40 lines by default, and
who reads a log that grows waits just like one at a terminal."""


@dataclass
class _Stage:
    """What is waited for, since when, for how long at most, and how many of its steps are answered."""

    what: str
    began: float
    limit: float | None
    steps: tuple[int, int] | None = None


class Progress:
    """Tells what a run waits for, as soon as nothing was told for 15 seconds, and then every 15.

    ``tell`` shows a line; ``clock`` counts seconds; ``declared`` is the time limit, as its reader writes it and
    in seconds; None where nothing limits the whole. Without ``watched`` nothing is told.
    """

    def __init__(
        self,
        tell: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
        declared: tuple[str, int] | None = None,
    ) -> None:
        self.declared = declared
        self.head: Callable[[], str] = lambda: ""
        """What stands before each line of its own."""
        self._tell = tell
        self._clock = clock
        self._stages: list[_Stage] = []
        self._told_at = clock()
        self._began = self._told_at

    @property
    def elapsed(self) -> float:
        """The seconds since the outermost stage began."""
        return self._clock() - (self._stages[0].began if self._stages else self._began)

    def tell(self, line: str) -> None:
        """Show a line at once; the next one may wait again."""
        self._told_at = self._clock()
        self._tell(line)

    @contextmanager
    def stage(self, what: str, limit: float | None = None) -> Iterator[None]:
        """What is waited for in this block, and for how many seconds at most: without a limit of its own, until that of
        the stage around it is over."""
        around = self._stages[-1] if self._stages else None
        if limit is None and around is not None:
            stage = _Stage(what, around.began, around.limit)
        else:
            stage = _Stage(what, self._clock(), limit)
        self._stages.append(stage)
        try:
            yield
        finally:
            self._stages.pop()

    def steps(self, answered: int, total: int) -> None:
        """How many steps of the present stage are answered."""
        if self._stages:
            self._stages[-1].steps = (answered, total)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tell of the stages in this block as they last. The thread ends with it, however that ends."""
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), name="sbs.mailflow progress", daemon=True)
        self._told_at = self._clock()
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(EVERY)  # whatever it may be telling just now

    def _watch(self, ended: threading.Event) -> None:
        # The alarm of a time limit must interrupt the main thread, where the socket waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while not ended.wait(max(0.01, self.due())):
            self.beat()

    def due(self) -> float:
        """Seconds until the next line."""
        return self._told_at + EVERY - self._clock()

    def beat(self) -> None:
        """Tell what is waited for, if it is time. Whatever goes wrong with that is no matter of the run's."""
        if self.due() > 0:
            return
        self._told_at = self._clock()
        with suppress(Exception):
            self._tell(self.head() + _line(self._stages[-1], self._clock()))


def _line(stage: _Stage, now: float) -> str:
    """A stage in words, with no more than its name and numbers."""
    seconds, what = now - stage.began, stage.what
    if stage.steps:
        what = notice_of("stage_steps", stage=what, answered=stage.steps[0], total=stage.steps[1])
    if stage.limit is None:
        return notice_of("stage_lasts", stage=what, seconds=round(seconds))
    # What ends a stage takes a moment itself.
    lasts = round(min(seconds, stage.limit))
    return notice_of("stage_lasts_of", stage=what, seconds=lasts, limit=round(stage.limit))
