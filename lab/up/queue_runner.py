"""Lets queued mail leave: a thread that keeps up with the lab's clock, and a run as fast as it goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from lab.exchange.queues.engine import QueueEngine
from lab.exchange.queues.running import run
from lab.exchange.queues.server import Dialer
from lab.host.clock import Clock
from lab.provider import SimulatedProvider
from lab.up.direct_dialer import DirectDialer

_PAUSE: Final = 0.05  # seconds between two looks at most
_LONGEST: Final = 24 * 366.0  # hours


class QueueRunner:
    """The thread of one lab. It touches only hosts that are told to deliver."""

    def __init__(self, machines: Callable[[], Iterable[Any]]) -> None:
        self._machines = machines
        self._ended = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._keep_up, name="lab-queue-runner", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; the thread is gone on return."""
        self._ended.set()
        if self._thread:
            self._thread.join()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is delivered meanwhile, but by whoever paused it."""
        with self._one_at_a_time:
            yield

    def _keep_up(self) -> None:
        pause = _PAUSE
        while not self._ended.wait(pause):
            pause = _PAUSE
            for machine in self._machines():
                while machine.delivering and not self._ended.is_set() and self._step(machine):
                    pass
                pause = min(pause, _until_due(machine)) if machine.delivering else pause

    def _step(self, machine: Any) -> bool:
        """Do what is due at this host next; whether there was anything."""
        engine: QueueEngine = machine.queues
        with self._one_at_a_time, engine.turn:
            due = engine.due
            if due is None or due > machine.clock.now():
                return False
            engine.step()
            return True


def _until_due(machine: Any) -> float:
    """Real seconds until this host has something to do, at least a thousandth."""
    due, factor = machine.queues.due, machine.clock.factor
    if due is None or not factor:
        return _PAUSE
    return float(max((due - machine.clock.now()).total_seconds() / factor, 0.001))


def run_queues(
    machines: Sequence[Any], provider: SimulatedProvider | None, clock: Clock, hours: float, direct: bool
) -> None:
    """Let these machines deliver for so many hours of the lab's clock. Raises ValueError where that is not theirs."""
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= _LONGEST:
        raise ValueError(f"{hours!r} hours: a number above 0 and up to {_LONGEST:.0f} is expected")
    keepers = [*machines, provider] if provider else machines
    if any(keeper.clock is not clock for keeper in keepers):
        raise ValueError(
            "run: a host or the provider has a fixed time of its own; give the lab clock: {factor: 0} instead"
        )
    engines = [machine.queues for machine in machines]
    if direct:
        for machine in machines:
            _take_short_cut(machine, provider)
    try:
        with clock.held():
            for _ in run(engines, clock.advance_to, clock.now() + timedelta(hours=hours)):
                pass
    finally:
        for machine in machines:
            machine.dialer = machine.smtp_dialer


def _take_short_cut(machine: Any, provider: SimulatedProvider | None) -> None:
    if provider is None:
        raise ValueError("run: the short cut leads to the lab's provider, and there is none")
    dialer: Dialer = DirectDialer(machine.smtp_dialer(), provider)
    machine.dialer = lambda: dialer
