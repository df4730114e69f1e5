# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that undoes a run, as it has to be typed where the run was started."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

PROGRAM = "ansible-playbook"
COLLECTIONS = "sbs.mailflow.restore"
"""The playbook by its collection's name, which Ansible finds from anywhere; and the module that it runs."""
ASKED = {"ask_vault_pass": "--ask-vault-pass", "ask_pass": "--ask-pass"}
FILES = {"vault_ids": "--vault-id", "vault_password_files": "--vault-password-file"}
"""Options of Ansible's commands by which the passwords of an inventory come, as its parser names them."""
SINGLE = {"connection_password_file": "--connection-password-file", "remote_user": "--user"}
GONE = ("/run/credentials/", "/dev/", "/proc/")
"""Where files are that end with the run: credentials of a systemd service, the output of another command."""
GROUP = "sbs"
"""The group whose hosts a playbook of ours takes where nothing else is said."""


def undo_command(
    host: str,
    run: str,
    playbook_dir: str,
    given: Mapping[str, Any],
    backup_dir: str | None,
    groups: Collection[str] = (GROUP,),
    searched: Collection[str] | None = None,
) -> str:
    """The command for the saved states of ``run``; ``given`` are the options with which Ansible was started,
    ``backup_dir`` where the states are if that is declared, ``groups`` those of the host,
    ``searched`` the folders in which Ansible looks for collections whatever the playbook (None: in the right one)."""
    inventory = given.get("inventory") or ()
    folder = [] if backup_dir is None else ["-e", f"mail_flow_backup_dir={shlex.quote(_shown(backup_dir))}"]
    sources = [word for source in inventory for word in ("-i", source if "," in source else _shown(source))]
    hosts = [] if GROUP in groups else ["-e", f"sbs_hosts={shlex.quote(host)}"]
    playbook = _playbook(playbook_dir)
    found = _collections(searched) if playbook == COLLECTIONS and searched is not None else []
    words = [*found, _program(), *sources, *_passwords(given), playbook]
    return shlex.join([*words, "--limit", host, *_variables(given), *hosts, *folder, "-e", f"run={run}"])


def _program() -> str:
    """Ansible's command as it was called where it is not the one that a shell finds: by a timer, out of a .venv."""
    called, found = sys.argv[0], shutil.which(PROGRAM)
    ours = os.path.basename(called) == PROGRAM and not (found and os.path.realpath(found) == os.path.realpath(called))
    return _shown(called) if ours else PROGRAM


def _passwords(given: Mapping[str, Any]) -> Iterator[str]:
    yield from (word for option, word in ASKED.items() if given.get(option))
    for option, word in FILES.items():
        for source in map(str, given.get(option) or ()):
            label, path = source.rpartition("@")[::2]
            if path.startswith(GONE):
                yield from ("--vault-id", f"{label or 'default'}@prompt")
            else:
                yield from (word, source if label else _shown(source))
    yield from (word for option, name in SINGLE.items() if given.get(option) for word in (name, str(given[option])))


def _variables(given: Mapping[str, Any]) -> Iterator[str]:
    """The files of variables: a vault may be among them."""
    files = [str(each)[1:] for each in given.get("extra_vars") or () if str(each).startswith("@")]
    yield from (word for each in files if not each.startswith(GONE) for word in ("-e", f"@{_shown(each)}"))


def _playbook(playbook_dir: str) -> str:
    """The restoring playbook: beside the one that was run, or in the repository from which it was; else the
    collection's."""
    for path in (Path(playbook_dir) / "restore.yml", Path("playbooks") / "restore.yml"):
        with suppress(OSError, ValueError):
            shown = _shown(str(path))
            if not os.path.isabs(shown) and COLLECTIONS in path.read_text("utf-8"):
                return shown
    return COLLECTIONS


def _collections(searched: Collection[str]) -> list[str]:
    """What tells Ansible where this collection is, if it was found beside the playbook only."""
    folder, beside = __file__.partition(f"{os.sep}ansible_collections{os.sep}")[:2]
    known = {os.path.realpath(each) for each in searched}
    named = not beside or os.path.realpath(folder) in known
    return [] if named else ["env", f"ANSIBLE_COLLECTIONS_PATH={_shown(folder)}"]


def _shown(path: str) -> str:
    """A path as one types it: relative where it is below the current folder."""
    with suppress(OSError, ValueError):
        relative = os.path.relpath(path)
        return relative if not relative.startswith(os.pardir) else os.path.abspath(path)
    return path
