# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a run of several nouns."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "noun_no_mapping": ("{noun}: a {type}", "a mapping of its options", "Write it as documented."),
    "two_connectors": (
        "both send_connector and smarthost_account",
        "one of them",
        "Leave send_connector out: smarthost_account manages the connector as well, by its option connector.",
    ),
    "nothing_declared": ("nothing declared", "one of {nouns}", "Declare what the server's mail flow should be."),
    "noun_not_declared": (
        "O(only): {noun}",
        "nouns that are declared ({declared})",
        "Correct the name, or declare it.",
    ),
    "run_options_differ": (
        "{names} with different values",
        "one value for the whole run",
        "Declare {option}, or the same value for each.",
    ),
}

NOTICES: dict[str, str] = {
    "connector_unused": "smarthost_account manages the connector, so these variables are not used: {names}.",
}
