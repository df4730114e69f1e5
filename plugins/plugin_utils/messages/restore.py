# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of putting saved states back."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "backup_file_missing": (
        "no backup_file and no run",
        "the path of a saved state, as a run reported it, or one of the runs: {known}",
        "Declare backup_file, or O(run).",
    ),
    "restore_named_twice": (
        "{named}",
        "one of backup_file, run and backup",
        "Remove the others.",
    ),
    "run_unknown": (
        "no run {run} with a saved state in {path}",
        "last, or one of the runs: {known}",
        "Declare one of them, or the backup_dir of that run; or name a single saved state in backup_file.",
    ),
    "run_incomplete": (
        "an incomplete set of files of the run {run}, or some of them twice: {files}",
        "all files that it saved, each once",
        "Restore the files that were moved or edited; or name each saved state in backup_file, the connector's before"
        " the addresses'.",
    ),
    "run_overtaken": (
        "later runs that have changed what the run {run} has changed: {later}",
        "none, or only runs that were put back since",
        "Put those back first, the newest first; or name each saved state to put back in backup_file.",
    ),
    "run_unreadable": (
        "a saved file that cannot be read, or is damaged: {path}",
        "saved states that each name their server and their run",
        "If it certainly belongs to another run, move it elsewhere; if not, name each saved state in backup_file, the"
        " connector's before the addresses'.",
    ),
    "restore_stopped": (
        "{failed} failed; saved states that were not tried: {left}",
        "all of them put back",
        "Put back: {done}. Correct what failed, and run the restore again: it continues from there.",
    ),
}

NOTICES: dict[str, str] = {
    "no_run": "no run at all",
    "run_listed": "{run} ({moment}: {nouns})",
    "restore_listed": "{run} ({moment}, a restore: {nouns})",
    "undone_listed": "{run} ({moment}, put back: {nouns})",
    "run_back_already": "The run {run} was put back before, so only later changes are put back. The runs before it:"
    " {known}.",
    "restore_not_noted": "What was put back could not be recorded in {path}, so a restore of an earlier run will treat"
    " it as not put back.",
}
