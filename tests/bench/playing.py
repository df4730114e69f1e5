"""Plays a playbook against a lab and measures it."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

CONNECTOR: dict[str, Any] = {
    "name": "Windows SBS Internet Send SBS",
    "address_spaces": ["*"],
    "smart_hosts": ["smtp.strato.de"],
    "port": 587,
    "smart_host_auth_mechanism": "BasicAuthRequireTLS",
    "require_tls": True,
    "login": {"username": "alt@beispiel.de", "password": "bench-Blechdose-2207-Nordlicht", "created": "2026-01-15"},
}
"""What lab/states/smarthost.yml shows already: a converged host."""


@dataclass(frozen=True)
class Played:
    """One ansible-playbook run: each task's outcome and seconds, and the CPU seconds of all its processes."""

    tasks: list[dict[str, Any]]
    cpu: float

    def seconds(self, name: str) -> list[float]:
        """The seconds of all tasks of that name."""
        return [task["seconds"] for task in self.tasks if task["task"] == name]

    def outcomes(self, name: str) -> set[str]:
        """How the tasks of that name ended."""
        return {task["outcome"] for task in self.tasks if task["task"] == name}


def play(inventory: Path, tasks: list[dict[str, Any]], folder: Path, *words: str) -> Played:
    """Run the tasks on the group lab."""
    playbook = folder / "bench.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": "lab", "gather_facts": False, "tasks": tasks}], sort_keys=False))
    times = folder / "times.jsonl"
    times.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "task_times",
        "TASK_TIMES": str(times),
    }
    before = _children_cpu()
    command = ["ansible-playbook", "-i", str(inventory), str(playbook), *words]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Played([json.loads(line) for line in times.read_text().splitlines()], _children_cpu() - before)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process_cpu(pid: int) -> float:
    """CPU seconds that a running process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(values: list[float]) -> str:
    """Milliseconds as minimum / median / maximum."""
    numbers = (min(values), statistics.median(values), max(values))
    return " / ".join(f"{1000 * value:.0f}" for value in numbers) + " ms (min / median / max)"
