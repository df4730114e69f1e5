"""What Exchange tells of its settings, and what each check makes of it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite import domains, policies
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import READ_SERVERS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import targets
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.declared_accounts import DesiredAccount
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route, routes_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.exchange_rows import AGENTS, ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, RESULTS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.host_rows import SERVICES
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.server_queues import QUEUES
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import READ_STEP, parse_connectors

from .judging import FACTS, Case, hold, junk_told, situation

ALL_ROLES = "Mailbox, ClientAccess, HubTransport"
IS_SBS: dict[str, Any] = {FACTS: [{"ComputerName": "SBS"}]}
RULES = {"Identity": "Transport Rule Agent", "Enabled": True}
ORF = {"Name": "orfeesvc", "DisplayName": "Vamsoft ORF Service", "Status": "Running", "StartMode": "Auto"}


def server(name: str = "SBS", version: str = "14.3 (Build 123.4)", roles: str = ALL_ROLES) -> dict[str, Any]:
    return {"Name": name, "AdminDisplayVersion": f"Version {version}", "ServerRole": roles}


def servers(*rows: dict[str, Any], facts: dict[str, Any] = IS_SBS) -> dict[str, Any]:
    return {READ_SERVERS.id: list(rows), **facts}


def agents(*rows: dict[str, Any], services: Any = ()) -> dict[str, Any]:
    return {AGENTS.id: list(rows), SERVICES.id: list(services)}


def connector(name: str, spaces: tuple[str, ...] = ("SMTP:*;1",), **more: Any) -> dict[str, Any]:
    smart = {"DNSRoutingEnabled": False, "SmartHosts": ["smtp.strato.de"], "Port": 587}
    return {"Name": name, "Guid": name, "Enabled": True, "AddressSpaces": list(spaces), **smart, **more}


def connectors(*rows: dict[str, Any], known: tuple[str, ...] = (), planned: bool = False) -> dict[str, Any]:
    """The told connectors and a situation in which they stay, or are all to be made."""
    routes = routes_of(parse_connectors(rows))
    declared = Declared(route=Route("Internet"), known_routes=frozenset(known))
    return {
        "told": {READ_STEP.id: list(rows), READ_SERVERS.id: [server()]},
        "more": {"declared": declared, "after": routes, "today": frozenset() if planned else routes},
    }


OURS = connector("Internet", SourceTransportServers=["SBS"])
ELSEWHERE = {"SmartHosts": ["mail.partner.de"], "Port": 25}
PARTNER = connector("Partner", ("SMTP:partner.de;1",), **ELSEWHERE)


def accepted(*names: str, declared: tuple[str, ...] = ("beispiel.de",)) -> dict[str, Any]:
    rows = [{"Name": name, "DomainName": name, "DomainType": "Authoritative"} for name in names]
    return {"told": {domains.READ_STEP.id: rows}, "more": {"declared": Declared(domains=declared)}}


def applied(*values: Any) -> dict[str, Any]:
    rows = [{"Name": f"Policy {at}", "RecipientFilterApplied": value} for at, value in enumerate(values)]
    return {policies.READ_STEP.id: rows}


def account(mailbox: str | None) -> DesiredAccount:
    options = {"mailbox": mailbox} if mailbox else {}
    return DesiredAccount(AccountKey("pop3.strato.de", "995", "info@beispiel.de"), "pop3_0", options=options)


def fetched(*mailboxes: str | None, unread: bool = False) -> dict[str, Any]:
    people = [
        {"Identity": "Anna", "RecipientType": "UserMailbox", "EmailAddresses": ["SMTP:anna@beispiel.de"]},
        {"Identity": "Kunde", "RecipientType": "MailContact", "EmailAddresses": ["SMTP:kunde@beispiel.de"]},
    ]
    told: dict[str, Any] = {step.id: [] for step in targets.STEPS}
    told[targets.RECIPIENTS.id] = None if unread else people
    return {"told": told, "more": {"declared": Declared(accounts=tuple(map(account, mailboxes)))}}


def queues(**counts: int) -> dict[str, Any]:
    return {QUEUES.id: [{"Identity": f"SBS\\{name}", "MessageCount": count} for name, count in counts.items()]}


CASES = (
    Case("roles", servers(server()), PASS, "Version 14.3 (Build 123.4) with ClientAccess, HubTransport, Mailbox"),
    Case("roles", servers(server(version="14.1 (Build 218.15)")), PASS),
    Case("roles", servers(server(version="14.0 (Build 639.21)")), FAIL, "14.0"),
    Case("roles", servers(server(roles="HubTransport")), WARN, "with HubTransport"),
    Case("roles", servers(server(roles="Edge")), PASS),
    Case("roles", servers(server(), server("EX2")), WARN, "2 Hub Transport servers: EX2, SBS"),
    Case("roles", servers(server(), server("EX2", roles="Mailbox")), PASS),
    Case("roles", servers(server("EX2"), facts={}), PASS),
    Case("roles", servers(server("EX2"), server("EX3")), UNKNOWN),
    Case("roles", servers(server(version="")), UNKNOWN),
    Case("roles", {READ_SERVERS.id: None}, UNKNOWN),
    Case("agents", agents(RULES), PASS),
    Case("agents", agents({"Identity": "Vamsoft ORF Routing Agent", "Enabled": True}), WARN, "Vamsoft ORF Routing"),
    Case("agents", agents({"Identity": "Vamsoft ORF Routing Agent", "Enabled": False}), PASS),
    Case(
        "agents",
        agents({"Identity": "X", "TransportAgentFactory": "Microsoft.Exchange.Transport.Agent.X"}),
        PASS,
    ),
    Case("agents", agents({**RULES, "TransportAgentFactory": "Firm.Factory"}), WARN, "Transport Rule Agent"),
    Case("agents", agents(RULES, services=[ORF]), WARN, "Vamsoft ORF Service"),
    Case("agents", agents(RULES, services=[{"Name": "MSExchangeIS", "Status": "Running"}]), PASS),
    Case("agents", agents(RULES, services=[{**ORF, "Status": "Stopped", "StartMode": "Disabled"}]), PASS),
    Case("agents", {AGENTS.id: None, SERVICES.id: []}, UNKNOWN),
    Case("other_connectors", result=PASS, **connectors(OURS)),
    Case("other_connectors", result=PASS, **connectors()),
    Case("other_connectors", result=PASS, **connectors(OURS, connector("House", ("SMTP:local;1",), **ELSEWHERE))),
    Case("other_connectors", result=WARN, words="'Partner' takes mail for partner.de", **connectors(OURS, PARTNER)),
    Case("other_connectors", result=PASS, **connectors(OURS, {**PARTNER, "Enabled": False})),
    Case("other_connectors", result=PASS, **connectors(OURS, PARTNER, known=("partner",))),
    Case("other_connectors", result=PASS, **connectors(OURS, PARTNER, known=("partner.de",))),
    Case("other_connectors", result=PASS, **connectors(OURS, connector("Big", ("SMTP:big.de;1",)))),
    Case("other_connectors", result=WARN, words="site only", **connectors({**OURS, "IsScopedConnector": True})),
    Case("other_connectors", result=WARN, words="Internet, Second", **connectors(OURS, connector("Second"))),
    Case("other_connectors", result=PASS, **connectors(OURS, connector("Second"), known=("second",))),
    Case(
        "other_connectors",
        result=FAIL,
        words="'Internet' is used by old, older only",
        **connectors({**OURS, "SourceTransportServers": ["OLD", "OLDER"]}, PARTNER),
    ),
    Case(
        "other_connectors",
        result=WARN,
        words="'Internet' names old",
        **connectors({**OURS, "SourceTransportServers": ["OLD", "SBS"]}),
    ),
    Case("other_connectors", {READ_STEP.id: None}, UNKNOWN),
    Case("accepted_domains", result=PASS, words="beispiel.de", **accepted("Beispiel.de")),
    Case("accepted_domains", result=PASS, **accepted("*.de")),
    Case("accepted_domains", result=WARN, words="not accepted here: beispiel.de", **accepted("beispiel.com")),
    Case("accepted_domains", {domains.READ_STEP.id: None}, UNKNOWN),
    Case("address_policies", applied(True, True), PASS),
    Case("address_policies", applied(True, False), WARN, "Policy 1"),
    Case("address_policies", applied(None), UNKNOWN),
    Case("address_policies", {FACTS: [{"Exchange": {"Roles": ["EdgeTransport"]}}]}, None),
    Case("address_policies", {policies.READ_STEP.id: None}, UNKNOWN),
    Case("pop3_targets", result=PASS, **fetched("anna@beispiel.de", "Anna")),
    Case("pop3_targets", result=FAIL, words="ana@beispiel.de is no recipient", **fetched("ana@beispiel.de")),
    Case("pop3_targets", result=FAIL, words="leaves", **fetched("anna@beispiel.de", "kunde@beispiel.de", None)),
    Case("pop3_targets", result=UNKNOWN, words="not declared", **fetched(None, "anna@beispiel.de")),
    Case("pop3_targets", result=UNKNOWN, words="not told", **fetched("anna@beispiel.de", unread=True)),
    Case("pop3_targets", result=None, **fetched()),
    Case("queue", queues(Submission=0), PASS),
    Case("queue", queues(), PASS),
    Case("queue", queues(Submission=2, **{"17": 5}), WARN, "7 messages"),
    Case("queue", queues(Submission=100), WARN),
    Case("queue", queues(Submission=101), FAIL, "101 messages are in the queue Submission"),
    Case("queue", queues(Poison=1), FAIL, "Poison"),
    Case("queue", queues(Unreachable=1), FAIL, "Unreachable"),
    Case("queue", {QUEUES.id: None}, UNKNOWN),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_told_and_what_is_found(case: Case) -> None:
    hold(ROWS, case)


def test_every_check_has_every_result_that_it_can_have() -> None:
    assert {(case.check, case.result) for case in CASES if case.result} == {
        *((each.name, result) for each in ROWS for result in (PASS, UNKNOWN)),
        *((each.name, WARN) for each in ROWS if each.name != "pop3_targets"),
        *((each.name, FAIL) for each in ROWS if each.name not in ("accepted_domains", "agents", "address_policies")),
    }


def check(name: str) -> Any:
    (found,) = (each for each in ROWS if each.name == name)
    return found


def test_a_new_route_that_no_server_uses_is_stopped_and_no_other() -> None:
    retired = {**OURS, "SourceTransportServers": ["OLD"]}
    planned = frozenset({"send_connector", "pop3_connector"})
    for rows, new, stopped in (
        ([retired], True, {"send_connector"}),
        ([retired], False, set()),
        ([OURS], True, set()),
    ):
        given_ = connectors(*rows, planned=new)
        assert check("other_connectors").stops(situation(given_["told"], planned=planned, **given_["more"])) == stopped


def test_a_route_of_today_that_no_server_uses_does_not_stop_another_one() -> None:
    old = {**PARTNER, "SourceTransportServers": ["OLD"]}
    given_ = connectors(OURS, old, planned=True)
    today = routes_of(parse_connectors([old]))
    told = situation(given_["told"], planned=frozenset({"send_connector"}), **{**given_["more"], "today": today})
    assert (found := check("other_connectors").judge(told)) and found.result == FAIL
    assert check("other_connectors").stops(told) == frozenset()


def test_what_another_noun_may_be_about_to_make_is_not_judged() -> None:
    declared = Declared(domains=("beispiel.de",))
    assert check("accepted_domains").applies(declared)
    assert not check("accepted_domains").applies(replace(declared, nouns=frozenset({"address_rewrite"})))
    assert not check("accepted_domains").applies(Declared())
    assert not check("pop3_targets").applies(Declared())


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_told_never_raises(seed: int) -> None:
    declared = Declared(
        domains=("beispiel.de",), accounts=(account("anna@beispiel.de"), account(None)), route=Route("Internet")
    )
    dice = Random(seed)
    told = junk_told(ROWS, declared, dice)
    routes = routes_of(parse_connectors(told.rows(READ_STEP.id)))
    for each in ROWS:
        found = each.judge(replace(told, after=routes))
        assert found is None or found.result in RESULTS
        assert each.stops(replace(told, after=routes)) == frozenset()
