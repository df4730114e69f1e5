"""The demo as a newcomer runs it, and its inventory, which is the default."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import StartSite
from .running import ROOT, WIZARDS_NAME, Site, connectors, writes

DEMO_PASSWORD = "Rohrzange"


def demo(directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs scripts/demo with a lab in ``directory``, with the tools of the Python that runs the tests."""
    return subprocess.run(
        [str(ROOT / "scripts" / "demo")],
        cwd=directory.parent,
        env={**os.environ, "SBS_LAB_DIRECTORY": str(directory), "SBS_MAILFLOW_VENV": sys.prefix},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


def processes_of(directory: Path) -> list[str]:
    """The command lines, of all processes, that name the directory."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_text(encoding="utf-8", errors="replace").replace("\0", " ")
        except OSError:
            continue
        found += [words] if str(directory) in words else []
    return found


def test_the_demo_shows_all_it_promises_and_leaves_nothing_running(tmp_path: Path) -> None:
    directory = tmp_path / "lab"
    done = demo(directory)
    assert done.returncode == 0, done.stdout
    assert "5 remote processes in 4 runs" in done.stdout and "0 shells left open" in done.stdout
    assert "older mailbox" in done.stdout and "+  port: 587" in done.stdout
    assert DEMO_PASSWORD not in done.stdout
    assert processes_of(directory) == [] and not (directory / "lab.json").exists()
    assert list((directory / "backup").rglob("*.json"))


def test_the_demo_leaves_a_lab_alone_that_is_up_already(start: StartSite) -> None:
    ended: list[str] = []
    sbs = start(on_stop=lambda: ended.append("down"))
    done = demo(sbs.lab.directory.path)
    assert done.returncode == 1 and "a lab is up" in done.stdout
    assert ended == [] and sbs.host.log.count("Create") == 0


def test_the_default_inventory_is_the_demo() -> None:
    listed = subprocess.run(
        ["ansible-inventory", "--graph"],
        cwd=ROOT,
        env={**os.environ, "SBS_LAB_DIRECTORY": "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "sbs-demo" in listed.stdout


def test_without_a_lab_the_demos_inventory_says_how_to_start_one(sbs: Site, tmp_path: Path) -> None:
    run = sbs.run(ROOT / "playbooks" / "site.yml", SBS_LAB_DIRECTORY=str(tmp_path / "none"))
    assert run.code != 0 and "No lab is up. Start one with: make demo ARGS=--keep" in run.output
    assert "changed=0" in run.output


@pytest.mark.parametrize("words", [["--check"], []])
def test_the_demos_inventory_reaches_the_lab_that_is_up(sbs: Site, words: list[str]) -> None:
    directory = str(sbs.lab.directory.path)
    run = sbs.run(ROOT / "playbooks" / "site.yml", "-vvvv", *words, SBS_LAB_DIRECTORY=directory)
    assert (run.code, run.recap("sbs-demo")["changed"]) == (0, 1)
    assert writes(sbs.host) == ([] if words else ["Set-SendConnector"])
    assert connectors(sbs.host)[WIZARDS_NAME]["Port"] == (25 if words else 587)
    assert DEMO_PASSWORD not in run.output + json.dumps(run.tasks)
