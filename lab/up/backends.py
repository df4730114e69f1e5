"""Makes the backend that answers behind an endpoint, by name; imports only the one that is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lab.host.machine import SimulatedMachine
from lab.wsman.backend import Backend

BACKENDS: Final = ("twin", "pwsh")


def make_backend(name: str, machine: SimulatedMachine, ca_file: Path | None = None) -> Backend:
    """The backend of that name acting on ``machine``; raises ValueError for an unknown name.

    ``ca_file``: the authority whose certificates the host trusts (PEM).
    """
    if name == "twin":
        from lab.twin.backend import Twin

        return Twin(machine, ca_file)
    if name == "pwsh":
        from lab.pwsh import PwshBackend

        return PwshBackend(machine, ca_file)
    raise ValueError(f"no backend {name!r}; there are: {', '.join(BACKENDS)}")
