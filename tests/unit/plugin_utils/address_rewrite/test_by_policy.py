"""The method of one policy: who it is for, what it makes of each, and what is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.policies import parse_policies
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.recipients import parse_recipients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.subject import RewriteSubject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.templates import read_template
from tests.unit.plugin_utils.address_rewrite.address_host import (
    DEFAULT_POLICY,
    INSIDE,
    LEGACY,
    LOCAL,
    OUTSIDE,
    RULE,
    X500,
    AddressHost,
    decide,
    domain,
    policy,
    printed,
    refused,
    run,
    statuses,
    subject,
)
from tests.unit.plugin_utils.run.examples import commands, keys_of

NAME = "Absender"
TEMPLATES = [f"SMTP:%m@{OUTSIDE}", f"smtp:%m@{INSIDE}"]
OURS = policy(NAME, 1, *TEMPLATES)


def desired(**options: Any) -> RewriteSubject:
    """A declaration for the policy."""
    return subject(**{"method": "policy", "policy_name": NAME, **options})


def follower(name: str = "Anna", *addresses: str, **changes: Any) -> dict[str, Any]:
    """A recipient that follows policies."""
    return printed(name, *addresses, EmailAddressPolicyEnabled=True, **changes)


def settled(name: str = "Anna", **changes: Any) -> dict[str, Any]:
    """One that has what the policy computes."""
    alias = name.lower()
    return follower(name, f"SMTP:{alias}@{OUTSIDE}", f"smtp:{alias}@{INSIDE}", **changes)


def test_a_missing_policy_is_made_and_applied() -> None:
    decision = decide(follower(), printed("Bernd"), desired=desired())
    assert commands(decision.plan) == [("New-EmailAddressPolicy", NAME), ("Update-EmailAddressPolicy", NAME)]
    assert decision.plan is not None and decision.plan.steps[0].parameters == {
        "Name": NAME,
        "EnabledEmailAddressTemplates": TEMPLATES,
        "IncludedRecipients": "AllRecipients",
        "Priority": 1,
        "Confirm": False,
    }
    (change,) = decision.plan.steps[1].changes
    assert (change.before, change.after) == (f"anna@{INSIDE}", f"anna@{OUTSIDE}")
    assert decision.after[f"Anna <anna@{INSIDE}>"] == {"primary": f"anna@{OUTSIDE}"}
    assert [row["name"] for row in decision.facts["foreign_recipients"]] == ["Bernd"]
    assert decision.facts["changing"] == 1


@pytest.mark.parametrize("follows", [True, False, None])
def test_exchanges_own_mailboxes_are_in_no_plan_and_told_where_exchange_renames_them(follows: bool | None) -> None:
    own = printed("Suche", RecipientTypeDetails="DiscoveryMailbox", EmailAddressPolicyEnabled=follows)
    decision = decide(follower(), own, desired=desired())
    assert decision.facts["changing"] == 1
    assert [notice for notice in decision.notices if "Suche" in notice] == [
        each for each in decision.notices if "Exchange's system mailboxes" in each
    ]
    assert any("Suche" in notice for notice in decision.notices) is (follows is True)


def test_a_run_of_it_and_a_second_one() -> None:
    host = AddressHost(follower("Anna", f"SMTP:von.hand@{INSIDE}", X500), printed("Bernd"))
    outcome = run(host, desired())
    assert (statuses(outcome), outcome.error) == (["done", "done"], None)
    assert set(host.addresses()) == {
        f"SMTP:anna@{OUTSIDE}",
        f"smtp:von.hand@{INSIDE}",
        f"smtp:anna@{INSIDE}",
        X500,
    }
    assert host.addresses("Bernd") == [f"SMTP:bernd@{INSIDE}"]
    again = run(host, desired())
    assert (again.changed, again.decision.plan) == (False, None)


def test_a_domain_is_made_before_the_policy() -> None:
    decision = decide(follower(), desired=desired(unknown_recipients_return="no"), domains=[LOCAL])
    assert [command for command, _ in commands(decision.plan)] == [
        "New-AcceptedDomain",
        "New-EmailAddressPolicy",
        "Update-EmailAddressPolicy",
    ]


PLANS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], list[str]]] = {
    "all as it shall be": ([settled()], OURS, {}, []),
    "capitals and order aside": (
        [follower("Anna", f"smtp:anna@{INSIDE}", f"SMTP:ANNA@{OUTSIDE}")],
        OURS,
        {},
        [],
    ),
    "a follower differs": ([settled(), follower("Bernd")], OURS, {}, ["Update-EmailAddressPolicy"]),
    "set by hand": (
        [follower("Anna", f"SMTP:a.meyer@{OUTSIDE}", f"smtp:anna@{OUTSIDE}", f"smtp:anna@{INSIDE}")],
        OURS,
        {},
        ["Update-EmailAddressPolicy"],
    ),
    "a secondary one lacks": ([follower("Anna", f"SMTP:anna@{OUTSIDE}")], OURS, {}, ["Update-EmailAddressPolicy"]),
    "digits, since another has it": (
        [
            settled(),
            follower("Anna2", f"SMTP:anna2@{OUTSIDE}", f"smtp:anna7@{INSIDE}", Alias="anna"),
        ],
        OURS,
        {},
        [],
    ),
    "other templates": (
        [settled()],
        policy(NAME, 1, f"SMTP:%m@{OUTSIDE}"),
        {},
        ["Set-EmailAddressPolicy", "Update-EmailAddressPolicy"],
    ),
    "another priority": (
        [settled()],
        policy(NAME, 3, *TEMPLATES),
        {"policy_priority": 1},
        ["Set-EmailAddressPolicy", "Update-EmailAddressPolicy"],
    ),
    "another priority, not declared": ([settled()], policy(NAME, 3, *TEMPLATES), {}, []),
    "other recipients": (
        [settled()],
        OURS,
        {"policy_included_recipients": "MailboxUsers"},
        ["Set-EmailAddressPolicy", "Update-EmailAddressPolicy"],
    ),
    "taken over whatever its capitals": ([settled()], {**OURS, "Name": "ABSENDER"}, {}, []),
    "not for groups": (
        [follower("Gruppe", RecipientType="MailUniversalDistributionGroup")],
        {**OURS, "IncludedRecipients": "MailboxUsers, MailUsers"},
        {},
        [],
    ),
    "Exchange's own": ([follower("System", RecipientType="SystemMailbox")], OURS, {}, []),
}


@pytest.mark.parametrize(("recipients", "there", "options", "expected"), PLANS.values(), ids=PLANS)
def test_what_is_written(
    recipients: list[dict[str, Any]], there: dict[str, Any], options: dict[str, Any], expected: list[str]
) -> None:
    decision = decide(*recipients, desired=desired(**options), policies=[there, DEFAULT_POLICY])
    assert [command for command, _ in commands(decision.plan)] == expected


def test_templates_of_other_kinds_are_kept() -> None:
    there = policy(NAME, 1, f"SMTP:%m@{OUTSIDE}", "X400:c=DE;a= ;p=First;o=Exchange;")
    decision = decide(settled(), desired=desired(), policies=[there])
    assert decision.plan is not None
    assert decision.plan.steps[0].parameters["EnabledEmailAddressTemplates"] == [
        *TEMPLATES,
        "X400:c=DE;a= ;p=First;o=Exchange;",
    ]


CUSTOM = policy("Werk 2", 1, f"SMTP:%m@{INSIDE}", IncludedRecipients="None", RecipientFilter="Office -eq 'Werk 2'")
REFUSED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[dict[str, Any]], list[str]]] = {
    "a filter before it that cannot be evaluated": (
        [follower()],
        {"policy_priority": 2},
        [CUSTOM],
        ["policy_filter_unknown"],
    ),
    "conditions before it": (
        [follower()],
        {"policy_priority": 2},
        [policy("Werk 2", 1, ConditionalDepartment=["Werk 2"])],
        ["policy_filter_unknown"],
    ),
    "a container before it": (
        [follower()],
        {"policy_priority": 2},
        [policy("Werk 2", 1, RecipientContainer="nt4admins.local/Werk 2")],
        ["policy_filter_unknown"],
    ),
    "its own filter": ([follower()], {}, [{**CUSTOM, "Name": NAME}], ["policy_filter_unknown"]),
    "rooms, of which it is not known": (
        [follower("Raum", RecipientTypeDetails="RoomMailbox")],
        {"policy_included_recipients": "MailboxUsers"},
        [],
        ["policy_filter_unknown"],
    ),
    "dynamic groups, of which it is not known": (
        [follower("Alle", RecipientType="DynamicDistributionGroup")],
        {"policy_included_recipients": "MailGroups"},
        [],
        ["policy_filter_unknown"],
    ),
    "no alias": ([follower("Anna", Alias=None)], {}, [], ["aliases_missing"]),
    "an alias with umlauts": (
        [follower("Anna", Alias="annä")],
        {},
        [],
        ["policy_address_unknown", "policy_address_unknown"],
    ),
    "a name that is not there": (
        [follower("Anna", FirstName=None)],
        {"policy_templates": [f"SMTP:%g.%s@{OUTSIDE}"]},
        [],
        ["policy_address_unknown"],
    ),
    "an address that another has": (
        [follower(), printed("Bernd", f"SMTP:bernd@{OUTSIDE}", f"smtp:anna@{OUTSIDE}")],
        {},
        [],
        ["policy_address_taken"],
    ),
    "two of one alias": (
        [follower("Anna"), follower("Anna2", f"SMTP:a2@{INSIDE}", Alias="anna")],
        {"policy_templates": [f"SMTP:%m@{OUTSIDE}"]},
        [],
        ["policy_address_twice"],
    ),
    "one of Exchange 2003": ([follower(ExchangeVersion=LEGACY)], {"force_upgrade": True}, [], ["policy_legacy"]),
    "whether it follows is not known": (
        [printed(EmailAddressPolicyEnabled=None)],
        {},
        [],
        ["recipients_untold"],
    ),
    "an exception that follows": ([follower()], {"exceptions": ["Anna"]}, [], ["policy_exempt"]),
    "a template of another domain": (
        [],
        {"policy_templates": [f"SMTP:%m@{OUTSIDE}", "smtp:%m@fremd.example"]},
        [],
        ["template_domain"],
    ),
    "the default policy with a priority": (
        [],
        {"policy_name": "Default Policy", "policy_priority": 1},
        [],
        ["policy_is_default"],
    ),
    "the default policy for some only": (
        [],
        {"policy_name": "Default Policy", "policy_included_recipients": "MailUsers"},
        [],
        ["policy_is_default"],
    ),
    "unreadable recipients": ([printed(EmailAddresses=None)], {}, [], ["recipients_unreadable"]),
    "too many": ([follower(f"u{number}") for number in range(10)], {}, [], ["mass_change"]),
}


@pytest.mark.parametrize(("recipients", "options", "policies", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_forbids_it(
    recipients: list[dict[str, Any]], options: dict[str, Any], policies: list[dict[str, Any]], expected: list[str]
) -> None:
    assert refused(*recipients, desired=desired(**options), policies=[*policies, DEFAULT_POLICY]) == expected


@pytest.mark.parametrize(
    "policies",
    [
        [CUSTOM],
        [policy("Kontakte", 1, IncludedRecipients="MailContacts", ConditionalCompany=["X"])],
    ],
)
def test_a_filter_after_it_or_of_others_does_not_matter(policies: list[dict[str, Any]]) -> None:
    after = decide(follower(), desired=desired(), policies=[*policies, DEFAULT_POLICY])
    assert after.facts["changing"] == 1


def test_who_is_settled_by_a_policy_before_it_is_not_counted() -> None:
    first = policy("Andere", 1, f"SMTP:%m@{INSIDE}", IncludedRecipients="MailboxUsers")
    decision = decide(follower(), desired=desired(policy_priority=2), policies=[first, CUSTOM | {"Priority": 2}])
    assert decision.facts["changing"] == 0
    assert commands(decision.plan)[0] == ("New-EmailAddressPolicy", NAME)


def test_an_update_that_does_something_else_is_told() -> None:
    host = AddressHost(follower("Anna", DisplayName="Anna Meyer"))
    outcome = run(host, desired(policy_templates=[f"SMTP:%g.%s@{OUTSIDE}"]))
    assert outcome.error is not None and keys_of(outcome.error) == ["read_back_differs"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("%m", "anna"),
        ("", "anna"),
        ("%g.%s", "Anna.Meyer"),
        ("%1g%s", "AMeyer"),
        ("%g%2s", "AnnaMe"),
        ("%9g", "Anna"),
        ("%d", "AnnaMeyer"),
        ("%rnm%g", "Amma"),
        ("%rnn%g%s", "AaMeyer"),
        ("%g%rae%s", "AnnaMeyer"),
        ("%rex%s", "Mxyxr"),
        ("info-%m", "info-anna"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    (recipient,), _ = parse_recipients([printed("Anna", DisplayName="AnnaMeyer")])
    found = read_template(f"SMTP:{template}@{OUTSIDE.upper()}")
    assert found is not None and found.address(recipient) == f"{expected}@{OUTSIDE}"


@pytest.mark.parametrize("template", ["%i", "%x", "%d", "%", "%r", "%ra"])
def test_what_a_template_makes_may_not_be_known(template: str) -> None:
    (recipient,), _ = parse_recipients([printed("Anna", DisplayName="Anna Meyer")])
    found = read_template(f"SMTP:{template}@{OUTSIDE}")
    assert found is not None and found.address(recipient) is None


def test_policies_are_read_in_the_order_in_which_they_are_asked() -> None:
    found = parse_policies([DEFAULT_POLICY, policy("Zwei", 2), policy("Eins", "1")])  # type: ignore[arg-type]
    assert [each.name for each in found] == ["Eins", "Zwei", "Default Policy"]
    assert found[2].smtp_templates[0].address(parse_recipients([printed()])[0][0]) == f"anna@{INSIDE}"


@pytest.mark.parametrize(
    ("changes", "kind", "expected"),
    [
        ({}, {}, True),
        ({"IncludedRecipients": None}, {}, True),
        ({"IncludedRecipients": None, "RecipientFilter": None}, {}, None),
        ({"IncludedRecipients": "None", "RecipientFilter": "((Alias -ne $null))"}, {}, True),
        ({"RecipientContainer": "nt4admins.local"}, {}, True),
        ({"RecipientContainer": "nt4admins.local/Users"}, {}, None),
        ({"IncludedRecipients": "MailContacts", "ConditionalCustomAttribute15": ["x"]}, {}, False),
        ({"IncludedRecipients": "Resources"}, {}, False),
        ({"IncludedRecipients": "Resources"}, {"RecipientTypeDetails": "EquipmentMailbox"}, True),
        ({"IncludedRecipients": "MailUsers"}, {"RecipientTypeDetails": "EquipmentMailbox"}, False),
        ({"IncludedRecipients": "MailUsers"}, {"RecipientType": "MailUser"}, True),
        ({"IncludedRecipients": "MailContacts"}, {"RecipientType": "MailContact"}, True),
        ({"IncludedRecipients": "MailGroups"}, {"RecipientType": "MailNonUniversalGroup"}, True),
        ({"IncludedRecipients": "MailGroups"}, {"RecipientType": "PublicFolder"}, False),
        ({"IncludedRecipients": "MailUsers"}, {"RecipientType": "DynamicDistributionGroup"}, False),
    ],
)
def test_for_whom_a_policy_is(changes: dict[str, Any], kind: dict[str, Any], expected: bool | None) -> None:
    (found,) = parse_policies([{**DEFAULT_POLICY, **changes}])
    (recipient,), _ = parse_recipients([printed(**kind)])
    assert found.is_for(recipient) is expected


def test_a_primary_template_alone_is_read_as_one() -> None:
    (found,) = parse_policies([policy("P", EnabledEmailAddressTemplates=[])])
    assert found.templates == (f"SMTP:%m@{OUTSIDE}",)


def test_the_accepted_domain_of_a_template_must_take_addresses() -> None:
    domains = [LOCAL, domain(), domain("relay.example", "ExternalRelay")]
    options = {"policy_templates": [f"SMTP:%m@{OUTSIDE}", "smtp:%m@relay.example"]}
    assert refused(desired=desired(**options), domains=domains) == ["template_domain"]
    assert RULE["to"] == OUTSIDE
