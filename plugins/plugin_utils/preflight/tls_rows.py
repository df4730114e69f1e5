# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this server's mail and its provider find a TLS that both speak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..agent.tls_facts import ENDS, PROTOCOLS
from ..host_tls.state import TIMES
from ..lenient import first, moment
from ..messages import notice_of
from ..request import Step
from ..send_connector.rules import is_loopback
from .check import CONNECTORS, NETWORK, Check, Reads
from .declared import Declared, Route
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .resolver import FOUND
from .situation import Situation
from .tls_ability import ABLE, AGENT, FACTS, OFFER, PENDING, UNABLE, UNTOLD, Ability, ability, keys_of
from .tls_probe import NO_STARTTLS, OLD, REFUSED, TAKEN, Offer, TlsAnswer, settled

LOG_DAYS = 7
"""How far back Exchange's log is asked what it spoke."""
SENT_TLS = Step(
    "preflight_sent_tls", "Get-SentTls", {"Days": LOG_DAYS}, ("Connector", "Server", "Protocol", "At", "LoggedIn")
)


@dataclass(frozen=True)
class Hop:
    """A route to one of its servers, from a host that can what it can."""

    situation: Situation
    route: Route
    server: str
    here: Ability

    @property
    def place(self) -> str:
        """Server and port."""
        return f"{self.server}:{self.route.port}"

    @property
    def is_new(self) -> bool:
        """Whether no mail goes there with TLS today, by whatever other hosts and settings."""
        today = (each for each in self.situation.today if each.must_encrypt and each.port == self.route.port)
        return self.server.lower() not in {host.strip("[]").lower() for each in today for host in each.hosts}

    def tried(self, offer: Offer) -> TlsAnswer:
        """What the server makes of an offer."""
        return settled(lambda each: self.situation.probe.smtp(self.server, self.route.port, each), offer)


# ---- what Exchange itself has spoken


def _sent(hop: Hop) -> Mapping[str, Any] | None:
    """The newest session of the connector of which Exchange's log tells, if it counts: with this server, with a login
    where there is one, and since SCHANNEL's keys are as they are."""
    rows = [
        (at, row)
        for row in hop.situation.rows(SENT_TLS.id)
        if str(row.get("Connector")).lower() == hop.route.connector.lower() and (at := moment(row.get("At")))
    ]
    if not rows:
        return None
    at, row = max(rows, key=lambda each: each[0])
    logged_in = row.get("LoggedIn") is True or hop.route.auth == "None"
    written = hop.situation.declared.tls_written
    counts = logged_in and (written is None or at > written) and _is_at(hop, row.get("Server"))
    return row if counts else None


def _is_at(hop: Hop, endpoint: Any) -> bool:
    """Whether an endpoint of the log is the server of the hop. Where DNS does not tell, or is not asked, the connector
    of the log goes the route that it goes today."""
    address, _colon, port = str(endpoint).rpartition(":")
    if port != str(hop.route.port):
        return False
    if address.strip("[]").lower() == hop.server.lower():
        return True
    if not hop.situation.asks(CONNECTORS):
        return True
    known = hop.situation.resolver.ask(hop.server, "A")
    return address in known.records if known.outcome == FOUND else not hop.is_new


def _spoken(row: Mapping[str, Any]) -> str | None:
    """The version of TLS that a row of the log names."""
    found = re.match(r"SP_PROT_TLS1_(\d)", str(row.get("Protocol")))
    return f"1.{found[1]}" if found else None


def _of_log(hop: Hop) -> Finding | None:
    """Exchange's own word outranks what can be inferred; with an older TLS it holds for today alone."""
    row = _sent(hop)
    version = _spoken(row) if row else None
    if row is None or version is None:
        return None
    found = notice_of("preflight_tls_sent", place=hop.place, version=version, at=row.get("At"))
    if version >= "1.2":
        return Finding(PASS, found)
    if hop.here.state == PENDING:
        return None
    restart = hop.here.state == ABLE
    return Finding(WARN, found, notice_of("preflight_restart" if restart else "preflight_tls_ways"))


# ---- what follows from host and provider


def _unasked(hop: Hop) -> Finding:
    """What is to be said without asking the provider, in a run that writes nothing of this."""
    here = hop.here
    if here.state == ABLE:
        return Finding(PASS, notice_of("preflight_tls_able", place=hop.place))
    if here.state == UNTOLD:
        return Finding(UNKNOWN, here.words, notice_of("preflight_ask_keys"))
    if here.state == PENDING:
        found = notice_of("preflight_pending", place=hop.place, words=here.words)
        return Finding(WARN, found, notice_of("preflight_restart"))
    found = notice_of("preflight_unable_unasked", place=hop.place, words=here.words)
    return Finding(WARN, found, notice_of("preflight_unasked_do"))


def _inferred(hop: Hop) -> Finding:
    here = hop.here
    if not hop.situation.asks(CONNECTORS):
        return _unasked(hop)
    if here.state == UNABLE:
        return _unable(hop)
    new = hop.tried(here.offer)
    if here.state == ABLE and new.outcome == TAKEN:
        return Finding(PASS, notice_of("preflight_tls_likely", place=hop.place))
    old = hop.tried(OLD)
    if new.outcome == REFUSED and old.outcome == REFUSED:
        return Finding(FAIL, notice_of("preflight_no_suite", place=hop.place), notice_of("preflight_relay"))
    if here.state == PENDING:
        return _pending(hop, old)
    if here.state == UNTOLD:
        return Finding(UNKNOWN, here.words, notice_of("preflight_ask_keys"))
    if new.outcome == REFUSED and old.outcome == TAKEN:
        return Finding(WARN, notice_of("preflight_provider_old", place=hop.place), notice_of("preflight_ask_provider"))
    return Finding(UNKNOWN, _why_unprobed(hop, new), notice_of("preflight_ask_host"))


def _unable(hop: Hop) -> Finding:
    """A host that speaks TLS 1.0 alone."""
    answer, words = hop.tried(OLD), hop.here.words
    if answer.outcome == TAKEN:
        found = notice_of("preflight_still_old", place=hop.place, words=words)
        return Finding(WARN, found, notice_of("preflight_tls_ways"))
    if answer.outcome == REFUSED:
        found = notice_of("preflight_too_old", place=hop.place, words=words)
        return Finding(FAIL, found, notice_of("preflight_tls_ways"))
    found = notice_of("preflight_unable_unprobed", words=words, why=_why_unprobed(hop, answer))
    return Finding(UNKNOWN, found, notice_of("preflight_tls_ways"), urgent=True)


def _pending(hop: Hop, old: TlsAnswer) -> Finding:
    """A host that speaks TLS 1.2 after a restart: what begins to leave before that would not arrive."""
    words, do = hop.here.words, notice_of("preflight_restart")
    if hop.is_new and old.outcome == REFUSED:
        return Finding(FAIL, notice_of("preflight_pending_new", place=hop.place, words=words), do)
    return Finding(WARN, notice_of("preflight_pending", place=hop.place, words=words), do)


def _why_unprobed(hop: Hop, answer: TlsAnswer) -> str:
    if answer.outcome == NO_STARTTLS:
        return notice_of("preflight_no_starttls_here", place=hop.place)
    return notice_of("preflight_unprobed", place=hop.place, words=answer.words)


# ---- the checks


def _hops(situation: Situation, route: Route, here: Ability) -> list[Hop]:
    return [Hop(situation, route, each.strip("[]"), here) for each in route.hosts] if route.must_encrypt else []


def _of_hop(hop: Hop) -> Finding:
    return _of_log(hop) or _inferred(hop)


def _of_route(situation: Situation, route: Route, here: Ability) -> Iterator[Finding]:
    """What is to be said of a route, of each of its servers."""
    if route.must_encrypt:
        yield from map(_of_hop, _hops(situation, route, here))
    elif route.hosts:
        yield _in_the_clear(route)


def _in_the_clear(route: Route) -> Finding:
    """A route that does without TLS where there is none; what is told in it may be a password, unless it is told to the
    server itself, as to a TLS relay on it."""
    if route.auth == "None" or all(is_loopback(each.strip("[]")) for each in route.hosts):
        return Finding(PASS, notice_of("preflight_tls_optional", connector=route.connector))
    found = notice_of("preflight_clear_password", connector=route.connector)
    return Finding(WARN, found, notice_of("preflight_clear_password_do"))


def _tls(situation: Situation) -> Finding | None:
    here = ability(situation)
    return joined(found for route in situation.routes for found in _of_route(situation, route, here))


def failing_route(situation: Situation) -> frozenset[str]:
    """The connector's nouns where it is a server of a new route that fails, and no mail goes there with TLS today: what
    leaves today goes on trying."""
    here = ability(situation)
    hops = (hop for route in situation.new_routes for hop in _hops(situation, route, here) if hop.is_new)
    return situation.planned & CONNECTORS if any(_of_hop(each).result == FAIL for each in hops) else frozenset()


def _schannel(situation: Situation) -> Finding:
    keys = keys_of(situation)
    if keys is None:
        return Finding(UNKNOWN, notice_of("preflight_schannel_untold"))
    half = [
        f"{protocol}\\{end}"
        for protocol in PROTOCOLS
        for end in ENDS
        if keys[protocol][end.lower()]["state"] == "misconfigured"
    ]
    if half:
        found = notice_of("preflight_schannel_half", keys=", ".join(half))
        return Finding(WARN, found, notice_of("preflight_schannel_half_do"))
    return Finding(PASS, notice_of("preflight_schannel", state=keys["TLS 1.2"]["client"]["state"]))


def _dotnet(situation: Situation) -> Finding:
    able = first(situation.rows(AGENT.id)).get("Tls12")
    if able is True:
        return Finding(PASS, notice_of("preflight_dotnet"))
    if able is False:
        return Finding(WARN, notice_of("preflight_dotnet_old"), notice_of("preflight_dotnet_old_do"))
    return Finding(UNKNOWN, notice_of("preflight_dotnet_untold"))


def _facts(declared: Declared) -> Reads:
    return Reads(FACTS)


def _reads(declared: Declared) -> Reads:
    return Reads((*OFFER, TIMES, SENT_TLS))


ROWS: tuple[Check, ...] = (
    Check(
        "tls",
        "tls",
        "a version of TLS and a cipher suite that Exchange here and each smart host that needs TLS have in common",
        "Exchange's SmtpSend log; else ExSetup.exe's version, SCHANNEL's keys, the times of the last starts, and a"
        " probe of the smart host with what Server 2008 R2 offers (Microsoft: KB3029667, Cipher Suites in Windows 7)",
        _tls,
        reads=_reads,
        asks=NETWORK,
        nouns=CONNECTORS,
        offline=True,
        stops=failing_route,
    ),
    Check(
        "schannel",
        "tls",
        "no protocol of SCHANNEL is set up by half",
        "the registry: Enabled and DisabledByDefault of each protocol's ends (Microsoft: TLS registry settings)",
        _schannel,
        reads=_facts,
        nouns=CONNECTORS,
    ),
    Check(
        "dotnet",
        "tls",
        "this server's .NET Framework 3.5 speaks TLS 1.2, in which logins are proven",
        "the ClientHello of the agent's own .NET (Microsoft: KB3154518)",
        _dotnet,
        reads=_facts,
        nouns=CONNECTORS,
    ),
)
