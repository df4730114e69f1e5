"""The backends' PowerShells are one, but where a test is marked ``own_powershell``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from lab.pwsh import process
from lab.wsman.backend import Call
from tests.one_powershell import OnePowerShell

AGENT = shlex.split(wire.command_line())[1:]


@pytest.fixture(autouse=True)
def _share(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, one_powershell: OnePowerShell) -> None:
    start = process.run

    def run(arguments: list[str], environment: Mapping[str, str], folder: Path, call: Call) -> int:
        # Whom .NET trusts it reads once for a whole process.
        if arguments[1:] != AGENT or "SSL_CERT_FILE" in environment:
            return start(arguments, environment, folder, call)
        ran = one_powershell.run(AGENT[-1], call.stdin(), environment, folder, call.cancelled)
        call.write_stdout(ran.stdout.encode())
        call.write_stderr(ran.stderr.encode())
        return ran.code

    if request.node.get_closest_marker("own_powershell") is None:
        monkeypatch.setattr(process, "run", run)
