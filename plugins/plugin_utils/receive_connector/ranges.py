# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges of client addresses and local bindings, as a receive connector has them: written, printed, compared.

Exchange takes a range as one address, ``a-b``, ``a/24`` or ``a(255.255.255.0)`` and prints it as it was typed; a
binding over IPv6 is printed ``:::25`` by Exchange 2010 and ``[::]:25`` later.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from ..options.values import Names, ip_address

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_FORMS = "addresses such as 192.168.1.50, 192.168.1.0/24, 192.168.1.10-192.168.1.20 or 2001:db8::/32"


@dataclass(frozen=True, order=True)
class AddressRange:
    """All addresses of one version from ``first`` to ``last``, both included."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return self.last - self.first + 1

    def contains(self, other: AddressRange) -> bool:
        """Whether all of the other one lies in this one."""
        return self.version == other.version and self.first <= other.first and other.last <= self.last

    def overlaps(self, other: AddressRange) -> bool:
        """Whether the two share an address."""
        return self.version == other.version and self.first <= other.last and other.first <= self.last

    def has(self, address: str) -> bool:
        """Whether an address lies in it; a text that is none does not."""
        return ip_address(address) is not None and self.contains(range_of(address))

    def without(self, other: AddressRange) -> tuple[AddressRange, ...]:
        """What is left of it without the other one."""
        if not self.overlaps(other):
            return (self,)
        below, above = (self.first, other.first - 1), (other.last + 1, self.last)
        return tuple(AddressRange(self.version, *each) for each in (below, above) if each[0] <= each[1])

    def __str__(self) -> str:
        """As a declaration writes it: one address, a network where it is one, else from and to."""
        first, last = _address(self.version, self.first), _address(self.version, self.last)
        if first == last:
            return str(first)
        bits = first.max_prefixlen
        whole = self.size.bit_count() == 1 and self.first % self.size == 0 and self.size < 2**bits
        return f"{first}/{bits - self.size.bit_length() + 1}" if whole else f"{first}-{last}"


def _address(version: int, number: int) -> Address:
    return ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)


def parse_range(text: str) -> AddressRange:
    """The range that a text is. Raises ValueError."""
    bare = text.strip()
    if masked := re.fullmatch(r"([\d.]+)\s*\(([\d.]+)\)", bare):
        bare = f"{masked[1]}/{masked[2]}"
    try:
        if "/" in bare:
            network = ipaddress.ip_network(bare, strict=False)
            first, last = network.network_address, network.broadcast_address
        else:
            begin, dash, end = bare.partition("-")
            first = ipaddress.ip_address(begin.strip())
            last = ipaddress.ip_address(end.strip()) if dash else first
    except ValueError as error:
        raise ValueError(_FORMS) from error
    first, last = _plain(first), _plain(last)
    if first.version != last.version or int(first) > int(last) or "%" in bare:
        raise ValueError(_FORMS)
    return AddressRange(first.version, int(first), int(last))


def range_of(address: str) -> AddressRange:
    """The range of one address. Raises ValueError."""
    number = _plain(ipaddress.ip_address(address))
    return AddressRange(number.version, int(number), int(number))


def _plain(address: Address) -> Address:
    """An IPv4 address, though it is written as one of IPv6 (``::ffff:192.168.1.50``)."""
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address


EVERYONE = "0.0.0.0-255.255.255.255"
"""Every IPv4 address, as Exchange prints it."""
LOOPBACKS = ("127.0.0.1", "::1")
LOOPS = (parse_range("127.0.0.0/8"), parse_range("::1"))
"""What only the server itself reaches, and comes from."""
_PRIVATE = (
    "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 127.0.0.0/8 0.0.0.0/32 255.255.255.255/32"
    " ::/127 fe80::/10 fc00::/7"
)
# Python's own is_private takes documentation networks and those of a provider's NAT for private; here that is only
# what nobody outside of the house can have.
PRIVATE = tuple(parse_range(each) for each in _PRIVATE.split())
"""Addresses of a LAN, of the host itself, and those that no client has."""


def is_public(address: str) -> bool:
    """Whether an address can be reached from everywhere: none of a house, of no line, or of many lines together, as
    providers share one (RFC 6598)."""
    of_nobody = (*PRIVATE, parse_range("0.0.0.0/8"), parse_range("100.64.0.0/10"))
    return not any(each.has(address) for each in of_nobody)


MANY = {4: 2**24, 6: 2**96}
"""Of how many public addresses on nobody knows who has them: more than the largest network that one owner ever got."""


def ranges_of(value: Hashable) -> tuple[AddressRange, ...]:
    """The ranges of a canonical value, those of them that can be read."""
    found = []
    for each in sorted(map(str, value)) if isinstance(value, frozenset) else ():
        try:
            found.append(parse_range(each))
        except ValueError:
            continue
    return tuple(found)


def all_readable(value: Hashable) -> bool:
    """Whether a canonical value is ranges, each of which can be read."""
    return isinstance(value, frozenset) and all(map(_readable, map(str, value)))


def _readable(text: str) -> bool:
    try:
        parse_range(text)
    except ValueError:
        return False
    return True


def merged(ranges: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """The same addresses in as few ranges as can be, in their order."""
    found: list[AddressRange] = []
    for each in sorted(ranges):
        before = found[-1] if found else None
        if before and before.version == each.version and each.first <= before.last + 1:
            found[-1] = AddressRange(each.version, before.first, max(before.last, each.last))
        else:
            found.append(each)
    return tuple(found)


def minus(ranges: Iterable[AddressRange], taken: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """What is left of ranges without others."""
    left = list(merged(ranges))
    for each in taken:
        left = [part for whole in left for part in whole.without(each)]
    return tuple(left)


def public(ranges: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """The addresses among them that someone outside may have."""
    return minus(ranges, PRIVATE)


def everyone(ranges: Iterable[AddressRange]) -> bool:
    """Whether more of the internet is among them than any one sender has."""
    found = public(ranges)
    return any(sum(each.size for each in found if each.version == version) > most for version, most in MANY.items())


def cross(one: Sequence[AddressRange], other: Sequence[AddressRange]) -> tuple[AddressRange, AddressRange] | None:
    """Two ranges of which each has addresses that the other lacks, and both have some: Exchange refuses that."""
    pairs = ((mine, theirs) for mine in one for theirs in other if mine.overlaps(theirs))
    return next((pair for pair in pairs if not pair[0].contains(pair[1]) and not pair[1].contains(pair[0])), None)


class IpRanges(Names):
    """A set of ranges of addresses; canonical as ``AddressRange`` writes them."""

    def one(self, part: str) -> str:
        return str(parse_range(part))


@dataclass(frozen=True, order=True)
class Binding:
    """A local address and port that a connector listens on."""

    address: str
    port: int

    @property
    def everywhere(self) -> bool:
        """Whether it is on all addresses of its version."""
        return self.address in ("0.0.0.0", "::")

    @property
    def loops(self) -> bool:
        """Whether only the server itself comes there."""
        return any(each.has(self.address) for each in LOOPS)

    @property
    def version(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4

    def takes(self, other: Binding) -> bool:
        """Whether what comes in at the other one comes in here, too."""
        same_place = self.address == other.address or (self.everywhere and self.version == other.version)
        return self.port == other.port and same_place

    def meets(self, other: Binding) -> bool:
        """Whether a connection may come in at both."""
        return self.takes(other) or other.takes(self)

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if self.version == 6 else f"{self.address}:{self.port}"


def parse_binding(text: str) -> Binding:
    """The binding that a text is. Raises ValueError."""
    place, _colon, port = text.strip().rpartition(":")
    address = ip_address(place.strip("[]"))
    if address is None or "%" in place or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError("a local address and a port, such as 0.0.0.0:25, 192.168.1.2:25 or [::]:25")
    return Binding(str(address), int(port))


def bindings_of(value: Hashable) -> tuple[Binding, ...]:
    """The bindings of a canonical value, those of them that can be read."""
    found = []
    for each in sorted(map(str, value)) if isinstance(value, frozenset) else ():
        try:
            found.append(parse_binding(each))
        except ValueError:
            continue
    return tuple(found)


class Bindings(Names):
    """A set of local addresses with ports; canonical as Exchange takes them."""

    def one(self, part: str) -> str:
        return str(parse_binding(part))
