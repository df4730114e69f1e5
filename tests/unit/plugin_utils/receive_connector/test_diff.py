"""From a host and a declaration to a plan: facts in, plan or reasons out; and what holds after any declarations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.domains import AcceptedDomain
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.edge_entries import Agent
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.certificates import SmtpCertificate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.clients import Clients, serves
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.diff import (
    State,
    decide,
    left_to_do,
    still_open,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.ranges import Binding, range_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.recipients import Validation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.relay import RelayRights, relays
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.state import (
    parse_receive_connectors,
    takes_from,
)
from tests.unit.plugin_utils.receive_connector.receiving_host import (
    ALL,
    DEFAULT,
    FAX,
    GERMAN,
    INSIDE,
    INTERNET,
    LAN,
    SBS,
    SCANNER,
    SCANS,
    connectors,
    printed,
    relay,
    state,
)
from tests.unit.plugin_utils.run.examples import commands, keys, parameters

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADOPT = {"adopt": True}
PROVIDER = "203.0.113.0/24"
NARROW = {**ADOPT, "remote_ip_ranges": [PROVIDER]}
MAIL = SmtpCertificate(("mail.beispiel.de", "*.firma.de"), datetime(2027, 3, 1, tzinfo=UTC))
OVER = replace(MAIL, until=datetime(2026, 3, 1, tzinfo=UTC))


def decided(host: State, declared: dict[str, Any]) -> Any:
    return decide(host, parse_desired(declared), NOW)


def against(host: State, declared: dict[str, Any]) -> list[str]:
    """The reasons that refuse the plan."""
    refusal = decided(host, declared).decision.refusal
    return keys(refusal.reasons) if refusal else []


# ---- which connector


TARGETS: list[tuple[str, State, dict[str, Any], str | None]] = [
    ("by property", state(), ADOPT, INTERNET),
    ("whatever its name", state(printed("Internet-Empfang"), SBS[1]), ADOPT, "Internet-Empfang"),
    ("by name", state(), {"name": "default sbs"}, DEFAULT),
    ("one of several", state(printed("A", RemoteIPRanges=["8.8.8.8"]), SBS[0]), {**ADOPT, "name": "A"}, "A"),
    ("a disabled one that is switched on", state(printed(Enabled=False)), {**ADOPT, "enabled": True}, INTERNET),
    ("none is meant", state(), {"close_relay": True}, None),
    ("none is there to remove", state(), {"name": "Weg", "state": "absent"}, None),
]


@pytest.mark.parametrize(("host", "declared", "name"), [row[1:] for row in TARGETS], ids=[row[0] for row in TARGETS])
def test_which_connector(host: State, declared: dict[str, Any], name: str | None) -> None:
    assert decided(host, declared).decision.facts["connector"] == name


UNCLEAR: list[tuple[str, State, dict[str, Any], str]] = [
    ("several", state(printed("A", RemoteIPRanges=["8.8.8.8"]), SBS[0]), ADOPT, "receive_adopt_not_clear"),
    ("none", state(SBS[1]), ADOPT, "receive_nothing_to_adopt"),
    ("a disabled one", state(printed(Enabled=False)), ADOPT, "receive_nothing_to_adopt"),
    ("nothing to make it of", state(SBS[1]), {**ADOPT, "name": "Neu"}, "receive_create_without"),
    ("no ranges", state(SBS[1]), {"name": "Neu", "bindings": ["0.0.0.0:25"]}, "receive_create_without"),
]


@pytest.mark.parametrize(("host", "declared", "key"), [row[1:] for row in UNCLEAR], ids=[row[0] for row in UNCLEAR])
def test_what_is_not_clear(host: State, declared: dict[str, Any], key: str) -> None:
    assert against(host, declared) == [key]
    assert decided(host, declared).decision.plan is None


def test_several_are_named() -> None:
    refusal = decided(state(printed("Zweiter", RemoteIPRanges=["8.8.8.8"]), SBS[0]), ADOPT).decision.refusal
    assert refusal and "'Zweiter'" in str(refusal) and f"'{INTERNET}'" in str(refusal)


# ---- plans


PLANS: list[tuple[str, State, dict[str, Any], list[tuple[str, str]], list[dict[str, Any]]]] = [
    ("nothing differs", state(), {**ADOPT, "max_message_size": "10MB"}, [], []),
    (
        "one setting",
        state(),
        {**ADOPT, "max_message_size": "25MB"},
        [("Set-ReceiveConnector", INTERNET)],
        [{"MaxMessageSize": "26214400"}],
    ),
    (
        "created with what mail from outside needs",
        state(SBS[1]),
        {"name": "Neu", "bindings": ["0.0.0.0:25"], "remote_ip_ranges": [ALL]},
        [("New-ReceiveConnector", "Neu")],
        [
            {
                "Name": "Neu",
                "Bindings": ["0.0.0.0:25"],
                "RemoteIPRanges": [ALL],
                "PermissionGroups": "AnonymousUsers",
                "AuthMechanism": "Tls",
            }
        ],
    ),
    (
        "created with what is declared",
        state(SBS[1]),
        {
            "name": "Neu",
            "bindings": ["0.0.0.0:25"],
            "remote_ip_ranges": [ALL],
            "permission_groups": ["Partners"],
            "auth_mechanism": ["None"],
            "banner": "",
        },
        [("New-ReceiveConnector", "Neu")],
        [
            {
                "Name": "Neu",
                "Bindings": ["0.0.0.0:25"],
                "RemoteIPRanges": [ALL],
                "PermissionGroups": "Partners",
                "AuthMechanism": "None",
            }
        ],
    ),
    (
        "removed",
        state(*SBS, printed("Alt", RemoteIPRanges=["8.8.8.8"]), seen=[]),
        {"name": "alt", "state": "absent"},
        [("Remove-ReceiveConnector", "Alt")],
        [{}],
    ),
    ("gone already", state(), {"name": "Alt", "state": "absent"}, [], []),
    (
        "validation",
        state(),
        {"recipient_validation": True},
        [("Set-RecipientFilterConfig", "recipient filter")],
        [{"RecipientValidationEnabled": True}],
    ),
    ("validation as it is", state(), {"recipient_validation": False}, [], []),
    (
        "closed first",
        state(rights=[relay()]),
        {**ADOPT, "max_message_size": "25MB", "close_relay": True, "recipient_validation": True},
        [
            ("Remove-ADPermission", INTERNET),
            ("Set-ReceiveConnector", INTERNET),
            ("Set-RecipientFilterConfig", "recipient filter"),
        ],
        [
            {"User": GERMAN, "ExtendedRights": "ms-Exch-SMTP-Accept-Any-Recipient"},
            {"MaxMessageSize": "26214400"},
            {"RecipientValidationEnabled": True},
        ],
    ),
    ("not closed without being told", state(rights=[relay()]), ADOPT, [], []),
    (
        "a scanner's right is left",
        state(SCANS, *SBS, rights=[relay("Scanner")]),
        {"close_relay": True},
        [],
        [],
    ),
    (
        "own addresses stay",
        state(printed(), seen=[]),
        NARROW,
        [("Set-ReceiveConnector", INTERNET)],
        [{"RemoteIPRanges": ["127.0.0.1", "192.168.1.2", PROVIDER]}],
    ),
    (
        "own addresses stay for good",
        state(printed(RemoteIPRanges=[PROVIDER, "127.0.0.1", "192.168.1.2"])),
        NARROW,
        [],
        [],
    ),
    (
        "what another one takes is not taken from it",
        state(seen=[]),
        NARROW,
        [("Set-ReceiveConnector", INTERNET)],
        [{"RemoteIPRanges": [PROVIDER]}],
    ),
]


@pytest.mark.parametrize(
    ("host", "declared", "steps", "written"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS]
)
def test_plans(
    host: State, declared: dict[str, Any], steps: list[tuple[str, str]], written: list[dict[str, Any]]
) -> None:
    found = decided(host, declared)
    assert (found.decision.refusal, found.pending) == (None, None)
    assert commands(found.decision.plan) == steps
    assert [{**each} for each in parameters(found.decision.plan)] == written


# ---- what speaks against them


REFUSED: list[tuple[str, State, dict[str, Any], list[str]]] = [
    (
        "the same pair",
        state(),
        {"name": "Neu", "bindings": ["0.0.0.0:25"], "remote_ip_ranges": [ALL]},
        ["receive_same_pair"],
    ),
    (
        "ranges that cross",
        state(seen=[]),
        {"name": "Neu", "bindings": ["0.0.0.0:25"], "remote_ip_ranges": ["192.168.1.128-192.168.2.10"]},
        ["receive_ranges_cross"],
    ),
    (
        "an address that the server lacks",
        state(seen=[]),
        {**ADOPT, "bindings": ["192.168.1.3:25", "0.0.0.0:25"]},
        ["receive_address_lacking"],
    ),
    (
        "an address of the server",
        state(printed(), seen=[]),
        {**ADOPT, "bindings": ["192.168.1.2:25", "0.0.0.0:25"]},
        [],
    ),
    (
        "nobody knows its addresses",
        state(own=None),
        {**ADOPT, "bindings": ["192.168.1.3:25", "0.0.0.0:25"]},
        ["receive_addresses_untold"],
    ),
    ("the loopback is there", state(own=None), {**ADOPT, "bindings": ["127.0.0.2:25", "0.0.0.0:25"]}, []),
    (
        "the name of Default",
        state(certificates=(MAIL,)),
        {"name": DEFAULT, "fqdn": "mail.beispiel.de"},
        ["receive_default_fqdn"],
    ),
    ("its own name of Default", state(), {"name": DEFAULT, "fqdn": "sbs.nt4admins.local"}, []),
    ("a name with a certificate", state(certificates=(MAIL,)), {**ADOPT, "fqdn": "mail.beispiel.de"}, []),
    ("one below a star", state(certificates=(MAIL,)), {**ADOPT, "fqdn": "mail.firma.de"}, []),
    ("no certificate", state(), {**ADOPT, "fqdn": "mail.beispiel.de"}, ["receive_fqdn_without_certificate"]),
    (
        "one that is over",
        state(certificates=(OVER,)),
        {**ADOPT, "fqdn": "mail.beispiel.de"},
        ["receive_fqdn_without_certificate"],
    ),
    ("nobody knows certificates", state(certificates=None), {**ADOPT, "fqdn": "mail.beispiel.de"}, []),
    ("TLS for everyone", state(), {**ADOPT, "require_tls": True}, ["receive_tls_for_everyone"]),
    ("TLS for everyone as before", state(printed(RequireTLS=True)), {**ADOPT, "comment": "x"}, []),
    (
        "what it keeps contradicts",
        state(printed(RequireTLS=True, RemoteIPRanges=["8.8.8.8"])),
        {**ADOPT, "auth_mechanism": ["None"]},
        ["receive_tls_missing"],
    ),
    ("adopted no more", state(seen=[]), {**ADOPT, "permission_groups": ["ExchangeUsers"]}, ["receive_adopted_no_more"]),
    ("by name it may", state(seen=[]), {"name": INTERNET, "permission_groups": ["ExchangeUsers"]}, []),
    (
        "opened by its ranges",
        state(SCANS, rights=[relay("Scanner")]),
        {"name": "Scanner", "remote_ip_ranges": [SCANNER, "8.8.8.0/24"]},
        ["receive_opens_relay"],
    ),
    (
        "opened, and known",
        state(SCANS, rights=[relay("Scanner")]),
        {"name": "Scanner", "remote_ip_ranges": [SCANNER, "8.8.8.0/24"], "known_relays": ["Scanner"]},
        [],
    ),
    (
        "opened by being switched on",
        state(printed(Enabled=False), rights=[relay()]),
        {**ADOPT, "enabled": True},
        ["receive_opens_relay"],
    ),
    (
        "opened for servers",
        state(printed(PermissionGroups=f"AnonymousUsers, {INSIDE}")),
        {**ADOPT, "auth_mechanism": ["Tls", "ExternalAuthoritative"]},
        ["receive_opens_relay"],
    ),
    ("open before", state(rights=[relay()]), {**ADOPT, "comment": "x"}, []),
    (
        "own addresses by a group",
        state(printed(), seen=[]),
        {"name": INTERNET, "permission_groups": ["None"]},
        ["receive_own_lost"],
    ),
    (
        "own addresses by switching off",
        state(printed(), seen=[]),
        {"name": INTERNET, "enabled": False},
        ["receive_own_lost"],
    ),
    (
        "own addresses by removal",
        state(printed(), seen=[]),
        {"name": INTERNET, "state": "absent"},
        ["receive_own_lost"],
    ),
    (
        "own addresses by one that is nearer",
        state(printed(), seen=[]),
        {
            "name": "Neu",
            "bindings": ["0.0.0.0:25"],
            "remote_ip_ranges": ["192.168.1.0/24"],
            "permission_groups": ["ExchangeUsers"],
        },
        ["receive_own_lost"],
    ),
    ("own addresses are not known", state(printed(), own=None, seen=[]), NARROW, ["receive_own_untold"]),
    ("a client", state(seen=[(INTERNET, "8.8.8.8")]), NARROW, ["receive_clients_lose"]),
    ("a client of another connector", state(seen=[(DEFAULT, "8.8.8.8")]), NARROW, []),
    ("a client that stays", state(seen=[(INTERNET, "203.0.113.9")]), NARROW, []),
    ("a client given up", state(seen=[(INTERNET, "8.8.8.8")]), {**NARROW, "clients_given_up": ["8.8.8.8"]}, []),
    ("clients outside given up", state(seen=[(INTERNET, "8.8.8.8")]), {**NARROW, "clients_given_up": [ALL]}, []),
    (
        "not those inside",
        state(printed(), seen=[(INTERNET, "8.8.8.8"), (INTERNET, SCANNER)]),
        {**NARROW, "clients_given_up": [ALL]},
        ["receive_clients_lose"],
    ),
    (
        "those inside by name",
        state(printed(), seen=[(INTERNET, "8.8.8.8"), (INTERNET, SCANNER)]),
        {**NARROW, "clients_given_up": [ALL, SCANNER]},
        [],
    ),
    ("nobody knows", state(clients=Clients()), NARROW, ["receive_clients_untold"]),
    ("nobody knows, and is told", state(clients=Clients()), {**NARROW, "clients_given_up": []}, []),
    ("too many", state(seen=[]) and state(clients=Clients((), True, cut=True)), NARROW, ["receive_clients_untold"]),
    (
        "a scanner's connector",
        state(SCANS, *SBS, rights=[relay("Scanner")], seen=[("Scanner", SCANNER)]),
        {"name": "Scanner", "state": "absent"},
        ["receive_clients_lose"],
    ),
    (
        "a scanner, by one that is nearer",
        state(
            printed("Lan", RemoteIPRanges=["192.168.1.0/24", "127.0.0.1"]),
            rights=[relay("Lan")],
            seen=[("Lan", SCANNER)],
        ),
        {"name": "Neu", "bindings": ["0.0.0.0:25"], "remote_ip_ranges": ["192.168.1.48/29"]},
        ["receive_clients_lose"],
    ),
]


@pytest.mark.parametrize(("host", "declared", "reasons"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_refuses(host: State, declared: dict[str, Any], reasons: list[str]) -> None:
    assert against(host, declared) == reasons
    assert decided(host, declared).decision.plan is not None or not reasons


def test_a_plan_that_is_refused_is_shown() -> None:
    found = decided(state(seen=[(INTERNET, "8.8.8.8")]), NARROW).decision
    assert found.plan and found.after[INTERNET]["remote_ip_ranges"] == [PROVIDER]
    assert found.facts["clients_losing"] == [
        {"address": "8.8.8.8", "connector": INTERNET, "count": 3, "last": None, "source": ""}
    ]


# ---- closing


def test_nothing_that_is_wrong_keeps_a_relay_open() -> None:
    for declared in (NARROW, {**ADOPT, "require_tls": True}, {"name": "Neu", "bindings": ["0.0.0.0:25"]}):
        found = decided(state(rights=[relay()], seen=[(INTERNET, "8.8.8.8")]), {**declared, "close_relay": True})
        assert commands(found.decision.plan) == [("Remove-ADPermission", INTERNET)]
        assert found.pending is not None and found.decision.refusal is None


def test_what_the_declaration_would_open_is_closed_before() -> None:
    host = state(SCANS, rights=[relay("Scanner")])
    found = decided(host, {"name": "Scanner", "remote_ip_ranges": [SCANNER, "8.8.8.0/24"], "close_relay": True})
    assert commands(found.decision.plan) == [("Remove-ADPermission", "Scanner"), ("Set-ReceiveConnector", "Scanner")]


STILL: list[tuple[str, State, list[str], list[str]]] = [
    ("an own entry", state(rights=[relay()]), ["receive_relay_open"], []),
    (
        "an inherited one",
        state(rights=[relay(inherited=True)]),
        ["receive_relay_inherited"],
        ["receive_relay_inherited"],
    ),
    (
        "both",
        state(rights=[relay(), relay(inherited=True)]),
        ["receive_relay_open"],
        ["receive_relay_inherited"],
    ),
    (
        "servers",
        state(printed(AuthMechanism="Tls, ExternalAuthoritative", PermissionGroups="ExchangeServers")),
        ["receive_relay_external"],
        ["receive_relay_external"],
    ),
    (
        "a host that does not tell",
        replace(state(), rights=RelayRights(told=False)),
        ["receive_relay_untold"],
        ["receive_relay_untold"],
    ),
    ("none", state(SCANS, *SBS, rights=[relay("Scanner")]), [], []),
]


@pytest.mark.parametrize(("host", "now", "planned"), [row[1:] for row in STILL], ids=[row[0] for row in STILL])
def test_what_is_still_open(host: State, now: list[str], planned: list[str]) -> None:
    desired = parse_desired({"close_relay": True})
    for count, expected in ((False, now), (True, planned)):
        error = still_open(host, desired, count)
        assert (keys(error.reasons) if error else []) == expected
    assert still_open(host, parse_desired({}), False) is None


def test_open_relays_are_told_in_every_run() -> None:
    for declared in ({}, ADOPT, {"close_relay": True}, {"known_relays": [INTERNET]}):
        found = decided(state(rights=[relay()]), declared).decision
        assert any("is an open relay" in each and ALL in each for each in found.notices)
        assert found.facts["open_relays"] == [INTERNET]
    (told,) = decided(replace(state(), rights=RelayRights(told=False)), {}).decision.notices
    assert "unknown" in told
    quiet = decided(state(SCANS, *SBS, rights=[relay("Scanner")]), {}).decision
    assert quiet.notices == () and quiet.facts["open_relays"] == []
    assert [(each["connector"], each["open"]) for each in quiet.facts["relays"]] == [("Scanner", False)]


def test_who_used_what_is_closed_is_told() -> None:
    host = state(rights=[relay()], seen=[(INTERNET, SCANNER), (INTERNET, "8.8.8.8"), (INTERNET, "192.168.1.2")])
    told = decided(host, {"close_relay": True}).decision.notices
    assert any(SCANNER in each and "8.8.8.8" not in each and "192.168.1.2" not in each for each in told)


# ---- recipients, certificates


VALIDATION: list[tuple[Validation, list[str]]] = [
    (Validation(agents_told=True), ["not installed"]),
    (Validation(agents_told=False), ["does not report its agents"]),
    (Validation(agents_told=True, agent=Agent("Recipient Filter Agent", False)), ["switched off"]),
    (Validation(agents_told=True, agent=Agent("Recipient Filter Agent", True), filters=False), ["switched off"]),
    (Validation(agents_told=True, agent=Agent("Recipient Filter Agent", True)), []),
    (
        Validation(
            agents_told=True,
            agent=Agent("Recipient Filter Agent", True),
            domains=(
                AcceptedDomain("a", "beispiel.de", "InternalRelay", False),
                AcceptedDomain("b", "nt4admins.local", "Authoritative", True),
            ),
        ),
        ["beispiel.de"],
    ),
]


@pytest.mark.parametrize(("validation", "words"), VALIDATION)
def test_what_keeps_validation_from_its_effect(validation: Validation, words: list[str]) -> None:
    told = decided(state(validation=validation), {"recipient_validation": True}).decision.notices
    assert len(told) == len(words) and all(word in each for word, each in zip(words, told, strict=True))
    assert decided(state(validation=validation), {}).decision.notices == ()


def test_a_name_without_a_certificate_that_is_there_already_is_told() -> None:
    host = state(printed(Fqdn="mail.beispiel.de"))
    (told,) = decided(host, {**ADOPT, "fqdn": "mail.beispiel.de"}).decision.notices
    assert "no valid certificate" in told
    (unknown,) = decided(replace(host, certificates=None), {**ADOPT, "fqdn": "mail.beispiel.de"}).decision.notices
    assert "unknown" in unknown
    assert decided(host, ADOPT).decision.notices == ()


# ---- any declarations, one after the other


RANGES = [ALL, PROVIDER, "192.168.1.0/24", SCANNER, "8.8.8.0/24", "127.0.0.1", "192.168.1.2"]
DECLARED = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([INTERNET, DEFAULT, "Scanner", "Neu"]),
        "adopt": st.booleans(),
        "enabled": st.booleans(),
        "bindings": st.lists(st.sampled_from(["0.0.0.0:25", "192.168.1.2:25", "0.0.0.0:587"]), min_size=1, unique=True),
        "remote_ip_ranges": st.lists(st.sampled_from(RANGES), min_size=1, max_size=3, unique=True),
        "permission_groups": st.lists(
            st.sampled_from(["AnonymousUsers", "ExchangeUsers", "ExchangeServers"]), min_size=1, unique=True
        ),
        "auth_mechanism": st.sampled_from([["Tls"], ["None"], ["Tls", "ExternalAuthoritative"], ["Integrated"]]),
        "state": st.sampled_from(["present", "absent"]),
        "close_relay": st.booleans(),
        "clients_given_up": st.lists(st.sampled_from([ALL, "8.8.8.0/24"]), max_size=2, unique=True),
    },
)
HOSTS = st.sampled_from(
    [
        ((*SBS, SCANS), ("Scanner",)),
        ((*SBS, SCANS), ("Scanner", INTERNET)),
        ((printed(), SCANS), ("Scanner", INTERNET)),
        ((printed(DEFAULT, PermissionGroups=f"AnonymousUsers, {INSIDE}"),), (DEFAULT,)),
        ((printed(Enabled=False), printed(DEFAULT, **LAN), SCANS), (INTERNET, "Scanner")),
    ]
)
CLIENTS = ((SCANNER, "192.168.1.2"), ("192.168.1.2", "192.168.1.2"), ("127.0.0.1", "127.0.0.1"))


def carried_out(host: State, decision: Any) -> State:
    """The host after a plan, as Exchange carries it out."""
    rows = {each.name: each for each in host.connectors}
    rights = host.rights
    for step in decision.plan.steps if decision.plan else ():
        given = dict(step.parameters)
        if step.command == "Remove-ADPermission":
            left = tuple(
                each
                for each in rights.entries
                if (each.connector, each.user, each.inherited) != (given["Identity"].lower(), given["User"], False)
            )
            rights = replace(rights, entries=left)
        elif step.command == "Remove-ReceiveConnector":
            del rows[step.target]
        else:
            shown = {**printed(step.target), **{key: value for key, value in given.items() if key in printed()}}
            (fresh,) = parse_receive_connectors([shown])
            known = {change.option for change in step.changes}
            values = {**(rows[step.target].values if step.target in rows else fresh.values)}
            rows[step.target] = replace(fresh, values={**values, **{key: fresh.values[key] for key in known}})
    return replace(host, connectors=tuple(rows.values()), rights=rights)


def served(before: State, after: State, client: str, place: str, closed: bool) -> bool:
    """Whether a client has what it had; the right that was closed on its connector aside."""
    end = Binding(place, 25)
    now, then = (takes_from(each.connectors, end, client) for each in (before, after))
    if now is None:
        return True
    rights = after.rights if closed else before.rights
    return then is not None and serves(
        now,
        then,
        range_of(client),
        lambda each: relays(each, rights),
        lambda each: relays(each, after.rights),
    )


@settings(max_examples=300, deadline=None)
@given(HOSTS, st.lists(DECLARED, min_size=1, max_size=4))
def test_after_any_declarations(host: Any, declarations: list[dict[str, Any]]) -> None:
    rows, relaying = host
    now = state(*rows, rights=[relay(each) for each in relaying], seen=[])
    for declared in declarations:
        # Everyone in the LAN has used whatever connector took him.
        taken = ((takes_from(now.connectors, Binding("192.168.1.2", 25), SCANNER), SCANNER),)
        seen = [(connector.name, client) for connector, client in taken if connector]
        now = replace(now, clients=state(seen=seen).clients)
        try:
            desired = parse_desired(declared)
        except InputRefused:
            continue
        found = decide(now, desired, NOW)
        if found.decision.refusal is not None:
            continue
        after = carried_out(now, found.decision)
        for client, place in CLIENTS:
            assert served(now, after, client, place, desired.close_relay), (client, declared)
        if desired.close_relay:
            # Never green with an open relay.
            assert still_open(after, desired, planned=False) is None or found.pending or _cannot(after)
        if found.pending is None:
            assert left_to_do(after, desired) is None, declared
            again = decide(after, desired, NOW)
            assert (again.decision.plan, again.decision.refusal) == (None, None), declared
        now = after


def _cannot(host: State) -> bool:
    """Whether what is open is a connector for servers, which the end of the run tells."""
    error = still_open(host, parse_desired({"close_relay": True}), planned=False)
    return error is not None and set(keys(error.reasons)) == {"receive_relay_external"}


def test_a_fax_that_the_loopback_belongs_to_keeps_it() -> None:
    found = decided(state(seen=[]), {**NARROW, "bindings": ["0.0.0.0:25"]}).decision
    assert found.facts["own_addresses"][0] == {"address": "127.0.0.1", "connector": FAX}
    assert connectors(*SBS)
