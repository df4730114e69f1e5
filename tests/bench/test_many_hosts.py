"""Fifty simulated hosts at once: does the lab hold Ansible up?"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.up.directory import LabDirectory

from .playing import CONNECTOR, ROOT, play, process_cpu, spread

HOSTS, FORKS = 50, 20


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabDirectory]:
    """A lab in a process of its own, whose CPU time can be told from Ansible's."""
    directory = LabDirectory(tmp_path / "lab")
    words = [sys.executable, "-m", "lab"]
    place = ["--directory", str(directory.path)]
    up = [*words, "up", "--background", "--hosts", str(HOSTS), "--state", "smarthost", *place]
    subprocess.run(up, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    yield directory
    subprocess.run([*words, "down", *place], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_cpu_time_of_lab_and_ansible(lab: LabDirectory, tmp_path: Path) -> None:
    running = lab.alive()
    assert running is not None
    before, started = process_cpu(running.pid), time.perf_counter()
    task = {"name": "connector", "sbs.mailflow.send_connector": CONNECTOR}
    played = play(lab.inventory_file, [task], tmp_path, "--forks", str(FORKS))
    wall, used = time.perf_counter() - started, process_cpu(running.pid) - before
    assert len(played.seconds("connector")) == HOSTS and played.outcomes("connector") == {"ok"}
    print(f"\n{HOSTS} hosts, {FORKS} forks: {wall:.1f} s of wall time, a host {spread(played.seconds('connector'))}")
    print(f"CPU: Ansible {played.cpu:.1f} s, lab {used:.1f} s ({used / (used + played.cpu):.0%} of both)")
