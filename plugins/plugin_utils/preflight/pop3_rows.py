# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the POP3 connector gets at the mail of the declared accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..account_age import show_moment
from ..errors import LedgerFailed
from ..lenient import first
from ..messages import notice_of
from ..pop3_connector.declared_accounts import DesiredAccount
from ..pop3_connector.diff import CREATE, Work
from ..pop3_connector.key_map import KeyMap
from ..pop3_connector.proof import CLEAR, PROVEN, LoginTries, TargetProof, judge, proof_step, security_of
from ..pop3_connector.proof import REFUSED as NO
from ..pop3_connector.proof import UNKNOWN as UNTOLD
from ..request import NOT_TRIED
from ..secrecy.scrubbing import scrub
from . import reach
from .check import LOGIN, NETWORK, POP3, Check, Reads, new_accounts
from .declared import Declared
from .finding import FAIL, PASS, UNKNOWN, Finding, joined
from .situation import Situation
from .smarthost_rows import certificate_of
from .tls_ability import OFFER, client_state, offer_to
from .tls_probe import OLD, REFUSED, TAKEN, Offer, TlsAnswer, settled

Judge = Callable[[Situation, DesiredAccount], Finding | None]


def _work(account: DesiredAccount) -> Work:
    """As the noun's own proofs know an account."""
    return Work(CREATE, account, None)


def _security(account: DesiredAccount) -> str:
    return security_of(_work(account), KeyMap())


def _place(account: DesiredAccount) -> str:
    return f"{account.identity.server}:{account.identity.port}"


# ---- which logins are made, and what came of them


def _id(declared: Declared, account: DesiredAccount) -> str:
    return f"preflight_pop3_{declared.accounts.index(account)}"


def _why_not(declared: Declared, account: DesiredAccount) -> str:
    """Why an account's login is not tried; empty where it is."""
    if account.password is None:
        return notice_of("preflight_pop3_no_password", account=str(account.identity))
    if _security(account) == CLEAR:
        return notice_of("preflight_pop3_clear", account=str(account.identity))
    if declared.tries is None or declared.tries.read_only:
        return notice_of("preflight_login_unkept")
    until = _until(declared.tries, account)
    if until is None:
        return ""
    return notice_of("preflight_pop3_later", account=str(account.identity), at=show_moment(until, ZoneInfo("UTC")))


def _until(tries: LoginTries, account: DesiredAccount) -> datetime | None:
    return tries.waiting_until(_work(account))


def _reads(declared: Declared) -> Reads:
    try:
        tried = [each for each in declared.accounts if not _why_not(declared, each)]
    except LedgerFailed:
        return Reads()
    steps = tuple(proof_step(_id(declared, each), each, _security(each)) for each in tried)
    return Reads(steps, {each.secret: each.password for each in tried if each.password is not None})


def _output(situation: Situation, account: DesiredAccount) -> Mapping[str, Any] | None:
    """What the agent told of a login; a provider that repeats a password is not repeated."""
    rows = situation.rows(_id(situation.declared, account))
    passwords = [each.password for each in situation.declared.accounts if each.password is not None]
    return scrub(first(rows), passwords) if rows else None


def record(situation: Situation) -> None:
    """Keep what came of the logins, as of any other proofs: from them the provider's pause counts. To be called once
    all checks are judged. Raises LedgerFailed."""
    declared = situation.declared
    if declared.tries is not None:
        tried = [each for each in declared.accounts if not _why_not(declared, each) and _was_tried(situation, each)]
        declared.tries.note((_work(each), _security(each), _kept(situation, each)) for each in tried)


def _was_tried(situation: Situation, account: DesiredAccount) -> bool:
    """Whether the provider may count a login; also where the host's answer was lost."""
    result = situation.told.get(_id(situation.declared, account))
    return result is None or result.status != NOT_TRIED


def _kept(situation: Situation, account: DesiredAccount) -> TargetProof:
    output = _output(situation, account)
    return judge(output) if output is not None else TargetProof(UNTOLD, "connect", notice_of("pop3_no_answer"))


# ---- the checks


def _each(judge_one: Judge) -> Callable[[Situation], Finding | None]:
    def judge_all(situation: Situation) -> Finding | None:
        found = (judge_one(situation, account) for account in situation.declared.accounts)
        return joined(each for each in found if each is not None)

    return judge_all


def _port(situation: Situation, account: DesiredAccount) -> Finding:
    place = _place(account)
    row = reach.reached(situation, account.identity.server, int(account.identity.port))
    if row is None:
        return Finding(UNKNOWN, notice_of("preflight_reach_untold", place=place))
    if row.get("Connected") is True:
        return Finding(PASS, notice_of("preflight_reached", place=place))
    found = notice_of("preflight_unreached", place=place, problem=row.get("Problem"))
    return Finding(FAIL, found, notice_of("preflight_pop3_unreached_do"))


def _login(situation: Situation, account: DesiredAccount) -> Finding:
    declared, output, name = situation.declared, _output(situation, account), str(account.identity)
    found = judge(output) if output is not None else _remembered(declared, account)
    if isinstance(found, str):
        return Finding(UNKNOWN, found)
    if found.outcome == PROVEN:
        return Finding(PASS, notice_of("preflight_pop3_login", account=name, messages=_waiting(found)))
    text = notice_of("preflight_pop3_said", account=name, stage=found.stage, text=found.text)
    if found.outcome == NO and found.stage in ("user", "pass", "stat"):
        return Finding(FAIL, text, notice_of("preflight_pop3_refused_do"))
    return Finding(UNKNOWN, text)


def _remembered(declared: Declared, account: DesiredAccount) -> TargetProof | str:
    """An earlier proof that still counts, or why there is none now."""
    try:
        why = _why_not(declared, account)
        earlier = declared.tries.remembered(_work(account), _security(account)) if declared.tries and why else None
    except LedgerFailed:
        return notice_of("preflight_login_unkept")
    return earlier or why or notice_of("preflight_pop3_untold", account=str(account.identity))


def _waiting(found: TargetProof) -> str:
    return "?" if found.messages is None else str(found.messages)


def _certificate(situation: Situation, account: DesiredAccount) -> Finding | None:
    output = _output(situation, account)
    if output is None:
        return None
    return certificate_of(situation, {**output, "Text": output.get("Reply")}, _place(account))


def _tls(situation: Situation, account: DesiredAccount) -> Finding | None:
    """What the connector speaks is not known: nobody has published with which versions it opens its connections."""
    if _security(account) == CLEAR:
        return None
    place = _place(account)
    if fetched := _fetched(situation.declared, account):
        at = show_moment(fetched, ZoneInfo("UTC"))
        return Finding(PASS, notice_of("preflight_pop3_fetched", place=place, at=at))
    old = _tried(situation, account, OLD)
    if old.outcome == TAKEN:
        return Finding(PASS, notice_of("preflight_pop3_old", place=place))
    if old.outcome != REFUSED:
        return Finding(UNKNOWN, notice_of("preflight_unprobed", place=place, words=old.words))
    new = _tried(situation, account, offer_to(situation))
    if new.outcome == REFUSED:
        return Finding(FAIL, notice_of("preflight_no_suite", place=place), notice_of("preflight_pop3_relay"))
    if client_state(situation) == "disabled":
        return Finding(FAIL, notice_of("preflight_pop3_disabled", place=place), notice_of("preflight_pop3_disabled_do"))
    return Finding(UNKNOWN, notice_of("preflight_pop3_new", place=place), notice_of("preflight_pop3_new_do"))


def _fetched(declared: Declared, account: DesiredAccount) -> datetime | None:
    try:
        return declared.tries.fetched(_work(account)) if declared.tries else None
    except LedgerFailed:
        return None


def _tried(situation: Situation, account: DesiredAccount, offer: Offer) -> TlsAnswer:
    server, port = account.identity.server, int(account.identity.port)
    return settled(lambda each: situation.probe.pop3s(server, port, each), offer)


def failing_accounts(situation: Situation) -> frozenset[str]:
    """The POP3 connector, where it is an account that is not fetched today which fails."""
    found = (_tls(situation, each) for each in situation.new_accounts)
    return new_accounts(situation) if any(each and each.result == FAIL for each in found) else frozenset()


def _has_accounts(declared: Declared) -> bool:
    return bool(declared.accounts)


def _places(declared: Declared) -> Reads:
    return Reads(reach.steps(declared))


def _offer(declared: Declared) -> Reads:
    return Reads(OFFER)


_AT_PORT = Check(
    "pop3_port",
    "pop3",
    "each POP3 server takes connections from this server",
    "a connection from the server",
    _each(_port),
    applies=_has_accounts,
    reads=_places,
    asks=LOGIN,
    nouns=POP3,
    stops=new_accounts,
)
ROWS: tuple[Check, ...] = (
    _AT_PORT,
    replace(
        _AT_PORT,
        name="pop3_login",
        about="each account's login is taken; within the provider's pause an earlier proof counts",
        source="USER, PASS, STAT and QUIT from the server: nothing is fetched",
        judge=_each(_login),
        reads=_reads,
    ),
    replace(
        _AT_PORT,
        name="pop3_certificate",
        about="this server trusts each POP3 server's certificate, which names it and is valid for 14 days more",
        source="the handshake, judged by the server's own roots",
        judge=_each(_certificate),
        reads=_reads,
    ),
    replace(
        _AT_PORT,
        name="pop3_tls",
        about="a version of TLS and a cipher suite that the POP3 connector and each POP3 server have in common",
        source="a probe of the server with TLS 1.0, and with what Server 2008 R2 offers; what the connector itself"
        " speaks is not published",
        judge=_each(_tls),
        reads=_offer,
        asks=NETWORK,
        stops=failing_accounts,
    ),
)
