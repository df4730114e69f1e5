"""The method of recipients: which step each gets, what is kept, and what forbids it; accepted domains before them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan
from tests.unit.plugin_utils.address_rewrite.address_host import (
    INSIDE,
    LEGACY,
    LOCAL,
    OUTSIDE,
    RULE,
    X400,
    X500,
    AddressHost,
    decide,
    domain,
    guid,
    policy,
    primaries,
    printed,
    refused,
    run,
    subject,
)

CONTACT = printed(
    "Lieferant",
    "SMTP:vertrieb@lieferant.example",
    RecipientType="MailContact",
    ExternalEmailAddress="SMTP:vertrieb@lieferant.example",
)


def only(plan: Plan | None) -> dict[str, Any]:
    """The parameters of a plan's one step."""
    assert plan is not None
    (step,) = plan.steps
    return dict(step.parameters)


def test_the_old_address_stays_and_all_others_are_kept_in_their_order() -> None:
    entries = [X400, f"SMTP:Anna@{INSIDE}", X500, "smtp:Info@Firma.example", "sip:anna@x.example"]
    decision = decide(printed("Anna", *entries))
    assert only(decision.plan) == {
        "Identity": guid("Anna"),
        "EmailAddresses": [f"SMTP:Anna@{OUTSIDE}", X400, f"smtp:Anna@{INSIDE}", *entries[2:]],
        "Confirm": False,
    }
    assert decision.before == {f"Anna <Anna@{INSIDE}>": {"primary": f"Anna@{INSIDE}"}}
    assert decision.after == {f"Anna <Anna@{INSIDE}>": {"primary": f"Anna@{OUTSIDE}"}}


def test_a_secondary_address_is_raised_where_it_stands() -> None:
    entries = [f"SMTP:anna@{INSIDE}", f"smtp:ANNA@{OUTSIDE}", X500]
    assert only(decide(printed("Anna", *entries)).plan)["EmailAddresses"] == [
        f"smtp:anna@{INSIDE}",
        f"SMTP:ANNA@{OUTSIDE}",
        X500,
    ]


@pytest.mark.parametrize(
    ("kind", "command", "more"),
    [
        ("UserMailbox", "Set-Mailbox", {}),
        ("MailUniversalDistributionGroup", "Set-DistributionGroup", {"BypassSecurityGroupManagerCheck": True}),
        ("MailUniversalSecurityGroup", "Set-DistributionGroup", {"BypassSecurityGroupManagerCheck": True}),
        ("MailNonUniversalGroup", "Set-DistributionGroup", {"BypassSecurityGroupManagerCheck": True}),
        ("DynamicDistributionGroup", "Set-DynamicDistributionGroup", {}),
        ("MailContact", "Set-MailContact", {}),
        ("MailUser", "Set-MailUser", {}),
        ("PublicFolder", "Set-MailPublicFolder", {}),
    ],
)
@pytest.mark.parametrize("follows", [False, True])
def test_each_kind_has_its_cmdlet(kind: str, command: str, more: dict[str, Any], follows: bool) -> None:
    decision = decide(printed("Anna", RecipientType=kind, EmailAddressPolicyEnabled=follows))
    assert decision.plan is not None and decision.plan.steps[0].command == command
    switched = {"EmailAddressPolicyEnabled": False} if follows else {}
    assert only(decision.plan) == {
        "Identity": guid("Anna"),
        "EmailAddresses": [f"SMTP:anna@{OUTSIDE}", f"smtp:anna@{INSIDE}"],
        "Confirm": False,
        **more,
        **switched,
    }
    assert decision.facts["policies_switched_off"] == ([f"Anna <anna@{INSIDE}>"] if follows else [])
    assert len(decision.notices) == follows


def test_one_that_is_right_already_is_left_to_its_policy() -> None:
    right = printed("Anna", f"SMTP:anna@{OUTSIDE}", EmailAddressPolicyEnabled=True)
    decision = decide(right, policies=[policy("Absender")])
    assert (decision.plan, decision.facts["policies_switched_off"], decision.notices) == (None, [], ())


def test_an_address_that_a_policy_would_take_back_is_told() -> None:
    by_hand = printed("Anna", f"SMTP:chefin@{OUTSIDE}", EmailAddressPolicyEnabled=True)
    rule_takes_it_out = printed("Bernd", EmailAddressPolicyEnabled=True)
    decision = decide(by_hand, rule_takes_it_out, printed("Clara", f"SMTP:clara@{OUTSIDE}"))
    assert decision.facts["may_be_reset"] == [f"Anna <chefin@{OUTSIDE}>"]
    assert any("1 recipients have an address that the provider accepts" in notice for notice in decision.notices)
    ours = policy("Absender", 1, f"SMTP:%m@{OUTSIDE}")
    assert decide(by_hand, policies=[ours]).facts["may_be_reset"] == []


@pytest.mark.parametrize("kind", ["SystemMailbox", "PublicDatabase", "SystemAttendantMailbox", "MicrosoftExchange"])
def test_exchanges_own_recipients_are_left_alone_and_told(kind: str) -> None:
    decision = decide(printed("System", RecipientType=kind))
    assert decision.plan is None
    (row,) = decision.facts["foreign_recipients"]
    assert (row["name"], row["why"]) == ("System", "a system recipient of Exchange")


def test_hidden_ones_are_changed_too_and_those_without_an_address_are_not() -> None:
    hidden = printed("Anna", HiddenFromAddressListsEnabled=True)
    nobody = printed("Leer", X500)
    assert primaries(decide(hidden, nobody).plan) == {"Anna": f"anna@{OUTSIDE}"}


REFUSED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[str]]] = {
    "an address that another has": (
        [printed("Anna"), printed("Bernd", f"SMTP:bernd@{OUTSIDE}", f"smtp:ANNA@{OUTSIDE}")],
        {},
        ["address_taken"],
    ),
    "an address that a contact has": (
        [printed("Anna"), {**CONTACT, "EmailAddresses": [f"SMTP:anna@{OUTSIDE}"], "PrimarySmtpAddress": None}],
        {},
        ["address_taken"],
    ),
    "two that get the same": (
        [printed("Anna"), printed("Anna2", "SMTP:anna@zweite.local")],
        {"rules": [RULE, {"from": "zweite.local", "to": OUTSIDE}]},
        ["address_twice"],
    ),
    "umlauts": ([printed("Anna", f"SMTP:annä@{INSIDE}")], {}, ["address_forbidden"]),
    "blanks": ([printed("Anna", f"SMTP:anna meyer@{INSIDE}")], {}, ["address_forbidden"]),
    "two dots": ([printed("Anna", f"SMTP:anna..meyer@{INSIDE}")], {}, ["address_forbidden"]),
    "too long": ([printed("Anna", f"SMTP:{'a' * 65}@{INSIDE}")], {}, ["address_forbidden"]),
    "one of Exchange 2003": (
        [printed("Anna", ExchangeVersion=LEGACY, RecipientType="MailUser")],
        {},
        ["recipients_legacy"],
    ),
    "a mailbox of Exchange 2003": ([printed("Anna", ExchangeVersion=LEGACY)], {}, ["recipients_stuck"]),
    "no alias": ([printed("Anna", Alias=None)], {}, ["aliases_missing"]),
    "an unknown version": ([printed("Anna", ExchangeVersion=None)], {}, ["recipients_untold"]),
    "policies unknown": ([printed("Anna", EmailAddressPolicyEnabled=None)], {}, ["recipients_untold"]),
    "an unknown kind": ([printed("Anna", RecipientType="RemoteMailbox")], {}, ["recipient_kind_unknown"]),
    "no list of addresses": ([printed("Anna", EmailAddresses=None)], {}, ["recipients_unreadable"]),
    "a list of other things": ([printed("Anna", EmailAddresses=[1])], {}, ["recipients_unreadable"]),
    "no GUID": ([printed("Anna", Guid=None)], {}, ["recipients_unreadable"]),
    "two primaries": ([printed("Anna", f"SMTP:a@{INSIDE}", f"SMTP:b@{INSIDE}")], {}, ["recipients_unreadable"]),
    "another primary": ([printed("Anna", PrimarySmtpAddress="x@y.de")], {}, ["recipients_unreadable"]),
    "all at once": (
        [
            printed("Anna", ExchangeVersion=LEGACY),
            printed("Bernd", f"SMTP:bärnd@{INSIDE}", EmailAddressPolicyEnabled=None),
            printed("Clara"),
            printed("Carla", f"SMTP:clara@{OUTSIDE}"),
            printed("Leer", EmailAddresses=None),
        ],
        {},
        ["address_forbidden", "address_taken", "recipients_stuck", "recipients_unreadable", "recipients_untold"],
    ),
}


@pytest.mark.parametrize(("recipients", "options", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_forbids_a_plan(recipients: list[dict[str, Any]], options: dict[str, Any], expected: list[str]) -> None:
    rules = options.get("rules", [RULE])
    assert refused(*recipients, desired=subject(*rules)) == expected


@pytest.mark.parametrize(
    "changes",
    [{"ExchangeVersion": LEGACY}, {"ExchangeVersion": None}, {"EmailAddressPolicyEnabled": None}, {"Alias": None}],
)
def test_what_is_not_changed_may_be_what_it_likes(changes: dict[str, Any]) -> None:
    assert decide(printed("Anna", f"SMTP:anna@{OUTSIDE}", **changes)).plan is None


@pytest.mark.parametrize("kind", ["MailUser", "MailContact", "MailNonUniversalGroup", "DynamicDistributionGroup"])
def test_an_upgrade_is_forced_only_where_asked_and_needed(kind: str) -> None:
    old, new = printed("Anna", RecipientType=kind, ExchangeVersion=LEGACY), printed("Bernd", RecipientType=kind)
    decision = decide(old, new, desired=subject(force_upgrade=True))
    assert decision.plan is not None
    first, second = decision.plan.steps
    assert ("ForceUpgrade" in first.parameters, "ForceUpgrade" in second.parameters) == (True, False)


@pytest.mark.parametrize("kind", ["UserMailbox", "PublicFolder"])
def test_what_knows_no_upgrade_cannot_be_forced(kind: str) -> None:
    old = printed("Anna", RecipientType=kind, ExchangeVersion=LEGACY)
    assert refused(old, desired=subject(force_upgrade=True)) == ["recipients_stuck"]


@pytest.mark.parametrize(
    ("changing", "staying", "options", "expected"),
    [
        (9, 0, {}, []),
        (10, 0, {}, ["mass_change"]),
        (10, 24, {}, []),
        (10, 23, {}, ["mass_change"]),
        (10, 0, {"confirm_mass_change": True}, []),
        (10, 0, {"max_change_percent": 100}, []),
        (9, 100, {"max_change_percent": 0}, []),
        (10, 1000, {"max_change_percent": 0}, ["mass_change"]),
    ],
)
def test_the_brake(changing: int, staying: int, options: dict[str, Any], expected: list[str]) -> None:
    inside = [printed(f"in{number}") for number in range(changing)]
    outside = [printed(f"out{number}", f"SMTP:out{number}@{OUTSIDE}") for number in range(staying)]
    desired = subject(**options)
    if expected:
        assert refused(*inside, *outside, desired=desired) == expected
    else:
        assert len(primaries(decide(*inside, *outside, desired=desired).plan)) == changing


# Accepted domains

NO_DOMAIN = [dict(LOCAL)]
ANSWER = {"unknown_recipients_return": "no"}
HERE = {"domain_type": "authoritative", "all_mailboxes_here": True}
SMARTHOST = {"provider_mailboxes": [f"smarthost@{OUTSIDE}"]}


def domain_steps(plan: Plan | None) -> list[tuple[str, str, Any]]:
    """Command, domain and type of the steps of accepted domains, which come first."""
    steps = plan.steps if plan else ()
    found = [step for step in steps if "AcceptedDomain" in step.command]
    assert list(steps[: len(found)]) == found
    return [(step.command, step.target, step.changes[0].after) for step in found]


def test_a_missing_domain_is_made_before_it_is_used() -> None:
    decision = decide(printed("Anna"), desired=subject(**ANSWER), domains=NO_DOMAIN)
    assert domain_steps(decision.plan) == [("New-AcceptedDomain", OUTSIDE, "InternalRelay")]
    assert decision.plan is not None and decision.plan.steps[0].parameters == {
        "Name": OUTSIDE,
        "DomainName": OUTSIDE,
        "DomainType": "InternalRelay",
        "Confirm": False,
    }
    assert decision.facts["created_domains"] == [OUTSIDE]


DOMAINS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], Any]] = {
    "no answer": (NO_DOMAIN, {}, ["domain_may_loop"]),
    "not known": (NO_DOMAIN, {"unknown_recipients_return": "unknown"}, ["domain_may_loop"]),
    "of another domain": (NO_DOMAIN, {"unknown_recipients_return": {"x.de": "no"}}, ["domain_may_loop"]),
    "it comes back": (NO_DOMAIN, {"unknown_recipients_return": "yes"}, ["domain_would_loop"]),
    "authoritative, not all here": (NO_DOMAIN, {"domain_type": "authoritative"}, ["domain_not_all_here"]),
    "authoritative, without the smarthost": (NO_DOMAIN, {**HERE, **SMARTHOST}, ["domain_mailbox_missing"]),
    "authoritative, with one of another domain": (
        NO_DOMAIN,
        {**HERE, "provider_mailboxes": ["smarthost@andere.de"]},
        [("New-AcceptedDomain", OUTSIDE, "Authoritative")],
    ),
    "authoritative, and it resolves by this plan": (
        NO_DOMAIN,
        {**HERE, "provider_mailboxes": [f"Anna@{OUTSIDE}"]},
        [("New-AcceptedDomain", OUTSIDE, "Authoritative")],
    ),
    "there already": ([LOCAL, domain()], {}, []),
    "there already, authoritative": ([LOCAL, domain(kind="Authoritative")], {}, []),
    "covered from above": ([LOCAL, {**domain(), "DomainName": "*.de", "Name": "de"}], {}, []),
    "an external relay": ([LOCAL, domain(kind="ExternalRelay")], {}, ["domain_external_relay"]),
    "another type": ([LOCAL, domain()], HERE, ["domain_other_type"]),
    "another type, asked": (
        [LOCAL, domain()],
        {**HERE, "change_type": True},
        [("Set-AcceptedDomain", OUTSIDE, "Authoritative")],
    ),
    "another type, asked, with doubts": (
        [LOCAL, domain()],
        {**HERE, **SMARTHOST, "change_type": True},
        ["domain_mailbox_missing"],
    ),
    "another type of the default domain": (
        [domain(default=True)],
        {**HERE, "change_type": True},
        ["domain_default_type"],
    ),
    "another type of what covers it": (
        [LOCAL, {**domain(), "DomainName": "*.de", "Name": "de"}],
        {**HERE, "change_type": True},
        ["domain_default_type"],
    ),
}


@pytest.mark.parametrize(("domains", "options", "expected"), DOMAINS.values(), ids=DOMAINS)
def test_accepted_domains(domains: list[dict[str, Any]], options: dict[str, Any], expected: Any) -> None:
    desired = subject(**options)
    if expected and isinstance(expected[0], str):
        assert refused(printed("Anna"), desired=desired, domains=domains) == expected
    else:
        assert domain_steps(decide(printed("Anna"), desired=desired, domains=domains).plan) == expected


@pytest.mark.parametrize("external", [f"SMTP:chef@{OUTSIDE}", f"chef@{OUTSIDE.upper()}"])
def test_who_points_into_an_authoritative_domain_has_a_mailbox_elsewhere(external: str) -> None:
    contact = {**CONTACT, "ExternalEmailAddress": external}
    assert refused(contact, desired=subject(**HERE), domains=NO_DOMAIN) == ["domain_pointed_into"]


def test_what_bounces_already_is_told() -> None:
    desired = subject(**SMARTHOST)
    (notice,) = decide(
        printed("X", "SMTP:x@beispiel.de"), desired=desired, domains=[domain(kind="Authoritative")]
    ).notices
    assert f"{OUTSIDE} is Authoritative here: mail from here to smarthost@{OUTSIDE}" in notice


# Who would still be refused


def test_foreign_recipients_and_senders_are_told_with_their_numbers() -> None:
    senders = [
        {"Sender": f"Anna@{OUTSIDE}", "Messages": 100, "Last": "2026-03-01T10:00:00Z"},
        {"Sender": f"scanner@{INSIDE}", "Messages": 3, "Last": "2026-03-01T11:00:00Z"},
        {"Sender": "<>", "Messages": 7, "Last": "2026-03-01T12:00:00Z"},
        {"Sender": None, "Messages": "viele", "Last": None},
    ]
    desired = subject(exceptions=["Bernd"])
    decision = decide(printed("Anna"), printed("Bernd"), CONTACT, desired=desired, senders=senders)
    assert decision.facts["foreign_recipients"] == [
        {"name": "Bernd", "address": f"bernd@{INSIDE}", "hidden": False, "why": "an exception"},
        {
            "name": "Lieferant",
            "address": "vertrieb@lieferant.example",
            "hidden": False,
            "why": "no rule applies",
        },
    ]
    assert decision.facts["foreign_senders"] == [
        {"sender": "<>", "messages": 7, "last": "2026-03-01T12:00:00Z"},
        {"sender": f"scanner@{INSIDE}", "messages": 3, "last": "2026-03-01T11:00:00Z"},
    ]
    assert [notice[:2] for notice in decision.notices] == ["2 ", "Ma"]
    assert "from 2 foreign sender addresses, 10 messages" in decision.notices[1]


def test_only_what_left_for_a_smart_host_was_sent_and_each_sender_is_one() -> None:
    row = {"Sender": "a@b.de", "EventId": "SEND", "Messages": 1, "Last": "2026-03-01T10:00:00Z"}
    senders = [{**row, "Source": "SMTP"}, {**row, "Source": "smtp", "Last": None}, {**row, "Source": "STOREDRIVER"}]
    decision = decide(printed("Anna"), senders=senders)
    assert decision.facts["foreign_senders"] == [{"sender": "a@b.de", "messages": 2, "last": "2026-03-01T10:00:00Z"}]


OWN_MAILBOXES = [
    ("DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}", "DiscoveryMailbox"),
    ("SystemMailbox{1f05a927-25e9-4de0-a55f-4f1e1d2f2c40}", "ArbitrationMailbox"),
    ("FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042", None),
    ("Migration.8f3e7716-2011-43e4-96b1-aba62d229136", "UserMailbox"),
    ("HealthMailbox6e6e2c5b1d0f4b7c9a", "MonitoringMailbox"),
    ("HealthMailbox-EX1-Mailbox-Database-001", "MonitoringMailbox"),
    ("Audit", "AuditLogMailbox"),
    ("Weiteres", "AuxAuditLogMailbox"),
    ("Aufsicht", "SupervisoryReviewPolicyMailbox"),
]


@pytest.mark.parametrize(("name", "details"), OWN_MAILBOXES)
def test_mailboxes_of_exchanges_own_are_no_people(name: str, details: str | None) -> None:
    address = f"{name.replace(' ', '')}@{INSIDE}"
    own = printed(name, RecipientTypeDetails=details, PrimarySmtpAddress=address, EmailAddresses=[f"SMTP:{address}"])
    decision = decide(own, printed("Anna"), senders=[{"Sender": address, "Messages": 5, "Last": None}])
    assert primaries(decision.plan) == {"Anna": f"anna@{OUTSIDE}"}
    assert decision.facts["foreign_recipients"] == []
    named = [] if "{" in name or "." in name or name.startswith("HealthMailbox6") else [address]
    assert [row["sender"] for row in decision.facts["foreign_senders"]] == named


def test_a_kind_that_nobody_knows_is_a_person() -> None:
    decision = decide(printed("Neu", RecipientTypeDetails="NewerArbitrationMailbox"))
    assert primaries(decision.plan) == {"Neu": f"neu@{OUTSIDE}"}


def test_the_providers_domains_can_be_others_than_those_of_the_rules() -> None:
    desired = subject(provider_domains=[OUTSIDE, "Lieferant.example"])
    assert decide(printed("Anna"), CONTACT, desired=desired).facts["foreign_recipients"] == []


def test_senders_are_read_only_where_asked_and_may_fail() -> None:
    host = AddressHost(printed("Anna"))
    run(host, subject(sent_senders_days=0), check=True)
    assert [step["command"] for step in host.requests[0]["steps"]] == [
        "Get-ExchangeServer",
        "Get-AcceptedDomain",
        "Get-Recipient",
        "Get-EmailAddressPolicy",
    ]
    host.senders = [{"Sender": "x@y.de", "Messages": 1, "Last": None}]
    outcome = run(host, subject(sent_senders_days=7), check=True)
    assert host.requests[-1]["steps"][-1]["parameters"] == {"Days": 7}
    assert len(outcome.decision.facts["foreign_senders"]) == 1
    host.fail("Get-SentSenders", "Kein Protokoll.")
    decision = run(host, subject(), check=True).decision
    assert (primaries(decision.plan), decision.facts["foreign_senders"]) == ({"Anna": f"anna@{OUTSIDE}"}, [])
    assert "could not be read (Kein Protokoll.)" in decision.notices[-1]


def test_the_whole_list_of_recipients_is_asked_for() -> None:
    host = AddressHost()
    run(host, subject(), check=True)
    (step,) = [each for each in host.requests[0]["steps"] if each["command"] == "Get-Recipient"]
    assert step["parameters"] == {"ResultSize": "Unlimited"}
