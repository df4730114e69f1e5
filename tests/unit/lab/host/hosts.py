"""An untouched SBS 2011, and its connector."""

from __future__ import annotations

from typing import Any

from lab.host.machine import SimulatedMachine

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
NAME = "Windows SBS Internet Send SBS"


def read(machine: SimulatedMachine, identity: str = NAME) -> dict[str, Any]:
    return machine.invoke("Get-SendConnector", {"Identity": identity})[0]
