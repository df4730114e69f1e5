"""Where a pwsh is required, no test may be skipped for want of one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest
def test_plain(): pass
def test_says_so(): pytest.skip("no pwsh on PATH")
def test_other(): pytest.skip("not on this system")
@pytest.mark.skipif(True, reason="needs a real PowerShell")
def test_by_marker(): pass
@pytest.mark.pwsh
def test_needs_one(): pass
"""


@pytest.fixture
def suite(root: Path, tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    shutil.copy(root / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_it.py").write_text(TESTS)
    return tmp_path


def run(suite: Path, *, pwsh: bool, required: bool) -> subprocess.CompletedProcess[str]:
    tools = suite / "bin"
    tools.mkdir()
    if pwsh:
        (tools / "pwsh").symlink_to(shutil.which("true") or "/bin/true")
    environment = {**os.environ, "PATH": str(tools), "SBS_MAILFLOW_REQUIRE_PWSH": "1" if required else "0"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_skips_are_skips_where_none_is_required(suite: Path) -> None:
    done = run(suite, pwsh=False, required=False)
    assert "1 passed, 4 skipped" in done.stdout
    assert done.returncode == 0


def test_skips_for_pwsh_fail_where_it_is_required(suite: Path) -> None:
    done = run(suite, pwsh=True, required=True)
    assert "1 failed, 2 passed, 1 skipped, 1 error" in done.stdout
    assert done.returncode == 1


def test_required_but_absent_ends_the_run(suite: Path) -> None:
    done = run(suite, pwsh=False, required=True)
    assert done.returncode == 4
    assert "there is no pwsh on PATH" in done.stderr
