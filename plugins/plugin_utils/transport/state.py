# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there: the transport settings of the host's own server, and the send connector where the declaration is about
one. Read leniently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..exchange.settings import Values
from ..send_connector.state import SendConnector
from .settings import SETTINGS, TRANSPORT_SERVER

READ_STEP = TRANSPORT_SERVER.read_step()


@dataclass(frozen=True)
class TransportServer:
    """One server. ``values`` are canonical by option."""

    name: str
    values: Values = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """By what Exchange finds it."""
        return self.name

    @property
    def where(self) -> str:
        """How reasons name it."""
        return f"transport server '{self.name}'"


@dataclass(frozen=True)
class State:
    """The host's own server, and the connector where one was asked for and is there."""

    server: TransportServer
    connector: SendConnector | None = None


def find_server(output: Iterable[Mapping[str, Any]], name: str) -> TransportServer | None:
    """The server of that name in a reply; what cannot be read is kept as Unreadable."""
    own = next((data for data in output if str(data.get("Name")).lower() == name.lower()), None)
    return None if own is None else TransportServer(name, SETTINGS.parse(own))
