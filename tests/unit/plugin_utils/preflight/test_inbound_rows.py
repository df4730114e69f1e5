"""Whether mail to each declared domain comes in as it is declared: what is told in, a finding out."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite import domains
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import collectors, targets
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import provider_mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, RESULTS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.inbound_rows import ROWS, closing
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.ways_in import FetchedAccount, WaysIn, ways_in
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector import certificates, recipients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.state import parse_receive_connectors
from tests.unit.plugin_utils.pop3_connector.pop3_host import recipient

from .fake_dns import FakeResolver
from .judging import FACTS, Case, hold, junk_told, situation

MX = {"domain": "beispiel.de", "way": "mx"}
POP3 = {"domain": "beispiel.de", "way": "pop3"}
COLLECTED = {"domain": "beispiel.de", "way": "collector"}
FIRM = {"domain": "t-online.de", "way": "pop3", "mailboxes": ["firma@t-online.de"]}
NAMED = ["info@beispiel.de", "sales@beispiel.de"]
MOVES = {**MX, "transition": True, "mailboxes": NAMED}


def declared(*entries: Any, **more: Any) -> Declared:
    reasons: list[Reason] = []
    inbound = parse_desired({"domains": list(entries), **more}, reasons)
    assert reasons == []
    return Declared(inbound=inbound)


def connector(**more: Any) -> dict[str, Any]:
    plain = {
        "Name": "Internet",
        "Identity": "SBS\\Internet",
        "Enabled": True,
        "Bindings": ["0.0.0.0:25"],
        "RemoteIPRanges": ["0.0.0.0-255.255.255.255"],
        "PermissionGroups": "AnonymousUsers",
        "Fqdn": "mail.beispiel.de",
    }
    return {**plain, **more}


def fetched(*usernames: str, server: str = "pop3.strato.de") -> tuple[FetchedAccount, ...]:
    return tuple(FetchedAccount(each, provider_mailbox(server, each)) for each in usernames)


OPEN = parse_receive_connectors([connector()])
LAN = parse_receive_connectors([connector(RemoteIPRanges=["192.168.1.0/24"])])
AGENTS = recipients.VALIDATION_STEPS[1].id
POPCON = collectors.FoundCollector("POPcon (POPcon, Running)", collectors.product_of("POPcon"))


def ways(**more: Any) -> WaysIn:
    return WaysIn(**{"receiving": (), "service": True, "accounts": (), "others": (), **more})


def case(check: str, entries: list[Any], result: str | None, words: str = "", **more: Any) -> Case:
    told, own = more.pop("told", {}), more.pop("own", {})
    after = more.pop("after", WaysIn())
    of = replace(declared(*entries, **own), options=more.pop("options", Desired()))
    own_more = {"ways_today": more.pop("today", after), "ways_after": after}
    return Case(check, told, result, words, {"declared": of, **own_more, **more})


def accepted(**types: str) -> dict[str, Any]:
    rows = [{"Name": name, "DomainName": name.replace("_", "."), "DomainType": each} for name, each in types.items()]
    return {
        domains.READ_STEP.id: [{**row, "DomainName": row["DomainName"].replace("t.online", "t-online")} for row in rows]
    }


def addresses(*names: str) -> dict[str, Any]:
    rows = [recipient(f"user{at}@nt4admins.local", EmailAddresses=[f"smtp:{each}"]) for at, each in enumerate(names)]
    return {step.id: rows if step is targets.RECIPIENTS else [] for step in targets.STEPS}


def validating(agent: bool | None = True, **more: Any) -> dict[str, Any]:
    there = [] if agent is None else [{"Identity": "Recipient Filter Agent", "Enabled": agent}]
    config = {"Enabled": True, "RecipientValidationEnabled": True, **more}
    return {recipients.READ_FILTER.id: [config], AGENTS: there}


def certified(until: str, name: str = "mail.beispiel.de") -> dict[str, Any]:
    row = {"CertificateDomains": [name], "Services": "IIS, SMTP", "NotAfter": f"{until}T00:00:00Z"}
    return {certificates.STEP.id: [row]}


SPF_MX = "beispiel.de TXT v=spf1 mx -all\nbeispiel.de MX 5 smtpin.rzone.de"
SPF = "beispiel.de TXT v=spf1 include:_spf.strato.com -all\n_spf.strato.com TXT v=spf1 ip4:192.0.2.1 -all"
CASES = [
    case("inbound_filter", [MX], PASS, told=validating()),
    case("inbound_filter", [MX], WARN, "are not refused", told=validating(Enabled=False)),
    case("inbound_filter", [MX], WARN, "are not refused", told=validating(ExternalMailEnabled=False)),
    case("inbound_filter", [MX], WARN, "bounce", told=validating(RecipientValidationEnabled=False)),
    case("inbound_filter", [MX], WARN, "Agent is missing or disabled", told=validating(agent=False)),
    case("inbound_filter", [MX], WARN, "Agent is missing or disabled", told=validating(agent=None)),
    case("inbound_filter", [MX], UNKNOWN, told={**validating(), AGENTS: None}),
    case("inbound_filter", [MX], UNKNOWN, told={recipients.READ_FILTER.id: None}),
    case("inbound_filter", [MX], None, told={FACTS: [{"Exchange": {"Roles": ["EdgeTransport"]}}]}),
    case(
        "inbound_mx",
        [MX],
        PASS,
        "this server",
        own={"public_address": "203.0.113.9"},
        resolver=FakeResolver("beispiel.de A 203.0.113.9"),
    ),
    case(
        "inbound_mx",
        [MX],
        UNKNOWN,
        "is not known",
        options=Desired(public_address="192.168.1.2"),
        resolver=FakeResolver("beispiel.de A 192.168.1.2"),
    ),
    case("inbound_mx", [MX], FAIL, "nobody fetches", resolver=FakeResolver("beispiel.de MX 5 smtpin.rzone.de")),
    case("inbound_mx", [MX], UNKNOWN, "SERVFAIL", resolver=FakeResolver("beispiel.de SERVFAIL")),
    case(
        "inbound_mx",
        [POP3],
        PASS,
        after=ways(accounts=fetched("info@beispiel.de")),
        resolver=FakeResolver("beispiel.de MX 5 smtpin.rzone.de"),
    ),
    case(
        "inbound_mx",
        [POP3],
        WARN,
        "does not go",
        after=ways(accounts=fetched("info@beispiel.de")),
        resolver=FakeResolver("beispiel.de MX 5 mx00.ionos.de"),
    ),
    case("inbound_mx", [FIRM], PASS, resolver=FakeResolver("t-online.de MX 5 mx01.t-online.de")),
    case("inbound_spf", [MOVES], WARN, "lets its MX send", resolver=FakeResolver(SPF_MX)),
    case("inbound_spf", [MOVES], PASS, resolver=FakeResolver(SPF)),
    case("inbound_spf", [MOVES], UNKNOWN, resolver=FakeResolver("beispiel.de SERVFAIL")),
    case("inbound_spf", [MX], None, resolver=FakeResolver(SPF_MX)),
    case("inbound_accepted", [MX], PASS, "Authoritative", told=accepted(beispiel_de="Authoritative")),
    case("inbound_accepted", [MX], FAIL, "not accepted", told=accepted(nt4admins_local="Authoritative")),
    case("inbound_accepted", [POP3], WARN, "not accepted", told=accepted(nt4admins_local="Authoritative")),
    case("inbound_accepted", [MX], FAIL, "ExternalRelay", told=accepted(beispiel_de="ExternalRelay")),
    case("inbound_accepted", [MX], WARN, "comes back", told=accepted(beispiel_de="InternalRelay")),
    case("inbound_accepted", [POP3], PASS, told=accepted(beispiel_de="InternalRelay")),
    case("inbound_accepted", [FIRM], PASS, "the provider's", told=accepted(beispiel_de="Authoritative")),
    case("inbound_accepted", [FIRM], WARN, "never leaves", told=accepted(t_online_de="Authoritative")),
    case("inbound_accepted", [MX], UNKNOWN, told={domains.READ_STEP.id: None}),
    case("inbound_recipients", [MOVES], PASS, told=addresses(*NAMED)),
    case("inbound_recipients", [MOVES], FAIL, "sales@beispiel.de", told=addresses("info@beispiel.de")),
    case(
        "inbound_recipients",
        [MX],
        FAIL,
        "alt@beispiel.de",
        told=addresses(),
        after=ways(accounts=fetched("Alt@beispiel.de")),
    ),
    case("inbound_recipients", [MX], None, told=addresses()),
    case("inbound_recipients", [POP3], None, told=addresses()),
    case("inbound_recipients", [MOVES], UNKNOWN, told={targets.RECIPIENTS.id: None}),
    case(
        "inbound_certificate",
        [MX],
        PASS,
        "for mail.beispiel.de",
        told=certified("2027-06-01"),
        after=ways(receiving=OPEN),
    ),
    case("inbound_certificate", [MX], WARN, "within 30", told=certified("2026-12-11"), after=ways(receiving=OPEN)),
    case("inbound_certificate", [MX], FAIL, "is over", told=certified("2026-11-11"), after=ways(receiving=OPEN)),
    case(
        "inbound_certificate",
        [MX],
        WARN,
        "no STARTTLS",
        told=certified("2027-06-01", "sbs.local"),
        after=ways(receiving=OPEN),
    ),
    case("inbound_certificate", [MX], UNKNOWN, told={certificates.STEP.id: None}, after=ways(receiving=OPEN)),
    case("inbound_certificate", [MX], PASS, "for this server", told=certified("2027-06-01"), after=ways(receiving=LAN)),
    case("inbound_certificate", [MX], FAIL, "is over", told=certified("2026-11-11"), after=ways(receiving=LAN)),
    case("inbound_open", [MX], PASS, "by mx", after=ways(receiving=OPEN)),
    case("inbound_open", [MX], FAIL, "no receive connector", after=ways(receiving=LAN)),
    case("inbound_open", [MX], UNKNOWN),
    case("inbound_open", [POP3], PASS, "by pop3", after=ways(accounts=fetched("info@beispiel.de"))),
    case("inbound_open", [POP3], FAIL, "does not run", after=ways(service=False, accounts=fetched("info@beispiel.de"))),
    case("inbound_open", [POP3], FAIL, "no POP3 account", after=ways(accounts=fetched("info@beispiel.com"))),
    case("inbound_open", [POP3], PASS, after=ways(accounts=None)),
    case("inbound_open", [POP3], UNKNOWN, after=ways(service=None, accounts=None)),
    case("inbound_open", [FIRM], FAIL, "no POP3 account", after=ways(accounts=fetched("firma@t-online.de"))),
    case(
        "inbound_open", [FIRM], PASS, after=ways(accounts=fetched("firma@t-online.de", server="securepop.t-online.de"))
    ),
    case("inbound_open", [COLLECTED], PASS, "by collector", after=ways(others=(POPCON,))),
    case("inbound_open", [COLLECTED], FAIL, "no other program", after=ways()),
    case("inbound_open", [MOVES], PASS, "by pop3", after=ways(accounts=fetched(*NAMED))),
    case("inbound_open", [MOVES], FAIL, "internet; no POP3 account", after=ways()),
    case("inbound_open", [MX, FIRM], FAIL, "t-online.de can come in by no way", after=ways(receiving=OPEN)),
    case("inbound_leftovers", [MX], PASS, after=ways(accounts=fetched("info@beispiel.com"))),
    case("inbound_leftovers", [MX], WARN, "info@beispiel.de", after=ways(accounts=fetched("info@beispiel.de"))),
    case(
        "inbound_leftovers",
        [MX, {**FIRM, "mailboxes": ["info@beispiel.de"]}],
        PASS,
        after=ways(accounts=fetched("info@beispiel.de")),
    ),
    case("inbound_leftovers", [MOVES], None, after=ways(accounts=fetched("info@beispiel.de"))),
    case("inbound_leftovers", [MX], None, after=ways(accounts=None)),
    case("inbound_collectors", [MX], PASS, "no other program", after=ways()),
    case(
        "inbound_collectors", [MX], WARN, "POPcon PRO (Servolutions), known by its name", after=ways(others=(POPCON,))
    ),
    case("inbound_collectors", [COLLECTED], PASS, "for beispiel.de", after=ways(others=(POPCON,))),
    case("inbound_collectors", [COLLECTED], WARN, "beispiel.de is collector", after=ways()),
    # The way of one domain confirms nothing for another's.
    case("inbound_collectors", [COLLECTED, FIRM], FAIL, "which fetches for t-online.de", after=ways(others=(POPCON,))),
    case(
        "inbound_collectors",
        [COLLECTED, FIRM],
        PASS,
        own={"confirm_no_other_collector": True},
        after=ways(others=(POPCON,)),
    ),
    case("inbound_collectors", [POP3], UNKNOWN),
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_what_is_told_and_what_is_found(one: Case) -> None:
    hold(ROWS, one)


def test_every_check_has_every_result_that_it_can_have() -> None:
    could = {
        "inbound_mx": {PASS, WARN, FAIL, UNKNOWN},
        "inbound_spf": {PASS, WARN, UNKNOWN},
        "inbound_accepted": {PASS, WARN, FAIL, UNKNOWN},
        "inbound_recipients": {PASS, FAIL, UNKNOWN},
        "inbound_filter": {PASS, WARN, UNKNOWN},
        "inbound_certificate": {PASS, WARN, FAIL, UNKNOWN},
        "inbound_open": {PASS, FAIL, UNKNOWN},
        "inbound_leftovers": {PASS, WARN},
        "inbound_collectors": {PASS, WARN, FAIL, UNKNOWN},
    }
    assert set(could) == {each.name for each in ROWS}
    for name, results in could.items():
        assert {one.result for one in CASES if one.check == name} - {None} == results, name


BOTH = ways(receiving=OPEN, accounts=fetched(*NAMED))


@pytest.mark.parametrize(
    ("entries", "today", "after", "stopped"),
    [
        ([MX], BOTH, ways(receiving=LAN), {"receive_connector"}),
        ([POP3], BOTH, ways(receiving=OPEN), {"pop3_connector"}),
        ([POP3], BOTH, ways(service=False), {"pop3_connector"}),
        ([MOVES], BOTH, ways(receiving=OPEN), set()),
        ([MOVES], BOTH, ways(accounts=fetched(*NAMED)), set()),
        ([MOVES], BOTH, ways(), {"receive_connector", "pop3_connector"}),
        # What is closed today is closed by no plan.
        ([MX], ways(), ways(), set()),
        ([MX], WaysIn(), ways(), set()),
        ([COLLECTED], ways(others=(POPCON,)), ways(), set()),
        ([MX, FIRM], BOTH, ways(receiving=LAN), {"receive_connector"}),
    ],
)
def test_a_plan_that_closes_the_last_way_of_a_domain_is_stopped(
    entries: list[Any], today: WaysIn, after: WaysIn, stopped: set[str]
) -> None:
    assert closing(situation({}, declared=declared(*entries), ways_today=today, ways_after=after)) == stopped


@settings(deadline=None)
@given(st.data())
def test_no_domain_loses_its_last_way_untold(data: st.DataObject) -> None:
    """Whatever is declared, whatever was open, and whatever the plans leave."""
    some = st.sampled_from([ways(), ways(receiving=OPEN), ways(receiving=LAN), ways(service=False), BOTH, WaysIn()])
    entries = data.draw(st.sampled_from([[MX], [POP3], [MOVES], [MX, FIRM], [{**POP3, "transition": True}, MX]]))
    today, after = data.draw(some), data.draw(some)
    more = {"declared": declared(*entries), "ways_after": after}
    (check,) = (each for each in ROWS if each.name == "inbound_open")
    before = check.judge(situation({}, ways_today=today, **{**more, "ways_after": today}))
    found = check.judge(situation({}, ways_today=today, **more))
    assert before and found
    if before.result == PASS and found.result == FAIL:
        assert found.remedy and closing(situation({}, ways_today=today, **more))
    if found.result != FAIL:
        assert not closing(situation({}, ways_today=today, **more))


def test_they_are_made_where_ways_are_declared_alone() -> None:
    assert not any(each.applies(Declared()) for each in ROWS)
    assert {each.name for each in ROWS if not each.applies(declared(POP3))} == {
        "inbound_spf",
        "inbound_recipients",
        "inbound_filter",
        "inbound_certificate",
        "inbound_leftovers",
    }


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_told_never_raises(seed: int) -> None:
    dice = Random(seed)
    of = declared(*dice.choice([[MX, FIRM], [POP3], [COLLECTED], [MOVES]]))
    told = junk_told(ROWS, of, dice)
    today, after = ways_in(told.told, [], of)
    whole = type(told)(declared=of, told=told.told, now=told.now, ways_today=today, ways_after=after)
    for each in ROWS:
        found = each.judge(whole)
        assert found is None or found.result in RESULTS
    assert closing(whole) <= {"receive_connector", "pop3_connector"}
