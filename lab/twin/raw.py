"""The few pieces of plain PowerShell that the twin answers, so that ``ansible.builtin.raw`` has a baseline.

It is no PowerShell: what is not in this file is refused aloud.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lab.host.machine import SimulatedMachine

_BOOTSTRAP = "Ansible requires PowerShell"
_WRITE = re.compile(r"Write-Output '((?:[^']|'')*)'", re.IGNORECASE)
_EXIT = re.compile(r"exit (\d{1,9})", re.IGNORECASE)


class Printed(NamedTuple):
    """What a script printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


def answer(script: str, machine: SimulatedMachine) -> Printed | None:
    """What the script would print on this host, or None if the twin does not know it."""
    bare = script.strip().removeprefix("\ufeff")
    if _BOOTSTRAP in bare:
        return Printed('{"failed":true,"msg":"Ansible requires PowerShell v5.1"}\r\n', "", 1)
    if bare.lower() == "$psversiontable.psversion.tostring()":
        return Printed(f"{machine.powershell}\r\n", "", 0)
    if bare.lower() in ("hostname", "hostname.exe", "$env:computername"):
        return Printed(f"{machine.computer_name}\r\n", "", 0)
    if match := _WRITE.fullmatch(bare):
        return Printed(match[1].replace("''", "'") + "\r\n", "", 0)
    if match := _EXIT.fullmatch(bare):
        return Printed("", "", int(match[1]))
    return None


def refusal(command: str) -> Printed:
    """For everything else."""
    shown = command if len(command) <= 80 else command[:77] + "..."
    return Printed("", f"This host is simulated by the lab's twin, which runs no PowerShell: {shown}\r\n", 1)
