# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the report."""

from __future__ import annotations

from typing import Any

REASONS: dict[str, tuple[str, str, str]] = {}

NOTICES: dict[str, str] = {
    "report_written": "The report is {path}.",
    "report_not_written": "The report could not be written ({path}: {problem}).",
}

REPORT: dict[str, Any] = {
    "language": "en",
    "title": "Mail flow report",
    "host": "Host",
    "state": "State",
    "tasks": "What",
    "nothing": "No task of this collection has run.",
    "unreachable": "unreachable",
    "failed": "failed",
    "alarm": "needs attention",
    "planned": "would change",
    "changed": "changed",
    "unchanged": "as declared",
    "looked": "checked",
    "where": "Where",
    "found": "Found",
    "expected": "Expected",
    "remedy": "What to do",
    "step": "Step",
    "target": "Target",
    "status": "Outcome",
    "left_out": "{count} more steps are not shown.",
    "transcript": "The same as PowerShell",
    "facts": {
        "connector": "Send connector",
        "server": "Server",
        "decision": "Decision",
        "why": "Why",
        "login": "Login",
        "next_date": "Next date",
        "next_event": "What happens then",
        "verdict": "Verdict",
        "what_to_do": "What to do",
        "waiting": "Waiting messages",
        "stage": "Stage",
        "began": "Begun",
        "ended": "Ended",
        "duration": "Duration",
        "counts": "Messages",
        "bounced": "Recipients of non-delivery reports",
        "attempts": "Attempts",
        "backup_file": "State before",
        "recovery_file": "Recovery file",
    },
}
"""The words of the report (data/report.html.j2); the sentences in it are those of the other modules."""
