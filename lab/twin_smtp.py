"""``Test-SmtpLogin`` in Python: the dialogue that docs/wire.md describes, over real sockets.

It reaches nothing beyond the loopback, where the lab's providers listen.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import socket
import ssl
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from lab.exchange.values import Credential
from lab.twin_certificate import Verdict, judge

_LINE_LIMIT = 2048
_ANSWER_LIMIT = 100
_TEXT_LIMIT = 500
_REPLY = re.compile(r"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_VERSIONS = {"TLSv1": "Tls", "TLSv1.1": "Tls11", "TLSv1.2": "Tls12"}


@dataclass(frozen=True)
class LoginProof:
    """What is to be proven, and whose authority the host trusts."""

    server: str
    port: int
    login: Credential
    sender: str
    recipient: str
    seconds: int
    helo: str
    trusted: Path | None


class _End(Exception):
    """The talk is over; the report says why."""


@dataclass
class _Report:
    stage: str = "connect"
    problem: str | None = None
    code: int | None = None
    text: str | None = None
    tls: str | None = None
    certificate: dict[str, object] | None = None
    mechanism: str | None = None
    capabilities: list[str] = field(default_factory=list)

    def as_output(self) -> dict[str, object]:
        return {
            "Stage": self.stage,
            "Problem": self.problem,
            "Code": self.code,
            "Text": self.text,
            "Tls": self.tls,
            "Certificate": self.certificate,
            "Mechanism": self.mechanism,
            "Capabilities": self.capabilities,
        }


def prove_login(proof: LoginProof, hide: Callable[[str], str]) -> dict[str, object]:
    """Speak to the server as far as it lets us; ``hide`` takes secrets out of what is told."""
    talk = _Talk(proof, hide)
    try:
        talk.run()
    except _End:
        pass
    finally:
        talk.close()
    return talk.report.as_output()


def is_one_line(text: str) -> bool:
    """Whether the text holds no control character, so that it can be no command of its own."""
    return all(unicodedata.category(character) != "Cc" for character in text)


class _Talk:
    """One connection."""

    def __init__(self, proof: LoginProof, hide: Callable[[str], str]) -> None:
        self.report = _Report()
        self._proof = proof
        self._hide = hide
        self._socket: socket.socket | None = None
        self._pending = b""
        self._lines: list[str] = []

    def run(self) -> None:
        proof = self._proof
        self._connect()
        self.report.stage = "greeting"
        self._listen("2")
        self._hello()
        self._start_tls()
        self._hello()
        self._log_in(proof.login)
        self._say("mail", f"MAIL FROM:<{proof.sender}>")
        self.report.code, self.report.text = self._say("rcpt", f"RCPT TO:<{proof.recipient}>")
        self.report.stage = "done"

    def close(self) -> None:
        """Take leave where the server still listens; what it answers changes nothing."""
        if self._socket is None:
            return
        told, self.report = self.report, _Report()
        try:
            if told.stage == "done":
                self._say("done", "RSET")
            if told.problem in (None, "reply", "not_offered"):
                self._say("done", "QUIT")
        except _End:
            pass
        self._socket.close()
        self.report = told

    def _end(self, problem: str, text: str = "") -> NoReturn:
        self.report.problem = problem
        if text:
            self.report.text = self._shown(text)
        raise _End

    def _shown(self, text: str) -> str:
        """Without secrets, on one line, cut as .NET counts characters."""
        plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in self._hide(text))
        return plain.encode("utf-16-le")[: 2 * _TEXT_LIMIT].decode("utf-16-le", "ignore")

    def _connect(self) -> None:
        try:
            if not _is_here(self._proof.server):
                raise OSError("No such host is known.")
            self._socket = socket.create_connection((self._proof.server, self._proof.port), self._proof.seconds)
        except TimeoutError:
            self._end("timeout")
        except OSError as error:
            self._end("connect", error.strerror or str(error))

    def _hello(self) -> None:
        self.report.stage = "ehlo"
        self._send(f"EHLO {self._proof.helo}")
        self._listen("2")
        self.report.capabilities = [self._shown(line[4:]) for line in self._lines[1:]]

    def _start_tls(self) -> None:
        self._need("starttls", r"STARTTLS( |$)")
        self._say("starttls", "STARTTLS")
        if self._pending:
            self._end("unreadable", " | ".join(self._lines))
        self.report.stage = "tls"
        assert self._socket is not None
        self._socket.settimeout(self._proof.seconds)
        try:
            secured = _context().wrap_socket(self._socket, server_hostname=self._proof.server)
        except TimeoutError:
            self._end("timeout")
        except (ssl.SSLEOFError, ConnectionError):
            self._end("closed")
        except ssl.SSLError as error:
            self._end("tls", error.reason or str(error))
        self._socket = secured
        verdict = judge(secured.getpeercert(binary_form=True) or b"", self._proof.server, self._proof.trusted)
        self._accept(verdict)
        self.report.tls = _VERSIONS.get(secured.version() or "")

    def _accept(self, verdict: Verdict) -> None:
        self.report.certificate = {
            "Subject": self._shown(verdict.subject),
            "Issuer": self._shown(verdict.issuer),
            "NotAfter": verdict.not_after,
            "Problem": verdict.problem,
        }
        if verdict.problem:
            self._end("certificate", ": ".join(filter(None, [verdict.problem, ", ".join(verdict.chain)])))

    def _log_in(self, login: Credential) -> None:
        self._need("auth", r"AUTH (.* )?LOGIN( |$)")
        self.report.mechanism = "LOGIN"
        self._say("auth", "AUTH LOGIN", "3")
        self._say("auth", _base64(login.username), "3")
        self._say("auth", _base64(login.password))

    def _need(self, stage: str, pattern: str) -> None:
        self.report.stage = stage
        if not any(re.match(pattern, offer, re.IGNORECASE) for offer in self.report.capabilities):
            self._end("not_offered")

    def _say(self, stage: str, line: str, wanted: str = "2") -> tuple[int, str]:
        self.report.stage = stage
        self._send(line)
        return self._listen(wanted)

    def _send(self, line: str) -> None:
        assert self._socket is not None
        try:
            self._socket.settimeout(self._proof.seconds)
            self._socket.sendall(f"{line}\r\n".encode())
        except OSError:
            self._end("closed")

    def _listen(self, wanted: str) -> tuple[int, str]:
        """One whole answer; of another kind than wanted it ends the talk."""
        horizon = time.monotonic() + self._proof.seconds
        self._lines = []
        code: str | None = None
        while True:
            if len(self._lines) >= _ANSWER_LIMIT:
                self._unreadable()
            self._lines.append(self._line(horizon))
            match = _REPLY.fullmatch(self._lines[-1])
            if match is None or code not in (None, match[1]):
                self._unreadable()
            code = match[1]
            if match[2] != "-":
                break
        answer = int(code), self._shown(" | ".join(self._lines))
        if not code.startswith(wanted):
            self.report.code, self.report.text = answer
            self._end("reply")
        return answer

    def _unreadable(self, more: bytes = b"") -> NoReturn:
        self._stop_reading("unreadable", more)

    def _stop_reading(self, problem: str, more: bytes) -> NoReturn:
        """With what had come of the answer by then."""
        self._end(problem, " | ".join([*self._lines, *([_text(more)] if more else [])]))

    def _line(self, horizon: float) -> str:
        while b"\n" not in self._pending[: _LINE_LIMIT + 1]:
            if len(self._pending) > _LINE_LIMIT:
                self._unreadable(self._pending)
            self._pending += self._receive(horizon)
        line, _, self._pending = self._pending.partition(b"\n")
        return _text(line)

    def _receive(self, horizon: float) -> bytes:
        assert self._socket is not None
        try:
            self._socket.settimeout(max(horizon - time.monotonic(), 0.001))
            piece = self._socket.recv(4096)
        except TimeoutError:
            self._stop_reading("timeout", self._pending)
        except OSError:
            piece = b""
        if not piece:
            self._stop_reading("closed", self._pending)
        return piece


def _context() -> ssl.SSLContext:
    """As a 2008 R2 host: nothing newer than TLS 1.2. The certificate is judged afterwards, so that it can be told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _is_here(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server.lower() == "localhost"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")
