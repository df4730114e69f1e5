"""Mailboxes in order of preference: the first old enough, or every reason why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import FLOOR_DAYS, Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.preference import (
    choose,
    parse_mailboxes,
    reasons_against,
)
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

NOW = datetime(2026, 12, 15, 12, tzinfo=UTC)
SECRET = "Geheim-Fensterkitt-9047-Zaunkönig"


def box(address: str, created: Any, **more: Any) -> dict[str, Any]:
    return {"address": address, "created": created, "password": SECRET, **more}


OLD, YOUNG = box("info@beispiel.de", "2019-03-01"), box("smarthost@beispiel.de", "2026-12-10")

# mailboxes, provider, the chosen one
CHOICES: dict[str, tuple[list[dict[str, Any]], Any, str | None]] = {
    "the first, if it is old enough": ([OLD, box("alt@beispiel.de", "2018-01-01")], None, "info@beispiel.de"),
    "the next, while the first is too young": ([YOUNG, OLD], None, "info@beispiel.de"),
    "nobody, while all are too young": ([YOUNG], None, None),
    "the provider's minimum holds": ([box("a@b.de", "2026-11-25"), OLD], "ionos", "info@beispiel.de"),
    "which another provider does not have": ([box("a@b.de", "2026-11-25"), OLD], "strato", "a@b.de"),
    "a mailbox may ask for more": ([box("a@b.de", "2026-11-01", minimum_age_days=60), OLD], None, "info@beispiel.de"),
    "a username will do": ([{"username": "info@beispiel.de", "created": "2019-03-01"}], None, "info@beispiel.de"),
}


@pytest.mark.parametrize(("declared", "provider", "address"), CHOICES.values(), ids=CHOICES)
def test_the_chosen_mailbox(declared: list[dict[str, Any]], provider: Any, address: str | None) -> None:
    chosen = choose(parse_mailboxes(declared, provider, NOW, "boxes"), NOW)
    assert (chosen.address if chosen else None) == address


REFUSALS: dict[str, tuple[Any, Any, list[str]]] = {
    "no list": ({"a": 1}, None, ["mailboxes_missing"]),
    "an empty list": ([], None, ["mailboxes_missing"]),
    "a text among them": ([OLD, SECRET], None, ["mailbox_no_mapping"]),
    "the same one twice": ([OLD, box("INFO@beispiel.de", "2020-01-01")], None, ["mailbox_twice"]),
    "all reasons of all": (
        [box("", None), box("a@b.de", "bald")],
        None,
        ["created_missing", "created_unreadable", "mailbox_without_address"],
    ),
    "an unknown provider": ([OLD], "stratto", ["provider_unknown"]),
    "less than the provider asks for": (
        [box("a@b.de", "2019-01-01", minimum_age_days=20)],
        "ionos",
        ["minimum_age_below_provider"],
    ),
}


@pytest.mark.parametrize(("declared", "provider", "keys"), REFUSALS.values(), ids=REFUSALS)
def test_the_refusal(declared: Any, provider: Any, keys: list[str]) -> None:
    reasons = refusal(InputRefused, parse_mailboxes, declared, provider, NOW, "boxes")
    assert keys_of(reasons) == keys
    assert SECRET not in "".join(map(str, reasons))


def test_every_mailbox_has_its_reason() -> None:
    boxes = parse_mailboxes([YOUNG, box("neu@beispiel.de", "2026-12-12")], None, NOW, "boxes")
    assert ["smarthost@" in reason.found or "neu@" in reason.found for reason in reasons_against(boxes, NOW, "b")] == [
        True,
        True,
    ]


AGES = st.lists(st.floats(0, 60, allow_nan=False), min_size=1, max_size=5)


@settings(deadline=None, derandomize=True)
@given(AGES)
def test_no_immature_mailbox_is_ever_chosen(ages: list[float]) -> None:
    boxes = tuple(Mailbox(f"m{at}@b.de", NOW - timedelta(days=age)) for at, age in enumerate(ages))
    chosen = choose(boxes, NOW)
    mature = [each for each in boxes if NOW - each.created >= timedelta(days=FLOOR_DAYS)]
    assert chosen is (mature[0] if mature else None)
