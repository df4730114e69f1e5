# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight; what each check has to say stands in the module of its group."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "preflight_failed": (
        "{found}",
        "{about}",
        "{remedy} If it is to be as it is, declare preflight_accept: [{check}].",
    ),
    "preflight_accept_unknown": ("O(accept): {names}", "names of checks: {known}", "Correct the name."),
    "preflight_only_unknown": ("O(only): {names}", "groups of checks: {known}", "Correct the name."),
}

FOUND: dict[str, str] = {
    "preflight_line_remedy": "{result} {check}: {found}. {remedy}",
    "preflight_fault": "nothing, since the check itself has a fault ({type})",
    "preflight_silent": "no answer within {seconds} s",
}
"""Parts of lines."""
NOTICES: dict[str, str] = {"preflight_line": "{result} {check}: {found}.", **FOUND}
