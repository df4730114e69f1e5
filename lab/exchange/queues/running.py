"""Time passes for one or more servers, as fast as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from lab.exchange.queues.engine import QueueEngine


def run(engines: Sequence[QueueEngine], advance_to: Callable[[datetime], None], until: datetime) -> Iterator[datetime]:
    """Do all that is due up to a moment, in its order; after each step the time of the next one, or the end.

    ``advance_to`` puts the clock of all of them forward. The caller may do things of its own between two steps.
    """
    while True:
        waiting = [(due, number) for number, engine in enumerate(engines) if (due := engine.due)]
        moment, number = min(waiting, default=(until, -1))
        if number < 0 or moment > until:
            break
        advance_to(moment)
        with engines[number].turn:
            engines[number].step()
        yield moment
    advance_to(until)
    yield until
