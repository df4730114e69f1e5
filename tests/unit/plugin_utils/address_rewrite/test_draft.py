"""What holds for any organisation: nothing is lost, no address is there twice, and a plan leaves nothing to do."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.addresses import (
    smtp_addresses,
    with_primary,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan
from tests.unit.plugin_utils.address_rewrite.address_host import AddressHost, printed, run, subject

DOMAINS = ("nt4admins.local", "zweite.local", "beispiel.de", "fremd.example")
LOCALS = st.sampled_from(["anna", "Anna", "bernd", "info", "a.meyer", "ärger", "u1", "u2", "u3"])
ADDRESSES = st.builds("{}@{}".format, LOCALS, st.sampled_from(DOMAINS))
OTHERS = st.sampled_from(
    ["X400:C=DE;A= ;P=First;S=Meyer;", "X500:/o=First/cn=anna", "X500:/O=FIRST/CN=ANNA", "sip:a@b"]
)
KINDS = st.sampled_from(["UserMailbox", "MailUniversalSecurityGroup", "MailContact", "PublicFolder", "SystemMailbox"])


@st.composite
def organisations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Recipients of which no two have the same address, as Exchange sees to it."""
    free = draw(st.lists(ADDRESSES, max_size=12, unique_by=str.lower))
    people: list[dict[str, Any]] = []
    while free:
        mine = [free.pop() for _ in range(min(len(free), draw(st.integers(1, 4))))]
        entries = [f"SMTP:{mine[0]}", *(f"smtp:{each}" for each in mine[1:])]
        entries += draw(st.lists(OTHERS, max_size=3, unique=True))
        entries = draw(st.permutations(entries))
        kind, follows = draw(KINDS), draw(st.booleans())
        name = f"P{len(people)}"
        people.append(printed(name, *entries, RecipientType=kind, EmailAddressPolicyEnabled=follows))
    return people


RULES = st.sampled_from(
    [
        [{"from": "nt4admins.local", "to": "beispiel.de"}],
        [{"from": "nt4admins.local", "to": "beispiel.de"}, {"from": "zweite.local", "to": "beispiel.de"}],
        [{"from": "anna@nt4admins.local", "to": "chefin@beispiel.de"}, {"from": "zweite.local", "to": "beispiel.de"}],
        [
            {"from": "nt4admins.local", "to": "beispiel.de", "except": ["info@nt4admins.local"]},
            {"from": "u1@zweite.local", "to": "kasse@beispiel.de"},
        ],
    ]
)
ALL = {"confirm_mass_change": True}


def planned(host: AddressHost, rules: list[dict[str, Any]]) -> Plan | None:
    """The plan for a host; None where there is nothing to do, or where it is refused."""
    try:
        return run(host, subject(*rules, **ALL), check=True).decision.plan
    except InputRefused:
        return None


def is_smtp(entry: str) -> bool:
    return entry[:5].lower() == "smtp:"


def own_words(entries: list[str]) -> Counter[str]:
    """All addresses, whichever of them is the primary one."""
    return Counter(f"smtp:{each[5:].lower()}" if is_smtp(each) else each for each in entries)


@given(organisations(), RULES)
def test_no_address_is_lost_and_only_the_new_one_is_added(
    people: list[dict[str, Any]], rules: list[dict[str, Any]]
) -> None:
    plan = planned(AddressHost(*people), rules)
    before = {each["Guid"]: each["EmailAddresses"] for each in people}
    for step in plan.steps if plan else ():
        old, new = before[step.parameters["Identity"]], step.parameters["EmailAddresses"]
        assert not own_words(old) - own_words(new)
        assert set(own_words(new) - own_words(old)) <= {f"smtp:{step.changes[0].after.lower()}"}
        assert [each for each in new if each.startswith("SMTP:")] != [each for each in old if each.startswith("SMTP:")]
        assert [each for each in new if not is_smtp(each)] == [each for each in old if not is_smtp(each)]


@given(organisations(), RULES)
def test_nobody_has_an_address_of_somebody_else_afterwards(
    people: list[dict[str, Any]], rules: list[dict[str, Any]]
) -> None:
    host = AddressHost(*people)
    if planned(host, rules):
        assert run(host, subject(*rules, **ALL)).error is None
    addresses = Counter(address for each in host.recipients for address in smtp_addresses(each["EmailAddresses"]))
    assert not [address for address, number in addresses.items() if number > 1]
    assert all(sum(each.startswith("SMTP:") for each in one["EmailAddresses"]) == 1 for one in host.recipients)


@given(organisations(), RULES)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    people: list[dict[str, Any]], rules: list[dict[str, Any]]
) -> None:
    host = AddressHost(*people)
    if planned(host, rules) is None:
        return
    assert run(host, subject(*rules, **ALL)).changed
    again = run(host, subject(*rules, **ALL))
    assert (again.changed, again.decision.plan) == (False, None)


@given(organisations(), RULES, st.randoms())
def test_a_plan_does_not_depend_on_the_order_in_which_a_host_tells(
    people: list[dict[str, Any]], rules: list[dict[str, Any]], random: Any
) -> None:
    shuffled = list(people)
    random.shuffle(shuffled)
    plans = [planned(AddressHost(*each), rules) for each in (people, shuffled)]
    assert plans[0] == plans[1]


@given(st.lists(st.one_of(OTHERS, ADDRESSES.map("smtp:{}".format)), max_size=6, unique_by=str.lower), ADDRESSES)
def test_a_list_with_another_primary_has_exactly_one(entries: list[str], target: str) -> None:
    after = with_primary((f"SMTP:alt@{DOMAINS[0]}", *entries), target)
    assert [each[5:].lower() for each in after if each.startswith("SMTP:")] == [target.lower()]
    assert with_primary(after, target) == after
