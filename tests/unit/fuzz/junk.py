"""What nobody expects, and where it may stand: values of every type that JSON or YAML can hold, in place of parts of
whole ones. All of it follows from a number, which hypothesis draws: drawing each part would take most of the time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

TEXTS = (
    *("", " ", "\0", "\ud800", "a\udfffb", "\x1b[2J", "\u202e", "9" * 5000, "x" * 2000, "{x}", "(", "-1", "\u0661"),
    *("NaN", "1e999", "0", "true", "localtime", "2026-03-02", "2026-03-02T12:00:00", "2026-03-02T12:00:00Z"),
    *(
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "a@b.de",
        "%m@b.de",
        "SMTP:a@b.de",
        "*;1",
        "SBS\\7\\1",
        "00:10:00",
    ),
    *(
        "10 MB (10,485,760 bytes)",
        "Version 14.3 (Build 123.4)",
        "b.de",
        "Suspended",
        "*",
        "²",
        "SBS\\x\\y\\z",
        "a/b:c;d",
    ),
)
NUMBERS = (0, -1, 1, 7, 2**31, 2**63, 10**40, 0.5, float("nan"), float("inf"), float("-inf"), 1e300, 587)
DATES = (date(2026, 3, 2), date(1, 1, 1), datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59))
"""What YAML makes of dates."""


def junk(dice: Random, depth: int = 2) -> Any:
    """Anything that JSON can hold."""
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: None,
        lambda: dice.random() < 0.5,
        lambda: dice.choice(NUMBERS),
        lambda: dice.choice(TEXTS),
        lambda: dice.choice(TEXTS),
        lambda: [junk(dice, depth - 1) for _ in range(dice.randrange(3))],
        lambda: {dice.choice(TEXTS): junk(dice, depth - 1) for _ in range(dice.randrange(3))},
    )
    return dice.choice(kinds if depth else kinds[:5])()


def mapping(dice: Random, names: Sequence[str]) -> dict[str, Any]:
    """Some of these names, each with anything; seldom one that is unknown."""
    found = {dice.choice(names): junk(dice) for _ in range(dice.randrange(6))} if names else {}
    return {**found, dice.choice(TEXTS): 1} if dice.random() < 0.1 else found


def spots(value: Any) -> Iterator[tuple[Any, ...]]:
    """The paths of all that is in a value, and of what is in that."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (key,)
        yield from ((key, *rest) for rest in spots(item))


def corrupt(dice: Random, whole: Any, most: int = 3) -> Any:
    """A whole value of which a few parts are something else, missing, or there twice."""
    value = copy.deepcopy(whole)
    for _ in range(dice.randint(1, most)):
        paths = list(spots(value))
        if not paths:
            return junk(dice) if dice.random() < 0.2 else value
        *way, last = dice.choice(paths)
        holder = value
        for key in way:
            holder = holder[key]
        if dice.random() < 0.15:
            del holder[last]
        elif isinstance(holder, list) and dice.random() < 0.2:
            holder.append(copy.deepcopy(holder[last]))
        else:
            holder[last] = junk(dice)
    return value


def fuzzed(examples: int) -> Callable[[Callable[[Random], None]], Callable[[], None]]:
    """A test with so many numbers, the same in every run; the one that fails is told."""
    chosen = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def wrap(test: Callable[[Random], None]) -> Callable[[], None]:
        @chosen
        @given(seed=st.integers(0, 2**62))
        def run(seed: int) -> None:
            test(Random(seed))

        return run

    return wrap
