"""A DNS server of the lab: what a zone file says, as a resolver would tell it, and what goes wrong on the way.

It listens on any free port of the loopback, by UDP and TCP, and knows no names but those of its zone.
"""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

SERVFAIL, REFUSED, SILENCE, GARBAGE, TRUNCATED = "servfail", "refused", "silence", "garbage", "truncated"
"""What a name may be answered with instead; TRUNCATED: by UDP, so that TCP has to be asked. A number: so many seconds
late."""
_ADDRESS: Final = "127.0.0.1"
_ALWAYS: Final = "\ncom. 300 IN NS a.gtld-servers.net.\n"  # what every resolver knows
_MOST_ALIASES: Final = 16


class DnsServer:
    """Answers between ``start`` and ``close``. ``zone``: lines of a zone file, names with their final dot. ``faults``:
    a name in small letters -> its fault, ``*`` for all. ``lies``: the address that it gives for every name, there or
    not; ``denies``: it knows of no name at all. ``asked``: what it was asked, in order, as name and type."""

    def __init__(
        self, zone: str = "", faults: Mapping[str, str | float] | None = None, lies: str = "", denies: bool = False
    ) -> None:
        self._zone = _zone_of(f"{zone}{_ALWAYS}")
        self._faults = {name.rstrip("."): fault for name, fault in (faults or {}).items()}
        self._lies = lies
        self._denies = denies
        self._servers: list[socketserver.BaseServer] = []
        self._threads: list[threading.Thread] = []
        self.asked: list[tuple[str, str]] = []
        self.port = 0

    def __enter__(self) -> DnsServer:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self) -> None:
        """Listen; on return ``port`` is known."""
        udp, tcp = _both(self)
        self.port = int(udp.server_address[1])
        for server in (udp, tcp):
            self._servers.append(server)
            self._threads.append(threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True))
            self._threads[-1].start()

    def close(self) -> None:
        """Stop listening; its threads are gone on return."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()
        self._servers, self._threads, self.port = [], [], 0

    def change(self, lines: Sequence[str], remove: Sequence[str] = ()) -> None:
        """Lines of a zone file, each in the place of all that its name had of that type; ``remove``: name and type.

        Raises ValueError, with nothing changed.
        """
        try:
            zone = _zone_of("".join(f"{line}\n" for line in lines))
            gone = [each.split() for each in remove]
            keys = [(dns.name.from_text(name), dns.rdatatype.from_text(kind)) for name, kind in gone]
        except (dns.exception.DNSException, ValueError) as error:
            raise ValueError(f"dns: lines of a zone file are expected: {error}") from error
        made = _zone_of(self._zone.to_text(relativize=False))
        for name, kind in keys:
            made.delete_rdataset(name, kind)
        for name, rdataset in zone.iterate_rdatasets():
            made.replace_rdataset(name, rdataset)
        self._zone = made

    def mail_hosts(self, domain: str) -> tuple[list[str], int]:
        """The addresses to which a domain's mail goes, the best MX first, and how long that may be kept (seconds)."""
        name = dns.name.from_text(domain)
        *_, found = [None, *self._found(name, dns.rdatatype.MX)]
        if found is None or found.rdtype != dns.rdatatype.MX:
            return self._addresses(name), 300  # RFC 5321, 5.1: without an MX it is the name itself
        records = sorted(found, key=lambda each: each.preference)
        return [address for each in records for address in self._addresses(each.exchange)], int(found.ttl)

    def _addresses(self, name: Any) -> list[str]:
        *_, found = [None, *self._found(name, dns.rdatatype.A)]
        return [] if found is None or found.rdtype != dns.rdatatype.A else [each.address for each in found]

    def answer(self, wire: bytes, by_tcp: bool = False) -> bytes | None:
        """What it says to a question; None: nothing."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = str(question.name.to_text(omit_final_dot=True)).lower()
        self.asked.append((name, str(dns.rdatatype.to_text(question.rdtype))))
        fault = self._faults.get(name, self._faults.get("*"))
        if fault == SILENCE:
            return None
        if fault == GARBAGE:
            return wire[:2] + b"\xff" * 9
        if isinstance(fault, float | int):
            time.sleep(fault)
        reply = dns.message.make_response(query, recursion_available=True)
        if fault in (SERVFAIL, REFUSED):
            reply.set_rcode(dns.rcode.SERVFAIL if fault == SERVFAIL else dns.rcode.REFUSED)
        elif fault == TRUNCATED and not by_tcp:
            reply.flags |= dns.flags.TC
        else:
            self._fill(reply, question)
        return bytes(reply.to_wire())

    def _fill(self, reply: Any, question: Any) -> None:
        if self._lies and question.rdtype == dns.rdatatype.A:
            reply.answer = [dns.rrset.from_text(question.name, 300, "IN", "A", self._lies)]
        elif self._denies:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        else:
            reply.answer = list(self._found(question.name, question.rdtype))
            end = reply.answer[-1][0].target if reply.answer and _is_alias(reply.answer[-1]) else question.name
            if not self._is_there(end):
                reply.set_rcode(dns.rcode.NXDOMAIN)

    def _found(self, name: Any, kind: Any) -> Iterator[Any]:
        """The records of that type, the aliases on the way to them first."""
        for _ in range(_MOST_ALIASES):
            found = self._zone.get_rrset(name, kind)
            alias = None if found else self._zone.get_rrset(name, "CNAME")
            if found or alias:
                yield found or alias
            if not alias:
                return
            name = alias[0].target

    def _is_there(self, name: Any) -> bool:
        """Whether the name, or one below it, has any record."""
        return any(each.is_subdomain(name) for each in self._zone)


def _zone_of(lines: str) -> Any:
    return dns.zone.from_text(f"$TTL 300\n{lines}", ".", relativize=False, check_origin=False)


def _is_alias(rrset: Any) -> bool:
    return bool(rrset.rdtype == dns.rdatatype.CNAME)


class _ByUdp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, listener = self.request
        answer = self.server.dns.answer(data)  # type: ignore[attr-defined]
        if answer is not None:
            listener.sendto(answer, self.client_address)


class _ByTcp(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self) -> None:
        size = self.rfile.read(2)
        if len(size) == 2:
            answer = self.server.dns.answer(self.rfile.read(*struct.unpack("!H", size)), True)  # type: ignore[attr-defined]
            if answer is not None:
                self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


def _both(served: DnsServer) -> tuple[_Udp, _Tcp]:
    """Listeners of both kinds at one port; where somebody else has one of a pair, another pair."""
    for _ in range(50):
        udp = _Udp((_ADDRESS, 0), _ByUdp)
        try:
            tcp = _Tcp((_ADDRESS, udp.server_address[1]), _ByTcp)
        except OSError:
            udp.server_close()
            continue
        udp.dns = tcp.dns = served  # type: ignore[attr-defined]
        return udp, tcp
    raise OSError(f"no port of {_ADDRESS} is free by UDP and TCP")
