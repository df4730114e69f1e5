"""The declaration for a send connector: a task's arguments in, a checked declaration or all reasons at once out."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import UNDECLARED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import (
    CONTROLS,
    OPTIONS,
    Desired,
    parse_desired,
    parse_login,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import LOGIN as LOGIN_KIND
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SECRET = "vQ9#Dachrinne'\"{lab}\\only;4471~zK"
LOGIN: dict[str, Any] = {"username": "info@beispiel.de", "password": SECRET, "created": "2026-01-31"}
NAMED: dict[str, Any] = {"name": "Smarthost"}
BASIC: dict[str, Any] = {"smart_host_auth_mechanism": "BasicAuthRequireTLS"}
FULL: dict[str, Any] = {
    "name": "Smarthost",
    "address_spaces": ["*"],
    "smart_hosts": ["smtp.strato.de"],
    "port": 587,
    "smart_host_auth_mechanism": "BasicAuthRequireTLS",
    "login": LOGIN,
}


def parse(**arguments: Any) -> Desired:
    return parse_desired(arguments, NOW)


def refused(**arguments: Any) -> list[str]:
    return keys_of(refusal(InputRefused, parse_desired, arguments, NOW))


def test_a_whole_wish() -> None:
    desired = parse(**FULL)
    assert desired.name == "Smarthost"
    assert desired.values == {
        "address_spaces": frozenset({"SMTP:*;1"}),
        "smart_hosts": frozenset({"smtp.strato.de"}),
        "port": 587,
        "smart_host_auth_mechanism": "BasicAuthRequireTLS",
        "dns_routing_enabled": False,
    }
    assert desired.credential is not None
    assert (desired.credential.username, desired.credential.password) == ("info@beispiel.de", SECRET)
    assert desired.credential.mailbox.created == datetime(2026, 1, 31, 23, tzinfo=UTC)


def test_a_name_is_enough() -> None:
    assert parse(**NAMED) == Desired(name="Smarthost")


def test_the_defaults_of_the_controls_are_those_of_the_wish() -> None:
    plain = Desired(name=None)
    defaults = {each.name: None if each.default is UNDECLARED else each.default for each in CONTROLS}
    assert defaults == {each.name: getattr(plain, each.name) for each in CONTROLS}


def test_no_option_is_both_a_control_and_a_setting() -> None:
    every = [each.name for each in OPTIONS]
    assert len(every) == len(set(every))
    assert set(every) == {each.name for each in (*SETTINGS, *CONTROLS)}


@pytest.mark.parametrize("option", sorted({each.name for each in OPTIONS} - {"name"}))
def test_none_counts_as_not_declared(option: str) -> None:
    assert parse(**NAMED | {option: None}) == parse(**NAMED)


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        ({"state": "Absent"}, "state", "absent"),
        ({"update_password": "ALWAYS"}, "update_password", "always"),
        ({"exclusive": "yes"}, "exclusive", True),
        ({"confirm_no_smarthost": True}, "confirm_no_smarthost", True),
        ({"adopt": True, "address_spaces": "*"}, "adopt", True),
        ({"name": 2011}, "name", "2011"),
    ],
)
def test_options_that_steer_the_run(arguments: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(parse(**NAMED | arguments), field) == value


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ({"smart_hosts": ["a.de"]}, {"smart_hosts": frozenset({"a.de"}), "dns_routing_enabled": False}),
        ({"dns_routing_enabled": True}, {"smart_hosts": frozenset(), "dns_routing_enabled": True}),
        (
            {"dns_routing_enabled": True, "smart_hosts": []},
            {"smart_hosts": frozenset(), "dns_routing_enabled": True},
        ),
        (
            {"dns_routing_enabled": False, "smart_hosts": ["a.de"]},
            {"smart_hosts": frozenset({"a.de"}), "dns_routing_enabled": False},
        ),
        ({"dns_routing_enabled": False}, {"dns_routing_enabled": False}),
        ({"comment": ""}, {"comment": None}),
        ({"address_spaces": ["*", "SMTP:b.de;2"]}, {"address_spaces": frozenset({"SMTP:*;1", "SMTP:b.de;2"})}),
        ({"enabled": False}, {"enabled": False}),
        ({"max_message_size": "25 MB"}, {"max_message_size": 25 * 1024**2}),
        ({"usage": "internet"}, {"usage": "Internet"}),
    ],
)
def test_what_is_declared_and_what_follows_from_it(arguments: dict[str, Any], values: dict[str, Any]) -> None:
    assert parse(**NAMED | arguments).values == values


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({}, ["name_missing"]),
        ({"name": ""}, ["name_missing"]),
        ({"name": None}, ["name_missing"]),
        ({"adopt": True}, ["adopt_without_address_space"]),
        ({"adopt": True, "name": "Neu"}, ["adopt_without_address_space"]),
        ({"adopt": True, "address_spaces": []}, ["adopt_without_address_space", "list_empty"]),
        (NAMED | {"smarthost": "a.de"}, ["option_unknown"]),
        (NAMED | {"smarthost": None, "Port": 25}, ["option_unknown", "option_unknown"]),
        (NAMED | {"password": SECRET}, ["option_unknown"]),
        (NAMED | {"address_spaces": []}, ["list_empty"]),
        (NAMED | {"source_transport_servers": []}, ["list_empty"]),
        (NAMED | {"address_spaces": ["*;2", "SMTP:*;5"]}, ["value_unfit"]),
        (NAMED | {"address_spaces": ["*;1", "*;1"]}, ["value_unfit"]),
        (NAMED | {"address_spaces": "*, SMTP:*"}, ["value_unfit"]),
        (NAMED | {"address_spaces": ["X400:c=de", "x400:C=DE"]}, ["value_unfit"]),
        (NAMED | {"address_spaces": ["beispiel.de", "SMTP:Beispiel.de;2", "b.de"]}, ["value_unfit"]),
        (NAMED | {"smart_hosts": []}, ["smart_hosts_empty"]),
        (
            NAMED | {"smart_hosts": [], "dns_routing_enabled": False},
            ["neither_smart_hosts_nor_dns", "smart_hosts_empty"],
        ),
        (NAMED | {"smart_hosts": ["a.de"], "dns_routing_enabled": True}, ["smart_hosts_with_dns_routing"]),
        (NAMED | {"port": 465}, ["port_465"]),
        (NAMED | {"port": 465, "smart_hosts": "SMTP.Strato.de"}, ["port_465_of_provider"]),
        (NAMED | BASIC, ["basic_without_login"]),
        (NAMED | {"login": LOGIN}, ["login_without_basic"]),
        (NAMED | {"login": LOGIN, "smart_host_auth_mechanism": "None"}, ["login_without_basic"]),
        (NAMED | {"login": LOGIN, "smart_host_auth_mechanism": "BasicAuth"}, ["basic_in_clear"]),
        # Removing
        ({"state": "absent"}, ["name_missing"]),
        ({"state": "absent", "adopt": True, "address_spaces": "*"}, ["absent_needs_name"]),
        (NAMED | {"state": "absent", "adopt": True, "address_spaces": "*"}, ["absent_needs_name"]),
    ],
)
def test_a_wish_that_cannot_be(arguments: dict[str, Any], keys: list[str]) -> None:
    assert refused(**arguments) == keys


@pytest.mark.parametrize(
    "arguments", [{}, {"port": 465}, BASIC, {"smart_hosts": ["a.de"], "dns_routing_enabled": True}]
)
def test_what_is_to_be_absent_may_be_described_as_it_is(arguments: dict[str, Any]) -> None:
    assert parse(**NAMED | {"state": "absent"} | arguments).state == "absent"


def test_what_is_to_be_absent_in_any_case_needs_no_password() -> None:
    login = login_with(password=None)
    assert parse(**NAMED | BASIC | {"state": "ABSENT", "login": login}).state == "absent"


# Each option with something that it is not
MISFITS: dict[str, Any] = {
    "name": {"a": 1},
    "state": "gone",
    "adopt": "perhaps",
    "way": "postfix",
    "update_password": "never",
    "exclusive": 1,
    "confirm_no_smarthost": [],
    "known_routes": [1],
    "enabled": "ja",
    "address_spaces": ["*;101"],
    "smart_hosts": {"smtp.strato.de": 587},
    "port": True,
    "dns_routing_enabled": "none",
    "smart_host_auth_mechanism": "Basic",
    "require_tls": "",
    "ignore_starttls": 0.0,
    "tls_auth_level": ["EncryptionOnly"],
    "tls_domain": "müller.de",
    "source_transport_servers": 5,
    "max_message_size": "10 MiB",
    "connection_inactivity_timeout": "10 minutes",
    "smtp_max_messages_per_connection": -1,
    "fqdn": 10.5,
    "protocol_logging_level": True,
    "comment": "nul\x00",
    "error_policies": "UpgradeCustomFailures",
    "domain_secure_enabled": {},
    "use_external_dns_servers_enabled": "2",
    "is_scoped_connector": "wahr",
    "source_ip_address": "10.0.0",
    "force_helo": "EHLO",
    "usage": "Extern",
}


def unfit_in(**arguments: Any) -> list[str]:
    """The options that are refused for their value."""
    reasons = refusal(InputRefused, parse_desired, arguments, NOW)
    return [reason.found.partition(":")[0] for reason in reasons if reason.remedy == "Correct the value."]


def test_a_misfit_is_tried_for_every_option() -> None:
    assert set(MISFITS) == {each.name for each in OPTIONS if not each.secret}


@pytest.mark.parametrize("option", MISFITS)
def test_a_value_that_does_not_fit_is_named_with_what_was_expected(option: str) -> None:
    (reason, *more) = refusal(InputRefused, parse_desired, NAMED | {option: MISFITS[option]}, NOW)
    assert reason.found == f"{option}: {MISFITS[option]!r}"
    assert reason.expected
    assert keys_of(more) == (["name_missing"] if option == "name" else [])


@pytest.mark.parametrize(
    "arguments",
    [
        {"login": LOGIN, "smart_host_auth_mechanism": "Basic"},
        {"adopt": True, "address_spaces": ["*;0"]},
        {"tls_auth_level": "DomainValidaton", "tls_domain": "smtp.strato.de"},
        {"smart_hosts": ["smtp.strato.de"], "dns_routing_enabled": "off?"},
        {"smart_hosts": ["smtp strato.de"], "dns_routing_enabled": False},
        FULL | {"port": "465 or 587"},
    ],
)
def test_what_does_not_fit_is_not_called_missing_as_well(arguments: dict[str, Any]) -> None:
    assert refused(**NAMED | arguments) == ["value_unfit"]


def test_all_misfits_are_reported_at_once() -> None:
    assert unfit_in(**MISFITS) == list(MISFITS)


@pytest.mark.parametrize(("length", "keys"), [(64, []), (65, ["name_missing", "value_unfit"])])
def test_a_name_has_at_most_64_characters(length: int, keys: list[str]) -> None:
    desired = {"name": "x" * length}
    assert (refused(**desired) if keys else [parse(**desired).name]) == (keys or ["x" * length])


@pytest.mark.parametrize("mechanism", [None, "None", "ExternalAuthoritative"])
def test_a_login_that_nothing_uses_says_what_was_declared_instead(mechanism: str | None) -> None:
    (reason,) = refusal(
        InputRefused, parse_desired, NAMED | {"login": LOGIN, "smart_host_auth_mechanism": mechanism}, NOW
    )
    assert reason.found == f"a login with smart_host_auth_mechanism: {mechanism or 'nothing'}"


def test_a_checked_wish_cannot_be_changed() -> None:
    desired = parse(**FULL)
    with pytest.raises(FrozenInstanceError):
        desired.name = "Other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        desired.credential.password = ""  # type: ignore[misc, union-attr]


def test_reasons_of_every_sort_come_together() -> None:
    before = Reason("sbs.mailflow", "timeout: 0", "more", "Correct the value.")
    desired = NAMED | {"port": "ten", "prot": 25, "smart_hosts": [], "login": {"username": "a@b.de", "pasword": SECRET}}
    reasons = refusal(InputRefused, parse_desired, desired, NOW, [before])
    assert reasons[0] == before
    assert keys_of(reasons[1:]) == [
        "created_missing",
        "login_option_unknown",
        "option_unknown",
        "password_missing",
        "smart_hosts_empty",
        "value_unfit",
    ]


def test_what_was_found_before_is_enough_for_a_refusal() -> None:
    before = Reason("sbs.mailflow", "timeout: 0", "more", "Correct the value.")
    assert refusal(InputRefused, parse_desired, NAMED, NOW, [before]) == (before,)


def test_port_465_is_answered_with_the_providers_own_port() -> None:
    (reason,) = refusal(InputRefused, parse_desired, FULL | {"port": 465}, NOW)
    assert reason.where == "send connector 'Smarthost'"
    assert reason.remedy == "Use port 587: smtp.strato.de offers STARTTLS there."


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"name": "Neu", "port": 465}, "send connector 'Neu'"),
        ({"adopt": True, "address_spaces": "*", "port": 465}, "send connector to be adopted"),
        ({"adopt": True, "address_spaces": "*", "port": 0}, "send connector"),
    ],
)
def test_a_reason_says_where(arguments: dict[str, Any], where: str) -> None:
    (reason,) = refusal(InputRefused, parse_desired, arguments, NOW)
    assert reason.where == where


def login_with(**changes: Any) -> dict[str, Any]:
    """The login with other values; a value of None leaves the key out."""
    return {key: value for key, value in (LOGIN | changes).items() if value is not None}


TOMORROW = (NOW + timedelta(days=1)).date()

BAD_LOGINS: list[tuple[Any, list[str]]] = [
    (login_with(created=None), ["created_missing"]),
    (login_with(created=""), ["created_missing"]),
    (login_with(created=str(TOMORROW)), ["created_in_future"]),
    (login_with(created=TOMORROW), ["created_in_future"]),
    (login_with(created="31.01.2026"), ["created_unreadable"]),
    (login_with(created=20260131), ["created_unreadable"]),
    (login_with(created="1984-01-01"), ["created_too_long_ago"]),
    (login_with(password=None), ["password_missing"]),
    (login_with(password=""), ["password_missing"]),
    (login_with(password=12345678), ["login_text_unquoted"]),
    (login_with(password=[SECRET]), ["password_missing"]),
    (login_with(password={"value": SECRET}), ["password_missing"]),
    (login_with(username=None), ["mailbox_without_address"]),
    (login_with(username=" "), ["mailbox_without_address"]),
    (login_with(username={"password": SECRET}), ["mailbox_without_address"]),
    (login_with(username=5), ["login_text_unquoted"]),
    (login_with(minimum_age_days=13), ["minimum_age_below_floor"]),
    (login_with(minimum_age_days=True), ["minimum_age_unreadable"]),
    (login_with(time_zone="Europe/Bielefeld"), ["time_zone_unknown"]),
    (login_with(pasword=SECRET), ["login_option_unknown"]),
    (login_with(address="info@beispiel.de"), ["login_option_unknown"]),
    ({}, ["created_missing", "mailbox_without_address", "password_missing"]),
    (SECRET, ["login_no_mapping"]),
    (f"info@beispiel.de:{SECRET}", ["login_no_mapping"]),
    (["info@beispiel.de", SECRET], ["login_no_mapping"]),
    (True, ["login_no_mapping"]),
    ("", ["login_no_mapping"]),
    (0, ["login_no_mapping"]),
]


@pytest.mark.parametrize(("login", "keys"), BAD_LOGINS, ids=str)
def test_a_login_that_cannot_be(login: Any, keys: list[str]) -> None:
    reasons: list[Reason] = []
    parse_login(reasons, "send connector 'Neu'", login, NOW)
    assert keys_of(reasons) == keys
    assert all(reason.where.startswith("send connector 'Neu'") for reason in reasons)


@pytest.mark.parametrize(("login", "keys"), BAD_LOGINS, ids=str)
def test_a_bad_login_refuses_the_wish(login: Any, keys: list[str]) -> None:
    assert refused(**FULL | {"login": login}) == keys


@pytest.mark.parametrize(
    "arguments",
    [
        *({"login": login} for login, _ in BAD_LOGINS),
        {"password": SECRET},
        {"port": 465},
        {"login_password": SECRET, "smart_hosts": []},
        MISFITS | {"login": LOGIN},
    ],
    ids=str,
)
def test_the_password_is_in_no_reason(arguments: dict[str, Any]) -> None:
    with pytest.raises(InputRefused) as caught:
        parse(**FULL | arguments)
    for piece in (SECRET, repr(SECRET)[1:-1], SECRET[:9], SECRET[-9:]):
        assert piece not in str(caught.value)
        assert piece not in repr(caught.value.reasons)


def test_the_password_is_not_shown_with_the_wish() -> None:
    desired = parse(**FULL)
    assert "Dachrinne" not in repr(desired)
    assert "Dachrinne" not in repr(desired.credential)
    assert "info@beispiel.de" in repr(desired)


@pytest.mark.parametrize("created", ["2026-01-31", date(2026, 1, 31), datetime(2026, 1, 31, 23, tzinfo=UTC)])
def test_the_creation_date_in_any_form(created: Any) -> None:
    desired = parse(**FULL | {"login": login_with(created=created)})
    assert desired.credential is not None
    assert desired.credential.mailbox.created == datetime(2026, 1, 31, 23, tzinfo=UTC)


def test_every_key_of_a_login_is_taken() -> None:
    login = login_with(minimum_age_days=20, time_zone="Europe/Vienna", recreated=True)
    assert set(login) == {each.name for each in LOGIN_KIND.options}
    desired = parse(**FULL | {"login": login})
    assert desired.credential is not None
    assert desired.credential.mailbox.minimum_age_days == 20 and desired.credential.recreated
    assert desired.credential.mailbox.zone.key == "Europe/Vienna"


def test_a_young_mailbox_is_a_wish_that_waits_for_the_gate() -> None:
    # Whether the login is written at all depends on the host, so the declaration alone does not decide.
    desired = parse(**FULL | {"login": login_with(created=str(NOW.date()))})
    assert desired.credential is not None
    assert not desired.credential.mailbox.usable_at(NOW)


def test_no_login_is_no_credential() -> None:
    reasons: list[Reason] = []
    assert parse_login(reasons, "here", None, NOW) is None
    assert reasons == []


@pytest.mark.parametrize(
    ("desired", "where"),
    [
        (Desired("Neu"), "send connector 'Neu'"),
        (Desired("Neu", adopt=True), "send connector 'Neu'"),
        (Desired(None, adopt=True), "send connector to be adopted"),
    ],
)
def test_how_a_wish_is_named(desired: Desired, where: str) -> None:
    assert desired.where == where
