"""What stands in the LAN of a host and hands in mail by SMTP: scanners, an ERP system, a UPS."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.host.state import StateError


@dataclass(frozen=True)
class Scanner:
    """``to``: where it connects to, ``login``: user name and password, None without one."""

    address: str
    sender: str = "scanner@nt4admins.local"
    recipients: tuple[str, ...] = ("administrator@nt4admins.local",)
    to: str = "0.0.0.0:25"
    helo: str = "scanner"
    login: tuple[str, str] | None = None

    @classmethod
    def read(cls, given: object) -> Scanner:
        """One entry of the state's key ``scanners``. Raises StateError."""
        known = set(cls.__dataclass_fields__)
        if not isinstance(given, Mapping) or "address" not in given or set(given) - known:
            raise StateError(
                f"scanners: every entry is a mapping with an address, and of the rest some of {sorted(known)}"
            )
        values: dict[str, Any] = dict(given)
        try:
            values["address"] = str(ipaddress.ip_address(str(given["address"])))
        except ValueError:
            raise StateError(f"scanners: {given['address']!r} is no address such as 192.168.1.50") from None
        if (login := values.get("login")) is not None:
            values["login"] = (str(login["username"]), str(login["password"]))
        if "recipients" in values:
            values["recipients"] = tuple(map(str, values["recipients"]))
        return cls(**values)

    def as_data(self) -> dict[str, Any]:
        """JSON-able, without its password."""
        shown = {"address": self.address, "sender": self.sender, "recipients": list(self.recipients), "to": self.to}
        return {**shown, "helo": self.helo, "login": self.login and self.login[0]}


def read_scanners(given: object) -> list[Scanner]:
    """The state's key ``scanners``. Raises StateError."""
    if not isinstance(given, list):
        raise StateError("scanners: a list is expected")
    return [Scanner.read(each) for each in given]
