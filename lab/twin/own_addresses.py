"""``Get-OwnAddresses``: what the simulated adapters have."""

from __future__ import annotations

from lab.exchange.host import Output
from lab.host.network import adapters
from lab.twin.agent import Agent, Given


def get_own_addresses(agent: Agent, given: Given) -> Output:
    """``Get-OwnAddresses``."""
    return [{"Address": str(each.ip), "Prefix": each.network.prefixlen} for each in adapters(agent.machine)]
