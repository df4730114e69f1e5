"""Sends mail out of the simulated Exchange at once: connector, session, and what became of each recipient.

There is no queue here: what is deferred is reported and forgotten. ``lab.exchange.queues`` has them; both take the same
dialer of smart hosts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from lab.exchange import delivery_texts
from lab.exchange.dialer import NotSimulated, SmtpDialer, stay_here
from lab.exchange.routing import connector_for
from lab.exchange.send_connector import SendConnector
from lab.exchange.smtp_client import ConnectionFailed, Reply
from lab.exchange.smtp_send import SmtpSend

_ADDRESS: Final = re.compile(r"[!-;=?A-~]+@[A-Za-z0-9._-]+")  # ASCII, no blanks, no angle brackets
_MOST: Final = 10_000


@dataclass(frozen=True)
class Result:
    """What became of one message for one recipient.

    ``status``: ``delivered``, ``deferred`` (4xx, or no connection), ``failed`` (5xx: Exchange sends a report of
    non-delivery), ``unreachable`` (no connector) or ``not_simulated``. ``reply``: the smart host's last word on the
    recipient; ``last_error``: what Exchange shows of mail that did not leave.
    """

    message: int
    recipient: str
    status: str
    connector: str | None = None
    smart_host: str | None = None
    reply: str | None = None
    last_error: str | None = None

    def as_data(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


@dataclass(frozen=True)
class Sender:
    """A server that sends: its connectors, its clock, and what opens its sessions."""

    connectors: Sequence[SendConnector]
    now: Callable[[], datetime]
    dialer: SmtpDialer

    def send(self, sender: str, recipients: Sequence[str], count: int) -> list[Result]:
        """Send ``count`` messages to the recipients; ValueError for an address or a number that cannot be."""
        check_mail(sender, recipients, count)
        groups: dict[str, tuple[SendConnector | None, list[str]]] = {}
        for recipient in dict.fromkeys(recipients):
            connector = connector_for(recipient.rpartition("@")[2], self.connectors)
            groups.setdefault(connector.Guid if connector else "", (connector, []))[1].append(recipient)
        return [
            result
            for connector, group in groups.values()
            for result in _Queue(self, connector, sender, group).send(list(range(1, count + 1)))
        ]


class _Queue:
    """The messages that go the same way. ``connector`` None: there is no way."""

    def __init__(self, server: Sender, connector: SendConnector | None, sender: str, recipients: list[str]) -> None:
        self._server = server
        self._connector = connector
        self._sender = sender
        self._recipients = recipients
        self._smart_host: str | None = None

    def send(self, messages: list[int]) -> Iterator[Result]:
        """The messages by their numbers, in as many sessions as the connector allows messages in each."""
        if self._connector is None:
            yield from self._all(messages, "unreachable", delivery_texts.UNREACHABLE)
            return
        try:
            stay_here(self._connector)
        except NotSimulated as reason:
            yield from self._all(messages, "not_simulated", str(reason))
            return
        most = self._connector.SmtpMaxMessagesPerConnection or len(messages)
        while messages:
            results = list(self._in_one_session(self._connector, messages[:most], messages))
            messages = [number for number in messages if number > results[-1].message]
            yield from results

    def _in_one_session(self, connector: SendConnector, now: list[int], waiting: list[int]) -> Iterator[Result]:
        """Send some messages; where the connection fails, all that wait are deferred, as a queue in Retry is."""
        done = 0
        try:
            session = self._open(connector)
        except ConnectionFailed as failure:
            yield from self._all(waiting, "deferred", delivery_texts.last_error(failure.inner))
            return
        try:
            for number in now:
                replies = session.deliver(self._sender, self._recipients, self._content(number))
                done += 1
                yield from (self._judged(number, to, reply) for to, reply in replies.items())
        except ConnectionFailed as failure:
            session.hang_up("Remote")
            yield from self._all(waiting[done:], "deferred", delivery_texts.last_error(failure.inner))
        else:
            session.quit()

    def _open(self, connector: SendConnector) -> SmtpSend:
        self._smart_host = connector.SmartHosts[0]
        session = self._server.dialer.open(connector)
        self._smart_host = session.smart_host
        return session

    def _judged(self, number: int, recipient: str, reply: Reply) -> Result:
        status = "delivered" if reply.good else "deferred" if reply.code < 500 else "failed"
        return self._result(number, recipient, status, reply.text, None if reply.good else reply.text)

    def _all(self, messages: list[int], status: str, error: str) -> Iterator[Result]:
        for number in messages:
            for recipient in self._recipients:
                yield self._result(number, recipient, status, None, error)

    def _result(self, number: int, recipient: str, status: str, reply: str | None, error: str | None) -> Result:
        connector = self._connector.Name if self._connector else None
        return Result(number, recipient, status, connector, self._smart_host, reply, error)

    def _content(self, number: int) -> bytes:
        now = self._server.now()
        lines = (
            f"From: <{self._sender}>",
            f"To: {', '.join(f'<{to}>' for to in self._recipients)}",
            f"Subject: Message {number} of the lab",
            f"Date: {format_datetime(now)}",
            f"Message-ID: <{number}.{now:%Y%m%d%H%M%S%f}@{self._server.dialer.fqdn}>",
            "",
            "Sent by a simulated Exchange.",
        )
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def check_mail(sender: str, recipients: Sequence[str], count: int) -> None:
    """Raises ValueError for an address or a number that cannot be."""
    for address in ([sender] if sender else []) + list(recipients):
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise ValueError(f"{address!r} is no address such as info@beispiel.de")
    if not recipients:
        raise ValueError("at least one recipient is needed")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST:
        raise ValueError(f"{count!r} messages: a number from 1 to {_MOST} is expected")
