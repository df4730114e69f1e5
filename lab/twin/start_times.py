"""``Get-StartTimes``: since when Windows and its services run."""

from __future__ import annotations

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import as_list


def get_start_times(agent: Agent, given: Given) -> Output:
    """``Get-StartTimes``; the simulated host does not know any."""
    return [{"Boot": None, "Services": [{"Name": name, "Started": None} for name in as_list(given["Services"])]}]
