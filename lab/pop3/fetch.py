"""``Pop3Connector.exe -downloadNow``: fetches over real POP3, delivers, and deletes at the source what was delivered.

Nothing but the loopback is ever connected to. Assumed: a message is delivered before it is deleted, a name that is no
loopback is not looked up, and with the first trouble of an account the connector goes on to the next one. Collectors of
others are taken to do the same.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import ipaddress
import poplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PATIENCE: Final = 5.0  # seconds for an answer; a real server waits for minutes


@dataclass(frozen=True)
class Source:
    """What the connector knows of one account when it fetches; None what it could not read or understand."""

    server: str
    port: str
    username: str
    password: str | None
    mailbox: str | None
    ssl: bool | None
    logon: str | None


Deliver = Callable[[str | None, bytes], bool]
"""Gets the target as the file has it and the message; whether that is done with, so that it goes at the source."""


def fetch(source: Source, ca_file: Path | None, deliver: Deliver, timeout: float = _PATIENCE) -> dict[str, Any]:
    """Fetch one mailbox. JSON-able: server, port, username, status, messages, kept, error (never a password).

    ``status``: ``fetched``, ``failed`` or ``not_simulated``. ``kept``: how many messages stay at the source
    since nobody took them.
    """
    shown: dict[str, Any] = {"server": source.server, "port": source.port, "username": source.username}
    shown |= {"status": "fetched", "messages": 0, "kept": 0, "error": None}
    unable = _unable(source)
    if unable:
        return {**shown, "status": unable[0], "error": unable[1]}
    try:
        _fetch_all(source, ca_file, timeout, deliver, shown)
    except (poplib.error_proto, OSError, UnicodeError) as error:
        shown |= {"status": "failed", "error": _words(error, source)}
    return shown


def _unable(source: Source) -> tuple[str, str] | None:
    """Why nothing is tried: status and words."""
    if not _is_loopback(source.server):
        return "not_simulated", f"the lab connects to the loopback only, not to {source.server}"
    if source.logon == "spa":
        return "not_simulated", "the lab does not speak SPA"
    if not source.port.isdecimal():
        return "failed", f"{source.port!r} is no port"
    if source.password is None:
        return "failed", "the password cannot be decrypted on this machine"
    if source.ssl is None or source.logon is None:
        return "failed", "SSL or the logon type has a value that the connector does not know"
    return None


def _fetch_all(source: Source, ca_file: Path | None, timeout: float, deliver: Deliver, shown: dict[str, Any]) -> None:
    """Connect, log in, deliver each message and delete it where that is done, and leave."""
    connection = _connect(source, ca_file, timeout)
    try:
        _log_in(connection, source)
        for number in range(1, connection.stat()[0] + 1):
            done = deliver(source.mailbox, b"\r\n".join(connection.retr(number)[1]) + b"\r\n")
            shown["messages" if done else "kept"] += 1
            if done:
                connection.dele(number)
        connection.quit()
    finally:
        connection.close()


def _connect(source: Source, ca_file: Path | None, timeout: float) -> poplib.POP3:
    place = source.server, int(source.port)
    if not source.ssl:
        return poplib.POP3(*place, timeout=timeout)
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # as Windows Server 2008 R2 at its best
    return poplib.POP3_SSL(*place, timeout=timeout, context=context)


def _log_in(connection: poplib.POP3, source: Source) -> None:
    connection.encoding = "UTF-8"
    password = source.password or ""
    if source.logon == "apop":
        connection.apop(source.username, password)
        return
    connection.user(source.username)
    connection.pass_(password)


def _is_loopback(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server.lower() == "localhost"


def _words(error: Exception, source: Source) -> str:
    """What went wrong, in one line; a server may repeat what it was told."""
    said = error.args[0] if isinstance(error, poplib.error_proto) and error.args else error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return text.replace(source.password or "\0", "********")


def sender_of(message: bytes) -> str:
    """The address in From; empty where there is none. Which sender the connector hands over is not known."""
    headers = email.message_from_bytes(message, policy=email.policy.compat32)
    address = email.utils.parseaddr(str(headers.get("From", "")))[1]
    return address if "@" in address and address.isascii() else ""


def subject_of(message: bytes) -> str:
    """The subject of a message; empty without one."""
    headers = email.message_from_bytes(message, policy=email.policy.default)
    return str(headers.get("Subject", ""))
