"""Recipients of the simulated Exchange: what is set of them, what is refused, what is found."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.recipient import KINDS
from lab.exchange.untouched import SYSTEM_MAILBOXES
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.host.state_files import load_state

CURRENT, LEGACY = "0.10 (14.0.100.0)", "0.0 (6.5.6500.0)"
X500 = "X500:/o=Alte Firma/ou=Erste administrative Gruppe/cn=Recipients/cn=xaver"
X400 = "X400:C=de;A= ;P=First Organizati;O=Exchange;S=Huber;G=Xaver;"


GROUP = {"Name": "x", "RecipientTypeDetails": "MailUniversalDistributionGroup"}
DYNAMIC = {"Name": "x", "RecipientTypeDetails": "DynamicDistributionGroup"}

OWN_KINDS = {"ArbitrationMailbox", "DiscoveryMailbox", "MonitoringMailbox", "AuditLogMailbox", "AuxAuditLogMailbox"}


@pytest.fixture
def host() -> SimulatedMachine:
    return SimulatedMachine({**load_state("addresses"), "clock": "2026-11-24T12:00:00Z"})


def read(machine: SimulatedMachine, identity: str) -> dict[str, Any]:
    (found,) = machine.invoke("Get-Recipient", {"Identity": identity})
    return found


def addresses(machine: SimulatedMachine, identity: str) -> list[str]:
    found: list[str] = read(machine, identity)["EmailAddresses"]
    return found


def refusal(machine: SimulatedMachine, command: str, **parameters: Any) -> CmdletError:
    machine.change({"clock": machine.clock.now().isoformat()})  # a second that ends would be a change
    before = machine.dump()
    with pytest.raises(CmdletError) as caught:
        machine.invoke(command, parameters)
    assert {**machine.dump(), "history": None} == {**before, "history": None}
    return caught.value


def warned(machine: SimulatedMachine, command: str, **parameters: Any) -> list[str]:
    warnings: list[str] = []
    machine.invoke(command, parameters, None, warnings)
    return warnings


def test_a_host_that_nobody_has_touched_has_users_groups_and_addresses() -> None:
    machine = SimulatedMachine.from_state({})
    found = {row["Name"]: row for row in machine.invoke("Get-Recipient", {})}
    assert found["Anna Schmidt"]["PrimarySmtpAddress"] == "anna@nt4admins.local"
    assert found["Administrator"]["DistinguishedName"] == "CN=Administrator,CN=Users,DC=nt4admins,DC=local"
    own = {name for name, row in found.items() if not row["EmailAddressPolicyEnabled"]}
    assert own == {name for name, _ in SYSTEM_MAILBOXES}
    assert {found[name]["RecipientTypeDetails"] for name in own} == {"DiscoveryMailbox", "ArbitrationMailbox"}
    assert [row["Name"] for row in SimulatedMachine.from_state("sbs2011").invoke("Get-Recipient", {})] == list(found)


def test_every_kind_is_there_and_found_by_its_own_cmdlet(host: SimulatedMachine) -> None:
    rows = host.invoke("Get-Recipient", {"ResultSize": "Unlimited"})
    assert {row["RecipientTypeDetails"] for row in rows} == set(KINDS) - OWN_KINDS
    for row in rows:
        kind = KINDS[str(row["RecipientTypeDetails"])]
        (own,) = host.invoke(f"Get-{kind.noun}", {"Identity": row["Guid"]})
        assert (own["Identity"], own["RecipientType"]) == (row["Identity"], kind.type)
        assert "FirstName" not in own and "WindowsEmailAddress" in own


FOUND_BY = {
    "a GUID": lambda row: row["Guid"].upper(),
    "a GUID in braces": lambda row: f"{{{row['Guid']}}}",
    "a canonical name": lambda row: row["Identity"],
    "a distinguished name": lambda row: row["DistinguishedName"],
    "a name": lambda row: "XAVER HUBER",
    "an alias": lambda row: "xaver",
    "a secondary address": lambda row: "X.Huber@nt4admins.local",
}


@pytest.mark.parametrize("identity", FOUND_BY.values(), ids=FOUND_BY)
def test_whom_an_identity_means(host: SimulatedMachine, identity: Any) -> None:
    row = read(host, "xaver")
    assert read(host, identity(row)) == row


def test_an_identity_of_two_is_no_identity(host: SimulatedMachine) -> None:
    host.change({"recipients": [{"Name": "Zweite", "DisplayName": "Chefin"}]})
    assert len(host.invoke("Get-Recipient", {"Identity": "chefin"})) == 2
    assert refusal(host, "Set-Mailbox", Identity="chefin", Alias="x").type == errors.OBJECT_AMBIGUOUS


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "by type": ({"RecipientType": ["MailContact", "MailUser"]}, {"Steuerberater", "Außendienst", "Freier Mitarbeiter"}),
    "by details": ({"RecipientTypeDetails": "RoomMailbox"}, {"Besprechungsraum"}),
    "by a start": ({"Anr": "info"}, {"Info intern", "Info alt"}),
    "hidden": ({"Filter": "HiddenFromAddressListsEnabled -eq $true"}, {"Versteckt"}),
    "without an alias": ({"Filter": "Alias -eq $null"}, {"Ohne Alias"}),
    "by an address": ({"Filter": "EmailAddresses -like 'x500:*'"}, {"Xaver Huber"}),
    "and, or, not": (
        {"Filter": "(Alias -like 'info*' -and -not (Alias -eq 'info2')) -or Department -eq 'vertrieb'"},
        {"Info intern", "Vera Vogel"},
    ),
    "no alias that begins so": ({"Filter": "!(Alias -like '*') -and Name -ne 'x''y'"}, {"Ohne Alias"}),
    "by unit": ({"OrganizationalUnit": "nt4admins.local/Users"}, {"Administrator"}),
}


@pytest.mark.parametrize(("parameters", "names"), FILTERS.values(), ids=FILTERS)
def test_who_is_found(host: SimulatedMachine, parameters: dict[str, Any], names: set[str]) -> None:
    assert {row["Name"] for row in host.invoke("Get-Recipient", parameters)} == names


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("Notes -eq 'x'", "Notes"),
        ("Alias -match 'x'", "-match"),
        ("Alias -eq", "..."),
        ("(Alias -eq 'x'", ")"),
        ("Alias -eq 'x' Name", "Name"),
        ("Alias -eq $x", "$x"),
        ("Alias = 'x'", "= 'x'"),
    ],
)
def test_a_filter_that_is_not_simulated_is_refused_aloud(host: SimulatedMachine, written: str, part: str) -> None:
    error = refusal(host, "Get-Recipient", Filter=written)
    assert (error.type, error.message.endswith(f"': {part}.")) == (errors.LOCALIZED, True)


LIMITS: dict[str, tuple[dict[str, Any], int, str | None]] = {
    "nothing said": ({}, 1000, "only the first 1000 items"),
    "a number": ({"ResultSize": 5}, 5, "more results available"),
    "enough": ({"ResultSize": 1211}, 1211, None),
    "no limit": ({"ResultSize": "unlimited"}, 1211, None),
}


@pytest.mark.parametrize(("parameters", "number", "warning"), LIMITS.values(), ids=LIMITS)
def test_readers_stop_at_a_thousand(parameters: dict[str, Any], number: int, warning: str | None) -> None:
    machine = SimulatedMachine.from_state({"generated_recipients": 1200})
    warnings: list[str] = []
    assert len(machine.invoke("Get-Recipient", parameters, None, warnings)) == number
    assert len(warnings) == (warning is not None)
    assert all(str(warning) in said for said in warnings)


CHANGES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "a primary address, the former one stays": (
        "anna",
        {"EmailAddressPolicyEnabled": False, "PrimarySmtpAddress": "anna@beispiel.de"},
        ["SMTP:anna@beispiel.de", "smtp:anna@nt4admins.local"],
    ),
    "a secondary address becomes the primary one": (
        "chefin",
        {"PrimarySmtpAddress": "CHEFIN@nt4admins.local"},
        ["SMTP:CHEFIN@nt4admins.local", "smtp:chefin@beispiel.de"],
    ),
    "a whole list overwrites": (
        "chefin",
        {"EmailAddresses": ["smtp:a@beispiel.de", "b@beispiel.de", "x500:/o=a"]},
        ["SMTP:a@beispiel.de", "smtp:b@beispiel.de", "x500:/o=a"],
    ),
    "X400 and X500 are kept": (
        "xaver",
        {"EmailAddressPolicyEnabled": False, "PrimarySmtpAddress": "xaver@beispiel.de"},
        ["SMTP:xaver@beispiel.de", "smtp:xaver@nt4admins.local", "smtp:x.huber@nt4admins.local", X400, X500],
    ),
    "added and removed": (
        "xaver",
        {"EmailAddresses": {"Add": "smtp:neu@beispiel.de", "Remove": [X500, "smtp:x.huber@nt4admins.local"]}},
        ["SMTP:xaver@nt4admins.local", X400, "smtp:neu@beispiel.de"],
    ),
    "a new primary address is added": (
        "chefin",
        {"EmailAddresses": {"Add": ["SMTP:neu@beispiel.de"]}},
        ["SMTP:neu@beispiel.de", "smtp:chefin@beispiel.de", "smtp:chefin@nt4admins.local"],
    ),
    "an address of no accepted domain": (
        "chefin",
        {"PrimarySmtpAddress": "chefin@fremd.example"},
        ["SMTP:chefin@fremd.example", "smtp:chefin@beispiel.de", "smtp:chefin@nt4admins.local"],
    ),
    "a follower's policy resets what was set by hand, at any edit": (
        "bernd",
        {"CustomAttribute1": "x"},
        ["SMTP:bernd@nt4admins.local", "smtp:chef@beispiel.de"],
    ),
    "an edit brings a policy that was never applied": (
        "vera",
        {"HiddenFromAddressListsEnabled": True},
        ["SMTP:Vera.Vogel@nt4admins.local", "smtp:vera@nt4admins.local"],
    ),
    "who follows again gets the policy's": (
        "chefin",
        {"EmailAddressPolicyEnabled": True},
        ["SMTP:chefin@nt4admins.local", "smtp:chefin@beispiel.de"],
    ),
    "a new alias is a new address": (
        "anna",
        {"Alias": "schmidt"},
        ["SMTP:schmidt@nt4admins.local", "smtp:anna@nt4admins.local"],
    ),
}


@pytest.mark.parametrize(("identity", "parameters", "expected"), CHANGES.values(), ids=CHANGES)
def test_what_becomes_of_addresses(
    host: SimulatedMachine, identity: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    guid = read(host, identity)["Guid"]
    assert host.invoke("Set-Mailbox", {"Identity": identity, **parameters}) == []
    (mailbox,) = host.invoke("Get-Mailbox", {"Identity": guid})
    assert sorted(mailbox["EmailAddresses"]) == sorted(expected)  # type: ignore[call-overload]
    assert f"SMTP:{mailbox['PrimarySmtpAddress']}" == f"SMTP:{mailbox['WindowsEmailAddress']}" == expected[0]


REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "the primary address of a follower": (
        "Set-Mailbox",
        {"Identity": "anna", "PrimarySmtpAddress": "anna@beispiel.de"},
        errors.RECIPIENT_TASK,
        "EmailAddressPolicyEnabled",
    ),
    "the same by a list": (
        "Set-Mailbox",
        {"Identity": "anna", "EmailAddresses": ["SMTP:anna@beispiel.de", "smtp:anna@nt4admins.local"]},
        errors.RECIPIENT_TASK,
        "EmailAddressPolicyEnabled",
    ),
    "both at once": (
        "Set-Mailbox",
        {"Identity": "chefin", "EmailAddresses": ["a@beispiel.de"], "PrimarySmtpAddress": "a@beispiel.de"},
        errors.RECIPIENT_TASK,
        "can't be used in the same command",
    ),
    "another's primary address": (
        "Set-Mailbox",
        {"Identity": "chefin", "PrimarySmtpAddress": "CHEF@beispiel.de"},
        errors.PROXY_IN_USE,
        'already being used by "nt4admins.local/MyBusiness/Users/SBSUsers/Bernd Meyer"',
    ),
    "another's X500 address": (
        "Set-Mailbox",
        {"Identity": "chefin", "EmailAddresses": {"Add": X500.lower()}},
        errors.PROXY_IN_USE,
        "Xaver Huber",
    ),
    "where a contact points": (
        "Set-MailContact",
        {"Identity": "aussendienst", "ExternalEmailAddress": "chef@beispiel.de"},
        errors.PROXY_IN_USE,
        "Bernd Meyer",
    ),
    "an umlaut": ("Set-Mailbox", {"Identity": "chefin", "EmailAddresses": ["müller@beispiel.de"]}, "", "müller@"),
    "two primary addresses": (
        "Set-Mailbox",
        {"Identity": "chefin", "EmailAddresses": ["SMTP:a@beispiel.de", "SMTP:b@beispiel.de"]},
        "",
        "SMTP:b@beispiel.de",
    ),
    "an address twice": (
        "Set-Mailbox",
        {"Identity": "chefin", "EmailAddresses": {"Add": "smtp:chefin@beispiel.de"}},
        errors.DATA_VALIDATION,
        "already present",
    ),
    "no primary address left": (
        "Set-Mailbox",
        {"Identity": "chefin", "EmailAddresses": {"Remove": "SMTP:chefin@beispiel.de"}},
        errors.DATA_VALIDATION,
        "can't be removed",
    ),
    "no SMTP address": (
        "Set-Mailbox",
        {"Identity": "chefin", "EmailAddresses": [X500.replace("xaver", "chefin")]},
        errors.DATA_VALIDATION,
        "must have a primary SMTP address",
    ),
    "one without an alias": (
        "Set-Mailbox",
        {"Identity": "Ohne Alias", "HiddenFromAddressListsEnabled": True},
        errors.DATA_VALIDATION,
        "Alias",
    ),
    "an alias with a blank": ("Set-Mailbox", {"Identity": "anna", "Alias": "a b"}, errors.DATA_VALIDATION, "'a b'"),
    "a name that is taken": ("Set-Mailbox", {"Identity": "anna", "Name": "Chefin"}, errors.OBJECT_EXISTS, "CN=Chefin"),
    "a group by a stranger": (
        "Set-DistributionGroup",
        {"Identity": "alle", "HiddenFromAddressListsEnabled": True},
        errors.RECIPIENT_TASK,
        "manager of the group",
    ),
    "a group of Exchange 2003": (
        "Set-DistributionGroup",
        {"Identity": "altegruppe", "Alias": "x", "BypassSecurityGroupManagerCheck": True},
        errors.NON_INTERACTIVE,
        "ForceUpgrade",
    ),
    "a mailbox of Exchange 2003": (
        "Set-Mailbox",
        {"Identity": "altespostfach", "EmailAddressPolicyEnabled": False},
        errors.OBJECT_TOO_OLD,
        "EmailAddressPolicyEnabled can't be set on this object",
    ),
    "a parameter that the lab does not keep": (
        "Set-Mailbox",
        {"Identity": "anna", "MaxSendSize": "10MB"},
        errors.LOCALIZED,
        "does not simulate the parameter MaxSendSize",
    ),
    "a recipient of another kind": ("Set-Mailbox", {"Identity": "alle"}, errors.OBJECT_NOT_FOUND, "'alle'"),
}


@pytest.mark.parametrize(("command", "parameters", "type", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(
    host: SimulatedMachine, command: str, parameters: dict[str, Any], type: str, words: str
) -> None:
    error = refusal(host, command, **parameters)
    assert error.type == (type or errors.TRANSFORMATION)
    assert words in error.message


def test_a_manager_needs_no_bypass_and_an_upgrade_is_written(host: SimulatedMachine) -> None:
    host.invoke("Set-DistributionGroup", {"Identity": "vorstand", "HiddenFromAddressListsEnabled": True})
    assert read(host, "vorstand")["HiddenFromAddressListsEnabled"] is True
    given = {"Identity": "altegruppe", "BypassSecurityGroupManagerCheck": True, "ForceUpgrade": True}
    assert read(host, "altegruppe")["ExchangeVersion"] == LEGACY
    host.invoke("Set-DistributionGroup", {**given, "DisplayName": "Neue Gruppe"})
    row = read(host, "altegruppe")
    assert (row["ExchangeVersion"], row["DisplayName"]) == (CURRENT, "Neue Gruppe")


def test_what_changes_nothing_is_told(host: SimulatedMachine) -> None:
    before = read(host, "anna")
    assert "no settings of" in warned(host, "Set-Mailbox", Identity="anna", Alias="anna")[0]
    assert warned(host, "Set-Mailbox", Identity="anna", Alias="other", WhatIf=True) == []
    assert read(host, "anna") == before


def test_a_german_server_refuses_and_warns_in_german() -> None:
    machine = SimulatedMachine.from_state({"language": "de", "generated_recipients": 1000})
    error = refusal(machine, "Set-Mailbox", Identity="anna", PrimarySmtpAddress="anna@beispiel.de")
    assert "Die primäre SMTP-Adresse" in error.message
    assert "Standardmäßig" in warned(machine, "Get-Recipient")[0]


def members(machine: SimulatedMachine, group: str) -> list[str]:
    (found,) = [row for row in machine.dump()["recipients"] if row["Name"] == group]
    return [path.rpartition("/")[2] for path in found["Members"]]


def test_members_of_a_group_are_given_by_whatever_names_them(host: SimulatedMachine) -> None:
    assert members(host, "Alle Mitarbeiter") == ["Anna Schmidt", "Bernd Meyer", "Steuerberater", "Vorstand"]
    host.change({"recipients": [{"Name": "Vorstand", "Members": ["x.huber@nt4admins.local", "xaver", "Vera Vogel"]}]})
    assert members(host, "Vorstand") == ["Xaver Huber", "Vera Vogel"]
    assert members(host, "Alte Gruppe") == []


def test_members_stay_when_the_group_or_they_themselves_are_changed_and_go_with_the_recipient(
    host: SimulatedMachine,
) -> None:
    host.invoke("Set-Mailbox", {"Identity": "anna", "Name": "Anna Neu"})
    host.invoke("Set-DistributionGroup", {"Identity": "vorstand", "HiddenFromAddressListsEnabled": True})
    assert members(host, "Vorstand") == ["Chefin", "Alle Mitarbeiter"]
    host.change({"recipients": [{"Name": "Bernd Meyer", "remove": True}]})
    assert members(host, "Alle Mitarbeiter") == ["Anna Neu", "Steuerberater", "Vorstand"]


def test_drift_is_merged_by_name_all_or_nothing(host: SimulatedMachine) -> None:
    before = host.dump()
    with pytest.raises(StateError, match="no property"):
        host.change({"recipients": [{"Name": "Chefin", "remove": True}, {"Name": "Anna Schmidt", "Mail": "x"}]})
    assert host.dump() == before
    host.change({"recipients": [{"Name": "Chefin", "remove": True}, {"Name": "Anna Schmidt", "Alias": "a"}]})
    assert refusal(host, "Get-Recipient", Identity="chefin@beispiel.de").type == errors.OBJECT_NOT_FOUND
    assert (read(host, "a")["Name"], addresses(host, "a")) == ("Anna Schmidt", ["SMTP:anna@nt4admins.local"])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"recipients": [{"Name": "x", "RecipientTypeDetails": "Robot"}]}, "'Robot' is none of"),
        ({"recipients": [{"Name": "x", "EmailAddresses": ["a b"]}]}, "isn't a valid SMTP address"),
        ({"recipients": [{"Alias": "x"}]}, "every entry is a mapping with a Name"),
        ({"recipients": [{"Name": "x", "Members": []}]}, "a distribution group has some"),
        ({"recipients": [{**GROUP, "Members": "x"}]}, "a list of names"),
        ({"recipients": [{**GROUP, "Members": ["y"]}]}, "recipient 'x': Members: 0 recipients are named 'y'"),
        ({"recipients": [{**GROUP, "Members": ["y"]}, {"Name": "y"}, {"Name": "Y", "Alias": "z"}]}, "2 recipients"),
        ({"recipients": [{**DYNAMIC, "RecipientFilter": "Notes -eq 'x'"}]}, "the lab does not understand 'Notes'"),
        ({"profile": "no_exchange", "recipients": [{"Name": "x"}]}, "no simulated Exchange"),
        ({"profile": "exchange2013", "generated_recipients": 1}, "no simulated Exchange"),
    ],
)
def test_a_state_that_cannot_be(state: dict[str, Any], words: str) -> None:
    with pytest.raises(StateError, match=words):
        SimulatedMachine.from_state(state)


def test_generated_recipients_are_the_same_in_every_run_and_of_all_kinds() -> None:
    state = {"generated_recipients": 500, "clock": "2026-11-24T20:39:36Z"}
    one, two = (SimulatedMachine.from_state(state).dump() for _ in range(2))
    assert one == two
    kinds = [row["RecipientTypeDetails"] for row in one["recipients"][11:]]
    assert len(kinds) == 500
    assert set(kinds) == set(KINDS) - OWN_KINDS - {"LegacyMailbox", "MailNonUniversalGroup", "EquipmentMailbox"}
    assert kinds.count("UserMailbox") == 420
    assert len({row["PrimarySmtpAddress"] for row in one["recipients"]}) == 511
