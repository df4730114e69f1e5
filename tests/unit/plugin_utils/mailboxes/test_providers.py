"""What is known of mail providers: sane rows in both tables, and what a declared provider comes to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import FLOOR_DAYS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import (
    AgeStep,
    Provider,
    age_ladders,
    find_provider,
    providers,
    starttls_port,
)
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

ROWS = sorted(providers().items())
SERVERS = [
    pytest.param(server, id=f"{key}-{server['host']}-{server['port']}")
    for key, row in ROWS
    for server in [*(row["smtp"] or ()), *(row["pop3"] or ())]
]
SOCKETS = {"SSL", "STARTTLS", "plain"}


def on(row: dict[str, Any], socket: str) -> list[int]:
    """The ports on which a provider's SMTP servers are listed with that kind of socket."""
    return [server["port"] for server in row["smtp"] or () if server["socket"] == socket]


def test_the_providers_that_small_german_businesses_use_are_there() -> None:
    assert {"strato", "ionos", "1und1", "t-online", "gmx", "web.de", "all-inkl", "hetzner"} <= set(providers())


def test_the_table_is_read_once() -> None:
    assert providers() is providers()


@pytest.mark.parametrize(("key", "row"), ROWS, ids=[key for key, _ in ROWS])
def test_a_row_has_a_name_and_domains(key: str, row: dict[str, Any]) -> None:
    assert key == key.strip().lower()
    assert row["display_name"].strip() == row["display_name"] != ""
    assert row["domains"] is None or all("." in domain or "<" in domain for domain in row["domains"])


@pytest.mark.parametrize(("key", "row"), ROWS, ids=[key for key, _ in ROWS])
def test_the_starttls_port_of_a_row_is_the_first_of_its_servers(key: str, row: dict[str, Any]) -> None:
    assert row["starttls_port"] == next(iter(on(row, "STARTTLS")), None)


@pytest.mark.parametrize(("key", "row"), ROWS, ids=[key for key, _ in ROWS])
def test_no_provider_speaks_starttls_on_465(key: str, row: dict[str, Any]) -> None:
    assert 465 not in on(row, "STARTTLS")
    assert set(on(row, "SSL")) <= {465}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_is_a_host_a_port_and_a_socket(server: dict[str, Any]) -> None:
    assert server["host"] == server["host"].lower() or "<" in server["host"]
    assert " " not in server["host"]
    assert type(server["port"]) is int
    assert 0 < server["port"] < 65536
    assert server["socket"] in SOCKETS


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("smtp.strato.de", 587),
        ("SMTP.Strato.DE", 587),
        ("smtp.ionos.de", 587),
        ("securesmtp.t-online.de", 587),
        ("mail.clustermail.de", 587),
        ("smtp.websupport.sk", 25),
        ("smtp.seznam.cz", None),
        ("smtp.beispiel.de", None),
        ("strato.de", None),
        ("pop3.strato.de", None),
        ("", None),
        ("10.0.0.1", None),
    ],
)
def test_the_starttls_port_of_a_smart_host(host: str, port: int | None) -> None:
    assert starttls_port(host) == port


def test_every_listed_starttls_server_is_found() -> None:
    hosts = [server["host"] for _, row in ROWS for server in row["smtp"] or () if server["socket"] == "STARTTLS"]
    whole = [host for host in hosts if "<" not in host]  # others differ from customer to customer
    assert len(whole) > 20
    assert [host for host in whole if starttls_port(host) is None] == []


KNOWN: list[tuple[str, dict[str, Any]]] = [
    (
        "strato",
        {
            "display_name": "Strato",
            "smtp_host": "smtp.strato.de",
            "starttls_port": 587,
            "pop3_host": "pop3.strato.de",
            "pop3_port": 995,
            "username_form": "email",
            "age_counts_from": "mailbox",
            "minimum_age_days": 14,
        },
    ),
    (" Strato ", {"key": "strato"}),
    ("ionos", {"minimum_age_days": 30, "age_counts_from": "contract"}),
    ("1und1", {"minimum_age_days": 30, "age_counts_from": "contract", "smtp_host": "smtp.1und1.de"}),
    ("web.de", {"username_form": "localpart", "smtp_host": "smtp.web.de", "starttls_port": 587}),
    ("mailfence", {"username_form": "localpart", "smtp_host": None, "starttls_port": None}),
    ("1blu", {"username_form": "mailbox-login"}),
    ("domainfactory", {"smtp_host": None, "starttls_port": None, "username_form": "email"}),
    ("all-inkl", {"smtp_host": None, "starttls_port": 587, "pop3_host": None, "pop3_port": None}),
    ("webgo", {"smtp_host": None, "starttls_port": None, "pop3_host": None, "username_form": "email"}),
]


@pytest.mark.parametrize(("key", "facts"), KNOWN, ids=[key for key, _ in KNOWN])
def test_a_provider_of_the_table(key: str, facts: dict[str, Any]) -> None:
    provider = find_provider(key, "here")
    assert {name: getattr(provider, name) for name in facts} == facts


@pytest.mark.parametrize("key", sorted(providers()))
def test_every_provider_is_found_and_none_is_below_the_floor(key: str) -> None:
    provider = find_provider(key, "here")
    assert provider.key == key
    assert provider.minimum_age_days >= FLOOR_DAYS
    assert provider.username_form in ("email", "localpart", "mailbox-login")
    assert "<" not in (provider.smtp_host or "")


def test_a_ladder_ends_with_a_step_that_holds_from_then_on() -> None:
    for ladder in age_ladders().values():
        ends = [step["until_day"] for step in ladder["steps"]]
        assert ends[-1] is None
        assert ends[:-1] == sorted(set(ends[:-1]))
        assert ladder["steps"][-1]["throttled"] is False
        assert ladder["age_counts_from"] in ("mailbox", "contract")


def test_every_ladder_belongs_to_a_provider() -> None:
    assert set(age_ladders()) <= set(providers())


LADDERS: list[tuple[list[tuple[int | None, bool]], int, int]] = [
    # steps as (until_day, throttled), a raised minimum, the age from which on a mailbox logs in
    ([], 14, 14),
    ([(7, True), (None, False)], 14, 14),
    ([(7, True), (30, True), (None, False)], 14, 30),
    ([(30, True), (60, False), (None, False)], 14, 30),
    ([(30, True), (None, False)], 45, 45),
    ([(30, True), (None, False)], 20, 30),
    ([], 1, 14),
    ([], 0, 14),
]


@pytest.mark.parametrize(("steps", "raised", "days"), LADDERS)
def test_the_minimum_is_the_end_of_the_last_throttled_step_and_never_below_the_floor(
    steps: list[tuple[int | None, bool]], raised: int, days: int
) -> None:
    ladder = tuple(AgeStep(until, throttled, None) for until, throttled in steps)
    assert Provider("x", "X", "smtp.x.de", 587, steps=ladder, raised_minimum=raised).minimum_age_days == days


def test_a_described_provider() -> None:
    declared = {
        "name": "Dorfnetz",
        "smtp_host": "Mail.Dorfnetz.example",
        "pop3_host": "pop.dorfnetz.example",
        "username_form": "localpart",
        "age_counts_from": "contract",
        "minimum_age_days": 21,
    }
    assert find_provider(declared, "here") == Provider(
        key="Dorfnetz",
        display_name="Dorfnetz",
        smtp_host="mail.dorfnetz.example",
        starttls_port=587,
        pop3_host="pop.dorfnetz.example",
        pop3_port=995,
        pop3_ssl=True,
        username_form="localpart",
        age_counts_from="contract",
        raised_minimum=21,
    )


DESCRIBED = {"name": "Dorfnetz", "smtp_host": "mail.dorfnetz.example"}
REFUSED: list[tuple[Any, list[str]]] = [
    ("dorfnetz", ["provider_unknown"]),
    ("", ["provider_unknown"]),
    (None, ["provider_unknown"]),
    (14, ["provider_unknown"]),
    (["strato"], ["provider_unknown"]),
    ({}, ["provider_incomplete"]),
    ({"name": "Dorfnetz"}, ["provider_incomplete"]),
    ({"smtp_host": "mail.dorfnetz.example"}, ["provider_incomplete"]),
    (DESCRIBED | {"smtphost": "x"}, ["provider_option_unknown"]),
    (DESCRIBED | {"minimum_age_days": 13}, ["value_unfit"]),
    (DESCRIBED | {"minimum_age_days": 0}, ["value_unfit"]),
    (DESCRIBED | {"minimum_age_days": 4000}, ["value_unfit"]),
    (DESCRIBED | {"starttls_port": 0}, ["value_unfit"]),
    (DESCRIBED | {"username_form": "uid"}, ["value_unfit"]),
    (DESCRIBED | {"age_counts_from": "birth"}, ["value_unfit"]),
    (
        {"name": "X", "smtp_host": "no host", "port": 1},
        ["provider_incomplete", "provider_option_unknown", "value_unfit"],
    ),
]


@pytest.mark.parametrize(("declared", "reasons"), REFUSED)
def test_what_is_no_provider(declared: Any, reasons: list[str]) -> None:
    assert keys_of(refusal(InputRefused, find_provider, declared, "here")) == reasons


def test_a_password_in_the_place_of_a_provider_is_not_repeated() -> None:
    secret = "Zq7-provider-only-Kupferdach"
    (reason,) = refusal(InputRefused, find_provider, [{"password": secret}], "here")
    assert secret not in repr(reason)
    assert "a list" in reason.found
