"""The lab's DNS server: it answers as a resolver, and breaks what it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from lab.dns import GARBAGE, REFUSED, SERVFAIL, SILENCE, TRUNCATED, DnsServer

ZONE = """
beispiel.de. MX 10 mx.beispiel.de.
mx.beispiel.de. A 192.0.2.1
alias.beispiel.de. CNAME mx.beispiel.de.
nirgends.beispiel.de. CNAME fehlt.beispiel.de.
kreis.beispiel.de. CNAME kreis.beispiel.de.
"""
FAULTS: dict[str, str | float] = {
    "sf.beispiel.de": SERVFAIL,
    "rf.beispiel.de": REFUSED,
    "still.beispiel.de": SILENCE,
    "unsinn.beispiel.de": GARBAGE,
    "mx.beispiel.de": TRUNCATED,
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer(ZONE, FAULTS) as running:
        yield running


def ask(server: DnsServer, name: str, kind: str, by_tcp: bool = False) -> dns.message.Message:
    by = dns.query.tcp if by_tcp else dns.query.udp
    return by(dns.message.make_query(name, kind), "127.0.0.1", timeout=0.5, port=server.port)


@pytest.mark.parametrize(
    ("name", "kind", "code", "answers"),
    [
        ("Beispiel.de", "MX", "NOERROR", 1),
        ("beispiel.de", "A", "NOERROR", 0),
        ("de", "A", "NOERROR", 0),
        ("fehlt.beispiel.de", "A", "NXDOMAIN", 0),
        ("alias.beispiel.de", "A", "NOERROR", 2),
        ("alias.beispiel.de", "CNAME", "NOERROR", 1),
        ("nirgends.beispiel.de", "A", "NXDOMAIN", 1),
        ("com", "NS", "NOERROR", 1),
        ("sf.beispiel.de", "A", "SERVFAIL", 0),
        ("rf.beispiel.de", "A", "REFUSED", 0),
    ],
)
@pytest.mark.parametrize("by_tcp", [False, True])
def test_it_answers(server: DnsServer, name: str, kind: str, code: str, answers: int, by_tcp: bool) -> None:
    reply = ask(server, name, kind, by_tcp)
    assert dns.rcode.to_text(reply.rcode()) == code
    assert len(reply.answer) == answers
    assert server.asked[-1] == (name.lower(), kind)


def test_a_circle_ends(server: DnsServer) -> None:
    assert ask(server, "kreis.beispiel.de", "A").answer


def test_what_is_truncated_is_whole_by_tcp(server: DnsServer) -> None:
    short, whole = ask(server, "mx.beispiel.de", "A"), ask(server, "mx.beispiel.de", "A", by_tcp=True)
    assert short.flags & dns.flags.TC and not short.answer
    assert not whole.flags & dns.flags.TC and whole.answer


def test_silence_and_garbage_are_no_answer(server: DnsServer) -> None:
    for name in ("still.beispiel.de", "unsinn.beispiel.de"):
        with pytest.raises(dns.exception.DNSException):
            ask(server, name, "A")


def test_it_lies_and_denies() -> None:
    with DnsServer(ZONE, lies="192.0.2.9") as server:
        assert str(ask(server, "fehlt.test", "A").answer[0][0]) == "192.0.2.9"
    with DnsServer(ZONE, denies=True) as server:
        assert ask(server, "beispiel.de", "MX").rcode() == dns.rcode.NXDOMAIN


def test_nobody_listens_once_it_is_closed() -> None:
    with DnsServer() as server:
        port = server.port
        assert port
    assert server.port == 0
    with pytest.raises((dns.exception.Timeout, OSError)):
        dns.query.tcp(dns.message.make_query("de", "A"), "127.0.0.1", timeout=0.5, port=port)


def test_a_zone_changes_while_it_is_asked() -> None:
    zone = 'beispiel.de. 7200 IN MX 5 old.beispiel.de.\nbeispiel.de. IN TXT "x"\nold.beispiel.de. IN A 192.0.2.1\n'
    with DnsServer(zone) as server:
        assert server.mail_hosts("beispiel.de") == (["192.0.2.1"], 7200)
        server.change(["beispiel.de. 60 IN MX 20 b.beispiel.de.", "beispiel.de. 60 IN MX 10 a.beispiel.de."])
        server.change(
            ["a.beispiel.de. IN A 192.0.2.2", "b.beispiel.de. IN CNAME a.beispiel.de."], ["old.beispiel.de. A"]
        )
        assert server.mail_hosts("BEISPIEL.de") == (["192.0.2.2", "192.0.2.2"], 60)
        assert server.mail_hosts("a.beispiel.de") == (["192.0.2.2"], 300)
        assert server.mail_hosts("nirgends.de") == ([], 300)
        for wrong in (["beispiel.de. IN MX"], ["kein Eintrag"]):
            with pytest.raises(ValueError, match="zone file"):
                server.change(wrong)
        with pytest.raises(ValueError, match="zone file"):
            server.change([], ["beispiel.de. QUATSCH"])
        assert server.mail_hosts("beispiel.de")[1] == 60
