"""Runs in one PowerShell are as far apart as they would be in two, and leave what they would leave there."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.one_powershell import OnePowerShell, Ran

pytestmark = pytest.mark.pwsh

Start = Callable[..., Ran]


@pytest.fixture
def start(tmp_path: Path, one_powershell: OnePowerShell) -> Start:
    """Runs a script with these lines as its input and these variables in its environment."""

    def run(script: str, stdin: bytes = b"", cancelled: threading.Event | None = None, **more: str) -> Ran:
        encoded = base64.b64encode(script.encode("utf-16-le")).decode()
        environment = {**os.environ, "HOME": str(tmp_path), **more}
        return one_powershell.run(encoded, stdin, environment, tmp_path, cancelled)

    return run


CLASS = """
class Kept { static [string] Told() { return '%s' } }
[psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')::Add('Kept.Elsewhere', [Kept])
[System.Console]::Out.Write([string] (& ([scriptblock]::Create('[Kept.Elsewhere]::Told()'))))
"""


def test_nothing_of_one_run_is_left_in_the_next(start: Start) -> None:
    first = "$global:kept = 1; $env:KEPT = 1; function global:Get-Kept { }; Set-Alias -Scope Global kept dir; cd /"
    assert start(first, KEPT_TOO="1") == Ran(0)
    seen = "@($kept; Get-Command Get-Kept, kept -EA Ignore; $env:KEPT; $env:KEPT_TOO) -join ''; @($input).Count"
    assert start(seen).stdout.split() == ["0"]
    assert [start(CLASS % told).stdout for told in ("one", "two", "three")] == ["one", "two", "three"]


def test_each_run_has_its_own_folder_input_and_modules(start: Start, tmp_path: Path) -> None:
    module = tmp_path / ".local" / "share" / "powershell" / "Modules" / "Own" / "Own.psm1"
    module.parent.mkdir(parents=True)
    module.write_text("function Get-Own { 'its own' }")
    ran = start("$given = @($input) -join '+'; [System.Console]::Out.Write(\"$given $(Get-Own) $pwd\")", b"a\r\nb\n")
    assert ran == Ran(0, f"a+b its own {tmp_path}")


def test_all_that_a_run_writes_is_told(start: Start) -> None:
    ran = start("'an object'; Write-Warning 'a warning'; Write-Host 'a word'; Write-Error 'an error'; exit 0; 'never'")
    assert [word for word in ("an object", "a warning", "a word") if word not in ran.stdout] == []
    assert (ran.code, ran.stderr, "never" in ran.stdout) == (0, "an error", False)
    ended = start("$ErrorActionPreference = 'Stop'; throw 'the end'")
    assert (ended.code, "the end" in ended.stderr) == (1, True)


def test_a_cancelled_run_ends_and_the_next_one_starts_anew(start: Start) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    assert start("Start-Sleep 60", cancelled=cancelled) == Ran(1)
    assert start("[System.Console]::Out.Write('again')") == Ran(0, "again")
