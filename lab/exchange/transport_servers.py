"""The transport servers of the organisation, Get-TransportServer and Set-TransportServer."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from lab.exchange import contract, errors
from lab.exchange.conversion import convert
from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.transport_server import PROPERTIES, TransportServer

_SET = "Set-TransportServer"
_OF_THE_CALL = {"Identity", "DomainController", "WhatIf"}


class TransportServers:
    """The settings of every Hub or Edge server. The cmdlets take typed parameters, as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers) -> None:
        self._host = host
        self._hubs = [server for server in servers.all if {"HubTransport", "Edge"} & set(server.roles)]
        self.settings = {server.name: TransportServer.of(server.roles) for server in self._hubs}
        """By the server's name."""

    def get(self, typed: dict[str, object]) -> Output:
        """Get-TransportServer."""
        identity = typed.get("Identity")
        chosen = [self._one("Get-TransportServer", identity)] if isinstance(identity, str) else self._hubs
        return [self.read_back(server) for server in chosen]

    def set(self, typed: dict[str, object]) -> Output:
        """Set-TransportServer."""
        server = self._one(_SET, str(typed["Identity"]))
        for name in sorted(typed.keys() - _OF_THE_CALL - set(PROPERTIES)):
            raise self._host.error(_SET, "parameter_not_simulated", errors.LOCALIZED, parameter=name)
        changed = copy.copy(self.settings[server.name])
        changed.write(typed)
        for reason in changed.broken_rules(self._host.language):
            raise self._host.error(_SET, reason.key, errors.DATA_VALIDATION, **reason.fields)
        if not typed.get("WhatIf"):
            self.settings[server.name] = changed
        return []

    def edit(self, properties: Mapping[str, object]) -> None:
        """Change a server behind the cmdlets' back: no rule is asked, so that a bad host can be built.

        ``properties`` are ``Name`` and parameters of Set-TransportServer. Raises KeyError for an unknown server or
        property, ConversionError or RangeError for a value that no host could hold.
        """
        settings = self.settings[str(properties["Name"])]
        settings.write({name: _typed(name, value) for name, value in properties.items() if name != "Name"})

    def all(self) -> Output:
        """What Get-TransportServer shows of all of them."""
        return [self.read_back(server) for server in self._hubs]

    def read_back(self, server: ExchangeServer) -> dict[str, object]:
        """One server as Get-TransportServer shows it."""
        return {
            **self.settings[server.name].read_back(self._host.language),
            "DistinguishedName": server.distinguished_name,
            "Guid": server.guid,
            "Id": server.name,
            "Identity": server.name,
            "IsValid": True,
            "Name": server.name,
        }

    def _one(self, command: str, identity: str) -> ExchangeServer:
        found = next((server for server in self._hubs if server.is_named(identity)), None)
        if found is None:
            raise self._host.not_found(command, identity)
        return found


def _typed(name: str, value: object) -> object:
    """One property from outside the cmdlets, converted as Set-TransportServer would."""
    if name not in PROPERTIES:
        raise KeyError(f"the lab keeps no setting {name!r} of a transport server")
    return convert(contract.load()[_SET].parameters[name], value)
