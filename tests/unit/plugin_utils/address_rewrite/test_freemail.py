"""Domains of a provider's own: what is refused whatever is confirmed, what one mailbox of the firm's there allows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.making import with_mailboxes
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import provider_of_domain
from tests.unit.plugin_utils.address_rewrite.address_host import (
    INSIDE,
    LOCAL,
    OUTSIDE,
    RULE,
    decide,
    domain,
    primaries,
    printed,
    refused,
    subject,
)
from tests.unit.plugin_utils.run.examples import keys_of

FIRMA = "Firma@web.de"
ONE = {"from": f"anna@{INSIDE}", "to": FIRMA}
CONFIRMED = {
    "domain_type": "authoritative",
    "all_mailboxes_here": True,
    "change_type": True,
    "confirm_mass_change": True,
    "unknown_recipients_return": "no",
}
POLICY = {"method": "policy", "policy_name": "Absender"}
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "into web.de": ({"from": INSIDE, "to": "web.de"}, {}, ["freemail_domain"]),
    "in capitals": ({"from": INSIDE, "to": " @T-Online.DE"}, {}, ["freemail_domain"]),
    "with a dot at its end": ({"from": INSIDE, "to": "web.de."}, {}, ["value_unfit"]),
    "below it": ({"from": INSIDE, "to": "firma.gmx.net"}, {}, ["freemail_domain"]),
    "a hoster's": ({"from": INSIDE, "to": "strato.de"}, {}, ["freemail_domain"]),
    "of Microsoft's": ({"from": INSIDE, "to": "onmicrosoft.com"}, {}, ["freemail_domain"]),
    "whatever is confirmed": (
        {"from": INSIDE, "to": "web.de"},
        CONFIRMED,
        ["freemail_domain", "freemail_authoritative"],
    ),
    "by a policy": ({"from": INSIDE, "to": "gmx.de"}, POLICY, ["freemail_domain", "freemail_template"]),
    "on an Edge server": ({"from": INSIDE, "to": "web.de"}, {"method": "edge"}, ["freemail_domain"]),
    "to a mailbox that may be a stranger's": (ONE, {}, ["freemail_address"]),
    "with another one of the firm's": (ONE, {"provider_mailboxes": ["buero@web.de"]}, ["freemail_address"]),
    "to the firm's own, authoritative": (
        ONE,
        {**CONFIRMED, "provider_mailboxes": [FIRMA]},
        ["freemail_authoritative"],
    ),
}


@pytest.mark.parametrize(("rule", "options", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_no_confirmation_changes(rule: dict[str, Any], options: dict[str, Any], expected: list[str]) -> None:
    template = {"policy_templates": [f"SMTP:%m@{rule['to']}"]} if "policy_name" in options else {}
    with pytest.raises(InputRefused) as caught:
        parse_desired({"rules": [rule], **options, **template})
    assert keys_of(caught.value) == expected


def test_the_reason_and_the_ways_out_are_told() -> None:
    with pytest.raises(InputRefused) as caught:
        parse_desired({"rules": [{"from": INSIDE, "to": "web.de"}]})
    for words in ("WEB.DE Freemail's own", "stranger", "a domain of the firm's own at the provider", "a relay"):
        assert words in str(caught.value)


@pytest.mark.parametrize("template", ["SMTP:%m@web.de", "smtp:%m@GMX.de"])
def test_templates_of_a_policy(template: str) -> None:
    own = [] if template.startswith("SMTP") else [f"SMTP:%m@{OUTSIDE}"]
    with pytest.raises(InputRefused) as caught:
        parse_desired({"rules": [RULE], **POLICY, "policy_templates": [template, *own]})
    assert "freemail_template" in keys_of(caught.value)


def test_the_way_out_of_it_keeps_the_old_addresses() -> None:
    """Also as templates, which are there by default."""
    rules = [{"from": "web.de", "to": OUTSIDE}]
    assert parse_desired({"rules": rules}).provider_domains == {OUTSIDE}
    templates = parse_desired({"rules": rules, **POLICY}).policy_templates
    assert [str(each) for each in templates] == [f"SMTP:%m@{OUTSIDE}", "smtp:%m@web.de"]
    parse_desired({"rules": rules, **POLICY, "policy_templates": [str(each) for each in templates]})


def test_one_mailbox_of_the_firms_is_a_senders_address_and_the_rest_is_relayed() -> None:
    desired = subject(ONE, provider_mailboxes=[FIRMA.lower()])
    decision = decide(printed("Anna"), printed("Bernd", "SMTP:bernd@web.de"), desired=desired)
    assert decision.plan and primaries(decision.plan) == {"Anna": FIRMA}
    assert decision.plan.steps[0].parameters["DomainType"] == "InternalRelay"
    assert [each["name"] for each in decision.facts["foreign_recipients"]] == ["Bernd"]


def test_several_mailboxes_with_one_login_are_told() -> None:
    """Also where each is the firm's: which of them are aliases of the one that logs in is known there alone."""
    other = {"from": f"bernd@{INSIDE}", "to": "bernd@web.de"}
    mine = {"from": f"carl@{INSIDE}", "to": f"carl@{OUTSIDE}"}
    answers = {"provider_mailboxes": [FIRMA, "bernd@web.de"], "unknown_recipients_return": "no"}
    for rules, number in (([ONE, other], 1), ([ONE, mine], 0)):
        notices = decide(printed("Anna"), desired=subject(*rules, **answers)).notices
        assert len([each for each in notices if "several addresses" in each]) == number


@pytest.mark.parametrize("own", ["Firma@web.de", ["Firma@web.de"]])
def test_one_mailbox_alone_hides_none_that_is_declared_elsewhere(own: Any) -> None:
    place = SimpleNamespace(declared=lambda name: [{"address": "a@b.de"}] if name.startswith("smarthost") else None)
    assert with_mailboxes({"provider_mailboxes": own}, place)["provider_mailboxes"] == ["Firma@web.de", "a@b.de"]


@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_what_nobody_has_here_does_not_come_back_from_there(answer: str) -> None:
    desired = subject(ONE, provider_mailboxes=[FIRMA], unknown_recipients_return=answer)
    assert decide(printed("Anna"), desired=desired).plan


@pytest.mark.parametrize("name", ["web.de", "*.GMX.de"])
def test_one_that_keeps_all_mail_already_is_told(name: str) -> None:
    here = [LOCAL, domain(), domain(name, "Authoritative")]
    (told,) = [each for each in decide(printed("Anna"), domains=here).notices if "Authoritative" in each]
    assert name.lower() in told and "returned to its sender" in told


def test_one_that_relays_from_now_on_is_not_told() -> None:
    here = [LOCAL, domain("web.de", "Authoritative")]
    desired = subject(ONE, provider_mailboxes=[FIRMA], domain_type="internal_relay", change_type=True)
    decision = decide(printed("Anna"), domains=here, desired=desired)
    assert decision.plan and decision.plan.steps[0].command == "Set-AcceptedDomain"
    assert not any("returned to its sender" in each for each in decision.notices)


def test_one_that_relays_is_not_told() -> None:
    decision = decide(printed("Anna"), domains=[LOCAL, domain(), domain("web.de")])
    assert not any("web.de" in each for each in decision.notices)


def test_an_edge_server_needs_it_authoritative() -> None:
    desired = subject(ONE, method="edge", provider_mailboxes=[FIRMA])
    assert refused(domains=[LOCAL], desired=desired, edge=True) == ["freemail_on_edge"]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("web.de", "WEB.DE Freemail"),
        ("WEB.DE.", "WEB.DE Freemail"),
        ("post.web.de", "WEB.DE Freemail"),
        ("meinweb.de", None),
        ("de", None),
        ("", None),
        ("onmicrosoft.com", "Microsoft 365"),
        ("beispiel.onmicrosoft.com", None),
        ("s123.online.de", None),
        ("nyu.edu", None),
        (OUTSIDE, None),
    ],
)
def test_whose_domain_it_is(name: str, owner: str | None) -> None:
    assert provider_of_domain(name) == owner
