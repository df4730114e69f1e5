# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of files on the controller."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "calendar_failed": (
        "a calendar file {path} that cannot be written ({problem})",
        "a writable path on the controller",
        "The changes on the host remain. Declare another calendar_file.",
    ),
    "lock_unknown": (
        "a file system that cannot lock {path} ({problem})",
        "one that supports file locks",
        "Nothing was written on the host. Declare a backup_dir on a disk of this controller: some network file systems"
        " do not support locks.",
    ),
    "backup_failed": (
        "the state before cannot be saved to {path} ({problem})",
        "a writable path on the controller",
        "Nothing was written on the host. Declare backup_dir.",
    ),
    "runs_unread": (
        "a folder of saved states in {path} that cannot be read ({problem})",
        "a folder whose files can be listed",
        "Make it readable, or declare the correct path as backup_dir; or name a single saved state in backup_file.",
    ),
    "backup_unreadable": (
        "the file {path} ({problem})",
        "a saved state, as backup_file reports it",
        "Give the path that the run reported.",
    ),
    "backup_of_other_host": (
        "a saved state of the host {saved}",
        "one of {host}",
        "Use this host's own file; or, if both are the same server, declare accept_identity: {identity} to confirm it.",
    ),
    "other_server": (
        "{saved} in {path}, and a host that reports {here}",
        "the same server in both (inventory name/computer/SID of the domain)",
        "Check ansible_host, and to which server that file belongs; nothing was written. If both are the same server"
        " (renamed, replaced, or under another name in the inventory), declare accept_identity: {saved} to confirm it.",
    ),
}

NOTICES: dict[str, str] = {
    "calendar_foreign": "it is no calendar of sbs.mailflow, and stays as it is",
    "lock_holder": "{what} on {host}, process {pid}, since {since}",
    "lock_holder_unknown": "an unidentified process",
    "place_linked": "Ledger and saved states stay in {place}, where they were kept beside the playbook until now. From"
    " now on every playbook finds them there, by the link {link} beside the inventory; declare backup_dir for another"
    " place.",
    "place_left": "{left} contains a ledger or saved states as well, which this run does not use: it keeps all in"
    " {place}, beside the inventory. Move what is still needed there, or declare backup_dir, and remove the other"
    " folder.",
}
