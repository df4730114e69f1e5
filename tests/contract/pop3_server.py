"""A POP3 server on 127.0.0.1 that says what a test tells it to, well-formed or not."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping

from .smtp_server import Say

GOOD = {
    "greeting": b"+OK pop3.beispiel.de\r\n",
    "capa": b"+OK\r\nTOP\r\nSTLS\r\nUIDL\r\n.\r\n",
    "stls": b"+OK Begin TLS\r\n",
    "user": b"+OK\r\n",
    "pass": b"+OK Logged in\r\n",
    "stat": b"+OK 2 640\r\n",
    "quit": b"+OK Bye\r\n",
}


class ScriptedPop3Server:
    """Listens until it is closed; ``heard`` holds the lines of the last connection. ``implicit``: TLS comes first."""

    def __init__(self, script: Mapping[str, Say], context: ssl.SSLContext, implicit: bool) -> None:
        self.heard: list[str] = []
        self._script = script
        self._context = context
        self._implicit = implicit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, name="test-pop3", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)

    def _accept(self) -> None:
        """One client after the other: each backend asks once."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(10)
                self.heard = []
                with connection, contextlib.suppress(OSError):
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        if self._implicit:
            connection = self._context.wrap_socket(connection, server_side=True)
        try:
            going_on = self._answer(connection, "greeting")
            while going_on and (line := _line(connection)):
                self.heard.append(line)
                verb = line.partition(" ")[0].lower()
                going_on = self._answer(connection, verb) and verb != "quit"
                if going_on and verb == "stls":
                    connection = self._context.wrap_socket(connection, server_side=True)
        finally:
            connection.close()  # TLS has taken the plain one over

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        """Whether the talk goes on."""
        say = self._script.get(verb, Say(GOOD.get(verb, b"-ERR what\r\n")))
        connection.sendall(say.sent)
        if say.then == "silence":
            while connection.recv(4096):
                pass
        return say.then == "go on"


def _line(connection: socket.socket) -> str:
    line = bytearray()
    while not line.endswith(b"\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        line += byte
    return line[:-2].decode()
