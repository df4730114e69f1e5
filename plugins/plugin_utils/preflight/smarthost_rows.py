# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the server gets through to its smart host and may log in there: asked from the server, in a preflight
alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ..errors import LedgerFailed
from ..lenient import first, inside, moment, objects
from ..mailboxes import login_proof as proof
from ..mailboxes.candidates import Candidate
from ..messages import notice_of
from ..request import Step
from ..secrecy.scrubbing import scrub
from . import reach
from .check import CONNECTORS, LOGIN, Check, Reads, new_route
from .declared import Declared
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .resolver import FOUND
from .situation import Situation

STEP_ID = "preflight_login"
STAGES = ("connect", "greeting", "ehlo", "starttls", "tls", "hello", "auth", "mail", "rcpt", "rset", "done")
"""How far a talk can come; ``hello`` is the second EHLO, inside the tunnel."""
CERTIFICATE_DAYS = 14
Output = Mapping[str, Any]


# ---- which login is made, and what came of it


def candidate_of(declared: Declared) -> Candidate | None:
    """The mailbox whose login is tried: the first that may log in now, else the first that may be tried at all. None
    where there is none, or where a login could not be remembered."""
    history = declared.history
    if history is None or history.ledger.read_only or not reach.hosts_of(declared):
        return None
    try:
        known = [history.judged(each) for each in declared.logins if each.password]
    except LedgerFailed:
        return None
    now = history.clock()
    usable = [each for each in known if each.usable_at(now)]
    return next(iter((*usable, *(each for each in known if each.barred is None))), None)


def _reads(declared: Declared) -> Reads:
    found = candidate_of(declared)
    if found is None or declared.route is None:
        return Reads()
    sender = declared.sender or found.mailbox.address
    server = reach.hosts_of(declared)[0]
    step = proof.proof_step(STEP_ID, found, server, declared.route.port, sender, STEP_ID)
    # With the null sender besides, over the same login: what a bounce comes from.
    given = {**step.parameters, "Senders": [sender, ""]}
    asked = Step(STEP_ID, step.command, given, (*step.select, "Senders"))
    return Reads((asked,), {STEP_ID: found.password})


def _output(situation: Situation) -> Output | None:
    """What the agent told of the login; a provider that repeats the password is not repeated."""
    rows = situation.rows(STEP_ID)
    return scrub(first(rows), [each.password for each in situation.declared.logins]) if rows else None


def _senders(output: Output) -> list[Output]:
    return objects(output.get("Senders"))


def proof_of(output: Output) -> proof.LoginProof:
    """What the login came to; the answer to its own sender is a part of it, and nothing that came after that."""
    rows = _senders(output)
    code = rows[0].get("Code") if rows else None
    if not isinstance(code, int):
        return proof.judge(output)
    return proof.judge({**rows[0], "Problem": "reply"} if code >= 400 else {**rows[0], "Stage": "done"})


def record(situation: Situation) -> None:
    """Keep what came of the login, as of any other proof. To be called once all checks are judged. Raises
    LedgerFailed."""
    output, found, history = _output(situation), candidate_of(situation.declared), situation.declared.history
    if output is None or found is None or history is None:
        return
    proofs = history.doubted({STEP_ID: found}, {STEP_ID: proof_of(output)}, situation.declared.logins)
    history.note(STEP_ID, found, proofs[STEP_ID])


def _stage(output: Output) -> int:
    """How far the talk came, as a place in STAGES."""
    stage = str(output.get("Stage"))
    if stage == "ehlo" and output.get("Tls") is not None:
        stage = "hello"
    return STAGES.index(stage) if stage in STAGES else 0


def _words(output: Output) -> str:
    return str(output.get("Text") or output.get("Problem") or "")


def _place(declared: Declared) -> str:
    port = declared.route.port if declared.route else 0
    return f"{reach.hosts_of(declared)[0]}:{port}"


# ---- the checks


def _each_host(situation: Situation, judge: Callable[[Situation, str], Iterator[Finding]]) -> Finding | None:
    return joined(found for host in reach.hosts_of(situation.declared) for found in judge(situation, host))


def _port_of(situation: Situation, host: str) -> Iterator[Finding]:
    port = situation.declared.route.port if situation.declared.route else 0
    row, place = reach.reached(situation, host, port), f"{host}:{port}"
    other = reach.reached(situation, host, reach.IMPLICIT_TLS)
    if row is None:
        yield Finding(UNKNOWN, notice_of("preflight_reach_untold", place=place))
    elif port == reach.IMPLICIT_TLS:
        yield Finding(FAIL, notice_of("preflight_implicit_tls", place=place), notice_of("preflight_use_587"))
    elif row.get("Connected") is True:
        yield Finding(PASS, notice_of("preflight_reached", place=place))
    elif other and other.get("Connected") is True:
        yield Finding(FAIL, notice_of("preflight_only_465", place=place), notice_of("preflight_use_587"))
    else:
        found = notice_of("preflight_unreached", place=place, problem=row.get("Problem"))
        do = "preflight_unreached_do" if reach.addresses(row) else "preflight_forwarders"
        yield Finding(FAIL, found, notice_of(do))


def _resolving_of(situation: Situation, host: str) -> Iterator[Finding]:
    port = situation.declared.route.port if situation.declared.route else 0
    row = reach.reached(situation, host, port)
    here, there = reach.addresses(row), situation.resolver.ask(host, "A")
    if row is None:
        yield Finding(UNKNOWN, notice_of("preflight_reach_untold", place=f"{host}:{port}"))
    elif not here:
        yield Finding(FAIL, notice_of("preflight_unresolved", host=host), notice_of("preflight_forwarders"))
    elif there.outcome == FOUND and not set(here) & set(there.records):
        theirs = ", ".join(there.records)
        found = notice_of("preflight_resolved_apart", host=host, here=", ".join(here), there=theirs)
        yield Finding(WARN, found, notice_of("preflight_forwarders"))
    else:
        yield Finding(PASS, notice_of("preflight_resolved", host=host, addresses=", ".join(here)))


def _starttls(situation: Situation) -> Finding | None:
    output, place = _output(situation), _place(situation.declared)
    if output is None:
        return None
    if _stage(output) > STAGES.index("starttls"):
        return Finding(PASS, notice_of("preflight_starttls", place=place))
    if output.get("Problem") == "not_offered":
        return Finding(FAIL, notice_of("preflight_no_starttls", place=place), notice_of("preflight_use_587"))
    return Finding(UNKNOWN, notice_of("preflight_no_talk", place=place, words=_words(output)))


def _auth(situation: Situation) -> Finding | None:
    output, place = _output(situation), _place(situation.declared)
    if output is None or _stage(output) < STAGES.index("auth"):
        return None
    if output.get("Problem") == "not_offered":
        return Finding(FAIL, notice_of("preflight_no_auth_login", place=place), notice_of("preflight_no_auth_login_do"))
    return Finding(PASS, notice_of("preflight_auth_login", place=place))


def _certificate(situation: Situation) -> Finding | None:
    output = _output(situation)
    return certificate_of(situation, output, _place(situation.declared)) if output is not None else None


def certificate_of(situation: Situation, output: Output, place: str) -> Finding | None:
    """What the host makes of a server's certificate; None where it saw none."""
    seen = inside(output.get("Certificate"))
    until = moment(seen.get("NotAfter"))
    if not seen:
        return None
    if seen.get("Problem"):
        found = notice_of("preflight_certificate_bad", place=place, problem=_words(output))
        return Finding(FAIL, found, notice_of("preflight_certificate_bad_do"))
    if until is None:
        return Finding(PASS, notice_of("preflight_certificate_undated", place=place))
    soon = until - situation.now < timedelta(days=CERTIFICATE_DAYS)
    found = notice_of("preflight_certificate", place=place, until=until.date())
    return Finding(WARN if soon else PASS, found, notice_of("preflight_certificate_soon") if soon else "")


def _login(situation: Situation) -> Finding:
    declared, output = situation.declared, _output(situation)
    mailbox = candidate_of(declared)
    if mailbox is None:
        return Finding(UNKNOWN, _why_no_login(declared))
    address, place = mailbox.mailbox.address, _place(declared)
    if output is None:
        return Finding(UNKNOWN, notice_of("preflight_login_untold", address=address))
    found = proof_of(output)
    text = notice_of("preflight_login_said", address=address, place=place, stage=found.stage, text=found.text)
    if found.outcome == proof.PROVEN:
        return Finding(PASS, notice_of("preflight_login", address=address, place=place))
    if found.outcome == proof.REFUSED and found.stage == "auth":
        return Finding(FAIL, text, notice_of("preflight_login_refused_do"))
    if found.outcome == proof.REFUSED and found.login_taken:
        return Finding(_weight(output), text, notice_of("preflight_sender_refused_do"))
    return Finding(UNKNOWN, text)


def _weight(output: Output) -> str:
    """How bad it is that a sender was not taken: for now, as after too many mails in an hour, or for good."""
    rows = _senders(output)
    code = rows[0].get("Code") if rows else output.get("Code")
    return FAIL if isinstance(code, int) and code >= 500 else WARN


def _why_no_login(declared: Declared) -> str:
    history = declared.history
    if history is None or history.ledger.read_only:
        return notice_of("preflight_login_unkept")
    try:
        barred = [each.barred for each in map(history.judged, declared.logins) if each.barred]
    except LedgerFailed:
        return notice_of("preflight_login_unkept")
    return barred[0] if barred else notice_of("preflight_no_login")


def _null_sender(situation: Situation) -> Finding | None:
    output, place = _output(situation), _place(situation.declared)
    rows = [row for row in _senders(output) if row.get("Sender") == ""] if output is not None else []
    code = rows[0].get("Code") if rows else None
    if not isinstance(code, int):
        return None
    if code < 400:
        return Finding(PASS, notice_of("preflight_null_sender", place=place))
    text = notice_of("preflight_null_sender_refused", place=place, text=rows[0].get("Text"))
    return Finding(WARN if code >= 500 else UNKNOWN, text, notice_of("preflight_null_sender_do") if code >= 500 else "")


def _has_host(declared: Declared) -> bool:
    return bool(reach.hosts_of(declared))


def _has_login(declared: Declared) -> bool:
    return _has_host(declared) and bool(declared.logins)


def _places(declared: Declared) -> Reads:
    return Reads(reach.steps(declared))


def planned_login(situation: Situation) -> frozenset[str]:
    """The connector's nouns: a login that is refused is not written."""
    return situation.planned & CONNECTORS


_AT_HOST = Check(
    "port",
    "smarthost",
    "each smart host takes connections on its port from this server",
    "a connection from the server; Exchange speaks no TLS from the first byte on (465)",
    lambda situation: _each_host(situation, _port_of),
    applies=_has_host,
    reads=_places,
    asks=LOGIN,
    nouns=CONNECTORS,
    stops=new_route,
)
_AT_LOGIN = replace(_AT_HOST, applies=_has_login, reads=_reads)
ROWS: tuple[Check, ...] = (
    _AT_HOST,
    replace(
        _AT_HOST,
        name="resolving_host",
        about="this server resolves its smart hosts as the controller does",
        source="the server's name servers, and those of the controller",
        judge=lambda situation: _each_host(situation, _resolving_of),
    ),
    replace(
        _AT_LOGIN,
        name="starttls",
        about="the smart host offers STARTTLS to this server",
        source="the answer to EHLO (RFC 3207)",
        judge=_starttls,
    ),
    replace(
        _AT_LOGIN,
        name="auth",
        about="the smart host offers AUTH LOGIN, the one mechanism of Exchange 2010",
        source="the answer to EHLO inside TLS (RFC 4954)",
        judge=_auth,
    ),
    replace(
        _AT_LOGIN,
        name="certificate",
        about="this server trusts the smart host's certificate, which names it and is valid for 14 days more",
        source="the handshake, judged by the server's own roots",
        judge=_certificate,
    ),
    replace(
        _AT_LOGIN,
        name="login",
        about="the smart host takes the login, its sender and a recipient",
        source="AUTH, MAIL and RCPT to the own mailbox, and RSET: nothing is sent",
        judge=_login,
        stops=planned_login,
    ),
    replace(
        _AT_LOGIN,
        name="null_sender",
        about="the smart host takes the null sender, with which bounces and receipts leave",
        source="MAIL FROM:<> after the same login, and RSET (RFC 5321)",
        judge=_null_sender,
    ),
)
