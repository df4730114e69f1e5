"""The queue cmdlets of 2010: what they show, which objects they take, filters, ResultSize, errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from tests.unit.lab.exchange.queues.queue_world import RECIPIENT, SENDER, THROTTLED, World

QUEUE = "SBS\\1"


@pytest.fixture
def world() -> World:
    """Three messages that wait for their retry, from two senders and of two sizes, an hour apart."""
    world = World(THROTTLED)
    world.settings(MessageRetryInterval="12:00:00")
    world.submit(1, subject="Angebot", size=2048)
    world.run(hours=1)
    world.engine.submit(Mail("chef@beispiel.de", (RECIPIENT, "zwei@example.com"), "Rechnung 7", 3 * 1024**2), 2)
    world.run(hours=1)
    return world


def names(found: list[dict[str, object]]) -> list[str]:
    return [str(each["Identity"]).removeprefix("SBS\\") for each in found]


def refused(world: World, command: str, **parameters: Any) -> CmdletError:
    before = [message.status for message in world.engine.messages.values()]
    with pytest.raises(CmdletError) as caught:
        world.invoke(command, **parameters)
    assert [message.status for message in world.engine.messages.values()] == before
    return caught.value


def test_get_queue_shows_what_2010_shows(world: World) -> None:
    submission, queue = world.invoke("Get-Queue")
    assert (submission["Identity"], submission["MessageCount"], submission["DeliveryType"]) == (
        "SBS\\Submission",
        0,
        "Undefined",
    )
    connector = world.invoke("Get-SendConnector")[0]
    assert queue == {
        "DeliveryType": "SmartHostConnectorDelivery",
        "Identity": QUEUE,
        "IsValid": True,
        "LastError": None,
        "LastRetryTime": None,
        "MessageCount": 3,
        "NextHopConnector": connector["Guid"],
        "NextHopDomain": "localhost",
        "NextRetryTime": None,
        "Status": "Ready",
    }


def test_get_message_shows_what_2010_shows(world: World) -> None:
    first = world.invoke("Get-Message", IncludeRecipientInfo=True)[0]
    assert first == {
        "DateReceived": "2026-11-24T08:00:00Z",
        "ExpirationTime": "2026-11-26T08:00:00Z",
        "FromAddress": SENDER,
        "Identity": "SBS\\1\\1",
        "InternetMessageId": "<1.20261124080000@sbs.nt4admins.local>",
        "IsValid": True,
        "LastError": THROTTLED,
        "MessageSourceName": "FromLocal",
        "Queue": QUEUE,
        "Recipients": [RECIPIENT],
        "RetryCount": 1,
        "SCL": -1,
        "Size": "2 KB (2,048 bytes)",
        "SourceIP": "255.255.255.255",
        "Status": "Retry",
        "Subject": "Angebot",
    }


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Status -eq 'Retry'", ["1\\1", "1\\2", "1\\3"]),
        ("status -EQ 'retry'", ["1\\1", "1\\2", "1\\3"]),
        ("Status -ne 'Retry'", []),
        ("FromAddress -eq 'chef@beispiel.de'", ["1\\2", "1\\3"]),
        ('FromAddress -like "*@BEISPIEL.de"', ["1\\1", "1\\2", "1\\3"]),
        ("Subject -like 'Rechnung*' -and Identity -eq 'SBS\\1\\3'", ["1\\3"]),
        ("Subject -notlike 'Rechnung*'", ["1\\1"]),
        ("Subject -like '*[0-9]*'", []),
        ("Size -gt 1MB", ["1\\2", "1\\3"]),
        ("Size -le 2048", ["1\\1"]),
        ("DateReceived -gt '2026-11-24T08:30:00Z'", ["1\\2", "1\\3"]),
        ("DateReceived -lt '11/24/2026 8:30 AM'", ["1\\1"]),
        ("ExpirationTime -ge '2026-11-26T09:00:00Z' -and RetryCount -eq 1", ["1\\2", "1\\3"]),
        ("Queue -eq 'SBS\\1'", ["1\\1", "1\\2", "1\\3"]),
        ("{LastError -like '450*'}", ["1\\1", "1\\2", "1\\3"]),
        ("LastError -eq $null", []),
    ],
)
def test_filters_of_messages(world: World, written: str, found: list[str]) -> None:
    assert names(world.invoke("Get-Message", Filter=written)) == found


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Status",
        "Status = 'Retry'",
        "Colour -eq 'red'",
        "Status -eq 'Retry' -or SCL -eq 1",
        "Size -gt 'big'",
        "DateReceived -lt 'yesterday'",
        "Status -eq 'Retry' -and",
        "NextHopDomain -eq 'x'",
    ],
)
def test_a_filter_that_the_lab_does_not_know_is_refused_aloud(world: World, written: str) -> None:
    error = refused(world, "Get-Message", Filter=written)
    assert error.type in (errors.LOCALIZED, errors.VALIDATION)


def test_filters_of_queues(world: World) -> None:
    assert names(world.invoke("Get-Queue", Filter="MessageCount -gt 0 -and Status -eq 'Ready'")) == ["1"]
    assert names(world.invoke("Get-Queue", Filter="NextHopDomain -eq 'Submission'")) == ["Submission"]


def test_a_result_has_a_thousand_objects_unless_told_otherwise_and_says_so() -> None:
    world = World(THROTTLED)
    world.submit(1001)
    warnings: list[str] = []
    assert len(world.machine.invoke("Get-Message", {}, warnings=warnings)) == 1000
    assert warnings == [
        "There are more results available than are currently displayed. To view them, increase the value for the "
        "ResultSize parameter."
    ]
    for size, number in ((5, 5), ("Unlimited", 1001), (2000, 1001)):
        warnings.clear()
        assert len(world.machine.invoke("Get-Message", {"ResultSize": size}, warnings=warnings)) == number
        assert len(warnings) == (size == 5)


def test_sorting(world: World) -> None:
    assert names(world.invoke("Get-Message", SortOrder=["-DateReceived", "+Subject"])) == ["1\\2", "1\\3", "1\\1"]
    assert names(world.invoke("Get-Message", SortOrder="-Identity", ResultSize=1)) == ["1\\3"]
    refused(world, "Get-Message", SortOrder="Colour")


@pytest.mark.parametrize("identity", ["SBS\\1\\2", "sbs\\1\\2", "1\\2", "2"])
def test_identities_of_messages(world: World, identity: str) -> None:
    assert names(world.invoke("Get-Message", Identity=identity)) == ["1\\2"]


@pytest.mark.parametrize("identity", ["SBS\\2\\2", "SBS\\1\\9", "OTHER\\1\\2", "x", ""])
def test_a_message_that_is_not_there(world: World, identity: str) -> None:
    assert refused(world, "Get-Message", Identity=identity).type in (errors.LOCALIZED, errors.VALIDATION)


def test_get_message_by_queue(world: World) -> None:
    assert names(world.invoke("Get-Message", Queue="SBS\\1")) == ["1\\1", "1\\2", "1\\3"]
    assert world.invoke("Get-Message", Queue="Submission") == []
    assert "couldn't be found" in refused(world, "Get-Message", Queue="SBS\\9").message


def test_suspending_and_resuming_queues(world: World) -> None:
    world.invoke("Suspend-Queue", Identity=QUEUE)
    assert world.invoke("Get-Queue", Identity=QUEUE)[0]["Status"] == "Suspended"
    world.invoke("Resume-Queue", Filter="Status -eq 'Suspended'")
    assert world.invoke("Get-Queue", Identity=QUEUE)[0]["Status"] == "Ready"


def test_suspending_resuming_and_removing_messages(world: World) -> None:
    world.invoke("Suspend-Message", Filter="FromAddress -eq 'chef@beispiel.de'")
    assert [message.status for message in world.engine.messages.values()] == ["Retry", "Suspended", "Suspended"]
    world.invoke("Resume-Message", Identity="SBS\\1\\3")
    world.invoke("Remove-Message", Identity="SBS\\1\\1", WithNDR=False)
    world.invoke("Remove-Message", Identity="SBS\\1\\2")
    assert names(world.invoke("Get-Message")) == ["1\\3"]
    assert [bounce.to for bounce in world.engine.ledger.bounces] == ["chef@beispiel.de"] * 2
    world.check()


def test_what_if_does_nothing(world: World) -> None:
    for command in ("Suspend-Message", "Remove-Message"):
        world.invoke(command, Filter="Status -eq 'Retry'", WhatIf=True)
    world.invoke("Suspend-Queue", Identity=QUEUE, WhatIf=True)
    assert [message.status for message in world.engine.messages.values()] == ["Retry"] * 3
    assert world.queue.status == "Ready"


@pytest.mark.parametrize("command", ["Suspend-Queue", "Suspend-Message", "Remove-Message"])
def test_what_takes_mail_out_of_its_way_asks_first(world: World, command: str) -> None:
    identity = QUEUE if command.endswith("Queue") else "SBS\\1\\1"
    with pytest.raises(CmdletError) as caught:
        world.machine.invoke(command, {"Identity": identity})
    assert caught.value.type == errors.NON_INTERACTIVE


def test_retry_queue_acts_on_a_queue_in_retry_alone(world: World) -> None:
    assert "isn't in the Retry status" in refused(world, "Retry-Queue", Identity=QUEUE).message
    assert world.invoke("Retry-Queue", Filter="MessageCount -gt 0") == []
    tried = len(world.tries)
    world.refuse = lambda now: "421 4.3.2 Busy"
    world.submit()
    world.run(seconds=10)
    world.refuse = lambda now: None
    world.answer = lambda now, to: "250 Ok"
    world.invoke("Retry-Queue", Identity=QUEUE)
    world.run(seconds=10)
    assert (world.engine.counts.sent, len(world.tries)) == (1, tried + 1)


def test_identity_and_filter_exclude_each_other(world: World) -> None:
    error = refused(world, "Suspend-Queue", Identity=QUEUE, Filter="Status -eq 'Ready'")
    assert error.error_id == "AmbiguousParameterSet,Suspend-Queue"


def test_queues_of_other_servers(world: World) -> None:
    assert names(world.invoke("Get-Queue", Server="SBS")) == ["Submission", "1"]
    assert "couldn't be found" in refused(world, "Get-Queue", Server="EX9").message


def test_paging_is_not_simulated(world: World) -> None:
    assert "does not simulate" in refused(world, "Get-Message", BookmarkIndex=5).message


def test_the_transport_config() -> None:
    world = World()
    (found,) = world.invoke("Get-TransportConfig")
    assert (found["MaxSendSize"], found["MaxRecipientEnvelopeLimit"]) == ("10 MB (10,485,760 bytes)", "5000")
    world.invoke("Set-TransportConfig", MaxSendSize=2048, ExternalDelayDsnEnabled=False)
    (found,) = world.invoke("Get-TransportConfig")
    assert (found["MaxSendSize"], found["ExternalDelayDsnEnabled"]) == ("2 MB (2,097,152 bytes)", False)
    assert "does not simulate" in refused(world, "Set-TransportConfig", ShadowRedundancyEnabled=False).message
    refused(world, "Set-TransportConfig", MaxDumpsterTime="90000.00:00:00")


@pytest.mark.parametrize("count", [10_000])
def test_ten_thousand_messages_are_no_burden(count: int) -> None:
    """Submitted, refused once, listed, suspended, resumed and sent."""
    began = time.monotonic()
    world = World()
    world.settings(MessageRetryInterval="01:00:00")
    world.answer = lambda now, to: THROTTLED if world.passed < timedelta(minutes=20) else "250 Ok"
    world.engine.submit(Mail(SENDER, (RECIPIENT,)), count)
    for _ in _quietly(world, minutes=20):
        pass
    assert len(world.invoke("Get-Message", ResultSize="Unlimited", Filter="Status -eq 'Retry'")) == count
    world.invoke("Suspend-Message", Filter=f"FromAddress -eq '{SENDER}'")
    world.invoke("Resume-Message", Filter="Status -eq 'Suspended'")
    for _ in _quietly(world, hours=3):
        pass
    assert (world.engine.counts.sent, len(set(world.delivered))) == (count, count)
    assert time.monotonic() - began < 30


def _quietly(world: World, **passing: float) -> Iterator[datetime]:
    """Without counting after every event."""
    return run([world.engine], world.clock.advance_to, world.clock.now() + timedelta(**passing))
