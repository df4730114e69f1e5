"""Which settings exclude each other: settings in, reasons out; held against what the simulated Exchange refuses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import NOTICES
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Unreadable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.rules import RULES, conflicts, warnings
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS
from lab.exchange.errors import CmdletError
from lab.exchange.organisation import Organisation
from lab.exchange.values import Credential
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.reason_keys import keys_of

steady = settings(deadline=None, derandomize=True)

STRATO, OTHER = frozenset({"smtp.strato.de"}), frozenset({"mail.beispiel.de"})
NONE: frozenset[str] = frozenset()
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
BASIC, BASIC_TLS = {"smart_host_auth_mechanism": "BasicAuth"}, {"smart_host_auth_mechanism": "BasicAuthRequireTLS"}
TLS, NO_STARTTLS = {"require_tls": True}, {"ignore_starttls": True}
VALIDATION = {"tls_auth_level": "DomainValidation"}

# settings, with a login, the reasons
ROWS: list[tuple[dict[str, Any], bool, list[str]]] = [
    ({}, False, []),
    ({}, True, []),
    # Port 465
    ({"port": 465}, False, ["port_465"]),
    ({"port": 465, "smart_hosts": OTHER}, False, ["port_465"]),
    ({"port": 465, "smart_hosts": STRATO}, False, ["port_465_of_provider"]),
    ({"port": 465, "smart_hosts": STRATO | OTHER}, False, ["port_465_of_provider"]),
    ({"port": 465, "smart_hosts": frozenset({"smtp.seznam.cz"})}, False, ["port_465"]),
    ({"port": 587, "smart_hosts": STRATO}, False, []),
    ({"port": 466}, False, []),
    ({"port": 25}, False, []),
    # Smart hosts or DNS
    ({"smart_hosts": STRATO, "dns_routing_enabled": True}, False, ["smart_hosts_with_dns_routing"]),
    ({"smart_hosts": STRATO, "dns_routing_enabled": False}, False, []),
    ({"smart_hosts": STRATO}, False, []),
    ({"dns_routing_enabled": True}, False, []),
    ({"smart_hosts": NONE, "dns_routing_enabled": False}, False, ["neither_smart_hosts_nor_dns"]),
    ({"smart_hosts": NONE, "dns_routing_enabled": True}, False, []),
    ({"smart_hosts": NONE}, False, []),
    ({"dns_routing_enabled": False}, False, []),
    # A login where one is needed
    (BASIC_TLS, False, ["basic_without_login"]),
    (BASIC | TLS, False, ["basic_without_login"]),
    (BASIC_TLS, True, []),
    (BASIC | TLS, True, []),
    ({"smart_host_auth_mechanism": "None"}, False, []),
    ({"smart_host_auth_mechanism": "ExternalAuthoritative"}, False, []),
    ({"smart_host_auth_mechanism": "ExchangeServer"}, True, []),
    # No password in the clear, unless it never leaves the machine
    (BASIC, True, ["basic_in_clear"]),
    (BASIC | {"require_tls": False}, True, ["basic_in_clear"]),
    (BASIC | {"smart_hosts": STRATO}, True, ["basic_in_clear"]),
    (BASIC | {"smart_hosts": NONE}, True, ["basic_in_clear"]),
    (BASIC | {"smart_hosts": LOCAL | STRATO}, True, ["basic_in_clear"]),
    (BASIC | {"smart_hosts": frozenset({"localhost.beispiel.de"})}, True, ["basic_in_clear"]),
    (BASIC | {"smart_hosts": frozenset({"10.0.0.1"})}, True, ["basic_in_clear"]),
    (BASIC | {"smart_hosts": LOCAL}, True, []),
    (BASIC | {"smart_hosts": frozenset({"127.8.9.10"})}, True, []),
    (BASIC | {"smart_hosts": STRATO} | TLS, True, []),
    (BASIC, False, ["basic_in_clear", "basic_without_login"]),
    # TLS needs STARTTLS
    (TLS | NO_STARTTLS, False, ["tls_without_starttls"]),
    (BASIC_TLS | NO_STARTTLS, True, ["tls_without_starttls"]),
    (BASIC_TLS | TLS | NO_STARTTLS, True, ["tls_without_starttls"]),
    (TLS | {"ignore_starttls": False}, False, []),
    ({"require_tls": False} | NO_STARTTLS, False, []),
    (NO_STARTTLS, False, []),
    (TLS, False, []),
    # STARTTLS and AUTH need EHLO
    ({"force_helo": True} | TLS, False, ["helo_without_extensions"]),
    ({"force_helo": True} | BASIC_TLS, True, ["helo_without_extensions"]),
    ({"force_helo": True} | BASIC | {"smart_hosts": LOCAL}, True, ["helo_without_extensions"]),
    ({"force_helo": True}, False, []),
    ({"force_helo": True, "require_tls": False}, False, []),
    ({"force_helo": False} | TLS | BASIC_TLS, True, []),
    # A look at the certificate needs TLS
    ({"tls_auth_level": "EncryptionOnly"} | NO_STARTTLS, False, ["tls_auth_level_without_tls"]),
    ({"tls_auth_level": "CertificateValidation", "require_tls": False}, False, ["tls_auth_level_without_tls"]),
    (VALIDATION | {"require_tls": False}, False, ["tls_auth_level_without_tls"]),
    ({"tls_auth_level": "EncryptionOnly"} | TLS, False, []),
    ({"tls_auth_level": "EncryptionOnly"}, False, []),
    ({"tls_auth_level": None, "require_tls": False} | NO_STARTTLS, False, []),
    # The name in the certificate
    (VALIDATION | TLS | {"smart_hosts": STRATO}, False, ["domain_validation_without_domain"]),
    (VALIDATION | TLS | {"smart_hosts": STRATO, "tls_domain": None}, False, ["domain_validation_without_domain"]),
    (VALIDATION | TLS | {"smart_hosts": STRATO, "tls_domain": "smtp.strato.de"}, False, []),
    (VALIDATION | TLS | {"smart_hosts": NONE}, False, []),
    (VALIDATION | TLS, False, []),
    ({"tls_domain": "strato.de", "tls_auth_level": "EncryptionOnly"} | TLS, False, ["tls_domain_unused"]),
    ({"tls_domain": "strato.de", "tls_auth_level": None}, False, ["tls_domain_unused"]),
    ({"tls_domain": "strato.de"}, False, []),
    ({"tls_domain": None, "tls_auth_level": "EncryptionOnly"} | TLS, False, []),
    # Everything at once
    (
        {"port": 465, "smart_hosts": STRATO, "dns_routing_enabled": True, "force_helo": True, "tls_domain": "a.de"}
        | {"tls_auth_level": "EncryptionOnly"}
        | BASIC
        | TLS
        | NO_STARTTLS,
        False,
        [
            "basic_without_login",
            "helo_without_extensions",
            "port_465_of_provider",
            "smart_hosts_with_dns_routing",
            "tls_auth_level_without_tls",
            "tls_domain_unused",
            "tls_without_starttls",
        ],
    ),
]


def keys(values: dict[str, Any], has_login: bool) -> list[str]:
    return keys_of(conflicts(values, has_login, "here"))


@pytest.mark.parametrize(("values", "has_login", "broken"), ROWS)
def test_settings_and_the_rules_that_they_break(values: dict[str, Any], has_login: bool, broken: list[str]) -> None:
    assert keys(values, has_login) == broken


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_is_broken_by_a_row_and_kept_by_another(rule: Any) -> None:
    assert {rule({**values, "login": has_login}, "here") is None for values, has_login, _ in ROWS} == {True, False}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"port": 465, "smart_hosts": STRATO | OTHER}, "Use port 587: smtp.strato.de offers STARTTLS there."),
        (BASIC_TLS, "found smart_host_auth_mechanism: BasicAuthRequireTLS without a login"),
        ({"tls_auth_level": "EncryptionOnly", "require_tls": False}, "found tls_auth_level: EncryptionOnly"),
        ({"tls_domain": "a.de", "tls_auth_level": None}, "found tls_domain: a.de"),
    ],
)
def test_a_reason_names_what_was_found(values: dict[str, Any], words: str) -> None:
    (reason,) = conflicts(values, False, "send connector 'Neu'")
    assert words in str(reason)
    assert reason.where == "send connector 'Neu'"


# Every value that a rule asks for, and values that none expects.
VALUES: dict[str, list[Any]] = {
    "port": [25, 465],
    "smart_hosts": [NONE, STRATO, LOCAL],
    "dns_routing_enabled": [True, False],
    "smart_host_auth_mechanism": ["None", "BasicAuth", "BasicAuthRequireTLS"],
    "require_tls": [True, False],
    "ignore_starttls": [True, False],
    "force_helo": [True, False],
    "tls_auth_level": [None, "EncryptionOnly", "DomainValidation"],
    "tls_domain": [None, "smtp.strato.de"],
}
SOME = st.fixed_dictionaries({}, optional={option: st.sampled_from(each) for option, each in VALUES.items()})


@steady
@given(values=SOME, unreadable=st.sets(st.sampled_from(sorted(VALUES))), has_login=st.booleans())
def test_what_cannot_be_read_counts_as_not_known(values: dict[str, Any], unreadable: set[str], has_login: bool) -> None:
    known = {option: value for option, value in values.items() if option not in unreadable}
    raw = {option: Unreadable("(?)") for option in unreadable}
    assert conflicts(known | raw, has_login, "here") == conflicts(known, has_login, "here")


@steady
@given(values=SOME)
def test_a_login_never_breaks_a_rule(values: dict[str, Any]) -> None:
    assert set(keys(values, True)) <= set(keys(values, False))


# Rules that Exchange has itself, and those that are ours because Exchange would take what cannot work.
EXCHANGES_OWN = {
    "smart_hosts_with_dns_routing",
    "neither_smart_hosts_nor_dns",
    "basic_without_login",
    "tls_without_starttls",
    "tls_auth_level_without_tls",
    "domain_validation_without_domain",
    "tls_domain_unused",
}
OURS = {"port_465", "port_465_of_provider", "basic_in_clear", "helo_without_extensions"}

LOGIN = Credential("info@beispiel.de", "Wm3~Regenrinne;lab-only;7720-hT")


@pytest.fixture
def exchange() -> Organisation:
    """The organisation of an untouched SBS."""
    organisation = SimulatedMachine.from_state("sbs2011").organisation
    assert organisation is not None
    return organisation


def said_by(exchange: Organisation, values: dict[str, Any], has_login: bool) -> str | None:
    """What Exchange says against a new connector with these settings, or None where it takes it."""
    given = {SETTINGS[option].prop: SETTINGS[option].kind.parameter(value) for option, value in values.items()}
    login = {"AuthenticationCredential": LOGIN} if has_login else {}
    try:
        exchange.invoke("New-SendConnector", {"Name": "Neu", "AddressSpaces": "*", "WhatIf": True} | given | login)
    except CmdletError as error:
        return error.message
    return None


def test_each_rule_is_exchanges_own_or_ours() -> None:
    assert {key for _, _, broken in ROWS for key in broken} == EXCHANGES_OWN | OURS


SMART_HOST = {"smart_hosts": STRATO, "dns_routing_enabled": False}


@pytest.mark.parametrize(
    ("values", "has_login", "key", "words"),
    [
        (
            SMART_HOST | {"dns_routing_enabled": True},
            False,
            "smart_hosts_with_dns_routing",
            "set to $false on the same",
        ),
        (SMART_HOST | {"smart_hosts": NONE}, False, "neither_smart_hosts_nor_dns", "set on the SmartHosts parameter"),
        (SMART_HOST | BASIC_TLS, False, "basic_without_login", "AuthenticationCredential parameter must be specified"),
        (
            SMART_HOST | BASIC | TLS,
            False,
            "basic_without_login",
            "AuthenticationCredential parameter must be specified",
        ),
        (TLS | NO_STARTTLS, False, "tls_without_starttls", "IgnoreSTARTTLS parameter must be set to $false"),
        (
            {"tls_auth_level": "EncryptionOnly", "require_tls": False},
            False,
            "tls_auth_level_without_tls",
            "if the RequireTLS parameter is set to $false",
        ),
        (
            {"tls_auth_level": "EncryptionOnly", "require_tls": False} | NO_STARTTLS,
            False,
            "tls_auth_level_without_tls",
            "if the IgnoreSTARTTLS parameter is set to $true",
        ),
        (SMART_HOST | TLS | VALIDATION, False, "domain_validation_without_domain", "TlsDomain parameter is required"),
        ({"tls_domain": "a.de", "tls_auth_level": None}, False, "tls_domain_unused", "only if the TlsAuthLevel"),
    ],
)
def test_exchange_refuses_it_too(
    exchange: Organisation, values: dict[str, Any], has_login: bool, key: str, words: str
) -> None:
    assert keys(values, has_login) == [key]
    assert words in str(said_by(exchange, values, has_login))


@pytest.mark.parametrize(
    ("values", "key"),
    [
        (SMART_HOST | {"port": 465}, "port_465_of_provider"),
        (SMART_HOST | {"port": 465, "smart_hosts": OTHER}, "port_465"),
        (SMART_HOST | BASIC, "basic_in_clear"),
        (SMART_HOST | {"force_helo": True} | TLS, "helo_without_extensions"),
        (SMART_HOST | BASIC_TLS | NO_STARTTLS, "tls_without_starttls"),
    ],
)
def test_exchange_would_take_what_only_we_refuse(exchange: Organisation, values: dict[str, Any], key: str) -> None:
    assert keys(values, True) == [key]
    assert said_by(exchange, values, True) is None


def every_connector() -> Iterator[tuple[dict[str, Any], bool]]:
    """All combinations of settings that a rule of Exchange asks for, with and without a login."""
    options = [option for option in VALUES if option not in ("port", "force_helo")]
    domains = [VALUES[option] if option != "smart_hosts" else [NONE, STRATO] for option in options]
    for combination in itertools.product(*domains):
        for has_login in (True, False):
            yield dict(zip(options, combination, strict=True)), has_login


def test_nothing_that_exchange_refuses_gets_past_us(exchange: Organisation) -> None:
    refused = [case for case in every_connector() if said_by(exchange, *case)]
    assert len(refused) > 100
    assert [case for case in refused if not set(keys(*case)) & EXCHANGES_OWN] == []


def test_what_we_say_exchange_refuses_it_does_refuse(exchange: Organisation) -> None:
    taken = [case for case in every_connector() if not said_by(exchange, *case)]
    assert len(taken) > 20
    for values, has_login in taken:
        ignored_login = values["smart_host_auth_mechanism"] == "BasicAuthRequireTLS" and values["ignore_starttls"]
        ours = {"tls_without_starttls"} if ignored_login else set()
        assert set(keys(values, has_login)) <= OURS | ours


@pytest.mark.parametrize(
    ("values", "notices"),
    [
        ({}, []),
        (BASIC_TLS | {"smart_hosts": STRATO}, []),
        (BASIC_TLS | {"smart_hosts": frozenset({"10.0.0.1"})}, ["certificate_needs_name"]),
        (BASIC_TLS | {"smart_hosts": STRATO | {"2001:db8::1"}}, ["certificate_needs_name"]),
        (BASIC_TLS, []),
        (BASIC | {"smart_hosts": frozenset({"10.0.0.1"})}, []),
        ({"fqdn": "mail.beispiel.de"}, ["fqdn_unused_on_sbs"]),
        ({"fqdn": None}, []),
        ({"domain_secure_enabled": True, "smart_hosts": STRATO}, ["domain_secure_without_effect"]),
        ({"domain_secure_enabled": True, "ignore_starttls": True}, ["domain_secure_without_effect"]),
        ({"domain_secure_enabled": True}, []),
        ({"domain_secure_enabled": True, "smart_hosts": NONE, "ignore_starttls": False}, []),
        ({"domain_secure_enabled": False, "smart_hosts": STRATO}, []),
        (
            {"fqdn": "a.de", "domain_secure_enabled": True, "smart_hosts": LOCAL} | BASIC_TLS,
            ["certificate_needs_name", "fqdn_unused_on_sbs", "domain_secure_without_effect"],
        ),
    ],
)
def test_settings_that_may_have_no_effect(values: dict[str, Any], notices: list[str]) -> None:
    assert warnings(values) == notices
    assert set(notices) <= set(NOTICES)
