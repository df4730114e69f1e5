"""What the tests of receive connectors share: connectors as a host prints them, states of the engine, and a simulated
server behind the action as Ansible runs it, to which mail can come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import ExchangeServer
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.clients import Client, Clients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.diff import State
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.relay import RelayRight, RelayRights
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.state import (
    ReceiveConnector,
    parse_receive_connectors,
)
from tests.unit.plugin_utils.mail_flow.flow_host import Server

ALL = "0.0.0.0-255.255.255.255"
INTERNET, DEFAULT, FAX = (
    "Windows SBS Internet Receive SBS",
    "Default SBS",
    "Windows SBS Fax Sharepoint Receive SBS",
)
GERMAN = "NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG"
OWN = ("192.168.1.2",)
SCANNER = "192.168.1.50"
INSIDE = "ExchangeUsers, ExchangeServers, ExchangeLegacyServers"


def printed(name: str = INTERNET, **properties: Any) -> dict[str, Any]:
    """A connector as a host prints it."""
    return {
        "Name": name,
        "Identity": f"SBS\\{name}",
        "DistinguishedName": f"CN={name},CN=SMTP Receive Connectors,DC=nt4admins,DC=local",
        "Server": "SBS",
        "Enabled": True,
        "Bindings": ["0.0.0.0:25"],
        "RemoteIPRanges": [ALL],
        "PermissionGroups": "AnonymousUsers",
        "AuthMechanism": "Tls",
        "RequireTLS": False,
        "Fqdn": "sbs.nt4admins.local",
        "Banner": None,
        "MaxMessageSize": "10 MB (10,485,760 bytes)",
        "MaxRecipientsPerMessage": 200,
        "TarpitInterval": "00:00:05",
        "ProtocolLoggingLevel": "None",
        "Comment": None,
        **properties,
    }


LAN: dict[str, Any] = {"RemoteIPRanges": ["192.168.1.0/24", "127.0.0.1"], "PermissionGroups": INSIDE}
SBS = (
    printed(),
    printed(DEFAULT, **LAN),
    printed(FAX, Bindings=["127.0.0.1:25"], RemoteIPRanges=["127.0.0.1"]),
)
"""The connectors of an SBS, as its wizard may leave them."""
SCANS = printed("Scanner", RemoteIPRanges=[SCANNER])


def connectors(*rows: dict[str, Any]) -> tuple[ReceiveConnector, ...]:
    """The same as the engine reads them."""
    return parse_receive_connectors(rows or SBS, "SBS")


def relay(name: str = INTERNET, **more: Any) -> RelayRight:
    """The right of anonymous clients on a connector."""
    return RelayRight(printed(name)["DistinguishedName"].lower(), GERMAN, "S-1-5-7", **more)


def state(
    *rows: dict[str, Any],
    rights: Iterable[RelayRight] = (),
    own: Sequence[str] | None = OWN,
    seen: Sequence[tuple[str, str]] | None = None,
    **more: Any,
) -> State:
    """A host as the engine reads it; ``seen``: who used which connector, None where that was not asked."""
    server = ExchangeServer("SBS", "Version 14.3 (Build 123.4)", 14, ("HubTransport", "Mailbox"))
    known = {} if seen is None else {"clients": Clients(tuple(Client(*each, 3) for each in seen), tracked=True)}
    return State(server, connectors(*rows), RelayRights(tuple(rights)), own and tuple(own), **{**known, **more})


class Receiving(Server):
    """A simulated SBS by whose connectors mail comes in."""

    def __init__(self, folder: Path, **state: Any) -> None:
        super().__init__(folder, {"profile": "sbs2011", "language": "de", **state})

    def receive(self, desired: dict[str, Any], check: bool = False) -> dict[str, Any]:
        """The result of the action."""
        return self.run("receive_connector", desired, check)

    def takes(self, client: str, recipient: str = "jemand@anderswo.example", to: str = "0.0.0.0:25") -> bool:
        """Whether mail of that client is taken."""
        try:
            return self.machine.receive("a@b.example", [recipient], client=client, to=to)[-1].startswith("2")
        except ConnectionRefusedError:
            return False

    def connector(self, name: str) -> dict[str, Any] | None:
        """A connector as it is."""
        return next((each for each in self.machine.dump()["receive_connectors"] if each["Name"] == name), None)

    def relays(self) -> list[str]:
        """The connectors with a right of anonymous clients of their own."""
        return [each["connector"] for each in self.machine.dump()["relay_rights"] if each["user"] == "anonymous"]
