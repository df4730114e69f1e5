"""Whether server and provider find a TLS: what each host and each provider comes to, and what it stops."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import tls_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import CONNECTORS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import (
    FAIL,
    PASS,
    UNKNOWN,
    WARN,
    Finding,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import (
    NEW,
    NO_STARTTLS,
    R2008,
    REFUSED,
    TAKEN,
    UNREACHABLE,
    of_2008r2,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_rows import ROWS

from .told import HALF, NOW, OFF, ON, RU32, SP1, STRATO, FakeProbe, FakeResolver, host, situation, told

TLS, SCHANNEL, DOTNET = ROWS
ELSEWHERE = replace(STRATO, hosts=("smtp.alt.example",))
WRITTEN = NOW - timedelta(hours=2)
CLOSE, EARLY = (WRITTEN + timedelta(hours=1)).isoformat(), (WRITTEN - timedelta(days=9)).isoformat()


def started(boot: str | None, transport: str | None = None) -> dict[str, Any]:
    services = [{"Name": "MSExchangeTransport", "Started": transport}]
    return {"read_start_times": {"Boot": boot, "Services": services}}


def sent(version: str = "1_2", server: str = "81.169.145.133:587", **more: Any) -> dict[str, Any]:
    row = {"Connector": "INTERNET", "Server": server, "Protocol": f"SP_PROT_TLS{version}_CLIENT", "LoggedIn": True}
    return {"preflight_sent_tls": [{**row, "At": CLOSE, **more}]}


def tls(given: Situation) -> Finding:
    found = TLS.judge(given)
    assert found is not None
    return found


@dataclass(frozen=True)
class Row:
    """A host (arguments of ``host``), a provider (of FakeProbe), what is declared, and whether its route is new."""

    name: str
    result: str
    says: str
    host: dict[str, Any] = field(default_factory=dict)
    probe: tuple[str, ...] = (REFUSED, TAKEN)
    declared: Declared = Declared()
    new: bool = False

    @property
    def situation(self) -> Situation:
        today = frozenset({ELSEWHERE}) if self.new else frozenset({STRATO})
        return situation(
            host(**self.host), FakeProbe(*self.probe), declared=self.declared, today=today, planned=CONNECTORS
        )


OLD_BUILD: dict[str, Any] = {"build": SP1, "client": ON}
KEYS_OFF: dict[str, Any] = {"client": OFF}
NO_KEYS: dict[str, Any] = {"client": (None, None)}
JUST_WRITTEN = Declared(tls_written=WRITTEN)
WANTED = Declared(host_tls=True)
RESTARTED = Declared(host_tls=True, tls_restarts=True)
TABLE = [
    Row("able, provider as today", PASS, "only a mail that was sent proves"),
    Row("able, a provider of TLS 1.0 too", PASS, "only a mail that was sent proves", probe=(TAKEN, TAKEN)),
    Row("able, no suite in common", FAIL, "no version and no cipher suite", probe=(REFUSED, REFUSED)),
    Row("able, a provider of TLS 1.0 alone", WARN, "takes TLS 1.0, and not TLS 1.2", probe=(TAKEN, REFUSED)),
    Row("able, nobody reached", UNKNOWN, "its words", probe=(UNREACHABLE, UNREACHABLE)),
    Row("able, a server that refuses all from here", UNKNOWN, "its words", probe=(REFUSED, REFUSED, REFUSED)),
    Row("able, no STARTTLS from here", UNKNOWN, "no STARTTLS", probe=(NO_STARTTLS, NO_STARTTLS)),
    Row("an old build", FAIL, "14.1.218.15 is older", OLD_BUILD),
    Row("an old build, a provider of TLS 1.0 too", WARN, "still takes TLS 1.0", OLD_BUILD, (TAKEN, TAKEN)),
    Row("an old build, nobody reached", UNKNOWN, "its words", OLD_BUILD, (UNREACHABLE, UNREACHABLE)),
    Row("an old build, a server that refuses all", UNKNOWN, "its words", OLD_BUILD, (REFUSED, REFUSED, REFUSED)),
    Row("an old build, TLS declared", FAIL, "14.1.218.15 is older", OLD_BUILD, declared=WANTED),
    Row("keys off", FAIL, "TLS 1.2 is off for clients", KEYS_OFF),
    Row("no keys on 2008 R2", FAIL, "(absent)", NO_KEYS),
    Row("no keys on 2012", PASS, "only a mail that was sent proves", {**NO_KEYS, "windows": "6.2.9200"}),
    Row("no keys, Windows not told", UNKNOWN, "does not tell", {**NO_KEYS, "windows": None}),
    Row("no keys, a provider of TLS 1.0 too", WARN, "still takes TLS 1.0", NO_KEYS, (TAKEN, TAKEN)),
    Row("half a key", UNKNOWN, "only one of the two values", {"client": HALF}),
    Row("half a key, no suite in common", FAIL, "no version", {"client": HALF}, (REFUSED, REFUSED)),
    Row("keys not told", UNKNOWN, "does not tell", {"client": None}),
    Row("build not told", UNKNOWN, "does not tell", {"build": None}),
    Row("declared, not there yet", WARN, "host_tls_client", NO_KEYS, declared=WANTED),
    Row("declared, half there", WARN, "host_tls_client", {"client": HALF}, declared=WANTED),
    Row("declared, a new route", FAIL, "refuses TLS 1.0", NO_KEYS, declared=WANTED, new=True),
    # Check mode says what the run will find, which has restarted the service by then.
    Row("declared with a restart", PASS, "only a mail that was sent", NO_KEYS, declared=RESTARTED, new=True),
    Row("declared with a restart, no suite", FAIL, "no version", NO_KEYS, (REFUSED, REFUSED), RESTARTED, True),
    Row("declared with a restart, an old build", FAIL, "is older", OLD_BUILD, declared=RESTARTED, new=True),
    Row("declared, a new route, TLS 1.0 too", WARN, "until a restart", NO_KEYS, (TAKEN, TAKEN), WANTED, True),
    Row("declared, no suite in common", FAIL, "no version", NO_KEYS, (REFUSED, REFUSED), WANTED),
    Row("declared, nobody reached", WARN, "until a restart", NO_KEYS, (UNREACHABLE, UNREACHABLE), WANTED, True),
    Row("declared and there", PASS, "only a mail that was sent proves", declared=WANTED),
    Row("written after the start", WARN, "written after", started(EARLY, EARLY), declared=JUST_WRITTEN),
    Row("the same, a new route", FAIL, "refuses TLS 1.0", started(EARLY, EARLY), declared=JUST_WRITTEN, new=True),
    Row("restarted since", PASS, "only a mail", started(CLOSE), declared=JUST_WRITTEN),
    Row("transport restarted since", PASS, "only a mail", started(EARLY, CLOSE), declared=JUST_WRITTEN),
    Row("transport's start not told", UNKNOWN, "when it was started", started(EARLY), declared=JUST_WRITTEN),
    Row("start not told", UNKNOWN, "when it was started", declared=JUST_WRITTEN),
    Row("sent with TLS 1.2", PASS, "TLS 1.2", {**NO_KEYS, **sent()}, (UNREACHABLE, UNREACHABLE)),
    Row("sent with TLS 1.0", WARN, "with TLS 1.0", {**NO_KEYS, **sent("1_0")}),
    Row("sent with TLS 1.0, and declared", WARN, "until a restart", {**NO_KEYS, **sent("1_0")}, declared=WANTED),
    Row("sent with SSL 3.0", FAIL, "(absent)", {**NO_KEYS, **sent(Protocol="SP_PROT_SSL3_CLIENT")}),
    Row("sent without a login", FAIL, "(absent)", {**NO_KEYS, **sent(LoggedIn=False)}),
    Row("sent to another port", FAIL, "(absent)", {**NO_KEYS, **sent(server="81.169.145.133:25")}),
    Row("sent by another connector", FAIL, "(absent)", {**NO_KEYS, **sent(Connector="Partner")}),
    Row("sent by the connector, but elsewhere", FAIL, "(absent)", {**NO_KEYS, **sent()}, new=True),
    Row(
        "sent before the keys were written",
        WARN,
        "written after",
        {**started(EARLY, EARLY), **sent(At=EARLY)},
        declared=JUST_WRITTEN,
    ),
    Row("sent since", PASS, "TLS 1.2", {**started(EARLY, EARLY), **sent()}, declared=JUST_WRITTEN),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_what_a_host_and_a_provider_come_to(row: Row) -> None:
    found = tls(row.situation)
    assert (found.result, row.says in found.found) == (row.result, True), found
    assert found.remedy or row.result == PASS


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_only_a_new_route_that_fails_stops_the_connectors_nouns(row: Row) -> None:
    stopped = TLS.stops(row.situation)
    assert stopped == (CONNECTORS if row.new and row.result == FAIL else frozenset())


@pytest.mark.parametrize(
    ("records", "result"),
    [(("81.169.145.133",), PASS), (("192.0.2.1",), FAIL), (("192.0.2.1", "81.169.145.133"), PASS)],
)
def test_an_address_of_the_log_is_held_against_dns(records: tuple[str, ...], result: str) -> None:
    here = situation(host(**NO_KEYS, **sent()), FakeProbe(REFUSED), resolver=FakeResolver(smtp_strato_de=records))
    assert tls(here).result == result


@pytest.mark.parametrize(
    ("client", "rows", "result"),
    [(ON, {}, PASS), (OFF, {}, WARN), (HALF, {}, UNKNOWN), (OFF, sent(), PASS), (OFF, sent("1_0"), WARN)],
)
def test_a_run_that_writes_nothing_asks_nobody(client: Any, rows: dict[str, Any], result: str) -> None:
    class Unasked(FakeResolver):
        def ask(self, name: str, kind: str) -> Any:
            raise AssertionError("asked")

    probe = FakeProbe(REFUSED, REFUSED)
    here = situation(host(RU32, client, **rows), probe, resolver=Unasked(), alone=False)
    assert (tls(here).result, probe.asked) == (result, [])


def test_a_smart_host_by_its_address_needs_no_dns() -> None:
    route = replace(STRATO, hosts=("[81.169.145.133]",))
    here = situation(host(**NO_KEYS, **sent()), after=frozenset({route}))
    assert tls(here).result == PASS


def test_the_newest_session_counts() -> None:
    rows = [*sent("1_2", At=EARLY)["preflight_sent_tls"], *sent("1_0")["preflight_sent_tls"]]
    assert tls(situation(host(preflight_sent_tls=rows))).result == WARN


def test_a_route_without_a_login_is_proven_by_its_session() -> None:
    routes = frozenset({replace(STRATO, auth="None")})
    here = situation(host(**NO_KEYS, **sent(LoggedIn=False)), today=routes, after=routes)
    assert tls(here).result == PASS


@pytest.mark.parametrize(
    ("route", "result"),
    [
        (Route("Internet"), None),
        (Route("Internet", ("relay",), 25), PASS),
        (Route("Internet", ("relay",), 25, auth="BasicAuth"), WARN),
        (Route("Internet", ("[127.0.0.1]", "localhost"), 25, auth="BasicAuth"), PASS),
    ],
)
def test_routes_that_do_without_tls(route: Route, result: str | None) -> None:
    probe = FakeProbe(REFUSED, REFUSED)
    here = situation(host(SP1), probe, after=frozenset({route}), planned=CONNECTORS)
    found = TLS.judge(here)
    assert (found and found.result) == result
    assert (TLS.stops(here), probe.asked) == (frozenset(), [])


@pytest.mark.parametrize(("old", "urgent"), [({}, False), (NO_KEYS, True), (OLD_BUILD, True)])
def test_a_server_of_tls_1_0_alone_is_told_of_where_the_provider_is_out_of_reach(old: Any, urgent: bool) -> None:
    routes = frozenset({Route("Internet", ("relay",), 587, must_encrypt=True)})
    here = situation(host(**old), FakeProbe(UNREACHABLE, UNREACHABLE), after=routes, planned=CONNECTORS)
    found = TLS.judge(here)
    assert found and (found.result, found.urgent) == (UNKNOWN, urgent)


def test_each_server_of_each_route_is_judged_and_the_worst_counts() -> None:
    partner = replace(STRATO, connector="Partner", hosts=("a.example", "b.example"), port=25)
    here = situation(host(SP1), FakeProbe(REFUSED), after=frozenset({STRATO, partner}))
    found = tls(here)
    assert [each in found.found for each in ("smtp.strato.de:587", "a.example:25", "b.example:25")] == 3 * [True]
    assert found.remedy.count("Three ways") == 1


def test_a_new_route_beside_one_that_fails_today_is_stopped_by_its_own_fault_alone() -> None:
    class OneFails(FakeProbe):
        def smtp(self, host: str, port: int, offer: Any) -> Any:
            found = super().smtp(host, port, offer)
            return replace(found, outcome=TAKEN) if host == "smtp.alt.example" else found

    both = frozenset({STRATO, replace(ELSEWHERE, connector="Partner")})
    here = situation(host(SP1), OneFails(REFUSED, REFUSED), after=both, planned=CONNECTORS)
    assert (tls(here).result, TLS.stops(here)) == (FAIL, frozenset())


POLICY = "TLS_RSA_WITH_AES_128_CBC_SHA"


@pytest.mark.parametrize(
    ("rows", "offer"),
    [
        ({}, R2008),
        ({"preflight_suites": {"Present": True, "Value": POLICY}}, of_2008r2(POLICY)),
        ({"preflight_suites": {"Present": True, "Value": [POLICY]}}, of_2008r2(POLICY)),
        ({"preflight_suites": {"Present": True, "Value": None}}, R2008),
        ({"preflight_suites": {"Present": True, "Value": ""}}, R2008),
        ({"windows": "10.0.14393"}, NEW),
        ({"windows": "6.3.9600"}, R2008),
    ],
)
def test_what_is_offered_is_what_the_host_has(rows: dict[str, Any], offer: Any) -> None:
    probe = FakeProbe(REFUSED, TAKEN)
    tls(situation(host(**rows), probe))
    assert probe.asked == [("smtp.strato.de", 587, offer)]


def test_what_is_read() -> None:
    ids = [step.id for step in TLS.reads(Declared()).steps]
    tls_steps = [each.id for each in tls_facts.STEPS]
    assert ids == ["read_host_facts", *tls_steps, "preflight_suites", "read_start_times", "preflight_sent_tls"]


@pytest.mark.parametrize(
    ("client", "result", "says"),
    [
        (ON, PASS, "TLS 1.2 for clients: enabled"),
        (OFF, PASS, "disabled"),
        (HALF, WARN, r"TLS 1.2\Client"),
        (None, UNKNOWN, "does not tell"),
    ],
)
def test_keys_that_are_set_up_by_half(client: Any, result: str, says: str) -> None:
    found = SCHANNEL.judge(situation(host(RU32, client)))
    assert found and (found.result, says in found.found) == (result, True)


@pytest.mark.parametrize(("able", "result"), [(True, PASS), (False, WARN), (None, UNKNOWN), ("yes", UNKNOWN)])
def test_what_the_hosts_framework_speaks(able: Any, result: str) -> None:
    found = DOTNET.judge(situation(told(read_tls_ability={"Tls12": able})))
    assert found and found.result == result


def test_a_host_that_tells_nothing_at_all() -> None:
    for row in ROWS:
        found = row.judge(situation({}))
        assert found and found.result == UNKNOWN


class Nobody(FakeProbe, FakeResolver):
    """Is not to be asked."""

    def __init__(self) -> None:
        """As it is."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"{name}: somebody was asked")


@pytest.mark.parametrize(
    ("given", "declared", "result", "says"),
    [
        ({}, Declared(), PASS, "is not asked in this run"),
        (OLD_BUILD, Declared(), WARN, "is older than SP3 Update Rollup 9"),
        (NO_KEYS, Declared(), WARN, "(absent)"),
        (NO_KEYS, WANTED, WARN, "until a restart"),
        (started(EARLY, EARLY), JUST_WRITTEN, WARN, "until a restart"),
        ({"client": None}, Declared(), UNKNOWN, "does not tell"),
        ({**NO_KEYS, **sent()}, Declared(), PASS, "has sent"),
        ({**NO_KEYS, **sent("1_0")}, Declared(), WARN, "with TLS 1.0"),
    ],
)
def test_a_converged_run_is_told_what_the_host_knows_and_asks_nobody(
    given: dict[str, Any], declared: Declared, result: str, says: str
) -> None:
    nobody = Nobody()
    here = situation(host(**given), nobody, declared=declared, alone=False, resolver=nobody)
    found = tls(here)
    assert (found.result, says in found.found) == (result, True), found
