# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host tells of how mail comes in: one remote process for all that can be asked at once, and a second one for
what can be asked only by the names and addresses that the first has told. Nothing is written, and no mail is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..address_rewrite import domains as accepted
from ..agent.session import Session, ask_to_read, require_read
from ..errors import AgentFailed, ConnectionLost, HostRefused
from ..exchange.server import READ_SERVERS, local_server
from ..lenient import first, inside, moment, objects, text, texts
from ..messages import notice_of
from ..messages.visible import folded
from ..pop3_connector import collectors, targets
from ..pop3_connector.desired import ConnectorPlace
from ..pop3_connector.state import State, parse_state, read_step
from ..pop3_connector.task import FetchTask
from ..preflight.asking import judge_all
from ..preflight.catalogue import CHECKS
from ..preflight.check import HOST, Check
from ..preflight.declared import Declared, Route, routes_of
from ..preflight.finding import FAIL, UNKNOWN, WARN
from ..preflight.situation import Situation
from ..receive_connector import places, recipients, relay
from ..receive_connector.ranges import LOOPBACKS, Binding
from ..receive_connector.state import READ_STEP as RECEIVE_CONNECTORS
from ..receive_connector.state import (
    SMTP,
    ReceiveConnector,
    internet_connectors,
    parse_receive_connectors,
    takes_from,
)
from ..request import DONE, ExchangeShell, Reply, Request, Step, StepResult
from ..send_connector.state import READ_STEP as ROUTES
from ..send_connector.state import parse_connectors
from .facts import Incoming, Talk

RECEIVED = "Get-ReceivedMail"
RECEIVED_ID, TALK_ID, PUBLIC_ID = "read_received_mail", "ask_smtp", "ask_smtp_public"
NOBODY, STRANGER = "sbs-mailflow.niemand.7f3a", "niemand@sbs-mailflow.invalid"
"""A name that nobody has, and an address of a domain that cannot be."""
CERTIFICATE, PRESSURE = "inbound_certificate", "back_pressure"
"""The check of the certificate for SMTP; and the one of which a warning counts as well, since mail that is handed over
is refused from Medium on."""
MOST_DOMAINS = 9
"""Domains for which one connection asks: two addresses each, and a foreign one."""
TALK_SECONDS = 30
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Asked:
    """What is declared, as far as reading goes by it. ``further``: other programs that fetch, by their services;
    ``known_relays``: connectors that may relay for whom they are for."""

    declared: Declared
    place: ConnectorPlace = ConnectorPlace()
    task: FetchTask = FetchTask("present", 0)
    further: tuple[str, ...] = ()
    known_relays: tuple[str, ...] = ()
    days: int = 7

    @property
    def checks(self) -> list[Check]:
        """The checks of the server itself and of its certificate for SMTP, but for that of other collectors, which are
        read here anyway."""
        here = (each for each in CHECKS if each.asks == HOST and (each.group == "host" or each.name == CERTIFICATE))
        wanted = (each for each in here if each.name != "collectors")
        # Of the certificate it depends on where the plan leads, and not on what is declared today.
        return [each for each in wanted if each.name == CERTIFICATE or each.applies(self.declared)]

    def steps(self) -> tuple[Step, ...]:
        """The steps of the first process, each once; what one cannot tell keeps no other from being asked."""
        given: dict[str, Any] = {"Hours": self.days * 24, "MessageIds": []}
        wanted = (
            read_step(self.place),
            *collectors.steps(self.further),
            self.task.read_step(),
            places.STEP,
            *(step for each in self.checks for step in each.reads(self.declared).steps),
            READ_SERVERS,
            ROUTES,
            RECEIVE_CONNECTORS,
            relay.STEP,
            *recipients.STEPS,
            *targets.STEPS,
            Step(RECEIVED_ID, RECEIVED, given, ("Counts", "Cut")),
        )
        return tuple({step.id: replace(step, always=True) for step in wanted}.values())


@dataclass(frozen=True)
class Server:
    """What the server told. None: it did not. ``pop3``: the connector's accounts and service; ``others``: programs of
    other makers that fetch; ``relaying``: the connectors by which the world relays; ``counts``: rows of who delivered
    by SMTP; ``own``: its addresses."""

    told: Mapping[str, StepResult]
    connectors: tuple[ReceiveConnector, ...] | None = None
    pop3: State | None = None
    others: tuple[str, ...] | None = None
    recipients: targets.Recipients | None = None
    accepted: tuple[accepted.AcceptedDomain, ...] | None = None
    relaying: tuple[str, ...] | None = None
    validated: bool | None = None
    routes: tuple[Route, ...] = ()
    own: tuple[str, ...] = ()
    counts: tuple[Mapping[str, Any], ...] | None = None

    @property
    def receiving(self) -> tuple[str, ...] | None:
        """The connectors that take mail from everybody, by name."""
        return None if self.connectors is None else tuple(each.name for each in internet_connectors(self.connectors))

    @property
    def names(self) -> frozenset[str]:
        """What those say that they are called, in small letters."""
        found = (each.values.get("fqdn") for each in internet_connectors(self.connectors or ()))
        return frozenset(str(each).lower().rstrip(".") for each in found if each)

    @property
    def incoming(self) -> Incoming | None:
        """The newest mail that came straight from a public address."""
        from_outside = [
            each for each in self.counts or () if places.place_of(each.get("ClientIp"), self.own) == places.INTERNET
        ]
        newest = max(from_outside, key=lambda each: str(each.get("Newest") or ""), default=None)
        if newest is None:
            return None
        return Incoming(str(newest["ClientIp"]), moment(newest.get("Newest")), str(newest.get("Connector") or ""))

    def failing(self, asked: Asked, situation: Situation) -> tuple[str, ...] | None:
        """The checks of the host that fail; None where it told nothing of them."""
        judged = judge_all(asked.checks, replace(situation, told=self.told))
        if all(each.finding.result == UNKNOWN for each in judged):
            return None
        bad = {PRESSURE: (FAIL, WARN)}
        return tuple(each.check.name for each in judged if each.finding.result in bad.get(each.check.name, (FAIL,)))


# ---- the first process


def read(session: Session, shell: ExchangeShell, asked: Asked) -> tuple[Server, tuple[str, ...]]:
    """What the server tells of itself, and the agent's warnings. Raises MailflowError where it is not one to ask."""
    request = Request(asked.steps(), shell)
    with session.progress.stage(notice_of("stage_plan_reading")):
        reply, again = ask_to_read(session, request)
    may_fail = {step.id for step in request.steps} - {READ_SERVERS.id}
    require_read(reply, request, session.where, may_fail)
    return parse(reply, session.where, asked), (*again, *reply.warnings)


def parse(reply: Reply, where: str, reading: Asked) -> Server:
    """What a reply shows. Raises HostRefused where the host is not the one to ask."""
    server = local_server(reply, where).name
    rows = {each.id: each.output for each in reply.results if each.status == DONE}
    connectors = _parsed(rows, RECEIVE_CONNECTORS, lambda found: parse_receive_connectors(found, server))
    own = places.parse_own(reply) or ()
    fetch_rows = {collectors.SERVICES_ID, collectors.TASKS_ID} <= rows.keys()
    return Server(
        {each.id: each for each in reply.results},
        connectors,
        _pop3(reply, where, reading.place),
        _others(reply, reading.place.service_name) if fetch_rows else None,
        targets.recipients(reply) if targets.RECIPIENTS.id in rows else None,
        _parsed(rows, accepted.READ_STEP, accepted.parse_domains),
        _relaying(connectors, reply, reading.known_relays),
        recipients.parse_validation(reply).works,
        _routes(reading, rows),
        own,
        tuple(objects(first(rows[RECEIVED_ID]).get("Counts"))) if RECEIVED_ID in rows else None,
    )


def _parsed(rows: Rows, step: Step, parse_rows: Any) -> Any:
    return parse_rows(rows[step.id]) if step.id in rows else None


def _pop3(reply: Reply, where: str, place: ConnectorPlace) -> State | None:
    try:
        return parse_state(reply, where, place)
    except (AgentFailed, HostRefused):
        return None


def _others(reply: Reply, own_service: str) -> tuple[str, ...]:
    """Programs of other makers that fetch: services that run, and tasks."""
    return tuple(str(each) for each in collectors.found(reply, own_service) if each.runs)


def _relaying(
    connectors: Sequence[ReceiveConnector] | None, reply: Reply, known: Sequence[str]
) -> tuple[str, ...] | None:
    """The connectors by which the world relays; None where that is not told of one of them, and seen of none."""
    if connectors is None:
        return None
    rights = relay.parse_rights(reply)
    found = tuple(dict.fromkeys(each.connector.name for each in relay.open_relays(connectors, rights, known=known)))
    return found if found or not relay.untold(connectors, rights) else None


def _routes(asked: Asked, rows: Rows) -> tuple[Route, ...]:
    """By which ways mail leaves: as it is declared, else as it is."""
    if asked.declared.route is not None:
        return (asked.declared.route,)
    return tuple(sorted(routes_of(parse_connectors(rows.get(ROUTES.id, ()))), key=lambda each: each.connector))


# ---- the second process


@dataclass(frozen=True)
class Answers:
    """What the server answers. ``talks``: by domain; ``says``: why it was not asked; ``hairpin``: whether it was
    reached over the public address."""

    talks: Mapping[str, Talk] = field(default_factory=dict)
    says: str = ""
    hairpin: bool = False

    def talk(self, domain: str) -> Talk:
        """What was answered for a domain."""
        return self.talks.get(domain, Talk(says=self.says))


def ask(
    session: Session, server: Server, known: Mapping[str, str | None], public_address: str | None
) -> tuple[Answers, tuple[str, ...]]:
    """What the server answers. ``known``: by domain an address that is here, None where none is known."""
    door = _way_in(server)
    groups = _groups(tuple(known))
    steps = [_talk(f"{TALK_ID}_{at}", door.address, each, known) for at, each in enumerate(groups) if door.address]
    steps += [_talk(PUBLIC_ID, public_address, groups[0], known)] if public_address and groups else []
    if not steps:
        return Answers(says=door.says), ()
    with session.progress.stage(notice_of("stage_plan_reading")):
        try:
            reply, again = ask_to_read(session, Request(tuple(steps)))
        except (AgentFailed, ConnectionLost) as error:
            session.reconnect()
            return Answers(says=notice_of("plan_says_silent", problem=folded(error.reasons[0].found))), ()
    talks = {
        domain: _judged(reply.result(f"{TALK_ID}_{at}"), domain, known[domain], door.by)
        for at, each in enumerate(groups)
        for domain in each
        if door.address
    }
    return Answers(talks, door.says, _is_own(reply.result(PUBLIC_ID), server)), (*again, *reply.warnings)


@dataclass(frozen=True)
class _Door:
    """One of the server's own addresses at which it can be asked, None where there is none; ``says``: why. ``by``: the
    connector that answers there, empty where it is the one that the world comes to."""

    address: str | None = None
    by: str = ""
    says: str = ""


def _way_in(server: Server) -> _Door:
    """Where it takes what comes from there as it takes what comes from outside; else where it takes mail without a
    login at all, which tells whom the server knows, and not whom the world relays to."""
    connectors = server.connectors or ()
    told = ((each, takes_from(connectors, Binding(each, SMTP), each)) for each in (*server.own, *LOOPBACKS))
    found = [(address, by) for address, by in told if by]
    public_ones = {each.identity for each in internet_connectors(connectors)}
    for address, by in found:
        if by.identity in public_ones:
            return _Door(address)
    for address, by in found:
        if by.anonymous:
            return _Door(address, by.name)
    names = ", ".join(dict.fromkeys(by.name for _address, by in found))
    return _Door(says=notice_of("plan_says_other", names=names or "-"))


def _is_own(result: StepResult, server: Server) -> bool:
    """Whether it was this server that answered at the public address: another one may, in a router or at a provider. A
    connector calls itself by its name at EHLO."""
    told = first(result.output)
    hello = next(iter(texts(told.get("Ehlo"))), "").lower().split()
    names = {str(each.values.get("fqdn") or "").lower().rstrip(".") for each in server.connectors or ()} - {""}
    return bool(hello) and hello[0].rstrip(".") in names and bool(objects(told.get("Replies")))


def _groups(domains: Sequence[str]) -> list[Sequence[str]]:
    return [domains[at : at + MOST_DOMAINS] for at in range(0, len(domains), MOST_DOMAINS)]


def _talk(step_id: str, address: str, domains: Sequence[str], known: Mapping[str, str | None]) -> Step:
    asked = [each for domain in domains for each in (known[domain], f"{NOBODY}@{domain}") if each]
    given = {"Address": address, "Port": 25, "Recipients": [*asked, STRANGER], "TimeoutSeconds": TALK_SECONDS}
    return Step(step_id, "Test-SmtpReceive", given, ("Replies", "Ehlo", "Tls", "Stage", "Error", "Text"), always=True)


def _judged(result: StepResult, domain: str, known: str | None, by: str) -> Talk:
    """The answers for one domain. One for the time being says nothing, nor does a refusal of another kind than that
    nobody has the address. By another connector than the world's only that and what is taken of the own count: it may
    trust whoever comes to it."""
    output, nobody = first(result.output), f"{NOBODY}@{domain}"
    replies = {str(each.get("Recipient")): str(each.get("Reply") or "") for each in objects(output.get("Replies"))}
    own, unknown, foreign = (replies.get(each or "", "") for each in (known, nobody, STRANGER))
    took = _taken(own), _taken(unknown) if "5.1.1" in unknown or unknown.startswith("2") else None, _taken(foreign)
    if by:
        took = took[0] if took[0] or "5.1.1" in own else None, took[1] and None, None
    words = {
        notice_of("plan_says_known", address=known or "-", reply=folded(own)): took[0] is False,
        notice_of("plan_says_unknown", address=nobody): took[1] is True,
        notice_of("plan_says_foreign", address=STRANGER): took[2] is True,
        notice_of("plan_says_right"): bool(by) and took[0] is True,
        notice_of("plan_says_nobody"): bool(by) and took[1] is False,
        notice_of("plan_says_silent", problem=_problem(result, output)): not replies,
    }
    says = "; ".join(each for each, said in words.items() if said)
    return Talk(*took, says, by, "" if by else _of_tls(output))


def _problem(result: StepResult, output: Mapping[str, Any]) -> str:
    told = text(output.get("Text")) or text(output.get("Error")) or (result.error.message if result.error else "")
    return folded(told or "-")


def _of_tls(output: Mapping[str, Any]) -> str:
    """What is wrong with the TLS that the world is offered."""
    tls = inside(output.get("Tls"))
    if tls.get("Offered") is False:
        return notice_of("plan_talk_no_tls")
    problem = text(tls.get("Error"))
    return notice_of("plan_talk_bad_tls", problem=folded(problem)) if problem else ""


def _taken(reply: str) -> bool | None:
    return {"2": True, "5": False}.get(reply[:1])
