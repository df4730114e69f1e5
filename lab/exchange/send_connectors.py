"""The Send connectors of the organisation and Get-, New-, Set- and Remove-SendConnector."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta

from lab.exchange import contract, errors
from lab.exchange.conversion import convert
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.send_connector import PROPERTIES, SendConnector
from lab.exchange.send_connector_rules import broken_rules
from lab.exchange.values import Credential

_USAGE_SWITCHES = ("Custom", "Internal", "Internet", "Partner")


class SendConnectors:
    """All connectors, oldest first. The cmdlets take typed parameters, as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers) -> None:
        self._host = host
        self._servers = servers
        self._created = 0
        self._before: list[tuple[datetime, list[SendConnector]]] = []
        self.all: list[SendConnector] = []

    def in_effect(self, delay: timedelta) -> list[SendConnector]:
        """Those that the transport service goes by, which learns of a cmdlet's changes so much later."""
        over = self._host.now() - delay
        self._before = [(moment, before) for moment, before in self._before if delay and moment > over]
        return self._before[0][1] if self._before else self.all

    def get(self, typed: dict[str, object]) -> Output:
        """Get-SendConnector."""
        chosen = self.all
        if isinstance(identity := typed.get("Identity"), str):
            chosen = self.named(identity)
            if not chosen:
                raise self._host.not_found("Get-SendConnector", identity)
        return [connector.read_back(self._host.language) for connector in chosen]

    def new(self, typed: dict[str, object]) -> Output:
        """New-SendConnector."""
        self._check_usage(typed)
        connector = self._blank(str(typed["Name"]))
        connector.write(self._resolved("New-SendConnector", typed))
        self._check_name_is_free("New-SendConnector", connector, None)
        self._check_rules("New-SendConnector", connector)
        if typed.get("WhatIf"):
            return []
        self._replace([*self.all, connector])
        return [connector.read_back(self._host.language)]

    def set(self, typed: dict[str, object]) -> Output:
        """Set-SendConnector."""
        connector = self._one("Set-SendConnector", typed)
        changed = copy.copy(connector)
        changed.write(self._resolved("Set-SendConnector", typed))
        changed.DistinguishedName = self._host.directory.connector_dn(changed.Name)
        if "Name" in typed:
            self._check_name_is_free("Set-SendConnector", changed, connector)
        self._check_rules("Set-SendConnector", changed)
        if not typed.get("WhatIf"):
            changed.WhenChanged = self._host.now()
            self._replace([changed if other is connector else other for other in self.all])
        return []

    def remove(self, typed: dict[str, object]) -> Output:
        """Remove-SendConnector."""
        connector = self._one("Remove-SendConnector", typed)
        if not typed.get("WhatIf"):
            self._replace([other for other in self.all if other is not connector])
        return []

    def add(self, properties: Mapping[str, object]) -> SendConnector:
        """Put a connector there behind the cmdlets' back: no rule is asked, so that a bad host can be built.

        ``properties`` are New-SendConnector's parameters, all but ``Name`` optional; a login is
        ``{username, password}``. Raises KeyError for an unknown property, ConversionError or RangeError for a
        value that no host could hold.
        """
        connector = self._blank(str(properties["Name"]))
        self.edit(connector, properties)
        self.all.append(connector)
        return connector

    def edit(self, connector: SendConnector, properties: Mapping[str, object]) -> None:
        """Change a connector behind the cmdlets' back, as in ``add``."""
        connector.write({name: _typed(name, value) for name, value in properties.items()})
        connector.DistinguishedName = self._host.directory.connector_dn(connector.Name)
        connector.WhenChanged = self._host.now()

    def named(self, identity: str) -> list[SendConnector]:
        """The connectors whose name, GUID or distinguished name this is, whatever the capitals."""
        wanted = identity.lower()
        return [
            connector
            for connector in self.all
            if wanted in (connector.Name.lower(), connector.DistinguishedName.lower())
            or wanted.strip("{}") == connector.Guid
        ]

    def _replace(self, connectors: list[SendConnector]) -> None:
        self._before.append((self._host.now(), self.all))
        self.all = connectors

    def _blank(self, name: str) -> SendConnector:
        """A connector with the defaults, on the local server."""
        self._created += 1
        now = self._host.now()
        guid = self._host.directory.guid("send-connector", name, self._created)
        connector = SendConnector(name, guid, self._host.directory.connector_dn(name), now, now)
        connector.SourceTransportServers = [self._servers.local.name]
        return connector

    def _one(self, command: str, typed: dict[str, object]) -> SendConnector:
        identity = str(typed["Identity"])
        found = self.named(identity)
        if not found:
            raise self._host.not_found(command, identity)
        if len(found) > 1:
            raise self._host.error(command, "object_ambiguous", errors.OBJECT_AMBIGUOUS, identity=identity)
        return found[0]

    def _resolved(self, command: str, typed: dict[str, object]) -> dict[str, object]:
        """The parameters with servers under their proper names. Links to Receive connectors are not simulated."""
        if isinstance(receiver := typed.get("LinkedReceiveConnector"), str):
            raise self._host.error(command, "receive_connector_not_found", errors.LOCALIZED, identity=receiver)
        wanted = typed.get("SourceTransportServers")
        if not isinstance(wanted, list):
            return typed
        return {**typed, "SourceTransportServers": [self._hub(command, name) for name in wanted]}

    def _hub(self, command: str, name: str) -> str:
        server = self._servers.hub(name)
        if server is None:
            raise self._host.error(command, "server_not_found", errors.LOCALIZED, server=name)
        return server.name

    def _check_usage(self, typed: dict[str, object]) -> None:
        """Usage, Custom, Internal, Internet and Partner all say the same thing: it may be said once."""
        given = [name for name in _USAGE_SWITCHES if typed.get(name)] + (["Usage"] if "Usage" in typed else [])
        if len(given) > 1:
            raise self._host.error("New-SendConnector", "usage_twice", errors.LOCALIZED, given=", ".join(given))

    def _check_name_is_free(self, command: str, connector: SendConnector, own: SendConnector | None) -> None:
        dn = connector.DistinguishedName
        if any(other is not own and other.DistinguishedName.lower() == dn.lower() for other in self.all):
            controller = self._host.directory.controller
            raise self._host.error(command, "object_exists", errors.OBJECT_EXISTS, controller=controller, dn=dn)

    def _check_rules(self, command: str, connector: SendConnector) -> None:
        """Exchange names the first reason and stops."""
        for reason in broken_rules(connector):
            raise self._host.error(command, reason.key, errors.DATA_VALIDATION, **reason.fields)


def _typed(name: str, value: object) -> object:
    """One property from outside the cmdlets, converted as New-SendConnector would."""
    if name not in PROPERTIES:
        raise KeyError(f"a send connector has no property {name!r}")
    if isinstance(value, dict):
        value = Credential(str(value["username"]), str(value["password"]))
    return convert(contract.load()["New-SendConnector"].parameters[name], value)
