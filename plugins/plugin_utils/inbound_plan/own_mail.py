# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail to oneself through the smart host, and where it arrives: what comes by SMTP from a public address has come by
the MX; what lies in the provider's mailbox, or was fetched from there, was delivered locally."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex
from typing import Any

from ..account_age import Login, open_gate
from ..agent.session import Session
from ..errors import HostRefused, LedgerFailed, MailflowError
from ..inbound.rules import is_in
from ..lenient import first
from ..mailboxes import login_proof as proof
from ..mailboxes.candidates import Candidate
from ..messages import notice_of, reason_of
from ..messages.visible import folded
from ..pop3_connector.desired import ConnectorPlace
from ..pop3_connector.key_map import KeyMap
from ..pop3_connector.state import State
from ..pop3_connector.waiting import Asking, asking, count_step, counts
from ..preflight import reach
from ..preflight.declared import Declared
from ..receive_connector.places import INTERNET, place_of
from ..request import DONE, ExchangeShell, Reply, Request, Step, credential_parameter
from ..secrecy.scrubbing import scrub
from .facts import FETCHED, LOST, OUTSIDE, REFUSED
from .reading import RECEIVED

SEND_ID, SEARCH_ID, WAITING_ID, SECRET = "send_own_mail", "search_own_mail", "search_mailboxes", "own_mail"
WAY = ("MessageId", "EventId", "Source", "ClientIp")
SENT = ("Accepted", "Replies", "Stage", "Error", "Code", "Text", "Tls", "Certificate")
SUBJECT = "sbs.mailflow: on which way does this mail come in?"
PAUSE = 10
"""Seconds between two looks, each of which loads Exchange's shell."""
HOURS = 2
Clock = Callable[[], float]
Pause = Callable[[float], None]


@dataclass(frozen=True)
class OwnMail:
    """One mail: from whom to whom, by which login. ``message_id``: with its brackets."""

    sender: str
    recipient: str
    login: Candidate
    server: str
    port: int
    message_id: str

    def step(self, login: Login) -> Step:
        """The step that sends it by a login that came through the gate. It is never repeated."""
        given = {
            "Server": self.server,
            "Port": self.port,
            "Credential": credential_parameter(login.mailbox.login_name, SECRET),
            "Sender": self.sender,
            "Recipient": self.recipient,
            "MessageId": self.message_id,
            "Subject": SUBJECT,
            "TimeoutSeconds": proof.ANSWER_SECONDS,
        }
        return Step(SEND_ID, "Send-OwnMail", given, SENT, once=True)


@dataclass(frozen=True)
class Arrival:
    """What became of it: one of OUTSIDE, FETCHED, LOST, REFUSED, and the words for it."""

    outcome: str
    says: str = ""


@dataclass(frozen=True)
class Search:
    """Where it is looked for: in tracking, and in these mailboxes with the stored passwords. ``own``: the server's
    addresses, from which the POP3 connector hands over what it has fetched."""

    shell: ExchangeShell
    seconds: int
    pop3: State | None = None
    place: ConnectorPlace = ConnectorPlace()
    key_map: KeyMap = KeyMap()
    domain: str = ""
    own: tuple[str, ...] = ()
    wait: Pause = time.sleep
    clock: Clock = time.monotonic

    def logins(self) -> Asking:
        """The accounts of the domain at whose provider a login disturbs nobody, and why others are not asked. Of which
        domain a user name is that is no address, nobody knows."""
        if self.pop3 is None or self.pop3.records is None:
            return Asking((), {})
        names = [each.identity.username for each in self.pop3.accounts]
        own = [is_in(each, self.domain) or "@" not in each for each in names]
        accounts = tuple(each for each, is_own in zip(self.pop3.accounts, own, strict=True) if is_own)
        return asking(replace(self.pop3, accounts=accounts), self.key_map, False)


def login_of(declared: Declared, now: datetime) -> Candidate:
    """The mailbox that may send now: by its age, and as the ledger knows it. Raises HostRefused."""
    history = declared.history
    if declared.route is None or not reach.hosts_of(declared):
        raise _no_login(notice_of("plan_mail_no_route"))
    if history is None or history.ledger.read_only:
        raise _no_login(notice_of("plan_mail_unkept"))
    try:
        known = [history.judged(each) for each in declared.logins if each.password]
        conflicts = [reason for each in known if (reason := history.conflict(each))]
    except LedgerFailed as error:
        raise _no_login(error.reasons[0].found) from error
    if conflicts:
        raise HostRefused(*conflicts)
    usable = next((each for each in known if each.usable_at(now)), None)
    if usable is None:
        barred = next((each.barred for each in known if each.barred), None)
        raise _no_login(
            notice_of("plan_mail_kept_off", why=barred.rstrip(".")) if barred else notice_of("plan_mail_nobody")
        )
    return usable


def _no_login(why: str) -> HostRefused:
    return HostRefused(reason_of("plan_no_login", "send_mail", why=why))


def mail_to(recipient: str, declared: Declared, login: Candidate) -> OwnMail:
    """A mail with an id of its own."""
    sender = declared.sender or login.mailbox.address
    domain = sender.rpartition("@")[2]
    port = declared.route.port if declared.route else 25
    message_id = f"<sbs-mailflow.{token_hex(12)}@{domain}>"
    return OwnMail(sender, recipient, login, reach.hosts_of(declared)[0], port, message_id)


def send(session: Session, mail: OwnMail, search: Search, declared: Declared, now: datetime) -> Arrival:
    """Send it, and look where it arrives. Raises MailflowError where the mailbox is too young, or where what the
    provider said cannot be kept."""
    login = open_gate(mail.login.mailbox, now, "send_mail")
    request = Request((mail.step(login),), secrets={SECRET: mail.login.password})
    result = session.ask(request).result(SEND_ID)
    output = scrub(first(result.output), [mail.login.password])
    _record(output, mail, declared)
    accepted = output.get("Accepted")
    if not output:
        problem = scrub(result.error.message if result.error else "-", [mail.login.password])
        return Arrival(REFUSED, notice_of("plan_mail_not_asked", problem=folded(problem)))
    if accepted is False:
        answer = folded(str(output.get("Text") or output.get("Error") or "-"))
        return Arrival(REFUSED, notice_of("plan_mail_by_host", answer=answer))
    key = "plan_mail_within" if accepted else "plan_mail_doubt"
    return _searched(session, mail, search, Arrival(LOST, notice_of(key, seconds=search.seconds)))


def _record(output: Mapping[str, Any], mail: OwnMail, declared: Declared) -> None:
    """Keep what the provider said of the login, as of any other one. Raises LedgerFailed."""
    if declared.history is None or not output:
        return
    found = proof_of(output)
    judged = declared.history.doubted({SEND_ID: mail.login}, {SEND_ID: found}, declared.logins)
    declared.history.note(SEND_ID, mail.login, judged[SEND_ID])


def proof_of(output: Mapping[str, Any]) -> proof.LoginProof:
    """What sending says of the login. What comes after the recipient says nothing against it."""
    stage, text = str(output.get("Stage")), folded(str(output.get("Text") or ""))
    if output.get("Accepted") or stage in ("data", "sent"):
        return proof.LoginProof(proof.PROVEN, "done", text)
    return proof.judge({**output, "Problem": output.get("Error")})


def _searched(session: Session, mail: OwnMail, search: Search, lost: Arrival) -> Arrival:
    asked = search.logins()
    end = search.clock() + search.seconds
    with session.progress.stage(notice_of("stage_plan_mail"), search.seconds):
        while True:
            found = _look(session, mail, search, asked)
            left = end - search.clock()
            if found.outcome != LOST or left <= 0:
                says = "; ".join(filter(None, (lost.says, found.says)))
                return replace(found, says=says) if found.outcome == LOST else found
            search.wait(min(PAUSE, left))


def _look(session: Session, mail: OwnMail, search: Search, asked: Asking) -> Arrival:
    """One look, in one remote process; where it has not arrived, with what could not be looked at."""
    given = {"Hours": HOURS, "MessageIds": [mail.message_id]}
    steps = [Step(SEARCH_ID, RECEIVED, given, WAY, always=True)]
    if search.pop3 is not None and (counting := _counting(search, search.pop3, asked, mail.message_id)):
        steps.insert(0, counting)
    try:
        reply = session.read(Request(tuple(steps), search.shell))
    except MailflowError as error:
        session.reconnect()
        return Arrival(LOST, notice_of("plan_search_failed", problem=error.reasons[0].found.rstrip(".")))
    return _arrived(reply, mail, search.own) or Arrival(LOST, "; ".join(_unseen(reply, asked)))


def _unseen(reply: Reply, asked: Asking) -> Iterator[str]:
    """Where nobody could look."""
    if reply.result(SEARCH_ID).status != DONE:
        yield notice_of("plan_mail_unread")
    for account, count in counts(reply, WAITING_ID, asked).items():
        if count.number is None:
            yield notice_of("plan_box_unseen", account=account, why=folded(count.text).rstrip("."))


def _counting(search: Search, pop3: State, asked: Asking, message_id: str) -> Step | None:
    step = count_step(WAITING_ID, search.place, pop3, asked)
    if step is None:
        return None
    logins = [{**each, "FindMessageId": message_id} for each in step.parameters["Logins"]]
    return Step(step.id, step.command, {**step.parameters, "Logins": logins}, (*step.select, "Found"), always=True)


def _arrived(reply: Reply, mail: OwnMail, own: Collection[str]) -> Arrival | None:
    rows = [row for row in reply.result(SEARCH_ID).output if row.get("MessageId") == mail.message_id]
    received = [row for row in rows if row.get("EventId") == "RECEIVE" and row.get("Source") == "SMTP"]
    if any(place_of(row.get("ClientIp"), own) == INTERNET for row in received):
        return Arrival(OUTSIDE)
    if received or _waits(reply.result(WAITING_ID).output, reply.result(WAITING_ID).status):
        return Arrival(FETCHED)
    return None


def _waits(rows: Iterable[Mapping[str, Any]], status: str) -> bool:
    return status == DONE and any(row.get("Found") is True for row in rows)
