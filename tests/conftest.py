"""What all tests share: a clean environment, no way off the machine, and what it means that something is missing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.one_powershell import OnePowerShell

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")

FACTS = Path(os.environ.get("SBS_MAILFLOW_FACTS") or ROOT.parent / "shared" / "facts")


class Need(NamedTuple):
    """Something that not every machine has. Tests without it are skipped, with a reason that has one of ``words``; no
    such skip is allowed where ``variable`` is 1 (the gate sets it where it brought the thing along)."""

    variable: str
    missing: str
    words: tuple[str, ...]
    is_there: Callable[[], bool]

    @property
    def required(self) -> bool:
        return os.environ.get(self.variable) == "1"


PWSH = Need(
    "SBS_MAILFLOW_REQUIRE_PWSH", "no pwsh on PATH", ("pwsh", "powershell"), lambda: shutil.which("pwsh") is not None
)
SHARED_FACTS = Need("SBS_MAILFLOW_REQUIRE_FACTS", f"no facts in {FACTS}", ("no facts",), FACTS.is_dir)


@cache
def _servers_are_there() -> bool:
    # As Debian places them, the latter from a package of its own.
    programs = Path("/usr/lib/postfix/sbin/master"), Path("/usr/lib/dovecot/pop3-login")
    if os.geteuid() or not all(map(shutil.which, ("postfix", "dovecot"))) or not all(map(Path.exists, programs)):
        return False
    # The configuration of 2.4 is another language.
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=False).stdout
    return version.startswith("2.3.")


SERVERS = Need(
    "SBS_MAILFLOW_REQUIRE_SERVERS",
    "no Postfix and Dovecot 2.3, or no root, which they need to start",
    ("postfix", "dovecot"),
    _servers_are_there,
)
KNOT = Need(SERVERS.variable, "no knotd", ("knotd",), lambda: shutil.which("knotd") is not None)
NEEDS = (PWSH, SHARED_FACTS, SERVERS, KNOT)


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
    for need in NEEDS:
        if need.required and not need.is_there():
            raise pytest.UsageError(f"{need.variable}=1 is set, but there is {need.missing}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder gives it its kind; the markers of what not every machine has skip where it is missing."""
    for item in items:
        folders = item.path.relative_to(ROOT).parts
        for kind in ("bench", "contract", "e2e"):
            if kind in folders:
                item.add_marker(kind)
        for marker, need in (("pwsh", PWSH), ("servers", SERVERS), ("knot", KNOT)):
            if item.get_closest_marker(marker) and not need.is_there():
                item.add_marker(pytest.mark.skip(reason=need.missing))


def _fail_for_a_skip_that_must_not_be(report: Any) -> None:
    """Where the report is of a skip for want of something that is required, it becomes a failure."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = (report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)).lower()
    for need in NEEDS:
        if need.required and any(word in reason for word in need.words):
            report.outcome = "failed"
            report.longrepr = f"skipped where {need.variable}=1 allows no skip: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    _fail_for_a_skip_that_must_not_be(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    _fail_for_a_skip_that_must_not_be(report)
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
def one_powershell() -> Iterator[OnePowerShell]:
    """The PowerShell that runs share; none is started before the first of them."""
    with OnePowerShell() as shared:
        yield shared


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's folder."""
    return ROOT


@pytest.fixture(scope="session")
def facts() -> Path:
    """The folder of collected facts, which may lie beside the checkout."""
    if not SHARED_FACTS.is_there():
        pytest.skip(SHARED_FACTS.missing)
    return FACTS
