"""Ten thousand queued messages dug out at 500 an hour by the playbook, over real WinRM and SMTP, counted by the
provider."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.accounts import OLD, AccountSite
from tests.e2e.snowballs import (
    HOUR,
    busiest_hour,
    delivered,
    fill,
    lab_state,
    largest_reply,
    last,
    play,
    saved,
    snowball_site,
)

MESSAGES, RATE = 10_000, 500
FACTOR = 400
"""Nearly seven minutes of the lab in a second: a tick of some seconds then lasts less than an hour."""


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[AccountSite]:
    with snowball_site(tmp_path, lab_state(RATE, clock={"factor": FACTOR, "hours_ago": 0})) as made:
        made.patience = 3600
        # Ten thousand notices of delay at once would hold up the lab's one thread for an hour of its compressed time.
        server = {"Name": "SBS", "DelayNotificationTimeout": "30.00:00:00"}
        made.host.machine.change({"transport_servers": [server]})
        yield made


FULL = "voll@kunde.example"


def test_ten_thousand_messages_and_one_full_mailbox(fast: AccountSite) -> None:
    fast.provider_of().change({"full_mailboxes": [FULL]})
    fast.lab.submit("sbs", OLD, [FULL], 1)
    fill(fast, MESSAGES, RATE)
    clock = fast.host.machine.clock
    start = clock.now()
    run = play(fast, "recover_queue", queue_recovery_per_hour=RATE)
    assert run.code == 0, run.output
    result, hours = last(run), (clock.now() - start) / HOUR
    counts = result["counts"]
    # The quiet hour, then half of the rate, three quarters where messages might expire: nine tenths of the slower pace.
    slowest = 1 + counts["saved"] / (RATE / 2) / 0.9
    print(
        f"\n{counts['saved']} messages, one to a full mailbox, in {hours:.1f} hours of the lab (at most {slowest:.1f})"
    )
    assert result["done"] and (counts["sent"], counts["queued"]) == (counts["saved"] - 1, 1)
    assert hours <= slowest and result["rate_per_hour"] == RATE


def test_ten_thousand_messages(fast: AccountSite) -> None:
    fill(fast, MESSAGES, RATE)
    clock, began = fast.host.machine.clock, time.perf_counter()
    start = clock.now()
    run = play(fast, "recover_queue", queue_recovery_per_hour=RATE)
    assert run.code == 0, run.output
    hours, real = (clock.now() - start) / HOUR, time.perf_counter() - began
    result, commands = last(run), fast.host.log.count()
    stopped = datetime.fromisoformat(saved(result)["suspended_at"]) + timedelta(minutes=30)
    busiest, counts = busiest_hour(fast, stopped), result["counts"]
    print(f"\n{counts['saved']} messages in {hours:.1f} hours of the lab, {real:.0f} s and {commands} remote processes")
    print(f"busiest hour: {busiest} attempts of {RATE}; largest reply: {largest_reply(fast) // 1024} KB")
    assert result["done"] and counts["saved"] == counts["sent"] >= MESSAGES - RATE
    assert len(delivered(fast)) == MESSAGES + RATE and set(delivered(fast).values()) == {1}
    assert busiest <= RATE
