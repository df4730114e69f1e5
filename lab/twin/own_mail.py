"""``Send-OwnMail``: one message, sent once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Final

from lab.exchange.host import Output
from lab.exchange.values import Credential
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.mail_talk import MailServer
from lab.twin.parameters import check_one_line, check_range
from lab.twin.smtp_login import SmtpReport, SmtpTalk, name_newer_tls
from lab.twin.tls import warned

_SECURITIES: Final = ("starttls", "tls")
_WORD: Final = r"[\x21-\x3b\x3d\x3f\x41-\x7e]+"
_MESSAGE_ID: Final = re.compile(f"<{_WORD}@{_WORD}>")
_SUBJECT: Final = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True)
class _OwnMail:
    server: MailServer
    implicit: bool
    login: Credential
    helo: str
    sender: str
    recipient: str
    lines: tuple[str, ...]


@dataclass
class _MailReport(SmtpReport):
    accepted: bool | None = False
    replies: list[dict[str, object]] = field(default_factory=list)


def send_own_mail(agent: Agent, given: Given) -> Output:
    """``Send-OwnMail``."""
    mail = _mail(agent, given)
    report = _MailReport()
    _MailTalk(mail, agent.hide, report).hold()
    if not mail.implicit:
        name_newer_tls(report, mail.server, lambda other: _MailTalk(replace(mail, server=other), str, _MailReport()))
    row = warned(agent, mail.server, report.as_output())
    told = {name: row[name] for name in ("Stage", "Code", "Text", "Tls", "Certificate")}
    return [{"Accepted": report.accepted, "Replies": report.replies, "Error": report.problem, **told}]


def _mail(agent: Agent, given: Given) -> _OwnMail:
    helo, security = given.get("HeloName") or agent.machine.fqdn, given.get("Security") or "starttls"
    for name in ("Server", "Sender", "Recipient"):
        check_one_line(name, given[name])
    check_one_line("HeloName", helo)
    seconds, login = given.get("TimeoutSeconds", 30), given["Credential"]
    check_range("Port", given["Port"], 1, 65535)
    check_range("TimeoutSeconds", seconds, 1, 600)
    if not isinstance(login, Credential):
        raise unreadable("Credential is no login.")
    if security.lower() not in _SECURITIES:
        raise unreadable("Security is none of starttls and tls.")
    if not _MESSAGE_ID.fullmatch(given["MessageId"]):
        raise unreadable("MessageId is no <left@right>.")
    if not _SUBJECT.fullmatch(given["Subject"]):
        raise unreadable("Subject is no printable ASCII.")
    server = MailServer(given["Server"], given["Port"], seconds, agent.tls)
    ends = given["Sender"], given["Recipient"]
    return _OwnMail(server, security.lower() == "tls", login, helo, *ends, _lines(agent, given))


def _lines(agent: Agent, given: Given) -> tuple[str, ...]:
    """The message as it is sent, with a dot doubled where a line begins with one, and the line that ends it."""
    headers = {
        "From": f"<{given['Sender']}>",
        "To": f"<{given['Recipient']}>",
        "Subject": given["Subject"],
        "Date": format_datetime(agent.machine.clock.now()),
        "Message-ID": given["MessageId"],
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=us-ascii",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    body = f".{given['Subject']}" if given["Subject"].startswith(".") else given["Subject"]
    return (*(f"{name}: {value}" for name, value in headers.items()), "", body, ".")


class _MailTalk(SmtpTalk):
    report: _MailReport

    def __init__(self, mail: _OwnMail, hide: Callable[[str], str], report: _MailReport) -> None:
        super().__init__(mail.server, mail.helo, hide, report)
        self._mail = mail

    def run(self) -> None:
        if self._mail.implicit:
            self._connect()
            self._handshake()
            self._greet()
        else:
            self._request_tls()
            self._handshake()
            self._hello()
        self._log_in(self._mail.login)
        self._tell("mail", f"MAIL FROM:<{self._mail.sender}>")
        self._tell("rcpt", f"RCPT TO:<{self._mail.recipient}>")
        self._tell("data", "DATA", "3")
        self.report.accepted = None
        self.report.code, self.report.text = self._tell("sent", "\r\n".join(self._mail.lines))
        self.report.accepted = True
        self.report.stage = "done"

    def _tell(self, stage: str, line: str, wanted: str = "2") -> tuple[int, str]:
        code, text = self._say(stage, line, "")
        self.report.replies.append({"Stage": stage, "Reply": text})
        if not str(code).startswith(wanted):
            self.report.accepted = False
            self.report.code, self.report.text = code, text
            self._end("reply")
        return code, text
