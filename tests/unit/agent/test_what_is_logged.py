"""What a host that logs modules would write down of a run, as PowerShell itself traces it: no secret is bound to a
parameter of any cmdlet, nor is what a server or a log repeats of one."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts

from . import vocabulary
from .conftest import Run

pytestmark = pytest.mark.pwsh

SECRETS = {"login": "Zq7-lab-only-Kupferdach-9134", "other": "vQ9-lab-only-Regenrinne-8812-longer"}
PIECES = ("Kupferdach", "Regenrinne", "WnE3LWxhYi1vbmx5", "dlE5LWxhYi1vbmx5")
LOGIN = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}}}
TRACED = """
$agent = [ScriptBlock]::Create([IO.File]::ReadAllText('{folder}/agent.ps1'))
$request = [IO.File]::ReadAllText('{folder}/request.json')
Trace-Command -Name ParameterBinding -Option All -FilePath '{folder}/trace.txt' -Expression {{ & $agent $request }}
"""
_TRACE = re.compile(
    r"^ParameterBinding Information: 0 : +(?:BIND \w+ cmd line args \[(?P<name>[\w-]+)\]"
    r"|BIND PIPELINE object to parameters: \[(?P<piped>[\w-]+)\]"
    r"|BIND arg \[(?P<value>(?:(?!\nParameterBinding ).)*?)\] to parameter \[(?P<parameter>\w+)\])",
    re.M | re.S,
)


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a mail server that repeats both secrets in all it says, and offers no TLS."""
    said = " ".join(SECRETS.values())
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            client, _ = listener.accept()
            with client, client.makefile("rb") as lines:
                client.sendall(f"220 {said}\r\n".encode())
                for _line in lines:
                    client.sendall(f"250-{said}\r\n250-{said}\r\n250 AUTH LOGIN {said}\r\n".encode())

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def trace(folder: Path, steps: list[dict[str, Any]], more: str = "") -> str:
    """What PowerShell traces of the steps; ``more`` lines are put into the agent."""
    agent = parts.agent_text([step["command"] for step in steps])
    begin = "Import-JsonReader\n"
    (folder / "agent.ps1").write_text(agent.replace(begin, begin + more).replace("exit 0", ""), encoding="ascii")
    written = [{"id": str(number), **step} for number, step in enumerate(steps)]
    request = {"protocol": 1, "exchange": "none", "steps": written, "secrets": SECRETS}
    (folder / "request.json").write_text(json.dumps(request), encoding="ascii")
    (folder / "run.ps1").write_text(TRACED.format(folder=folder), encoding="ascii")
    command = [str(shutil.which("pwsh")), "-NoProfile", "-NonInteractive", "-File", str(folder / "run.ps1")]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    results = Run(0, done.stdout.decode(), "").reply["results"]
    assert [result["status"] for result in results] == ["done"] * len(steps), results
    return (folder / "trace.txt").read_text(encoding="utf-8", errors="replace")


def bound(traced: str) -> list[str]:
    """The values that cmdlets were given. What functions bind stands there, too, but by other names."""
    values, name = [], ""
    for match in _TRACE.finditer(traced):
        name = match["name"] or match["piped"] or name
        if match["parameter"] and match["parameter"] in vocabulary.commands().get(name, ()):
            values.append(match["value"])
    return values


def test_no_secret_is_bound_to_a_parameter_of_a_cmdlet(tmp_path: Path, server: int) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_text("\n".join([*SECRETS.values()] * 5), encoding="utf-8")
    proof = {"Server": "127.0.0.1", "Port": server, "Credential": LOGIN, "Sender": "a@b.de", "Recipient": "a@b.de"}
    log = {"Folder": str(logs), "Lines": 3}
    steps = [
        {"command": "Test-SmtpLogin", "parameters": {**proof, "TimeoutSeconds": 20}, "select": ["Capabilities"]},
        {"command": "Read-Pop3Log", "parameters": log, "select": ["Lines"], "always": True},
    ]
    values = bound(trace(tmp_path, steps))
    assert "System.Collections.ArrayList" in values
    assert [value for value in values if any(piece in value for piece in PIECES)] == []


def test_the_trace_would_show_one(tmp_path: Path) -> None:
    steps = [{"command": "Get-HostFacts", "parameters": {}, "select": ["ComputerName"]}]
    more = f"[void] ('{SECRETS['login']}' | Sort-Object)\n[void] (New-Object System.Uri('a:{SECRETS['other']}'))\n"
    values = bound(trace(tmp_path, steps, more))
    assert {piece for piece in PIECES if any(piece in value for value in values)} == {"Kupferdach", "Regenrinne"}
