"""Mail that is sent straight to the recipients' servers: what the host told and a zone in, findings out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import reach
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.asking import judge_all
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import CONNECTORS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route, route_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.direct_rows import (
    ROWS,
    SENT_NAMES,
    is_public_name,
    said_by,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN, Finding
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import Resolver
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, FAILED, StepResult
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector
from lab.dns import SERVFAIL, SILENCE, DnsServer
from tests.unit.plugin_utils.preflight.judging import junk_told

from .fake_dns import STRATO, FakeResolver, declared

BY_NAME = {row.name: row for row in ROWS}
ADDRESS, NAME = "192.0.2.25", "mail.beispiel.de"
DIRECT = Route("Internet", fqdn=NAME)
ONE, TWO, THREE = SERVERS = ("mx1.kunde.test", "mx.lieferant.test", "mail.verein.test")
OF = declared("beispiel.de", route=DIRECT, public_address=ADDRESS)
OF = replace(OF, options=replace(OF.options, recipient_servers=SERVERS))
ZONE = f"25.2.0.192.in-addr.arpa PTR {NAME}\n{NAME} A {ADDRESS}\nbeispiel.de TXT v=spf1 ip4:{ADDRESS} -all"
LATE = "2026-11-30T10:00:00Z"


def spoke(name: Any, at: Any = LATE, connector: Any = "internet", command: str = "EHLO") -> dict[str, Any]:
    return {"Connector": connector, "Command": command, "Name": name, "At": at}


def situation(
    zone: str = ZONE, said: list[dict[str, Any]] | None = None, of: Declared = OF, route: Route = DIRECT, **more: Any
) -> Situation:
    """A host whose only route is this one, today and after."""
    rows = StepResult(SENT_NAMES.id, FAILED) if said is None else StepResult(SENT_NAMES.id, DONE, tuple(said))
    routes = {"today": frozenset({route}), "after": frozenset({route}), **more}
    return Situation(of, {SENT_NAMES.id: rows}, resolver=FakeResolver(zone), **routes)


def judged(name: str, here: Situation) -> Finding | None:
    finding = BY_NAME[name].judge(here)
    if finding:
        assert finding.remedy or finding.result in (PASS, UNKNOWN)
    return finding


# ---- the name in EHLO

OTHER = "2.2.0.192.in-addr.arpa PTR x.test"
NAMES: dict[str, tuple[str, list[dict[str, Any]] | None, str | None, str, tuple[str, ...]]] = {
    "as it should be": (ZONE, [spoke(NAME)], NAME, PASS, (f"Internet says EHLO {NAME} ({LATE}",)),
    "in other capitals": (ZONE, [spoke("MAIL.Beispiel.de")], NAME, PASS, ("says",)),
    "nothing set": (ZONE, [spoke(NAME)], None, PASS, ("says",)),
    "no log": (ZONE, [], NAME, UNKNOWN, ("not known", "7 days", f"(set: {NAME})")),
    "no log, nothing set": (ZONE, [], None, UNKNOWN, ("(set: no name)",)),
    "the log is not read": (ZONE, None, NAME, UNKNOWN, ("not known",)),
    "the log of another": (ZONE, [spoke(NAME, connector="Partner")], NAME, UNKNOWN, ("not known",)),
    "not the setting": (ZONE, [spoke(NAME)], "post.beispiel.de", WARN, (NAME, "post.beispiel.de is set")),
    "the newest counts": (
        ZONE,
        [spoke(NAME), spoke("alt.beispiel.de", "2026-11-29T10:00:00Z"), spoke("uralt.local", "2026-11-01T10:00:00Z")],
        NAME,
        PASS,
        (NAME,),
    ),
    "of the house": (ZONE, [spoke("sbs.firma.local")], None, FAIL, ("sbs.firma.local", "no name of the internet")),
    "of the house, and another is set": (ZONE, [spoke("sbs.firma.local")], NAME, FAIL, ("sbs.firma.local",)),
    "without a dot": (ZONE, [spoke("SBS", command="HELO")], None, FAIL, ("says HELO SBS",)),
    "an address": (ZONE, [spoke("[192.0.2.25]")], None, FAIL, ("no name of the internet",)),
    "another name than its address": (
        f"25.2.0.192.in-addr.arpa PTR p.test\np.test A {ADDRESS}\n{NAME} A {ADDRESS}",
        [spoke(NAME)],
        NAME,
        FAIL,
        (NAME, "192.0.2.25 is called p.test"),
    ),
    "one of several names": (f"25.2.0.192.in-addr.arpa PTR p.test\n{ZONE}", [spoke(NAME)], NAME, PASS, (NAME,)),
    "a name of another address": (
        ZONE.replace(f"A {ADDRESS}", "A 192.0.2.26"),
        [spoke(NAME)],
        NAME,
        FAIL,
        ("which is 192.0.2.26, and not 192.0.2.25",),
    ),
    "a name of none": (ZONE.replace(f"{NAME} A", f"{NAME} TXT"), [spoke(NAME)], NAME, FAIL, ("has no address",)),
    "nobody tells": (f"{NAME} SERVFAIL", [spoke(NAME)], NAME, UNKNOWN, ("SERVFAIL",)),
    "no name of the address": (f"{NAME} A {ADDRESS}\n{OTHER}", [spoke(NAME)], NAME, PASS, (NAME,)),
}


@pytest.mark.parametrize(("zone", "said", "fqdn", "result", "words"), NAMES.values(), ids=NAMES)
def test_the_name_is_the_one_of_the_log(
    zone: str, said: list[dict[str, Any]] | None, fqdn: str | None, result: str, words: tuple[str, ...]
) -> None:
    finding = judged("helo", situation(zone, said, route=replace(DIRECT, fqdn=fqdn)))
    assert finding and finding.result == result, finding
    assert all(each in finding.found for each in words), finding
    assert ("Verbose" in finding.remedy) == ("not known" in finding.found and "EHLO is not" in finding.found)


def test_without_a_declared_address_the_name_has_to_be_somewhere() -> None:
    of = declared("beispiel.de", route=DIRECT)
    assert [judged("helo", situation(zone, [spoke(NAME)], of)).result for zone in (ZONE, "")] == [PASS, FAIL]  # type: ignore[union-attr]


def test_a_plan_that_names_the_server_anew_is_not_held_up_by_its_old_name() -> None:
    """Or nobody could give it another."""
    old = replace(DIRECT, fqdn=None)
    for today in (old, replace(old, hosts=("smtp.strato.de",))):
        here = situation(said=[spoke("sbs.firma.local")], today=frozenset({today}))
        finding = judged("helo", here)
        assert finding and finding.result == WARN
        assert "sbs.firma.local until now" in finding.found and f"{NAME} is declared" in finding.found


def test_an_address_of_ipv6_has_its_own_kind_of_record() -> None:
    reverse = "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"
    of = declared("beispiel.de", route=DIRECT, public_address="2001:db8::1")
    zone = f"{reverse} PTR {NAME}\n{NAME} AAAA 2001:db8:0::1"
    assert judged("helo", situation(zone, [spoke(NAME)], of)).result == PASS  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "public"),
    [
        (NAME, True),
        ("mail.beispiel.de.", True),
        ("a.b", True),
        ("sbs", False),
        ("sbs.", False),
        ("", False),
        ("sbs.firma.local", False),
        ("SBS.FIRMA.LAN", False),
        ("x.home.arpa", False),
        ("[192.0.2.1]", False),
        ("192.0.2.1", False),
    ],
)
def test_which_names_are_of_the_internet(name: str, public: bool) -> None:
    assert is_public_name(name) is public


# ---- the address, its port and its sender policy


@pytest.mark.parametrize(
    ("address", "result", "words"),
    [
        (None, UNKNOWN, "Internet sends directly"),
        (ADDRESS, PASS, ADDRESS),
        ("192.168.1.2", FAIL, "no address of the internet"),
        ("100.64.3.4", FAIL, "no address of the internet"),
        ("fd00::1", FAIL, "no address of the internet"),
        ("2001:db8::1", PASS, "2001:db8::1"),
    ],
)
def test_the_address_is_declared_and_of_the_internet(address: str | None, result: str, words: str) -> None:
    of = declared("beispiel.de", route=DIRECT, public_address=address)
    finding = judged("public_address", situation(of=of))
    assert finding and (finding.result, words in finding.found) == (result, True)
    assert ("public_address" in finding.remedy) is (result != PASS)


def reached(*rows: tuple[str, bool, list[str]]) -> dict[str, StepResult]:
    told = [{"Name": name, "Port": 25, "Connected": found, "Addresses": there} for name, found, there in rows]
    return {reach.STEP_ID: StepResult(reach.STEP_ID, DONE, tuple(told))}


@pytest.mark.parametrize(
    ("rows", "result", "words"),
    [
        ([(ONE, True, ["192.0.2.1"]), (TWO, False, ["192.0.2.2"])], PASS, "gets out"),
        ([(ONE, False, ["192.0.2.1"]), (TWO, False, ["192.0.2.2"]), (THREE, False, [])], FAIL, f"{ONE}:25, {TWO}:25"),
        ([(ONE, False, ["192.0.2.1"]), (TWO, False, []), (THREE, False, [])], UNKNOWN, "not known"),
        ([(ONE, False, []), (TWO, False, []), (THREE, False, [])], UNKNOWN, "not known"),
        ([], UNKNOWN, "not known"),
    ],
)
def test_the_server_gets_out(rows: list[tuple[str, bool, list[str]]], result: str, words: str) -> None:
    finding = judged("direct_port", replace(situation(), told=reached(*rows)))
    assert finding and (finding.result, words in finding.found) == (result, True), finding


def test_nobody_is_called_where_no_way_is_declared() -> None:
    undeclared = declared("beispiel.de", route=None)
    assert reach.steps(undeclared) == () == reach.steps(declared(route=STRATO, accounts=()))[1:]
    finding = judged("direct_port", situation(of=undeclared))
    assert finding and finding.result == UNKNOWN and "send_connector_way: direct" in finding.remedy
    (step,) = reach.steps(OF)
    assert [(each["Name"], each["Port"]) for each in step.parameters["Places"]] == [(each, 25) for each in SERVERS]


def test_nobody_is_called_whom_the_inventory_does_not_name() -> None:
    unnamed = replace(OF, options=replace(OF.options, recipient_servers=()))
    assert reach.steps(unnamed) == () and reach.recipients_of(replace(OF, route=STRATO)) == ()
    finding = judged("direct_port", situation(of=unnamed))
    assert finding and finding.result == UNKNOWN and "preflight_recipient_servers" in finding.remedy


MX = f"beispiel.de MX 5 mx.beispiel.de\nmx.beispiel.de A {ADDRESS}\nbeispiel.de TXT v=spf1 "


@pytest.mark.parametrize(
    ("zone", "result"),
    [
        (ZONE, PASS),
        ("beispiel.de TXT v=spf1 ip4:192.0.2.0/24 -all", PASS),
        ("beispiel.de TXT v=spf1 a -all\nbeispiel.de A 192.0.2.25", PASS),
        (f"beispiel.de TXT v=spf1 a:{NAME} -all\n{NAME} A {ADDRESS}", PASS),
        (f"{MX}mx -all", PASS),
        ("beispiel.de TXT v=spf1 include:x.test -all\nx.test TXT v=spf1 ip4:192.0.2.25 -all", PASS),
        ("beispiel.de TXT v=spf1 include:x.test -all\nx.test TXT v=spf1 ip4:192.0.2.26 -all", FAIL),
        ("beispiel.de TXT v=spf1 include:x.test -all\nx.test SERVFAIL", UNKNOWN),
        ("beispiel.de TXT v=spf1 include:beispiel.de -all", UNKNOWN),
        (f"{MX}-mx -all", FAIL),
        (f"{MX}a ~all", FAIL),
        ("beispiel.de TXT v=spf1 a/24 -all\nbeispiel.de A 192.0.2.1", UNKNOWN),
        ("beispiel.de TXT v=spf1 exists:%{i}.x.test -all", UNKNOWN),
        ("beispiel.de TXT v=spf1 ip6:2001:db8::/32 -all", FAIL),
        ("beispiel.de TXT v=spf1 ?all", WARN),
        ("beispiel.de A 192.0.2.25", WARN),
        ("beispiel.de TXT v=spf1 -all\nbeispiel.de TXT v=spf1 ip4:192.0.2.25", UNKNOWN),
        ("beispiel.de SERVFAIL", UNKNOWN),
    ],
)
def test_the_record_lets_the_address_send(zone: str, result: str) -> None:
    finding = judged("spf_direct", situation(zone))
    assert finding and finding.result == result, finding
    assert ("ip4:192.0.2.25" in finding.remedy) is (result != PASS)


# ---- to whom they apply, and what they stop


def test_the_rows_are_told_for_the_pages() -> None:
    assert list(BY_NAME) == ["public_address", "helo", "direct_port", "spf_direct"]
    for row in ROWS:
        assert row.group == "direct" and row.nouns == CONNECTORS
        assert row.about and row.source and not row.about.endswith(".") and not row.source.endswith(".")


def test_they_are_about_nothing_where_all_mail_goes_to_a_smart_host() -> None:
    assert not any(row.applies(declared("beispiel.de")) for row in ROWS)
    of = declared("beispiel.de", route=None, public_address=ADDRESS)
    assert all(row.applies(of) for row in ROWS)
    for row in ROWS:
        assert row.judge(situation(of=of, route=STRATO, said=[spoke("sbs.local")])) is None
        assert row.judge(situation(of=of, route=STRATO, said=[], after=frozenset({STRATO, DIRECT})))


def test_a_connector_for_the_house_sends_nothing_directly() -> None:
    def route(**values: Any) -> Route:
        return route_of(SendConnector("C", "g", {"enabled": True, **values}))

    assert not route(address_spaces=frozenset({"SMTP:companyweb;1"})).direct
    assert route(address_spaces=frozenset({"SMTP:companyweb;1", "SMTP:*.de;1"})).direct
    assert route(address_spaces=frozenset({"SMTP:*;1"}), fqdn=NAME).fqdn == NAME
    assert route().direct and route().fqdn is None


@pytest.mark.parametrize("name", BY_NAME)
def test_only_a_new_direct_route_is_stopped(name: str) -> None:
    planned = Situation(today=frozenset({STRATO}), after=frozenset({DIRECT}), planned=frozenset({"send_connector"}))
    stops = BY_NAME[name].stops
    assert stops(planned) == frozenset({"send_connector"})
    assert stops(replace(planned, planned=frozenset({"transport"}))) == frozenset()
    assert stops(replace(planned, today=frozenset({DIRECT}))) == frozenset()
    assert stops(replace(planned, after=frozenset({replace(STRATO, port=25)}))) == frozenset()


# ---- a real DNS server, and a host that tells anything

RECORDS = f"""
25.2.0.192.in-addr.arpa. PTR {NAME}.
{NAME}. A {ADDRESS}
beispiel.de. TXT "v=spf1 ip4:{ADDRESS} -all"
"""


def results(server: DnsServer, seconds: float = 5) -> Iterator[tuple[str, str]]:
    here = situation(said=[spoke(NAME)])
    deadline = Deadline(seconds)
    here = replace(here, deadline=deadline, resolver=Resolver(deadline, "127.0.0.1", server.port))
    here = replace(here, told={**here.told, **reached((ONE, True, ["192.0.2.1"]))})
    return ((each.check.name, each.finding.result) for each in judge_all(ROWS, here))


def test_all_is_well_by_a_real_resolver() -> None:
    with DnsServer(RECORDS) as server:
        assert set(dict(results(server)).values()) == {PASS}


@pytest.mark.parametrize("fault", [SERVFAIL, SILENCE])
def test_a_resolver_that_fails_makes_nothing_fail(fault: str) -> None:
    with DnsServer(RECORDS, {"*": fault}) as server:
        found = dict(results(server, 1.5))
    assert found == {"public_address": PASS, "direct_port": PASS, "helo": UNKNOWN, "spf_direct": UNKNOWN}


@pytest.mark.parametrize("seed", range(25))
def test_a_host_may_tell_anything(seed: int) -> None:
    dice = Random(seed)
    for _ in range(20):
        here = replace(junk_told(ROWS, OF, dice), after=frozenset({DIRECT}), resolver=FakeResolver(ZONE))
        for row in ROWS:
            finding = row.judge(here)
            assert finding and finding.result in (PASS, WARN, FAIL, UNKNOWN)
        said = said_by(here, "Internet")
        assert said is None or said.name
