# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mail needs that is sent straight to the recipients' servers: they judge the server by its own address, by the
name that it gives, and by both together. Only where a route is direct, or would be after the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from typing import NamedTuple

from ..inbound.rules import INTERNAL
from ..lenient import moment, text
from ..messages import notice_of
from ..receive_connector.ranges import is_public
from ..request import Step
from . import reach
from .check import CONNECTORS, DNS, HOST, LOGIN, Check, Reads, new_route
from .declared import Declared, Route
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .public_address import names_of
from .resolver import FOUND
from .resolver import UNKNOWN as NOT_TOLD
from .situation import Situation
from .spf import lets_pass, read_spf

LOG_DAYS = 7
"""How far back Exchange's log is asked what it called itself."""
SENT_NAMES = Step("preflight_sent_names", "Get-SentNames", {"Days": LOG_DAYS}, ("Connector", "Command", "Name", "At"))

# ---- where it is about something


def may_be_direct(declared: Declared) -> bool:
    """Whether a host of this declaration may send directly: it is declared to, or nothing is declared of it."""
    return declared.route is None or declared.route.direct


def direct_routes(situation: Situation) -> tuple[Route, ...]:
    """The routes after the plan on which mail goes straight to the recipients' servers."""
    return tuple(route for route in situation.routes if route.direct)


def new_direct_route(situation: Situation) -> frozenset[str]:
    """Where mail leaves directly after the plan, and does not today."""
    new = any(each.direct for each in situation.after) and not any(each.direct for each in situation.today)
    return new_route(situation) if new else frozenset()


def _where_direct(judge: Callable[[Situation], Finding | None]) -> Callable[[Situation], Finding | None]:
    return lambda situation: judge(situation) if direct_routes(situation) else None


# ---- the address


def _address(situation: Situation) -> Finding:
    address = situation.declared.options.public_address
    if address is None:
        connectors = ", ".join(each.connector for each in direct_routes(situation))
        return Finding(
            UNKNOWN, notice_of("direct_no_address", connectors=connectors), notice_of("direct_declare_address")
        )
    if not is_public(address):
        return Finding(FAIL, notice_of("direct_private", address=address), notice_of("direct_fixed_line"))
    return Finding(PASS, notice_of("direct_address", address=address))


# ---- the name that it gives


class Said(NamedTuple):
    """What a connector called the server, in its newest session: by Exchange's own log."""

    at: str
    command: str
    name: str


def said_by(situation: Situation, connector: str) -> Said | None:
    """The newest name of a connector; None where its log tells of none."""
    rows = [
        (at, Said(str(row.get("At")), str(row.get("Command")), name))
        for row in situation.rows(SENT_NAMES.id)
        if str(row.get("Connector")).lower() == connector.lower()
        and (name := text(row.get("Name")))
        and (at := moment(row.get("At")))
    ]
    # Oldest first is how they are told, so of two in one second the last is the newest.
    return sorted(rows, key=lambda each: each[0])[-1][1] if rows else None


def is_public_name(name: str) -> bool:
    """Whether a name may be one of the internet: with a dot, below no domain of a house, and no address."""
    bare = name.lower().rstrip(".")
    return "." in bare and not bare.endswith(INTERNAL) and not bare.startswith("[") and not bare[-1].isdigit()


def _names(situation: Situation) -> Finding | None:
    return joined(found for route in direct_routes(situation) for found in _of_route(situation, route))


def _of_route(situation: Situation, route: Route) -> Iterator[Finding]:
    """What is to be said of the name that a route's connector gives: each thing that is wrong with it, or that nothing
    is."""
    said, connector, fqdn = said_by(situation, route.connector), route.connector, _fqdn(route)
    if said is None:
        found = notice_of("direct_unlogged", connector=connector, days=LOG_DAYS, fqdn=fqdn)
        yield Finding(UNKNOWN, found, notice_of("direct_log"))
        return
    at, command, name = said
    if _is_renamed(situation, route):
        # What it says until now tells nothing of what it will say; to refuse the plan would keep the wrong name.
        found = notice_of("direct_will_say", connector=connector, command=command, name=name, at=at, fqdn=fqdn)
        yield Finding(WARN, found, notice_of("direct_name_it"))
        return
    wrong = [*_of_setting(route, said), *_of_address(situation, route, said)]
    said_so = notice_of("direct_says", connector=connector, command=command, name=name, at=at)
    yield from wrong or [Finding(PASS, said_so)]


def _fqdn(route: Route) -> str:
    return route.fqdn or notice_of("direct_no_name")


def _is_renamed(situation: Situation, route: Route) -> bool:
    """Whether the plan gives the connector another name than it has today."""
    today = {each.connector: each.fqdn for each in situation.today}
    return route.fqdn is not None and route.connector in today and today[route.connector] != route.fqdn


def _of_setting(route: Route, said: Said) -> Iterator[Finding]:
    connector, (at, command, name) = route.connector, said
    if not is_public_name(name):
        found = notice_of("direct_says_local", connector=connector, command=command, name=name, at=at)
        yield Finding(FAIL, found, notice_of("direct_name_it"))
    if route.fqdn and not _same(route.fqdn, name):
        found = notice_of("direct_says_other", connector=connector, command=command, name=name, at=at, fqdn=route.fqdn)
        yield Finding(WARN, found, notice_of("direct_name_it"))


def _of_address(situation: Situation, route: Route, said: Said) -> Iterator[Finding]:
    """Whether the name and the address belong together: the address is called so, and the name leads to it."""
    address = situation.declared.options.public_address
    if is_public_name(said.name):
        yield from _leads_to(situation, route, said, address)
    answer = names_of(situation.resolver, address) if address else None
    if answer and answer.outcome == FOUND and not any(_same(each, said.name) for each in answer.records):
        names, connector, (at, command, name) = ", ".join(answer.records), route.connector, said
        found = notice_of(
            "direct_says_no_ptr",
            connector=connector,
            command=command,
            name=name,
            at=at,
            address=address,
            names=names,
        )
        yield Finding(FAIL, found, notice_of("direct_name_it"))


def _leads_to(situation: Situation, route: Route, said: Said, address: str | None) -> Iterator[Finding]:
    connector, (at, command, name) = route.connector, said
    kind = "AAAA" if address and ip_address(address).version == 6 else "A"
    answer = situation.resolver.ask(name, kind)
    if answer.outcome == NOT_TOLD:
        found = notice_of("direct_says_unknown", connector=connector, command=command, name=name, at=at, why=answer.why)
        yield Finding(UNKNOWN, found)
    elif answer.outcome != FOUND:
        found = notice_of("direct_says_nowhere", connector=connector, command=command, name=name, at=at)
        yield Finding(FAIL, found, notice_of("direct_name_it"))
    elif address and ip_address(address) not in map(ip_address, answer.records):
        found = notice_of(
            "direct_says_elsewhere",
            connector=connector,
            command=command,
            name=name,
            at=at,
            addresses=", ".join(answer.records),
            address=address,
        )
        yield Finding(FAIL, found, notice_of("direct_name_it"))


def _same(one: str, other: str) -> bool:
    return one.lower().rstrip(".") == other.lower().rstrip(".")


# ---- whether others let it send


def _port(situation: Situation) -> Finding:
    if not (situation.declared.route and situation.declared.route.direct):
        return Finding(UNKNOWN, notice_of("direct_reach_undeclared"), notice_of("direct_declare_way"))
    places = reach.recipients_of(situation.declared)
    if not places:
        return Finding(UNKNOWN, notice_of("direct_reach_nobody"), notice_of("direct_declare_recipients"))
    told = {f"{host}:{port}": reach.reached(situation, host, port) for host, port in places}
    found = [place for place, row in told.items() if row and row.get("Connected") is True]
    shut = [place for place, row in told.items() if row and reach.addresses(row) and place not in found]
    if found:
        return Finding(PASS, notice_of("direct_reached", place=found[0]))
    # One that is silent may be so for its own reasons; the names of all of them are not known for ever.
    if len(shut) > 1:
        return Finding(FAIL, notice_of("direct_unreached", places=", ".join(shut)), notice_of("direct_open_port"))
    return Finding(UNKNOWN, notice_of("direct_reach_unknown", places=", ".join(told)), notice_of("direct_open_port"))


def _spf(situation: Situation) -> Finding | None:
    address, domains = situation.declared.options.public_address, situation.declared.domains
    return joined(_spf_of(situation, each, address) for each in domains) if address else None


def _spf_of(situation: Situation, domain: str, address: str) -> Finding:
    passes, spf = lets_pass(situation.resolver, domain, address), read_spf(situation.resolver, domain)
    if passes:
        return Finding(PASS, notice_of("direct_spf", domain=domain, address=address))
    term = f"ip{ip_address(address).version}:{address}"
    add = notice_of("direct_spf_add", term=term)
    if passes is None:
        why = spf.fault or spf.why or notice_of("direct_spf_depends")
        return Finding(UNKNOWN, notice_of("direct_spf_unknown", domain=domain, address=address, why=why), add)
    # Without a record, or with one that says nothing of others, recipients have nothing to refuse mail for.
    refused = spf.record is not None and spf.others in "-~"
    return Finding(FAIL if refused else WARN, notice_of("direct_spf_missing", domain=domain, address=address), add)


def _places(declared: Declared) -> Reads:
    return Reads(reach.steps(declared))


def _log(declared: Declared) -> Reads:
    return Reads((SENT_NAMES,))


_HERE = Check(
    "public_address",
    "direct",
    "where mail leaves directly, a fixed public address, which is declared",
    "own rule; RFC 1918, RFC 6598",
    _where_direct(_address),
    may_be_direct,
    asks=HOST,
    nouns=CONNECTORS,
    stops=new_direct_route,
)
ROWS: tuple[Check, ...] = (
    # Stops a new direct route: from an address that is none of the internet nothing is delivered.
    _HERE,
    # Stops a new direct route: large recipients refuse a server that calls itself otherwise than its address is called.
    replace(
        _HERE,
        name="helo",
        about="where mail leaves directly, the name that Exchange really gives in EHLO: one of the internet, as it is"
        " set, and that of the public address",
        source="Exchange's SmtpSend log; RFC 5321 4.1.4, public rules of large recipients",
        judge=_where_direct(_names),
        reads=_log,
        asks=DNS,
    ),
    # Stops a new direct route: nothing would leave.
    replace(
        _HERE,
        name="direct_port",
        about="where mail leaves directly, this server gets out to port 25",
        source="a connection from the server to the declared mail servers of recipients, to whom nothing is said",
        judge=_where_direct(_port),
        reads=_places,
        asks=LOGIN,
    ),
    # Stops a new direct route: the domain itself asks recipients to refuse what this address sends.
    replace(
        _HERE,
        name="spf_direct",
        about="where mail leaves directly, an SPF record that lets the public address send",
        source="RFC 7208",
        judge=_where_direct(_spf),
        asks=DNS,
    ),
)
