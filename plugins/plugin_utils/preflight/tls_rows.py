# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this server's mail and its provider find a TLS that both speak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..agent import host_facts, tls_facts
from ..agent.tls_facts import ENDS, PROTOCOLS, Version
from ..lenient import first, inside, moment, objects, text
from ..messages import notice_of
from ..request import Step
from .check import CONNECTORS, NETWORK, Check, Reads
from .declared import Declared, Route
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .resolver import FOUND
from .situation import Situation
from .tls_probe import NEW, NO_STARTTLS, OLD, R2008, REFUSED, TAKEN, Answer, Offer, of_2008r2, settled

TRANSPORT = "MSExchangeTransport"
LOG_DAYS = 7
"""How far back Exchange's log is asked what it spoke."""
_UPDATES, _REGISTRY, _ABILITY = tls_facts.STEPS
_POLICY = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SUITES = Step(
    "preflight_suites",
    "Get-RegistryValues",
    {"Values": [{"Key": _POLICY, "Name": "Functions"}]},
    ("Key", "Name", "Present", "Value"),
)
SENT_TLS = Step(
    "preflight_sent_tls", "Get-SentTls", {"Days": LOG_DAYS}, ("Connector", "Server", "Protocol", "At", "LoggedIn")
)
START_TIMES = Step("preflight_start_times", "Get-StartTimes", {"Services": [TRANSPORT]}, ("Boot", "Services"))
WINDOWS_2016 = (10, 0)
"""The first Windows whose suites are other ones than those of 2008 R2."""
ABLE, UNABLE, PENDING, UNTOLD = "able", "unable", "pending", "untold"


@dataclass(frozen=True)
class Ability:
    """Whether Exchange's SMTP here speaks TLS 1.2; PENDING: once something was restarted. ``words``: what is missing,
    or not known. ``offer``: what it offers then."""

    state: str
    words: str = ""
    offer: Offer = R2008


# ---- the host


def _windows(situation: Situation) -> str | None:
    return text(inside(first(situation.rows(host_facts.STEP.id)).get("Windows")).get("Version"))


def _keys(situation: Situation) -> Mapping[str, Any] | None:
    rows = situation.rows(_REGISTRY.id)
    return tls_facts.schannel(rows, _windows(situation)) if rows else None


def client_state(situation: Situation) -> str:
    """What SCHANNEL's keys say of TLS 1.2 for clients; empty where they were not told."""
    keys = _keys(situation)
    return str(keys["TLS 1.2"]["client"]["state"]) if keys else ""


def ability(situation: Situation) -> Ability:
    """What Exchange's SMTP can, by its build, by SCHANNEL's keys for clients, and by what was started since."""
    offer = offer_to(situation)
    update = tls_facts.exchange_update(first(situation.rows(_UPDATES.id)).get("ExSetup"))
    follows, keys = update["smtp_follows_schannel"], _keys(situation)
    client = keys["TLS 1.2"]["client"] if keys else {"state": "", "on": None}
    if follows is False:
        return Ability(UNABLE, notice_of("preflight_build_too_old", build=update["update"]), offer)
    if not client["on"] and keys and situation.declared.host_tls:
        return Ability(PENDING, notice_of("preflight_keys_declared"), offer)
    if client["on"] is False:
        return Ability(UNABLE, notice_of("preflight_keys_off", state=client["state"]), offer)
    if client["state"] == "misconfigured":
        return Ability(UNTOLD, notice_of("preflight_keys_half"), offer)
    if follows is None or client["on"] is None:
        return Ability(UNTOLD, notice_of("preflight_host_untold"), offer)
    return _since_start(situation, offer)


def _since_start(situation: Situation, offer: Offer) -> Ability:
    """A host whose keys are as they should be: whether they were that when its programs began."""
    written, started = situation.declared.tls_written, _started(situation)
    if written is None or (started and started > written):
        return Ability(ABLE, offer=offer)
    if started is None:
        return Ability(UNTOLD, notice_of("preflight_start_untold"), offer)
    return Ability(PENDING, notice_of("preflight_keys_new"), offer)


def _started(situation: Situation) -> datetime | None:
    """Since when Exchange's transport runs, or Windows."""
    told = first(situation.rows(START_TIMES.id))
    services = [each.get("Started") for each in objects(told.get("Services")) if each.get("Name") == TRANSPORT]
    return max(filter(None, map(moment, (told.get("Boot"), *services))), default=None)


def offer_to(situation: Situation) -> Offer:
    """What the host offers in TLS 1.2: what 2008 R2 does, or its policy; of a much newer Windows whatever there is."""
    windows: Version | None = tls_facts.version_of(_windows(situation), 2)
    if windows and windows >= WINDOWS_2016:
        return NEW
    policy = first(situation.rows(SUITES.id)).get("Value")
    listed = isinstance(policy, (str, list)) and policy
    return of_2008r2(policy) if listed else R2008


# ---- what Exchange itself has spoken


def _sent(situation: Situation, route: Route, server: str) -> Mapping[str, Any] | None:
    """The newest session of a route's connector with this server of which Exchange's log tells, if it counts: with a
    login where there is one, and since SCHANNEL's keys are as they are."""
    rows = [
        (at, row)
        for row in situation.rows(SENT_TLS.id)
        if str(row.get("Connector")).lower() == route.connector.lower() and (at := moment(row.get("At")))
    ]
    newest = max(rows, key=lambda each: each[0], default=None)
    if newest is None:
        return None
    at, row = newest
    logged_in = row.get("LoggedIn") is True or route.auth == "None"
    written = situation.declared.tls_written
    counts = logged_in and (written is None or at > written) and _is_at(situation, route, server, row.get("Server"))
    return row if counts else None


def _is_at(situation: Situation, route: Route, server: str, endpoint: Any) -> bool:
    """Whether an endpoint of the log is this server of the route. Where DNS does not tell, the connector's route of
    today is the one of its log."""
    address, _colon, port = str(endpoint).rpartition(":")
    if port != str(route.port):
        return False
    if address.strip("[]").lower() == server.lower():
        return True
    known = situation.resolver.ask(server, "A")
    return address in known.records if known.outcome == FOUND else route not in situation.new_routes


def _spoken(row: Mapping[str, Any]) -> str | None:
    """The version of TLS that a row of the log names."""
    found = re.match(r"SP_PROT_TLS1_(\d)", str(row.get("Protocol")))
    return f"1.{found[1]}" if found else None


# ---- the provider


def _place(route: Route, server: str) -> str:
    return f"{server}:{route.port}"


def _tried(situation: Situation, route: Route, server: str, offer: Offer) -> Answer:
    return settled(lambda each: situation.probe.smtp(server, route.port, each), offer)


def _unprobed(route: Route, server: str, answer: Answer) -> Finding:
    place = _place(route, server)
    if answer.outcome == NO_STARTTLS:
        return Finding(UNKNOWN, notice_of("preflight_no_starttls_here", place=place), notice_of("preflight_ask_host"))
    words = notice_of("preflight_unprobed", place=place, words=answer.words)
    return Finding(UNKNOWN, words, notice_of("preflight_ask_host"))


# ---- both together


def of_route(situation: Situation, route: Route) -> Iterator[Finding]:
    """What is to be said of a route, of each of its servers."""
    if not route.must_encrypt:
        yield from _in_the_clear(route)
        return
    here = ability(situation)
    for server in (each.strip("[]") for each in route.hosts):
        yield _of_log(situation, route, server, here) or _of_place(situation, route, server, here)


def _in_the_clear(route: Route) -> Iterator[Finding]:
    """A route that does without TLS where there is none; what is told in it may be a password."""
    if route.direct:
        return
    if route.auth == "None":
        yield Finding(PASS, notice_of("preflight_tls_optional", connector=route.connector))
    else:
        found = notice_of("preflight_clear_password", connector=route.connector)
        yield Finding(WARN, found, notice_of("preflight_clear_password_do"))


def _of_log(situation: Situation, route: Route, server: str, here: Ability) -> Finding | None:
    """Exchange's own word outranks what can be inferred; with an older TLS it holds for today alone."""
    row = _sent(situation, route, server)
    version = _spoken(row) if row else None
    if row is None or version is None:
        return None
    found = notice_of("preflight_tls_sent", place=_place(route, server), version=version, at=row.get("At"))
    if version >= "1.2":
        return Finding(PASS, found)
    if here.state == PENDING:
        return None
    return Finding(WARN, found, notice_of("preflight_tls_ways"))


def _of_place(situation: Situation, route: Route, server: str, here: Ability) -> Finding:
    if here.state == UNABLE:
        return _unable(situation, route, server, here)
    new = _tried(situation, route, server, here.offer)
    if here.state == ABLE and new.outcome == TAKEN:
        return Finding(PASS, notice_of("preflight_tls_likely", place=_place(route, server)))
    old = None if new.outcome == TAKEN and route not in situation.new_routes else _old(situation, route, server)
    if new.outcome == REFUSED and old and old.outcome == REFUSED:
        return Finding(FAIL, notice_of("preflight_no_suite", place=_place(route, server)), notice_of("preflight_relay"))
    if here.state == PENDING:
        return _pending(situation, route, server, here, old)
    if here.state == UNTOLD:
        return Finding(UNKNOWN, here.words, notice_of("preflight_ask_keys"))
    if new.outcome == REFUSED and old and old.outcome == TAKEN:
        found = notice_of("preflight_provider_old", place=_place(route, server))
        return Finding(WARN, found, notice_of("preflight_ask_provider"))
    return _unprobed(route, server, new)


def _old(situation: Situation, route: Route, server: str) -> Answer:
    return _tried(situation, route, server, OLD)


def _unable(situation: Situation, route: Route, server: str, here: Ability) -> Finding:
    """A host that speaks TLS 1.0 alone."""
    answer = _old(situation, route, server)
    place = _place(route, server)
    if answer.outcome == TAKEN:
        found = notice_of("preflight_still_old", place=place, words=here.words)
        return Finding(WARN, found, notice_of("preflight_tls_ways"))
    if answer.outcome == REFUSED:
        found = notice_of("preflight_too_old", place=place, words=here.words)
        return Finding(FAIL, found, notice_of("preflight_tls_ways"))
    return _unprobed(route, server, answer)


def _pending(situation: Situation, route: Route, server: str, here: Ability, old: Answer | None) -> Finding:
    """A host that speaks TLS 1.2 after a restart: what begins to leave before that would not arrive."""
    place, do = _place(route, server), notice_of("preflight_restart")
    if route in situation.new_routes and old and old.outcome == REFUSED:
        return Finding(FAIL, notice_of("preflight_pending_new", place=place, words=here.words), do)
    return Finding(WARN, notice_of("preflight_pending", place=place, words=here.words), do)


def _tls(situation: Situation) -> Finding | None:
    return joined(found for route in situation.routes for found in of_route(situation, route))


def _stopped(situation: Situation) -> frozenset[str]:
    """The connector's nouns where it is a new route that fails: mail that leaves today goes on trying."""
    found = (each for route in situation.new_routes for each in of_route(situation, route))
    return situation.planned & CONNECTORS if any(each.result == FAIL for each in found) else frozenset()


# ---- what only the host tells


def _schannel(situation: Situation) -> Finding:
    keys = _keys(situation)
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
    able = first(situation.rows(_ABILITY.id)).get("Tls12")
    if able is True:
        return Finding(PASS, notice_of("preflight_dotnet"))
    if able is False:
        return Finding(WARN, notice_of("preflight_dotnet_old"), notice_of("preflight_dotnet_old_do"))
    return Finding(UNKNOWN, notice_of("preflight_dotnet_untold"))


def _of_host(declared: Declared) -> Reads:
    return Reads((host_facts.STEP, *tls_facts.STEPS))


def offer_reads(declared: Declared) -> Reads:
    """What tells the host's offer."""
    return Reads((*_of_host(declared).steps, SUITES))


def _of_mail(declared: Declared) -> Reads:
    return Reads((*offer_reads(declared).steps, START_TIMES, SENT_TLS))


ROWS: tuple[Check, ...] = (
    Check(
        "tls",
        "tls",
        "a version of TLS and a cipher suite that Exchange here and each smart host that needs TLS have in common",
        "Exchange's SmtpSend log; else ExSetup.exe's version, SCHANNEL's keys, the times of the last starts, and a"
        " probe of the smart host with what Server 2008 R2 offers (Microsoft: KB3029667, Cipher Suites in Windows 7)",
        _tls,
        reads=_of_mail,
        asks=NETWORK,
        nouns=CONNECTORS,
        stops=_stopped,
    ),
    Check(
        "schannel",
        "tls",
        "no protocol of SCHANNEL is set up by half",
        "the registry: Enabled and DisabledByDefault of each protocol's ends (Microsoft: TLS registry settings)",
        _schannel,
        reads=_of_host,
        nouns=CONNECTORS,
    ),
    Check(
        "dotnet",
        "tls",
        "this server's .NET Framework 3.5 speaks TLS 1.2, in which logins are proven",
        "the ClientHello of the agent's own .NET (Microsoft: KB3154518)",
        _dotnet,
        reads=_of_host,
        nouns=CONNECTORS,
    ),
)
