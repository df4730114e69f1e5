"""Where a pwsh, the collected facts, or mail servers are required, no test may be skipped for want of them."""

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
def test_reads(facts): pass
"""


@pytest.fixture
def suite(root: Path, tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "one_powershell.py"):
        shutil.copy(root / "tests" / name, tmp_path / "tests")
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_it.py").write_text(TESTS)
    return tmp_path


def run(suite: Path, *, there: bool, required: bool, variable: str = "PWSH") -> subprocess.CompletedProcess[str]:
    tools = suite / "bin"
    tools.mkdir()
    facts = suite / "facts"
    if there:
        (tools / "pwsh").symlink_to(shutil.which("true") or "/bin/true")
        facts.mkdir()
    off = dict.fromkeys((f"SBS_MAILFLOW_REQUIRE_{thing}" for thing in ("PWSH", "FACTS", "SERVERS")), "0")
    asked = {f"SBS_MAILFLOW_REQUIRE_{variable}": "1" if required else "0"}
    environment = {**os.environ, "PATH": str(tools), "SBS_MAILFLOW_FACTS": str(facts), **off, **asked}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_skips_are_skips_where_none_is_required(suite: Path) -> None:
    done = run(suite, there=False, required=False)
    assert "1 passed, 5 skipped" in done.stdout
    assert done.returncode == 0


def test_skips_for_pwsh_fail_where_it_is_required(suite: Path) -> None:
    done = run(suite, there=True, required=True)
    assert "1 failed, 3 passed, 1 skipped, 1 error" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("variable", "missing"),
    [("PWSH", "no pwsh on PATH"), ("FACTS", "no facts in "), ("SERVERS", "no Postfix and Dovecot")],
)
def test_required_but_absent_ends_the_run(suite: Path, variable: str, missing: str) -> None:
    done = run(suite, there=False, required=True, variable=variable)
    assert done.returncode == 4
    assert f"SBS_MAILFLOW_REQUIRE_{variable}=1 is set, but there is {missing}" in done.stderr


def test_tests_of_servers_are_skipped_where_there_are_none(suite: Path) -> None:
    (suite / "tests" / "test_it.py").write_text("import pytest\n@pytest.mark.servers\ndef test_asks(): pass\n")
    done = run(suite, there=False, required=False)
    assert "1 skipped" in done.stdout and "no Postfix and Dovecot 2.3, or no root" in done.stdout


def test_a_skip_for_want_of_facts_fails_where_they_are_required(suite: Path) -> None:
    (suite / "tests" / "test_it.py").write_text("import pytest\ndef test_reads(): pytest.skip('no facts in /there')\n")
    done = run(suite, there=True, required=True, variable="FACTS")
    assert "1 failed" in done.stdout
    assert "SBS_MAILFLOW_REQUIRE_FACTS=1 allows no skip" in done.stdout
