"""``Get-StartTimes``: since when Windows and its services run."""

from __future__ import annotations

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.files import utc
from lab.twin.parameters import as_list


def get_start_times(agent: Agent, given: Given) -> Output:
    """``Get-StartTimes``."""
    machine = agent.machine
    started = {name: machine.started(str(name)) for name in as_list(given["Services"])}
    services = [{"Name": name, "Started": moment and utc(moment)} for name, moment in started.items()]
    return [{"Boot": utc(machine.boot_time), "Services": services}]
