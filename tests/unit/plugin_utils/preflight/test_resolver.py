"""Questions to DNS: what each trouble comes to, at a server in the same process; nothing is ever raised."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dns.resolver
import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import (
    ABSENT,
    ALWAYS_THERE,
    EMPTY,
    FOUND,
    NEVER_THERE,
    UNKNOWN,
    Answer,
    Resolver,
)
from lab.dns import GARBAGE, REFUSED, SERVFAIL, SILENCE, TRUNCATED, DnsServer

ZONE = """
beispiel.de. MX 10 mx.beispiel.de.
beispiel.de. MX 5 MX2.beispiel.de.
beispiel.de. TXT "v=spf1 include:_spf.str" "ato.com -all"
leer.beispiel.de. TXT "x"
mx.beispiel.de. A 192.0.2.25
mx.beispiel.de. AAAA 2001:db8::25
alias.beispiel.de. CNAME MX.beispiel.de.
nirgends.beispiel.de. CNAME fehlt.beispiel.de.
kreis.beispiel.de. CNAME kreis2.beispiel.de.
kreis2.beispiel.de. CNAME kreis.beispiel.de.
ohne.beispiel.de. MX 0 .
25.2.0.192.in-addr.arpa. PTR mx.beispiel.de.
xn--mller-kva.de. A 192.0.2.26
servfail.test. A 192.0.2.1
lang.test. TXT "lang"
spaet.test. A 192.0.2.27
"""
FAULTS: dict[str, str | float] = {
    "servfail.test": SERVFAIL,
    "refused.test": REFUSED,
    "still.test": SILENCE,
    "unsinn.test": GARBAGE,
    "lang.test": TRUNCATED,
    "spaet.test": 0.3,
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer(ZONE, FAULTS) as running:
        yield running


def resolver(server: DnsServer, seconds: float = 10) -> Resolver:
    return Resolver(Deadline(seconds), "127.0.0.1", server.port)


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("beispiel.de", "MX", Answer(FOUND, ("10 mx.beispiel.de", "5 MX2.beispiel.de"), "beispiel.de")),
        ("Beispiel.DE.", "mx", Answer(FOUND, ("10 mx.beispiel.de", "5 MX2.beispiel.de"), "beispiel.de")),
        ("beispiel.de", "TXT", Answer(FOUND, ("v=spf1 include:_spf.strato.com -all",), "beispiel.de")),
        ("mx.beispiel.de", "AAAA", Answer(FOUND, ("2001:db8::25",), "mx.beispiel.de")),
        ("alias.beispiel.de", "A", Answer(FOUND, ("192.0.2.25",), "mx.beispiel.de")),
        ("25.2.0.192.in-addr.arpa", "PTR", Answer(FOUND, ("mx.beispiel.de",), "25.2.0.192.in-addr.arpa")),
        ("ohne.beispiel.de", "MX", Answer(FOUND, ("0 .",), "ohne.beispiel.de")),
        ("müller.de", "A", Answer(FOUND, ("192.0.2.26",), "xn--mller-kva.de")),
        ("leer.beispiel.de", "A", Answer(EMPTY, canonical="leer.beispiel.de")),
        ("alias.beispiel.de", "TXT", Answer(EMPTY, canonical="mx.beispiel.de")),
        ("fehlt.beispiel.de", "A", Answer(ABSENT, canonical="fehlt.beispiel.de")),
        ("nirgends.beispiel.de", "A", Answer(ABSENT, canonical="fehlt.beispiel.de")),
        ("lang.test", "TXT", Answer(FOUND, ("lang",), "lang.test")),
        ("spaet.test", "A", Answer(FOUND, ("192.0.2.27",), "spaet.test")),
    ],
)
def test_what_it_finds(server: DnsServer, name: str, kind: str, answer: Answer) -> None:
    assert resolver(server).ask(name, kind) == answer


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("servfail.test", "the DNS server answered SERVFAIL"),
        ("refused.test", "the DNS server answered REFUSED"),
        ("unsinn.test", "no DNS server answered in time"),
        ("kreis.beispiel.de", "the DNS server answered ChainTooLong"),
        ("still.test", "no DNS server answered in time"),
        ("a..b", "EmptyLabel: "),
        ("a" * 64 + ".de", "LabelTooLong: "),
        ("straße.de", "the name is to be written as DNS has it"),
        ("\ud800.de", "U+D800"),
    ],
)
def test_what_nobody_tells_is_unknown(server: DnsServer, name: str, why: str) -> None:
    answer = resolver(server, 1).ask(name, "A")
    assert (answer.outcome, answer.records) == (UNKNOWN, ())
    assert why in answer.why


def test_each_question_is_asked_once_by_however_many_threads(server: DnsServer) -> None:
    asking, before = resolver(server), len(server.asked)
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _number: asking.ask("spaet.test", "A").records, range(8)))
    assert answers == {("192.0.2.27",)}
    assert server.asked[before:] == [(NEVER_THERE, "A"), (ALWAYS_THERE, "NS"), ("spaet.test", "A")]


def test_nothing_is_asked_once_the_time_is_over(server: DnsServer) -> None:
    before = len(server.asked)
    answer = Resolver(Deadline(0), "127.0.0.1", server.port).ask("beispiel.de", "MX")
    assert answer == Answer(UNKNOWN, why="the time for all checks was over before it was asked")
    assert server.asked[before:] == []


def test_the_time_is_over_for_later_questions(server: DnsServer) -> None:
    now = [0.0]
    asking = Resolver(Deadline(10, lambda: now[0]), "127.0.0.1", server.port)
    assert asking.ask("beispiel.de", "MX").outcome == FOUND
    now[0] = 10.0
    assert asking.ask("mx.beispiel.de", "A").outcome == UNKNOWN
    assert asking.ask("beispiel.de", "MX").outcome == FOUND


@pytest.mark.parametrize("faults", [{"*": SILENCE}, {}])
def test_all_that_a_silent_server_is_asked_takes_one_time_limit(faults: dict[str, str | float]) -> None:
    """Also where nobody listens at all."""
    with DnsServer("", faults) as server:
        asking = resolver(server, 1.5)
        if not faults:
            server.close()
        start = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            answers = set(threads.map(lambda number: asking.ask(f"n{number}.test", "A"), range(8)))
    assert {answer.outcome for answer in answers} == {UNKNOWN}
    assert time.monotonic() - start < 2.5


def test_one_dead_server_of_two_costs_its_time_once(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with DnsServer("", {"*": SILENCE}) as dead:
        make = Resolver._made

        def two(self: Resolver) -> dns.resolver.Resolver:
            client = make(self)
            client.nameservers = ["127.0.0.2", "127.0.0.1"]
            client.nameserver_ports = {"127.0.0.2": dead.port}
            return client

        monkeypatch.setattr(Resolver, "_made", two)
        asking, start = resolver(server, 5), time.monotonic()
        names = ["mx.beispiel.de", "alias.beispiel.de", *(f"n{number}.test" for number in range(20))]
        outcomes = [asking.ask(name, "A").outcome for name in names]
        assert outcomes == [FOUND, FOUND, *[ABSENT] * 20]
        assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("lying", "why"),
    [
        (DnsServer(ZONE, lies="192.0.2.9"), "this resolver answers for names that do not exist"),
        (DnsServer(ZONE, denies=True), "this resolver denies names that exist"),
    ],
)
def test_who_lies_is_not_believed(lying: DnsServer, why: str) -> None:
    with lying:
        asking = resolver(lying)
        assert asking.ask("mx.beispiel.de", "A") == asking.ask("beispiel.de", "TXT") == Answer(UNKNOWN, why=why)
        assert ("mx.beispiel.de", "A") not in lying.asked


@pytest.mark.parametrize("fault", [REFUSED, SERVFAIL])
def test_who_only_refuses_the_two_names_is_believed(fault: str) -> None:
    """As a server that is no resolver, or one that filters."""
    with DnsServer(ZONE, {NEVER_THERE: fault, ALWAYS_THERE: fault}) as server:
        assert resolver(server).ask("mx.beispiel.de", "A").outcome == FOUND


def test_without_dnspython_it_says_how_to_get_it(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dns.resolver", None)
    answer = resolver(server).ask("beispiel.de", "MX")
    assert answer.outcome == UNKNOWN
    assert answer.why == f"the controller has no dnspython ({sys.executable} -m pip install dnspython)"


def test_the_controllers_own_resolver_is_asked_where_none_is_named(
    server: DnsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    conf = tmp_path / "resolv.conf"
    read = dns.resolver.Resolver.read_resolv_conf
    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", lambda self, file: read(self, str(conf)))
    told = Resolver(Deadline(5)).ask("beispiel.de", "MX")
    assert told == Answer(UNKNOWN, why="the controller has no DNS server of its own (/etc/resolv.conf)")
    conf.write_text("nameserver 127.0.0.1\n")
    made = Resolver(Deadline(5))._made()
    assert made.nameservers == ["127.0.0.1"] and made.port == 53


def test_how_long_an_answer_may_be_kept(server: DnsServer) -> None:
    with DnsServer("beispiel.de. 172800 MX 10 mx.beispiel.de.\n") as own:
        asked = resolver(own)
        assert asked.ask("beispiel.de", "MX").ttl == 172800
        assert asked.ask("fehlt.beispiel.de", "MX").ttl is None
