"""One TCP connection to a host's listener, in a thread of its own: login, encryption, messages."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from lab.endpoint import encryption
from lab.endpoint.accounts import Accounts
from lab.endpoint.host import Host
from lab.endpoint.http import SOAP_TYPE, BadRequestError, HttpAnswer, HttpRequest, read_http
from lab.endpoint.login import Challenge, Login
from lab.wsman.service import Answer

_IDLE: Final = 300.0  # seconds; longer than any pause of a client, for an NTLM login dies with its connection
_HANDSHAKE: Final = 20.0
_PATHS: Final = ("/wsman", "/wsman-anon/identify")


class Connection:
    """Serves one accepted socket until either side closes it."""

    def __init__(
        self, peer: socket.socket, host: Host, accounts: Accounts, tls: ssl.SSLContext | None, number: int
    ) -> None:
        self._socket = peer
        self._host = host
        self._tls = tls
        self._login = Login(accounts, tls is not None)
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
        if request.method != "POST" or request.path.partition("?")[0] not in _PATHS:
            return self._log("?", HttpAnswer(404)), False
        if request.path == _PATHS[1] or (request.header("wsmanidentify") or "").lower() == "unauthenticated":
            return self._send(self._host.service.identify(logged_in=False)), False
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
        sealed = encryption.is_encrypted(request.header("content-type") or "")
        envelope = request.body
        if sealed:
            try:
                envelope = self._login.open(envelope)
            except encryption.UndecipherableError:
                return self._log("?", HttpAnswer(400)), False
        elif not self._tls:
            # AllowUnencrypted is off: Windows answers with an empty 500.
            return self._log("?", HttpAnswer(500)), False
        outcome = self._host.message(envelope, user, self._number)
        if outcome.answer is None:
            return None, outcome.close
        if outcome.answer.status == 401:
            return self._refusal(self._login.offers), outcome.close
        return self._send(outcome.answer, sealed), outcome.close

    def _send(self, answer: Answer, sealed: bool = False) -> HttpAnswer:
        if not answer.body:
            return HttpAnswer(answer.status)
        if sealed:
            return HttpAnswer(answer.status, self._login.seal(answer.body), encryption.CONTENT_TYPE)
        return HttpAnswer(answer.status, answer.body, SOAP_TYPE)

    def _challenge(self, challenge: Challenge) -> HttpAnswer:
        return self._log("login", self._refusal(challenge.schemes))

    def _refusal(self, schemes: tuple[str, ...]) -> HttpAnswer:
        return HttpAnswer(401, headers=tuple(("WWW-Authenticate", scheme) for scheme in schemes))

    def _log(self, action: str, answer: HttpAnswer) -> HttpAnswer:
        self._host.log.add(self._number, action, answer.status, response=len(answer.body))
        return answer
