# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who would lose a connector by a change: for which addresses another one, or none, would take the mail, and which
clients there have used it.

Exchange gives a client to one connector only, so a smaller range on one, a connector that goes, and a new one that is
nearer all take addresses away from another. All addresses between two bounds of ranges are taken alike, so each such
cell is asked once for each local address.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..lenient import first, number, text
from ..request import DONE, Reply, Step
from ..transport.state import READ_STEP as READ_TRANSPORT
from .ranges import LOOPBACKS, LOOPS, PRIVATE, AddressRange, Binding, public, range_of
from .settings import ANONYMOUS
from .state import ReceiveConnector, taker

DAYS = 14
STEP = Step(
    "measure_smtp_clients",
    "Measure-SmtpClients",
    {"Days": DAYS},
    ("Connector", "Address", "Count", "Last", "Source", "Cut", "Files", "Since", "Problems"),
    always=True,
)
STEPS = (STEP, READ_TRANSPORT)
"""What is read of clients, where a change may take a connector away from some."""
Relays = Callable[[ReceiveConnector], bool]
Connectors = Sequence[ReceiveConnector]


# ---- the addresses


@dataclass(frozen=True)
class Loss:
    """Addresses of which ``connector`` takes the mail now, and that ``after`` (None: no connector) would not serve as
    well."""

    clients: AddressRange
    connector: ReceiveConnector
    after: ReceiveConnector | None


@dataclass(frozen=True)
class Serving:
    """The connectors of a server at one moment, who relays by them, and the server's own addresses (None: unknown)."""

    connectors: Connectors
    relays: Relays
    own: tuple[str, ...] | None = None

    def endpoints(self) -> list[Binding]:
        """The local addresses and ports to which clients may connect; of a server whose addresses are not known all at
        once."""
        found = {each for connector in self.connectors if connector.enabled for each in connector.bindings}
        return sorted({end for each in found for end in _ends(each, self.own)})


def _ends(binding: Binding, own: Sequence[str] | None) -> Iterator[Binding]:
    if not binding.everywhere or own is None:
        yield binding
    if binding.everywhere:
        there = (Binding(each, binding.port) for each in (*(own or ()), *LOOPBACKS))
        yield from (each for each in there if each.version == binding.version)


def losses(before: Serving, after: Serving) -> list[Loss]:
    """All addresses that lose something, by connector; neighbours as one."""
    cells = _cells(before.connectors, after.connectors, before.own or ())
    found: dict[tuple[AddressRange, str, str], Loss] = {}
    for end in before.endpoints():
        for cell in cells:
            loss = _loss(end, cell, before, after) if _comes_there(cell, end) else None
            if loss is not None:
                found[cell, loss.connector.identity, loss.after.identity if loss.after else ""] = loss
    return _joined(found)


def _loss(end: Binding, cell: AddressRange, before: Serving, after: Serving) -> Loss | None:
    now = taker(before.connectors, end, cell)
    if now is None:
        return None
    then = taker(after.connectors, end, cell)
    return None if then and serves(now, then, cell, before.relays, after.relays) else Loss(cell, now, then)


def serves(
    now: ReceiveConnector, then: ReceiveConnector, cell: AddressRange, relays_now: Relays, relays_then: Relays
) -> bool:
    """Whether clients get by one connector what they had by the other. Of those outside only that they may deliver
    counts, where they need not log in for that; they are not to relay."""
    outside = bool(public([cell]))
    if outside and now.anonymous:
        return then.anonymous
    if relays_now(now) and not relays_then(then) and not outside:
        return False
    stricter = then.values.get("require_tls") is True and now.values.get("require_tls") is not True
    return not stricter and _rights(now) <= _rights(then)


def _rights(connector: ReceiveConnector) -> frozenset[Any]:
    """Groups, and the ways to log in that they need."""
    login = connector.mechanisms if connector.groups - {ANONYMOUS, "None"} else frozenset()
    return (connector.groups | login) - {"None", "Tls"}


def _comes_there(cell: AddressRange, end: Binding) -> bool:
    """Whether a client with such an address can connect there: to the loopback only who is on it."""
    return cell.version == end.version and end.loops == any(each.contains(cell) for each in LOOPS)


def _cells(before: Connectors, after: Connectors, own: Iterable[str]) -> list[AddressRange]:
    """The addresses that a connector takes now, cut at every bound."""
    ranges = {each for connector in before if connector.enabled for each in connector.ranges}
    others = {each for connector in after for each in connector.ranges}
    bounds = ranges | others | {*PRIVATE, *LOOPS} | {range_of(each) for each in own}
    cells: list[AddressRange] = []
    for version in (4, 6):
        points = sorted({p for each in bounds if each.version == version for p in (each.first, each.last + 1)})
        cells += [AddressRange(version, one, two - 1) for one, two in pairwise(points)]
    return [each for each in cells if any(found.contains(each) for found in ranges)]


def _joined(found: Mapping[tuple[AddressRange, str, str], Loss]) -> list[Loss]:
    joined: list[Loss] = []
    for (cell, *_names), loss in sorted(found.items(), key=lambda each: (each[0][1:], each[0][0])):
        last = joined[-1] if joined else None
        same = last is not None and (last.connector, last.after) == (loss.connector, loss.after)
        if last is not None and same and _neighbours(last.clients, cell):
            joined[-1] = Loss(AddressRange(cell.version, last.clients.first, cell.last), loss.connector, loss.after)
        else:
            joined.append(loss)
    return joined


def _neighbours(one: AddressRange, other: AddressRange) -> bool:
    """Whether one begins where the other ends, and both are of the LAN or of outside."""
    return one.version == other.version and one.last + 1 == other.first and bool(public([one])) == bool(public([other]))


# ---- the server itself


def own_ends(own: Iterable[str], bindings: Iterable[Binding]) -> list[tuple[Binding, str]]:
    """Where the server itself connects, and with which address: on its network addresses, and on the loopback."""
    listening, network = tuple(bindings), tuple(own)
    there = ((LOOPBACKS, LOOPBACKS), (network, network))
    found = {pair for ends, clients in there for pair in _pairs(ends, clients, listening)}
    return sorted(found)


def _pairs(
    addresses: Iterable[str], clients: Sequence[str], bindings: Sequence[Binding]
) -> Iterator[tuple[Binding, str]]:
    ends = [Binding(address, each.port) for address in addresses for each in bindings]
    listening = [end for end in ends if any(each.takes(end) for each in bindings)]
    yield from ((end, client) for end in listening for client in clients if range_of(client).version == end.version)


def kept_for_itself(
    connectors: Connectors, target: ReceiveConnector | None, after: ReceiveConnector, own: Iterable[str]
) -> list[str]:
    """The server's own addresses that a connector has to keep, or to get, whatever is declared: those that it takes
    now, and IPv4 addresses that none takes."""
    kept = set()
    for end, client in own_ends(own, after.bindings):
        now = taker(connectors, end, range_of(client))
        if (now is not None and now is target) or (now is None and end.version == 4):
            kept.add(client)
    return sorted(each for each in kept if not any(found.has(each) for found in after.ranges))


# ---- the clients


@dataclass(frozen=True)
class Client:
    """One address that has used a connector: how often, when last, and how that is known."""

    connector: str
    address: str
    count: int = 0
    last: str | None = None
    source: str = ""

    def __str__(self) -> str:
        return f"{self.address} ({self.connector}, {self.count}x, {self.last or '?'})"


@dataclass(frozen=True)
class Clients:
    """Who has used the connectors. ``tracked``: whether message tracking tells; ``logged``: whether there are protocol
    logs; ``cut``: whether there were more."""

    seen: tuple[Client, ...] = ()
    tracked: bool = False
    logged: bool = False
    cut: bool = False

    def tell_of(self, connector: ReceiveConnector) -> bool:
        """Whether what was read shows all that used a connector."""
        return not self.cut and (self.tracked or (self.logged and connector.logs))


def parse_clients(reply: Reply, server: str) -> Clients:
    """The clients in a reply; none, and not known, where the host could not tell."""
    result = reply.result(STEP.id)
    if result.status != DONE:
        return Clients()
    summary = first(row for row in result.output if row.get("Connector") is None)
    seen = tuple(_client(row) for row in result.output if text(row.get("Connector")) and text(row.get("Address")))
    tracked = _tracks(reply, server) and (
        not summary.get("Problems") or any(each.source == "tracking" for each in seen)
    )
    return Clients(seen, tracked, bool(number(summary.get("Files"))), summary.get("Cut") is not False)


def _tracks(reply: Reply, server: str) -> bool:
    own = (row for row in reply.result(READ_TRANSPORT.id).output if str(row.get("Name")).lower() == server.lower())
    return first(own).get("MessageTrackingLogEnabled") is True


def _client(row: Mapping[str, Any]) -> Client:
    name = str(row.get("Connector")).rpartition("\\")[2]
    return Client(
        name, str(row.get("Address")), number(row.get("Count")) or 0, text(row.get("Last")), str(row.get("Source"))
    )


def who_loses(lost: Sequence[Loss], clients: Clients, present: Collection[str], own: Collection[str]) -> list[Client]:
    """The clients that would lose their connector, one for each address, those of the LAN first."""
    found: dict[str, Client] = {}
    for each in clients.seen:
        if each.address not in own and any(_hits(loss, each, present) for loss in lost):
            found.setdefault(each.address, each)
    return sorted(found.values(), key=lambda each: (bool(public([range_of(each.address)])), -each.count, each.address))


def _hits(loss: Loss, client: Client, present: Collection[str]) -> bool:
    """Whether a loss meets a client; one of a connector that is called otherwise by now may be any's."""
    named = client.connector.lower()
    return loss.clients.has(client.address) and (named == loss.connector.name.lower() or named not in present)


def given_up(client: Client, declared: Iterable[AddressRange]) -> bool:
    """Whether a client was named; a range that reaches beyond the LAN names nobody in it, single addresses aside."""
    inside = not public([range_of(client.address)])
    fitting = [each for each in declared if each.has(client.address)]
    return any(each.size == 1 or not inside or not public([each]) for each in fitting)
