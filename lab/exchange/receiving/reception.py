"""What an SMTP session asks of the server to which somebody delivers: its connectors, its directory, its state now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lab.exchange.accepted_domain import AUTHORITATIVE
from lab.exchange.accepted_domains import AcceptedDomains
from lab.exchange.ip_ranges import Binding
from lab.exchange.protocol_log import ProtocolLog
from lab.exchange.receive_connector import ReceiveConnector, connector_for
from lab.exchange.receiving import replies

ANONYMOUS: Final = "anonymous"
_SUBMIT: Final = "SMTPSubmit"
_ANYWHERE: Final = "SMTPAcceptAnyRecipient"
_BESIDE: Final = {
    "trusted": "SMTPAcceptAnySender BypassAntiSpam AcceptRoutingHeaders",
    "user": "BypassAntiSpam AcceptRoutingHeaders",
    "stranger": "SMTPAcceptAnySender SMTPAcceptAuthoritativeDomainSender AcceptRoutingHeaders",
}


@dataclass(frozen=True)
class Letter:
    """A message before it is taken; ``client`` is whose address it came from, ``local`` where that connected to."""

    connector: ReceiveConnector
    client: str
    local: str
    helo: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    login: str | None
    tls: bool


@dataclass(frozen=True)
class Incoming:
    """One message that was taken; ``connector`` is ``SERVER\\Name``, ``number`` its InternalId."""

    at: datetime
    number: int
    message_id: str
    connector: str
    client: str
    helo: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int
    login: str | None
    tls: bool


@dataclass
class Reception:
    """``log`` is the SmtpReceive protocol log, ``take`` puts a message into the server and tells what became of it.

    ``runs``: whether the transport service does. ``pressure``: Normal, Medium or High. ``validates``: whether the
    recipient filter does, with its agent installed. ``exists``: whether anybody here has an address. ``lets_in``:
    whether a user name and a password are right. ``certified``: the names in the certificate that fits the name of a
    connector, None without one. ``lock`` is held while one line is answered.
    """

    lock: AbstractContextManager[Any]
    now: Callable[[], datetime]
    log: ProtocolLog
    connectors: Callable[[], Sequence[ReceiveConnector]]
    domains: AcceptedDomains
    runs: Callable[[], bool]
    pressure: Callable[[], str]
    validates: Callable[[], bool]
    exists: Callable[[str], bool]
    lets_in: Callable[[str, str], bool]
    certified: Callable[[str], tuple[str, ...] | None]
    take: Callable[[Letter], Incoming]

    def listens(self, local: Binding) -> bool:
        """Whether a connection to there is accepted."""
        return self.runs() and any(each.Enabled and each.listens_at(local) for each in self.connectors())

    @property
    def is_open(self) -> bool:
        """Whether any connection anywhere is."""
        return self.runs() and any(each.Enabled and each.Bindings for each in self.connectors())

    def connector(self, client: str, local: Binding) -> ReceiveConnector | None:
        """The one that takes this client there."""
        return connector_for(self.connectors(), local, client)

    def refusal_of_sender(self, connector: ReceiveConnector, login: str | None, tls: bool) -> str | None:
        """What is said at MAIL; None where it is taken.

        Whoever speaks SMTP here is no Exchange server, and so refused from Medium on, wherever he comes from.
        """
        if connector.RequireTLS and not tls:
            return replies.TLS_FIRST
        if not connector.accepts(login or ANONYMOUS):
            return replies.NOT_AUTHENTICATED if login is None else replies.MAY_NOT_SUBMIT
        return None if self.pressure() == "Normal" else replies.NO_RESOURCES

    def refusal_of_recipient(self, connector: ReceiveConnector, login: str | None, address: str) -> str | None:
        """What is said at RCPT; None where it is taken. The filter judges nobody who has logged in or is trusted."""
        domain = self.domains.of(address.rpartition("@")[2])
        if domain is None:
            known = self.exists(address) or connector.relays_for(login or ANONYMOUS)
            return None if known else replies.UNABLE_TO_RELAY
        judged = self.validates() and domain.DomainType == AUTHORITATIVE
        if judged and login is None and not connector.is_externally_secured and not self.exists(address):
            return replies.USER_UNKNOWN
        return None

    def permissions(self, connector: ReceiveConnector, login: str | None) -> str:
        """As the protocol log names those of a session; which ones of a group it leaves out is assumed."""
        user = login or ANONYMOUS
        if not connector.accepts(user):
            return "None"
        kind = "trusted" if connector.is_externally_secured else "stranger" if login is None else "user"
        anywhere = [_ANYWHERE] if connector.relays_for(user) else []
        return " ".join([_SUBMIT, *anywhere, _BESIDE[kind]])
