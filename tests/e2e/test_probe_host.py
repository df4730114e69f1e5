"""The whole way of an answer: asked by the playbook, written without a name, compared, and played by the lab."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.plugin_utils.probe.odd_host import ODD, PASSWORD, found_in

from .running import ROOT, site, writes


def lab(folder: Path, *words: str) -> str:
    """What a verb of the lab in that folder says."""
    done = subprocess.run(
        [sys.executable, "-m", "lab", *words, "--directory", str(folder / "second")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_an_answer_goes_its_whole_way(tmp_path: Path) -> None:
    with site(tmp_path, state=ODD) as odd:
        run = odd.project("probe_host", "-vvv", probe_host_backup_dir=str(odd.backups))
        (file,) = odd.saved()
        result = run.result()
        assert (run.code, result["changed"], result["failed_questions"]) == (0, False, {})
        assert (odd.host.log.count(), odd.host.open_shells, writes(odd.host)) == (2, 0, [])
        text = file.read_text(encoding="utf-8")
        assert result["file"] == str(file) and found_in(text) == []
        assert PASSWORD not in run.output
    compared = subprocess.run([ROOT / "scripts/compare-probe", file], capture_output=True, text=True)
    assert compared.returncode == 1
    assert compared.stdout.splitlines() == result["contradictions"]
    assert "send_connectors: assumed: Windows SBS Internet Send" in compared.stdout
    assert found_in(compared.stdout) == []
    lab(tmp_path, "up", "--background", "--state", str(file))
    try:
        dumped = json.loads(lab(tmp_path, "dump", "sbs"))
        assert (dumped["computer_name"], dumped["domain"]) == ("HOST-1", "domain-1.example")
        assert dumped["send_connectors"][0]["SmartHosts"][1].strip("[]") == "192.0.2.2"
        assert "not played" in (tmp_path / "second/lab.log").read_text()
    finally:
        lab(tmp_path, "down")
