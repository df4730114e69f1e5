"""The router between a host and the internet: the address that everybody sees, and whether it lets mail in."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lab.host.state import StateError


@dataclass(frozen=True)
class Router:
    """``public_address`` None: there is none that stays; ``forwards_25``: whether its port 25 leads to the host's."""

    public_address: str | None = None
    forwards_25: bool = True

    def changed(self, wish: object) -> Router:
        """With some of it changed. Raises StateError."""
        known = set(self.__dataclass_fields__)
        if not isinstance(wish, Mapping) or set(wish) - known:
            raise StateError(f"router: a mapping with some of {sorted(known)} is expected")
        made = replace(self, **wish)
        if not isinstance(made.forwards_25, bool):
            raise StateError(f"router: forwards_25: {made.forwards_25!r} is neither true nor false")
        try:
            address = made.public_address and str(ipaddress.ip_address(str(made.public_address)))
        except ValueError:
            raise StateError(f"router: public_address: {made.public_address!r} is no address") from None
        return replace(made, public_address=address)

    def as_data(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)
