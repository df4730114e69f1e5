"""One TCP connection to a host's listener, in a thread of its own: login, encryption, messages."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from lab.endpoint import encryption
from lab.endpoint.accounts import Accounts
from lab.endpoint.host import Host
from lab.endpoint.http import SOAP_TYPE, BadRequestError, HttpAnswer, HttpRequest, read_http, soap_charset
from lab.endpoint.login import Challenge, Login
from lab.wsman.envelope import charset_of
from lab.wsman.service import Answer

_IDLE: Final = 300.0  # seconds; longer than any pause of a client, for an NTLM login dies with its connection
_HANDSHAKE: Final = 20.0
_PATH: Final = "/wsman"
_ANONYMOUS_PATH: Final = "/wsman-anon/identify"


class Connection:
    """Serves one accepted socket until either side closes it."""

    def __init__(
        self, peer: socket.socket, host: Host, accounts: Accounts, tls: ssl.SSLContext | None, number: int
    ) -> None:
        self._socket = peer
        self._host = host
        self._tls = tls
        self._login = Login(accounts, tls is not None, host.name)
        self._number = number

    def serve(self) -> None:
        """Answer requests; what goes wrong with the peer ends the connection and nothing else."""
        try:
            self._prepare()
            with self._socket.makefile("rb") as stream:
                while request := read_http(stream):
                    answer, close = self._answer(request)
                    if answer is not None:
                        self._socket.sendall(answer.as_bytes())
                    if close or request.wants_close:
                        break
        except (OSError, BadRequestError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close the socket, from whatever thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _prepare(self) -> None:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            self._socket.settimeout(_HANDSHAKE)
            self._socket = self._tls.wrap_socket(self._socket, server_side=True)
        self._socket.settimeout(_IDLE)

    def _answer(self, request: HttpRequest) -> tuple[HttpAnswer | None, bool]:
        """The answer (None: none at all), and whether the connection ends after it."""
        path = request.path.partition("?")[0]
        if path not in (_PATH, _ANONYMOUS_PATH):
            return self._log("?", HttpAnswer(404)), False
        if request.method != "POST":
            return self._log("?", HttpAnswer(405, headers=(("Allow", "POST"),))), False
        if path == _ANONYMOUS_PATH or (request.header("wsmanidentify") or "").lower() == "unauthenticated":
            return self._envelope(request.header("content-type") or "", request.body, None)
        if self._host.faults.for_http(self._number):
            return self._challenge(Challenge(self._login.offers)), False
        admitted = self._login.admit(request.header("authorization"))
        if isinstance(admitted, Challenge):
            return self._challenge(admitted), False
        if not request.body:
            token = self._login.final_token
            headers = (("WWW-Authenticate", token),) if token else ()
            return self._log("login", HttpAnswer(200, headers=headers)), False
        return self._message(request, admitted)

    def _message(self, request: HttpRequest, user: str) -> tuple[HttpAnswer | None, bool]:
        content_type = request.header("content-type") or ""
        if encryption.is_encrypted(content_type):
            try:
                opened = self._login.open(request.body)
            except encryption.UndecipherableError:
                return self._log("?", HttpAnswer(400)), False
            return self._envelope(*opened, user, sealed=True)
        if not self._tls:
            # AllowUnencrypted is off: Windows answers with an empty 500.
            return self._log("?", HttpAnswer(500)), False
        return self._envelope(content_type, request.body, user)

    def _envelope(
        self, content_type: str, envelope: bytes, user: str | None, sealed: bool = False
    ) -> tuple[HttpAnswer | None, bool]:
        """Answer one message; without a user it may only be an Identify."""
        charset = soap_charset(content_type)
        if charset is None:
            return self._log("?", HttpAnswer(415)), False
        if charset and charset != charset_of(envelope):
            return self._log("?", HttpAnswer(400)), False
        outcome = self._host.message(envelope, user, self._number)
        if outcome.answer is None:
            return None, outcome.close
        if outcome.answer.status == 401:
            return self._refusal(self._login.offers), outcome.close
        return self._send(outcome.answer, sealed), outcome.close

    def _send(self, answer: Answer, sealed: bool) -> HttpAnswer:
        if not answer.body:
            return HttpAnswer(answer.status)
        message = encryption.Opened(f"{SOAP_TYPE};charset={answer.charset.upper()}", answer.body)
        if sealed:
            return HttpAnswer(answer.status, self._login.seal(message), encryption.CONTENT_TYPE)
        return HttpAnswer(answer.status, message.plaintext, message.content_type)

    def _challenge(self, challenge: Challenge) -> HttpAnswer:
        return self._log("login", self._refusal(challenge.schemes))

    def _refusal(self, schemes: tuple[str, ...]) -> HttpAnswer:
        return HttpAnswer(401, headers=tuple(("WWW-Authenticate", scheme) for scheme in schemes))

    def _log(self, action: str, answer: HttpAnswer) -> HttpAnswer:
        self._host.log.add(self._number, action, answer.status, response=len(answer.body))
        return answer
