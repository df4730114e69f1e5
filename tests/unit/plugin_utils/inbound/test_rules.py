"""The ways of domains beside the accounts that the POP3 connector fetches."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.rules import (
    are_one,
    is_for,
    mailbox_of,
    of_connector,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.ways import DomainWay
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import parse_desired as parse_pop3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import provider_mailbox
from tests.unit.plugin_utils.run.examples import keys

INFO = {"server": "pop3.strato.de", "port": 995, "username": "Info@beispiel.de", "password": "Zq7-rules-Kupferdach"}
FIRM = {**INFO, "server": "securepop.t-online.de", "username": "firma@t-online.de"}
NUMBER = {**INFO, "server": "pop.anderswo.de", "username": "m12345"}
BEISPIEL = {"domain": "beispiel.de", "way": "pop3"}
COLLECTED = {"domain": "beispiel.de", "way": "collector"}
MX = {"domain": "beispiel.de", "way": "mx"}
TELEKOM = {"domain": "t-online.de", "way": "pop3", "mailboxes": ["firma@t-online.de"]}


def against(domains: list[Any], accounts: list[Any], **more: Any) -> list[str]:
    reasons: list[Reason] = []
    desired = parse_desired({"domains": domains}, reasons)
    assert reasons == []
    return keys(of_connector(desired.domains, parse_pop3({"accounts": accounts, **more}), "inbound mail"))


@pytest.mark.parametrize(
    ("domains", "accounts", "expected"),
    [
        ([BEISPIEL, TELEKOM], [INFO, FIRM], []),
        ([{**BEISPIEL, "mailboxes": ["INFO@beispiel.de"]}], [INFO], []),
        ([{**BEISPIEL, "mailboxes": ["M12345"]}], [NUMBER], []),
        # A user name that tells no domain may be of any.
        ([BEISPIEL], [NUMBER], []),
        ([BEISPIEL], [FIRM], ["inbound_nothing_fetched"]),
        ([BEISPIEL], [], ["inbound_nothing_fetched"]),
        (
            [{**BEISPIEL, "mailboxes": ["sales@beispiel.de"]}],
            [INFO],
            ["inbound_account_of_other_way", "inbound_mailbox_not_fetched"],
        ),
        (
            [TELEKOM],
            [{**INFO, "username": "firma@t-online.de"}],
            ["inbound_account_of_other_way", "inbound_mailbox_not_fetched"],
        ),
        ([MX, TELEKOM], [FIRM], []),
        ([MX], [INFO], ["inbound_account_of_other_way"]),
        ([{**MX, "transition": True}], [INFO], []),
        ([MX], [{**INFO, "state": "absent"}], []),
        # One mailbox gets the mail of two domains.
        ([MX, {**BEISPIEL, "domain": "beispiel.com", "mailboxes": ["info@beispiel.de"]}], [INFO], []),
        ([COLLECTED], [INFO], ["inbound_account_of_other_way"]),
        ([{**COLLECTED, "mailboxes": ["info@BEISPIEL.de"]}], [INFO], ["inbound_fetched_twice"]),
        ([{**COLLECTED, "mailboxes": ["info@BEISPIEL.de"], "transition": True}], [INFO], ["inbound_fetched_twice"]),
        ([{**COLLECTED, "mailboxes": ["firma@t-online.de"]}], [FIRM], ["inbound_fetched_twice"]),
        ([{**COLLECTED, "mailboxes": ["andere@beispiel.de"]}, TELEKOM], [FIRM], []),
    ],
)
def test_accounts_beside_ways(domains: list[Any], accounts: list[Any], expected: list[str]) -> None:
    assert against(domains, accounts) == expected


@pytest.mark.parametrize(
    ("domains", "refused"), [([BEISPIEL], True), ([{**BEISPIEL, "transition": True}, MX], True), ([MX], False)]
)
def test_the_service_runs_for_as_long_as_it_is_a_way(domains: list[Any], refused: bool) -> None:
    accounts = [] if domains == [MX] else [INFO]
    assert against(domains, accounts, service_state="stopped") == (["inbound_service_stopped"] if refused else [])


@pytest.mark.parametrize(
    ("name", "server", "username", "same"),
    [
        ("firma@t-online.de", "securepop.t-online.de", "Firma@T-Online.de", True),
        ("firma@t-online.de", "pop3.strato.de", "firma@t-online.de", False),
        ("info@beispiel.de", "pop3.strato.de", "info@beispiel.de", True),
        ("m\u00fcller@beispiel.de", "pop3.strato.de", "M\u00dcLLER@beispiel.de", True),
        ("info@beispiel.de", "pop3.strato.de", "info@beispiel.com", False),
        ("firma@t-online.de", "securepop.t-online.de", "firma", True),
        ("firma", "securepop.t-online.de", "firma@t-online.de", True),
        ("firma@magenta.de", "securepop.t-online.de", "firma@t-online.de", False),
        ("info", "pop3.strato.de", "info@beispiel.de", False),
    ],
)
def test_when_two_are_one_mailbox(name: str, server: str, username: str, same: bool) -> None:
    assert are_one(mailbox_of(name), provider_mailbox(server, username)) is same


def test_whose_mail_an_account_fetches() -> None:
    whole, named = DomainWay("beispiel.de", "pop3"), DomainWay("beispiel.de", "pop3", ("m1",))
    box = provider_mailbox("pop.x.de", "m1")
    assert is_for(whole, "m1", box) and is_for(named, "m1", box)
    assert not is_for(named, "m2", provider_mailbox("pop.x.de", "m2"))
    assert is_for(whole, "a@beispiel.de", provider_mailbox("pop.x.de", "a@beispiel.de"))
    assert not is_for(whole, "a@beispiel.com", provider_mailbox("pop.x.de", "a@beispiel.com"))
