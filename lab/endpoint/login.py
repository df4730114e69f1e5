"""Login state of one TCP connection: Basic over TLS, NTLM (raw or in SPNEGO) over both."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import spnego

from lab.endpoint import encryption
from lab.endpoint.accounts import Accounts
from lab.endpoint.ntlm import acceptor


@dataclass(frozen=True)
class Challenge:
    """A 401: the WWW-Authenticate lines to send."""

    schemes: tuple[str, ...]


class Login:
    """Who speaks on this connection. NTLM belongs to the connection, Basic to each request."""

    def __init__(self, accounts: Accounts, tls: bool, computer: str) -> None:
        self._accounts = accounts
        self._computer = computer
        self._tls = tls
        self._context: spnego.ContextProxy | None = None
        self._basic: tuple[str, str] | None = None
        self._user: str | None = None
        self.final_token: str | None = None

    @property
    def offers(self) -> tuple[str, ...]:
        """The schemes offered: Basic never without TLS."""
        return ("Negotiate", 'Basic realm="WSMAN"') if self._tls else ("Negotiate",)

    def admit(self, authorization: str | None) -> str | Challenge:
        """The account that sends this request, or the challenge that it must answer first."""
        self.final_token = None
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() == "basic" and self._tls:
            return self._admit_basic(text) or Challenge(self.offers)
        if scheme.lower() in ("negotiate", "ntlm") and text:
            return self._admit_token(scheme, text)
        return self._user or Challenge(self.offers)

    def open(self, body: bytes) -> encryption.Opened:
        """Decrypt a request; raises UndecipherableError."""
        if self._context is None:
            raise encryption.UndecipherableError("nobody has logged in on this connection")
        return encryption.open_message(body, self._context)

    def seal(self, message: encryption.Opened) -> bytes:
        """Encrypt an answer."""
        assert self._context is not None, "only a connection that decrypted a request encrypts its answer"
        return encryption.seal_message(message, self._context)

    def _admit_basic(self, text: str) -> str | None:
        # The same header comes with every request of a connection: check it once.
        if self._basic and self._basic[0] == text:
            return self._basic[1]
        try:
            name, _, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = self._accounts.check(name, password)
        self._basic = (text, user) if user else None
        return user

    def _admit_token(self, scheme: str, text: str) -> str | Challenge:
        try:
            token = base64.b64decode(text, validate=True)
            return self._step(scheme, token)
        except Exception:
            # Whatever pyspnego makes of a token that is none, or of one of Kerberos. A refused login leaves nothing
            # behind: the next token starts anew.
            self._context = self._user = None
            return Challenge(self.offers)

    def _step(self, scheme: str, token: bytes) -> str | Challenge:
        with self._accounts.for_ntlm():
            if self._context is None or self._context.complete:
                self._context, self._user = acceptor(token, self._accounts.domain, self._computer), None
            answer = self._context.step(token)
        encoded = base64.b64encode(answer).decode("ascii") if answer else None
        if not self._context.complete:
            return Challenge((f"{scheme} {encoded}",) if encoded else self.offers)
        self.final_token = f"{scheme} {encoded}" if encoded else None
        self._user = self._accounts.find(self._context.client_principal or "")
        return self._user or Challenge(self.offers)
