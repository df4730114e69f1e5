"""A small POP3 server on 127.0.0.1 for the tests of the simulated connector: one mailbox, with or without TLS."""

from __future__ import annotations

import socketserver
import ssl
import threading
from types import TracebackType

GREETING = "+OK ready <1896.697170952@localhost>"


class Pop3Server:
    """A context manager. ``messages`` are what waits; DELE counts with QUIT only, as RFC 1939 says.

    ``cut_at``: the command at which the connection is closed without an answer; ``said`` is what clients said.
    """

    def __init__(
        self, login: tuple[str, str], messages: list[bytes], tls: ssl.SSLContext | None = None, cut_at: str = ""
    ) -> None:
        self.login = login
        self.messages = messages
        self.tls = tls
        self.cut_at = cut_at
        self.said: list[str] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Pop3Server:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    connection = server.tls.wrap_socket(self.request, server_side=True) if server.tls else self.request
                    with connection, connection.makefile("rwb") as talk:
                        _Session(server).run(talk)
                except OSError:
                    return

        return Handler


class _Session:
    def __init__(self, server: Pop3Server) -> None:
        self._server = server
        self._user = ""
        self._gone: set[int] = set()

    def run(self, talk: object) -> None:
        self._say(talk, GREETING)
        while line := talk.readline().decode("utf-8").rstrip("\r\n"):  # type: ignore[attr-defined]
            verb, _, rest = line.partition(" ")
            self._server.said.append(line)
            if verb == self._server.cut_at:
                return
            self._say(talk, self._answer(verb, rest))
            if verb == "QUIT":
                return

    def _answer(self, verb: str, rest: str) -> str:
        messages = self._server.messages
        if verb == "USER":
            self._user = rest
            return "+OK"
        if verb == "PASS":
            return "+OK" if (self._user, rest) == self._server.login else f"-ERR no login with {rest}"
        if verb == "STAT":
            return f"+OK {len(messages)} {sum(map(len, messages))}"
        if verb == "RETR":
            body = messages[int(rest) - 1].decode().replace("\r\n.", "\r\n..")
            return f"+OK\r\n{body}."
        if verb == "DELE":
            self._gone.add(int(rest) - 1)
            return "+OK"
        if verb == "QUIT":
            messages[:] = [message for number, message in enumerate(messages) if number not in self._gone]
            return "+OK"
        return "-ERR unknown"

    def _say(self, talk: object, text: str) -> None:
        talk.write(text.encode("utf-8") + b"\r\n")  # type: ignore[attr-defined]
        talk.flush()  # type: ignore[attr-defined]
