"""What is declared of the ways on which mail comes in, and every reason against it at once."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.desired import (
    DomainWay,
    parse_desired,
    parse_domains,
)
from tests.unit.fuzz.junk import junk
from tests.unit.plugin_utils.run.examples import keys

MX = {"domain": "beispiel.de", "way": "mx"}
POP3 = {"domain": "beispiel.de", "way": "pop3", "mailboxes": ["info@beispiel.de"]}
OTHER = {"domain": "beispiel.de", "way": "collector", "mailboxes": ["Info@Beispiel.DE"]}
FIRM = {"domain": "t-online.de", "way": "pop3", "mailboxes": ["firma@t-online.de"]}


def against(*declared: Any) -> list[str]:
    reasons: list[Reason] = []
    parse_desired({"domains": list(declared)}, reasons)
    return keys(reasons)


def test_an_own_mx_beside_a_providers_address_is_a_usual_state() -> None:
    reasons: list[Reason] = []
    desired = parse_desired(
        {"domains": [{**MX, "domain": "Beispiel.DE"}, FIRM], "public_address": "203.0.113.9"}, reasons
    )
    assert reasons == [] and desired.names == ("beispiel.de", "t-online.de")
    assert desired.domains == (
        DomainWay("beispiel.de", "mx"),
        DomainWay("t-online.de", "pop3", ("firma@t-online.de",)),
    )
    assert [each.fetched for each in desired.domains] == [False, True]
    assert desired.ways_of("beispiel.de") == {"mx"} and not desired.in_transition("beispiel.de")
    assert desired.mailboxes_of("t-online.de") == ("firma@t-online.de",)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ([MX, POP3], ["inbound_two_ways"]),
        ([MX, {**POP3, "transition": True}], []),
        ([{**MX, "transition": True}, POP3], []),
        ([{**MX, "transition": True}, POP3, {**OTHER, "mailboxes": []}], ["inbound_two_ways"]),
        ([POP3, POP3], ["inbound_declared_twice"]),
        ([{**POP3, "transition": True}, {**POP3, "transition": True}], ["inbound_declared_twice"]),
        ([{**POP3, "transition": True}, OTHER], ["inbound_fetched_twice"]),
        ([{**POP3, "domain": "beispiel.com"}, OTHER], ["inbound_fetched_twice"]),
        ([FIRM, {"domain": "beispiel.de", "way": "collector", "mailboxes": ["FIRMA@magenta.de"]}], []),
        ([FIRM, {"domain": "beispiel.de", "way": "collector", "mailboxes": ["firma"]}], ["inbound_fetched_twice"]),
        ([{**MX, "mailboxes": ["info@beispiel.de"]}], ["inbound_mx_mailboxes"]),
        ([{**MX, "mailboxes": ["info@beispiel.de"], "transition": True}], []),
        ([{**FIRM, "way": "mx", "mailboxes": []}], ["inbound_mx_of_provider"]),
        ([{**FIRM, "way": "collector"}], []),
        ([{"domain": "nt4admins.local", "way": "mx"}], ["inbound_internal"]),
        ([{"domain": "firma.intern", "way": "collector"}], ["inbound_internal"]),
        ([{"domain": "m\u00fcller.de", "way": "mx"}], ["value_unfit"]),
        ([{"domain": "xn--mller-kva.de", "way": "mx"}], []),
        ([{"domain": "beispiel", "way": "mx"}], ["value_unfit"]),
        ([{"domain": "*.beispiel.de", "way": "pop"}], ["value_unfit", "value_unfit"]),
        ([{"way": "mx"}, {"domain": "beispiel.de"}, "x", 5], ["inbound_part_missing"] * 2 + ["inbound_no_mapping"] * 2),
        ([{**MX, "mailbox": []}], ["option_unknown"]),
        ([{**MX, "transition": "soon"}], ["value_unfit"]),
        ([{**POP3, "mailboxes": "info@beispiel.de"}], ["value_unfit"]),
        (
            [MX, {**MX, "domain": "beispiel.com", "mailboxes": ["x"]}, POP3],
            ["inbound_mx_mailboxes", "inbound_two_ways"],
        ),
    ],
)
def test_what_is_refused(declared: list[Any], expected: list[str]) -> None:
    assert against(*declared) == expected


@pytest.mark.parametrize("declared", ["beispiel.de", {"domain": "beispiel.de"}, 5, True])
def test_what_is_no_list(declared: Any) -> None:
    reasons: list[Reason] = []
    assert parse_desired({"domains": declared}, reasons).domains == () and len(reasons) == 1
    reasons = []
    assert parse_domains(declared, reasons, option="inbound_domains") == () and len(reasons) == 1


def test_nothing_is_declared() -> None:
    reasons: list[Reason] = []
    assert parse_domains(None, reasons) == parse_desired({}, reasons).domains == () and reasons == []


@pytest.mark.parametrize(
    ("address", "taken"),
    [("203.0.113.9", True), ("2001:db8::9", True), *((each, False) for each in ("10.1.2.3", "100.64.3.4", "fe80::1"))],
)
def test_the_address_of_the_server_is_one_to_which_others_send(address: str, taken: bool) -> None:
    reasons: list[Reason] = []
    parse_desired({"domains": [MX], "public_address": address}, reasons)
    assert (reasons == []) is taken


def test_anything_may_be_declared() -> None:
    for seed in range(400):
        dice = Random(seed)
        names = ["domain", "way", "mailboxes", "transition"]
        entries = [{name: junk(dice) for name in names} if dice.random() < 0.8 else junk(dice) for _ in range(3)]
        reasons: list[Reason] = []
        parse_desired({"domains": entries, "confirm_no_other_collector": junk(dice)}, reasons)
        assert all(each.found and each.remedy for each in reasons), seed
