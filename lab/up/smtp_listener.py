"""The SMTP port of one host on the loopback: real sockets and real TLS around the sessions of its Exchange.

It stands for port 25 of the host's own loopback. A first line ``XCLIENT ADDR=203.0.113.9`` (Postfix has it so) says
that the client is another one, ``DESTADDR=`` and ``DESTPORT=`` where it has connected to; the greeting that follows is
the one that this client gets. While the host's transport service does not listen anywhere, the port refuses.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from lab.exchange.receiving.replies import NO_CONNECTOR
from lab.exchange.receiving.session import CONTENT, HANDSHAKE, LINE, NOTHING, ReceivingSession
from lab.exchange.schannel import NAMES

_ADDRESS: Final = "127.0.0.1"
_TURN: Final = 0.03  # seconds between two looks whether the host listens
_PATIENCE: Final = 30.0  # seconds for a client's next line
_LAST_WORD: Final = 1.0  # seconds in which one whom no connector takes may still say who he is
_LONGEST: Final = 12288
_XCLIENT: Final = re.compile(r"XCLIENT((?:\s+[A-Z]+=\S+)+)\s*", re.IGNORECASE)
_RESET: Final = struct.pack("ii", 1, 0)

Contexts = Callable[[tuple[str, ...]], ssl.SSLContext]
"""Gives the server's side of TLS with a certificate for these names."""


class ReceivingHost(Protocol):
    """What the listener asks of a host; ``lab.host.machine.SimulatedMachine`` is one."""

    def smtp_session(self, client: str, to: str) -> ReceivingSession:
        """A session; ConnectionRefusedError where nothing listens."""

    @property
    def is_open(self) -> bool:
        """Whether anything listens anywhere."""


class SmtpListener:
    """Listens between ``start`` and ``close``; ``port`` stays the same while the host refuses."""

    def __init__(self, host: ReceivingHost, contexts: Contexts) -> None:
        self._host = host
        self._contexts = contexts
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = _bound(0)
        self._thread = threading.Thread(target=self._serve, name="lab-smtp-receive", daemon=True)
        self.port = int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Take connections."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening, cut every connection; the thread is gone on return."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for connection in self._open:
                _cut(connection)
        if self._listener:
            self._listener.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            if not self._host.is_open:
                self._refuse()
            elif self._listener is None:
                self._listener = _bound(self.port)
            elif select.select([self._listener], [], [], _TURN)[0]:
                self._let_in(self._listener.accept()[0])

    def _refuse(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None
        self._ended.wait(_TURN)

    def _let_in(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE)
        talk = _Talk(self._host, connection, self._contexts)
        try:
            talk.go()
        except ConnectionRefusedError:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        except (OSError, ValueError):
            pass  # the client is gone, or does not speak SMTP; the log of the session has its end
        finally:
            talk.hang_up()
            with self._lock:
                self._open.discard(connection)


class _Talk:
    """One connection."""

    def __init__(self, host: ReceivingHost, connection: socket.socket, contexts: Contexts) -> None:
        self._host = host
        self._socket = connection
        self._file: Any = connection.makefile("rb")
        self._contexts = contexts
        self._session: ReceivingSession | None = None

    def go(self) -> None:
        """Greet, then hear until somebody has enough."""
        session = self._greet_who_is_here()
        for number, line in enumerate(self._lines()):
            if number == 0 and (told := _XCLIENT.fullmatch(line)):
                self._socket.settimeout(_PATIENCE)
                session = self._greet(*_told(told[1]))
                if session.expects == NOTHING:
                    return
                continue
            if session is None or session.expects == NOTHING:
                return
            self._say(session.line(line))
            if session.expects == CONTENT:
                self._say(session.content(self._content()))
            elif session.expects == HANDSHAKE:
                self._encrypt(session)
            elif session.expects != LINE:
                return

    def hang_up(self) -> None:
        """The end."""
        if self._session:
            self._session.hang_up()
        self._file.close()
        _cut(self._socket)

    def _greet_who_is_here(self) -> ReceivingSession | None:
        """Where nothing listens or takes the loopback, there is time left to say that one is somebody else."""
        try:
            session = self._greet(_ADDRESS, f"{_ADDRESS}:25")
        except ConnectionRefusedError:
            self._socket.settimeout(_LAST_WORD)
            self._say(NO_CONNECTOR)
            return None
        if session.expects == NOTHING:
            self._socket.settimeout(_LAST_WORD)
        return session

    def _greet(self, client: str, to: str) -> ReceivingSession:
        if self._session:
            self._session.hang_up()
        session = self._session = self._host.smtp_session(client, to)
        self._say(session.greeting)
        return session

    def _say(self, reply: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in reply.split("\n")).encode("utf-8"))

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(_LONGEST):
            yield line.decode("utf-8", "replace").rstrip("\r\n")

    def _content(self) -> bytes:
        lines = []
        while (line := self._file.readline()) not in (b".\r\n", b".\n"):
            if not line:
                raise ConnectionError("the client is gone in the middle of its message")
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _encrypt(self, session: ReceivingSession) -> None:
        context = self._contexts(session.certificate or ())
        self._file.close()
        encrypted = context.wrap_socket(self._socket, server_side=True)
        self._socket, self._file = encrypted, encrypted.makefile("rb")
        session.handshake(NAMES[encrypted.version() or ""])


def _told(attributes: str) -> tuple[str, str]:
    """The client's address, and where it has connected to."""
    given = dict(each.split("=", 1) for each in attributes.upper().split())
    client = given.get("ADDR", _ADDRESS).removeprefix("IPV6:")
    everywhere = "::" if ":" in client else "0.0.0.0"
    address = given.get("DESTADDR", everywhere).removeprefix("IPV6:")
    shown = f"[{address}]" if ":" in address else address
    return client, f"{shown}:{given.get('DESTPORT', '25')}"


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_ADDRESS, port))
    listener.listen()
    return listener


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is cut already
    connection.close()
