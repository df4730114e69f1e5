"""The way out that is declared by name: what it settles, what contradicts it, and what it allows."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import Desired, parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.diff import ConnectorDecision, decide
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.ways import (
    DIRECTLY,
    calm_beside,
    sends_directly,
)
from tests.unit.plugin_utils.reason_keys import key_of, keys_of, refusal
from tests.unit.plugin_utils.run.examples import NOW, STRATO, WIZARD, commands, desired, parameters, parsed, printed

MOMENT = datetime(2026, 6, 15, 12, tzinfo=UTC)
LOGIN = {"username": "info@beispiel.de", "password": "wX4!Dachluke~lab-only~5518-Qr", "created": "2026-01-31"}
DIRECT: dict[str, Any] = {"name": WIZARD, "way": "direct"}
SMARTHOST: dict[str, Any] = {"name": WIZARD, "way": "smarthost", "smart_hosts": ["smtp.strato.de"]}
SETTLED = {each.option: each.value for each in DIRECTLY}


def parse(**arguments: Any) -> Desired:
    return parse_desired(arguments, MOMENT)


def test_direct_settles_the_whole_way() -> None:
    assert parse(**DIRECT).values == {
        "smart_hosts": frozenset(),
        "dns_routing_enabled": True,
        "smart_host_auth_mechanism": "None",
        "require_tls": False,
        "tls_auth_level": None,
        "tls_domain": None,
        "port": 25,
    }


def test_smarthost_settles_what_its_smart_hosts_do() -> None:
    plain = {name: value for name, value in SMARTHOST.items() if name != "way"}
    assert parse(**SMARTHOST).values == parse(**plain).values


AGREEING: dict[str, dict[str, Any]] = {
    "what it settles anyhow": {
        "dns_routing_enabled": True,
        "smart_hosts": [],
        "smart_host_auth_mechanism": "None",
        "require_tls": False,
        "port": 25,
        "tls_domain": "",
    },
    "its old spelling": {"confirm_no_smarthost": True},
    "no old spelling": {"confirm_no_smarthost": False},
    "what is nothing to it": {"fqdn": "mail.beispiel.de", "ignore_starttls": True, "max_message_size": "25MB"},
    "as Exchange writes it": {"way": "Direct"},
}


@pytest.mark.parametrize("more", AGREEING.values(), ids=AGREEING)
def test_what_agrees_with_direct_may_stand_beside_it(more: dict[str, Any]) -> None:
    assert SETTLED.items() <= parse(**DIRECT | more).values.items()


AGAINST: dict[str, tuple[dict[str, Any], list[str]]] = {
    "smart hosts": (DIRECT | {"smart_hosts": ["a.de", "b.de"]}, ["direct_with_smart_hosts"]),
    "no DNS": (DIRECT | {"dns_routing_enabled": False}, ["direct_without_dns"]),
    "a mechanism": (DIRECT | {"smart_host_auth_mechanism": "ExternalAuthoritative"}, ["direct_with_mechanism"]),
    "a login": (DIRECT | {"login": LOGIN}, ["direct_with_login"]),
    "TLS": (DIRECT | {"require_tls": True}, ["direct_with_tls"]),
    "a level": (
        DIRECT | {"require_tls": True, "tls_auth_level": "EncryptionOnly"},
        ["direct_with_tls", "direct_with_tls_check"],
    ),
    "a domain": (DIRECT | {"tls_domain": "mx.a.de"}, ["direct_with_tls_check"]),
    "a port": (DIRECT | {"port": 587}, ["direct_with_port"]),
    "no smart host": ({"name": WIZARD, "way": "smarthost"}, ["smarthost_without_hosts"]),
    "an empty list": ({"name": WIZARD, "way": "smarthost", "smart_hosts": []}, ["smart_hosts_empty"]),
    "DNS": (SMARTHOST | {"dns_routing_enabled": True}, ["smart_hosts_with_dns_routing", "smarthost_with_dns"]),
    "the old spelling": (SMARTHOST | {"confirm_no_smarthost": True}, ["smarthost_with_no_smarthost"]),
    "neither": ({"name": WIZARD, "way": "postfix"}, ["value_unfit"]),
}


@pytest.mark.parametrize(("arguments", "keys"), AGAINST.values(), ids=AGAINST)
def test_what_contradicts_a_way_is_refused_by_name(arguments: dict[str, Any], keys: list[str]) -> None:
    reasons = refusal(InputRefused, parse_desired, arguments, MOMENT)
    assert keys_of(reasons) == keys
    named = {name for name, value in arguments.items() if SMARTHOST.get(name) != value and name not in ("name", "way")}
    assert all(name in str(reasons) for name in named)
    assert LOGIN["password"] not in str(reasons)


def test_a_connector_that_is_off_or_gone_has_no_way() -> None:
    assert parse(**SMARTHOST | {"enabled": False, "confirm_no_smarthost": True}).values["enabled"] is False
    absent = parse(**DIRECT | {"state": "absent", "smart_hosts": ["a.de"], "port": 587})
    assert absent.values["port"] == 587


def _some(dice: Random) -> dict[str, Any]:
    """A declaration of some of the options that a way is about, with values that each of them takes."""
    every: dict[str, list[Any]] = {
        "way": ["direct", "smarthost", None],
        "smart_hosts": [["smtp.strato.de"], [], None],
        "dns_routing_enabled": [True, False, None],
        "smart_host_auth_mechanism": ["None", "BasicAuthRequireTLS", "ExternalAuthoritative", None],
        "login": [LOGIN, None, None],
        "require_tls": [True, False, None],
        "ignore_starttls": [True, None, None],
        "tls_auth_level": ["EncryptionOnly", "DomainValidation", None],
        "tls_domain": ["smtp.strato.de", "", None],
        "port": [25, 587, 465, None],
        "confirm_no_smarthost": [True, False, None],
        "enabled": [True, False, None, None],
        "state": ["present", "absent", None, None],
    }
    return {"name": WIZARD, **{name: dice.choice(values) for name, values in every.items()}}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_declared_a_way_is_kept_wholly_or_refused(seed: int) -> None:
    dice = Random(seed)
    for _ in range(200):
        arguments = _some(dice)
        try:
            found = parse_desired(arguments, MOMENT)
        except InputRefused as error:
            assert LOGIN["password"] not in str(error)
            continue
        if found.state == "absent":
            continue
        if found.way == "direct":
            assert SETTLED.items() <= found.values.items() and found.credential is None
        if found.way == "smarthost":
            assert found.values["smart_hosts"] and found.values["dns_routing_enabled"] is False


def test_a_way_that_is_not_declared_changes_nothing() -> None:
    dice = Random(2011)
    for _ in range(200):
        arguments = {**_some(dice), "way": None}
        without = {name: value for name, value in arguments.items() if name != "way"}
        told = [_told(each) for each in (arguments, without)]
        assert told[0] == told[1]


def _told(arguments: dict[str, Any]) -> object:
    try:
        return parse_desired(arguments, MOMENT)
    except InputRefused as error:
        return list(map(key_of, error.reasons))


# ---- what follows on a host


def decision(host: list[dict[str, Any]], options: dict[str, Any]) -> ConnectorDecision:
    return decide(parsed(*host), desired(options), NOW)


def test_from_the_smarthost_to_the_recipients() -> None:
    """Everything that was for the smart host goes in the one step, and the login that stays stored is told."""
    asks_much = STRATO | {"RequireTLS": True, "TlsAuthLevel": "DomainValidation", "TlsDomain": "smtp.strato.de"}
    found = decision([printed(**asks_much)], DIRECT)
    assert found.refusal is None
    assert commands(found.plan) == [("Set-SendConnector", WIZARD)]
    assert parameters(found.plan) == [
        {
            "SmartHosts": None,
            "Port": 25,
            "DNSRoutingEnabled": True,
            "SmartHostAuthMechanism": "None",
            "RequireTLS": False,
            "TlsAuthLevel": None,
            "TlsDomain": None,
        }
    ]
    assert any("stays stored" in each for each in found.notices)


def test_a_connector_that_sends_directly_is_as_declared() -> None:
    assert decision([printed()], DIRECT).plan is None


def test_a_new_one_is_told_what_is_set() -> None:
    found = decision([], DIRECT | {"name": "Neu", "address_spaces": ["*"]})
    assert found.refusal is None
    assert parameters(found.plan) == [
        {
            "Name": "Neu",
            "AddressSpaces": ["SMTP:*;1"],
            "Port": 25,
            "DNSRoutingEnabled": True,
            "SmartHostAuthMechanism": "None",
            "RequireTLS": False,
        }
    ]


def test_the_way_and_its_old_spelling_come_to_the_same() -> None:
    old = {"name": WIZARD, **{name: value for name, value in SETTLED.items() if value}, "confirm_no_smarthost": True}
    old |= {"require_tls": False, "tls_domain": ""}
    plans = [
        decision([printed(**STRATO)], each).plan for each in (old, DIRECT, DIRECT | {"confirm_no_smarthost": True})
    ]
    assert len({plan.digest for plan in plans if plan}) == 1 and None not in plans


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"name": WIZARD, "dns_routing_enabled": True, "smart_host_auth_mechanism": "None"}, "only_dns_left"),
        (DIRECT | {"enabled": False}, "no_connector_left"),
        (DIRECT | {"state": "absent"}, "no_connector_left"),
    ],
)
def test_what_no_way_allows(options: dict[str, Any], key: str) -> None:
    found = decision([printed(**STRATO)], options).refusal
    assert isinstance(found, HostRefused)
    assert keys_of(found.reasons) == [key]


def test_the_way_says_so_of_the_connector_that_a_removal_leaves_too() -> None:
    host = [printed(**STRATO), printed("Alt", AddressSpaces=["SMTP:*;5"])]
    assert keys_of(decision(host, {"name": WIZARD, "state": "absent"}).refusal.reasons) == ["only_dns_left"]  # type: ignore[union-attr]
    assert decision(host, DIRECT | {"state": "absent"}).refusal is None


def test_the_refusal_names_the_way_first() -> None:
    found = decision(
        [printed(**STRATO)], {"name": WIZARD, "dns_routing_enabled": True, "smart_host_auth_mechanism": "None"}
    )
    assert isinstance(found.refusal, MailflowError)
    (reason,) = found.refusal.reasons
    assert 0 < reason.remedy.index("way: direct") < reason.remedy.index("confirm_no_smarthost")


# ---- beside other nouns

CALM = {"calm_for_provider": "strato", "smtp_max_messages_per_connection": 5, "message_retry_interval": "00:30:00"}


@pytest.mark.parametrize(
    ("connector", "transport", "options"),
    [
        (DIRECT, CALM, ["calm_for_provider", "smtp_max_messages_per_connection"]),
        (DIRECT, {"calm_for_per_hour": 60}, ["calm_for_per_hour"]),
        (DIRECT | {"address_spaces": ["*", "a.de"]}, {"calm_for_per_hour": 60}, ["calm_for_per_hour"]),
        (DIRECT, {"message_retry_interval": "00:30:00"}, []),
        (DIRECT | {"address_spaces": ["partner.de"]}, CALM, []),
        (DIRECT | {"address_spaces": [5]}, CALM, []),
        (DIRECT | {"state": "absent"}, CALM, []),
        (DIRECT, CALM | {"connector": "Anderer"}, []),
        (DIRECT, CALM | {"connector": WIZARD}, ["calm_for_provider", "smtp_max_messages_per_connection"]),
        (SMARTHOST, CALM, []),
        ({}, CALM, []),
    ],
)
def test_calm_values_are_for_a_smart_host(
    connector: dict[str, Any], transport: dict[str, Any], options: list[str]
) -> None:
    reasons = calm_beside(connector.get, transport, "transport server")
    assert keys_of(reasons) == ["calm_beside_direct"] * len(options)
    assert all(option in reason.found for option, reason in zip(options, reasons, strict=True))


@pytest.mark.parametrize(
    ("way", "is_so"), [("direct", True), (" DIRECT", True), ("smarthost", False), (None, False), ([], False)]
)
def test_who_sends_directly(way: Any, is_so: bool) -> None:
    assert sends_directly({"way": way}.get) is is_so
    assert not sends_directly({"way": way, "state": "absent"}.get)
