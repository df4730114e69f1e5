# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may relay: the right of anonymous clients to send to any recipient, and connectors whose clients count as servers
of the organisation.

The account is known by its SID, since its name is in the server's language. Scanners and programs of the LAN relay by
connectors for private addresses, which are shown and never called open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..lenient import text
from ..request import DONE, Reply, Step
from ..run.plan import Change, PlannedStep
from .ranges import AddressRange, everyone, minus
from .rules import EXTERNAL, SERVERS
from .state import ReceiveConnector

STEP = Step(
    "read_connector_rights",
    "Get-ConnectorRights",
    select=("Connector", "User", "Sid", "Deny", "Inherited", "Error"),
    always=True,
)
"""The rights of all receive connectors of the server."""
ANONYMOUS_SID = "S-1-5-7"
RIGHT = "ms-Exch-SMTP-Accept-Any-Recipient"
OPTION = "anonymous_relay"


@dataclass(frozen=True)
class RelayRight:
    """One access entry with the right: of whom, on the connector of which name in the directory (small letters)."""

    connector: str
    user: str
    sid: str | None
    deny: bool = False
    inherited: bool = False


@dataclass(frozen=True)
class RelayRights:
    """The entries of all connectors, and the names in the directory of those whose entries could not be read; ``told``:
    whether the host tells of any."""

    entries: tuple[RelayRight, ...] = ()
    unread: frozenset[str] = frozenset()
    told: bool = True

    def known(self, connector: ReceiveConnector) -> bool:
        """Whether the entries of a connector were read; a new one has none of its own."""
        return self.told and connector.dn.lower() not in self.unread

    def of(self, connector: ReceiveConnector) -> tuple[RelayRight, ...]:
        """The entries of a connector."""
        return tuple(each for each in self.entries if connector.dn and each.connector == connector.dn.lower())

    def anonymous(self, connector: ReceiveConnector) -> RelayRight | None:
        """The entry by which anonymous clients have the right there, or None: own entries come before inherited ones,
        and of either those that deny."""
        own = [each for each in self.of(connector) if each.sid == ANONYMOUS_SID]
        deciding = min(own, key=lambda each: (each.inherited, not each.deny), default=None)
        return None if deciding is None or deciding.deny else deciding

    def closed(self, relaying: Iterable[OpenRelay]) -> RelayRights:
        """The same once the entries of relays that can be closed are taken away."""
        names = {each.connector.dn.lower() for each in relaying if each.closable}
        left = [each for each in self.entries if not (each.connector in names and _is_own_relay(each))]
        return RelayRights(tuple(left), self.unread, self.told)


def _is_own_relay(entry: RelayRight) -> bool:
    return entry.sid == ANONYMOUS_SID and not entry.deny and not entry.inherited


def parse_rights(reply: Reply) -> RelayRights:
    """The rights in a reply; nothing is known where the host could not tell them."""
    result = reply.result(STEP.id)
    if result.status != DONE:
        return RelayRights(told=False)
    unread = frozenset(_name(row) for row in result.output if row.get("Error") is not None)
    entries = tuple(_right(row) for row in result.output if row.get("Error") is None)
    return RelayRights(entries, unread)


def _right(row: Mapping[str, Any]) -> RelayRight:
    sid = text(row.get("Sid")) or None
    return RelayRight(_name(row), str(row.get("User")), sid, row.get("Deny") is True, row.get("Inherited") is True)


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("Connector")).lower()


def externally_secured(connector: ReceiveConnector) -> bool:
    """Whether all of its clients count as servers of the organisation, which relay."""
    return EXTERNAL in connector.mechanisms and SERVERS in connector.groups


def relays(connector: ReceiveConnector, rights: RelayRights) -> bool:
    """Whether clients of a connector that do not log in may send to any recipient."""
    return externally_secured(connector) or rights.anonymous(connector) is not None


@dataclass(frozen=True)
class OpenRelay:
    """A connector by which clients with public addresses relay without logging in. ``entry``: the right by which they
    do, None where they count as servers."""

    connector: ReceiveConnector
    entry: RelayRight | None = None

    @property
    def closable(self) -> bool:
        """Whether it is an entry of the connector's own that can be taken away."""
        return self.entry is not None and not self.entry.inherited and bool(self.connector.dn)

    def step(self) -> PlannedStep:
        """The step that takes the entry away, and no other."""
        user = self.entry.user if self.entry else ""
        parameters = {"Identity": self.connector.dn, "User": user, "ExtendedRights": RIGHT, "Confirm": False}
        changes = (Change(OPTION, user, None),)
        return PlannedStep("close relay", self.connector.name, "Remove-ADPermission", parameters, changes)


def reached(connector: ReceiveConnector, own: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """The public addresses that it is for, the server's own aside."""
    return minus(connector.outside, own)


def may_relay(connector: ReceiveConnector, known: Collection[str]) -> bool:
    """Whether a connector is declared to relay for whom it is for; for everyone none may."""
    named = connector.name.lower() in {each.lower() for each in known}
    return named and not everyone(connector.ranges)


def open_relays(
    connectors: Iterable[ReceiveConnector],
    rights: RelayRights,
    own: Sequence[AddressRange] = (),
    known: Collection[str] = (),
) -> tuple[OpenRelay, ...]:
    """All open relays, a connector once for each way in which it is one."""
    return tuple(
        relay
        for each in connectors
        if each.enabled and reached(each, own) and not may_relay(each, known)
        for relay in _ways(each, rights)
    )


def newly_open(
    before: Iterable[OpenRelay], after: Iterable[OpenRelay], own: Sequence[AddressRange] = ()
) -> list[OpenRelay]:
    """Those that would be open afterwards and are not now, or not for all of whom they would be."""
    now = {(each.connector.identity, each.entry is None): reached(each.connector, own) for each in before}
    return [
        each
        for each in after
        if minus(reached(each.connector, own), now.get((each.connector.identity, each.entry is None), ()))
    ]


def _ways(connector: ReceiveConnector, rights: RelayRights) -> Iterator[OpenRelay]:
    if entry := rights.anonymous(connector):
        yield OpenRelay(connector, entry)
    if externally_secured(connector):
        yield OpenRelay(connector)


def untold(
    connectors: Iterable[ReceiveConnector], rights: RelayRights, own: Sequence[AddressRange] = ()
) -> list[ReceiveConnector]:
    """The connectors of which nobody knows whether they relay for public addresses."""

    def unknown(each: ReceiveConnector) -> bool:
        known = rights.known(each)
        if reached(each, own):
            return not known
        return each.unread and (relays(each, rights) or not known)

    return [each for each in connectors if each.enabled and unknown(each)]


def shown(
    connectors: Iterable[ReceiveConnector], rights: RelayRights, relaying: Collection[OpenRelay]
) -> list[dict[str, Any]]:
    """All connectors that relay for who does not log in, for a task's result."""
    opened = {each.connector.identity for each in relaying}
    return [
        {
            "connector": each.name,
            "user": way.entry.user if way.entry else None,
            "way": "anonymous" if way.entry else EXTERNAL,
            "inherited": way.entry.inherited if way.entry else False,
            "remote_ip_ranges": [str(found) for found in each.ranges],
            "enabled": each.enabled,
            "open": each.identity in opened,
        }
        for each in connectors
        for way in _ways(each, rights)
    ]
