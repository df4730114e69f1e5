# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of files on the controller."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "calendar_failed": (
        "a calendar file {path} that cannot be written ({problem})",
        "a place on the controller that can be written",
        "What the run did on the host stands. Declare another calendar_file.",
    ),
    "lock_unknown": (
        "a file system that cannot lock {path} ({problem})",
        "one on which runs can keep each other off",
        "Nothing was written on the host. Declare a backup_dir on a disk of this controller: some network file systems"
        " know no locks.",
    ),
    "backup_failed": (
        "the state before cannot be saved to {path} ({problem})",
        "a place on the controller that can be written",
        "Nothing was written on the host. Declare backup_dir.",
    ),
    "runs_unread": (
        "a folder of saved states in {path} that cannot be read ({problem})",
        "a folder whose files can be listed",
        "Make it readable, or declare its real place as backup_dir; or name a single saved state in backup_file.",
    ),
    "backup_unreadable": (
        "the file {path} ({problem})",
        "a saved state, as backup_file reports it",
        "Give the path that the run reported.",
    ),
    "backup_of_other_host": (
        "a saved state of the host {saved}",
        "one of {host}",
        "Take this host's own file; or, if both are one server, accept_identity: {identity} says so.",
    ),
    "other_server": (
        "{saved} in {path}, and a host that says it is {here}",
        "the same server in both (inventory name/computer/SID of the domain)",
        "Check ansible_host, and whose file that is; nothing was written. If both are one server (renamed, replaced, or"
        " named otherwise in the inventory), accept_identity: {saved} says so.",
    ),
}

NOTICES: dict[str, str] = {
    "lock_holder": "{what} on {host}, process {pid}, since {since}",
    "lock_holder_unknown": "one that has not said who it is",
    "place_linked": "Ledger and saved states stay in {place}, where they were kept beside the playbook until now. From"
    " now on every playbook finds them there, by the link {link} beside the inventory; declare backup_dir for another"
    " place.",
    "place_left": "{left} holds a ledger or saved states as well, which this run does not ask: it keeps all in {place},"
    " beside the inventory. Move what is still wanted there, or declare backup_dir, and remove the other folder.",
}
