"""What the send connector costs: remote processes and bytes (asserted), time against one raw task (reported)."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.up.lab import Lab

from .playing import CONNECTOR, play, spread

PAIRS = 15


@pytest.fixture
def converged() -> Iterator[Lab]:
    with Lab(["sbs"], state="smarthost") as lab:
        yield lab


def test_remote_processes_of_a_converged_host_and_of_a_change(converged: Lab, tmp_path: Path) -> None:
    host = converged.hosts["sbs"]
    options = {**CONNECTOR, "backup_dir": str(tmp_path / "backup")}
    counts = {}
    for name, port in (("converged", 587), ("change", 2525), ("converged again", 2525)):
        before = host.log.count()
        task = {"name": name, "sbs.mailflow.send_connector": {**options, "port": port}}
        played = play(converged.directory.inventory_file, [task], tmp_path)
        assert played.outcomes(name) == {"changed" if name == "change" else "ok"}
        counts[name] = host.log.count() - before
    sizes = [entry.stdin_bytes for entry in host.log.commands()]
    print(f"\nremote processes: {counts}; stdin at most {max(sizes)} bytes a call")
    assert counts == {"converged": 1, "change": 2, "converged again": 1}
    assert max(sizes) <= 100_000


def test_time_of_a_converged_connector_against_one_raw_task(converged: Lab, tmp_path: Path) -> None:
    raw = {"name": "raw", "ansible.builtin.raw": "hostname", "changed_when": False}
    connector = {"name": "connector", "sbs.mailflow.send_connector": CONNECTOR}
    played = play(converged.directory.inventory_file, [raw, connector] * (PAIRS + 1), tmp_path)
    assert (played.outcomes("raw"), played.outcomes("connector")) == ({"ok"}, {"ok"})
    # The first of each warms up what the process keeps.
    ours, theirs = played.seconds("connector")[1:], played.seconds("raw")[1:]
    print(f"\nraw            {spread(theirs)}")
    print(f"send_connector {spread(ours)}")
    print(f"ratio of the medians {statistics.median(ours) / statistics.median(theirs):.2f} (wanted: at most 1.5)")
