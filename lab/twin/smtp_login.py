"""``Test-SmtpLogin`` in Python: the dialogue that docs/wire.md describes, over real sockets."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from lab.exchange.host import Output
from lab.exchange.values import Credential
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.mail_talk import End, MailServer, Talk, TalkReport, wants_newer, what_is_spoken
from lab.twin.parameters import as_list, check_one_line, check_range
from lab.twin.tls import warned

_ANSWER_LIMIT = 100
_REPLY = re.compile(r"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True)
class LoginProof:
    """What is to be proven."""

    server: MailServer
    login: Credential
    sender: str
    recipient: str
    helo: str
    senders: tuple[str, ...] | None = None


@dataclass
class SmtpReport(TalkReport):
    """What of SMTP is told beside how far the talk came."""

    code: int | None = None
    mechanism: str | None = None
    capabilities: list[str] = field(default_factory=list)
    senders: list[dict[str, object]] = field(default_factory=list)

    def as_output(self) -> dict[str, object]:
        return {
            "Stage": self.stage,
            "Problem": self.problem,
            "Code": self.code,
            "Text": self.text,
            "Tls": self.tls,
            "Certificate": self.certificate,
            "Mechanism": self.mechanism,
            "Capabilities": self.capabilities,
            "Senders": self.senders,
        }


def prove_smtp_login(agent: Agent, given: Given) -> Output:
    """``Test-SmtpLogin``: speak to the server as far as it lets us."""
    given["HeloName"] = given.get("HeloName") or agent.machine.fqdn
    for name in ("Server", "Sender", "Recipient", "HeloName"):
        check_one_line(name, given[name])
    seconds = given.get("TimeoutSeconds", 30)
    check_range("Port", given["Port"], 1, 65535)
    check_range("TimeoutSeconds", seconds, 1, 600)
    login = given["Credential"]
    if not isinstance(login, Credential):
        raise unreadable("Credential is no login.")
    senders = _senders(given.get("Senders"))
    server = MailServer(given["Server"], given["Port"], seconds, agent.tls)
    report = SmtpReport()
    proof = LoginProof(server, login, given["Sender"], given["Recipient"], given["HeloName"], senders)
    _ProofTalk(proof, agent.hide, report).hold()
    name_newer_tls(report, server, lambda server: _ProofTalk(replace(proof, server=server), str, SmtpReport()))
    return [warned(agent, server, report.as_output())]


def name_newer_tls(report: SmtpReport, server: MailServer, talk: Callable[[MailServer], SmtpTalk]) -> None:
    """Say so where the handshake failed because the server wants a newer TLS; ``talk`` makes another talk to it."""
    if report.stage != "tls" or report.problem not in ("tls", "closed"):
        return
    if wants_newer(what_is_spoken(server, lambda server: talk(server).at_tls())):
        report.problem = "tls_newer"


def _senders(given: Any) -> tuple[str, ...] | None:
    if given is None:
        return None
    senders = tuple(map(str, as_list(given)))
    check_range("the number of Senders", len(senders), 1, 20)
    for sender in senders:
        check_one_line("Senders", sender)
    return senders


class SmtpTalk(Talk):
    """A talk in SMTP, as far as those that have one need the same of it."""

    report: SmtpReport

    def __init__(self, server: MailServer, helo: str, hide: Callable[[str], str], report: SmtpReport) -> None:
        super().__init__(server, hide, report)
        self._helo = helo

    def farewell(self) -> None:
        """RSET where all was said, and QUIT."""
        if self.report.stage == "done":
            self._say("done", "RSET")
        self._say("done", "QUIT")

    def at_tls(self) -> tuple[socket.socket, bytes]:
        """A connection on which TLS begins, and what has come of that already. Raises OSError."""
        try:
            self._request_tls()
        except End as error:
            if self._socket:
                self._socket.close()
            raise OSError(self.report.problem) from error
        assert self._socket is not None
        return self._socket, self._pending

    def _request_tls(self) -> None:
        self._connect()
        self._greet()
        self._need("starttls", r"STARTTLS( |$)")
        self._say("starttls", "STARTTLS")

    def _greet(self) -> None:
        self.report.stage = "greeting"
        self._listen("2")
        self._hello()

    def _hello(self) -> None:
        self.report.stage = "ehlo"
        self._send(f"EHLO {self._helo}")
        self._listen("2")
        self.report.capabilities = [self._shown(line[4:]) for line in self._lines[1:]]

    def _log_in(self, login: Credential) -> None:
        self._need("auth", r"AUTH (.* )?LOGIN( |$)")
        self.report.mechanism = "LOGIN"
        self._say("auth", "AUTH LOGIN", "3")
        self._say("auth", _base64(login.username), "3")
        self._say("auth", _base64(login.password))

    def _need(self, stage: str, pattern: str) -> None:
        self.report.stage = stage
        if not any(re.match(pattern, offer, re.IGNORECASE) for offer in self.report.capabilities):
            self._end("not_offered")

    def _say(self, stage: str, line: str, wanted: str = "2") -> tuple[int, str]:
        self.report.stage = stage
        self._send(line)
        return self._listen(wanted)

    def _listen(self, wanted: str) -> tuple[int, str]:
        """One whole answer; of another kind than wanted it ends the talk."""
        self._begin_answer()
        code: str | None = None
        while True:
            if len(self._lines) >= _ANSWER_LIMIT:
                self._unreadable()
            match = _REPLY.fullmatch(self._next_line())
            if match is None or code not in (None, match[1]):
                self._unreadable()
            code = match[1]
            if match[2] != "-":
                break
        answer = int(code), self._shown(self._answer())
        if not code.startswith(wanted):
            self.report.code, self.report.text = answer
            self._end("reply")
        return answer


class _ProofTalk(SmtpTalk):
    def __init__(self, proof: LoginProof, hide: Callable[[str], str], report: SmtpReport) -> None:
        super().__init__(proof.server, proof.helo, hide, report)
        self._proof = proof

    def run(self) -> None:
        proof = self._proof
        self._request_tls()
        self._handshake()
        self._hello()
        self._log_in(proof.login)
        if proof.senders is None:
            self._say("mail", f"MAIL FROM:<{proof.sender}>")
            self.report.code, self.report.text = self._say("rcpt", f"RCPT TO:<{proof.recipient}>")
        for each in proof.senders or ():
            self._ask(each)
            self.report.code, self.report.text = self._say("rset", "RSET")
        self.report.stage = "done"

    def _ask(self, sender: str) -> None:
        """How one sender fares; a refusal is no end, but for 421, with which the server leaves."""
        code, text = self._say("mail", f"MAIL FROM:<{sender}>", "")
        if code < 300:
            code, text = self._say("rcpt", f"RCPT TO:<{self._proof.recipient}>", "")
        self.report.senders.append({"Sender": sender, "Stage": self.report.stage, "Code": code, "Text": text})
        if code == 421:
            self.report.code, self.report.text = code, text
            self._end("reply")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
