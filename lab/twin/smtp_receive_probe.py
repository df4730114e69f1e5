"""``Test-SmtpReceive``: whom a receiving server takes mail for, as far as the recipients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lab.exchange.host import Output
from lab.host.network import own_port
from lab.twin.agent import Agent, Given
from lab.twin.mail_talk import MailServer
from lab.twin.parameters import as_list, check_one_line, check_range
from lab.twin.smtp_login import SmtpReport, SmtpTalk

_MOST: Final = 20
_OF_CERTIFICATE: Final = ("Subject", "Issuer", "NotAfter", "Problem")


@dataclass(frozen=True)
class _Asked:
    server: MailServer
    helo: str
    sender: str
    recipients: tuple[str, ...]
    tls: bool = True


@dataclass
class _Told:
    """What the dialogue has told so far, over both connections."""

    connected: bool = False
    greeting: str | None = None
    ehlo: list[str] = field(default_factory=list)
    offered: bool | None = None
    tls_error: str | None = None
    mail: str | None = None
    replies: list[dict[str, str]] = field(default_factory=list)


def probe_receiving(agent: Agent, given: Given) -> Output:
    """``Test-SmtpReceive``; where the tunnel fails it goes on without one, over a second connection."""
    asked, told = _asked(agent, given), _Told()
    report = first = _probe(agent, asked, told)
    if report.stage in ("starttls", "tls"):
        told.tls_error = report.problem
        report = _probe(agent, replace(asked, tls=False), told)
    return [_row(told, report, first)]


def _asked(agent: Agent, given: Given) -> _Asked:
    address, port, seconds = given["Address"], given.get("Port", 25), given.get("TimeoutSeconds", 30)
    helo, name = given.get("Helo") or agent.machine.fqdn, given.get("TlsName") or address
    sender, recipients = given.get("Sender") or "", tuple(map(str, as_list(given["Recipients"])))
    for label, text in {"Address": address, "Sender": sender, "Helo": helo, "TlsName": name}.items():
        check_one_line(label, text)
    check_range("Port", port, 1, 65535)
    check_range("TimeoutSeconds", seconds, 1, 600)
    check_range("the number of Recipients", len(recipients), 1, _MOST)
    for each in recipients:
        check_one_line("Recipients", each)
    server = MailServer(address, port, seconds, agent.tls, name, True, own_port(agent.machine, address, port))
    return _Asked(server, helo, sender, recipients)


def _probe(agent: Agent, asked: _Asked, told: _Told) -> SmtpReport:
    report = SmtpReport()
    _ReceiveTalk(asked, told, agent.hide, report).hold()
    return report


def _row(told: _Told, report: SmtpReport, first: SmtpReport) -> dict[str, Any]:
    seen = first.certificate if first.tls else None
    certificate = {name: (seen or {}).get(name) for name in _OF_CERTIFICATE}
    return {
        "Connected": told.connected,
        "Greeting": told.greeting,
        "Ehlo": told.ehlo,
        "Tls": {"Offered": told.offered, "Version": first.tls, **certificate, "Error": told.tls_error},
        "Mail": told.mail,
        "Replies": told.replies,
        "Stage": report.stage,
        "Error": report.problem,
        "Text": report.text if report.problem else None,
    }


class _ReceiveTalk(SmtpTalk):
    def __init__(self, asked: _Asked, told: _Told, hide: Callable[[str], str], report: SmtpReport) -> None:
        super().__init__(asked.server, asked.helo, hide, report)
        self._asked = asked
        self._told = told

    def run(self) -> None:
        self._connect()
        self._told.connected = True
        code, self._told.greeting = self._say_nothing()
        if code >= 300:
            self._refuse(code)
        self._hello()
        offered = any(offer.upper().split(" ")[0] == "STARTTLS" for offer in self.report.capabilities)
        self._told.offered = offered if self._told.offered is None else self._told.offered
        if offered and self._asked.tls:
            self._say("starttls", "STARTTLS")
            self._handshake()
            self._hello()
        self._envelope()
        self.report.stage = "done"

    def _say_nothing(self) -> tuple[int, str]:
        self.report.stage = "greeting"
        return self._listen("")

    def _hello(self) -> None:
        super()._hello()
        self._told.ehlo = [self._shown(line[4:]) for line in self._lines]

    def _envelope(self) -> None:
        code, self._told.mail = self._say("mail", f"MAIL FROM:<{self._asked.sender}>", "")
        if code >= 300:
            self._refuse(code)
        for each in self._asked.recipients:
            code, reply = self._say("rcpt", f"RCPT TO:<{each}>", "")
            self._told.replies.append({"Recipient": each, "Reply": reply})
            if code == 421:
                self._refuse(code)

    def _refuse(self, code: int) -> None:
        self.report.code, self.report.text = code, self._shown(self._answer())
        self._end("reply")
