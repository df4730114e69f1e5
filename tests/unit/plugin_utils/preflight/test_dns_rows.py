"""The rows about DNS: to whom each applies, what it asks for, what it stops, and how long all of them take."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.asking import judge_all
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.block_lists import BLOCK_LISTS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import CONNECTORS, DNS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.dns_rows import ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN, Finding
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import Resolver
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from lab.dns import SILENCE, DnsServer

from .fake_dns import DIRECT, STRATO, FakeResolver, account, declared, situation

BY_NAME = {row.name: row for row in ROWS}
ADDRESS = "192.0.2.25"
GMX = Route("Internet", ("mail.gmx.net",), 587)
ALWAYS = {"mx", "spf", "dmarc"}
GOOD = """
beispiel.de MX 5 smtpin.rzone.de
smtpin.rzone.de A 192.0.2.5
beispiel.de TXT v=spf1 redirect=_spf.strato.com
_spf.strato.com TXT v=spf1 ip4:192.0.2.0/24 ?all
strato-dkim-0002._domainkey.beispiel.de TXT v=DKIM1; p=MIIB
_dmarc.beispiel.de TXT v=DMARC1; p=reject
smtp.strato.de A 192.0.2.7
"""


def judged(name: str, zone: str, of: Declared, **more: object) -> Finding:
    finding = BY_NAME[name].judge(situation(zone, of, **more))
    assert finding
    return finding


def test_the_rows_are_of_dns_and_are_told_for_the_pages() -> None:
    assert len(BY_NAME) == len(ROWS) == 10
    for row in ROWS:
        assert (row.group, row.asks) == ("dns", DNS)
        assert row.about and row.source and not row.about.endswith(".") and not row.source.endswith(".")


@pytest.mark.parametrize(
    ("of", "names"),
    [
        (declared("beispiel.de"), ALWAYS | {"spf_provider", "dkim", "resolving"}),
        (declared("beispiel.de", accounts=(account("info@beispiel.de"),)), {*BY_NAME} - {"ptr", "dnsbl", "t_online"}),
        (
            declared("beispiel.de", accounts=(account("info@fremd.test"),)),
            ALWAYS | {"spf_provider", "dkim", "resolving"},
        ),
        (declared("beispiel.de", route=GMX), ALWAYS | {"resolving"}),
        (
            declared("beispiel.de", route=Route("", ("w0123.kasserver.com",))),
            ALWAYS | {"resolving", "spf_provider"},
        ),
        (declared("beispiel.de", route=Route("", ("[192.0.2.1]",))), ALWAYS),
        (declared("beispiel.de", route=None), ALWAYS),
        (declared("beispiel.de", public_address=ADDRESS), ALWAYS | {"spf_provider", "dkim", "resolving"}),
        (declared("beispiel.de", route=DIRECT), ALWAYS),
        (declared("beispiel.de", route=DIRECT, public_address=ADDRESS), ALWAYS | {"ptr", "dnsbl", "t_online"}),
        (declared(route=None, public_address=ADDRESS), {"ptr", "dnsbl", "t_online"}),
        (declared(), {"resolving"}),
        (Declared(), set()),
    ],
)
def test_each_applies_to_whom_it_is_about(of: Declared, names: set[str]) -> None:
    assert {row.name for row in ROWS if row.applies(of)} == names


def test_nothing_is_wrong_with_a_good_zone() -> None:
    of = declared("beispiel.de", accounts=(account("info@beispiel.de"),))
    assert {judged(row.name, GOOD, of).result for row in ROWS if row.applies(of)} == {PASS}


def test_of_several_domains_the_worst_is_told() -> None:
    finding = judged("spf", GOOD, declared("beispiel.de", "fehlt.test", "fort.test"))
    assert finding.result == WARN
    assert finding.found == "fehlt.test has no SPF record; fort.test has no SPF record"


@pytest.mark.parametrize(
    ("zone", "result", "found"),
    [
        (GOOD, PASS, "smtp.strato.de is 192.0.2.7"),
        ("smtp.strato.de AAAA 2001:db8::1", WARN, "smtp.strato.de has an IPv6 address only"),
        ("smtp.strato.de TXT x", WARN, "the controller's DNS knows no address of smtp.strato.de"),
        ("", WARN, "the controller's DNS knows no address of smtp.strato.de"),
        ("smtp.strato.de SERVFAIL", UNKNOWN, "the address of smtp.strato.de is not known (SERVFAIL)"),
    ],
)
def test_a_smart_host_resolves(zone: str, result: str, found: str) -> None:
    finding = judged("resolving", zone, declared())
    assert (finding.result, finding.found) == (result, found)


def test_a_host_that_hands_all_to_smart_hosts_needs_no_name() -> None:
    of = declared(route=None, public_address=ADDRESS)
    for name in ("ptr", "dnsbl", "t_online"):
        told = replace(situation("", of), after=frozenset({STRATO}))
        assert BY_NAME[name].judge(told) is None
        assert BY_NAME[name].judge(replace(told, after=frozenset({STRATO, DIRECT})))


def test_t_online_is_a_told_rule() -> None:
    finding = judged("t_online", "", declared(route=DIRECT, public_address=ADDRESS))
    assert finding.result == WARN and ADDRESS in finding.found and "imprint" in finding.remedy


PLANNED = frozenset({*CONNECTORS, "address_rewrite", "transport"})


@pytest.mark.parametrize(
    ("name", "by_smarthost", "directly"),
    [
        ("mx", frozenset(), frozenset()),
        ("mx_way", frozenset(), frozenset()),
        ("spf", frozenset(), frozenset()),
        ("spf_provider", CONNECTORS, frozenset()),
        ("dkim", frozenset(), frozenset()),
        ("dmarc", CONNECTORS, frozenset()),
        ("resolving", frozenset(), frozenset()),
        ("ptr", frozenset(), CONNECTORS),
        ("dnsbl", frozenset(), CONNECTORS),
        ("t_online", frozenset(), frozenset()),
    ],
)
def test_only_a_new_route_is_stopped(name: str, by_smarthost: frozenset[str], directly: frozenset[str]) -> None:
    """Each row is here, so that a new one is decided."""
    assert len(BY_NAME) == 10
    today = Situation(today=frozenset({GMX}), after=frozenset({GMX}), planned=PLANNED)
    assert BY_NAME[name].stops(today) == frozenset()
    assert BY_NAME[name].stops(replace(today, after=frozenset({STRATO}))) == by_smarthost
    assert BY_NAME[name].stops(replace(today, after=frozenset({DIRECT}))) == directly
    assert BY_NAME[name].stops(replace(today, today=frozenset(), after=frozenset({STRATO}))) == by_smarthost
    # What is wrong with today's mail does not stop it from leaving another way.
    direct = replace(today, today=frozenset({DIRECT}), after=frozenset({DIRECT, STRATO}))
    assert BY_NAME[name].stops(direct) == by_smarthost
    other_port = replace(today, today=frozenset({replace(STRATO, port=25)}), after=frozenset({STRATO}))
    assert BY_NAME[name].stops(other_port) == frozenset()
    assert BY_NAME[name].stops(replace(direct, after=frozenset({replace(DIRECT, auth="Basic")}))) == frozenset()


def test_nobody_is_asked_for_what_is_not_declared() -> None:
    """Nor for what the records of a declared domain do not name."""
    for of in (declared("beispiel.de"), declared("beispiel.de", route=DIRECT, public_address=ADDRESS)):
        told = situation(GOOD, of)
        for row in ROWS:
            if row.applies(of):
                row.judge(told)
        assert isinstance(told.resolver, FakeResolver)
        of_domain = ("beispiel.de", "smtpin.rzone.de", "_spf.strato.com", "smtp.strato.de")
        lists = tuple(each.zone for each in BLOCK_LISTS)
        for name in told.resolver.asked:
            assert name.endswith((*of_domain, *lists)) or name == "25.2.0.192.in-addr.arpa", name


EVERYTHING = declared("beispiel.de", "anders.de", accounts=(account("info@beispiel.de"),), public_address=ADDRESS)


def results(resolver: Resolver) -> dict[str, str]:
    told = situation("", EVERYTHING, deadline=resolver._deadline)
    told = replace(told, resolver=resolver, after=frozenset({STRATO, DIRECT}))
    return {each.check.name: each.finding.result for each in judge_all(ROWS, told) if each.check.name != "t_online"}


def test_a_silent_server_makes_all_unknown_within_one_time_limit() -> None:
    with DnsServer("", {"*": SILENCE}) as server:
        start = time.monotonic()
        assert set(results(Resolver(Deadline(1.5), "127.0.0.1", server.port)).values()) == {UNKNOWN}
        assert time.monotonic() - start < 2.5


def test_so_does_one_that_falls_silent_later() -> None:
    """When it is known that it is alive, each question waits as long as there is time, all of them together."""
    with DnsServer("", {"*": SILENCE, "sbs-mailflow.invalid": 0.0, "com": 0.0}) as server:
        start = time.monotonic()
        assert set(results(Resolver(Deadline(2), "127.0.0.1", server.port)).values()) == {UNKNOWN}
        assert time.monotonic() - start < 3


def test_without_dnspython_all_is_unknown_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dns.resolver", None)
    assert set(results(Resolver(Deadline(5), "127.0.0.1", 9)).values()) == {UNKNOWN}
    told = replace(situation("", EVERYTHING), resolver=Resolver(Deadline(5)))
    assert "has no dnspython" in str(BY_NAME["spf"].judge(told))


@pytest.mark.parametrize("lying", [{"lies": "127.0.0.2"}, {"denies": True}])
def test_a_lying_server_makes_nothing_fail(lying: dict[str, str | bool]) -> None:
    with DnsServer("", **lying) as server:  # type: ignore[arg-type]
        found = results(Resolver(Deadline(10), "127.0.0.1", server.port))
    assert FAIL not in found.values() and set(found.values()) == {UNKNOWN}
