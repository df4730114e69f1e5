# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there: the transport settings of the host's own server, and the send connector where the wish is about one.
Read leniently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..request import Step
from ..send_connector.state import SendConnector
from .settings import SETTINGS, Values

READ_STEP = Step(
    "read_transport_servers", "Get-TransportServer", select=("Name", *(setting.prop for setting in SETTINGS))
)


@dataclass(frozen=True)
class TransportServer:
    """One server. ``values`` are canonical by option."""

    name: str
    values: Values = field(default_factory=dict)

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
    if own is None:
        return None
    return TransportServer(name, {setting.option: setting.kind.host(own.get(setting.prop)) for setting in SETTINGS})
