# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An end for every action: pywinrm's receive loop waits for ever on a command that never ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import TimedOut
from ..messages import notice_of, reason_of


class _Alarm(BaseException):
    """Passes through every ``except Exception`` between the socket and us."""


@contextmanager
def time_limit(seconds: int, where: str) -> Iterator[None]:
    """Raise TimedOut in the block once ``seconds`` are over.

    Uses the alarm signal, since only that interrupts a socket that waits. A nearer alarm (Ansible's own task
    ``timeout``) is left in charge and goes off as it would have.
    """
    before = signal.getitimer(signal.ITIMER_REAL)[0]
    if before and before <= seconds:
        yield
        return
    started = time.monotonic()
    handler = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    except TimedOut:
        raise
    except BaseException as error:
        if rang(error):
            raise timed_out(seconds, where) from None
        raise
    finally:
        left = max(0.001, before - (time.monotonic() - started)) if before else 0
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, left)


def _ring(number: int, frame: FrameType | None) -> None:
    raise _Alarm


def timed_out(seconds: int, where: str) -> TimedOut:
    """The error of a limit that is over."""
    return TimedOut(reason_of("timed_out", where, seconds=seconds, outcome=notice_of("outcome_timed_out")))


def rang(error: BaseException | None) -> bool:
    """Whether the alarm is behind an error: cleaning up after it can raise something else on top."""
    while error is not None and not isinstance(error, _Alarm):
        error = error.__context__
    return error is not None
