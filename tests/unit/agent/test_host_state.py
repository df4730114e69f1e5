"""What the agent tells of a host that does not tell, and of a dcdiag that speaks or does not end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run, stdin_of

pytestmark = pytest.mark.pwsh

SERVER = ["Shares", "LicenceStatus", "DcdiagSilent"]


def step(command: str, select: list[str], **parameters: Any) -> dict[str, Any]:
    return {"id": command, "command": command, "parameters": parameters, "select": select, "always": True}


def test_what_a_damaged_host_does_not_tell_is_null(run_agent: Callable[..., dict[str, Any]]) -> None:
    reply = run_agent(
        "",
        ("Get-StartTimes", {"Services": ["MSExchangeTransport"]}, ["Boot", "Services"]),
        ("Get-HostState", {}, ["QueueDrive", "QueueSize", "QueueFree", "Groups"]),
        ("Get-ServerState", {}, SERVER),
    )
    assert [result["error"] for result in reply["results"]] == [None] * 3
    started, state, server = (result["output"] for result in reply["results"])
    assert started == [{"Boot": None, "Services": [{"Name": "MSExchangeTransport", "Started": None}]}]
    # A PowerShell that has seen the lab's stand-ins before knows an account, without any group.
    assert {**state[0], "Groups": state[0]["Groups"] or None} == dict.fromkeys(state[0])
    assert set(state[0]) == {"QueueDrive", "QueueSize", "QueueFree", "Groups"}
    assert server == [dict.fromkeys(SERVER)]
    told = " ".join(reply["warnings"])
    for name in ("Win32_OperatingSystem", "Win32_Share", "SoftwareLicensingProduct", "dcdiag"):
        assert name in told
    assert ("groups of the account" in told) is (state[0]["Groups"] is None)


@pytest.fixture
def dcdiag(run_stdin: Callable[..., Run], tmp_path: Path) -> Callable[[str], tuple[bool | None, list[str]]]:
    """Makes a dcdiag of a shell's line, and asks whether it is silent; with the warnings."""

    def ask(line: str) -> tuple[bool | None, list[str]]:
        program = tmp_path / "tools" / "dcdiag.exe"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        program.chmod(0o700)
        request = {
            "protocol": 1,
            "exchange": "none",
            "steps": [step("Get-ServerState", SERVER, TimeoutSeconds=1)],
            "secrets": {},
        }
        done = run_stdin(stdin_of(request), more={"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"})
        assert (done.code, done.stderr) == (0, "")
        (result,) = done.reply["results"]
        (told,) = result["output"]
        return told["DcdiagSilent"], [text for text in done.reply["warnings"] if "dcdiag" in text]

    return ask


@pytest.mark.parametrize(
    ("line", "silent"),
    [
        ("exit 0", True),
        ("printf '\\r\\n \\t\\r\\n'; exit 1", True),
        ("echo; echo Warnung; exec sleep 60", False),
        ("head -c 1000000 /dev/zero | tr '\\0' x", False),
        ("printf ' %.0s' $(seq 5000)", True),
        ("echo what is wrong >&2", True),
    ],
)
def test_only_whether_dcdiag_says_anything_counts(
    dcdiag: Callable[[str], tuple[bool | None, list[str]]], line: str, silent: bool
) -> None:
    assert dcdiag(line) == (silent, [])


def test_a_dcdiag_that_does_not_end_is_ended(
    dcdiag: Callable[[str], tuple[bool | None, list[str]]], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    began = time.monotonic()
    assert dcdiag(f"sleep 3; touch '{mark}'") == (None, ["dcdiag said nothing and did not end in 1 seconds."])
    time.sleep(max(0.0, 4 - (time.monotonic() - began)))
    assert not mark.exists()
