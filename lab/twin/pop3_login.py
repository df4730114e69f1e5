"""``Test-Pop3Login`` in Python: the dialogue that docs/wire.md describes. Nothing is fetched, nothing deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.exchange.host import Output
from lab.exchange.values import Credential
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.mail_talk import CLOSED, MailServer, Talk, TalkReport, wants_newer, what_is_spoken
from lab.twin.parameters import check_one_line, check_range
from lab.twin.tls import warned

_SECURITIES = ("tls", "stls", "none")
_CAPABILITY_LIMIT = 100
_HEADER_LIMIT = 65_536
_HEADER_LINES = 1000
_OK = re.compile(r"\+OK( .*)?", re.IGNORECASE | re.DOTALL)
_ERR = re.compile(r"-ERR( .*)?", re.IGNORECASE | re.DOTALL)
_MAILDROP = re.compile(r"\+OK ([0-9]{1,9}) ([0-9]{1,18})( .*)?", re.IGNORECASE | re.DOTALL)


@dataclass
class _Pop3Report(TalkReport):
    messages: int | None = None
    octets: int | None = None

    def as_output(self) -> dict[str, object]:
        return {
            "Stage": self.stage,
            "Problem": self.problem,
            "Reply": self.text,
            "Tls": self.tls,
            "Certificate": self.certificate,
            "Messages": self.messages,
            "Octets": self.octets,
        }


def prove_pop3_login(agent: Agent, given: Given) -> Output:
    """``Test-Pop3Login``."""
    check_pop3_login(given)
    server = MailServer(given["Server"], given["Port"], given.get("TimeoutSeconds", 30), agent.tls)
    return [warned(agent, server, speak_pop3(pop3_proof(server, given), agent.hide))]


def pop3_proof(server: MailServer, given: dict[str, Any]) -> Pop3Proof:
    """What was checked before, as one."""
    return Pop3Proof(server, given["Security"].lower(), given["Credential"])


def check_pop3_login(given: dict[str, Any]) -> None:
    """Raise Refusal for what is no login that can be proven."""
    login = given["Credential"]
    check_range("Port", given["Port"], 1, 65535)
    check_range("TimeoutSeconds", given.get("TimeoutSeconds", 30), 1, 600)
    if given["Security"].lower() not in _SECURITIES:
        raise unreadable("Security is none of tls, stls and none.")
    if not isinstance(login, Credential):
        raise unreadable("Credential is no login.")
    for name, text in {"Server": given["Server"], "Credential": login.username + login.password}.items():
        check_one_line(name, text)


@dataclass(frozen=True)
class Pop3Proof:
    """What is to be proven: a login, and how the connection is secured."""

    server: MailServer
    security: str
    login: Credential


def speak_pop3(
    proof: Pop3Proof, hide: Callable[[str], str], ask: Callable[[Pop3Talk], None] | None = None
) -> dict[str, object]:
    """Speak to the server as far as it lets us; ``hide`` takes secrets out of what is told, ``ask`` asks for more."""
    report = _Pop3Report()
    Pop3Talk(proof, hide, report, ask).hold()
    report.problem = _spoken_instead(report, proof.server, proof.security) or report.problem
    return report.as_output()


def _spoken_instead(report: TalkReport, server: MailServer, security: str) -> str | None:
    """What the other end speaks where that is why the talk failed."""
    tls, clear = security == "tls" and report.stage == "tls", security == "none" and report.stage == "greeting"
    if report.problem not in ("tls", "timeout", "closed") or not (tls or clear):
        return None
    spoken = what_is_spoken(server)
    if tls and spoken.startswith((b"+OK", b"-ERR")):
        return "no_tls"
    if tls and wants_newer(spoken):
        return "tls_newer"
    return "tls_first" if clear and spoken.removeprefix(CLOSED)[:2] in (b"\x15\x03", b"\x16\x03") else None


class Pop3Talk(Talk):
    """A login, and whatever ``ask`` asks once it has worked."""

    report: _Pop3Report

    def __init__(
        self,
        proof: Pop3Proof,
        hide: Callable[[str], str],
        report: _Pop3Report,
        ask: Callable[[Pop3Talk], None] | None = None,
    ) -> None:
        super().__init__(proof.server, hide, report)
        self._security = proof.security
        self._login = proof.login
        self._more = ask

    def run(self) -> None:
        self._connect()
        if self._security == "tls":
            self._handshake()
        self.report.stage = "greeting"
        self._listen()
        if self._security == "stls":
            self._start_tls()
        self._say("user", f"USER {self._login.username}")
        self._say("pass", f"PASS {self._login.password}")
        match = _MAILDROP.fullmatch(self._say("stat", "STAT"))
        if match is None:
            self._unreadable()
        self.report.messages, self.report.octets = int(match[1]), int(match[2])
        self.report.text = self._shown(self._answer())
        if self._more:
            self._more(self)
        self.report.stage = "done"

    def farewell(self) -> None:
        self._say("done", "QUIT")

    def _start_tls(self) -> None:
        offers = self._capabilities()
        self.report.stage = "stls"
        if "STLS" not in (offer.split(" ")[0].upper() for offer in offers):
            self._end("not_offered")
        self._say("stls", "STLS")
        self._handshake()

    def _list_begins(self, stage: str, question: str) -> bool:
        """Whether lines follow; not where the server says no."""
        self.report.stage = stage
        self._send(question)
        self._begin_answer()
        if _ERR.fullmatch(self._next_line()):
            return False
        if _OK.fullmatch(self._lines[0]) is None:
            self._unreadable()
        return True

    def uids(self, most: int) -> list[str] | None:
        """The unique ids of the last so many messages; None where the server has no such list."""
        if not self._list_begins("uidl", "UIDL"):
            return None
        found = [self._uid(line) for line in self._rest()]
        return found[-most:]

    def has_last(self, message_id: str, most: int) -> bool | None:
        """Whether one of the last so many has that Message-ID; None where the server shows no headers."""
        self._line_limit = _HEADER_LIMIT
        count = self.report.messages or 0
        for number in range(count, max(0, count - most), -1):
            if not self._list_begins("top", f"TOP {number} 0"):
                return None
            if _message_id(self._header()) == message_id:
                return True
        return False

    def _uid(self, line: str) -> str:
        match = re.fullmatch("[0-9]+ ([\x21-\x7e]+) *", line)
        if match is None:
            self._end("unreadable", line)
        return self._shown(match[1])

    def _header(self) -> list[str]:
        lines = []
        for line in self._rest():
            lines.append(line)
            if len(lines) > _HEADER_LINES:
                self._end("unreadable")
        return lines

    def _rest(self) -> Iterator[str]:
        while (line := self._next_line()) != ".":
            yield line

    def _capabilities(self) -> list[str]:
        """What the server offers; one that does not know the question offers nothing."""
        if not self._list_begins("capa", "CAPA"):
            return []
        while self._next_line() != ".":
            if len(self._lines) > _CAPABILITY_LIMIT:
                self._unreadable()
        return self._lines[1:-1]

    def _say(self, stage: str, line: str) -> str:
        self.report.stage = stage
        self._send(line)
        return self._listen()

    def _listen(self) -> str:
        """One line; a refusal ends the talk."""
        self._begin_answer()
        line = self._next_line()
        if _ERR.fullmatch(line):
            self._end("reply", line)
        if _OK.fullmatch(line) is None:
            self._unreadable()
        return line


def _message_id(header: list[str]) -> str:
    """The value of the last such header, with the lines that go on with it."""
    found, inside = "", False
    for line in header:
        if line[:1] in (" ", "\t"):
            found += line.strip() if inside else ""
        else:
            match = re.match(r"Message-ID[ \t]*:(.*)", line, re.IGNORECASE | re.DOTALL)
            inside = match is not None
            found = match[1].strip() if match else found
    return found
