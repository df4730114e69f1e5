# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the controller keeps what it knows of a host while no ``backup_dir`` is declared: beside the inventory that has
the host. That is one place, whatever playbook is called, by whom, and from where."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..messages import notice_of

FOLDER = ".mailflow"
"""Hidden, since Ansible takes any other folder of an inventory for more of it."""
KEPT = ("ledger.sqlite", "*/host.lock", "*/*_????????T??????Z*.json", "*/queue_recovery.json", "*/pop3_*.yml")
"""What only this collection leaves in a folder of that kind; others may have a folder named backup, too."""


@dataclass(frozen=True)
class DefaultPlace:
    """A folder. ``link`` is where it belongs, if it is the one of before; ``left`` one of before that is not used."""

    path: Path
    link: Path | None = None
    left: Path | None = None

    def settle(self) -> tuple[str, ...]:
        """Make a folder of before the inventory's own, so that it is found by every playbook; and what to tell."""
        if self.left:
            return (notice_of("place_left", left=self.left, place=self.path),)
        if self.link:
            with suppress(OSError):  # nobody can keep anything there, so the folder stays what it was
                real, beside = os.path.realpath(self.path), os.path.realpath(self.link.parent)
                self.link.symlink_to(os.path.relpath(real, beside))
                return (notice_of("place_linked", place=self.path, link=self.link),)
        return ()


def default_place(inventory_dir: str, playbook_dir: str) -> DefaultPlace:
    """The place for a host of this inventory. One of no inventory file has that of the playbook: for ``-i name,``
    Ansible tells a folder by the name of None."""
    before, place = _before(Path(playbook_dir)), Path(inventory_dir) / FOLDER
    if not place.is_absolute():
        return DefaultPlace(before)
    if place.is_symlink():
        place = Path(os.path.realpath(place))
    kept = _holds_ours(before)
    if os.path.lexists(place):
        return DefaultPlace(place, left=before if kept and not _same(before, place) else None)
    return DefaultPlace(before, link=place) if kept else DefaultPlace(place)


def _before(playbook_dir: Path) -> Path:
    """Where it was while there was no other place: beside the playbook, for one of an installed collection in the
    working directory."""
    return (Path.cwd() if "ansible_collections" in playbook_dir.parts else playbook_dir) / "backup"


def _holds_ours(folder: Path) -> bool:
    with suppress(OSError):
        return any(any(folder.glob(pattern)) for pattern in KEPT)
    return False


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False
