"""What all tests share: a clean environment, no way off the machine, and what a missing pwsh means."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")

# Where the pwsh tests must not be skipped silently (the gate sets this where it brought a pwsh along).
PWSH_REQUIRED = os.environ.get("SBS_MAILFLOW_REQUIRE_PWSH") == "1"


def _clean_environment() -> None:
    """Tests start Ansible and the lab as processes, which inherit this."""
    for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "MOLECULE_"))]:
        del os.environ[name]
    os.environ["ANSIBLE_HOME"] = str(ROOT / ".cache" / "ansible")
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    os.environ["POWERSHELL_TELEMETRY_OPTOUT"] = os.environ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1"
    os.environ["POWERSHELL_UPDATECHECK"] = "Off"
    # ansible-playbook and molecule are those of the Python that runs the tests.
    tools = str(Path(sys.executable).parent)
    if os.environ.get("PATH", "").split(os.pathsep)[0] != tools:
        os.environ["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", "")])


_clean_environment()


def pytest_configure(config: pytest.Config) -> None:
    if PWSH_REQUIRED and shutil.which("pwsh") is None:
        raise pytest.UsageError("SBS_MAILFLOW_REQUIRE_PWSH=1 is set, but there is no pwsh on PATH")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder gives it its kind; the marker ``pwsh`` skips where there is none."""
    for item in items:
        folders = item.path.relative_to(ROOT).parts
        for kind in ("bench", "contract", "e2e"):
            if kind in folders:
                item.add_marker(kind)
        if item.get_closest_marker("pwsh") and shutil.which("pwsh") is None:
            item.add_marker(pytest.mark.skip(reason="no pwsh on PATH"))


def _skip_that_must_not_be(report: Any) -> bool:
    """Whether the report is of a skip whose reason is the missing pwsh, where pwsh is required."""
    if not (PWSH_REQUIRED and report.skipped) or hasattr(report, "wasxfail"):
        return False
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return "pwsh" in reason.lower() or "powershell" in reason.lower()


def _fail(report: Any) -> None:
    report.outcome = "failed"
    report.longrepr = f"skipped where SBS_MAILFLOW_REQUIRE_PWSH=1 allows no skip: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if _skip_that_must_not_be(report):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    if _skip_that_must_not_be(report):
        _fail(report)
    return report


@pytest.fixture(autouse=True, scope="session")
def _stay_on_this_machine() -> Any:
    """A test that would connect to anywhere but the loopback fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}; only the loopback is allowed")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's folder."""
    return ROOT
