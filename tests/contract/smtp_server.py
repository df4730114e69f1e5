"""A mail server on 127.0.0.1 that keeps to SMTP but for the stages where a test tells it otherwise."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

GOOD = {
    "greeting": b"220 mx.beispiel.de ESMTP\r\n",
    "ehlo": b"250-mx.beispiel.de\r\n250-SIZE 104857600\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
    "starttls": b"220 2.0.0 Ready to start TLS\r\n",
    "tls": b"",
    "ehlo2": b"250-mx.beispiel.de\r\n250-SIZE 104857600\r\n250 AUTH PLAIN LOGIN\r\n",
    "auth": b"334 VXNlcm5hbWU6\r\n",
    "username": b"334 UGFzc3dvcmQ6\r\n",
    "password": b"235 2.7.0 Authentication successful\r\n",
    "mail": b"250 2.1.0 Ok\r\n",
    "rcpt": b"250 2.1.5 Ok\r\n",
    "data": b"354 go ahead\r\n",
    "sent": b"250 2.0.0 queued as 4Gx\r\n",
    "rset": b"250 2.0.0 Ok\r\n",
    "quit": b"221 2.0.0 Bye\r\n",
}
STAGES = [stage for stage in GOOD if stage not in ("data", "sent", "rset", "quit")]


@dataclass(frozen=True)
class Say:
    """What comes instead of the good answer, and whether the server then goes on, hangs up or falls silent."""

    sent: bytes = b""
    then: str = "go on"
    # Of every byte; the whole is sent over and over until the client has had enough.
    pause: float = 0


CLOSE = Say(then="close")
SILENCE = Say(then="silence")


class _Over(Exception):
    """The connection is done with."""


class SmtpServer:
    """Listens until it is closed; ``heard`` holds the lines of every connection."""

    def __init__(self, script: Mapping[str, Say], context: ssl.SSLContext) -> None:
        self.heard: list[list[str]] = []
        self._script = script
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="test-smtp", daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.heard.append([])
            threading.Thread(target=self._serve, args=(connection, self.heard[-1]), daemon=True).start()

    def _serve(self, connection: socket.socket, heard: list[str]) -> None:
        with contextlib.suppress(_Over, OSError):
            _Conversation(connection, heard, self._script, self._context).run()
        connection.close()


class _Conversation:
    def __init__(
        self, connection: socket.socket, heard: list[str], script: Mapping[str, Say], context: ssl.SSLContext
    ) -> None:
        connection.settimeout(30)
        self._socket = connection
        self._heard = heard
        self._script = script
        self._context = context
        self._secure = False

    def run(self) -> None:
        try:
            self._answer("greeting")
            while True:
                self._take(self._line())
        finally:
            # A TLS socket has taken the plain one over.
            self._socket.close()

    def _take(self, line: str) -> None:
        verb = line.partition(" ")[0].lower()
        self._answer("ehlo2" if verb == "ehlo" and self._secure else verb)
        if verb == "starttls":
            self._answer("tls")
            self._socket = self._context.wrap_socket(self._socket, server_side=True)
            self._secure = True
        elif verb == "auth":
            for stage in ("username", "password"):
                if self._line() == "QUIT":
                    self._answer("quit")
                    raise _Over
                self._answer(stage)
        elif verb == "data" and self._script.get(verb, Say(GOOD[verb])).sent.startswith(b"3"):
            while self._line() != ".":
                pass
            self._answer("sent")
        elif verb == "quit":
            raise _Over

    def _answer(self, stage: str) -> None:
        say = self._script.get(stage, Say(GOOD[stage]))
        while say.pause:
            for byte in say.sent:
                time.sleep(say.pause)
                self._socket.sendall(bytes([byte]))
        self._socket.sendall(say.sent)
        if say.then == "silence":
            while self._socket.recv(4096):
                pass
        if say.then != "go on":
            raise _Over

    def _line(self) -> str:
        line = bytearray()
        while not line.endswith(b"\r\n"):
            byte = self._socket.recv(1)
            if not byte:
                raise _Over
            line += byte
        self._heard.append(line[:-2].decode())
        return self._heard[-1]
