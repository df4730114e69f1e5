# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to DNS from the controller, each with an outcome of its own."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from ..messages import notice_of
from .deadline import Deadline

if TYPE_CHECKING:
    import dns.resolver

FOUND, EMPTY, ABSENT, UNKNOWN = "found", "empty", "absent", "unknown"
NEVER_THERE = "sbs-mailflow.invalid"
"""Below ``invalid.`` there is no name (RFC 6761); who answers for one answers for everything."""
ALWAYS_THERE = "com"
"""Who denies this one denies everything: a server that knows its own zones only, such as one in a network cut off."""


@dataclass(frozen=True)
class Answer:
    """FOUND: ``records`` as sorted texts (TXT joined, MX as ``10 mx.beispiel.de``, names without a final dot, the root
    as a dot); EMPTY: the name has none of that type; ABSENT: there is no such name; UNKNOWN: nobody told, ``why`` not.
    ``canonical``: the name at the end of its CNAMEs, in small letters. ``ttl``: the seconds for which whoever asks may
    keep it, less those for which the server that answers has kept it already; None where nothing was found."""

    outcome: str
    records: tuple[str, ...] = ()
    canonical: str = ""
    why: str = ""
    ttl: int | None = field(default=None, compare=False)


class Resolver:
    """Asks one DNS server (``address``, ``port``) or the controller's own resolver, until the deadline; each question
    once, whichever thread asks it."""

    def __init__(self, deadline: Deadline, address: str | None = None, port: int = 53) -> None:
        self._deadline = deadline
        self._address = address
        self._port = port
        self._lock = Lock()
        self._answers: dict[tuple[str, str], Future[Answer]] = {}
        self._client: dns.resolver.Resolver | None = None

    def ask(self, name: str, kind: str) -> Answer:
        """The answer for a name and a record type, such as MX; raises nothing."""
        lie = self._once(("", "lie"))
        return lie if lie.why else self._once((name.lower().rstrip("."), kind.upper()))

    def _once(self, question: tuple[str, str]) -> Answer:
        """The answer to a question; where another thread is asking it, its answer."""
        with self._lock:
            first = question not in self._answers
            answer = self._answers.setdefault(question, Future())
        if first:
            answer.set_result(self._safely(*question))
        return answer.result()

    def _safely(self, name: str, kind: str) -> Answer:
        """What answers in time, and nothing that it raises: foreign data meets a foreign library here."""
        if not self._deadline.left:
            return Answer(UNKNOWN, why=notice_of("dns_too_late"))
        try:
            if name:
                return self._asked(name, kind, self._deadline.left)
            self._client = self._made()
            return self._lie()
        except ImportError:
            return Answer(UNKNOWN, why=notice_of("dns_no_library", python=sys.executable))
        except Exception as error:
            kind = type(error).__name__
            if kind == "NoResolverConfiguration":
                return Answer(UNKNOWN, why=notice_of("dns_no_resolver"))
            return Answer(UNKNOWN, why=notice_of("dns_error", kind=kind, error=str(error)))

    def _made(self) -> dns.resolver.Resolver:
        # Here and not above, since dnspython may be missing, and most runs ask nothing.
        import dns.resolver

        client = dns.resolver.Resolver(configure=self._address is None)
        if self._address is not None:
            client.nameservers, client.port = [self._address], self._port
        # Every server gets its turn, and more than one, before a share of the time is over.
        client.timeout = max(0.2, min(client.timeout, self._deadline.seconds / 10))
        return client

    def _lie(self) -> Answer:
        """With a ``why`` where the server answers the same whatever there is, or nothing at all. What else it says of
        two names that nobody declares is believed: they may be filtered."""
        share = self._deadline.seconds / 5
        never, always = self._asked(NEVER_THERE, "A", share), self._asked(ALWAYS_THERE, "NS", share)
        if never.outcome == FOUND:
            return Answer(UNKNOWN, why=notice_of("dns_lies"))
        if always.outcome == ABSENT:
            return Answer(UNKNOWN, why=notice_of("dns_denies"))
        return never if never.why == always.why == notice_of("dns_silent") else Answer(EMPTY)

    def _asked(self, name: str, kind: str, seconds: float) -> Answer:
        import dns.name
        import dns.resolver

        client = cast("dns.resolver.Resolver", self._client)
        if not name.isascii() and set(name) & set("ßς"):
            # The two readings of IDN make two different domains of it.
            return Answer(UNKNOWN, why=notice_of("dns_idn"))
        try:
            # It pauses between two rounds, the longer the later, and looks at the time only after the pause.
            seconds = 0.8 * min(seconds, self._deadline.left)
            found = client.resolve(dns.name.from_text(name), kind, lifetime=seconds, search=False)
        except dns.resolver.NXDOMAIN as error:
            return Answer(ABSENT, canonical=_text_of(error.canonical_name).lower())
        except dns.resolver.NoAnswer as error:
            return Answer(EMPTY, canonical=_text_of(error.kwargs["response"].canonical_name()).lower())
        except dns.resolver.LifetimeTimeout:
            return Answer(UNKNOWN, why=notice_of("dns_silent"))
        except dns.resolver.NoNameservers as error:
            return Answer(UNKNOWN, why=_why(error))
        self._prefer(found.nameserver)
        ttl = int(found.rrset.ttl) if found.rrset is not None else None
        return Answer(FOUND, tuple(sorted(map(_record, found))), _text_of(found.canonical_name).lower(), ttl=ttl)

    def _prefer(self, server: str | None) -> None:
        """Ask first who has answered, so that a dead server costs its time once."""
        client = cast("dns.resolver.Resolver", self._client)
        others = [each for each in client.nameservers if str(each) != server]
        alive = [each for each in client.nameservers if str(each) == server]
        client.nameservers = [*alive, *others]


def _text_of(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True))


def _record(rdata: Any) -> str:
    """A record as a text: several strings of a TXT are one (RFC 7208, 3.3)."""
    if hasattr(rdata, "strings"):
        return b"".join(rdata.strings).decode("utf-8", "replace")
    if hasattr(rdata, "exchange"):
        return f"{rdata.preference} {_text_of(rdata.exchange)}"
    return _text_of(rdata.target) if hasattr(rdata, "target") else str(rdata.to_text())


def _why(error: dns.resolver.NoNameservers) -> str:
    """Why no server answered: what each said, a code such as SERVFAIL or what was wrong with its answer."""
    said = [each[3] for each in error.kwargs.get("errors", ())]
    told = dict.fromkeys(each if isinstance(each, str) else type(each).__name__ for each in said)
    return notice_of("dns_refused", told=", ".join(told)) if told else notice_of("dns_silent")
