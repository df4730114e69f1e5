# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tick after tick, for as long as it takes. Who watches is told how it goes. A host that does not answer for a while is
waited for: its queue may stand meanwhile, and nobody may be there to start the run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ..errors import Busy, ConnectionLost, MailflowError, TimedOut, Unreachable
from ..messages import notice_of
from ..progress import Progress
from .result import span
from .ticks import Tick

SILENT = (ConnectionLost, TimedOut, Unreachable)
"""What says no more of a host than that it does not answer."""
SILENT_TICKS = 5
"""How many ticks in a row may end so."""
AT_ONCE_TICKS = 20
"""How many ticks in a row may follow at once; more of them mean that something does not take effect."""
BREATH = timedelta(seconds=1)


@dataclass
class Course:
    """``tick`` makes one tick (raises MailflowError), ``watch`` shows a line, ``sleep`` takes seconds; ``pause`` is the
    longest time between two ticks. ``clock`` stands before each line, ``progress`` tells what is waited for."""

    tick: Callable[[], Tick]
    watch: Callable[[str], None]
    sleep: Callable[[float], None]
    pause: timedelta
    progress: Progress = field(default_factory=Progress)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _left: str = ""
    _shown: set[str] = field(default_factory=set)
    _at_once: int = 0
    _changed: bool = False
    _begun: bool = False

    def run(self) -> Tick:
        """The last tick: nothing is left to do, another login is needed, or something went wrong. Raises MailflowError
        as the ticks do."""
        self.progress.head = self._head
        told = self._counted()  # a host that does not even answer once is none to wait for
        failed = told.error is not None and not isinstance(told.error, SILENT)
        while not (failed or told.done or told.needs_login):
            self._show(told)
            self._sleep(self._until_next(told))
            told = self._answered()
            failed = told.error is not None
        if told.done and told.recovery is not None:
            began, ended, duration = span(told).values()
            self._watch(notice_of("recovery_ended", began=began, ended=ended, duration=duration))
        return replace(told, changed_before=self._changed)

    def _counted(self) -> Tick:
        told = self._alone()
        if told.hours_left is not None:
            self._left = notice_of("recovery_hours_left", hours=told.hours_left)
        self._begun = True
        self._changed = self._changed or told.changed
        return told

    def _alone(self) -> Tick:
        """A tick. Another run at work on the host is waited for, however long, but not before the first one."""
        while True:
            try:
                return self.tick()
            except Busy as error:
                if not self._begun:
                    raise
                self._notice_of("recovery_waits", error)
                self._sleep(self.pause)

    def _answered(self) -> Tick:
        """The next tick that the host answers; after too many that it does not, whatever the last one comes to."""
        for _silent in range(SILENT_TICKS):
            try:
                told = self._counted()
                cut = told.error
            except SILENT as error:
                cut = error
            if not isinstance(cut, SILENT):
                return told
            self._notice_of("recovery_silent", cut)
            self._sleep(self.pause)
        return self._counted()

    def _show(self, reported: Tick) -> None:
        """What is new since the tick before."""
        for line in (*reported.notices, *_progress(reported)):
            if line not in self._shown:
                self._shown.add(line)
                self._watch(line)
        if reported.error is not None:
            self._notice_of("recovery_silent", reported.error)

    def _notice_of(self, key: str, cut: MailflowError) -> None:
        self._watch(notice_of(key, problem=str(cut), seconds=round(self.pause.total_seconds())))

    def _watch(self, line: str) -> None:
        self.watch(self._head() + line)

    def _head(self) -> str:
        return f"{self._moment(timedelta(0))}{self._left}: "

    def _sleep(self, span: timedelta) -> None:
        seconds = span.total_seconds()
        with self.progress.stage(notice_of("stage_recovery_sleeping", moment=self._moment(span)), seconds):
            self.sleep(seconds)

    def _moment(self, later: timedelta) -> str:
        return f"{self.clock() + later:%Y-%m-%d %H:%M} UTC"

    def _until_next(self, reported: Tick) -> timedelta:
        self._at_once = 0 if reported.wait else self._at_once + 1
        if reported.wait or self._at_once > AT_ONCE_TICKS:
            return min(reported.wait or self.pause, self.pause)
        return min(BREATH, self.pause)


def _progress(reported: Tick) -> Iterator[str]:
    """How far the recovery is, in a line."""
    recovery = reported.recovery
    if recovery is None:
        return
    counts, stage = recovery.counts(), recovery.stage
    saved, kept, sent, failed = (counts[name] for name in ("saved", "kept_back", "sent", "failed"))
    if recovery.stands:
        yield notice_of("recovery_progress_standing", stage=stage, saved=saved)
    else:
        yield notice_of("recovery_progress", stage=stage, saved=saved, kept=kept, sent=sent, failed=failed)
