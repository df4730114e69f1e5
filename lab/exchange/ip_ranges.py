"""Where a Receive connector listens and for whom: addresses, ranges of addresses, and the texts for them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_IPV4_WITH_MASK: Final = re.compile(r"([\d.]+)\s*\(([\d.]+)\)")
_BINDING: Final = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+)):(\d{1,5})")
_LAST_PORT: Final = 65535


def parse_address(written: str) -> IpAddress:
    """An IPv4 or IPv6 address; one of IPv4 that is dressed as IPv6 is taken as what it is. Raises ValueError."""
    address = ipaddress.ip_address(written.strip())
    plain = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return plain or address


@dataclass(frozen=True)
class IpRange:
    """``IPRange``: the addresses from ``first`` to ``last``; ``written`` is how a host prints it.

    That a host keeps the form in which a range was given (one address, from-to, CIDR) is assumed.
    """

    first: IpAddress
    last: IpAddress
    written: str = field(compare=False)

    @classmethod
    def parse(cls, written: str) -> IpRange:
        """Read ``10.0.0.1``, ``10.0.0.1-10.0.0.9``, ``10.0.0.0/24``, ``10.0.0.0(255.255.255.0)``; else ValueError."""
        text = written.strip()
        if masked := _IPV4_WITH_MASK.fullmatch(text):
            text = f"{masked[1]}/{masked[2]}"
        if "/" in text:
            network = ipaddress.ip_network(text, strict=False)
            return cls(network.network_address, network.broadcast_address, _as_cidr(text, network.prefixlen))
        low, dash, high = text.partition("-")
        first = parse_address(low)
        last = parse_address(high) if dash else first
        if first.version != last.version or int(first) > int(last):
            raise ValueError(written)
        return cls(first, last, f"{first}-{last}" if dash else str(first))

    @property
    def size(self) -> int:
        """How many addresses it holds; the fewer, the more specific."""
        return int(self.last) - int(self.first) + 1

    def has(self, address: IpAddress) -> bool:
        """Whether the address is in it."""
        return self.first.version == address.version and int(self.first) <= int(address) <= int(self.last)

    def contains(self, other: IpRange) -> bool:
        """Whether the other lies wholly in it."""
        return self.has(other.first) and self.has(other.last)

    def meets(self, other: IpRange) -> bool:
        """Whether both have an address in common."""
        same = self.first.version == other.first.version
        return same and int(self.first) <= int(other.last) and int(other.first) <= int(self.last)

    def display(self) -> str:
        """As a host prints it."""
        return self.written


def _as_cidr(text: str, prefix: int) -> str:
    return f"{ipaddress.ip_address(text.partition('/')[0])}/{prefix}"


@dataclass(frozen=True)
class Binding:
    """``IPBinding``: a local address and port; the address 0.0.0.0 or :: stands for all of its kind."""

    address: IpAddress
    port: int

    @classmethod
    def parse(cls, written: str) -> Binding:
        """Read ``0.0.0.0:25`` or ``[::]:25``; else ValueError."""
        match = _BINDING.fullmatch(written.strip())
        if match is None or not 1 <= int(match[3]) <= _LAST_PORT:
            raise ValueError(written)
        return cls(ipaddress.ip_address(match[1] or match[2]), int(match[3]))

    @property
    def is_any(self) -> bool:
        """Whether it stands for every address of its kind."""
        return self.address.is_unspecified

    def reaches(self, local: Binding) -> bool:
        """Whether who connects to that local address and port may come in by this one."""
        here = self.address == local.address or (self.is_any and self.address.version == local.address.version)
        return here and self.port == local.port

    def display(self) -> str:
        """As a host prints it."""
        address = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{address}:{self.port}"
