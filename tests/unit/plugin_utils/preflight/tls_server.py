"""A server of mail on the loopback that speaks as far as the handshake, with a TLS that a test chooses."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import trustme

AUTHORITY = trustme.CA()
RSA = AUTHORITY.issue_cert("localhost", key_type=trustme.KeyType.RSA)
ECDSA = AUTHORITY.issue_cert("localhost", key_type=trustme.KeyType.ECDSA)
SMTP = (b"220-mail\r\n220 ready\r\n", b"250-mail\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", b"220 go\r\n")
STLS = (b"+OK ready\r\n", b"+OK go\r\n")


def server_side(
    ciphers: str = "", versions: tuple[ssl.TLSVersion, ...] = (), curve: str = "", *leaves: trustme.LeafCert
) -> ssl.SSLContext:
    """``versions``: the lowest and the highest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for leaf in leaves or (RSA,):
        leaf.configure_cert(context)
    if versions:
        context.minimum_version, context.maximum_version = versions
    if ciphers:
        context.set_ciphers(ciphers)
    if curve:
        context.set_ecdh_curve(curve)
    return context


class TlsServer:
    """``says`` is what it says of itself, each but the first after a line of the client's; then comes TLS, where there
    is a ``context``, or it hangs up. ``heard`` are the lines that came before, ``met`` counts connections."""

    def __init__(self, says: tuple[bytes, ...], context: ssl.SSLContext | None) -> None:
        self._says, self._context = says, context
        self.heard: list[bytes] = []
        self.met = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            with contextlib.suppress(OSError), self._listener.accept()[0] as connection:
                connection.settimeout(10)
                self.met += 1
                self._speak(connection)
            if self._listener.fileno() < 0:
                return

    def _speak(self, connection: socket.socket) -> None:
        for number, piece in enumerate(self._says):
            if number:
                self.heard.append(connection.recv(1000))
            connection.sendall(piece)
        if self._context is not None:
            with self._context.wrap_socket(connection, server_side=True) as tunnel:
                while line := tunnel.recv(1000):
                    self.heard.append(line)

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(20)


@contextmanager
def serving(says: tuple[bytes, ...], context: ssl.SSLContext | None) -> Iterator[TlsServer]:
    """A server for the length of a block."""
    server = TlsServer(says, context)
    try:
        yield server
    finally:
        server.close()
