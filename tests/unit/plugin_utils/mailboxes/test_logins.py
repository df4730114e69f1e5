"""The texts of a login, the same for every noun: what they cannot hold is said without repeating them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import parse_mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.logins import (
    NAME,
    PASSWORD,
    blanks_told,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.parse import unknown_options
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import parse_desired as parse_pop3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import split_run_options
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.desired import (
    parse_desired as parse_account,
)
from tests.unit.plugin_utils.reason_keys import keys_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "Jk8-logins-only-Zinkwanne-7315"
MADE = {"created": "2020-01-31"}
Noun = Callable[[dict[str, Any]], list[Reason]]


def reasons_of(parse: Callable[..., Any], *arguments: Any) -> list[Reason]:
    try:
        found = parse(*arguments)
    except InputRefused as refused:
        return list(refused.reasons)
    return list(found[2]) if isinstance(found, tuple) else []


def connector(login: dict[str, Any]) -> list[Reason]:
    desired = {"name": "A", "smart_host_auth_mechanism": "BasicAuthRequireTLS", "login": {**login, **MADE}}
    return reasons_of(parse_desired, desired, NOW)


def restore(login: dict[str, Any]) -> list[Reason]:
    return reasons_of(parse_restore, {"backup_file": "x", "logins": [{**login, **MADE}]}, NOW)


def account(login: dict[str, Any]) -> list[Reason]:
    mailbox = {**login, "address": "info@beispiel.de", **MADE}
    return reasons_of(parse_account, {"provider": "strato", "mailboxes": [mailbox]}, NOW)


def address(login: dict[str, Any]) -> list[Reason]:
    mailbox = {"password": login["password"], "address": login["username"], **MADE}
    return reasons_of(parse_account, {"provider": "strato", "mailboxes": [mailbox]}, NOW)


def pop3(login: dict[str, Any]) -> list[Reason]:
    return reasons_of(parse_pop3, {"accounts": [{"server": "pop3.strato.de", "port": 995, **login}]})


def endpoint(login: dict[str, Any]) -> list[Reason]:
    return reasons_of(split_run_options, {"exchange_connection": "endpoint", "exchange_login": login}, True)


NOUNS: dict[str, Noun] = {each.__name__: each for each in (connector, restore, account, address, pop3, endpoint)}
GOOD = {"username": "info@beispiel.de", "password": SECRET}
MISFITS = {
    "\n": "a line break",
    "\r\n": "a line break",
    "\u2028": "a line break",
    "\t": "a tab",
    "\0": "a NUL",
    "\x1b": "a control character",
    "\u00a0": "a no-break space",
    "\u202f": "a no-break space",
    "\u200b": "a zero-width or invisible character",
    "\ufeff": "a zero-width or invisible character",
    "\u202e": "a zero-width or invisible character",
    "\u3164": "a zero-width or invisible character",
    "\ufe0f": "a zero-width or invisible character",
    "\U000e0100": "a zero-width or invisible character",
    "\u2065": "a zero-width or invisible character",
    "\u3000": "a space other than the space bar's",
    "\ud800": "half a character",
}
PLACES = {"at the start": "{1}{0}", "at the end": "{0}{1}", "inside": "{0}{1}{0}"}


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("option", GOOD)
def test_what_no_login_can_hold_is_named_with_its_place_and_not_repeated(noun: str, option: str) -> None:
    for misfit, kind in MISFITS.items():
        for place, shape in PLACES.items():
            (reason,) = NOUNS[noun]({**GOOD, option: shape.format(GOOD[option], misfit)})
            assert keys_of([reason]) == ["login_text_unfit"]
            assert re.fullmatch(rf"\w+: {kind} {place}", reason.found), reason
            assert misfit not in str(reason) and "Zinkwanne" not in str(reason) and str(len(SECRET)) not in str(reason)


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("value", [815471, 1.5, True, date(2026, 1, 1)], ids=str)
def test_what_yaml_made_of_a_text_wants_quotes(noun: str, value: Any) -> None:
    for option in GOOD:
        (reason,) = NOUNS[noun]({**GOOD, option: value})
        assert keys_of([reason]) == ["login_text_unquoted"]
        assert "put it in quotes" in reason.found and str(value) not in str(reason).replace(str(reason.where), "")
    assert "a number; put it in quotes" in str(NOUNS[noun]({**GOOD, "password": 815471})[0])


LEGITIMATE = [f" {SECRET}", f"{SECRET} ", "a b", "ä☂📨", "{{ x }}", "{#", "'\"`$", "\u2019"]


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("password", LEGITIMATE)
def test_what_a_password_may_hold(noun: str, password: str) -> None:
    assert NOUNS[noun]({**GOOD, "password": password}) == []


@pytest.mark.parametrize("noun", NOUNS)
def test_blanks_of_a_user_name(noun: str) -> None:
    assert NOUNS[noun]({**GOOD, "username": "Max Muster"}) == []
    for name, place in ((" max", "start"), ("max ", "end")):
        (reason,) = NOUNS[noun]({**GOOD, "username": name})
        assert reason.found.endswith(f": a blank at the {place}")


def test_a_blank_that_may_be_meant_is_told() -> None:
    assert blanks_told("max", "x y") == blanks_told("max", None) == ()
    (inside,) = blanks_told("Max Muster", "x")
    assert "Max Muster" in inside
    (around,) = blanks_told("max", f"{SECRET} ")
    assert "max" in around and "Zinkwanne" not in around
    assert len(blanks_told("Max Muster", " x")) == 2


@given(st.text(min_size=1))
def test_a_text_passes_whole_or_not_at_all(text: str) -> None:
    for kind in (NAME, PASSWORD):
        try:
            assert kind.parse(text) == text
        except ValueError:
            continue
        assert not [each for each in text if each != " " and category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")]
        assert kind is PASSWORD or text == text.strip()


@pytest.mark.parametrize("option", ["Zq7-Wetterhahn-9134", "geheim!", "x" * 60])
def test_what_may_be_a_password_is_not_repeated_as_an_option_or_a_zone(option: str) -> None:
    shown = str(unknown_options({option: 1}, (), Spelling("here"))[0])
    assert option not in shown and "not repeated here" in shown
    with pytest.raises(InputRefused) as caught:
        parse_mailbox({"address": "info@beispiel.de", "created": "2020-01-31", "time_zone": option}, NOW, "here")
    assert option not in str(caught.value) and "time zone" in str(caught.value)
