"""The agent as it ships, in a real PowerShell, between stand-ins that the tests write themselves."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts
from tests.one_powershell import OnePowerShell
from tests.reply_parts import parts_in, texts_in, whole

HOST = Path(__file__).with_name("host.psm1")
POP3_HOST = Path(__file__).with_name("pop3_host.psm1")
SECRETS = {"login": "Zq7-lab-only-Kupferdach-9134"}


@dataclass(frozen=True)
class Run:
    """One run of the exact command line."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """The JSON of the reply's parts."""
        return "\n".join(texts_in(self.stdout.encode()))

    @property
    def reply(self) -> dict[str, Any]:
        return whole(parts_in(self.stdout.encode()))


def stdin_of(request: dict[str, Any], commands: Iterable[str] | None = None) -> bytes:
    """The request behind the agent, as docs/wire.md says; ``commands``: an agent for others than its own."""
    own = [step["command"] for step in request["steps"]]
    agent = parts.agent_text(own if commands is None else commands)
    text = f"{agent}\n#REQUEST#{json.dumps(request)}"
    packed = base64.b64encode(gzip.compress(text.encode("ascii")))
    return b"\n".join(packed[at : at + 4096] for at in range(0, len(packed), 4096))


def start(encoded: str, stdin: bytes, environment: dict[str, str], folder: Path) -> Run:
    """The exact command line in a PowerShell of its own."""
    options = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted", "-EncodedCommand"]
    command = [str(shutil.which("pwsh")), *options, encoded]
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment, cwd=folder)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def run_stdin(request: pytest.FixtureRequest, tmp_path: Path, one_powershell: OnePowerShell) -> Callable[..., Run]:
    """Sends bytes to the decoder on a host whose Exchange cmdlets are the given text; ``more``: of its environment."""
    own_powershell = request.node.get_closest_marker("own_powershell") is not None

    def run(stdin: bytes, cmdlets: str = "", more: dict[str, str] | None = None) -> Run:
        module = tmp_path / "modules" / "Host" / "Host.psm1"
        module.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOST, module)
        (tmp_path / "cmdlets.psm1").write_text(cmdlets, encoding="utf-8")
        own = {"COMPUTERNAME": "SBS", "NO_COLOR": "1", "HOME": str(tmp_path), "PSModulePath": str(tmp_path / "modules")}
        own |= more or {}
        text = (parts.FOLDER / "decoder.ps1").read_text(encoding="ascii")
        encoded = base64.b64encode(text.encode("utf-16-le")).decode()
        environment = {**os.environ, **own, "TEST_CMDLETS": str(tmp_path / "cmdlets.psm1")}
        if own_powershell:
            return start(encoded, stdin, environment, tmp_path)
        ran = one_powershell.run(encoded, stdin, environment, tmp_path)
        return Run(ran.code, ran.stdout, ran.stderr)

    return run


@pytest.fixture
def run_agent(run_stdin: Callable[..., Run]) -> Callable[..., dict[str, Any]]:
    """Runs steps ``(command, parameters, select)`` on a host with these cmdlets and gives the reply."""

    def run(cmdlets: str, *steps: tuple[str, dict[str, Any], list[str]], exchange: str = "snapin") -> dict[str, Any]:
        written = [
            {"id": str(number), "command": command, "parameters": parameters, "select": select, "always": True}
            for number, (command, parameters, select) in enumerate(steps)
        ]
        request = {"protocol": 1, "exchange": exchange, "steps": written, "secrets": SECRETS}
        done = run_stdin(stdin_of(request), cmdlets)
        assert (done.code, done.stderr) == (0, "")
        return done.reply

    return run


@dataclass
class Pop3Host:
    """A host with a POP3 connector of which every piece is a file: see pop3_host.psm1."""

    run_stdin: Callable[..., Run]
    folder: Path
    knobs: Path
    last: Run | None = None

    @property
    def file(self) -> Path:
        """The connector's file."""
        return self.folder / "pop3records.dat"

    @property
    def mark(self) -> Path:
        """What stands beside it while a write stops the service."""
        return self.folder / "pop3records.dat.sbs-mailflow"

    def knob(self, name: str) -> str:
        """What the host keeps under that name; empty: nothing."""
        path = self.knobs / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def turn(self, **knobs: str) -> None:
        """Set what the host does."""
        for name, text in knobs.items():
            (self.knobs / name).write_text(text, encoding="utf-8")

    def files(self) -> list[str]:
        """The names in the connector's folder."""
        return sorted(path.name for path in self.folder.iterdir())

    def ask(
        self, command: str, select: list[str], secrets: dict[str, str] | None = None, **given: Any
    ) -> dict[str, Any]:
        """The result of one command; ``Path`` is the file unless it is given."""
        wanted = {"Path": str(self.file), **given}
        step = {"id": "0", "command": command, "select": select}
        step["parameters"] = {name: value for name, value in wanted.items() if value is not ...}
        request = {"protocol": 1, "exchange": "none", "steps": [step], "secrets": secrets or {}}
        self.last = self.run_stdin(stdin_of(request), more={"TEST_POP3": str(self.knobs)})
        assert (self.last.code, self.last.stderr) == (0, "")
        (result,) = self.last.reply["results"]
        assert isinstance(result, dict)
        return result


@pytest.fixture
def pop3(run_stdin: Callable[..., Run], tmp_path: Path) -> Pop3Host:
    """A running connector without a file."""
    # Where PowerShell looks first: before its own modules.
    module = tmp_path / ".local" / "share" / "powershell" / "Modules" / "Pop3Host"
    module.mkdir(parents=True)
    for path in (POP3_HOST, POP3_HOST.with_suffix(".psd1")):
        shutil.copy(path, module / f"Pop3Host{path.suffix}")
    host = Pop3Host(run_stdin, tmp_path / "Data", tmp_path / "knobs")
    host.folder.mkdir()
    host.knobs.mkdir()
    host.turn(status="Running", sddl="O:SYG:SYD:PAI(A;;FA;;;SY)", file=str(host.file))
    return host
