"""The two numbers of the way out: ten thousand queued messages dug out at 500 an hour by the playbook, over real WinRM
and SMTP, counted by the provider; and fifty thousand looked at by the playbook that changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.backends import BACKENDS
from tests.e2e.accounts import CUSTOMER, OLD, AccountSite, at_provider
from tests.e2e.snowballs import HOUR, busiest_hour, delivered, lab_state, last, play, saved, snowball_site

MESSAGES, RATE = 10_000, 500
FACTOR = 600
"""Ten minutes of the lab in a second: a tick of some seconds then lasts less than an hour."""
LOOKED_AT = 50_000


def throttled(**clock: Any) -> dict[str, Any]:
    """A lab whose provider takes 500 an hour and counts attempts."""
    provider = {"mailboxes": at_provider(new=300, old=300), "per_hour": RATE, "attempts_count": True}
    return lab_state(clock=clock, provider=provider)


def fill(site: AccountSite, count: int) -> None:
    """So many messages, and those that the provider takes in the first hour."""
    for part in (*[5000] * (count // 5000), RATE):
        site.lab.submit("sbs", OLD, [CUSTOMER], part)
    site.lab.run("sbs", 1 / 6, direct=True)


def largest_reply(site: AccountSite) -> int:
    """The most bytes that a call has printed."""
    return max(each["stdout_bytes"] for each in site.host.log.as_data()["commands"])


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[AccountSite]:
    with snowball_site(tmp_path, throttled(factor=FACTOR, hours_ago=0)) as made:
        made.patience = 3600
        # Ten thousand notices of delay at once would hold up the lab's one thread for an hour of its compressed time.
        server = {"Name": "SBS", "DelayNotificationTimeout": "30.00:00:00"}
        made.host.machine.change({"transport_servers": [server]})
        yield made


def test_ten_thousand_messages(fast: AccountSite) -> None:
    fill(fast, MESSAGES)
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


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_look_at_fifty_thousand_messages(tmp_path: Path, backend: str) -> None:
    with snowball_site(tmp_path, throttled(factor=1), backend=backend) as site:
        site.patience = 1800
        fill(site, LOOKED_AT)
        site.host.log.clear()
        began = time.perf_counter()
        told = play(site, "check_transport", transport_calm_for_per_hour=RATE).result()
        print(f"\n{backend}: {time.perf_counter() - began:.0f} s, reply of {largest_reply(site)} bytes")
        assert (told["verdict"], site.host.log.count()) == ("snowball", 1)
        assert told["queues"][0]["messages"]["all"] >= LOOKED_AT - RATE
        assert largest_reply(site) < 100 * 1024
