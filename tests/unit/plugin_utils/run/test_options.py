"""The options that every action takes: arguments in; checked options, the other arguments and reasons out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import UNDECLARED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE, ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import (
    DEFAULT_URI,
    EXCHANGE_LOGIN,
    RUN_OPTIONS,
    RunOptions,
    split_run_options,
)
from tests.unit.plugin_utils.reason_keys import keys_of

SECRET = "hB6%Schneefang|{{lab}}|only-2086'\"\\Qy"
LOGIN = {"username": "NT4ADMINS\\Administrator", "password": SECRET}
ENDPOINT: dict[str, Any] = {"exchange_connection": "endpoint", "exchange_login": LOGIN}
SNAPIN = ExchangeShell()

OPTIONS: list[tuple[dict[str, Any], RunOptions]] = [
    ({}, RunOptions(shell=SNAPIN)),
    ({each.name: None for each in RUN_OPTIONS}, RunOptions(shell=SNAPIN)),
    ({"timeout": 5}, RunOptions(5, SNAPIN)),
    ({"timeout": "86400"}, RunOptions(86400, SNAPIN)),
    ({"backup_dir": "saved"}, RunOptions(shell=SNAPIN, backup_dir="saved")),
    ({"backup_dir": ""}, RunOptions(shell=SNAPIN)),
    ({"approved_plan": "3f9a"}, RunOptions(shell=SNAPIN, approved_plan="3f9a")),
    ({"exchange_connection": "SnapIn"}, RunOptions(shell=SNAPIN)),
    ({"exchange_connection": "snapin", "exchange_login": LOGIN}, RunOptions(shell=SNAPIN)),
    (ENDPOINT, RunOptions(shell=ExchangeShell("endpoint", DEFAULT_URI, LOGIN["username"], SECRET))),
    (
        ENDPOINT | {"exchange_uri": "https://sbs/PowerShell/"},
        RunOptions(shell=ExchangeShell("endpoint", "https://sbs/PowerShell/", LOGIN["username"], SECRET)),
    ),
]


@pytest.mark.parametrize(("arguments", "options"), OPTIONS)
def test_the_options_of_a_run(arguments: dict[str, Any], options: RunOptions) -> None:
    assert split_run_options(arguments, True) == (options, {}, [])


def test_the_other_arguments_are_left_as_they_are() -> None:
    others = {"name": "Neu", "port": None, "smart_hosts": ["a.de"]}
    assert split_run_options(others | {"timeout": 60}, True)[1] == others


def test_an_action_without_exchange_knows_the_timeout_alone() -> None:
    options, others, reasons = split_run_options(ENDPOINT | {"timeout": 60, "backup_dir": "x"}, False)
    assert options == RunOptions(60, NO_EXCHANGE)
    assert others == ENDPOINT | {"backup_dir": "x"}
    assert reasons == []


def test_an_action_that_only_reads_saves_nothing_and_carries_out_no_plan() -> None:
    saving = {"backup_dir": "x", "approved_plan": "3f9a"}
    options, others, reasons = split_run_options(ENDPOINT | saving, True, plans=False)
    assert options == RunOptions(shell=ExchangeShell("endpoint", DEFAULT_URI, LOGIN["username"], SECRET))
    assert (others, reasons) == (saving, [])


@pytest.mark.parametrize(
    "arguments",
    [
        {"timeout": 4},
        {"timeout": 86401},
        {"timeout": True},
        {"timeout": "soon"},
        {"timeout": 60.0},
        {"exchange_connection": "psrp"},
        {"exchange_connection": ["endpoint"]},
        {"exchange_uri": {"a": 1}},
        {"backup_dir": ["saved"]},
        {"backup_dir": "nul\x00"},
        {"approved_plan": True},
    ],
)
def test_a_value_that_does_not_fit(arguments: dict[str, Any]) -> None:
    options, others, reasons = split_run_options(arguments, True)
    ((option, value),) = arguments.items()
    assert [reason.found for reason in reasons] == [f"{option}: {value!r}"]
    assert (options, others) == (RunOptions(shell=SNAPIN), {})


BAD_LOGINS: list[Any] = [
    None,
    SECRET,
    [LOGIN],
    True,
    {},
    {"username": "Administrator"},
    {"password": SECRET},
    {"username": "Administrator", "password": None},
    {"username": "Administrator", "password": [SECRET]},
    {"username": "Administrator", "password": ""},
    {"username": "", "password": SECRET},
    {"username": ["Administrator"], "password": SECRET},
    LOGIN | {"domain": "NT4ADMINS"},
    LOGIN | {"pasword": SECRET},
    {SECRET: "Administrator"},
]


@pytest.mark.parametrize("login", BAD_LOGINS, ids=str)
def test_the_endpoint_needs_a_whole_login(login: Any) -> None:
    options, _, reasons = split_run_options(ENDPOINT | {"exchange_login": login}, True)
    assert keys_of(reasons) == ["exchange_login_missing"]
    assert options.shell == SNAPIN


@pytest.mark.parametrize("login", [*BAD_LOGINS, LOGIN], ids=str)
def test_the_login_is_never_repeated(login: Any) -> None:
    wrong = {"exchange_login": login, "exchange_connection": "endpoint", "timeout": 0, "backup_dir": []}
    options, _, reasons = split_run_options(wrong, True)
    for shown in (*map(str, reasons), repr(reasons), repr(options)):
        assert "Schneefang" not in shown
    assert len(reasons) >= 2


def test_a_number_for_the_endpoint_s_login_wants_quotes() -> None:
    login = {"username": 4711, "password": 12345678}
    options, _, reasons = split_run_options(ENDPOINT | {"exchange_login": login}, True)
    assert keys_of(reasons) == ["login_text_unquoted"] * 2
    assert options.shell.username != 4711 and "12345678" not in repr(reasons)


def test_all_reasons_come_at_once() -> None:
    wrong = ENDPOINT | {"timeout": 0, "exchange_login": None, "exchange_uri": [], "approved_plan": {}}
    reasons = split_run_options(wrong, True)[2]
    assert keys_of(reasons) == ["exchange_login_missing", "value_unfit", "value_unfit", "value_unfit"]


def test_the_defaults_of_the_table_are_those_of_a_run() -> None:
    plain = RunOptions(shell=SNAPIN)
    defaults = {each.name: each.default for each in RUN_OPTIONS}
    assert defaults["timeout"] == plain.timeout
    assert [defaults[name] for name in ("backup_dir", "approved_plan")] == [UNDECLARED] * 2
    assert (plain.backup_dir, plain.approved_plan) == (None, None)
    assert defaults["exchange_connection"] == plain.shell.kind


def test_the_login_alone_is_secret_and_holds_what_the_shell_takes() -> None:
    assert [each.name for each in RUN_OPTIONS if each.secret] == ["exchange_login"]
    assert [each.name for each in EXCHANGE_LOGIN.options] == list(LOGIN)


@pytest.mark.parametrize("option", RUN_OPTIONS, ids=lambda each: each.name)
def test_an_option_is_described_in_sentences(option: Any) -> None:
    assert option.description.endswith(".")
