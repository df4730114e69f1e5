"""The simulated Exchange organisation: its objects, and the one door to them, ``invoke``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from lab.exchange import errors
from lab.exchange.active_directory import Directory
from lab.exchange.ad_permissions import AdPermissions
from lab.exchange.address_state import AddressState
from lab.exchange.addressing import ASKS_FIRST, Addressing
from lab.exchange.binding import bind
from lab.exchange.contract import find
from lab.exchange.dialer import NotSimulated
from lab.exchange.errors import CmdletError
from lab.exchange.exchange_certificates import ExchangeCertificates
from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output, class_of
from lab.exchange.queues.cmdlets import QueueCmdlets
from lab.exchange.queues.engine import QueueEngine
from lab.exchange.queues.queue import Session
from lab.exchange.queues.server import Dialer, Server
from lab.exchange.queues.tracking import tracker_into
from lab.exchange.receive_connectors import ReceiveConnectors
from lab.exchange.recipient_filter_config import RecipientFilter
from lab.exchange.resolver import Resolver
from lab.exchange.send_connector import SendConnector
from lab.exchange.send_connectors import SendConnectors
from lab.exchange.texts import Language, text
from lab.exchange.transport_config import TransportConfigs
from lab.exchange.transport_server import TransportServer
from lab.exchange.transport_servers import TransportServers

# What takes an object away, or mail out of its way, asks before it does.
_ASKS_FIRST = {
    "Remove-ADPermission",
    "Remove-Message",
    "Remove-ReceiveConnector",
    "Remove-SendConnector",
    "Suspend-Message",
    "Suspend-Queue",
    *ASKS_FIRST,
}


class Organisation:
    """Servers, connectors, transport settings, queues and addresses of one organisation.

    Not thread-safe: the machine holds the lock. ``servers`` holds at least one, the local one first; ``now`` gives the
    host's time in UTC, ``dialer`` opens sessions for queued mail (None: nothing leaves).
    """

    def __init__(
        self,
        directory: Directory,
        servers: list[ExchangeServer],
        language: Language,
        now: Callable[[], datetime],
        dialer: Callable[[], Dialer] | None = None,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.host = ExchangeHost(directory, language, now)
        self.servers = ExchangeServers(self.host, servers)
        self.connectors = SendConnectors(self.host, self.servers)
        self.receive_connectors = ReceiveConnectors(self.host, self.servers)
        self.transport_servers = TransportServers(self.host, self.servers)
        self.transport_config = TransportConfigs(self.host)
        self.addressing = Addressing(self.host, self.servers)
        self.permissions = AdPermissions(self.host, self.receive_connectors, self._is_user)
        self.recipient_filter = RecipientFilter(self.host, self.addressing.agents)
        self.certificates = ExchangeCertificates(self.host, (self.servers.local.name, self.servers.local.fqdn))
        self.addresses = AddressState(self.addressing, self.host)
        self.queues = self._build_queues(now, dialer, lock or threading.RLock())
        self._cmdlets: dict[str, Callable[[dict[str, object]], Output]] = {
            "Add-ADPermission": self.permissions.add,
            "Get-ADPermission": self.permissions.get,
            "Get-ExchangeCertificate": self.certificates.get,
            "Get-ExchangeServer": self.servers.get,
            "Get-ReceiveConnector": self.receive_connectors.get,
            "Get-RecipientFilterConfig": self.recipient_filter.get,
            "Get-SendConnector": self.connectors.get,
            "Get-TransportConfig": self.transport_config.get,
            "Get-TransportServer": self.transport_servers.get,
            "New-ReceiveConnector": self.receive_connectors.new,
            "New-SendConnector": self.connectors.new,
            "Remove-ADPermission": self.permissions.remove,
            "Remove-ReceiveConnector": self.receive_connectors.remove,
            "Set-ReceiveConnector": self.receive_connectors.set,
            "Set-RecipientFilterConfig": self.recipient_filter.set,
            "Set-SendConnector": self.connectors.set,
            "Remove-SendConnector": self.connectors.remove,
            "Set-TransportConfig": self.transport_config.set,
            "Set-TransportServer": self.transport_servers.set,
            **QueueCmdlets(self.host, self.servers, self.queues).by_name,
            **self.addressing.cmdlets(),
        }

    def invoke(self, command: str, parameters: Mapping[str, object]) -> Output:
        """Run one cmdlet and return its output objects in plain values, times as ISO 8601 UTC.

        Parameter values are bool, int, str, list, None or Credential. Raises CmdletError, with nothing changed.
        """
        self.host.warnings.clear()
        cmdlet = find(command)
        if cmdlet is not None and cmdlet.name not in self._cmdlets:
            missing = text("not_a_command", command=command).render(self.host.language)
            raise CmdletError(missing, errors.NOT_A_COMMAND, "ObjectNotFound", "CommandNotFoundException")
        typed = bind(command, parameters, self.host.language)
        assert cmdlet is not None  # bind has refused unknown commands
        if typed.pop("Confirm", cmdlet.name in _ASKS_FIRST) and not typed.get("WhatIf"):
            raise self._cannot_ask(cmdlet.name)
        return self._cmdlets[cmdlet.name](typed)

    def password_of(self, name: str) -> str | None:
        """The password that the connector of that name holds, for tests that ask the lab; None without a login.

        Raises KeyError if there is no such connector.
        """
        for connector in self.connectors.all:
            if connector.Name == name:
                login = connector.AuthenticationCredential
                return None if login is None else login.password
        raise KeyError(name)

    def connectors_in_effect(self) -> list[SendConnector]:
        """The Send connectors as the transport service knows them by now."""
        return self.connectors.in_effect(timedelta(seconds=self.queues.assumptions.settings_delay_seconds))

    def _is_user(self, name: str) -> bool:
        """Whether somebody who can log in is called so (a mailbox: other accounts are not simulated)."""
        found = self.addressing.recipients.index.named(name)
        return any("Mailbox" in each.kind.type for each in found)

    def _build_queues(
        self, now: Callable[[], datetime], dialer: Callable[[], Dialer] | None, lock: AbstractContextManager[Any]
    ) -> QueueEngine:
        """The queues of the local server; those of others are not simulated."""
        local, otherwise = self.servers.local, TransportServer()

        def settings() -> TransportServer:
            return self.transport_servers.settings.get(local.name, otherwise)

        resolver = Resolver(self.addressing.recipients, self.addressing.domains)
        server = Server(
            local.name,
            local.fqdn,
            connectors=self.connectors_in_effect,
            settings=settings,
            now=now,
            dialer=dialer or _NoDialer,
            resolve=resolver.resolve,
        )
        return QueueEngine(server, tracker=tracker_into(self.addressing.tracking, settings), lock=lock)

    def _cannot_ask(self, command: str) -> CmdletError:
        """A remote command has nobody who could answer a question for confirmation."""
        message = text("non_interactive").render(self.host.language)
        return CmdletError(message, errors.NON_INTERACTIVE, "InvalidOperation", f"InvalidOperation,{class_of(command)}")


class _NoDialer:
    """Of an organisation that stands alone."""

    def open(self, connector: SendConnector) -> Session:
        """Nothing leaves."""
        raise NotSimulated("not simulated: this organisation is connected to nothing")
