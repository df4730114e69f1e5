"""The declared mailboxes: what is made of each, and every reason why a list of them is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.candidates import (
    MAILBOX,
    Candidate,
    parse_candidates,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import find_provider
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "Zq7-candidates-only-Kupferdach-9134"
BOX: dict[str, Any] = {"address": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-31"}


def candidates(*declared: dict[str, Any], provider: Any = "strato") -> tuple[Candidate, ...]:
    return parse_candidates(list(declared), find_provider(provider, "provider"), NOW, "here")


def candidate(provider: Any = "strato", **more: Any) -> Candidate:
    (found,) = candidates(BOX | more, provider=provider)
    return found


def refused(*declared: Any, provider: Any = "strato") -> list[str]:
    known = find_provider(provider, "provider")
    return keys_of(refusal(InputRefused, parse_candidates, list(declared), known, NOW, "here"))


def test_a_mailbox_with_all_that_can_be_said_of_it() -> None:
    found = candidate(username="m0815", minimum_age_days=20, time_zone="UTC", recreated=True)
    assert (found.username, found.password, found.recreated) == ("m0815", PASSWORD, True)
    assert (found.mailbox.minimum_age_days, found.mailbox.zone.key) == (20, "UTC")
    assert found.mailbox.created == datetime(2020, 2, 1, tzinfo=UTC)
    assert (found.observed, found.barred) == (None, None)


def test_the_order_is_kept() -> None:
    names = ["c@beispiel.de", "a@beispiel.de", "b@beispiel.de"]
    assert [each.mailbox.address for each in candidates(*(BOX | {"address": name} for name in names))] == names


def test_a_password_is_not_shown() -> None:
    assert PASSWORD not in repr(candidate())


DORF = {"name": "Dorfnetz", "smtp_host": "mail.dorfnetz.example"}
USERNAMES: list[tuple[Any, str | None, str]] = [
    ("strato", None, "info@beispiel.de"),
    ("strato", "m0815", "m0815"),
    ("strato", "", "info@beispiel.de"),
    ("web.de", None, "info"),
    ("web.de", "info@beispiel.de", "info@beispiel.de"),
    ("1blu", "m0815", "m0815"),
    (DORF | {"username_form": "localpart"}, None, "info"),
    (DORF | {"username_form": "mailbox-login"}, "m0815", "m0815"),
]


@pytest.mark.parametrize(("provider", "username", "name"), USERNAMES)
def test_the_login_name_is_declared_or_what_the_provider_makes_of_the_address(
    provider: Any, username: str | None, name: str
) -> None:
    assert candidate(provider, username=username).username == name


MINIMA: list[tuple[Any, int | None, int]] = [
    ("strato", None, 14),
    ("strato", 14, 14),
    ("strato", 60, 60),
    ("ionos", None, 30),
    ("ionos", 30, 30),
    ("ionos", 31, 31),
    (DORF | {"minimum_age_days": 21}, None, 21),
]


@pytest.mark.parametrize(("provider", "declared", "days"), MINIMA)
def test_a_providers_minimum_holds_unless_a_mailbox_raises_it(provider: Any, declared: int | None, days: int) -> None:
    assert candidate(provider, minimum_age_days=declared).mailbox.minimum_age_days == days


@pytest.mark.parametrize(
    ("provider", "declared", "reasons"),
    [
        ("strato", 13, ["minimum_age_below_floor"]),
        ("strato", 0, ["minimum_age_below_floor"]),
        ("strato", "bald", ["minimum_age_unreadable"]),
        ("ionos", 13, ["minimum_age_below_floor"]),
        ("ionos", 14, ["minimum_age_below_provider"]),
        ("ionos", 29, ["minimum_age_below_provider"]),
        (DORF | {"minimum_age_days": 21}, 20, ["minimum_age_below_provider"]),
    ],
)
def test_a_minimum_cannot_be_lowered(provider: Any, declared: Any, reasons: list[str]) -> None:
    assert refused(BOX | {"minimum_age_days": declared}, provider=provider) == reasons


REFUSED: list[tuple[Any, list[str]]] = [
    ("info@beispiel.de", ["mailbox_no_mapping"]),
    (PASSWORD, ["mailbox_no_mapping"]),
    (None, ["mailbox_no_mapping"]),
    (BOX | {"Password": "x"}, ["mailbox_option_unknown"]),
    (BOX | {"password": None}, ["password_missing"]),
    (BOX | {"password": ""}, ["password_missing"]),
    (BOX | {"password": 12345}, ["login_text_unquoted"]),
    (BOX | {"recreated": "yes"}, ["value_unfit"]),
    (BOX | {"username": 4711}, ["login_text_unquoted"]),
    (BOX | {"username": [4711]}, ["username_missing"]),
    (BOX | {"address": " "}, ["mailbox_without_address"]),
    (BOX | {"created": None}, ["created_missing"]),
    (BOX | {"created": "2026-03-03"}, ["created_in_future"]),
    (BOX | {"time_zone": "Europe/Dorf"}, ["time_zone_unknown"]),
    ({}, ["created_missing", "mailbox_without_address", "password_missing"]),
]


@pytest.mark.parametrize(("declared", "reasons"), REFUSED)
def test_what_is_no_mailbox(declared: Any, reasons: list[str]) -> None:
    assert refused(declared) == reasons


def test_a_provider_that_issues_names_needs_one() -> None:
    assert refused(BOX, provider="1blu") == ["username_missing"]


@pytest.mark.parametrize("declared", [None, [], "info@beispiel.de", BOX, (BOX,)])
def test_a_list_of_mailboxes_is_needed(declared: Any) -> None:
    reasons = refusal(InputRefused, parse_candidates, declared, find_provider("strato", "provider"), NOW, "here")
    assert keys_of(reasons) == ["mailboxes_missing"]


def test_the_reasons_of_all_mailboxes_come_at_once_and_say_which_is_meant() -> None:
    given = [BOX | {"created": "x"}, BOX | {"address": "b@beispiel.de", "password": ""}, 7]
    reasons = refusal(InputRefused, parse_candidates, given, find_provider("strato", "provider"), NOW, "here")
    assert keys_of(reasons) == ["created_unreadable", "mailbox_no_mapping", "password_missing"]
    assert sorted(each.where for each in reasons) == [
        "here, mailboxes[0], info@beispiel.de",
        "here, mailboxes[1]",
        "here, mailboxes[2]",
    ]


TWICE: list[tuple[str, list[dict[str, Any]], list[str]]] = [
    ("strato", [{}, {}], ["mailbox_twice"]),
    ("strato", [{}, {}, {}], ["mailbox_twice", "mailbox_twice"]),
    ("strato", [{}, {"address": "INFO@Beispiel.de"}], ["mailbox_twice"]),
    ("strato", [{}, {"address": "inf\u043e@beispiel.de"}], ["login_text_unfit"]),  # a look-alike letter
    ("strato", [{"username": "m1"}, {"address": "b@beispiel.de", "username": "M1"}], ["mailbox_twice"]),
    ("strato", [{}, {"address": "b@beispiel.de", "username": "info@beispiel.de"}], ["mailbox_twice"]),
    ("web.de", [{"address": "info@web.de"}, {"address": "info@email.de"}], ["mailbox_twice"]),
]


@pytest.mark.parametrize(("provider", "declared", "reasons"), TWICE)
def test_a_mailbox_or_a_login_twice(provider: str, declared: list[dict[str, Any]], reasons: list[str]) -> None:
    assert refused(*(BOX | each for each in declared), provider=provider) == reasons


CREATED: list[tuple[Any, str, bool]] = [
    # as declared, a login seen, whether the mailbox cannot have been there yet
    ("2026-01-31", "2026-01-30T22:59:59+00:00", True),
    ("2026-01-31", "2026-01-30T23:00:00+00:00", False),
    ("2026-01-31T12:00+01:00", "2026-01-31T10:59:59+00:00", True),
    ("2026-01-31T12:00+01:00", "2026-01-31T11:00:00+00:00", False),
]


@pytest.mark.parametrize(("declared", "login", "denied"), CREATED)
@pytest.mark.parametrize("recreated", [False, True])
def test_a_login_before_the_earliest_creation_is_denied_and_counts_no_more_once_recreated(
    declared: Any, login: str, denied: bool, recreated: bool
) -> None:
    found, moment = candidate(created=declared, recreated=recreated), datetime.fromisoformat(login)
    assert found.denies(moment) is denied
    assert found.counted(moment) == (None if denied and recreated else moment)
    assert found.counted(None) is None


@pytest.mark.parametrize("option", ["created", "minimum_age_days", "username"])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [value]], ids=["itself", "in a list"])
def test_a_password_in_a_wrong_place_is_not_repeated(option: str, wrap: Any) -> None:
    given = [BOX | {option: wrap(PASSWORD)}, PASSWORD, [PASSWORD]]
    reasons = refusal(InputRefused, parse_candidates, given, find_provider("strato", "provider"), NOW, "here")
    assert PASSWORD not in repr(reasons)


def test_every_key_is_documented() -> None:
    keys = {"address", "username", "password", "created", "minimum_age_days", "time_zone", "recreated"}
    assert {each.name for each in MAILBOX.options} == keys
