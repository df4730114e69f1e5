"""``Get-HostState`` and ``Get-ServerState``: what of the host itself stands in the way of its mail."""

from __future__ import annotations

import re

from lab.exchange.host import Output
from lab.host.machine import SimulatedMachine
from lab.twin.agent import Agent, Given
from lab.twin.parameters import check_range

_SETUP = r"software\microsoft\exchangeserver\{}\setup"


def get_host_state(agent: Agent, given: Given) -> Output:
    """``Get-HostState``."""
    drive = _queue_drive(agent.machine)
    disk = agent.machine.queue_disk
    there = drive is not None and drive.lower() == disk.volume.lower()
    size, free = (disk.size, disk.free) if there else (None, None)
    return [{"QueueDrive": drive, "QueueSize": size, "QueueFree": free, "Groups": list(agent.machine.rights)}]


def get_server_state(agent: Agent, given: Given) -> Output:
    """``Get-ServerState``; the simulated dcdiag takes no time."""
    check_range("TimeoutSeconds", given.get("TimeoutSeconds", 120), 1, 600)
    machine = agent.machine
    silent = not machine.dcdiag.strip()
    return [{"Shares": list(machine.shares), "LicenceStatus": machine.licence_status, "DcdiagSilent": silent}]


def _queue_drive(machine: SimulatedMachine) -> str | None:
    setups = (machine.registry.get(_SETUP.format(version)) for version in ("v15", "v14"))
    setup = next((each for each in setups if each), {})
    found = re.match("[A-Za-z]:", str(setup.get("MsiInstallPath") or ""))
    return found[0] if found else None
