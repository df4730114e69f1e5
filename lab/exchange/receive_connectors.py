"""Receive connectors: what Get-ReceiveConnector shows of them. No mail comes in by them, and no cmdlet changes them.

What setup makes (``Default``, ``Client``) is documented; the names of those that SBS's wizard adds are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.exchange import named_objects
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.values import Size

_EVERYBODY: Final = "0.0.0.0-255.255.255.255"
_INSIDE: Final = "ExchangeUsers, ExchangeServers, ExchangeLegacyServers"
_KNOWN: Final[dict[str, Any]] = {
    "AuthMechanism": "Tls, Integrated, BasicAuth, BasicAuthRequireTLS, ExchangeServer",
    "Bindings": ["0.0.0.0:25"],
    "Enabled": True,
    "MaxMessageSize": 10 * 2**20,
    "PermissionGroups": _INSIDE,
    "ProtocolLoggingLevel": "None",
    "RemoteIPRanges": [_EVERYBODY],
}
"""Every property that a state may give, with its default."""


def untouched(server: str, is_sbs: bool) -> list[dict[str, Any]]:
    """Those of a server that nobody has changed."""
    client: dict[str, Any] = {
        "Name": f"Client {server}",
        "Bindings": ["0.0.0.0:587"],
        "PermissionGroups": "ExchangeUsers",
    }
    own: list[dict[str, Any]] = [
        {"Name": f"Windows SBS Internet Receive {server}", "PermissionGroups": f"AnonymousUsers, {_INSIDE}"},
        {"Name": f"Windows SBS Fax Sharepoint Receive {server}", "Bindings": ["127.0.0.1:25"]},
    ]
    return [{"Name": f"Default {server}"}, client, *(own if is_sbs else [])]


class ReceiveConnectors:
    """All of the local server."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers) -> None:
        self._host = host
        self._servers = servers
        self.all: list[dict[str, Any]] = []

    def add(self, properties: Mapping[str, Any]) -> None:
        """One more. Raises KeyError for a property that is none."""
        unknown = properties.keys() - {"Name", *_KNOWN}
        if unknown:
            raise KeyError(f"a receive connector has no property {sorted(unknown)}")
        self.all.append({**_KNOWN, **properties})

    def get(self, typed: dict[str, object]) -> Output:
        """Get-ReceiveConnector."""
        named_objects.refuse_unknown(
            self._host, "Get-ReceiveConnector", typed, {"DomainController", "Identity", "Server"}
        )
        shown = [self._read_back(each) for each in self.all]
        if isinstance(identity := typed.get("Identity"), str):
            shown = [
                each for each in shown if identity.lower() in (str(each["Identity"]).lower(), each["Name"].lower())
            ]
            if not shown:
                raise self._host.not_found("Get-ReceiveConnector", identity)
        return shown

    def _read_back(self, connector: Mapping[str, Any]) -> dict[str, Any]:
        server = self._servers.local.name
        size = Size.parse(connector["MaxMessageSize"]).display(self._host.language)
        return {**connector, "MaxMessageSize": size, "Identity": f"{server}\\{connector['Name']}", "Server": server}
