"""Every molecule scenario passes; the main one also with a real PowerShell behind the lab's endpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.molecule


def molecule_test(root: Path, *words: str, **environment: str) -> str:
    """Runs ``molecule test``, returns what it printed; fails the test with the end of that where molecule fails.

    The base configuration is named because molecule finds it by itself only where ``.git`` is a folder: not in an
    unpacked archive.
    """
    done = subprocess.run(
        [sys.executable, "-m", "molecule", "-c", ".config/molecule/config.yml", "test", *words],
        cwd=root,
        env={**os.environ, "NO_COLOR": "1", "PY_COLORS": "0", "ANSIBLE_FORCE_COLOR": "0", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        pytest.fail(f"molecule test {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-12000:]}")
    return done.stdout


def test_every_scenario_passes(root: Path) -> None:
    scenarios = sorted(path.parent.name for path in (root / "molecule").glob("*/molecule.yml"))
    printed = molecule_test(root, "--all")
    assert {"default", "drifted_host", "every_option", "lost_connection"} <= set(scenarios)
    assert [name for name in scenarios if name not in printed] == []
    assert "PLAY RECAP" in printed


@pytest.mark.pwsh
def test_main_scenario_passes_on_a_real_powershell(root: Path) -> None:
    assert "PLAY RECAP" in molecule_test(root, "-s", "default", SBS_LAB_BACKEND="pwsh")
