"""Queues of the simulated Exchange: retries against what is known of 2010, expiry, suspension; no message is lost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.exchange import delivery_texts
from lab.exchange.queues import Mail
from lab.host.state import StateError
from tests.unit.lab.exchange.queues.queue_world import PROVIDER, RECIPIENT, SENDER, START, THROTTLED, World

MINUTE = timedelta(minutes=1)
DAYS = 24 * 60


def later(minutes: float, reply: str = THROTTLED) -> Any:
    """Refuses for so many minutes."""
    return lambda now, to: reply if now - START < minutes * MINUTE else "250 Ok"


# -- retries -----------------------------------------------------------------------------------------------------------


def test_a_message_that_is_taken_leaves_at_once() -> None:
    world = World()
    world.submit(3)
    world.run(minutes=1)
    assert (world.engine.counts.sent, world.engine.queued, len(set(world.delivered))) == (3, 0, 3)


@pytest.mark.parametrize(
    ("interval", "minutes"), [(None, [0, 1, 2, 3]), ("00:15:00", [0, 15, 30, 45]), ("1:0:0", [0, 60])]
)
def test_a_4xx_makes_the_message_wait_for_the_message_retry_interval(
    interval: str | None, minutes: list[float]
) -> None:
    """One minute by default; the queue itself stays Ready."""
    world = World(THROTTLED)
    if interval:
        world.settings(MessageRetryInterval=interval)
    world.submit()
    world.run(minutes=minutes[-1] + 0.5)
    (message,) = world.engine.messages.values()
    assert world.minutes() == minutes
    assert (message.status, message.retries, message.last_error) == ("Retry", len(minutes), THROTTLED)
    assert (world.queue.status, world.queue.last_error) == ("Ready", None)


def test_a_refused_connection_is_tried_by_the_three_settings_in_their_order() -> None:
    """Glitch four times a minute apart, transient six times five minutes apart, then every ten minutes."""
    world = World()
    world.refuse = lambda now: "421 4.3.2 Busy"
    world.submit(50)
    world.run(minutes=65)
    minutes = [passed.total_seconds() / 60 for passed in world.opened]
    assert minutes == [0, 1, 2, 3, 4, 9, 14, 19, 24, 29, 34, 44, 54, 64]
    assert world.queue.status == "Retry"
    assert world.queue.last_error == delivery_texts.last_error("421 4.3.2 Busy")
    assert Counter(message.status for message in world.queue.messages.values()) == {"Retry": 50}
    assert world.engine.counts.attempts == 0


def test_the_settings_of_the_server_are_read_anew_each_time() -> None:
    world = World()
    world.refuse = lambda now: "421 4.3.2 Busy"
    world.machine.change({"delivery": {"glitch_count": 0}})
    world.settings(TransientFailureRetryCount=1, TransientFailureRetryInterval="00:02:00")
    world.settings(OutboundConnectionFailureRetryInterval="00:30:00")
    world.submit()
    world.run(minutes=63)
    assert [passed.total_seconds() / 60 for passed in world.opened] == [0, 2, 32, 62]


def test_a_connection_that_works_again_takes_all_and_forgets_the_failures() -> None:
    world = World()
    world.refuse = lambda now: "421 4.3.2 Busy" if now - START < 3 * MINUTE else None
    world.submit(30)
    world.run(minutes=4)
    assert (world.engine.counts.sent, world.queue.failures, world.queue.last_error) == (30, 0, None)


def test_a_session_that_is_lost_puts_the_queue_into_retry_and_loses_nothing() -> None:
    world = World(lambda now, to: "" if now == START else "250 Ok")
    world.submit(5)
    world.run(seconds=30)
    assert (world.queue.status, world.engine.counts.sent) == ("Retry", 0)
    world.run(minutes=2)
    assert (world.engine.counts.sent, len(set(world.delivered))) == (5, 5)


@pytest.mark.parametrize(("most", "sessions"), [(20, 3), (7, 8), (0, 1)])
def test_a_session_takes_so_many_messages_as_the_connector_says(most: int, sessions: int) -> None:
    world = World(connectors=[{**PROVIDER, "SmtpMaxMessagesPerConnection": most}])
    world.settings(MaxPerDomainOutboundConnections=1)
    world.submit(50)
    world.run(minutes=5)
    assert (world.engine.counts.sent, len(world.opened)) == (50, sessions)


@pytest.mark.parametrize(("per_domain", "of_all", "seconds"), [(1, 1000, 100), (5, 1000, 20), (20, 2, 50)])
def test_connections_bound_how_much_goes_at_once(per_domain: int, of_all: int, seconds: float) -> None:
    world = World()
    world.machine.change({"delivery": {"seconds_per_message": 1}})
    world.settings(MaxPerDomainOutboundConnections=per_domain, MaxOutboundConnections=max(of_all, per_domain))
    world.machine.change({"transport_servers": [{"Name": "SBS", "MaxOutboundConnections": of_all}]})
    world.submit(100)
    world.run(minutes=5)
    assert world.tries[-1][0].total_seconds() == seconds - 1
    assert world.engine.counts.sent == 100


# -- what does not leave -----------------------------------------------------------------------------------------------


def test_a_5xx_is_reported_to_the_sender() -> None:
    world = World(lambda now, to: "550 5.1.1 Unknown" if to.startswith("weg") else "250 Ok")
    world.submit(1, RECIPIENT, "weg@example.com")
    world.run(minutes=1)
    counts = world.engine.counts
    assert (counts.sent, counts.failed, world.engine.queued) == (1, 1, 0)
    (bounce,) = world.engine.ledger.bounces
    assert (bounce.to, bounce.recipient, bounce.reason) == (SENDER, "weg@example.com", "550 5.1.1 Unknown")


def test_only_the_recipients_that_were_put_off_are_tried_again() -> None:
    world = World(lambda now, to: THROTTLED if to.startswith("b") and now == START else "250 Ok")
    world.submit(1, "a@example.com", "b@example.com")
    world.run(minutes=2)
    assert [to for _, to in world.tries] == ["a@example.com", "b@example.com", "b@example.com"]
    assert Counter(to for _, to in world.delivered) == {"a@example.com": 1, "b@example.com": 1}


def test_mail_expires_after_two_days_and_its_sender_hears_of_it() -> None:
    world = World(THROTTLED)
    world.settings(MessageRetryInterval="00:30:00")
    world.submit(2)
    world.run(minutes=2 * DAYS - 1)
    assert (world.engine.queued, world.engine.ledger.bounces) == (2, [])
    world.run(minutes=2)
    assert (world.engine.queued, world.engine.counts.expired) == (0, 2)
    assert [bounce.reason for bounce in world.engine.ledger.bounces] == [delivery_texts.EXPIRED] * 2


def test_a_report_is_not_answered_with_a_report() -> None:
    world = World("550 5.1.1 Unknown")
    world.engine.submit(Mail("", (RECIPIENT,)))
    world.run(minutes=1)
    assert (world.engine.counts.failed, world.engine.ledger.bounces) == (1, [])


def test_a_report_is_a_message_of_its_own_in_the_senders_mailbox() -> None:
    world = World("550 5.1.1 Unknown")
    world.engine.submit(Mail(SENDER, (RECIPIENT,), subject="Rechnung"))
    world.run(minutes=1)
    *before, failed, report, delivered = world.tracked()
    assert [event["EventId"] for event in before] == ["RECEIVE", "SUBMIT"]
    assert (failed["EventId"], failed["Source"], failed["Reference"]) == ("FAIL", "SMTP", [])
    assert (report["EventId"], report["Source"], report["RecipientStatus"]) == ("DSN", "DSN", ["550 5.1.1 Unknown"])
    assert (delivered["EventId"], delivered["Source"]) == ("DELIVER", "STOREDRIVER")
    assert report["MessageId"] == delivered["MessageId"] != failed["MessageId"]
    assert report["Reference"] == [failed["MessageId"]]
    for event in (report, delivered):
        assert (event["Sender"], event["ReturnPath"], event["Recipients"]) == ("<>", "<>", [SENDER])
        assert event["MessageSubject"] == "Undeliverable: Rechnung"
    assert (world.engine.counts.submitted, world.engine.queued) == (1, 0)


def test_no_report_ever_leaves() -> None:
    """Of six messages three fail, three are given up; the smart host sees nothing from the empty sender."""
    world = World(lambda now, to: "550 5.1.1 Unknown" if to.startswith("weg") else THROTTLED)
    world.settings(MessageRetryInterval="01:00:00")
    world.submit(3)
    world.submit(3, "weg@example.com")
    world.run(hours=49)
    assert {to for _, to in world.tries} == {RECIPIENT, "weg@example.com"}
    assert world.senders == {SENDER}
    reports = [event["MessageId"] for event in world.tracked("DSN")]
    assert len(reports) == len(set(reports)) == 9
    assert [event["MessageId"] for event in world.tracked("DELIVER")] == reports
    counts = world.engine.summary()["counts"]
    assert (counts["bounces"], counts["delay_notices"]) == (6, 3)


# -- notices of delay --------------------------------------------------------------------------------------------------


def test_a_sender_hears_once_that_his_mail_waits() -> None:
    """After four hours, of the recipients that are still open then; that is no failure and no bounce."""
    world = World(lambda now, to: THROTTLED if to.startswith("b") else "250 Ok")
    world.settings(MessageRetryInterval="00:30:00")
    world.submit(1, "a@example.com", "b@example.com")
    world.run(minutes=4 * 60 - 1)
    assert world.engine.ledger.delays == []
    world.run(hours=40)
    (delay,) = world.engine.ledger.delays
    (waiting,) = world.engine.messages.values()
    assert (delay.at - START, delay.to, delay.recipients) == (timedelta(hours=4), SENDER, ("b@example.com",))
    assert delay.message_id == waiting.message_id
    assert (world.engine.counts.failed, world.engine.counts.expired, world.engine.ledger.bounces) == (0, 0, [])
    (report,) = world.tracked("DSN")
    assert (report["RecipientStatus"], report["Sender"]) == (["400 4.4.7 Message delayed"], "<>")
    assert report["MessageSubject"] == "Delivery delayed: Message of the lab"
    assert report["Reference"] == [waiting.message_id]
    assert [event["MessageId"] for event in world.tracked("DELIVER")] == [report["MessageId"]]
    assert world.machine.queue_summary()["delay_notices"] == [delay.as_data()]
    assert delay.as_data()["at"] == "2026-11-24T12:00:00+00:00"


def test_mail_without_a_sender_causes_no_notice_of_delay() -> None:
    world = World(later(600))
    world.settings(MessageRetryInterval="00:30:00")
    world.engine.submit(Mail("", (RECIPIENT,)))
    world.run(hours=9)
    assert (world.engine.queued, world.engine.ledger.delays, world.tracked("DSN")) == (1, [], [])


def test_what_has_left_is_not_delayed_any_more() -> None:
    world = World(later(3 * 60 + 59))
    world.submit(2)
    world.run(hours=9)
    assert (world.engine.counts.sent, world.engine.ledger.delays) == (2, [])


@pytest.mark.parametrize(
    ("first", "then", "hours"), [("06:00:00", None, 6), ("04:00:00", "08:00:00", 8), ("04:00:00", "01:00:00", 4)]
)
def test_the_timeout_is_read_when_its_time_has_come(first: str, then: str | None, hours: int) -> None:
    """A raised one puts the notice off; that a lowered one does not bring it forward is assumed."""
    world = World(THROTTLED)
    world.settings(MessageRetryInterval="00:30:00", DelayNotificationTimeout=first)
    world.submit()
    world.run(hours=2)
    if then:
        world.settings(DelayNotificationTimeout=then)
    world.run(hours=20)
    assert [delay.at - START for delay in world.engine.ledger.delays] == [timedelta(hours=hours)]


@pytest.mark.parametrize("whole_queue", [True, False])
@pytest.mark.parametrize(("notice", "at"), [(True, 4), (False, 6)])
def test_whether_a_sender_hears_of_suspended_mail_is_an_assumption(notice: bool, at: int, whole_queue: bool) -> None:
    world = World(THROTTLED)
    world.machine.change({"delivery": {"suspended_delay_notice": notice}})
    world.settings(MessageRetryInterval="00:30:00")
    world.submit()
    message = next(iter(world.engine.messages.values()))
    (world.engine.suspend_queue(world.queue) if whole_queue else world.engine.suspend_message(message))
    world.run(hours=6)
    (world.engine.resume_queue(world.queue) if whole_queue else world.engine.resume_message(message))
    world.run(hours=9)
    assert [delay.at - START for delay in world.engine.ledger.delays] == [timedelta(hours=at)]


def test_a_delayed_message_that_was_never_refused_itself_shows_the_delay() -> None:
    """Its queue could not connect: only the queue has an error of its own."""
    world = World()
    world.refuse = lambda now: "421 4.3.2 Busy"
    world.submit()
    world.run(hours=3)
    assert world.invoke("Get-Message")[0]["LastError"] is None
    world.run(hours=2)
    assert world.invoke("Get-Message")[0]["LastError"] == "400 4.4.7 Message delayed"


def test_mail_that_is_routed_anew_is_not_told_of_twice() -> None:
    """One message becomes two when a connector for one of its recipients comes; the notice was for both."""
    world = World(THROTTLED)
    world.settings(MessageRetryInterval="00:30:00")
    world.submit(1, RECIPIENT, "x@partner.de")
    world.run(hours=5)
    world.machine.change({"send_connectors": [{**PROVIDER, "Name": "Partner", "AddressSpaces": ["partner.de"]}]})
    world.engine.retry_queue(world.queue, True)
    world.run(hours=9)
    assert len(world.engine.messages) == 2
    assert [delay.recipients for delay in world.engine.ledger.delays] == [(RECIPIENT, "x@partner.de")]


@pytest.mark.parametrize(("helps", "left"), [(False, 0), (True, 1)])
def test_nobody_knows_whether_a_raised_expiry_helps_queued_mail_so_both_can_be_had(helps: bool, left: int) -> None:
    world = World(THROTTLED)
    world.machine.change({"delivery": {"raise_helps_queued": helps}})
    world.settings(MessageRetryInterval="01:00:00")
    world.submit()
    world.run(hours=1)
    world.settings(MessageExpirationTimeout="4.00:00:00")
    (shown,) = world.invoke("Get-Message")
    assert shown["ExpirationTime"] == ("2026-11-28T08:00:00Z" if helps else "2026-11-26T08:00:00Z")
    world.run(hours=48)
    assert world.engine.queued == left
    world.run(hours=48)
    assert (world.engine.queued, world.engine.counts.expired) == (0, 1)


@pytest.mark.parametrize(("expire", "left"), [(True, 0), (False, 3)])
def test_whether_suspended_mail_expires_is_an_assumption(expire: bool, left: int) -> None:
    world = World()
    world.machine.change({"delivery": {"suspended_expire": expire}})
    world.submit(3)
    world.engine.suspend_queue(world.queue)
    world.run(hours=49)
    assert world.engine.queued == left
    if left:
        world.engine.resume_queue(world.queue)
        world.run(minutes=1)
        assert (world.engine.queued, world.engine.counts.expired) == (0, 3)


def test_what_no_connector_covers_is_unreachable_until_it_is_resubmitted() -> None:
    world = World(connectors=[{**PROVIDER, "AddressSpaces": ["beispiel.de"]}])
    world.submit(2)
    world.run(minutes=1)
    (shown,) = [queue for queue in world.invoke("Get-Queue") if queue["MessageCount"]]
    assert (shown["Identity"], shown["LastError"]) == ("SBS\\Unreachable", delivery_texts.UNREACHABLE)
    world.machine.change({"send_connectors": [{"Name": "Provider", "AddressSpaces": ["*"]}]})
    world.run(minutes=1)
    assert world.engine.counts.sent == 0
    world.invoke("Retry-Queue", Identity="SBS\\Unreachable", Resubmit=True)
    world.run(minutes=1)
    assert world.engine.counts.sent == 2


def test_mail_of_a_connector_that_is_gone_is_routed_anew() -> None:
    other = {**PROVIDER, "Name": "Zweiter", "AddressSpaces": ["*;5"]}
    world = World(later(0.5), connectors=[PROVIDER, other])
    world.submit(2)
    world.run(seconds=30)
    first = world.queue.next_hop_connector
    world.machine.change({"remove": ["Provider"]})
    world.run(minutes=2)
    assert world.engine.counts.sent == 2
    assert first not in {queue.next_hop_connector for queue in world.engine.all_queues() if queue.messages}


def test_mail_for_two_ways_is_one_message_in_each_queue() -> None:
    own = {**PROVIDER, "Name": "Partner", "AddressSpaces": ["partner.de"]}
    world = World(THROTTLED, connectors=[PROVIDER, own])
    world.submit(1, RECIPIENT, "x@partner.de")
    world.run(seconds=30)
    queues = [queue for queue in world.engine.all_queues() if queue.messages]
    assert [[m.recipients for m in queue.messages.values()] for queue in queues] == [[["x@partner.de"]], [[RECIPIENT]]]
    assert len({message.message_id for message in world.engine.messages.values()}) == 1


# -- suspended, restarted, poisoned, full ------------------------------------------------------------------------------


def test_a_suspended_queue_keeps_what_comes_and_lets_it_go_afterwards() -> None:
    world = World(later(0.5))
    world.submit(2)
    world.run(seconds=10)
    world.engine.suspend_queue(world.queue)
    tried = len(world.tries)
    world.submit(3)
    world.run(hours=2)
    assert (world.queue.status, world.engine.queued, len(world.tries)) == ("Suspended", 5, tried)
    world.engine.resume_queue(world.queue)
    world.run(seconds=10)
    assert (world.engine.counts.sent, len(set(world.delivered))) == (5, 5)


def test_suspended_messages_stay_when_their_queue_goes_on_and_go_one_by_one() -> None:
    world = World(later(0.5))
    world.submit(4)
    world.run(seconds=10)
    messages = list(world.engine.messages.values())
    for message in messages:
        world.engine.suspend_message(message)
    world.run(hours=1)
    assert Counter(message.status for message in messages) == {"Suspended": 4}
    world.engine.resume_message(messages[2])
    world.run(seconds=10)
    assert world.delivered == [(messages[2].message_id, RECIPIENT)]


def test_a_restart_keeps_what_is_queued_and_tries_at_once() -> None:
    world = World()
    world.refuse = lambda now: "421 4.3.2 Busy" if now - START < 6 * MINUTE else None
    world.submit(3)
    world.run(minutes=6.5)
    assert world.queue.status == "Retry"
    world.machine.change({"restart_transport": True})
    world.run(seconds=10)
    assert (world.engine.counts.sent, world.engine.counts.restarts) == (3, 1)


def test_a_restart_may_give_queues_and_messages_other_identities() -> None:
    world = World(later(0.5))
    world.submit(3)
    world.run(seconds=10)
    world.engine.suspend_message(next(iter(world.engine.messages.values())))
    world.machine.change({"delivery": {"restart_renumbers": True}})
    before = world.invoke("Get-Message")
    world.machine.change({"restart_transport": True})
    after = world.invoke("Get-Message")
    same = ("InternetMessageId", "Status", "DateReceived", "ExpirationTime")
    assert [[each[name] for name in same] for each in after] == [[each[name] for name in same] for each in before]
    assert {each["Queue"] for each in before + after} == {"SBS\\1", "SBS\\2"}
    assert not {each["Identity"] for each in after} & {each["Identity"] for each in before}
    for each in after:
        assert world.invoke("Get-Message", Identity=each["Identity"]) == [each]
    world.run(hours=1)
    assert (world.engine.counts.sent, world.engine.queued) == (2, 1)


@pytest.mark.parametrize("kept", [True, False])
def test_a_restart_may_let_loose_what_is_suspended(kept: bool) -> None:
    world = World(later(0.5))
    world.submit(4)
    world.run(seconds=10)
    world.engine.suspend_message(next(iter(world.engine.messages.values())))
    world.engine.suspend_queue(world.queue)
    world.run(hours=1)
    world.machine.change({"delivery": {"restart_keeps_suspended": kept}, "restart_transport": True})
    world.run(seconds=10)
    assert (world.engine.counts.sent, world.engine.queued) == ((0, 4) if kept else (4, 0))


def test_poison_ends_the_service_twice_and_is_put_away() -> None:
    world = World()
    world.engine.submit(Mail(SENDER, (RECIPIENT,), poison=True))
    world.submit(5)
    world.run(minutes=1)
    assert (world.engine.counts.sent, world.engine.counts.restarts, world.engine.queued) == (5, 2, 1)
    (shown,) = world.invoke("Get-Message")
    assert (shown["Queue"], shown["Status"]) == ("SBS\\Poison", "Suspended")


def test_with_a_full_disk_nothing_is_accepted_and_what_is_queued_leaves() -> None:
    world = World()
    world.submit(2)
    world.machine.change({"delivery": {"back_pressure": True}})
    answer = world.machine.submit(SENDER, [RECIPIENT], 3)
    assert (answer["submitted"], answer["refused"], answer["reply"]) == (0, 3, delivery_texts.BACK_PRESSURE)
    world.run(minutes=1)
    assert (world.engine.counts.sent, world.engine.counts.refused_submissions) == (2, 3)


def test_an_empty_queue_is_gone_after_three_minutes() -> None:
    world = World()
    world.submit()
    world.run(seconds=179)
    assert world.queue.name == "1"
    world.run(seconds=2)
    assert [queue.name for queue in world.engine.all_queues()] == ["Submission"]
    world.submit()
    assert world.queue.name == "2"


def test_mail_comes_at_a_rate() -> None:
    world = World()
    world.engine.submit(Mail(SENDER, (RECIPIENT,)), 10, per_hour=6)
    world.run(minutes=35)
    assert world.minutes() == [0, 10, 20, 30]
    world.run(hours=2)
    assert world.engine.counts.sent == 10


@pytest.mark.parametrize(
    "desired", ["yes", {"glitch_count": -1}, {"back_pressure": 1}, {"no_such": 1}, {"running": "yes"}]
)
def test_assumptions_are_read_strictly(desired: object) -> None:
    world = World()
    with pytest.raises(StateError, match="delivery"):
        world.machine.change({"delivery": desired})


# -- the snowball ------------------------------------------------------------------------------------------------------


class Throttling:
    """So many recipients an hour; whoever is refused has used up a place, too."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._used: list[datetime] = []

    def __call__(self, now: datetime, to: str) -> str:
        self._used = [moment for moment in self._used if now - moment < timedelta(hours=1)]
        self._used.append(now)
        return "250 Ok" if len(self._used) <= self._per_hour else THROTTLED


@pytest.mark.parametrize(("interval", "sent"), [("00:01:00", 20), ("01:00:00", 40)])
def test_the_snowball(interval: str, sent: int) -> None:
    """Ten mails over a rate of twenty an hour: tried every minute they block all, tried every hour they leave."""
    world = World(Throttling(20))
    world.settings(MessageRetryInterval=interval)
    world.submit(30)
    world.run(minutes=50)
    world.submit(10)
    world.run(hours=3)
    assert world.engine.counts.sent == sent
    last_hour = [passed for passed, _ in world.tries if passed > timedelta(hours=2, minutes=50)]
    assert len(last_hour) == (20 * 60 if sent == 20 else 0)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_message_is_lost_or_sent_twice(data: st.DataObject) -> None:
    """Whatever the smart host answers and the administrator does; ``World.run`` counts after every event."""
    replies = st.sampled_from(["250 Ok", "250 Ok", THROTTLED, "550 5.1.1 Unknown", "421 4.3.2 Busy", ""])
    world = World(lambda now, to: data.draw(replies))
    world.refuse = lambda now: data.draw(st.sampled_from([None, None, "421 4.3.2 Busy"]))
    world.machine.change({"delivery": {"seconds_per_message": data.draw(st.sampled_from([0, 1, 45]))}})
    for _ in range(data.draw(st.integers(1, 6))):
        world.submit(data.draw(st.integers(0, 5)), *data.draw(st.sampled_from([("a@x.de",), ("a@x.de", "b@y.de")])))
        world.run(minutes=data.draw(st.sampled_from([0.3, 2, 31])))
        _do_something(world, data)
        world.check()
    world.run(hours=50)
    assert len(world.delivered) == len(set(world.delivered)) == world.engine.counts.sent


def _do_something(world: World, data: st.DataObject) -> None:
    engine, choose = world.engine, st.sampled_from
    queues = [queue for queue in engine.all_queues() if not queue.persistent]
    messages = list(engine.messages.values())
    if queues:
        queue = data.draw(choose(queues))
        data.draw(choose([engine.suspend_queue, engine.resume_queue, lambda q: engine.retry_queue(q, True)]))(queue)
    if messages:
        message = data.draw(choose(messages))
        act = data.draw(
            choose([engine.suspend_message, engine.resume_message, lambda m: engine.remove_message(m, True)])
        )
        act(message)
    if data.draw(st.booleans()):
        engine.restart()
