"""ansible-playbook, unmodified, through its own winrm connection against the lab's inventory."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.up.lab import Lab
from tests.unit.lab.endpoint.endpoint_backend import PASSWORD, make_lab

PLAYBOOK = """\
- hosts: sbs
  gather_facts: false
  tasks:
    - ansible.builtin.raw: Write-Host hello
"""


def play(lab: Lab, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "site.yml").write_text(PLAYBOOK)
    (folder / "ansible.cfg").write_text("[defaults]\n")
    # A proxy that nobody answers: what leads to the lab must not go through it.
    settings = {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder),
        "ANSIBLE_NOCOLOR": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    environment = {key: value for key, value in os.environ.items() if key.lower() != "no_proxy"}
    command = Path(sys.executable).with_name("ansible-playbook")
    return subprocess.run(
        [str(command), "-i", str(lab.directory.inventory_file), str(folder / "site.yml"), *words],
        env={**environment, **settings},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_raw_runs_on_every_host_and_closes_its_shell(tmp_path: Path) -> None:
    with make_lab(("sbs01", "sbs02", "sbs03")) as lab:
        result = play(lab, tmp_path, "-vv")
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.count("lab-raw-answer") >= 3
        assert PASSWORD not in result.stdout + result.stderr
        for host in lab.hosts.values():
            assert (host.log.count(), host.log.count("Create"), host.open_shells) == (1, 1, 0)
            script = host.log.commands()[0].command_line.rpartition(" ")[2]
            assert "Write-Host hello" in base64.b64decode(script).decode("utf-16-le")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "refuse_port"}, "unreachable=1"),
        ({"kind": "unauthorized", "count": 0}, "unreachable=1"),
        ({"kind": "drop", "action": "Command", "when": "after"}, "failed=1"),
    ],
)
def test_ansible_reports_ordered_faults(tmp_path: Path, fault: dict[str, object], outcome: str) -> None:
    with make_lab() as lab:
        lab.order_fault("sbs", fault)
        result = play(lab, tmp_path)
        assert result.returncode != 0
        assert outcome in result.stdout
