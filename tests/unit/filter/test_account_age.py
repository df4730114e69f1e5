"""The filters and the test as Ansible finds them: plain data out, its own errors, no secret in them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.sbs.mailflow.plugins.filter.account_age import FilterModule
from ansible_collections.sbs.mailflow.plugins.test.old_enough import TestModule as OldEnough
from tests.unit.plugin_utils.mailboxes.test_preference import OLD, SECRET, YOUNG

FILTERS = FilterModule().filters()
NOW = "2026-12-15"


def test_the_age_of_a_mailbox() -> None:
    assert FILTERS["account_age"](YOUNG, now=NOW) == {
        "address": "smarthost@beispiel.de",
        "days": 4.0,
        "minimum_age_days": 14,
        "usable": False,
        "usable_from": "2026-12-25T00:00:00+01:00",
        "days_left": 10,
    }


def test_the_clock_is_asked_where_no_moment_is_given() -> None:
    assert FILTERS["account_age"]({"username": "info@beispiel.de", "created": "2000-01-01"})["usable"] is True


@pytest.mark.parametrize(("now", "address"), [(NOW, "info@beispiel.de"), ("2026-12-25", "smarthost@beispiel.de")])
@pytest.mark.parametrize("name", ["choose_mailbox", "require_mailbox"])
def test_a_mailbox_is_chosen_as_it_was_declared(name: str, now: str, address: str) -> None:
    chosen = FILTERS[name]([YOUNG, OLD], now=now, provider="strato")
    assert chosen in (YOUNG, OLD) and chosen["address"] == address


def test_nobody_is_chosen_where_nobody_is_old_enough() -> None:
    assert FILTERS["choose_mailbox"]([YOUNG], now=NOW) is None


def test_the_strict_form_tells_every_reason() -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS["require_mailbox"]([YOUNG, {**YOUNG, "address": "neu@beispiel.de"}], now=NOW)
    assert "smarthost@beispiel.de" in str(caught.value) and "neu@beispiel.de" in str(caught.value)


@pytest.mark.parametrize("name", ["account_age", "choose_mailbox", "require_mailbox"])
@pytest.mark.parametrize("wrong", [SECRET, 7, None, {**OLD, "created": SECRET}, [{**OLD, "created": SECRET}]])
def test_an_error_is_ansibles_own_and_repeats_no_secret(name: str, wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS[name](wrong, now=NOW)
    assert SECRET not in str(caught.value)


def test_the_plan_both_ways() -> None:
    assert FILTERS["latest_creation"]("2026-03-02") == "2026-02-15"
    assert FILTERS["usable_from"]("2026-02-15") == "2026-03-02T00:00:00+01:00"


def test_a_yes_or_no() -> None:
    old_enough = OldEnough().tests()["old_enough"]
    assert (old_enough(OLD, NOW), old_enough(YOUNG, NOW)) == (True, False)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_has_its_page(name: str, root: Any) -> None:
    page = yaml.safe_load((root / "plugins" / "filter" / f"{name}.yml").read_text())
    assert page["DOCUMENTATION"]["name"] == name
    assert page["EXAMPLES"] and page["RETURN"]["_value"]["type"]
