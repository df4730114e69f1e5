"""Recoveries in bad faults: what goes wrong while a queue is dug out, and what an administrator breaks off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from lab.provider.texts import THROTTLED

from .accounts import CUSTOMER, OLD, AccountSite, mailbox, used, variables
from .running import Run
from .snowballs import RATE, busiest_hour, delivered, lab_state, last, play, saved, snowball, snowball_site

NOBODY = "niemand@kunde.example"
ABROAD = "kunde@ausland.example"


@pytest.fixture
def sbs(tmp_path: Path) -> Iterator[AccountSite]:
    # In real time; ``recover`` lets hours pass.
    with snowball_site(tmp_path, lab_state(clock={"factor": 1})) as made:
        yield made


def tick(site: AccountSite, **options: Any) -> Run:
    """One tick, as from cron."""
    given = {"queue_recovery_single_tick": True, "queue_recovery_quiet_minutes": 30}
    return play(site, "recover_queue", **{**given, "queue_recovery_minimum_backlog": 1, **options})


def recover(site: AccountSite, faults: Callable[[str], None], **options: Any) -> list[dict[str, Any]]:
    """Ticks until the end, a quarter of an hour apart; ``faults`` is told the stage after each of them."""
    seen: list[dict[str, Any]] = []
    for _ in range(80):
        run = tick(site, **options)
        assert run.code == 0, run.output
        seen.append(last(run))
        if seen[-1]["done"]:
            return seen
        faults(seen[-1]["stage"])
        site.lab.run("sbs", 0.25)
    raise AssertionError(f"no end: {seen[-1]}")


@contextmanager
def held(site: AccountSite) -> Iterator[None]:
    """Somebody else's recovery is at work on the same file."""
    with Store(str(site.backups), "sbs").held():
        yield


def test_a_storm(sbs: AccountSite) -> None:
    """New mail all the time, poison, an address that is none, messages about to expire, a second connector, a restart
    of the transport service, and a second recovery."""
    machine = sbs.host.machine
    abroad = used(sbs.provider_of().port, Name="Abroad", AddressSpaces=["ausland.example"], SmartHosts=["127.0.0.1"])
    machine.change({"send_connectors": [abroad], "delivery": {"suspended_expire": True}})
    sbs.provider_of().change({"unknown_recipients": [NOBODY], "stages": {"rcpt": THROTTLED}})
    before = machine.dump()["transport_servers"]
    machine.change({"transport_servers": [{"Name": "SBS", "MessageExpirationTimeout": "00:30:00"}]})
    sbs.lab.submit("sbs", OLD, [CUSTOMER], 3)  # which expire in the quiet time
    machine.change({"transport_servers": [{"Name": "SBS", "MessageExpirationTimeout": "2.00:00:00"}]})
    sbs.lab.submit("sbs", OLD, [CUSTOMER], 20)
    sbs.lab.submit("sbs", OLD, [NOBODY], 2)
    sbs.lab.submit("sbs", OLD, [ABROAD], 4)
    refused: list[str] = []

    def faults(stage: str) -> None:
        sbs.lab.submit("sbs", OLD, [CUSTOMER], 1)
        if not refused:
            sbs.provider_of().change({"stages": {}})
            # Only now that nothing leaves: before the first tick it may end the service twice, and be put away unsaved.
            sbs.lab.submit("sbs", OLD, [CUSTOMER], 1, poison=True)
            with held(sbs):
                second = tick(sbs)
            refused.append(second.result("Recover as far as the present login allows")["msg"])
        if stage == "release":
            machine.change({"restart_transport": True})

    seen = recover(sbs, faults)
    assert "another recovery running" in refused[0], refused
    counts = seen[-1]["counts"]
    assert counts["saved"] == counts["sent"] + counts["failed"] + counts["queued"] + counts["removed"]
    assert (counts["queued"], counts["gone"]) == (1, 0)  # the poison
    queues = {each["queue"]: each["messages"] for each in machine.queue_summary()["queues"]}
    assert queues["Poison"] == 1
    assert any("SBS\\Poison" in line for tick in seen for line in tick.get("warnings", []))
    assert {NOBODY} <= {to for each in seen[-1]["bounced"] for to in each["recipients"]}
    assert counts["failed"] == len(seen[-1]["bounced"]) >= 2
    assert set(delivered(sbs).values()) == {1}
    abroad_mail = [each for each in sbs.provider_of().records.accepted if ABROAD in each.recipients]
    asked = [each["parameters"] for each in machine.dump()["history"] if each["command"].endswith("-Queue")]
    assert len(abroad_mail) == 4 and asked and not any("SBS\\2" in str(each) for each in asked)
    stopped = datetime.fromisoformat(saved(seen[-1])["suspended_at"])
    assert busiest_hour(sbs, stopped) <= RATE
    assert machine.dump()["transport_servers"] == before


@pytest.mark.parametrize("kept", [True, False])
def test_restarts_after_which_nothing_is_as_it_was(sbs: AccountSite, kept: bool) -> None:
    """The transport service restarts in each stage. Queues and messages have other identities then, and, at worst, what
    was suspended is so no longer."""
    snowball(sbs, 160)
    machine, waiting = sbs.host.machine, sbs.host.machine.queues.queued
    machine.change({"delivery": {"restart_renumbers": True, "restart_keeps_suspended": kept}})
    restarted: list[str] = []

    def faults(stage: str) -> None:
        if stage not in restarted:
            restarted.append(stage)
            machine.change({"restart_transport": True})

    seen = recover(sbs, faults)
    counts = seen[-1]["counts"]
    assert {"settle", "hold", "release"} <= set(restarted), restarted
    assert counts["sent"] == counts["saved"] and (not kept or counts["saved"] == waiting)
    assert len(delivered(sbs)) == 160 and set(delivered(sbs).values()) == {1}
    if kept:
        assert busiest_hour(sbs, datetime.fromisoformat(saved(seen[-1])["suspended_at"])) <= RATE


def test_the_provider_takes_less_and_the_disk_is_full(sbs: AccountSite) -> None:
    snowball(sbs, 160)
    waiting = sbs.host.machine.queues.queued
    lowered: list[int] = []

    def faults(stage: str) -> None:
        if not sbs.host.machine.queues.assumptions.back_pressure:
            # Exchange accepts nothing any more: what it has is recovered all the same.
            sbs.host.machine.change({"delivery": {"back_pressure": True}})
            assert sbs.lab.submit("sbs", OLD, [CUSTOMER], 1)["refused"] == 1
        if stage == "release" and not lowered:
            lowered.append(RATE // 6)
            sbs.provider_of().change({"per_hour": RATE // 6})

    seen = recover(sbs, faults)
    rates = [each["rate_per_hour"] for each in seen]
    assert max(rates) == rates[0] == RATE and min(rates) <= RATE // 2, rates
    assert seen[-1]["counts"]["sent"] == seen[-1]["counts"]["saved"] == waiting
    assert len(delivered(sbs)) == 160 and set(delivered(sbs).values()) == {1}


def test_one_that_is_abandoned_leaves_nothing_suspended(sbs: AccountSite) -> None:
    snowball(sbs, 160)
    before = sbs.host.machine.dump()["transport_servers"]
    while last(tick(sbs))["stage"] != "release":
        sbs.lab.run("sbs", 0.5)
    run = play(sbs, "recover_queue", queue_recovery_abandon=True, queue_recovery_keep_login=None)
    assert (run.code, last(run)["done"]) == (0, True), run.output
    queues = sbs.host.machine.queue_summary()["queues"]
    assert not any(each["status"] == "Suspended" or each["by_status"].get("Suspended") for each in queues)
    assert sbs.host.machine.dump()["transport_servers"] == before
    assert [kind for kind, _ in sbs.events()] == ["queue_suspended", "queue_resumed"]
    assert "are released at once" in run.output


FULL, FOREIGN = "voll@kunde.example", "chef@beispiel.de"


def test_a_full_mailbox_and_a_sender_that_the_provider_refuses(tmp_path: Path) -> None:
    """Neither holds up the others; the refused sender's mail waits for the operator's word, and none of it bounces."""
    with snowball_site(tmp_path, lab_state(clock={"factor": 300})) as site:
        provider, queues = site.provider_of(), site.host.machine.queues
        provider.change({"stages": {"rcpt": THROTTLED}, "full_mailboxes": [FULL], "not_owned": [FOREIGN]})
        for sender, recipient, count in ((OLD, FULL, 1), (FOREIGN, CUSTOMER, 12), (OLD, CUSTOMER, 25)):
            site.lab.submit("sbs", sender, [recipient], count)
        known = {**variables(site.declared([mailbox(OLD, 900)])), "queue_recovery_quiet_minutes": 10}
        known["queue_recovery_minimum_backlog"] = 1
        assert play(site, "recover_queue", queue_recovery_single_tick=True, **known).code == 0
        provider.change({"stages": {}})
        run = play(site, "recover_queue", **known)
        failed = run.result("Recover as far as the present login allows")
        assert "Sender address rejected: not owned by user info@beispiel.de" in failed["msg"], run.output
        assert (failed["counts"]["sent"], failed["counts"]["failed"], queues.ledger.bounces) == (25, 0, [])
        assert [(each["name"], each["class"]) for each in failed["refused"]] == [(FOREIGN, "sender")]
        assert failed["rate_per_hour"] == RATE and "refused" not in [kind for kind, _ in site.events()]

        run = play(site, "recover_queue", queue_recovery_accept_refused=[FOREIGN], **known)
        counts = last(run)["counts"]
        assert (run.code, counts["sent"], counts["failed"], counts["queued"]) == (0, 25, 12, 1), run.output
        assert set(delivered(site).values()) == {1} and FULL not in str(provider.records.accepted)
        stopped = datetime.fromisoformat(saved(last(run))["suspended_at"])
        assert busiest_hour(site, stopped + timedelta(minutes=5)) <= RATE
