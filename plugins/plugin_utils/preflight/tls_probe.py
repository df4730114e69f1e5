# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a provider's server takes of TLS, probed from the controller. No name and no password is ever told to it, and
its certificate is not judged: the host trusts others than the controller does."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .deadline import Deadline
from .resolver import UNKNOWN as NOT_TOLD
from .resolver import Resolver

TAKEN, REFUSED, NO_STARTTLS, UNREACHABLE, UNKNOWN = "taken", "refused", "no_starttls", "unreachable", "unknown"
_DATA = Path(__file__).parent.parent / "data" / "tls_2008r2.json"
_CURVE = re.compile(r"_P(?:256|384|521)\Z")
"""Where 2008 R2 names a suite with its curve."""
_LINE, _LINES = 2048, 100
_MOST_WORDS = 200
_EHLO = "EHLO [127.0.0.1]"
"""A literal, which tells nothing of the controller, and which every server takes before a login."""


@dataclass(frozen=True)
class Offer:
    """What a client offers: ``version`` of TLS alone, None: all that the controller has; ``suites`` and ``curve`` by
    OpenSSL's names."""

    version: ssl.TLSVersion | None = None
    suites: tuple[str, ...] = ("DEFAULT",)
    curve: str | None = None


@dataclass(frozen=True)
class TlsAnswer:
    """TAKEN, with the ``version`` agreed upon; REFUSED: by an alert, or closed in the handshake; NO_STARTTLS: it is not
    offered; UNREACHABLE: no connection, or a server that turns the controller away; UNKNOWN: nobody told, in time or at
    all. ``words`` are the server's, or OpenSSL's."""

    outcome: str
    words: str = ""
    version: str = ""


@cache
def _table() -> dict[str, str]:
    """The suites of 2008 R2 in its order: IANA's name -> OpenSSL's."""
    return {each["iana"]: each["openssl"] for each in json.loads(_DATA.read_text("ascii"))["suites"]}


def suites_of(functions: str | Iterable[str]) -> tuple[str, ...]:
    """OpenSSL's names of the suites that a policy of the host lists, in its order, as far as 2008 R2 knows them and a
    server of today could take them."""
    listed = functions.split(",") if isinstance(functions, str) else functions
    names = dict.fromkeys(_CURVE.sub("", str(each).strip()) for each in listed)
    return tuple(_table()[each] for each in names if each in _table())


OLD = Offer(ssl.TLSVersion.TLSv1)
"""TLS 1.0 and nothing else, which every host speaks."""
NEW = Offer()
"""Whatever the controller can."""


def of_2008r2(functions: str | Iterable[str] | None = None) -> Offer:
    """TLS 1.2 with what Server 2008 R2 offers; ``functions``: with the suites of its policy instead."""
    suites = tuple(_table().values()) if functions is None else suites_of(functions)
    return Offer(ssl.TLSVersion.TLSv1_2, suites, "prime256v1")


R2008 = of_2008r2()


class TlsProbe:
    """Connects to servers until the deadline; each place and offer once in a run. May be used by several threads, and
    raises nothing."""

    def __init__(self, deadline: Deadline, resolver: Resolver | None = None) -> None:
        """``resolver``: who tells addresses, where one is declared; else the controller's own."""
        self._deadline = deadline
        self._resolver = resolver
        self._lock = threading.Lock()
        self._asked: dict[tuple[object, ...], Future[TlsAnswer]] = {}

    def smtp(self, host: str, port: int, offer: Offer) -> TlsAnswer:
        """What comes of STARTTLS with this offer at a smart host."""
        return self._once(host, port, offer, _starttls)

    def pop3s(self, host: str, port: int, offer: Offer, stls: bool = False) -> TlsAnswer:
        """What comes of TLS with this offer at a POP3 server: from the first byte, or after STLS."""
        return self._once(host, port, offer, _stls if stls else _at_once)

    def _once(self, host: str, port: int, offer: Offer, opening: _Opening) -> TlsAnswer:
        """The answer in the time that is left. It is waited for from outside, since nothing ends a look at a name."""
        key = (host.lower(), port, offer, opening)
        with self._lock:
            found = self._asked.get(key)
            if found is None:
                found = self._asked[key] = Future()
                arguments = (found, host, port, offer, opening)
                threading.Thread(target=self._answer, args=arguments, daemon=True).start()
        try:
            return found.result(self._deadline.left)
        except TimeoutError:
            return TlsAnswer(UNKNOWN, "no answer in time")

    def _answer(self, found: Future[TlsAnswer], host: str, port: int, offer: Offer, opening: _Opening) -> None:
        told = self._resolver.ask(host, "A") if self._resolver and not _is_address(host) else None
        address = told.records[0] if told and told.records else host
        if told is not None and not told.records:
            outcome = UNKNOWN if told.outcome == NOT_TOLD else UNREACHABLE
            found.set_result(TlsAnswer(outcome, told.why or "there is no such name"))
        else:
            found.set_result(_asked(host, address, port, offer, opening, self._deadline))


def settled(ask: Callable[[Offer], TlsAnswer], offer: Offer) -> TlsAnswer:
    """What a server makes of an offer. One that takes nothing from here at all refuses nobody because of it."""
    answer = ask(offer)
    if answer.outcome != REFUSED:
        return answer
    other = ask(NEW)
    return answer if other.outcome == TAKEN else replace(other, outcome=UNKNOWN)


class _Told(Exception):
    """The probe is over before the handshake, with this answer."""

    def __init__(self, answer: TlsAnswer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer


def _is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


def _asked(host: str, address: str, port: int, offer: Offer, opening: _Opening, deadline: Deadline) -> TlsAnswer:
    try:
        context = _context(offer)
        # Half of the time, so that a second address has its turn.
        with socket.create_connection((address, port), max(deadline.left / 2, 0.1)) as connection:
            connection.settimeout(max(deadline.left, 0.1))
            return _spoken(connection, context, host, opening)
    except _Told as told:
        return told.answer
    except TimeoutError:
        return TlsAnswer(UNKNOWN, "no answer in time")
    except (ssl.SSLError, ValueError) as error:
        return TlsAnswer(UNKNOWN, str(error))
    except OSError as error:
        return TlsAnswer(UNREACHABLE, error.strerror or str(error))


def _spoken(connection: socket.socket, context: ssl.SSLContext, host: str, opening: _Opening) -> TlsAnswer:
    opening(connection)
    try:
        with context.wrap_socket(connection, server_hostname=host) as tunnel:
            version = tunnel.version() or ""
            with contextlib.suppress(OSError):
                tunnel.sendall(b"QUIT\r\n")
            return TlsAnswer(TAKEN, version=version)
    except TimeoutError:
        raise
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError):
        return TlsAnswer(REFUSED, "the connection was closed")
    except ssl.SSLError as error:
        # By an alert of the server's, or with a version that was not offered; the rest is OpenSSL's own.
        reason = str(getattr(error, "reason", None) or error)
        refused = "_ALERT_" in reason or reason in ("UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION")
        return TlsAnswer(REFUSED if refused else UNKNOWN, reason.replace("_", " ").lower())


def _context(offer: Offer) -> ssl.SSLContext:
    """The client's side. Raises ValueError or SSLError for what this OpenSSL cannot."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    if offer.version == ssl.TLSVersion.TLSv1:
        if not ssl.HAS_TLSv1 or ssl.HAS_SSLv3:
            raise ValueError("the controller cannot offer TLS 1.0 alone")
        # The lowest there is, under a name that Python does not deprecate.
        context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    elif offer.version is not None:
        context.minimum_version = context.maximum_version = offer.version
    if not offer.suites:
        raise ValueError("the host offers no suite that is known")
    context.set_ciphers(":".join((*offer.suites, "@SECLEVEL=0")))
    if offer.curve:
        context.set_ecdh_curve(offer.curve)
    return context


def _at_once(connection: socket.socket) -> None:
    """TLS from the first byte."""


def _starttls(connection: socket.socket) -> None:
    """SMTP as far as the handshake."""
    lines = _Lines(connection)
    _require(lines.reply(), "2")
    offered = _require(lines.reply(_EHLO), "2")
    if not any(re.match(r"\d{3}[ -]STARTTLS\s*\Z", each, re.IGNORECASE) for each in offered):
        raise _Told(TlsAnswer(NO_STARTTLS))
    _require(lines.reply("STARTTLS"), "2")


def _stls(connection: socket.socket) -> None:
    """POP3 as far as the handshake."""
    lines = _Lines(connection)
    _require([lines.next()], "+OK")
    lines.say("STLS")
    answer = lines.next()
    if not answer.startswith("+OK"):
        raise _Told(TlsAnswer(NO_STARTTLS, answer[:_MOST_WORDS]))


_Opening = Callable[[socket.socket], None]


def _require(lines: list[str], wanted: str) -> list[str]:
    if not lines[-1].startswith(wanted):
        raise _Told(TlsAnswer(UNREACHABLE, " ".join(lines)[:_MOST_WORDS]))
    return lines


class _Lines:
    """The lines of a talk, byte by byte, so that none of the handshake is read away."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def say(self, line: str) -> None:
        """Send a line."""
        self._connection.sendall(f"{line}\r\n".encode("ascii"))

    def next(self) -> str:
        """The next line. Raises _Told where there is none."""
        line = b""
        while not line.endswith(b"\n"):
            piece = self._connection.recv(1)
            if not piece or len(line) >= _LINE:
                raise _Told(TlsAnswer(UNREACHABLE, "the connection was closed" if not piece else "an endless line"))
            line += piece
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def reply(self, command: str = "") -> list[str]:
        """The lines of SMTP's answer to a command, or of its greeting."""
        if command:
            self.say(command)
        lines = [self.next()]
        while re.match(r"\d{3}-", lines[-1]) and len(lines) < _LINES:
            lines.append(self.next())
        return lines
