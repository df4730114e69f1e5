"""The backlog among the facts: asked for, with its rate, and no harm where it is not to be had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.backlog_facts import facts_with_backlog, parse_look
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.queue.queue_host import answers, counted, session, traffic
from tests.unit.plugin_utils.reason_keys import keys_of, refusal
from tests.unit.plugin_utils.run.examples import failed

NOW = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)


def facts(results: list[dict[str, Any]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    return facts_with_backlog(session(results), ExchangeShell(), Desired(250), NOW)


def test_the_backlog_stands_beside_the_other_facts() -> None:
    found, notices = facts(answers(counted(ready=2), traffic(3)))
    assert notices == ()
    assert (found["computer_name"], found["clock_skew_seconds"]) == ("SBS", -5)
    assert (found["backlog"]["verdict"], found["backlog"]["waiting"]) == ("healthy", 2)


@pytest.mark.parametrize("at", range(4))
def test_a_host_without_is_told_of_all_the_same(at: int) -> None:
    results = answers(counted(ready=2))
    results[at] = failed(results[at]["id"], "Zugriff verweigert.")
    found, notices = facts(results)
    assert (found["computer_name"], found["backlog"]) == ("SBS", None)
    assert notices == ("The queues could not be read (Zugriff verweigert.).",)


def test_a_server_that_is_another_computer_has_no_backlog() -> None:
    results = answers(counted(ready=2))
    results[0]["output"][0]["Name"] = "EX2"
    assert facts(results)[0]["backlog"] is None


def test_nothing_is_asked_of_exchange_unless_that_is_wished() -> None:
    assert parse_look({}) is None
    assert parse_look({"backlog": False}) is None
    assert parse_look({"backlog": "yes", "provider": "strato"}) == Desired(250)


def test_a_bad_wish_is_refused() -> None:
    assert keys_of(refusal(InputRefused, parse_look, {"per_hour": 5})) == ["rate_without_backlog"]
    assert keys_of(refusal(InputRefused, parse_look, {"backlog": "x", "more": 1})) == ["option_unknown", "value_unfit"]
