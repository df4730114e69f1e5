# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a PowerShell transcript that an administrator can review, or run by hand in the Exchange shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..messages import notice_of
from .plan import SHOWN_STEPS, Plan, PlannedStep

# PowerShell's tokenizer takes these as single quotes too (U+2018 to U+201B).
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
OWN_COMMANDS = (
    "Write-Pop3Records",
    "Restore-Pop3Records",
    "Set-Pop3Service",
    "Set-FetchTask",
    "Remove-FetchTask",
    "Set-RegistryValues",
    "Restart-TransportService",
)
"""Commands of the agent's own, which no shell knows: the transcript says what they do."""
_LOAD = "Add-PSSnapin Microsoft.Exchange.Management.PowerShell.E2010"
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def transcript(plan: Plan | None) -> list[str]:
    """The plan's lines; passwords are asked for when the lines are run, never written. Of a large plan the first steps,
    and a line that says so."""
    if plan is None:
        return ["# " + notice_of("no_changes")]
    own = all(step.command in OWN_COMMANDS for step in plan.steps)
    lines = [] if own else [_LOAD]
    for number, step in enumerate(plan.steps[:SHOWN_STEPS], 1):
        lines += _step_lines(step, number, len(plan.steps))
    left_out = len(plan.steps) - SHOWN_STEPS
    return [*lines, "# " + notice_of("steps_left_out", number=left_out)] if left_out > 0 else lines


def joined_transcript(plans: Mapping[str, Plan]) -> list[str]:
    """The lines of several nouns' plans, each under its noun; what loads the shell stands there once."""
    if not plans:
        return transcript(None)
    lines: list[str] = []
    for noun, plan in plans.items():
        lines += [f"# {noun}", *(line for line in transcript(plan) if line != _LOAD or _LOAD not in lines)]
    return lines


def quote(value: Any) -> str:
    """A JSON value as a PowerShell literal (lists as arrays, null as $null)."""
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "@(" + ", ".join(quote(item) for item in value) + ")"
    if isinstance(value, str):
        return "'" + _QUOTES.sub(lambda match: match[0] * 2, value) + "'"
    raise TypeError(f"no PowerShell literal for a {type(value).__name__}")


def _step_lines(step: PlannedStep, number: int, total: int) -> list[str]:
    comment = f"# {number}/{total} {step.action} {step.target}"
    lines = [_one_line(comment)]
    if step.command in OWN_COMMANDS:
        told = [
            notice_of("change_told", option=each.option, before=_told(each.before), after=_told(each.after))
            for each in step.changes
        ]
        return [*lines, *(_one_line(f"#   {line}") for line in (*told, notice_of("own_command", command=step.command)))]
    words = [step.command]
    for name in sorted(step.parameters, key=lambda name: (name not in ("Identity", "Name"), name)):
        value = step.parameters[name]
        if _is_credential(value):
            lines += _credential_lines(str(value["$credential"]["username"]))
            words.append(f"-{_bare(name)} $credential")
        else:
            # The colon form serves switches and values alike.
            words.append(f"-{_bare(name)}:{quote(value)}")
    return [*lines, " ".join(words)]


def _told(value: Any) -> str:
    return "-" if value is None else str(value)


def _credential_lines(username: str) -> list[str]:
    """Ask for the password: Get-Credential of PowerShell 2.0 would put a backslash before the name."""
    prompt = quote(notice_of("password_prompt", username=username))
    return [
        f"$password = Read-Host -AsSecureString {prompt}",
        f"$credential = New-Object System.Management.Automation.PSCredential({quote(username)}, $password)",
    ]


def _is_credential(value: Any) -> bool:
    return isinstance(value, Mapping) and "$credential" in value


def _bare(name: str) -> str:
    if not _BARE.fullmatch(name):
        raise ValueError("a parameter's name is letters and digits")
    return name


def _one_line(text: str) -> str:
    """A comment must not end before its line does: any line break or control character becomes a space."""
    return "".join(character if character.isprintable() else " " for character in text)
