"""Counted queues in; the verdict, its reasons and what to do out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import NOTICES
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.look import look
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.queue.queue_host import STRATO_450, answers, cause, counted, session, traffic
from tests.unit.plugin_utils.reason_keys import keys_of as reason_keys
from tests.unit.plugin_utils.reason_keys import refusal
from tests.unit.plugin_utils.run.examples import WIZARD, failed, keys_of

THROTTLED = [{"Text": STRATO_450, "Count": 40}]
LOGIN = '451 4.4.0 Primary target IP address responded with: "535 5.7.8 authentication failed."'


def said(sentences: list[str]) -> list[str]:
    """The keys in messages.NOTICES of these sentences."""
    queues = [key for key in NOTICES if key.startswith(("queue", "refusal"))]
    return [max((key for key in queues if fits(key, each)), key=lambda key: len(NOTICES[key])) for each in sentences]


def fits(key: str, sentence: str) -> bool:
    return re.fullmatch("(?s:.*)".join(map(re.escape, re.split(r"\{\w+\}", NOTICES[key]))), sentence) is not None


def told(*rows: dict[str, Any], interval: str = "00:01:00", **options: Any) -> dict[str, Any]:
    desired = parse_desired({"per_hour": 250, **options})
    return look(session(answers(*rows, interval=interval)), ExchangeShell(), desired)[0]


VERDICTS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str, list[str], list[str]]] = {
    "nothing waits": ([], {}, "healthy", ["queue_healthy"], []),
    "a little on its way": ([counted(ready=3, active=1), traffic(20)], {}, "healthy", ["queue_healthy"], []),
    "refused for the rate, at the default minute": (
        [counted(retry=40, Errors=THROTTLED), traffic(10, 300)], {}, "snowball",
        ["queue_snowball", "queue_refused"], ["queue_do_recover"],
    ),
    "the same, calm": (
        [counted(retry=40, Errors=THROTTLED), traffic(200, 40)], {"interval": "00:30:00"}, "slowing",
        ["queue_refused"], ["refusal_do_throttled"],
    ),
    "calm by its settings, but tracking has seen more": (
        [counted(retry=40, Errors=THROTTLED), traffic(200, 90)], {"interval": "00:30:00"}, "snowball",
        ["queue_snowball", "queue_refused"], ["queue_do_recover"],
    ),
    "the rate is not known": (
        [counted(retry=40, Errors=THROTTLED), traffic()], {"per_hour": None}, "snowball",
        ["queue_snowball_blind", "queue_refused"], ["queue_do_recover"],
    ),
    "the rate is not known, and few wait": (
        [counted(retry=5, Errors=THROTTLED), traffic()], {"per_hour": None}, "slowing",
        ["queue_refused"], ["refusal_do_throttled"],
    ),
    "many wait and none was refused": (
        [counted(ready=126), traffic()], {}, "slowing", ["queue_backlog"], ["queue_do_wait_or_recover"],
    ),
    "half the rate": ([counted(ready=125), traffic()], {}, "healthy", ["queue_healthy"], []),
    "long waiting, soon given up": (
        [counted(ready=1, Oldest="2026-03-02T10:30:00Z", FirstExpiry="2026-03-02T13:00:00Z")], {}, "slowing",
        ["queue_old", "queue_expires"], [],
    ),
    "a refused login stops the whole queue": (
        [counted(ready=7, Status="Retry", LastError=LOGIN)], {}, "refused", ["queue_refused"], ["refusal_do_login"],
    ),
    "refused senders": (
        [counted(retry=1, Errors=[{"Text": "550 Sender address is not allowed.", "Count": 1}])], {}, "slowing",
        ["queue_refused"], ["refusal_do_sender"],
    ),
    "one full mailbox is not our rate, and no snowball": (
        [counted(retry=40, Errors=[{"Text": "452 4.2.2 user over quota", "Count": 40}]), traffic(10, 300)], {},
        "healthy", ["queue_healthy", "queue_refused"], ["refusal_do_recipient"],
    ),
    "logins that the provider cannot check": (
        [counted(retry=2, Status="Retry", LastError="454 4.7.0 Temporary authentication failure")], {}, "slowing",
        ["queue_refused"], ["refusal_do_login_outage"],
    ),
    "words that nobody knows have a remedy": (
        [counted(retry=1, Errors=[{"Text": "451 nein", "Count": 1}])], {}, "noticed",
        ["queue_refused"], ["refusal_do_other"],
    ),
    "Exchange's own notice is no refusal": (
        [counted(retry=3, Errors=[{"Text": "400 4.4.7 Message delayed", "Count": 3}])], {}, "healthy",
        ["queue_healthy"], [],
    ),
    "stopped by somebody": (
        [counted(ready=4, suspended=2, Status="Suspended")], {}, "slowing",
        ["queue_suspended", "queue_messages_held"], ["queue_do_resume"],
    ),
    "a stopped queue makes no attempts": (
        [counted(retry=40, Status="Suspended", Errors=THROTTLED)], {}, "slowing",
        ["queue_refused", "queue_suspended"], ["refusal_do_throttled", "queue_do_resume"],
    ),
    "queues that lead nowhere take no part": (
        [
            counted("SBS\\Poison", connector="-", ready=1), counted("SBS\\Submission", connector="-", ready=300),
            counted("SBS\\Unreachable", connector="-", ready=2), counted("SBS\\9", connector="-", ready=500),
        ],
        {}, "healthy", ["queue_healthy"], ["queue_poison", "queue_submission", "queue_unreachable"],
    ),
    "another connector is meant": (
        [counted(retry=400, Errors=THROTTLED)], {"connector": "ausland"}, "healthy", ["queue_healthy"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "options", "verdict", "why", "todo"), VERDICTS.values(), ids=VERDICTS)
def test_what_a_backlog_means(
    rows: list[dict[str, Any]], options: dict[str, Any], verdict: str, why: list[str], todo: list[str]
) -> None:
    found = told(*rows, **options)
    assert found["verdict"] == verdict, found
    assert said(found["why"]) == why
    assert said(found["what_to_do"]) == todo


def test_one_request_and_what_stands_in_the_result() -> None:
    requests: list[dict[str, Any]] = []
    row = counted(retry=40, Errors=THROTTLED, Senders=[{"Address": "info@beispiel.de", "Count": 39}], Bytes=4096)
    back = [cause("550 5.1.1 unknown", count=1)]
    host = session(answers(row, traffic(10, 300, back)), requests.append)
    found, _ = look(host, ExchangeShell(), parse_desired({"provider": "strato", "connector": WIZARD.upper()}))
    assert [step["command"] for step in requests[0]["steps"]] == [
        "Get-ExchangeServer", "Get-SendConnector", "Get-TransportServer", "Measure-Queue", "Get-HostFacts",
    ]  # fmt: skip
    assert len(requests) == 1
    assert found["waiting"] == 40
    assert found["traffic"] == {
        "hours": 1,
        "sent": 10,
        "deferred": 300,
        "failed": 1,
        "outcome_hours": 6,
        "last_sent": "2026-03-02T12:00:00+00:00",
    }
    assert found["attempts"] == {
        "per_message_per_hour": 60,
        "provider_per_hour": 250,
        "backlog_that_stays_below": 4,
        "likely_per_hour": 2400,
        "seen_per_hour": 310,
    }
    (queue,) = found["queues"]
    assert (queue["connector"], queue["judged"], queue["bytes"], queue["senders"]) == (
        WIZARD, True, 4096, [{"address": "info@beispiel.de", "count": 39}],
    )  # fmt: skip
    assert (queue["errors"][0]["class"], queue["errors"][0]["count"]) == ("throttled", 40)
    assert json.dumps(found)


BROKEN: dict[str, dict[str, Any]] = {
    "nothing is told": {key: None for key in counted() if key not in ("Identity", "NextHopConnector")},
    "texts in the place of numbers": {"MessageCount": "12", "Retries": "viele", "Bytes": "1 MB", "Messages": "x"},
    "other types": {"Errors": "x", "Senders": [1], "Messages": {"Ready": True}, "Oldest": 5, "FirstExpiry": "gestern"},
}


BROKEN_TRAFFIC: list[tuple[dict[str, Any], list[int | None]]] = [
    ({}, [None, None, None]),
    ({"Events": "x", "Causes": None}, [None, None, None]),
    ({"Events": [None, {"EventId": 5, "Source": None, "Count": "?"}], "Causes": "x", "CausesLeftOut": "?"}, [0, 0, 0]),
    ({"Events": [{"EventId": "send", "Source": "Smtp", "Count": "3", "Last": "gestern"}]}, [3, 0, 0]),
]


@pytest.mark.parametrize(("traffic_told", "expected"), BROKEN_TRAFFIC)
@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_nothing(
    changes: dict[str, Any], traffic_told: dict[str, Any], expected: list[int | None]
) -> None:
    found = told({**counted(), **changes}, {"Identity": None, **traffic_told})
    assert found["verdict"] == "healthy"
    assert [found["traffic"][key] for key in ("sent", "deferred", "failed")] == expected


def test_a_connector_that_is_not_there_is_refused() -> None:
    desired = parse_desired({"connector": "Neu"})
    assert keys_of_refusal(desired) == ["queue_connector_unknown"]


def keys_of_refusal(desired: Any) -> list[str]:
    with pytest.raises(HostRefused) as caught:
        look(session(answers()), ExchangeShell(), desired)
    return keys_of(caught.value)


def test_queues_that_cannot_be_read_are_told() -> None:
    results = [*answers()[:3], failed("measure_queue", "Der Dienst antwortet nicht."), answers()[4]]
    with pytest.raises(HostRefused, match="Der Dienst antwortet nicht"):
        look(session(results), ExchangeShell(), parse_desired({}))


def test_a_bad_wish_is_refused_with_all_its_reasons() -> None:
    desired = {"per_hour": 5, "provider": "strato", "hours": 0, "queue": "x"}
    assert reason_keys(refusal(InputRefused, parse_desired, desired)) == ["option_unknown", "rate_twice", "value_unfit"]
