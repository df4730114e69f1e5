"""Makes the backend that answers behind an endpoint, by name; imports only the one that is wanted."""

from __future__ import annotations

from typing import Final

from lab.backend import Backend
from lab.machine import SimulatedMachine

BACKENDS: Final = ("twin", "pwsh")


def make_backend(name: str, machine: SimulatedMachine) -> Backend:
    """The backend of that name acting on ``machine``; raises ValueError for an unknown name."""
    if name == "twin":
        from lab.twin import Twin

        return Twin(machine)
    if name == "pwsh":
        from lab.pwsh import PwshBackend

        return PwshBackend(machine)
    raise ValueError(f"no backend {name!r}; there are: {', '.join(BACKENDS)}")
