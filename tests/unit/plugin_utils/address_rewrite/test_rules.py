"""Rules: what is read of them, which one wins, which contradict each other."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.rules import Rule, conflicts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from tests.unit.plugin_utils.address_rewrite.address_host import (
    INSIDE,
    OUTSIDE,
    RULE,
    decide,
    primaries,
    printed,
    refused,
    subject,
)
from tests.unit.plugin_utils.run.examples import keys, keys_of

SINGLE = {"from": f"buchhaltung@{INSIDE}", "to": f"rechnung@{OUTSIDE}"}


def reasons(**options: Any) -> list[str]:
    """The keys of the reasons of a refused declaration."""
    with pytest.raises(InputRefused) as caught:
        parse_desired({"rules": [RULE], **options})
    return keys_of(caught.value)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (None, ["rules_missing"]),
        ([], ["rules_missing"]),
        ("a -> b", ["rules_missing"]),
        (["a -> b"], ["rule_no_mapping"]),
        ([{"from": INSIDE}], ["rule_incomplete"]),
        ([{"form": INSIDE, "to": OUTSIDE}], ["rule_option_unknown", "rule_incomplete"]),
        ([{"from": INSIDE, "to": f"info@{OUTSIDE}"}], ["rule_mixed"]),
        ([{"from": f"info@{INSIDE}", "to": OUTSIDE}], ["rule_mixed"]),
        ([{"from": "müller.local", "to": OUTSIDE}], ["value_unfit"]),
        ([{"from": INSIDE, "to": "müller.de"}], ["value_unfit"]),
        ([{"from": f"müller@{INSIDE}", "to": f"a@{OUTSIDE}"}], ["value_unfit"]),
        ([{"from": "a b@c.de", "to": f"a@{OUTSIDE}"}], ["value_unfit"]),
        ([{"from": INSIDE, "to": 7}], ["value_unfit"]),
        ([{**RULE, "except": 7}], ["value_unfit"]),
        ([{**RULE, "except": [["a"]]}], ["value_unfit"]),
        ([RULE, {"from": INSIDE.upper(), "to": "andere.de"}], ["rule_twice"]),
        ([SINGLE, {"from": f"BuchHaltung@{INSIDE}", "to": f"x@{OUTSIDE}"}], ["rule_twice"]),
        ([SINGLE, {"from": f"anna@{INSIDE}", "to": f"Rechnung@{OUTSIDE}"}], ["rules_to_one_address"]),
        ([{"from": INSIDE, "to": INSIDE}], ["rule_to_itself"]),
        ([{"from": f"a@{INSIDE}", "to": f"A@{INSIDE}"}], ["rule_to_itself"]),
        ([RULE, {"from": OUTSIDE, "to": "andere.de"}], ["rule_chain"]),
        ([{"from": OUTSIDE, "to": "andere.de"}, RULE], ["rule_chain"]),
        ([RULE, {"from": OUTSIDE, "to": INSIDE}], ["rule_chain", "rule_chain"]),
        ([SINGLE, {"from": f"rechnung@{OUTSIDE}", "to": "x@andere.de"}], ["rule_chain"]),
        ([SINGLE, {"from": OUTSIDE, "to": "andere.de"}], ["rule_chain"]),
        ([RULE, {"from": f"info@{OUTSIDE}", "to": "info@andere.de"}], ["rule_chain"]),
    ],
)
def test_rules_that_are_refused(rules: Any, expected: list[str]) -> None:
    assert reasons(rules=rules) == expected


def test_both_rules_are_named() -> None:
    (reason,) = conflicts([Rule(INSIDE, OUTSIDE), Rule(OUTSIDE, "andere.de")])
    assert f"{INSIDE} -> {OUTSIDE} and {OUTSIDE} -> andere.de" in str(reason)


def test_umlauts_are_told_as_such() -> None:
    with pytest.raises(InputRefused, match="knows no umlauts; write a domain in its punycode form"):
        parse_desired({"rules": [{"from": INSIDE, "to": "müller.de"}]})


def test_many_rules_are_looked_through_in_no_time() -> None:
    rules = [Rule(f"user{number}@{INSIDE}", f"u{number}@{OUTSIDE}") for number in range(10_000)]
    started = time.perf_counter()
    assert conflicts([*rules, Rule("a.local", OUTSIDE)]) == []
    assert time.perf_counter() - started < 1


WHO: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, str]]] = {
    "a domain": ([RULE], {}, {"Anna": f"anna@{OUTSIDE}", "Buchhaltung": f"buchhaltung@{OUTSIDE}"}),
    "the address before the domain": (
        [RULE, SINGLE],
        {},
        {"Anna": f"anna@{OUTSIDE}", "Buchhaltung": f"rechnung@{OUTSIDE}"},
    ),
    "whatever the order and the capitals": (
        [{"from": f"BUCHHALTUNG@{INSIDE}", "to": f"Rechnung@{OUTSIDE.upper()}"}, {"from": f"@{INSIDE}", "to": OUTSIDE}],
        {},
        {"Anna": f"anna@{OUTSIDE}", "Buchhaltung": f"Rechnung@{OUTSIDE}"},
    ),
    "only the address": ([SINGLE], {}, {"Buchhaltung": f"rechnung@{OUTSIDE}"}),
    "an exception by name": ([RULE], {"exceptions": ["anna"]}, {"Buchhaltung": f"buchhaltung@{OUTSIDE}"}),
    "an exception by address": (
        [RULE, SINGLE],
        {"exceptions": [f"Buchhaltung@{INSIDE}"]},
        {"Anna": f"anna@{OUTSIDE}"},
    ),
    "an exception of one rule falls to the next": (
        [RULE, {**SINGLE, "except": ["Buchhaltung"]}],
        {},
        {"Anna": f"anna@{OUTSIDE}", "Buchhaltung": f"buchhaltung@{OUTSIDE}"},
    ),
    "an exception of the domain leaves the address": (
        [{**RULE, "except": "Buchhaltung"}, SINGLE],
        {},
        {"Anna": f"anna@{OUTSIDE}", "Buchhaltung": f"rechnung@{OUTSIDE}"},
    ),
    "another domain": ([{"from": "andere.local", "to": OUTSIDE}], {}, {}),
}


@pytest.mark.parametrize(("rules", "options", "expected"), WHO.values(), ids=WHO)
def test_the_most_specific_rule_wins(
    rules: list[dict[str, Any]], options: dict[str, Any], expected: dict[str, str]
) -> None:
    decision = decide(printed("Anna"), printed("Buchhaltung"), desired=subject(*rules, **options))
    assert primaries(decision.plan) == expected


def test_a_rule_of_one_address_is_of_who_has_it_as_a_secondary_one_too() -> None:
    """Otherwise a rule that is added after the one of the domain would do nothing any more."""
    has = printed("Buchhaltung", f"SMTP:buchhaltung@{OUTSIDE}", f"smtp:buchhaltung@{INSIDE}")
    assert primaries(decide(has, desired=subject(RULE, SINGLE)).plan) == {"Buchhaltung": f"rechnung@{OUTSIDE}"}


def test_two_rules_of_one_recipient_would_never_come_to_rest() -> None:
    both = printed("Anna", f"SMTP:anna@{INSIDE}", f"smtp:buchhaltung@{INSIDE}")
    rules = ({"from": f"anna@{INSIDE}", "to": f"anna@{OUTSIDE}"}, SINGLE)
    assert refused(both, desired=subject(*rules)) == ["rules_of_one_recipient"]
    settled = printed("Anna", f"SMTP:anna@{OUTSIDE}", *both["EmailAddresses"][1:], f"smtp:anna@{INSIDE}")
    assert refused(settled, desired=subject(*rules)) == ["rules_of_one_recipient"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"method": "magic"}, ["value_unfit"]),
        ({"metod": "edge"}, ["option_unknown"]),
        ({"max_change_percent": 101}, ["value_unfit"]),
        ({"sent_senders_days": -1}, ["value_unfit"]),
        ({"sent_senders_days": 91}, ["value_unfit"]),
        ({"on_error": "ignore"}, ["value_unfit"]),
        ({"provider_mailboxes": ["info"]}, ["value_unfit"]),
        ({"unknown_recipients_return": "perhaps"}, ["value_unfit"]),
        ({"unknown_recipients_return": {"b ü": "no"}}, ["value_unfit"]),
        ({"unknown_recipients_return": 0}, ["value_unfit"]),
        ({"unknown_recipients_return": {"b.de": "no", "B.de": "yes"}}, ["value_unfit"]),
        ({"domain_type": "ExternalRelay", "exceptions": {}}, ["value_unfit", "value_unfit"]),
        ({"method": "policy"}, ["policy_name_missing"]),
        ({"method": "policy", "policy_name": "P", "rules": [RULE, SINGLE]}, ["policy_single_rule"]),
        (
            {"method": "policy", "policy_name": "P", "rules": [RULE, {"from": "a.local", "to": "a.de"}]},
            ["policy_several_targets"],
        ),
        ({"method": "policy", "policy_name": "P", "policy_templates": ["SMTP:%m@andere.de"]}, ["policy_other_target"]),
        ({"policy_templates": ["%m@beispiel.de"]}, ["policy_template_unfit"]),
        ({"policy_templates": ["SMTP:%x@beispiel.de"]}, ["policy_template_unfit"]),
        ({"policy_templates": ["SMTP:%i@beispiel.de"]}, ["policy_template_unfit"]),
        ({"policy_templates": ["smtp:%m@beispiel.de"]}, ["policy_primary_template"]),
        ({"policy_templates": ["SMTP:%m@beispiel.de", "SMTP:%g@beispiel.de"]}, ["policy_primary_template"]),
    ],
)
def test_wishes_that_are_refused(options: dict[str, Any], expected: list[str]) -> None:
    assert reasons(**options) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "unknown"),
        ("unknown", "unknown"),
        (True, "yes"),
        ("No", "no"),
        ({OUTSIDE: False}, "no"),
        ({"andere.de": "no"}, "unknown"),
    ],
)
def test_what_is_not_answered_is_not_known(value: Any, expected: str) -> None:
    desired = parse_desired({"rules": [RULE], "unknown_recipients_return": value})
    assert desired.unknown_recipients_return(OUTSIDE) == expected


def test_reasons_have_one_key_each() -> None:
    assert keys(conflicts([Rule(INSIDE, INSIDE)])) == ["rule_to_itself"]
