"""E-mail address policies of the simulated Exchange."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lab.exchange.errors import CmdletError
from lab.exchange.recipient_filter import parse_recipient_filter
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.host.state_files import load_state


@pytest.fixture
def host() -> SimulatedMachine:
    return SimulatedMachine({**load_state("addresses"), "clock": "2026-11-24T12:00:00Z"})


def addresses(machine: SimulatedMachine, identity: str) -> list[str]:
    (row,) = machine.invoke("Get-Recipient", {"Identity": identity})
    found: Any = row["EmailAddresses"]
    return sorted(found)


def policies(machine: SimulatedMachine) -> list[tuple[str, str]]:
    return [(str(row["Name"]), str(row["Priority"])) for row in machine.invoke("Get-EmailAddressPolicy", {})]


def new(machine: SimulatedMachine, *templates: str, **parameters: Any) -> None:
    given = {"Name": "Neu", "EnabledEmailAddressTemplates": list(templates) or ["SMTP:%m@beispiel.de"]}
    given |= {} if "RecipientFilter" in parameters else {"IncludedRecipients": "AllRecipients"}
    machine.invoke("New-EmailAddressPolicy", {**given, **parameters})


def update(machine: SimulatedMachine, **more: Any) -> list[str]:
    warnings: list[str] = []
    machine.invoke("Update-EmailAddressPolicy", {"Identity": "Neu", **more}, None, warnings)
    return warnings


def refusal(machine: SimulatedMachine, command: str, **parameters: Any) -> CmdletError:
    machine.change({"clock": machine.clock.now().isoformat()})  # a second that ends would be a change
    before = machine.dump()
    with pytest.raises(CmdletError) as caught:
        machine.invoke(command, parameters)
    assert {**machine.dump(), "history": None} == {**before, "history": None}
    return caught.value


def test_a_new_policy_is_stored_and_acts_at_the_next_edit_or_update(host: SimulatedMachine) -> None:
    new(host, "SMTP:%m@beispiel.de", "smtp:%m@nt4admins.local", Priority=1)
    assert addresses(host, "anna") == ["SMTP:anna@nt4admins.local"]
    host.invoke("Set-Mailbox", {"Identity": "anna", "CustomAttribute1": "x"})
    assert addresses(host, "anna") == ["SMTP:anna@beispiel.de", "smtp:anna@nt4admins.local"]
    assert addresses(host, "beamer") == ["SMTP:beamer@nt4admins.local"]
    update(host)
    assert addresses(host, "beamer") == ["SMTP:beamer@beispiel.de", "smtp:beamer@nt4admins.local"]
    assert addresses(host, "auftraege") == ["SMTP:auftraege@beispiel.de", "smtp:auftraege@nt4admins.local"]
    (policy,) = host.invoke("Get-EmailAddressPolicy", {"Identity": "Neu"})
    assert policy["RecipientFilterApplied"] is True


def test_an_update_resets_followers_and_nobody_else(host: SimulatedMachine) -> None:
    new(host, Priority=1)
    warnings = update(host)
    assert addresses(host, "chefin") == ["SMTP:chefin@beispiel.de", "smtp:chefin@nt4admins.local"]
    assert addresses(host, "bernd") == [
        "SMTP:bernd@beispiel.de",
        "smtp:bernd@nt4admins.local",
        "smtp:chef@beispiel.de",
    ]
    assert addresses(host, "ohne.alias@nt4admins.local") == ["SMTP:ohne.alias@nt4admins.local"]
    assert addresses(host, "altegruppe") == ["SMTP:altegruppe@nt4admins.local"]
    assert [("no alias" in said, "earlier version" in said) for said in warnings] == [
        (True, False),
        (False, True),
        (False, True),
    ]
    before = host.dump()["recipients"]
    update(host)
    assert host.dump()["recipients"] == before


def test_missing_aliases_are_made_where_that_is_asked_for(host: SimulatedMachine) -> None:
    new(host, Priority=1)
    assert not any("no alias" in said for said in update(host, FixMissingAlias=True))
    assert addresses(host, "OhneAlias") == ["SMTP:OhneAlias@beispiel.de", "smtp:ohne.alias@nt4admins.local"]


def test_digits_are_added_on_a_collision(host: SimulatedMachine) -> None:
    host.change(
        {"recipients": [{"Name": f"Anna {number}", "FirstName": "Anna", "Alias": f"a{number}"} for number in (1, 2)]}
    )
    new(host, "SMTP:%g@beispiel.de", Priority=1, RecipientFilter="FirstName -eq 'Anna'")
    update(host)
    made = [addresses(host, alias)[0] for alias in ("anna", "a1", "a2")]
    assert made == ["SMTP:Anna@beispiel.de", "SMTP:Anna2@beispiel.de", "SMTP:Anna3@beispiel.de"]
    host.change({"recipients": [{"Name": "Anna Schmidt", "remove": True}]})
    update(host)
    assert addresses(host, "a1")[0] == "SMTP:Anna@beispiel.de"


INCLUDED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "contacts": ({"IncludedRecipients": "MailContacts"}, {"Steuerberater"}),
    "groups": ({"IncludedRecipients": "MailGroups"}, {"Alle Mitarbeiter", "Vorstand", "Alle Postfächer"}),
    "rooms and users outside": (
        {"IncludedRecipients": "Resources, MailUsers"},
        {"Besprechungsraum", "Beamer", "Freier Mitarbeiter"},
    ),
    "nobody": ({"IncludedRecipients": "None"}, set()),
    "a department": ({"IncludedRecipients": "AllRecipients", "ConditionalDepartment": ["vertrieb"]}, {"Vera Vogel"}),
    "a filter": ({"RecipientFilter": "RecipientType -eq 'PublicFolder'"}, {"Auftragsordner"}),
    "a unit": (
        {"RecipientFilter": "Alias -ne $null", "RecipientContainer": "nt4admins.local/Users"},
        {"Administrator"},
    ),
}


@pytest.mark.parametrize(("parameters", "names"), INCLUDED.values(), ids=INCLUDED)
def test_for_whom_a_policy_is(host: SimulatedMachine, parameters: dict[str, Any], names: set[str]) -> None:
    new(host, Priority=1, **parameters)
    update(host)
    before = {"Chefin", "Bernd Meyer", "Außendienst"}
    rows = host.invoke("Get-Recipient", {"Filter": "EmailAddresses -like '*@beispiel.de'"})
    assert {row["Name"] for row in rows} - before == names


def test_the_first_that_matches_counts_and_priorities_have_no_gaps(host: SimulatedMachine) -> None:
    sbs = "Windows SBS Email Address Policy"
    assert policies(host) == [("Vertrieb", "1"), (sbs, "2"), ("Default Policy", "Lowest")]
    new(host)
    assert policies(host)[2] == ("Neu", "3")
    update(host)
    assert addresses(host, "anna") == ["SMTP:anna@nt4admins.local"]
    host.invoke("Set-EmailAddressPolicy", {"Identity": "Neu", "Priority": 2})
    assert policies(host)[1:3] == [("Neu", "2"), (sbs, "3")]
    host.invoke("Set-EmailAddressPolicy", {"Identity": "Vertrieb", "Priority": 3})
    assert [name for name, _ in policies(host)] == ["Neu", sbs, "Vertrieb", "Default Policy"]
    update(host)
    assert addresses(host, "vera")[0] == "SMTP:vera@beispiel.de"
    host.invoke("Remove-EmailAddressPolicy", {"Identity": "Neu", "Confirm": False})
    assert policies(host) == [(sbs, "1"), ("Vertrieb", "2"), ("Default Policy", "Lowest")]
    assert addresses(host, "vera")[0] == "SMTP:vera@beispiel.de"


def test_what_a_policy_shows(host: SimulatedMachine) -> None:
    new(host, "smtp:%m@nt4admins.local", "SMTP:%g.%s@beispiel.de", IncludedRecipients="MailUsers, MailContacts")
    (row,) = host.invoke("Get-EmailAddressPolicy", {"Identity": "neu"})
    assert row["EnabledEmailAddressTemplates"] == ["smtp:%m@nt4admins.local", "SMTP:%g.%s@beispiel.de"]
    assert row["EnabledPrimarySMTPAddressTemplate"] == "%g.%s@beispiel.de"
    assert (row["IncludedRecipients"], row["RecipientFilterType"]) == ("MailContacts, MailUsers", "Precanned")
    parse_recipient_filter(str(row["RecipientFilter"]))
    host.invoke("Set-EmailAddressPolicy", {"Identity": "Neu", "RecipientFilter": "Alias -like 'a*'"})
    (row,) = host.invoke("Get-EmailAddressPolicy", {"Identity": "neu"})
    assert (row["IncludedRecipients"], row["RecipientFilter"]) == (None, "Alias -like 'a*'")
    assert row["RecipientFilterApplied"] is False


TEMPLATES = {"EnabledEmailAddressTemplates": ["SMTP:%m@beispiel.de"]}
ALL = {"IncludedRecipients": "AllRecipients"}
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a domain that is not accepted": (
        "New-EmailAddressPolicy",
        {"Name": "x", **ALL, "EnabledEmailAddressTemplates": ["SMTP:%m@beispiel.de", "smtp:%m@fremd.example"]},
        "fremd.example",
    ),
    "an external relay domain": (
        "Set-EmailAddressPolicy",
        {"Identity": "Vertrieb", "EnabledPrimarySMTPAddressTemplate": "%m@a.alt.example"},
        "a.alt.example",
    ),
    "no primary template": (
        "New-EmailAddressPolicy",
        {"Name": "x", **ALL, "EnabledEmailAddressTemplates": ["smtp:%m@beispiel.de"]},
        "exactly one primary",
    ),
    "two primary templates": (
        "Set-EmailAddressPolicy",
        {"Identity": "Vertrieb", "EnabledEmailAddressTemplates": ["SMTP:%m@beispiel.de", "SMTP:%g@beispiel.de"]},
        "exactly one primary",
    ),
    "a priority too far down": (
        "New-EmailAddressPolicy",
        {"Name": "x", **ALL, **TEMPLATES, "Priority": 4},
        "1 through 3",
    ),
    "a second default policy": (
        "New-EmailAddressPolicy",
        {"Name": "x", **ALL, **TEMPLATES, "Priority": "Lowest"},
        "'Lowest'",
    ),
    "a name that is taken": ("New-EmailAddressPolicy", {"Name": "vertrieb", **ALL, **TEMPLATES}, "already exists"),
    "a filter that is not simulated": (
        "New-EmailAddressPolicy",
        {"Name": "x", **TEMPLATES, "RecipientFilter": "MemberOfGroup -eq 'x'"},
        "MemberOfGroup",
    ),
    "two ways to say for whom": (
        "Set-EmailAddressPolicy",
        {"Identity": "Vertrieb", "RecipientFilter": "Alias -ne $null", "ConditionalCompany": "x"},
        "can't be used in the same command",
    ),
    "the default policy's filter": (
        "Set-EmailAddressPolicy",
        {"Identity": "Default Policy", **ALL},
        "IncludedRecipients",
    ),
    "the end of the default policy": ("Remove-EmailAddressPolicy", {"Identity": "default policy"}, "can't be removed"),
    "a domain that a policy uses": ("Remove-AcceptedDomain", {"Identity": "nt4admins.local"}, "default domain"),
    "the default domain as an external one": (
        "Set-AcceptedDomain",
        {"Identity": "nt4admins.local", "DomainType": "ExternalRelay"},
        "can't be the default",
    ),
    "a domain twice": ("New-AcceptedDomain", {"Name": "x", "DomainName": "Beispiel.de"}, "already exists"),
    "a default domain with a wildcard": (
        "Set-AcceptedDomain",
        {"Identity": "Alte Firma", "MakeDefault": True},
        "can't be the default",
    ),
}


@pytest.mark.parametrize(("command", "parameters", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(host: SimulatedMachine, command: str, parameters: dict[str, Any], words: str) -> None:
    more = {"Confirm": False} if command.startswith("Remove") else {}
    assert words in refusal(host, command, **parameters, **more).message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"accepted_domains": [{"Name": "x", "DomainType": "Relay"}]}, "Relay"),
        ({"accepted_domains": [{"Name": "x", "Kind": 1}]}, "no property 'Kind'"),
        ({"email_address_policies": [{"Name": "x", "EnabledEmailAddressTemplates": ["%m"]}]}, "template"),
        ({"email_address_policies": [{"Name": "x", "Order": 1}]}, "no property 'Order'"),
        ({"email_address_policies": [{"Name": "x", "EnabledEmailAddressTemplates": ["smtp:%m@x.de"]}]}, "policy 'x'"),
        ({"transport_agents": [{"Name": "x", "Enabled": True}]}, "an agent is Name, one of"),
        ({"tracking": [{"Sender": "a@x.de", "Timestamp": "2026-11-24"}]}, "no time zone"),
        ({"tracking": [{"From": "a@x.de"}]}, "no property"),
    ],
)
def test_drift_that_no_host_could_have(host: SimulatedMachine, change: dict[str, Any], words: str) -> None:
    before = host.dump()
    with pytest.raises(StateError, match=words):
        host.change({"accepted_domains": [{"Name": "y", "DomainName": "y.example"}], **change})
    assert host.dump() == before


def test_ten_thousand_recipients_are_quick() -> None:
    """No work here may grow with the square of their number: each of these is well below a second alone."""
    started = time.monotonic()
    machine = SimulatedMachine.from_state({"generated_recipients": 10_000})
    machine.invoke("New-AcceptedDomain", {"Name": "b", "DomainName": "beispiel.de"})
    new(machine, Priority=1)
    update(machine)
    rows = machine.invoke("Get-Recipient", {"ResultSize": "Unlimited"})
    assert sum(str(row["PrimarySmtpAddress"]).endswith("@beispiel.de") for row in rows) == 10_007
    for number in range(1, 10_001, 10):
        parameters = {"Identity": f"user{number:05d}", "EmailAddressPolicyEnabled": False}
        (row,) = machine.invoke("Get-Recipient", {"Identity": f"user{number:05d}"})
        if row["RecipientType"] == "UserMailbox":
            machine.invoke("Set-Mailbox", {**parameters, "PrimarySmtpAddress": f"neu{number}@beispiel.de"})
    machine.change({"recipients": [{"Name": "Anna Schmidt", "Alias": "as"}]})
    assert time.monotonic() - started < 20
