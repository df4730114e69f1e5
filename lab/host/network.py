"""The network of a simulated host: what its adapters have, and a connection from the host to its own SMTP port."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final, Protocol

from lab.exchange.ad_permission import WELL_KNOWN

_PREFIXES: Final = {4: 24, 6: 64}
_SMTP: Final = 25
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


class OwnHost(Protocol):
    """What is asked of a host; ``lab.host.machine.SimulatedMachine`` is one."""

    receive_port: int | None

    @property
    def own_addresses(self) -> list[str]:
        """Those of the adapters and the loopback."""


def adapters(host: OwnHost) -> list[Interface]:
    """The addresses of the network adapters; that their networks are of the usual size is assumed."""
    own = [ipaddress.ip_address(each) for each in host.own_addresses]
    return [ipaddress.ip_interface(f"{each}/{_PREFIXES[each.version]}") for each in own if not each.is_loopback]


def own_port(host: OwnHost, address: str, port: int) -> int | None:
    """Where on the loopback the lab listens for that address of the host and port 25, 0 where nothing does; None for an
    address that is not the host's own, and for other ports of the loopback, which the lab's servers have."""
    if address not in host.own_addresses or (port != _SMTP and ipaddress.ip_address(address).is_loopback):
        return None
    return (host.receive_port or 0) if port == _SMTP else 0


def introduction(address: str) -> str:
    """The first line of a connection that the host makes to itself; an answer of one line comes before it."""
    shown = f"IPV6:{address}" if ":" in address else address
    return f"XCLIENT ADDR={shown} DESTADDR={shown} DESTPORT={_SMTP}"


def connect_to_own(address: str, listens_at: int, seconds: float) -> socket.socket:
    """Such a connection, introduced. Raises OSError."""
    if not listens_at:
        raise ConnectionRefusedError("No connection could be made because the target machine actively refused it.")
    connection = socket.create_connection(("127.0.0.1", listens_at), seconds)
    while connection.recv(1) not in (b"\n", b""):
        pass
    connection.sendall(f"{introduction(address)}\r\n".encode())
    return connection


def sid_of(user: str) -> str | None:
    """What Windows translates an account's name to, in either language; None for one that it does not know."""
    for account in WELL_KNOWN:
        if user.lower() in (account.name.lower(), account.german.lower()):
            return account.sid
    return None
