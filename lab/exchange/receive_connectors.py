"""The Receive connectors of the organisation and Get-, New-, Set- and Remove-ReceiveConnector.

What setup makes (``Default``, ``Client``) is documented. What SBS's wizard makes of it is assumed: the names of its
own, that ``Default`` is narrowed to the local network, and who may log in where.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from lab.exchange import contract, errors
from lab.exchange.conversion import convert
from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.ip_ranges import Binding
from lab.exchange.receive_connector import PROPERTIES, ReceiveConnector, connector_for
from lab.exchange.receive_connector_rules import broken_rules

_EVERYBODY: Final = "0.0.0.0-255.255.255.255"
_EVERYBODY_IPV6: Final = "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
_LOGINS: Final = "Tls, Integrated, BasicAuth, BasicAuthRequireTLS"
_INSIDE: Final = "ExchangeUsers, ExchangeServers, ExchangeLegacyServers"
_LOCAL: Final = ["127.0.0.1", "192.168.1.0/24"]
_USAGES: Final[dict[str, dict[str, Any]]] = {
    "Custom": {"AuthMechanism": "None", "PermissionGroups": "None"},
    "Internet": {"AuthMechanism": "Tls", "PermissionGroups": "AnonymousUsers"},
    "Internal": {"AuthMechanism": "Tls, ExchangeServer", "PermissionGroups": "ExchangeServers, ExchangeLegacyServers"},
    "Client": {"AuthMechanism": _LOGINS, "PermissionGroups": "ExchangeUsers", "Bindings": ["0.0.0.0:587"]},
    "Partner": {"AuthMechanism": "Tls", "DomainSecureEnabled": True, "PermissionGroups": "Partners"},
}
"""What each usage type begins with, whatever it then is given; assumed where the 2010 pages differ from one another."""

_PLACES: Final[dict[str, Any]] = {"Bindings": ["0.0.0.0:25"], "RemoteIPRanges": [_EVERYBODY]}
_OF_A_STATE: Final = {**_PLACES, "AuthMechanism": f"{_LOGINS}, ExchangeServer", "PermissionGroups": _INSIDE}
"""What one of a state is where the state is silent."""


def untouched(server: str, is_sbs: bool) -> list[dict[str, Any]]:
    """Those of a server that nobody has changed."""
    default: dict[str, Any] = {
        "Name": f"Default {server}",
        "AuthMechanism": f"{_LOGINS}, ExchangeServer",
        "Bindings": ["[::]:25", "0.0.0.0:25"],
        "PermissionGroups": _INSIDE,
        "RemoteIPRanges": _LOCAL if is_sbs else [_EVERYBODY_IPV6, _EVERYBODY],
    }
    client: dict[str, Any] = {
        "Name": f"Client {server}",
        "AuthMechanism": _LOGINS,
        "Bindings": ["[::]:587", "0.0.0.0:587"],
        "PermissionGroups": "ExchangeUsers",
        "RemoteIPRanges": [_EVERYBODY_IPV6, _EVERYBODY],
    }
    own: list[dict[str, Any]] = [
        {
            "Name": f"Windows SBS Internet Receive {server}",
            "AuthMechanism": _LOGINS,
            "PermissionGroups": f"AnonymousUsers, {_INSIDE}",
        },
        {
            "Name": f"Windows SBS Fax Sharepoint Receive {server}",
            "Bindings": ["127.0.0.1:25"],
            "PermissionGroups": f"AnonymousUsers, {_INSIDE}",
            "RemoteIPRanges": ["127.0.0.1"],
        },
    ]
    return [default, client, *(own if is_sbs else [])]


class ReceiveConnectors:
    """All of the organisation, oldest first. The cmdlets take typed parameters, as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers) -> None:
        self._host = host
        self._servers = servers
        self._created = 0
        self.all: list[ReceiveConnector] = []

    @property
    def local(self) -> list[ReceiveConnector]:
        """Those of the local server, which are the ones that anybody can reach."""
        return [each for each in self.all if each.server == self._servers.local.name]

    def for_client(self, binding: str | Binding, address: str) -> ReceiveConnector | None:
        """The one of the local server that a client comes to; see ``connector_for``."""
        return connector_for(self.local, binding, address)

    def get(self, typed: dict[str, object]) -> Output:
        """Get-ReceiveConnector."""
        chosen = self.all
        if isinstance(name := typed.get("Server"), str):
            server = self._server("Get-ReceiveConnector", name)
            chosen = [each for each in chosen if each.server == server.name]
        if isinstance(identity := typed.get("Identity"), str):
            chosen = [each for each in self.named(identity) if each in chosen]
            if not chosen:
                raise self._host.not_found("Get-ReceiveConnector", identity)
        return [connector.read_back(self._host.language) for connector in chosen]

    def new(self, typed: dict[str, object]) -> Output:
        """New-ReceiveConnector. Without a usage type it is Custom, or what the parameters leave (assumed)."""
        command = "New-ReceiveConnector"
        usage, name = _usage(typed), typed.get("Server")
        server = self._server(command, name) if isinstance(name, str) else self._servers.local
        connector = self._blank(str(typed["Name"]), server, {**_PLACES, **_USAGES[usage]})
        connector.write(typed)
        self._check(command, connector, None)
        if typed.get("WhatIf"):
            return []
        self.all = [*self.all, connector]
        return [connector.read_back(self._host.language)]

    def set(self, typed: dict[str, object]) -> Output:
        """Set-ReceiveConnector."""
        command = "Set-ReceiveConnector"
        connector = self.one(command, str(typed["Identity"]))
        changed = copy.copy(connector)
        changed.write(typed)
        changed.DistinguishedName = self._host.directory.receive_connector_dn(changed.server, changed.Name)
        self._check(command, changed, connector)
        if not typed.get("WhatIf"):
            self.replace(connector, changed)
        return []

    def remove(self, typed: dict[str, object]) -> Output:
        """Remove-ReceiveConnector."""
        connector = self.one("Remove-ReceiveConnector", str(typed["Identity"]))
        if not typed.get("WhatIf"):
            self.all = [other for other in self.all if other is not connector]
        return []

    def replace(self, before: ReceiveConnector, after: ReceiveConnector) -> None:
        """Put a changed connector in the place of the one that it was."""
        after.WhenChanged = self._host.now()
        self.all = [after if other is before else other for other in self.all]

    def edit(self, properties: Mapping[str, Any]) -> None:
        """Put or change one of the local server behind the cmdlets' back, by its name: no rule is asked.

        ``properties`` are parameters of Set-ReceiveConnector, all but ``Name`` optional; ``remove: true`` takes it
        away. Raises KeyError for an unknown property, ConversionError or RangeError for an impossible value.
        """
        name = str(properties["Name"])
        before = next((each for each in self.local if each.Name == name), None)
        if properties.get("remove"):
            self.all = [each for each in self.all if each is not before]
            return
        changed = copy.copy(before or self._blank(name, self._servers.local, _OF_A_STATE))
        changed.write({key: _typed(key, value) for key, value in properties.items() if key != "remove"})
        if before is None:
            self.all = [*self.all, changed]
        else:
            self.replace(before, changed)

    def dump(self) -> Output:
        """What Get-ReceiveConnector shows of all of them."""
        return [connector.read_back(self._host.language) for connector in self.all]

    def named(self, identity: str) -> list[ReceiveConnector]:
        """Those whose name, with or without its server, GUID or distinguished name this is, whatever the capitals."""
        wanted = identity.lower()
        return [
            each
            for each in self.all
            if wanted in (each.Name.lower(), each.identity.lower(), each.DistinguishedName.lower())
            or wanted.strip("{}") == each.Guid
        ]

    def one(self, command: str, identity: str) -> ReceiveConnector:
        """The one of that identity; CmdletError where there is none or more."""
        found = self.named(identity)
        if not found:
            raise self._host.not_found(command, identity)
        if len(found) > 1:
            raise self._host.error(command, "object_ambiguous", errors.OBJECT_AMBIGUOUS, identity=identity)
        return found[0]

    def _blank(self, name: str, server: ExchangeServer, values: Mapping[str, Any]) -> ReceiveConnector:
        self._created += 1
        now, directory = self._host.now(), self._host.directory
        guid = directory.guid("receive-connector", name, self._created)
        dn = directory.receive_connector_dn(server.name, name)
        connector = ReceiveConnector(name, guid, dn, now, now, server.name, server.fqdn, Fqdn=server.fqdn)
        connector.write({key: _typed(key, value) for key, value in values.items()})
        return connector

    def _server(self, command: str, identity: str) -> ExchangeServer:
        server = next((each for each in self._servers.all if each.is_named(identity)), None)
        if server is None or not {"HubTransport", "Edge"} & set(server.roles):
            raise self._host.error(command, "receive_server_not_found", errors.LOCALIZED, server=identity)
        return server

    def _check(self, command: str, connector: ReceiveConnector, own: ReceiveConnector | None) -> None:
        """Exchange names the first reason and stops."""
        others = [each for each in self.all if each is not own]
        dn = connector.DistinguishedName
        if any(other.DistinguishedName.lower() == dn.lower() for other in others):
            controller = self._host.directory.controller
            raise self._host.error(command, "object_exists", errors.OBJECT_EXISTS, controller=controller, dn=dn)
        for reason in broken_rules(connector, others):
            raise self._host.error(command, reason.key, errors.DATA_VALIDATION, **reason.fields)


def _usage(typed: Mapping[str, object]) -> str:
    """Usage, one of the switches (the binder takes one alone), or what a call without both amounts to."""
    told = {"Bindings", "RemoteIPRanges"} & typed.keys()
    without = "Custom" if len(told) != 1 else "Internet" if "Bindings" in told else "Internal"
    return str(typed.get("Usage") or next((name for name in _USAGES if typed.get(name)), without))


def _typed(name: str, value: object) -> object:
    """One property from outside the cmdlets, converted as Set-ReceiveConnector would."""
    if name not in PROPERTIES:
        raise KeyError(f"a receive connector has no property {name!r}")
    return convert(contract.load()["Set-ReceiveConnector"].parameters[name], value)
