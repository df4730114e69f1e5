# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there on an Edge server: rewrite entries, and the two agents that carry them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..request import Step

READ_ENTRIES = Step(
    "read_address_rewrite_entries",
    "Get-AddressRewriteEntry",
    select=("Name", "InternalAddress", "ExternalAddress", "ExceptionList", "OutboundOnly"),
)
READ_AGENTS = Step("read_transport_agents", "Get-TransportAgent", select=("Identity", "Enabled"))
AGENTS = ("Address Rewriting Inbound Agent", "Address Rewriting Outbound Agent")
"""By Microsoft's pages."""
OURS = "sbs.mailflow "
"""How the names of entries begin that were made here; others are never removed."""


@dataclass(frozen=True)
class RewriteEntry:
    """One rewrite entry; addresses as the host lists them."""

    name: str
    internal: str
    external: str
    outbound_only: bool = False

    @property
    def ours(self) -> bool:
        """Whether it was made by a run."""
        return self.name.startswith(OURS)


@dataclass(frozen=True)
class Agent:
    """One transport agent."""

    name: str
    enabled: bool


def parse_entries(output: Iterable[Mapping[str, Any]]) -> tuple[RewriteEntry, ...]:
    """The rewrite entries of a reply."""
    return tuple(
        RewriteEntry(
            str(data.get("Name") or ""),
            str(data.get("InternalAddress") or ""),
            str(data.get("ExternalAddress") or ""),
            data.get("OutboundOnly") is True,
        )
        for data in output
    )


def parse_agents(output: Iterable[Mapping[str, Any]]) -> tuple[Agent, ...]:
    """The transport agents of a reply."""
    return tuple(Agent(str(data.get("Identity") or ""), data.get("Enabled") is True) for data in output)
