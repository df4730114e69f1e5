"""One connection to a mail server in Python, as the agent holds it: lines, TLS, its certificate judged.

It reaches nothing beyond the loopback, where the lab's providers listen.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from lab.exchange.schannel import NothingInCommon, TlsClient
from lab.host.network import connect_to_own
from lab.twin.agent import one_line
from lab.twin.certificate import Verdict, judge

_LINE_LIMIT = 2048
_VERSIONS = {"TLSv1": "Tls", "TLSv1.1": "Tls11", "TLSv1.2": "Tls12"}
# A ClientHello of TLS 1.2, and the alert protocol_version (RFC 5246, sections 7.4.1.2 and 7.2.2).
_HELLO = bytes.fromhex(
    "160301006a0100006603037362732e6d61696c666c6f772061736b7320776861742069732073706f6b656e000014c02fc030"
    "c02bc02cc013c014009c009d002f003501000029000a00080006001d00170018000b00020100000d000e000c040105010601"
    "040305030603ff01000100"
)
# The same of TLS 1.3, without a key to share (RFC 8446, section 4.2.8): whoever speaks that asks for one.
_NEWER_HELLO = bytes.fromhex(
    "16030100600100005c03037362732e6d61696c666c6f772061736b7320776861742069732073706f6b656e000006130113021303"
    "0100002d000a00080006001d00170018000d0010000e0403080404010503080505010806002b0003020304003300020000"
)
CLOSED: Final = b"closed"
"""Instead of bytes, where the server hung up."""
_NEWER = re.compile(rb"\x15\x03.\x00\x02.\x46|" + CLOSED + rb"\x16\x03", re.DOTALL)


class End(Exception):
    """The talk is over; the report says why."""


NO_COMMON_ALGORITHM = "The client and server cannot communicate, because they do not possess a common algorithm"


@dataclass
class TalkReport:
    """How far a talk came and what ended it; the wire page has the words."""

    stage: str = "connect"
    problem: str | None = None
    text: str | None = None
    tls: str | None = None
    certificate: dict[str, object] | None = None


@dataclass(frozen=True)
class MailServer:
    """Whom to talk to, how many seconds to wait for each answer, and the TLS of the host's .NET.

    ``tls_name`` is whom its certificate must be for where that is not ``name``; ``any_certificate``: it is told and
    not judged. ``own_port`` is where the lab listens instead of an address of the simulated host's own.
    """

    name: str
    port: int
    seconds: int
    tls: TlsClient
    tls_name: str | None = None
    any_certificate: bool = False
    own_port: int | None = None


Open = Callable[[MailServer], tuple[socket.socket, bytes]]
"""Brings a new connection to where TLS begins; with what has come of that already. Raises OSError."""


def _opened(server: MailServer) -> socket.socket:
    if server.own_port is not None:
        return connect_to_own(server.name, server.own_port, server.seconds)
    if not is_here(server.name):
        raise OSError("No such host is known.")
    return socket.create_connection((server.name, server.port), server.seconds)


def _connected(server: MailServer) -> tuple[socket.socket, bytes]:
    return socket.create_connection((server.name, server.port), server.seconds), b""


def what_is_spoken(server: MailServer, opened: Open = _connected) -> bytes:
    """The first bytes that come back where a connection goes on as TLS 1.2 does, none in time; CLOSED and those that
    TLS 1.3 gets, since Dovecot hangs up on a TLS that is too old without the alert."""
    asked = replace(server, seconds=min(10, server.seconds))
    first = _first_answer(asked, opened, _HELLO)
    return CLOSED + _first_answer(asked, opened, _NEWER_HELLO) if first == CLOSED else first


def wants_newer(spoken: bytes) -> bool:
    """Whether that is a server for which TLS 1.2 is too old."""
    return _NEWER.match(spoken) is not None


def _first_answer(server: MailServer, opened: Open, hello: bytes) -> bytes:
    try:
        connection, come = opened(server)
        with connection:
            connection.sendall(hello)
            return come or connection.recv(4096) or CLOSED
    except ConnectionResetError:
        return CLOSED
    except OSError:
        return b""


class Talk(ABC):
    """One connection; ``hide`` takes secrets out of what is told."""

    report: TalkReport

    def __init__(self, server: MailServer, hide: Callable[[str], str], report: TalkReport) -> None:
        self.report = report
        self._server = server
        self._hide = hide
        self._socket: socket.socket | None = None
        self._pending = b""
        self._lines: list[str] = []
        self._horizon = 0.0
        self._line_limit = _LINE_LIMIT

    @abstractmethod
    def run(self) -> None:
        """The whole talk. Raises End."""

    @abstractmethod
    def farewell(self) -> None:
        """What is said to a server that still listens. Raises End."""

    def hold(self) -> None:
        """Speak to the server as far as it lets us, and take leave."""
        try:
            with suppress(End):
                self.run()
        finally:
            self._leave()

    def _leave(self) -> None:
        """What the server answers to the farewell changes nothing."""
        if self._socket is None:
            return
        told, self.report = self.report, replace(self.report)
        if told.problem in (None, "reply", "not_offered"):
            with suppress(End):
                self.farewell()
        self._socket.close()
        self.report = told

    def _end(self, problem: str, text: str = "") -> NoReturn:
        self.report.problem = problem
        if text:
            self.report.text = self._shown(text)
        raise End

    def _shown(self, text: str) -> str:
        """Without secrets, on one line."""
        return one_line(self._hide(text))

    def _connect(self) -> None:
        try:
            self._socket = _opened(self._server)
        except TimeoutError:
            self._end("timeout")
        except OSError as error:
            self._end("connect", error.strerror or str(error))

    def _handshake(self) -> None:
        """From here on the talk goes through a tunnel; what had come before it is no part of it."""
        if self._pending:
            self._unreadable()
        self.report.stage = "tls"
        assert self._socket is not None
        name = self._server.tls_name or self._server.name
        self._socket.settimeout(self._server.seconds)
        try:
            secured = self._server.tls.shake_hands(self._socket, name)
        except TimeoutError:
            self._end("timeout")
        except (ssl.SSLEOFError, ConnectionError):
            self._end("closed")
        except NothingInCommon:
            self._end("tls", NO_COMMON_ALGORITHM)
        except ssl.SSLError as error:
            text = error.reason or str(error)
            self._end("tls", NO_COMMON_ALGORITHM if "PROTOCOL_VERSION" in text else text)
        self._socket = secured
        verdict = judge(secured.getpeercert(binary_form=True) or b"", name, self._server.tls.ca_file)
        self._accept(verdict)
        self.report.tls = _VERSIONS.get(secured.version() or "")

    def _accept(self, verdict: Verdict) -> None:
        self.report.certificate = {
            "Subject": self._shown(verdict.subject),
            "Issuer": self._shown(verdict.issuer),
            "NotAfter": verdict.not_after,
            "Problem": verdict.problem,
        }
        if verdict.problem and not self._server.any_certificate:
            self._end("certificate", ": ".join(filter(None, [verdict.problem, ", ".join(verdict.chain)])))

    def _send(self, line: str) -> None:
        assert self._socket is not None
        try:
            self._socket.settimeout(self._server.seconds)
            self._socket.sendall(f"{line}\r\n".encode())
        except OSError:
            self._end("closed")

    def _begin_answer(self) -> None:
        self._horizon = time.monotonic() + self._server.seconds
        self._lines = []

    def _next_line(self) -> str:
        """The next line of the answer that is being read."""
        while b"\n" not in self._pending[: self._line_limit + 1]:
            if len(self._pending) > self._line_limit:
                self._unreadable(self._pending)
            self._pending += self._receive()
        line, _, self._pending = self._pending.partition(b"\n")
        self._lines.append(_text(line))
        return self._lines[-1]

    def _receive(self) -> bytes:
        assert self._socket is not None
        try:
            self._socket.settimeout(max(self._horizon - time.monotonic(), 0.001))
            piece = self._socket.recv(4096)
        except TimeoutError:
            self._stop_reading("timeout", self._pending)
        except OSError:
            piece = b""
        if not piece:
            self._stop_reading("closed", self._pending)
        return piece

    def _answer(self) -> str:
        """The answer as it is told, its lines on one."""
        return " | ".join(self._lines)

    def _unreadable(self, more: bytes = b"") -> NoReturn:
        self._stop_reading("unreadable", more)

    def _stop_reading(self, problem: str, more: bytes) -> NoReturn:
        """With what had come of the answer by then."""
        self._end(problem, " | ".join([*self._lines, *([_text(more)] if more else [])]))


def is_here(server: str) -> bool:
    """Whether a name is the loopback's."""
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server.lower() == "localhost"


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")
