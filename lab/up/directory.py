"""The private directory of a lab: who runs it and where, its CA, its inventory."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Running:
    """Contents of ``lab.json``. ``started`` tells the process from a later one with the same number.

    ``smtp_port``, ``pop3_port`` (TLS) and ``pop3_plain_port`` are the provider's, if the lab has one.
    """

    pid: int
    started: str | None
    control_port: int
    token: str
    hosts: dict[str, dict[str, int]]
    backend: str
    profile: str
    smtp_port: int | None = None
    pop3_port: int | None = None
    pop3_plain_port: int | None = None


class LabDirectory:
    """Paths below one directory, which only its owner may read: it holds passwords and the control token."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.running_file = self.path / "lab.json"
        self.ca_file = self.path / "ca.pem"
        self.ntlm_file = self.path / "ntlm_users"
        self.inventory_file = self.path / "inventory" / "hosts.yml"
        self.pid_file = self.path / "lab.pid"
        self.output_file = self.path / "lab.log"

    def make(self) -> None:
        """Create it, closed to others."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        self.inventory_file.parent.mkdir(exist_ok=True)

    def write_private(self, file: Path, text: str) -> None:
        """Write whole or not at all, readable by the owner only."""
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)

    def write_running(self, running: Running) -> None:
        """Write ``lab.json`` and the pid file."""
        self.write_private(self.running_file, json.dumps(asdict(running), indent=2) + "\n")
        self.write_private(self.pid_file, f"{running.pid}\n")

    def read_running(self) -> Running | None:
        """Who runs here according to ``lab.json``; None without one. Raises ValueError if it is damaged."""
        try:
            data: dict[str, Any] = json.loads(self.running_file.read_text(encoding="utf-8"))
            return Running(**data)
        except FileNotFoundError:
            return None
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{self.running_file} is damaged ({error}); remove it if no lab runs") from None

    def alive(self) -> Running | None:
        """The lab that runs here now: ``lab.json`` names a process that is still the same one. Raises ValueError."""
        running = self.read_running()
        if running is None or process_started(running.pid) != running.started:
            return None
        return running if running.started else None

    def forget_running(self) -> None:
        """Remove ``lab.json``, the pid file and the hashes; inventory and CA stay for reading."""
        for file in (self.running_file, self.pid_file, self.ntlm_file):
            file.unlink(missing_ok=True)


def process_started(pid: int) -> str | None:
    """When the process began, in kernel ticks since boot; None if it does not run or the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    # A zombie runs no more. Field 3 is the state, field 22 the start time; the first two are cut off.
    return None if fields[0] in "ZX" else fields[19]
