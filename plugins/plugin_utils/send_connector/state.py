# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there, read leniently, and as it will be: the send connectors of the organisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import HostRefused
from ..exchange.settings import Values
from ..lenient import inside, text
from ..messages import notice_of, reason_of
from .rules import BASIC
from .settings import CREDENTIAL, SEND_CONNECTOR, SETTINGS

READ_STEP = SEND_CONNECTOR.read_step((CREDENTIAL,))
NEW_GUID = "(new)"
_ANY_DOMAIN = re.compile(r"SMTP:\*;(\d{1,3})")


@dataclass(frozen=True)
class SendConnector:
    """One connector. ``values`` are canonical by option; ``username`` is the login that it has, if any."""

    name: str
    guid: str
    values: Values = field(default_factory=dict)
    username: str | None = None

    @property
    def identity(self) -> str:
        """By what Exchange finds it, whatever its name."""
        return self.guid

    @property
    def enabled(self) -> bool:
        """Whether Exchange uses the connector."""
        return self.values.get("enabled") is True

    @property
    def cost_of_any_domain(self) -> int | None:
        """The cost at which the connector takes mail to every SMTP domain, or None where it does not."""
        spaces = self.values.get("address_spaces")
        found = (_ANY_DOMAIN.fullmatch(space) for space in spaces_of(spaces))
        return min((int(match[1]) for match in found if match), default=None)

    @property
    def hands_to_smart_host(self) -> bool:
        """Whether mail is handed to a smart host instead of being sent by DNS."""
        return bool(self.values.get("smart_hosts")) and self.values.get("dns_routing_enabled") is not True

    @property
    def hides_login(self) -> bool:
        """Whether it logs in, and the host does not tell as whom."""
        return self.username is None and self.values.get("smart_host_auth_mechanism") in BASIC

    @property
    def shown_login(self) -> str:
        """The login that it has, in words."""
        return self.username or notice_of("unknown_login" if self.hides_login else "no_login")

    def logs_in_as(self, username: str) -> bool:
        """Whether this is the login that the connector has; capitals do not matter."""
        return self.username is not None and self.username.lower() == username.lower()


def spaces_of(value: Any) -> frozenset[str]:
    """A set of address spaces; the empty set where the host's value could not be read."""
    return value if isinstance(value, frozenset) else frozenset()


def takes_any_domain(value: Any) -> bool:
    """Whether canonical address spaces take mail to every SMTP domain."""
    return any(_ANY_DOMAIN.fullmatch(space) for space in spaces_of(value))


def parse_connectors(output: Iterable[Mapping[str, Any]]) -> tuple[SendConnector, ...]:
    """The connectors of a reply, by name; what cannot be read is kept as Unreadable."""
    return tuple(sorted(map(_parse_connector, output), key=lambda connector: (connector.name.lower(), connector.guid)))


def _parse_connector(data: Mapping[str, Any]) -> SendConnector:
    username = text(inside(data.get(CREDENTIAL)).get("UserName"))
    return SendConnector(str(data.get("Name")), str(data.get("Guid")), SETTINGS.parse(data), username or None)


def created(name: str, want: Values, username: str | None) -> SendConnector:
    """A new connector as it will be."""
    return SendConnector(name, NEW_GUID, SEND_CONNECTOR.created(want), username)


def changed(connector: SendConnector, want: Values, username: str | None = None) -> SendConnector:
    """A connector as it will be with these values and this login (None: the one that it has)."""
    after = SEND_CONNECTOR.changed(connector.values, want)
    return replace(connector, values=after, username=username or connector.username)


def any_domain(connectors: Sequence[SendConnector]) -> list[SendConnector]:
    """The enabled connectors that take mail to every SMTP domain."""
    return [each for each in connectors if each.enabled and each.cost_of_any_domain is not None]


def find_connector(connectors: Sequence[SendConnector], name: str | None, where: str) -> SendConnector:
    """The connector of that name, or without one the only one that hands mail for every domain to a smart host.

    Raises HostRefused where that is not clear.
    """
    if name:
        fitting = [each for each in connectors if each.name.lower() == name.lower()]
    else:
        fitting = [each for each in any_domain(connectors) if each.hands_to_smart_host]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"'{each.name}'" for each in fitting or connectors) or "none"
    raise HostRefused(reason_of("connector_unclear", where, count=len(fitting), names=names))


def find_saved(connectors: Sequence[SendConnector], saved: SendConnector) -> SendConnector | None:
    """The connector that was saved: by its GUID, or, if it was removed and made anew, by its name."""
    by_guid = next((each for each in connectors if each.guid == saved.guid), None)
    return by_guid or next((each for each in connectors if each.name.lower() == saved.name.lower()), None)
