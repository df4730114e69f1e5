"""Where a reason says that a misfit stands, as who declared it writes it."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite import desired as addresses
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import desired as pop3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue import desired as queue
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery import desired as recovery
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import desired as connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account import desired as account
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport import desired as transport
from tests.unit.plugin_utils.reason_keys import refusal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX = {"address": "info@beispiel.de", "password": "Zq7-spelling-Kupferdach-9134", "created": "2020-01-31"}
ACCOUNT = {"server": "pop.x.de", "port": 995, "username": "x"}
RULE = {"from": "a.local", "to": "b.de"}
Row = tuple[Any, dict[str, Any], str, str]
PLACES: dict[str, Row] = {
    "transport": (
        lambda desired, where: transport.parse_desired(desired, where=where),
        {"message_retry_interval": "x"},
        "here",
        "n.message_retry_interval: 'x'",
    ),
    "a look": (
        lambda desired, where: queue.parse_desired(desired, where=where),
        {"hours": 0},
        "here",
        "n.hours: 0",
    ),
    "a recovery": (
        lambda desired, where: recovery.parse_desired(desired, NOW, where=where),
        {"per_hour": 1, "keep_login": True, "quiet_minutes": "x"},
        "here",
        "n.quiet_minutes: 'x'",
    ),
    "a rule": (
        lambda desired, where: addresses.parse_desired(desired, where=where),
        {"rules": [RULE, {"from": 1, "to": "c.de"}]},
        "here, n.rules[1]",
        "from: 1",
    ),
    "an exception": (
        lambda desired, where: addresses.parse_desired(desired, where=where),
        {"rules": [{**RULE, "except": ["a", {"b": "c"}]}]},
        "here, n.rules[0]",
        "except[1]: {'b': '...'}",
    ),
    "an account": (
        lambda desired, where: pop3.parse_desired(desired, where=where),
        {"accounts": [ACCOUNT, {**ACCOUNT, "username": "y", "port": 0}]},
        "here, n.accounts[1]",
        "port: 0",
    ),
    "an account that is replaced": (
        lambda desired, where: pop3.parse_desired(desired, where=where),
        {"accounts": [{**ACCOUNT, "replaces": {**ACCOUNT, "port": "x"}}]},
        "here, n.accounts[0].replaces",
        "port: a text that is not repeated here, since it might be a password",
    ),
    "a task": (
        lambda desired, where: pop3.parse_desired(desired, where=where),
        {"fetch_task": {"interval_minutes": 1}},
        "here, n.fetch_task",
        "interval_minutes: 1",
    ),
    "a mailbox": (
        lambda desired, where: account.parse_desired(desired, NOW, where=where),
        {"provider": "strato", "mailboxes": [BOX, {**BOX, "address": "b@b.de", "recreated": 1}]},
        "here, n.mailboxes[1]",
        "recreated: 1",
    ),
    "a window": (
        lambda desired, where: account.parse_desired(desired, NOW, where=where),
        {"provider": "strato", "mailboxes": [BOX], "switch_window": {"from": "?"}},
        "here, n.switch_window",
        "from: '?'",
    ),
    "a connector": (
        lambda desired, where: connector.parse_desired(desired, NOW, where=where),
        {"name": "A", "port": 0},
        "here 'A'",
        "n.port: 0",
    ),
    "a login": (
        lambda desired, where: connector.parse_desired(desired, NOW, where=where),
        {"name": "A", "login": {**BOX, "username": "x"}},
        "here 'A', n.login",
        "an option login.address, which does not exist",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_misfit_is_named_with_the_way_to_it(name: str) -> None:
    parse, desired, where, found = PLACES[name]
    reason = refusal(InputRefused, parse, desired, Spelling("here", prefix="n."))[0]
    assert (reason.where, reason.found) == (where, found)


NOUNS = (addresses, pop3, queue, transport, account, connector, recovery)
FIRST, LAST = ["arguments"], ["found", "where"]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.ACTION.name)
def test_every_wish_is_parsed_by_one_signature_with_the_moment_where_ages_are_judged(noun: Any) -> None:
    dated = noun in (account, connector, recovery)
    taken = [name for name in inspect.signature(noun.parse_desired).parameters if name != "elsewhere"]
    assert taken == [*FIRST, *(["now"] if dated else []), *LAST]
