"""One SMTP session as the server's side of it: lines in, replies out, every one of them in the protocol log.

It knows no socket. ``expects`` says what comes next: a line, the content of a message, a TLS handshake, or nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

from lab.exchange.ip_ranges import Binding, parse_address
from lab.exchange.protocol_log import SessionLog
from lab.exchange.receive_connector import ReceiveConnector
from lab.exchange.receiving import replies
from lab.exchange.receiving.reception import Incoming, Letter, Reception

LINE, CONTENT, HANDSHAKE, NOTHING = "line", "content", "handshake", "nothing"
_PATH: Final = re.compile(r"<([^<>\s]*)>((?:\s+\S+)*)\s*")
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_SIZE: Final = re.compile(r"SIZE=(\d+)", re.IGNORECASE)
_TLS: Final = "TLS protocol SP_PROT_TLS{}_SERVER negotiation succeeded"


class ReceivingSession:
    """``greeting`` is the first thing that is said. Whoever connects where nothing listens gets ConnectionRefusedError.

    ``port`` is the client's own, of no meaning but in the log. ``taken`` holds the messages that were taken,
    ``tarpitted`` how long the client was held up, by the server's clock; nobody really waits.
    """

    def __init__(self, reception: Reception, client: str, local: Binding, port: int = 40000) -> None:
        if not reception.listens(local):
            raise ConnectionRefusedError(f"nothing listens at {local.display()}")
        remote = Binding(parse_address(client), port)
        self.client = str(remote.address)
        self._local = local
        self._connector = reception.connector(client, local)
        self.expects = LINE
        self.encrypted = False
        self.login: str | None = None
        self.taken: list[Incoming] = []
        self.tarpitted = timedelta(0)
        self._reception = reception
        self._helo: str | None = None
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._answer: Callable[[str], str] | None = None
        self._log = self._begin_log(remote)
        self.greeting = self._greet()

    @property
    def connector(self) -> str | None:
        """The name of the connector that answers; None where none does."""
        return self._connector.Name if self._connector else None

    @property
    def certificate(self) -> tuple[str, ...] | None:
        """The names in the certificate that the server shows here; None without one."""
        return self._reception.certified(self._known.name_in_smtp)

    # -- what comes in ----------------------------------------------------------------------------------------------

    def line(self, text: str) -> str:
        """One line of the client's, without its end; the reply, lines separated by LF."""
        with self._reception.lock:
            answer, self._answer = self._answer, None
            if answer:
                self._note("<", replies.HIDDEN)
                return answer(text)
            self._note("<", _shown(text))
            word, _, rest = text.strip().partition(" ")
            command = self._commands.get(word.upper())
            return command(self, rest.strip()) if command else self._say(replies.UNKNOWN_COMMAND)

    def content(self, content: bytes) -> str:
        """The message, its dots unstuffed, every line ended by CRLF."""
        with self._reception.lock:
            self.expects = LINE
            envelope = (self._helo or "", self._sender or "", tuple(self._recipients))
            self._forget()
            if self._is_too_big(len(content)):
                return self._say(replies.TOO_BIG)
            way = (self._known, self.client, self._local.display())
            taken = self._reception.take(Letter(*way, *envelope, content, self.login, self.encrypted))
            self.taken.append(taken)
            return self._say(replies.QUEUED.format(message_id=taken.message_id, number=taken.number))

    def handshake(self, version: str) -> None:
        """The client has encrypted the connection, with that version of TLS; everything said before is forgotten."""
        self.expects, self.encrypted = LINE, True
        self._helo = self.login = None
        self._forget()
        self._note("*", "", _TLS.format(version.replace(".", "_")))

    def hang_up(self, who: str = "Remote") -> None:
        """The connection is at its end."""
        if self.expects != NOTHING:
            self.expects = NOTHING
            self._note("-", "", who)

    # -- the commands -----------------------------------------------------------------------------------------------

    def _hello(self, name: str, extended: bool) -> str:
        if not name:
            return self._say(replies.BAD_ARGUMENTS)
        self._helo = name
        self._forget()
        lines = [replies.HELLO.format(fqdn=self._known.name_in_smtp, client=self.client)]
        lines += self._extensions() if extended else []
        return self._say("\n".join(f"250{'-' if each is not lines[-1] else ' '}{each}" for each in lines))

    def _extensions(self) -> list[str]:
        most = self._known.MaxMessageSize.bytes
        logins = self._logins
        return [
            "SIZE" if most is None else f"SIZE {most}",
            "PIPELINING",
            "DSN",
            "ENHANCEDSTATUSCODES",
            *(["STARTTLS"] if self._offers_tls else []),
            *([f"AUTH {' '.join(logins)}"] if logins else []),
            "8BITMIME",
        ]

    @property
    def _offers_tls(self) -> bool:
        return self._known.offers_starttls and not self.encrypted and self.certificate is not None

    @property
    def _logins(self) -> list[str]:
        """The mechanisms of AUTH that are offered now; of these the lab speaks LOGIN."""
        integrated = ["NTLM"] if "Integrated" in self._known.mechanisms else []
        return [*integrated, *(["LOGIN"] if self._known.offers_login(self.encrypted) else [])]

    def _is_too_big(self, size: int) -> bool:
        most = self._known.MaxMessageSize.bytes
        return most is not None and size > most

    def _starttls(self, rest: str) -> str:
        if rest or not self._offers_tls:
            return self._say(replies.BAD_ARGUMENTS if rest else replies.UNKNOWN_COMMAND)
        reply = self._say(replies.TLS_READY)
        self._note("*", "", "Sending certificate")
        self._note("*", f"CN={(self.certificate or ('',))[0]}", "Certificate subject")
        self.expects = HANDSHAKE
        return reply

    def _auth(self, rest: str) -> str:
        mechanism, _, first = rest.partition(" ")
        if self._helo is None:
            return self._say(replies.HELLO_FIRST)
        if mechanism.upper() != "LOGIN" or "LOGIN" not in self._logins:
            return self._say(replies.MECHANISM_UNKNOWN)
        if self.login is not None or self._sender is not None:
            return self._say(replies.ORDER)
        if first:
            return self._username(first.strip())
        self._answer = self._username
        return self._say(replies.USERNAME, f"334 {replies.CHALLENGE}")

    def _username(self, encoded: str) -> str:
        self._answer = lambda answer: self._password(encoded, answer)
        return self._say(replies.PASSWORD, f"334 {replies.CHALLENGE}")

    def _password(self, username: str, password: str) -> str:
        login = _decoded(username), _decoded(password)
        if not self._reception.lets_in(*login):
            return self._say(replies.LOGIN_REFUSED)
        self.login = login[0]
        self._note("*", self._reception.permissions(self._known, self.login), "Set Session Permissions")
        self._note("*", self.login, "authenticated")
        return self._say(replies.LOGGED_IN)

    def _mail(self, rest: str) -> str:
        sender = _path(rest, "FROM:")
        if sender is None or (sender[0] and not _ADDRESS.fullmatch(sender[0])):
            return self._say(replies.BAD_ARGUMENTS if sender is None else replies.BAD_ADDRESS)
        if self._helo is None or self._sender is not None:
            return self._say(replies.HELLO_FIRST if self._helo is None else replies.MAIL_TWICE)
        if refusal := self._reception.refusal_of_sender(self._known, self.login, self.encrypted):
            return self._say(refusal)
        size = _SIZE.search(sender[1])
        if size and self._is_too_big(int(size[1])):
            return self._say(replies.TOO_BIG)
        self._sender = sender[0]
        return self._say(replies.SENDER_OK)

    def _rcpt(self, rest: str) -> str:
        recipient, connector = _path(rest, "TO:"), self._known
        if self._sender is None or recipient is None:
            return self._say(replies.MAIL_FIRST if self._sender is None else replies.BAD_ARGUMENTS)
        if not _ADDRESS.fullmatch(recipient[0]):
            return self._say(replies.BAD_ADDRESS)
        if refusal := self._reception.refusal_of_recipient(connector, self.login, recipient[0]):
            return self._say(refusal)
        if len(self._recipients) >= connector.MaxRecipientsPerMessage:
            return self._say(replies.TOO_MANY_RECIPIENTS)
        self._recipients.append(recipient[0])
        return self._say(replies.RECIPIENT_OK)

    def _data(self, rest: str) -> str:
        if not self._recipients:
            return self._say(replies.RECIPIENT_FIRST)
        self.expects = CONTENT
        return self._say(replies.START_MAIL)

    def _rset(self, rest: str) -> str:
        self._forget()
        return self._say(replies.RESET)

    def _quit(self, rest: str) -> str:
        reply = self._say(replies.GOODBYE)
        self.hang_up("Local")
        return reply

    _commands: Final[dict[str, Callable[[ReceivingSession, str], str]]] = {
        "EHLO": lambda self, rest: self._hello(rest, extended=True),
        "HELO": lambda self, rest: self._hello(rest, extended=False),
        "STARTTLS": _starttls,
        "AUTH": _auth,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "RSET": _rset,
        "NOOP": lambda self, rest: self._say(replies.NOTHING_DONE),
        "QUIT": _quit,
    }

    # -- inside -----------------------------------------------------------------------------------------------------

    @property
    def _known(self) -> ReceiveConnector:
        assert self._connector is not None  # without a connector the session was over before the first line
        return self._connector

    def _begin_log(self, remote: Binding) -> SessionLog | None:
        if self._connector is None or self._connector.ProtocolLoggingLevel != "Verbose":
            return None
        log = self._reception.log.session(self._connector.identity)
        log.local, log.remote = self._local.display(), remote.display()
        return log

    def _greet(self) -> str:
        if self._connector is None:
            self.expects = NOTHING
            return replies.NO_CONNECTOR
        self._note("+", "")
        self._note("*", self._reception.permissions(self._known, None), "Set Session Permissions")
        time = format_datetime(self._reception.now())
        return self._say(self._known.Banner or f"{self._known.greeting} at {time}")

    def _say(self, reply: str, shown: str | None = None) -> str:
        """A refusal for good comes late to whoever has not logged in."""
        tarpit = self._known.TarpitInterval
        if reply.startswith("5") and self.login is None and tarpit:
            self.tarpitted += tarpit
            self._note("*", "", f"Tarpit for '{_span(tarpit)}'")
            if self._log:
                self._log.late += tarpit
        for line in (shown or reply).split("\n"):
            self._note(">", line)
        return reply

    def _note(self, event: str, data: str, context: str = "") -> None:
        if self._log:
            self._log.note(event, data, context)

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []


def _shown(line: str) -> str:
    """A line for the log, without a login that stands in it."""
    words = line.split(" ")
    return " ".join([*words[:2], replies.HIDDEN]) if words[0].upper() == "AUTH" and len(words) > 2 else line


def _path(rest: str, word: str) -> tuple[str, str] | None:
    """The address in the brackets behind FROM: or TO:, and the parameters; None where it is not that form."""
    found = _PATH.fullmatch(rest[len(word) :].strip()) if rest[: len(word)].upper() == word else None
    return (found[1], found[2]) if found else None


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _span(delay: timedelta) -> str:
    """As .NET prints a time span in this log, with the days always: seen."""
    return f"{delay.days}.{delay.seconds // 3600:02d}:{delay.seconds // 60 % 60:02d}:{delay.seconds % 60:02d}"
