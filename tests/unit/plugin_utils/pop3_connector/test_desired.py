"""The declaration of the POP3 connector: strictly checked, all reasons at once, no password repeated."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.key_map import parse_key_map
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey, provider_mailbox
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

PASSWORD = "Lw8-pop3-wish-only-Regentonne-5502"
MAP: dict[str, Any] = {
    "mailbox": {"key": "Mailbox"},
    "ssl": {"key": "UseSsl", "values": {True: "True", "False": "False"}},
    "logon": {"key": "LogonType", "values": {"basic": 0, "apop": "2"}},
    "copy_as_is": ["Flags"],
}
LISTED: dict[str, Any] = {"mailbox": {"key": "Mailbox", "values": {"anna": "5b0b6c6e-7d0a-4d57"}}}
PLAIN: dict[str, Any] = {"server": "pop3.strato.de", "port": 995, "username": "info@beispiel.de", "password": PASSWORD}
OLD = {"server": "alt.beispiel.de", "port": 110, "username": "info"}


def account(**values: Any) -> dict[str, Any]:
    return {**PLAIN, **values}


def test_a_preset_fills_server_port_and_ssl() -> None:
    desired = parse_desired(
        {"accounts": [{"provider": "web.de", "username": "max", "password": PASSWORD}], "key_map": MAP}
    )
    (found,) = desired.accounts
    assert found.identity == AccountKey("pop3.web.de", "995", "max")
    assert (found.ssl, found.options, found.min_poll_minutes) == (True, {"ssl": "true"}, 15)
    assert PASSWORD not in repr(desired)


@pytest.mark.parametrize("text", ["anna@x.local", "o'neil+pop@x.local", "m\u00fcller@b\u00fccher.example", "a.b-c_d@x"])
def test_one_plain_address_is_a_mailbox(text: str) -> None:
    (found,) = parse_desired({"accounts": [account(mailbox=text)], "key_map": MAP}).accounts
    assert found.options["mailbox"] == text


def test_a_listed_mailbox_need_be_no_address() -> None:
    (found,) = parse_desired({"accounts": [account(mailbox="anna")], "key_map": LISTED}).accounts
    assert found.options["mailbox"] == "anna"


def test_what_a_preset_says_of_ssl_is_not_written_without_a_key() -> None:
    (found,) = parse_desired({"accounts": [{"provider": "strato", "username": "a@b.de"}]}).accounts
    assert (found.ssl, found.options) == (True, {})


def test_a_described_provider() -> None:
    described = {"name": "Dorfnetz", "pop3_host": "pop.dorf.example", "pop3_ssl": False, "pop3_port": 110}
    declared = {"provider": {**described, "min_poll_minutes": 10}, "username": "x", "password": PASSWORD}
    (found,) = parse_desired({"accounts": [declared]}).accounts
    assert (found.identity.server, found.identity.port, found.ssl, found.min_poll_minutes) == (
        "pop.dorf.example",
        "110",
        False,
        10,
    )


def test_defaults() -> None:
    desired = parse_desired({})
    assert (desired.accounts, desired.exclusive, desired.allow_removal, desired.max_waiting) == ((), False, False, 200)
    assert (desired.validate_logins, desired.service_state, desired.update_password) == (True, "unchanged", "on_change")


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"acounts": []}, ["option_unknown"]),
    ({"accounts": "x"}, ["pop3_no_mapping"]),
    ({"accounts": [PASSWORD]}, ["pop3_account_no_mapping"]),
    ({"accounts": [account(passwort="x")]}, ["pop3_key_unknown_option"]),
    ({"accounts": [{}]}, ["pop3_part_missing"] * 3),
    ({"accounts": [account(port=0)]}, ["value_unfit"]),
    ({"accounts": [account(server="a b")]}, ["value_unfit"]),
    ({"accounts": [account(username="a\r\n-")]}, ["login_text_unfit"]),
    ({"accounts": [account(username="a\x85")]}, ["login_text_unfit"]),
    ({"accounts": [account(username=" a")]}, ["login_text_unfit"]),
    ({"accounts": [account(password="a\n")]}, ["login_text_unfit"]),
    ({"accounts": [account(password=12345)]}, ["login_text_unquoted"]),
    ({"accounts": [account(password="\ud800xyzq")]}, ["login_text_unfit"]),
    ({"accounts": [account(mailbox="x")]}, ["pop3_key_not_known"]),
    ({"accounts": [account(ssl=True, logon="apop")]}, ["pop3_key_not_known"] * 2),
    *(
        ({"accounts": [account(mailbox=text)], "key_map": MAP}, ["pop3_mailbox_unfit"])
        for text in (
            "*@nt4admins.local",
            "anna?@nt4admins.local",
            "anna",
            "@nt4admins.local",
            "anna@",
            "a@b@c.local",
            "smtp:anna@nt4admins.local",
            "Anna <anna@nt4admins.local>",
            "a@x.local, b@x.local",
            "a@x.local;b@x.local",
            "a b@x.local",
            "a..b@x.local",
            "a@x..local",
            "a@x.local.",
            "/o=nt4admins/cn=anna",
        )
    ),
    ({"accounts": [account(mailbox="paul")], "key_map": LISTED}, ["pop3_form_not_known"]),
    ({"accounts": [account(mailbox="*")], "key_map": LISTED}, ["pop3_form_not_known"]),
    ({"accounts": [account(logon="spa")], "key_map": MAP}, ["pop3_form_not_known"]),
    ({"accounts": [account(logon="kerberos")], "key_map": MAP}, ["value_unfit"]),
    ({"accounts": [account(state="gone")]}, ["value_unfit"]),
    ({"accounts": [account(provider="nobody")]}, ["provider_unknown"]),
    ({"accounts": [account(provider={"name": "x", "smtp_host": "y.de"})]}, ["provider_incomplete"]),
    ({"accounts": [account(), account()]}, ["pop3_declared_twice"]),
    ({"accounts": [account(), account(server="POP3.strato.de", username="INFO@beispiel.de")]}, ["pop3_declared_twice"]),
    ({"accounts": [account(), account(port=110)]}, ["pop3_same_mailbox"]),
    ({"accounts": [account(), account(server="mail.rzone.de")]}, ["pop3_same_mailbox"]),
    ({"accounts": [account(server="pop.x.net"), account(server="mail.x.net")]}, ["pop3_same_mailbox"]),
    ({"accounts": [account(replaces=OLD), account(username="b", replaces=OLD)]}, ["pop3_replaced_twice"]),
    ({"accounts": [account(replaces=OLD), {**OLD, "password": PASSWORD}]}, ["pop3_replaced_declared"]),
    ({"accounts": [account(replaces={"server": "x.de"})]}, ["pop3_part_missing"] * 2),
    *(({"accounts": [account(username=none)]}, ["pop3_part_missing"]) for none in (" ", "", None, ["a"], {"x": 1})),
    ({"accounts": [account(replaces={**OLD, "username": " "})]}, ["pop3_part_missing"]),
    ({"accounts": [account(replaces="x")]}, ["pop3_account_no_mapping"]),
    ({"accounts": [account(replaces=PLAIN)]}, ["option_unknown", "pop3_replaces_unfit"]),
    ({"accounts": [account(replaces=OLD, state="absent")]}, ["pop3_replaces_unfit"]),
    ({"accounts": [account(), account(), account(username="b", port=0)]}, ["pop3_declared_twice", "value_unfit"]),
    ({"exclusive": True}, ["pop3_exclusive_of_nothing"]),
    ({"file": "a\nb"}, ["value_unfit"]),
    ({"other_collectors": ["*"]}, ["value_unfit"]),
    ({"other_collectors": "x"}, ["value_unfit"]),
    ({"fetch_task": {}}, ["pop3_interval_missing"]),
    ({"fetch_task": "5"}, ["pop3_no_mapping"]),
    ({"fetch_task": {"interval_minutes": 4}}, ["value_unfit"]),
    ({"fetch_task": {"interval_minutes": 5, "name": "a/b"}}, ["value_unfit"]),
    ({"fetch_task": {"interval_minutes": 5, "every": 1}}, ["option_unknown"]),
    (
        {"accounts": [{"provider": "web.de", "username": "max"}], "fetch_task": {"interval_minutes": 14}},
        ["pop3_interval_too_short"],
    ),
]


@pytest.mark.parametrize(("arguments", "keys"), BAD, ids=str)
def test_bad_input_is_refused(arguments: dict[str, Any], keys: list[str]) -> None:
    reasons = refusal(InputRefused, parse_desired, arguments)
    assert keys_of(reasons) == sorted(keys)
    assert PASSWORD not in "".join(map(str, reasons))


def test_all_reasons_come_at_once() -> None:
    arguments = {"accounts": [account(port=0), account(mailbox="x")], "max_waiting": -1, "key_map": 3, "x": 1}
    keys = ["option_unknown", "pop3_key_not_known", "pop3_no_mapping", "value_unfit", "value_unfit"]
    assert keys_of(refusal(InputRefused, parse_desired, arguments)) == keys


def test_the_key_map() -> None:
    found = parse_key_map(MAP, "here")
    assert found.options["ssl"].form("true") == "True" and found.options["ssl"].shown("False") == "false"
    assert found.options["mailbox"].form("x@y") == "x@y" and found.options["mailbox"].shown("x") == "x"
    assert found.options["logon"].form("basic") == "0" and found.options["logon"].form("spa") is None
    assert (found.option_of("UseSsl"), found.option_of("x"), found.copy_as_is) == ("ssl", None, {"Flags"})


@pytest.mark.parametrize(
    ("declared", "keys"),
    [
        ("x", ["pop3_no_mapping"]),
        ({"post": {}}, ["pop3_key_unknown_option"]),
        ({"mailbox": "Mailbox"}, ["pop3_no_mapping"]),
        ({"mailbox": {"key": "Mailbox", "form": {}}}, ["pop3_key_unknown_option"]),
        ({"mailbox": {}}, ["pop3_key_unfit"]),
        ({"mailbox": {"key": "Server"}}, ["pop3_key_unfit"]),
        ({"mailbox": {"key": "Entropy"}}, ["pop3_key_unfit"]),
        ({"mailbox": {"key": "a:b"}}, ["pop3_key_unfit"]),
        ({"mailbox": {"key": "a\n"}}, ["pop3_key_unfit"]),
        ({"ssl": {"key": "Pop3Account", "values": {"true": "1"}}}, ["pop3_key_unfit"]),
        ({"ssl": {"key": "S"}}, ["pop3_forms_missing"]),
        ({"ssl": {"key": "S", "values": {"yes": "1"}}}, ["pop3_form_unfit"]),
        ({"ssl": {"key": "S", "values": {"true": True}}}, ["pop3_form_unfit"]),
        ({"ssl": {"key": "S", "values": {"true": "1", "false": "1"}}}, ["pop3_form_twice"]),
        ({"ssl": {"key": "S", "values": []}}, ["pop3_no_mapping"]),
        ({"mailbox": {"key": "S"}, "ssl": {"key": "S", "values": {"true": "1"}}}, ["pop3_key_twice"]),
        ({"copy_as_is": "Flags"}, ["pop3_no_mapping"]),
        ({"copy_as_is": ["Password"]}, ["pop3_key_unfit"]),
    ],
    ids=str,
)
def test_a_bad_key_map_is_refused(declared: Any, keys: list[str]) -> None:
    assert keys_of(refusal(InputRefused, parse_key_map, declared, "here")) == keys


def test_the_marker_may_hold_the_mailbox() -> None:
    assert parse_key_map({"mailbox": {"key": "Pop3Account"}}, "here").option_of("Pop3Account") == "mailbox"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("POP3.web.de", "Max"), ("pop3.web.de.", "max@web.de"), True),
        (("pop.ionos.de", "a@b.de"), ("pop.1und1.de", "A@b.de"), True),
        (("pop.ionos.de", "a@b.de"), ("pop3.strato.de", "a@b.de"), False),
        (("pop.gmx.net", "a@gmx.de"), ("pop.gmx.net", "a@gmx.net"), False),
        (("127.0.0.1", "a"), ("127.0.0.2", "a"), False),
        (("pop.a.co.uk", "a"), ("pop.b.co.uk", "a"), False),
        (("pop.dorf.example", "a"), ("mail.dorf.example", "a"), True),
    ],
)
def test_one_mailbox_by_several_names(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    assert (provider_mailbox(*one) == provider_mailbox(*other)) is same


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (AccountKey("POP.x.de.", "0995", " User "), True),
        (AccountKey("pop.x.de", "110", "user"), False),
        (AccountKey("pop.x.de", "995", "user2"), False),
        (AccountKey("pop.x.de", "abc", "user"), False),
    ],
)
def test_when_identities_are_equal(one: AccountKey, same: bool) -> None:
    assert (one.key == AccountKey("pop.x.de", "995", "user").key) is same
