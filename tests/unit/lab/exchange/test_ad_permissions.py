"""Who may do what on a receive connector: what is shown, added and taken away, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.ad_permission import ANONYMOUS, ANY_RECIPIENT, AUTHENTICATED, PermissionEntry, allows, shown_groups
from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError

INTERNET = "Windows SBS Internet Receive SBS"
NAMES = {"en": "NT AUTHORITY\\ANONYMOUS LOGON", "de": "NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG"}


@pytest.fixture(params=["en", "de"])
def host(request: pytest.FixtureRequest) -> SimulatedMachine:
    return SimulatedMachine.from_state({"language": request.param})


@pytest.fixture
def english() -> SimulatedMachine:
    return SimulatedMachine.from_state({})


def dn_of(host: SimulatedMachine, name: str = INTERNET) -> str:
    return str(host.invoke("Get-ReceiveConnector", {"Identity": name})[0]["DistinguishedName"])


def shown(host: SimulatedMachine, **given: Any) -> list[dict[str, Any]]:
    return host.invoke("Get-ADPermission", {"Identity": dn_of(host), **given})


def relaying(host: SimulatedMachine) -> list[tuple[Any, Any, Any]]:
    rows = [row for row in shown(host) if row["ExtendedRights"] == [ANY_RECIPIENT]]
    return [(row["User"], row["Deny"], row["IsInherited"]) for row in rows]


def edit(host: SimulatedMachine, verb: str, **given: Any) -> tuple[list[dict[str, Any]], list[str]]:
    warnings: list[str] = []
    usual = {"Identity": dn_of(host), "ExtendedRights": ANY_RECIPIENT, "Confirm": False}
    rows = host.invoke(f"{verb}-ADPermission", {**usual, **given}, None, warnings)
    return rows, warnings


def anonymous_may(host: SimulatedMachine) -> bool:
    assert host.organisation is not None
    (found,) = host.organisation.receive_connectors.named(INTERNET)
    return found.relays_for("anonymous")


def test_anonymous_is_called_as_windows_calls_him(host: SimulatedMachine) -> None:
    rows = shown(host, User="S-1-5-7")
    assert {row["User"] for row in rows} == {NAMES[host.language]}
    assert ANY_RECIPIENT not in [right for row in rows for right in row["ExtendedRights"]]


def test_who_relays_through_an_open_relay() -> None:
    host = SimulatedMachine.from_state("open_relay")
    assert host.organisation is not None
    found = {each.Name: each.relays_for("anonymous") for each in host.organisation.receive_connectors.local}
    assert found == {
        "Default SBS": False,
        INTERNET: True,
        "Kopierer": True,
        "Faxserver": True,
        "Geerbt": True,
        "Verweigert": False,
    }


def test_users_have_the_right_and_nobody_else_who_is_no_server(english: SimulatedMachine) -> None:
    assert relaying(english) == [
        ("NT AUTHORITY\\Authenticated Users", False, False),
        ("MS Exchange\\Hub Transport Servers", False, False),
        ("MS Exchange\\Edge Transport Servers", False, False),
        ("MS Exchange\\Externally Secured Servers", False, False),
        ("MS Exchange\\Legacy Exchange Servers", False, False),
    ]


@pytest.mark.parametrize("identity", [None, "", "no such object"])
def test_no_identity_or_an_unknown_one_shows_everything(english: SimulatedMachine, identity: str | None) -> None:
    rows = english.invoke("Get-ADPermission", {"Identity": identity})
    assert len({row["Identity"] for row in rows}) == 4
    assert rows == english.invoke("Get-ADPermission", {})


def test_what_is_given_shows_and_acts_and_goes_again(host: SimulatedMachine) -> None:
    rows, warnings = edit(host, "Add", User=NAMES[host.language])
    assert (rows[0]["User"], rows[0]["ExtendedRights"], warnings) == (NAMES[host.language], [ANY_RECIPIENT], [])
    assert anonymous_may(host)
    assert host.invoke("Get-ReceiveConnector", {"Identity": INTERNET})[0]["PermissionGroups"].endswith(", Custom")
    rows, warnings = edit(host, "Add", User="S-1-5-7")
    assert (rows, len(warnings)) == ([], 1)
    assert edit(host, "Remove", User=NAMES[host.language], AccessRights="ExtendedRight") == ([], [])
    assert not anonymous_may(host)
    assert "Custom" not in host.invoke("Get-ReceiveConnector", {"Identity": INTERNET})[0]["PermissionGroups"]


def test_a_german_host_does_not_know_the_english_name() -> None:
    with pytest.raises(CmdletError) as caught:
        edit(SimulatedMachine.from_state("sbs2011_german"), "Add", User=NAMES["en"])
    assert caught.value.type == errors.OBJECT_NOT_FOUND
    assert "wurde nicht gefunden" in caught.value.message


def test_exactly_one_entry_goes(english: SimulatedMachine) -> None:
    edit(english, "Add", User="S-1-5-7")
    edit(english, "Add", User="S-1-5-7", Deny=True)
    assert not anonymous_may(english)
    before = relaying(english)
    edit(english, "Remove", User="S-1-5-7", Deny=True)
    assert relaying(english) == [entry for entry in before if entry != (NAMES["en"], True, False)]
    assert anonymous_may(english)


def test_what_is_not_there_is_warned_of(english: SimulatedMachine) -> None:
    before = english.dump()["relay_rights"]
    _rows, warnings = edit(english, "Remove", User="S-1-5-7")
    assert "because the ACE doesn't exist on the object" in warnings[0]
    assert english.dump()["relay_rights"] == before


def test_an_inherited_entry_counts_and_cannot_be_taken_away() -> None:
    right = {"connector": INTERNET, "user": "anonymous", "inherited": True}
    host = SimulatedMachine.from_state({"relay_rights": [right]})
    assert anonymous_may(host)
    assert (NAMES["en"], False, True) in relaying(host)
    assert "Custom" not in host.invoke("Get-ReceiveConnector", {"Identity": INTERNET})[0]["PermissionGroups"]
    _rows, warnings = edit(host, "Remove", User="S-1-5-7")
    assert "An inherited access control entry has been specified" in warnings[0]
    assert anonymous_may(host)
    host.change({"relay_rights": [{**right, "remove": True}]})
    assert not anonymous_may(host)


def test_the_order_in_which_windows_reads_a_list() -> None:
    def entry(deny: bool = False, inherited: bool = False) -> PermissionEntry:
        return PermissionEntry(ANONYMOUS, ANY_RECIPIENT, deny, inherited)

    for entries, may in (
        ((), False),
        ((entry(),), True),
        ((entry(), entry(deny=True)), False),
        ((entry(inherited=True), entry(deny=True)), False),
        ((entry(inherited=True), entry(deny=True, inherited=True)), False),
        ((entry(), entry(deny=True, inherited=True)), True),
    ):
        assert allows(entries, [ANONYMOUS], ANY_RECIPIENT) == may
    assert not allows((entry(),), [AUTHENTICATED], ANY_RECIPIENT)
    assert shown_groups((entry(inherited=True),)) == "None"


def test_a_user_is_one_who_has_a_mailbox(english: SimulatedMachine) -> None:
    rows, _warnings = edit(english, "Add", User="nt4admins\\anna")
    assert rows[0]["User"] == "NT4ADMINS\\anna"
    english.invoke("Set-ReceiveConnector", {"Identity": INTERNET, "PermissionGroups": "AnonymousUsers"})
    assert english.organisation is not None
    (found,) = english.organisation.receive_connectors.named(INTERNET)
    assert (found.relays_for("anna"), found.relays_for("bernd"), found.relays_for("anonymous")) == (True, False, False)
    assert edit(english, "Add", User="ANNA@nt4admins.local")[0] == []
    with pytest.raises(CmdletError, match="wasn't found"):
        edit(english, "Add", User="nobody")


def test_groups_that_are_set_leave_other_entries_alone(english: SimulatedMachine) -> None:
    edit(english, "Add", User="S-1-5-7")
    english.invoke("Set-ReceiveConnector", {"Identity": INTERNET, "PermissionGroups": "AnonymousUsers"})
    row = english.invoke("Get-ReceiveConnector", {"Identity": INTERNET})[0]
    assert (row["PermissionGroups"], relaying(english)) == ("AnonymousUsers, Custom", [(NAMES["en"], False, False)])


def test_a_group_that_lacks_a_right_is_none_any_more(english: SimulatedMachine) -> None:
    edit(english, "Remove", User="Authenticated Users")
    row = english.invoke("Get-ReceiveConnector", {"Identity": INTERNET})[0]
    assert row["PermissionGroups"] == "AnonymousUsers, ExchangeServers, ExchangeLegacyServers, Custom"


@pytest.mark.parametrize(
    ("given", "type"),
    [
        ({"User": "S-1-5-7", "ExtendedRights": "ms-Exch-Nope"}, errors.OBJECT_NOT_FOUND),
        ({"User": "S-1-5-7", "ExtendedRights": None}, errors.LOCALIZED),
        ({"User": "S-1-5-7", "AccessRights": "GenericAll"}, errors.LOCALIZED),
        ({"User": "S-1-5-7", "InheritanceType": "All"}, errors.LOCALIZED),
        ({"User": "S-1-5-7", "Identity": "no such"}, errors.OBJECT_NOT_FOUND),
        ({"User": "S-1-5-7", "Identity": None}, errors.VALIDATION),
        ({}, errors.BINDING),
    ],
)
@pytest.mark.parametrize("verb", ["Add", "Remove"])
def test_what_is_refused(english: SimulatedMachine, verb: str, given: dict[str, Any], type: str) -> None:
    before = english.dump()["relay_rights"]
    with pytest.raises(CmdletError) as caught:
        edit(english, verb, **given)
    if verb == "Add" or given:
        assert caught.value.type == type
    assert english.dump()["relay_rights"] == before


def test_what_if_and_a_question(english: SimulatedMachine) -> None:
    edit(english, "Add", User="S-1-5-7", WhatIf=True)
    assert not anonymous_may(english)
    edit(english, "Add", User="S-1-5-7")
    edit(english, "Remove", User="S-1-5-7", WhatIf=True)
    with pytest.raises(CmdletError) as caught:
        edit(english, "Remove", User="S-1-5-7", Confirm=True)
    assert (caught.value.type, anonymous_may(english)) == (errors.NON_INTERACTIVE, True)


def test_owners_are_not_simulated(english: SimulatedMachine) -> None:
    with pytest.raises(CmdletError, match="does not simulate"):
        english.invoke("Get-ADPermission", {"Identity": INTERNET, "Owner": True})


def test_the_dump_says_it_as_a_state_does(english: SimulatedMachine) -> None:
    wish = [
        {"connector": INTERNET, "user": "anonymous", "deny": False, "inherited": False},
        {"connector": "Client SBS", "user": "NT4ADMINS\\scanner", "deny": True, "inherited": False},
    ]
    english.change({"relay_rights": [{"connector": "Client SBS", "user": "scanner", "deny": True}, wish[0]]})
    dump = english.dump()["relay_rights"]
    assert [entry for entry in wish if entry in dump] == wish
    again = SimulatedMachine.from_state({"relay_rights": dump})
    assert sorted(map(str, again.dump()["relay_rights"])) == sorted(map(str, dump))


def test_a_relay_right_needs_its_connector() -> None:
    for wrong in ({"user": "anonymous"}, {"connector": "x", "user": "anonymous"}, {"connector": INTERNET, "users": 1}):
        with pytest.raises(StateError, match="relay right"):
            SimulatedMachine.from_state({"relay_rights": [wrong]})
    with pytest.raises(StateError, match="relay_rights"):
        SimulatedMachine.from_state({"relay_rights": ["anonymous"]})
