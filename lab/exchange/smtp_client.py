"""The sending side of one SMTP connection: lines out, replies in, every one of them told to a listener."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Final, NamedTuple

from lab.exchange import delivery_texts
from lab.exchange.schannel import TlsClient

Note = Callable[[str, str, str], None]
"""Event, data and context of one line of the protocol log."""

HIDDEN: Final = "<Binary Data>"
"""What Exchange logs in the place of a login."""


class ConnectionFailed(Exception):
    """The connection is of no use any more; ``inner`` is the reply or what Exchange says in its place."""

    def __init__(self, inner: str) -> None:
        super().__init__(inner)
        self.inner = inner


class Reply(NamedTuple):
    """A reply of one or more lines, without their codes and marks in ``lines``."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The reply in one line, ``450 4.7.0 Try again later``."""
        return f"{self.code} {' '.join(self.lines)}".strip()

    @property
    def good(self) -> bool:
        """Whether the command was done."""
        return 200 <= self.code < 300


class SmtpClient:
    """One connection to an address on the loopback. Raises ConnectionFailed where it breaks."""

    def __init__(self, address: str, port: int, timeout: float, note: Note) -> None:
        self._note = note
        try:
            self._socket: socket.socket = socket.create_connection((address, port), timeout)
        except OSError as error:
            raise _failed(error, delivery_texts.UNABLE_TO_CONNECT) from error
        self._file = self._socket.makefile("rb")

    @property
    def endpoints(self) -> tuple[str, str]:
        """Both ends as ``address:port``, the local one first."""
        local, remote = self._socket.getsockname(), self._socket.getpeername()
        return f"{local[0]}:{local[1]}", f"{remote[0]}:{remote[1]}"

    def command(self, line: str, shown: str | None = None, answer: str | None = None) -> Reply:
        """Send a line and read its reply; ``shown`` and ``answer`` are what the log gets in their places."""
        self._note(">", shown or line, "")
        self._send(line.encode("ascii") + b"\r\n")
        return self.reply(answer)

    def content(self, content: bytes) -> Reply:
        """Send a message (lines that end in CRLF) and its end; the log gets none of it."""
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        self._send((b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n")
        return self.reply()

    def reply(self, shown: str | None = None) -> Reply:
        """Read one whole reply."""
        lines = []
        while True:
            line = self._line()
            self._note("<", f"{line[:4]}{shown}" if shown and line.startswith("334") else line, "")
            lines.append(line[4:])
            if line[3:4] != "-":
                return Reply(int(line[:3]), tuple(lines))

    def start_tls(self, tls: TlsClient, name: str, verified: bool) -> ssl.SSLSocket:
        """Encrypt from here on; whatever was received before is forgotten."""
        try:
            encrypted = tls.shake_hands(self._socket, name, verified)
        except ssl.SSLCertVerificationError as error:
            raise ConnectionFailed(delivery_texts.CERTIFICATE_REFUSED) from error
        except OSError as error:
            self._note("*", "", delivery_texts.TLS_FAILED)
            raise ConnectionFailed(delivery_texts.TIMED_OUT) from error
        self._file.close()
        self._socket, self._file = encrypted, encrypted.makefile("rb")
        return encrypted

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise _failed(error, delivery_texts.DROPPED) from error

    def _line(self) -> str:
        try:
            line = self._file.readline(8192).decode("ascii", "replace").rstrip("\r\n")
        except OSError as error:
            raise _failed(error, delivery_texts.DROPPED) from error
        if not line[:3].isdigit() or len(line) < 3:
            raise ConnectionFailed(delivery_texts.DROPPED)
        return line


def _failed(error: OSError, otherwise: str) -> ConnectionFailed:
    return ConnectionFailed(delivery_texts.TIMED_OUT if isinstance(error, TimeoutError) else otherwise)
