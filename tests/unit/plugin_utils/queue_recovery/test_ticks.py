"""Whole recoveries against a host that lives in memory: every stage, cut, restarted, refused, repeated."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import (
    ConnectionLost,
    HostRefused,
    InputRefused,
    LedgerFailed,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import notice_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery import budget
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.result import as_result
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.ticks import Tick, tick
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.record import FOREIGN
from tests.unit.plugin_utils.queue_recovery import recovery_host
from tests.unit.plugin_utils.queue_recovery.recovery_host import HOUR, MATURE, OLD, OTHER, RecoveryHost, Site
from tests.unit.plugin_utils.run.examples import WIZARD, keys_of

CALM = {
    "MessageExpirationTimeout": "7.00:00:00",
    "MessageRetryInterval": "01:00:00",
    "MaxPerDomainOutboundConnections": 1,
}


@pytest.fixture
def host() -> RecoveryHost:
    return RecoveryHost()


@pytest.fixture
def site(tmp_path: Path, host: RecoveryHost) -> Site:
    return Site(tmp_path, host)


def commands(site: Site) -> list[str]:
    """What was written on the host, in short."""
    names = [step["command"] for request in site.host.requests for step in request["steps"]]
    return [name for name in names if not name.startswith(("Get-", "Measure-"))]


def snowball(host: RecoveryHost, count: int = 45) -> None:
    host.submit(count)
    host.run(HOUR)
    assert host.in_hour(host.now) > host.rate


def test_a_snowball_is_dug_out_of(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    before = dict(host.server)
    already = len(host.sent())
    done = site.until("done")
    assert done.done and done.recovery is not None
    counts = done.recovery.counts()
    assert counts["saved"] == counts["sent"] == 45 - already
    assert sorted(host.sent()) == sorted(host.submitted)
    resumed = next(at for at, tick in enumerate(site.ticks) if tick.recovery and tick.recovery.stage == "release")
    assert host.busiest_hour(site.ticks[resumed].view.now) <= host.rate // 2
    assert {key: str(value) for key, value in host.server.items()} == {key: str(before[key]) for key in before}
    assert host.mails == [] and not site.store.path.exists()
    assert [event.kind for event in site.ledger.events()] == ["queue_suspended", "queue_resumed"]


def test_the_order_of_things(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    site.until("done")
    order = list(dict.fromkeys(commands(site)))
    assert order == [
        "Suspend-Queue",
        "Set-TransportServer",
        "Suspend-Message",
        "Resume-Queue",
        "Resume-Message",
    ]
    assert commands(site)[-1] == "Set-TransportServer"


def test_settings_are_calm_meanwhile(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    site.until("quiet")
    assert {key: host.server[key] for key in CALM} == CALM


def test_one_call_to_look_and_one_to_act(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    site.tick()
    assert len(host.requests) == 2
    site.until("quiet")
    before = len(host.requests)
    site.tick()
    assert len(host.requests) == before + 1


def test_nothing_is_tried_in_the_quiet_hour(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    site.tick()
    attempts = len(host.attempts)
    host.submit(3)
    site.until("release")
    assert len(host.attempts) == attempts
    assert host.now - site.ticks[0].view.now >= HOUR


def test_quiet_begins_once_the_queue_stands(site: Site, host: RecoveryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    snowball(host)
    quick = host._suspend_queue

    def slow(identity: str) -> list[dict[str, Any]]:
        host.run(timedelta(minutes=4))
        return quick(identity)

    monkeypatch.setattr(host, "_suspend_queue", slow)
    begun = host.now
    found = site.tick()
    assert found.recovery is not None and found.recovery.suspended_at == begun + timedelta(minutes=4)
    assert site.store.load() == found.recovery


def test_a_queue_that_is_small_is_left_alone(site: Site, host: RecoveryHost) -> None:
    host.submit(4)
    found = site.tick(minimum_backlog=None)
    assert found.done and found.recovery is None
    assert commands(site) == [] and not site.store.path.exists()
    assert "Only 4 messages are waiting" in found.notices[0]


def test_check_mode_writes_nothing_at_all(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    left = len(host.mails)
    found = site.look()
    assert found.outlook is not None
    assert (found.outlook["messages"], found.outlook["per_hour"]) == (left, 10.0)
    assert found.outlook["hours"] == round(1 + left / 10, 1)
    assert [stage["stage"] for stage in found.outlook["stages"]] == [
        "suspend", "save", "settle", "quiet", "prove", "hold", "release", "verify", "restore"
    ]  # fmt: skip
    assert commands(site) == [] and list(site.path.iterdir()) == []
    assert found.plan is not None and found.plan.steps[0].command == "Suspend-Queue"


def test_only_our_connector_is_touched(site: Site, host: RecoveryHost) -> None:
    host.submit(2, connector=OTHER, recipients=["x@example.com"])
    snowball(host)
    host.submit(5, connector=OTHER, recipients=["x@example.com"], retry_at=host.now + 10 * HOUR)
    site.until("release")
    others = [mail for mail in host.mails if host.queues[mail.queue].connector == OTHER]
    assert len(others) == 5 and not any(mail.suspended for mail in others)
    assert not any(queue.suspended for queue in host.queues.values())


def test_the_same_message_in_another_connectors_queue_is_not_ours(site: Site, host: RecoveryHost) -> None:
    host.submit(message_id="<split@sbs>", retry_at=host.now + 99 * HOUR)
    host.submit(message_id="<split@sbs>", connector=OTHER, retry_at=host.now + 99 * HOUR)
    done = site.until("done")
    assert done.recovery is not None and done.recovery.counts()["sent"] == 1
    assert len(host.mails) == 1


def test_new_mail_goes_on_queueing_and_leaves_once_the_queue_runs(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    for _ in range(4000):
        found = site.tick()
        if found.done:
            break
        host.run(max(found.wait, timedelta(minutes=1)))
        if host.now.minute % 30 == 0:
            host.submit()
    assert found.done
    host.run(2 * HOUR)
    assert sorted(host.sent()) == sorted(host.submitted)


def test_a_login_has_to_change_and_to_be_old_enough(site: Site, host: RecoveryHost) -> None:
    young = {"address": "neu@beispiel.de", "password": "x" * 12, "created": "2026-02-25"}
    site.options = {"keep_login": None, "provider": "strato", "mailboxes": [young, MATURE, OLD]}
    snowball(host)
    found = site.until("switch")
    assert found.needs_login and "info@beispiel.de" in found.notices[0]
    login = host.connectors[0]["AuthenticationCredential"]
    for name, goes_on in [("info@beispiel.de", False), ("neu@beispiel.de", False), ("alt@beispiel.de", True)]:
        host.connectors[0]["AuthenticationCredential"] = {**login, "UserName": name}
        found = site.tick()
        assert found.recovery is not None
        assert (found.recovery.stage == "hold") == goes_on
    assert site.until("done").done


def test_the_age_of_a_login_is_not_judged_by_a_controller_that_is_ahead(site: Site, host: RecoveryHost) -> None:
    young = {"address": "neu@beispiel.de", "password": "x" * 12, "created": "2026-02-25"}
    site.options = {"keep_login": None, "provider": "strato", "mailboxes": [young]}
    snowball(host)
    site.until("switch")
    host.connectors[0]["AuthenticationCredential"] = {"UserName": "neu@beispiel.de"}
    site.clock = lambda: host.now + 20 * 24 * HOUR
    assert site.tick().needs_login


def test_a_permanent_refusal_is_told_with_its_sender(site: Site, host: RecoveryHost) -> None:
    host.submit(sender="chef@beispiel.de", recipients=["no1@kunde.de", "a@kunde.de"], retry_at=host.now + 99 * HOUR)
    host.submit(5, retry_at=host.now + 99 * HOUR)
    done = site.until("done")
    assert done.recovery is not None
    assert (done.recovery.counts()["sent"], done.recovery.counts()["failed"]) == (5, 1)
    (bounce,) = as_result(done)["bounced"]
    assert (bounce["sender"], bounce["recipients"]) == ("chef@beispiel.de", ["no1@kunde.de"])


def test_what_expires_before_its_turn_goes_first(site: Site, host: RecoveryHost) -> None:
    host.submit(60, retry_at=host.now + 99 * HOUR)
    host.run(timedelta(minutes=5))
    host.submit(5, retry_at=host.now + 99 * HOUR, expires=host.now + 2 * HOUR)
    done = site.until("done")
    assert done.recovery is not None and done.recovery.counts()["sent"] == 65


@pytest.mark.parametrize("in_need", [None, 50])
def test_the_share_grows_where_messages_might_expire(site: Site, host: RecoveryHost, in_need: int | None) -> None:
    site.options = {"share_in_need": in_need}
    host.submit(45, retry_at=host.now + 99 * HOUR, expires=host.now + 5 * HOUR)
    outlook = site.look().outlook
    assert outlook is not None and outlook["per_hour"] == (10.0 if in_need else 15.0)
    done = site.until("done")
    assert done.recovery is not None
    counts = done.recovery.counts()
    assert counts["sent"] + counts["failed"] == 45 and bool(counts["failed"]) is (in_need is not None)
    assert any("might expire" in note for tick in site.ticks for note in tick.notices) is (in_need is None)
    assert host.busiest_hour(host.now - 99 * HOUR) <= (15 if in_need is None else 10)


def test_the_share_is_what_is_declared_again_once_nothing_might_expire(site: Site, host: RecoveryHost) -> None:
    host.submit(60, retry_at=host.now + 99 * HOUR, expires=host.now + 8 * HOUR)
    site.until("done")
    hurries = [any("might expire" in note for note in tick.notices) for tick in site.ticks]
    assert any(hurries) and not hurries[-1] and host.mails == []
    assert len(host.sent()) == 60


def test_what_cannot_be_helped_is_told(site: Site, host: RecoveryHost) -> None:
    host.submit(5, retry_at=host.now + 99 * HOUR, expires=host.now + timedelta(minutes=30))
    host.submit(30, retry_at=host.now + 99 * HOUR)
    found = site.until("quiet")
    assert any("5 messages expire before their turn" in notice for notice in found.notices)
    done = site.until("done")
    assert done.recovery is not None
    assert (done.recovery.counts()["failed"], done.recovery.counts()["sent"]) == (5, 30)


@pytest.mark.parametrize("helps", [True, False])
def test_whether_the_raised_time_out_helps_is_told(site: Site, host: RecoveryHost, helps: bool) -> None:
    host.raise_helps = helps
    host.submit(12, retry_at=host.now + 99 * HOUR)
    found = site.until("quiet")
    (notice,) = [each for each in found.notices if "message_expiration_timeout" in each]
    assert f"helps {12 if helps else 0} of 12" in notice


def test_a_provider_that_takes_less_halves_the_rate(site: Site, host: RecoveryHost) -> None:
    host.submit(40, retry_at=host.now + 99 * HOUR)
    site.until("release")
    host.rate = 6
    done = site.until("done", per_hour=20)
    assert done.recovery is not None
    assert done.recovery.rate < 20 and done.recovery.counts()["sent"] == 40
    assert any("were deferred" in notice for tick in site.ticks for notice in tick.notices)
    assert sorted(host.sent()) == sorted(host.submitted)


def test_a_halved_rate_grows_again_while_nothing_comes_back(site: Site, host: RecoveryHost) -> None:
    host.submit(60, retry_at=host.now + 99 * HOUR)
    site.until("release")
    host.rate = 2
    while site.ticks[-1].recovery and site.ticks[-1].recovery.rate == 20:
        host.run(site.ticks[-1].wait or timedelta(seconds=1))
        site.tick()
    host.rate = 20
    lowest = site.ticks[-1].recovery.rate if site.ticks[-1].recovery else 0
    done = site.until("done")
    assert done.recovery is not None and lowest <= 10 < done.recovery.rate <= 20
    assert sorted(host.sent()) == sorted(host.submitted)


FULL_TEXTS = ["452 4.2.2 The recipient's mailbox is over quota", "450 4.7.1 Error: too much mail from your client"]


@pytest.mark.parametrize("says", FULL_TEXTS)
def test_one_full_mailbox_does_not_hold_up_the_others(site: Site, host: RecoveryHost, says: str) -> None:
    host.rate, host.full_says = 120, says
    host.submit(1, recipients=["full@kunde.de"], retry_at=host.now + 99 * HOUR)
    host.submit(240, retry_at=host.now + 99 * HOUR)
    begun = site.until("release").view.now
    done = site.until("done")
    assert done.recovery is not None and done.recovery.rate == 120
    assert done.recovery.counts()["sent"] == 240
    last = max(event.at for event in host.events if event.kind == "SEND")
    assert last - begun <= 4 * HOUR / 0.9
    full = [each.at for each in host.attempts if each.recipient.startswith("full")]
    assert full[0] - begun <= 2 * budget.TICK and 2 <= len(full) <= 8


def test_a_full_mailbox_goes_last_and_later_each_time(site: Site, host: RecoveryHost) -> None:
    host.submit(8, recipients=["full@kunde.de"], retry_at=host.now + 99 * HOUR)
    host.submit(30, retry_at=host.now + 99 * HOUR)
    site.until("release")
    for _ in range(120):
        host.run(max(site.tick().wait, timedelta(seconds=1)))
    told = [line for tick in site.ticks for line in tick.notices]
    assert any("released last" in line for line in told) and any(
        "All other mail is delivered. 8 messages" in line for line in told
    )
    assert not any("were deferred, refused because of the provider's rate" in line for line in told)
    by_message = [[each.at for each in host.attempts if each.message_id == name] for name in host.submitted[:8]]
    for times in by_message:
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert gaps == sorted(gaps) or all(gap > 4 * HOUR for gap in gaps[2:])
    host.full = False
    assert site.until("done").done
    assert sorted(host.sent()) == sorted(host.submitted)
    assert host.busiest_hour(host.now - 999 * HOUR) <= host.rate


def test_a_sender_of_whom_nothing_passes_is_not_kept_back_by_a_full_mailbox(site: Site, host: RecoveryHost) -> None:
    host.rate = 500
    host.submit(3, recipients=["full@kunde.de"], sender="chef@beispiel.de", retry_at=host.now + 99 * HOUR)
    host.submit(3, retry_at=host.now + 99 * HOUR)
    assert site.until("done", most=100).done
    assert not any(mail.suspended for mail in host.mails) and len(host.mails) == 3
    host.full = False
    host.run(HOUR)
    assert sorted(host.sent()) == sorted(host.submitted)


@pytest.mark.parametrize("stage", ["suspend", "quiet", "hold", "release", "restore"])
@pytest.mark.parametrize("hours", [-72, -2, 30])
def test_a_clock_that_is_set_costs_no_more_than_begun_waits(
    site: Site, host: RecoveryHost, stage: str, hours: int
) -> None:
    host.server["MessageExpirationTimeout"] = "5.00:00:00"
    host.submit(30, retry_at=host.now + 999 * HOUR)
    site.until(stage)
    if stage == "release":
        for _ in range(6):
            host.run(site.tick().wait)
    host.now += hours * HOUR
    began = host.now
    assert site.until("done").done
    assert host.now - began <= 7 * HOUR
    assert sorted(host.sent()) == sorted(host.submitted)


PROVABLE = {"provider": "strato", "mailboxes": [OLD]}


def refused_senders(site: Site, host: RecoveryHost, count: int = 20) -> None:
    host.submit(count, sender="fremd@beispiel.de", retry_at=host.now + 99 * HOUR)
    host.submit(count, retry_at=host.now + 99 * HOUR)


def bounced(host: RecoveryHost) -> int:
    return sum(event.kind == "FAIL" for event in host.events)


def ends_with_an_error(site: Site, most: int = 500) -> Tick:
    """Ticks until one says that it does not go on by itself."""
    for _ in range(most):
        found = site.tick()
        if found.error is not None:
            return found
        assert not found.done
        site.host.run(max(found.wait, timedelta(seconds=1)))
    raise AssertionError("no error")


def test_the_senders_that_wait_are_proven_before_any_of_their_mail_goes(site: Site, host: RecoveryHost) -> None:
    site.options = PROVABLE
    refused_senders(site, host)
    host.submit(3, sender="", retry_at=host.now + 99 * HOUR)
    found = ends_with_an_error(site)
    assert keys_of(found.error) == ["recovery_refused"] if found.error else False
    assert "not owned by user" in str(found.error) and "fremd@beispiel.de" in str(found.error)
    assert (bounced(host), len(host.sent())) == (0, 23)
    assert sorted(host.proofs[0][1]) == ["fremd@beispiel.de", "info@beispiel.de"]
    assert host.busiest_hour(host.now - 99 * HOUR) <= host.rate
    assert [event.kind for event in site.ledger.events()] == ["queue_suspended", "queue_resumed"]
    result = as_result(found)
    assert result["refused"] == [{"name": "fremd@beispiel.de", "class": "sender", "words": host.refusal_of_foreign()}]
    assert any("20 messages" in line and "own mailboxes or domains" in line for line in result["warnings"])
    again = [len(senders) for _, senders in host.proofs]
    assert site.tick().error is not None and bounced(host) == 0  # told again, at once: not asked more than need be
    assert len(host.proofs) == len(again)
    done = site.until("done", accept_refused=["Fremd@beispiel.de"])
    assert done.done and bounced(host) == 20


def test_a_sender_who_is_taken_by_then_goes(site: Site, host: RecoveryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    site.options = PROVABLE
    refused_senders(site, host, 5)
    ends_with_an_error(site)
    monkeypatch.setattr(recovery_host, "FOREIGN_SENDER", "250 2.1.5 Ok {sender}")
    monkeypatch.setattr(host, "_says_of", lambda sender: None)
    host.run(budget.TICK)
    assert site.until("done").done and bounced(host) == 0
    assert sorted(host.sent()) == sorted(host.submitted)


@pytest.mark.parametrize("provable", [True, False])
def test_what_only_the_mail_itself_shows_costs_one_message(site: Site, host: RecoveryHost, provable: bool) -> None:
    host.provable, host.secretly_refused = provable, {"chef@beispiel.de": host.refusal_of_foreign()}
    site.options = PROVABLE
    host.submit(20, sender="chef@beispiel.de", retry_at=host.now + 99 * HOUR)
    host.submit(20, retry_at=host.now + 99 * HOUR)
    site.options = {**PROVABLE, "per_hour": 20}
    found = ends_with_an_error(site)
    assert len(host.sent()) == 20 and bounced(host) <= (4 if provable else 1)
    assert "chef@beispiel.de" in str(found.error)
    if not provable:
        assert any("one message is released first" in line for tick in site.ticks for line in tick.notices)


ABOUT_ALL = ["550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.example", "530 5.7.0 Must log in"]


@pytest.mark.parametrize("words", ABOUT_ALL)
def test_a_refusal_that_concerns_all_stops_all(site: Site, host: RecoveryHost, words: str) -> None:
    senders = [f"s{n}@beispiel.de" for n in range(6)]
    host.provable, host.secretly_refused = False, dict.fromkeys(senders, words)
    for sender in senders:
        host.submit(10, sender=sender, retry_at=host.now + 99 * HOUR)
    ends_with_an_error(site)
    before = bounced(host)
    for _ in range(30):
        host.run(HOUR / 2)
        assert site.tick().error is not None
    assert before == bounced(host) <= 6 and host.sent() == []
    host.secretly_refused = {}
    assert site.until("done", accept_refused=["*"]).done
    assert len(host.sent()) == 60 - before


def test_a_refused_login_keeps_all_back_and_is_not_tried_at_once(site: Site, host: RecoveryHost) -> None:
    site.options, host.out = PROVABLE, True
    refused_senders(site, host, 5)
    found = ends_with_an_error(site)
    assert found.recovery is not None and found.recovery.stage == "prove" and "535" in str(found.error)
    assert all(queue.suspended for queue in host.queues.values())
    for _ in range(12 * 3):
        host.run(budget.TICK)
        assert site.tick().error is not None
    assert len(host.proofs) == 1 and [event.kind for event in site.ledger.events()] == ["queue_suspended"]
    host.out = False
    turned = {**OLD, "password": "another one 4711"}
    host.run(budget.TICK)
    assert site.tick(mailboxes=[turned]).error is None
    assert site.until("done", accept_refused=["fremd@beispiel.de"], mailboxes=[turned]).done


def test_one_sender_of_a_domain_is_proven_where_the_provider_looks_at_domains(site: Site, host: RecoveryHost) -> None:
    site.options = {**PROVABLE, "provider": "ionos", "keep_login": True}
    for n in range(30):
        host.submit(2, sender=f"s{n}@{'fremd' if n % 2 else 'beispiel'}.de", retry_at=host.now + 99 * HOUR)
    host.rate = 200
    site.until("hold", per_hour=200)
    assert sorted(each.partition("@")[2] for each in host.proofs[0][1]) == ["beispiel.de", "fremd.de"]


def test_no_more_senders_are_proven_than_the_hour_has_room_for(site: Site, host: RecoveryHost) -> None:
    site.options = PROVABLE
    for n in range(30):
        host.submit(1 + (n == 29), sender=f"s{n}@beispiel.de", retry_at=host.now + 99 * HOUR)
    site.until("hold")
    assert len(host.proofs[0][1]) == 10 and host.proofs[0][1][0] == "s29@beispiel.de"
    site.until("done")
    assert host.busiest_hour(host.now - 999 * HOUR) <= host.rate


def test_messages_that_somebody_else_holds_stay(site: Site, host: RecoveryHost) -> None:
    host.submit(2, suspended=True)
    host.submit(10, retry_at=host.now + 99 * HOUR)
    done = site.until("done")
    assert done.recovery is not None
    assert (done.recovery.counts()["sent"], done.recovery.counts()["queued"]) == (10, 2)
    assert [mail.suspended for mail in host.mails] == [True, True]


def test_a_message_is_removed_by_its_identity_alone(site: Site, host: RecoveryHost) -> None:
    host.submit(10, retry_at=host.now + 99 * HOUR)
    site.until("hold")
    chosen = host.mails[3]
    identity = f"SBS\\{chosen.queue}\\{chosen.number}"
    done = site.until("done", remove_messages=[identity, "SBS\\9\\9"])
    assert done.recovery is not None
    assert (done.recovery.counts()["sent"], done.recovery.counts()["removed"]) == (9, 1)
    assert chosen.message_id not in host.sent()
    removals = [step for request in host.requests for step in request["steps"] if step["command"] == "Remove-Message"]
    assert len(removals) == 1


@pytest.mark.parametrize("stage", ["suspend", "settle", "quiet", "hold", "release"])
@pytest.mark.parametrize("keep_suspended", [True, False])
def test_a_restart_of_the_transport_service(site: Site, host: RecoveryHost, stage: str, keep_suspended: bool) -> None:
    host.submit(30, retry_at=host.now + 99 * HOUR)
    site.until(stage)
    host.restart(keep_suspended)
    done = site.until("done")
    assert done.recovery is not None and done.recovery.counts()["sent"] == 30
    assert sorted(host.sent()) == sorted(host.submitted)
    assert host.busiest_hour(host.now - 400 * HOUR) <= host.rate


def test_a_queue_that_somebody_starts_again_is_stopped_again(site: Site, host: RecoveryHost) -> None:
    host.submit(30, retry_at=host.now + 99 * HOUR)
    site.until("quiet")
    for queue in host.queues.values():
        queue.suspended = False
    found = site.tick()
    assert any("was resumed" in notice for notice in found.notices)
    assert all(queue.suspended for queue in host.queues.values())
    assert site.until("done").done


def test_a_message_without_a_trace_ends_it_before_the_settings_go_back(site: Site, host: RecoveryHost) -> None:
    host.submit(10, retry_at=host.now + 99 * HOUR)
    site.until("hold")
    lost = host.mails[0].message_id
    host.lose(host.mails[0])
    with pytest.raises(AssertionError, match="without an entry in message tracking"):
        site.until("done")
    found = site.tick()
    assert found.error is not None and lost in str(found.error)
    assert host.server["MessageRetryInterval"] == "01:00:00" and site.store.path.exists()
    done = site.until("done", accept_missing=[lost])
    assert done.done and host.server["MessageRetryInterval"] == "00:01:00"


def test_a_setting_that_somebody_changes_meanwhile_is_kept(site: Site, host: RecoveryHost) -> None:
    host.submit(10, retry_at=host.now + 99 * HOUR)
    site.until("release")
    host.server["MessageRetryInterval"] = "00:20:00"
    site.until("done")
    assert host.server["MessageRetryInterval"] == "00:20:00"
    assert host.server["MessageExpirationTimeout"] == "2.00:00:00"


def test_messages_with_too_many_recipients_stay_and_are_named(site: Site, host: RecoveryHost) -> None:
    host.submit(recipients=[f"r{n}@kunde.de" for n in range(25)], retry_at=host.now + 99 * HOUR)
    host.submit(recipients=[f"s{n}@kunde.de" for n in range(15)], retry_at=host.now + 99 * HOUR)
    host.submit(5, retry_at=host.now + 99 * HOUR)
    done = site.until("done")
    assert done.recovery is not None and done.recovery.counts()["sent"] == 6
    assert any("more recipients than the provider accepts" in note for tick in site.ticks for note in tick.notices)
    assert host.busiest_hour(host.now - 99 * HOUR) <= host.rate


ORDERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "oldest": ({"order": "oldest"}, ["a", "b", "c"]),
    "newest": ({"order": "newest"}, ["c", "b", "a"]),
    "size": ({"order": "size"}, ["b", "c", "a"]),
    "senders": ({"order": "senders", "senders_first": ["C@beispiel.de"]}, ["c", "a", "b"]),
}


@pytest.mark.parametrize(("options", "expected"), ORDERS.values(), ids=ORDERS)
def test_the_order_that_is_asked_for(site: Site, host: RecoveryHost, options: dict[str, Any], expected: str) -> None:
    for name, size in [("a", 9), ("b", 1), ("c", 5)]:
        sender = f"{name}@beispiel.de"
        host.submit(sender=sender, size=size * 1024, message_id=f"<{name}>", retry_at=host.now + 99 * HOUR)
        host.run(timedelta(minutes=1))
    host.rate = 2  # one an hour
    site.until("done", **options)
    assert host.sent() == [f"<{name}>" for name in expected]


ABANDONED = ("suspend", "settle", "quiet", "hold", "release")


@pytest.mark.parametrize("stage", ABANDONED)
def test_abandoned_it_lets_everything_go_and_puts_the_settings_back(site: Site, host: RecoveryHost, stage: str) -> None:
    before = dict(host.server)
    host.submit(2, suspended=True)
    host.submit(30, retry_at=host.now + 99 * HOUR)
    site.until(stage)
    found = site.tick(abandon=True, keep_login=None)
    assert found.recovery is not None and found.recovery.stage in ("abandon", "restore")
    done = site.until("done")  # what was begun is abandoned to the end, whoever goes on
    assert done.done and not site.store.path.exists()
    assert not any(queue.suspended for queue in host.queues.values())
    assert [mail.suspended for mail in host.mails].count(True) == 2
    assert {key: str(value) for key, value in host.server.items()} == {key: str(before[key]) for key in before}
    assert [event.kind for event in site.ledger.events()] == ["queue_suspended", "queue_resumed"]
    assert site.tick(abandon=True).notices == (notice_of("recovery_none_to_abandon"),)


def test_abandoned_while_the_login_is_refused_nothing_is_asked(site: Site, host: RecoveryHost) -> None:
    site.options, host.out = PROVABLE, True
    host.submit(30, retry_at=host.now + 99 * HOUR)
    assert ends_with_an_error(site).recovery is not None and site.store.load().stage == "prove"  # type: ignore[union-attr]
    asked = len(host.proofs)
    assert site.until("done", abandon=True, keep_login=None).done
    assert len(host.proofs) == asked and not any(mail.suspended for mail in host.mails)


@pytest.mark.parametrize("stage", ["quiet", "hold", "release"])
def test_an_outage_of_the_login_for_half_a_day_loses_nothing(site: Site, host: RecoveryHost, stage: str) -> None:
    site.options, site.clock = PROVABLE, lambda: host.now
    host.submit(30, retry_at=host.now + 999 * HOUR)
    host.submit(3, sender="chef@beispiel.de", retry_at=host.now + 999 * HOUR)
    site.until(stage)
    host.out, began = True, host.now
    while host.now - began < 12 * HOUR:
        host.run(max(site.tick().wait, timedelta(seconds=1)))
    tries = [at for at, _ in host.proofs if at > began]
    assert len(tries) <= 4 and all(later - earlier >= 4 * HOUR for earlier, later in pairwise(tries))
    host.out = False
    for _ in range(500):
        found = site.tick()
        if found.done:
            break
        host.run(max(found.wait, timedelta(seconds=1)))
    assert sorted(host.sent()) == sorted(host.submitted)
    assert host.now - began <= 24 * HOUR
    assert host.busiest_hour(host.now - 999 * HOUR) <= host.rate


def test_a_refused_sender_beyond_those_that_are_proven_costs_one_message(site: Site, host: RecoveryHost) -> None:
    site.options = {**PROVABLE, "per_hour": 200}
    host.rate = 200
    for sender in (*(f"a{number:02}@beispiel.de" for number in range(24)), "fremd@beispiel.de"):
        host.submit(3, sender=sender, retry_at=host.now + 99 * HOUR)
    ends_with_an_error(site)
    assert (len(host.proofs[0][1]), bounced(host), len(host.sent())) == (20, 1, 72)


def test_an_abandoned_one_is_cut_and_goes_on(site: Site, host: RecoveryHost) -> None:
    host.submit(30, retry_at=host.now + 99 * HOUR)
    site.until("hold")
    site.tick()
    host.cuts = {len(host.requests) + 2: 7}
    found = site.tick(abandon=True)
    assert found.error is not None and any("is suspended since" in line for line in as_result(found)["warnings"])
    assert sum(mail.suspended for mail in host.mails) == 23
    assert site.until("done").done
    assert not any(mail.suspended for mail in host.mails)
    assert sum(command == "Resume-Message" for command in commands(site)) >= 30


def test_to_look_at_abandoning_writes_nothing(site: Site, host: RecoveryHost) -> None:
    host.submit(30, retry_at=host.now + 99 * HOUR)
    site.until("quiet")
    text = site.store.path.read_text()
    found = site.look(abandon=True)
    assert found.plan is not None and [step.command for step in found.plan.steps] == ["Resume-Queue"]
    assert site.store.path.read_text() == text


def test_a_queue_that_was_taken_over_has_a_line_in_the_ledger(site: Site, host: RecoveryHost) -> None:
    host.submit(30, retry_at=host.now + 99 * HOUR)
    for queue in host.queues.values():
        queue.suspended = True
    site.tick(take_over=True)
    assert [event.kind for event in site.ledger.events()] == ["queue_suspended"]


def test_the_result_is_loud_while_the_queue_stands(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    result = as_result(site.tick())
    assert result["changed"] and any("is suspended since" in line for line in result["warnings"])
    result = as_result(site.until("quiet"))
    assert any("is suspended since" in line for line in result["warnings"])
    result = as_result(site.until("done"))
    assert "warnings" not in result and result["done"]
    assert json.dumps(result)
    assert result["connector"] == WIZARD


# ---- who may, and what is refused


def test_a_queue_that_somebody_else_has_stopped_is_not_touched(site: Site, host: RecoveryHost) -> None:
    host.submit(30, retry_at=host.now + 99 * HOUR)
    for queue in host.queues.values():
        queue.suspended = True
    with pytest.raises(HostRefused) as caught:
        site.tick()
    assert keys_of(caught.value) == ["recovery_stopped_by_others"] and commands(site) == []
    assert site.until("done", take_over=True).done


@pytest.mark.parametrize("stage", ["quiet", "hold", "release"])
def test_a_recovery_whose_file_is_lost_begins_anew(site: Site, host: RecoveryHost, stage: str) -> None:
    snowball(host)
    site.until(stage)
    site.tick()
    site.store.path.unlink()
    kept = any(mail.suspended for mail in host.mails)
    assert kept is (stage != "quiet")
    once_more = {"take_over": True}
    seen = site.look(**once_more, take_over_messages=True)
    assert seen.outlook is not None and seen.outlook["messages"] == len(host.mails)
    if kept:
        alone = site.until("release", **once_more)
        assert any("take_over_messages" in line for tick in site.ticks for line in tick.notices), alone
        assert alone.recovery is not None and alone.recovery.of(FOREIGN)
    assert site.until("done", **once_more, take_over_messages=True).done
    assert sorted(host.sent()) == sorted(host.submitted)


def test_a_recovery_of_another_connector_is_refused(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    site.tick()
    with pytest.raises(InputRefused) as caught:
        site.tick(connector=OTHER)
    assert keys_of(caught.value) == ["recovery_of_other_connector"]


def test_which_connector_is_meant_must_be_clear(site: Site, host: RecoveryHost) -> None:
    host.connectors[1]["AddressSpaces"] = ["SMTP:*;5"]
    snowball(host)
    with pytest.raises(HostRefused) as caught:
        site.tick()
    assert keys_of(caught.value) == ["connector_unclear"]
    assert site.tick(connector=WIZARD.upper()).recovery is not None


def test_only_the_approved_plan_is_carried_out(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    looked = site.look()
    assert looked.plan is not None
    with pytest.raises(HostRefused) as caught:
        tick(replace(site.place(), approved_plan="0" * 64), site.desired())
    assert keys_of(caught.value) == ["plan_not_approved"]
    assert commands(site) == [] and site.ledger.events() == []
    assert tick(replace(site.place(), approved_plan=looked.plan.digest), site.desired()).error is None
    assert commands(site) == ["Suspend-Queue"]


def test_a_ledger_that_cannot_be_written_stops_it_before_the_queue_is(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    (site.path / "ledger.sqlite").write_text("no database, whatever its name says" * 50)
    with pytest.raises(LedgerFailed):
        site.tick()
    assert commands(site) == []


def test_a_command_that_fails_is_told_and_the_next_tick_goes_on(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    host.fail("Suspend-Queue", "Der Dienst antwortet nicht.")
    found = site.tick()
    assert found.error is not None and "Der Dienst antwortet nicht." in str(found.error)
    host.failures.clear()
    assert site.until("done").done


def test_messages_that_cannot_be_let_go_are_no_fault_of_their_tick(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    site.until("release")
    host.fail("Resume-Message", "Die Nachricht wird gerade zugestellt.")
    host.run(HOUR)
    while not site.tick().reports:
        host.run(HOUR)
    told = site.ticks[-1]
    assert {each.status for each in told.reports} == {"failed"} and (told.error, told.changed) == (None, False)
    assert {each["error"] for each in as_result(told)["steps"]} == {"Die Nachricht wird gerade zugestellt."}
    host.failures.clear()
    assert site.until("done").done and sorted(host.sent()) == sorted(host.submitted)


def test_a_tick_that_is_cut_leaves_the_host_to_the_next_one(site: Site, host: RecoveryHost) -> None:
    snowball(host)
    host.cuts[2] = 1
    told = site.tick()
    assert isinstance(told.error, ConnectionLost) and (told.reports, told.changed) == ((), True)
    assert (len(host.requests), host.reconnects) == (2, 0)
    assert site.tick().error is None and commands(site).count("Suspend-Queue") == 1


def test_a_host_that_tells_no_clock_is_refused(site: Site, host: RecoveryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    snowball(host)
    monkeypatch.setattr(host, "_get_hostfacts", lambda: [{"Clock": {"Utc": None}}])
    with pytest.raises(HostRefused) as caught:
        site.tick()
    assert keys_of(caught.value) == ["clock_not_told"]


def test_many_messages_and_ids_go_in_few_calls(site: Site, host: RecoveryHost) -> None:
    host.rate = 100_000
    host.submit(3000, retry_at=host.now + 99 * HOUR)
    done = site.until("done")
    assert done.recovery is not None and done.recovery.counts()["sent"] == 3000
    assert sorted(host.sent()) == sorted(host.submitted)
    assert len(host.requests) < 40
