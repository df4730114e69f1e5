"""One message handed in from a simulated client, in process: what a client says, and all that it is told."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.exchange.receiving.session import CONTENT, HANDSHAKE, NOTHING, ReceivingSession

_TLS = "1.2"


@dataclass(frozen=True)
class Visit:
    """``login``: user name and password. ``starttls``: where that is offered, though no bytes are encrypted.

    ``declared_size``: what it says at MAIL, None for nothing.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    helo: str = "mail.example.org"
    starttls: bool = False
    login: tuple[str, str] | None = None
    declared_size: int | None = None

    def pay(self, session: ReceivingSession) -> list[str]:
        """Every reply in order, the greeting first and without that to QUIT: the last one is what came of it."""
        said = list(self._said(session))
        if session.expects != NOTHING:
            session.line("QUIT")
        return said

    def _said(self, session: ReceivingSession) -> Iterator[str]:
        yield session.greeting
        if session.expects == NOTHING:
            return
        hello = session.line(f"EHLO {self.helo}")
        yield hello
        if self.starttls and "STARTTLS" in hello:
            yield session.line("STARTTLS")
            if session.expects == HANDSHAKE:
                session.handshake(_TLS)
            yield session.line(f"EHLO {self.helo}")
        size = "" if self.declared_size is None else f" SIZE={self.declared_size}"
        for line in (*self._login_lines(), f"MAIL FROM:<{self.sender}>{size}"):
            reply = session.line(line)
            yield reply
            if reply[:1] not in "23":
                return
        yield from self._message(session)

    def _login_lines(self) -> Sequence[str]:
        if self.login is None:
            return ()
        return ("AUTH LOGIN", *(base64.b64encode(text.encode()).decode("ascii") for text in self.login))

    def _message(self, session: ReceivingSession) -> Iterator[str]:
        taken = [session.line(f"RCPT TO:<{each}>") for each in self.recipients]
        yield from taken
        if not any(reply.startswith("2") for reply in taken):
            return
        yield session.line("DATA")
        if session.expects == CONTENT:
            yield session.content(self.content)
