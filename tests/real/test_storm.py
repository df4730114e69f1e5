"""A storm at a strict provider and its recovery, whose ticks are killed: each message arrives once, none is lost, and
the provider's share is never exceeded."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.snowballs import saved

from .storms import BEGINNING, Moment, after, at_command, storm

pytestmark = pytest.mark.servers

RATE = 60
UNDER_WAY = timedelta(minutes=5)
"""What was being sent when the queue was suspended has arrived by then."""


def test_a_recovery_that_is_killed_three_times(tmp_path: Path) -> None:
    """As it begins to suspend, once the host has done a part of holding, and as it begins to release."""
    kills = [(BEGINNING, at_command(2)), ("hold", at_command(2, 0.2)), ("release", at_command(2))]
    with storm(tmp_path, RATE, RATE + 25) as made:
        result = made.recover(kills)
        assert made.killed == 3 and made.workers  # a quick tick may have ended its worker before the kill comes
        counts = result["counts"]
        assert counts["sent"] == counts["saved"] == 25
        made.counted(datetime.fromisoformat(saved(result)["suspended_at"]) + UNDER_WAY)
        assert made.site.host.open_shells <= 5


def _anywhere(chosen: random.Random) -> Moment:
    if chosen.random() < 0.6:
        return at_command(chosen.choice((1, 2)), chosen.uniform(0, 0.5))
    return after(chosen.uniform(1, 4))


@pytest.mark.bench
def test_a_recovery_that_is_killed_ten_times(tmp_path: Path) -> None:
    """At every command and anywhere in between, chosen anew each time; the seed is told."""
    seed = secrets.randbelow(1000)
    chosen = random.Random(seed)
    print(f"\nseed {seed}")
    stages = [BEGINNING, "settle", "quiet", "hold", *["release"] * 6]
    kills = [(stage, _anywhere(chosen)) for stage in stages]
    with storm(tmp_path, RATE, RATE + 60) as made:
        result = made.recover(kills)
        assert (made.killed, result["counts"]["sent"], result["counts"]["saved"]) == (10, 60, 60)
        made.counted(datetime.fromisoformat(saved(result)["suspended_at"]) + UNDER_WAY)


@pytest.mark.bench
def test_a_provider_that_dies_and_then_loses_its_logins_in_between(tmp_path: Path) -> None:
    """For two ticks each; what was released meanwhile waits in Exchange and leaves once it can, within the share."""
    with storm(tmp_path, RATE, RATE + 40) as made:
        real = made.site.real
        happens = {2: real.postfix.kill, 4: real.postfix.start, 6: real.dovecot.database_gone}
        happens[8] = real.dovecot.database_back

        def meanwhile(released: int) -> None:
            happens.pop(released, lambda: None)()

        result = made.recover([], meanwhile)
        assert (happens, result["counts"]["sent"], result["counts"]["saved"]) == ({}, 40, 40)
        made.counted(datetime.fromisoformat(saved(result)["suspended_at"]) + UNDER_WAY)
