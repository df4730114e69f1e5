"""The declaration for a smarthost account: what is made of a task's arguments, and every reason why they are
refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.desired import (
    OPTIONS,
    Desired,
    credential_of,
    parse_desired,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.window import SwitchWindow
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "Zq7-desired-only-Kupferdach-9134"
BOX: dict[str, Any] = {"address": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-31"}
PLAIN: dict[str, Any] = {"provider": "strato", "mailboxes": [BOX]}


def desired(**more: Any) -> Desired:
    return parse_desired(PLAIN | more, NOW)


def refused(**more: Any) -> list[str]:
    return keys_of(refusal(InputRefused, parse_desired, PLAIN | more, NOW))


def test_what_holds_where_nothing_is_declared() -> None:
    found = desired()
    assert found.connector.name == "Smarthost Strato"
    assert found.connector.adopt is True
    assert found.connector.values == {
        "address_spaces": frozenset({"SMTP:*;1"}),
        "smart_hosts": frozenset({"smtp.strato.de"}),
        "port": 587,
        "smart_host_auth_mechanism": "BasicAuthRequireTLS",
        "require_tls": True,
        "protocol_logging_level": "Verbose",
        "dns_routing_enabled": False,
    }
    assert found.window == SwitchWindow()
    assert (found.sender, found.ledger, found.calendar_file) == (None, None, None)
    assert found.expected_every_hours is None
    assert (found.accept_unproven, found.require_observed_age) == (False, False)
    assert (found.update_password, found.wait_for_session) == ("auto", 600)


def test_the_connectors_wish_has_no_login_before_it_is_chosen() -> None:
    assert desired().connector.credential is None


def test_what_is_declared_holds() -> None:
    found = desired(
        connector={"name": "Weg", "adopt": False, "max_message_size": "20MB"},
        sender="buero@beispiel.de",
        accept_unproven=True,
        update_password="always",
        switch_window={"days": ["friday"]},
        wait_for_session=0,
        require_observed_age="yes",
        ledger="~/l.sqlite",
        calendar_file="/tmp/x.ics",
        expected_every_hours="26",
    )
    assert (found.connector.name, found.connector.adopt) == ("Weg", False)
    assert found.window.days == {4}
    assert (found.sender, found.accept_unproven, found.update_password) == ("buero@beispiel.de", True, "always")
    assert (found.wait_for_session, found.require_observed_age) == (0, True)
    assert (found.ledger, found.calendar_file) == ("~/l.sqlite", "/tmp/x.ics")
    assert found.expected_every_hours == 26


SERVERS: list[tuple[Any, dict[str, Any], tuple[str, int]]] = [
    ("strato", {}, ("smtp.strato.de", 587)),
    ("strato", {"port": 25}, ("smtp.strato.de", 25)),
    ("strato", {"smart_hosts": ["b.example", "a.example"]}, ("a.example", 587)),
    ({"name": "X", "smtp_host": "mail.x.example", "starttls_port": 2525}, {}, ("mail.x.example", 2525)),
    ("domainfactory", {"smart_hosts": ["relay.x.example"]}, ("relay.x.example", 25)),
    ("all-inkl", {"smart_hosts": ["w0123.kasserver.com"]}, ("w0123.kasserver.com", 587)),
    ("websupport", {}, ("smtp.websupport.sk", 25)),
]


@pytest.mark.parametrize(("provider", "connector", "server"), SERVERS)
def test_a_login_is_proven_where_the_connector_hands_its_mail(
    provider: Any, connector: dict[str, Any], server: tuple[str, int]
) -> None:
    assert desired(provider=provider, connector=connector).server == server


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"provider": None}, ["provider_unknown"]),
    ({"provider": "dorfnetz"}, ["provider_unknown"]),
    ({"provider": "dorfnetz", "mailboxes": []}, ["mailboxes_missing", "provider_unknown"]),
    (
        {"provider": "dorfnetz", "mailboxes": [BOX | {"created": None}], "connector": 7},
        ["connector_no_mapping", "created_missing", "provider_unknown"],
    ),
    ({"provider": "dorfnetz", "connector": {"port": 2525}}, ["provider_unknown"]),
    ({"provider": "domainfactory"}, ["smart_host_unknown"]),
    ({"provider": "all-inkl"}, ["smart_host_unknown"]),
    ({"provider": "webgo", "connector": {"port": 587}}, ["smart_host_unknown"]),
    ({"connector": {"smart_hosts": []}}, ["smart_host_unknown"]),
    ({"mailboxes": None}, ["mailboxes_missing"]),
    ({"mailboxes": [BOX, BOX]}, ["mailbox_twice"]),
    ({"mailboxes": [BOX | {"minimum_age_days": 7}]}, ["minimum_age_below_floor"]),
    ({"connector": "Weg"}, ["connector_no_mapping"]),
    ({"connector": []}, ["connector_no_mapping"]),
    ({"connector": ""}, ["connector_no_mapping"]),
    ({"connector": {"login": {"username": "x"}}}, ["connector_option_refused"]),
    ({"connector": {"login": {}, "state": "absent", "update_password": "always"}}, ["connector_option_refused"] * 3),
    ({"connector": {"port": 465}}, ["port_465_of_provider"]),
    ({"connector": {"prot": 25}}, ["option_unknown"]),
    ({"connector": {"smart_host_auth_mechanism": "None"}}, ["login_without_basic"]),
    ({"connector": {"dns_routing_enabled": True}}, ["smart_hosts_with_dns_routing"]),
    ({"switch_window": "nie"}, ["window_no_mapping"]),
    ({"login": {"username": "x"}}, ["option_unknown"]),
    ({"minimum_age_days": 0}, ["option_unknown"]),
    ({"now": "2030-01-01"}, ["option_unknown"]),
    ({"in_use_before": "info@beispiel.de"}, ["option_unknown"]),
    ({"wait_for_session": -1}, ["value_unfit"]),
    ({"wait_for_session": 3601}, ["value_unfit"]),
    ({"update_password": "on_create"}, ["value_unfit"]),
    ({"accept_unproven": "vielleicht"}, ["value_unfit"]),
    (
        {"mailboxes": [], "connector": 7, "switch_window": 7, "sendr": "x"},
        ["connector_no_mapping", "mailboxes_missing", "option_unknown", "window_no_mapping"],
    ),
]


@pytest.mark.parametrize(("more", "reasons"), REFUSED)
def test_what_is_no_wish(more: dict[str, Any], reasons: list[str]) -> None:
    assert refused(**more) == reasons


@pytest.mark.parametrize("option", ["minimum_age_days", "created", "now", "force", "in_use", "in_use_before"])
def test_no_option_of_the_connector_lets_a_young_mailbox_through(option: str) -> None:
    assert refused(connector={option: 0}) == ["option_unknown"]


def test_what_was_wrong_before_comes_along() -> None:
    found = [reason_of("become_refused", "here")]
    reasons = refusal(InputRefused, parse_desired, PLAIN | {"mailboxes": []}, NOW, found)
    assert keys_of(reasons) == ["become_refused", "mailboxes_missing"]


def test_a_mailbox_that_is_old_enough_by_its_minute_needs_no_older_one_to_be_checked() -> None:
    made = desired(mailboxes=[BOX | {"created": "2026-03-02"}])
    assert made.candidates[0].mailbox.created > NOW
    assert made.connector.name == "Smarthost Strato"


def test_the_login_of_a_candidate_is_that_of_its_mailbox() -> None:
    (candidate,) = desired(mailboxes=[BOX | {"username": "m0815"}]).candidates
    login = credential_of(candidate)
    assert (login.username, login.password, login.mailbox) == ("m0815", PASSWORD, candidate.mailbox)


def test_a_password_is_in_no_repr_of_a_wish() -> None:
    assert PASSWORD not in repr(desired())


def test_every_option_has_a_description() -> None:
    assert [each.name for each in OPTIONS if not each.description.endswith(".")] == []
