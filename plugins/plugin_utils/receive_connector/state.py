# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there, read leniently: the receive connectors of the host's own server, and which one takes whose mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..exchange.settings import Values
from ..options.values import Unreadable, ip_address
from .ranges import AddressRange, Binding, all_readable, bindings_of, public, range_of, ranges_of
from .settings import ANONYMOUS, RECEIVE_CONNECTOR, SETTINGS

READ_STEP = RECEIVE_CONNECTOR.read_step(("DistinguishedName", "Server"))
SMTP = 25
NEW_IDENTITY = "(new)"


@dataclass(frozen=True)
class ReceiveConnector:
    """One connector. ``values`` are canonical by option; ``dn`` is its place in the directory, empty where the host
    does not tell."""

    name: str
    identity: str
    dn: str = ""
    values: Values = field(default_factory=dict)

    @property
    def where(self) -> str:
        """How reasons name it."""
        return f"receive connector '{self.name}'"

    @property
    def enabled(self) -> bool:
        """Whether Exchange uses it; what cannot be read may be."""
        return self.values.get("enabled") is not False

    @cached_property
    def bindings(self) -> tuple[Binding, ...]:
        """Where it listens."""
        return bindings_of(self.values.get("bindings"))

    @cached_property
    def ranges(self) -> tuple[AddressRange, ...]:
        """Whom it is for."""
        return ranges_of(self.values.get("remote_ip_ranges"))

    @property
    def anonymous(self) -> bool:
        """Whether it takes mail from who does not log in."""
        return ANONYMOUS in self.groups

    @property
    def logs(self) -> bool:
        """Whether its SMTP dialogues are logged."""
        return self.values.get("protocol_logging_level") == "Verbose"

    @property
    def groups(self) -> frozenset[Any]:
        """Its permission groups."""
        return flags(self.values.get("permission_groups"))

    @property
    def mechanisms(self) -> frozenset[Any]:
        """Its mechanisms of authentication."""
        return flags(self.values.get("auth_mechanism"))

    @property
    def loops(self) -> bool:
        """Whether only the server itself comes to it."""
        return bool(self.bindings) and all(each.loops for each in self.bindings)

    @property
    def outside(self) -> tuple[AddressRange, ...]:
        """The public addresses that it is for."""
        return () if self.loops else public(self.ranges)

    @property
    def unread(self) -> bool:
        """Whether it may be for others than can be read."""
        return not self.loops and not all_readable(self.values.get("remote_ip_ranges"))

    def listens(self, port: int = SMTP) -> bool:
        """Whether somebody else than the server itself can come to it on that port."""
        return any(each.port == port and not each.loops for each in self.bindings)


def flags(value: Any) -> frozenset[Any]:
    """A set of flags; the empty one where the host's value could not be read."""
    return value if isinstance(value, frozenset) and not isinstance(value, Unreadable) else frozenset()


def parse_receive_connectors(
    output: Iterable[Mapping[str, Any]], server: str | None = None
) -> tuple[ReceiveConnector, ...]:
    """The connectors of a reply by name, of ``server`` alone where it is given (an organisation may have several); what
    cannot be read is kept as Unreadable."""
    found = [_parse(each) for each in output if server is None or _server_of(each).lower() == server.lower()]
    return tuple(sorted(found, key=lambda each: (each.name.lower(), each.identity)))


def _parse(data: Mapping[str, Any]) -> ReceiveConnector:
    name = str(data.get("Name"))
    return ReceiveConnector(
        name, str(data.get("Identity") or name), str(data.get("DistinguishedName") or ""), SETTINGS.parse(data)
    )


def _server_of(data: Mapping[str, Any]) -> str:
    """The server that a connector is on, which Exchange also puts before its name."""
    told = str(data.get("Server") or "").rpartition("/")[2]
    return told or str(data.get("Identity")).partition("\\")[0]


def internet_connectors(connectors: Iterable[ReceiveConnector]) -> list[ReceiveConnector]:
    """Those that take mail from the internet, whatever they are called."""
    return [each for each in connectors if each.enabled and is_for_internet(each)]


def is_for_internet(connector: ReceiveConnector) -> bool:
    """Whether it takes mail from the internet, as soon as it is enabled."""
    return connector.listens() and connector.anonymous and bool(connector.outside)


def takes_from(connectors: Iterable[ReceiveConnector], binding: Binding, address: str) -> ReceiveConnector | None:
    """The connector that takes the mail of a client who connects to that local address and port: first counts which one
    listens on just that address, then which one has the smallest range around the client's."""
    return taker(connectors, binding, range_of(address)) if ip_address(address) else None


def taker(connectors: Iterable[ReceiveConnector], binding: Binding, clients: AddressRange) -> ReceiveConnector | None:
    """The same for clients of whom every connector takes all or none. Where Exchange would refuse to have two that are
    as near, that for anonymous clients."""
    found = (_nearness(each, binding, clients) for each in connectors if each.enabled)
    best = min((each for each in found if each is not None), key=lambda each: each[:4], default=None)
    return best[4] if best else None


def _nearness(
    connector: ReceiveConnector, binding: Binding, clients: AddressRange
) -> tuple[bool, int, bool, str, ReceiveConnector] | None:
    at = [each for each in connector.bindings if each.takes(binding)]
    sizes = [each.size for each in connector.ranges if each.contains(clients)]
    if not at or not sizes:
        return None
    return binding not in at, min(sizes), not connector.anonymous, connector.identity, connector


def created(name: str, want: Values) -> ReceiveConnector:
    """A new connector as it will be."""
    return ReceiveConnector(name, NEW_IDENTITY, "", RECEIVE_CONNECTOR.created(want))


def changed(connector: ReceiveConnector, want: Values) -> ReceiveConnector:
    """A connector as it will be with these values."""
    return replace(connector, values=RECEIVE_CONNECTOR.changed(connector.values, want))


def named(connectors: Sequence[ReceiveConnector], name: str) -> list[ReceiveConnector]:
    """Those of that name; capitals do not matter."""
    return [each for each in connectors if each.name.lower() == name.lower()]
