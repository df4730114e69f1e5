"""The declaration of a recovery: what it needs, what excludes each other, what it is by default."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.desired import parse_desired
from tests.unit.plugin_utils.queue_recovery.recovery_host import MATURE
from tests.unit.plugin_utils.reason_keys import keys_of, refusal
from tests.unit.plugin_utils.run.examples import NOW

OTHER = {"name": "Klein", "smtp_host": "smtp.example.com"}

REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["neither_mailboxes_nor_keep_login", "rate_missing"]),
    "a provider whose rate nobody knows": ({"provider": "gmx", "keep_login": True}, ["rate_missing"]),
    "mailboxes of nobody": ({"per_hour": 5, "mailboxes": [MATURE]}, ["mailboxes_without_provider"]),
    "senders without their order": (
        {"per_hour": 5, "keep_login": True, "senders_first": ["a@b.de"]},
        ["senders_first_unfit"],
    ),
    "the order of no senders": ({"per_hour": 5, "keep_login": True, "order": "senders"}, ["senders_first_unfit"]),
    "misfits": (
        {"per_hour": 0, "keep_login": True, "share": 101, "remove_messages": "SBS\\1", "quiet": 5},
        ["option_unknown", "value_unfit", "value_unfit", "value_unfit"],
    ),
    "a young mailbox is no bad wish, a bad one is": (
        {"provider": "strato", "mailboxes": [{"address": "a@b.de"}]},
        ["created_missing", "password_missing"],
    ),
}


@pytest.mark.parametrize(("options", "reasons"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(options: dict[str, Any], reasons: list[str]) -> None:
    assert keys_of(refusal(InputRefused, parse_desired, options, NOW)) == reasons


def test_what_it_is_by_default() -> None:
    desired = parse_desired({"provider": "strato", "mailboxes": [MATURE]}, NOW)
    assert (desired.rate, desired.share, desired.order, desired.minimum_backlog) == (250, 0.5, "oldest", 126)
    assert (desired.quiet, desired.expiration) == (timedelta(hours=1), 7 * 86400)
    assert [each.username for each in desired.candidates] == ["alt@beispiel.de"]


def test_a_declared_rate_wins_and_a_described_provider_will_do() -> None:
    assert parse_desired({"provider": "strato", "per_hour": 100, "keep_login": True}, NOW).rate == 100
    assert parse_desired({"provider": OTHER, "per_hour": 7, "mailboxes": [MATURE]}, NOW).rate == 7


def test_no_password_is_shown() -> None:
    desired = parse_desired({"provider": "strato", "mailboxes": [MATURE]}, NOW)
    assert MATURE["password"] not in repr(desired)
