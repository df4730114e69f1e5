# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that undoes a run, as it has to be typed where the run was started."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

COLLECTIONS = "sbs.mailflow.restore"
"""The playbook by its collection's name, which Ansible finds from anywhere; and the module that it runs."""
ASKED = {"ask_vault_pass": "--ask-vault-pass", "ask_pass": "--ask-pass"}
FILES = {"vault_ids": "--vault-id", "vault_password_files": "--vault-password-file"}
"""Options of Ansible's commands by which the passwords of an inventory come, as its parser names them."""


def undo_command(host: str, run: str, playbook_dir: str, given: Mapping[str, Any], backup_dir: str | None) -> str:
    """The command for the saved states of ``run``; ``given`` are the options with which Ansible was started,
    ``backup_dir`` where the states are if no variable of the inventory says so."""
    inventory = given.get("inventory") or ()
    folder = [] if backup_dir is None else ["-e", f"mail_flow_backup_dir={_shown(backup_dir)}"]
    sources = [word for source in inventory for word in ("-i", source if "," in source else _shown(source))]
    words = ["ansible-playbook", *sources, *_passwords(given), _playbook(playbook_dir)]
    return shlex.join([*words, "--limit", host, *folder, "-e", f"run={run}"])


def _passwords(given: Mapping[str, Any]) -> Iterator[str]:
    yield from (word for option, word in ASKED.items() if given.get(option))
    for option, word in FILES.items():
        for source in given.get(option) or ():
            yield from (word, str(source) if "@" in str(source) else _shown(str(source)))


def _playbook(playbook_dir: str) -> str:
    """The restoring playbook: beside the one that was run, or in the repository from which it was; else the
    collection's."""
    for path in (Path(playbook_dir) / "restore.yml", Path("playbooks") / "restore.yml"):
        with suppress(OSError, ValueError):
            shown = _shown(str(path))
            if not os.path.isabs(shown) and COLLECTIONS in path.read_text("utf-8"):
                return shown
    return COLLECTIONS


def _shown(path: str) -> str:
    """A path as one types it: relative where it is below the current folder."""
    with suppress(OSError, ValueError):
        relative = os.path.relpath(path)
        return relative if not relative.startswith(os.pardir) else os.path.abspath(path)
    return path
