# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the controller keeps what it knows of a host while no ``backup_dir`` is declared: beside the inventory that has
the host. That is one place, whatever playbook is called, by whom, and from where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..messages import notice_of

FOLDER = ".mailflow"
"""Hidden, since Ansible takes any other folder of an inventory for more of it."""
LOCKS = "*/host.lock"
KEPT = ("ledger.sqlite", "*/*_????????T??????Z*.json", "*/queue_recovery.json", "*/pop3_*.yml")
"""What only this collection leaves in a folder of that kind; others may have a folder named backup, too."""


@dataclass(frozen=True)
class DefaultPlace:
    """A folder. ``link`` is where it belongs, if it is the one of before; ``left`` one of before that is not used."""

    path: Path
    link: Path | None = None
    left: Path | None = None

    def settle(self) -> tuple[str, ...]:
        """Make a folder of before the inventory's own, so that every playbook finds it; notices."""
        if not self.link:
            return self.notices()
        with suppress(OSError):  # nobody can keep anything there, so the folder stays what it was
            real, beside = os.path.realpath(self.path), os.path.realpath(self.link.parent)
            if self.link.is_dir():  # a run of another playbook has come first and left nothing but its locks
                self.link.rename(self.link.with_name(f"{FOLDER}.locks"))
            self.link.symlink_to(os.path.relpath(real, beside))
            return (notice_of("place_linked", place=self.path, link=self.link),)
        return ()

    def notices(self) -> tuple[str, ...]:
        """That there is knowledge which is not used."""
        return (notice_of("place_left", left=self.left, place=self.path),) if self.left else ()


def default_place(inventory_dir: str, playbook_dir: str) -> DefaultPlace:
    """The place for a host of this inventory. One of no inventory file has that of the playbook: for ``-i name,``
    Ansible tells a folder by the name of None."""
    before, place = _before(Path(playbook_dir)), Path(inventory_dir) / FOLDER
    if not place.is_absolute():
        return DefaultPlace(before)
    linked = place.is_symlink()
    place = Path(os.path.realpath(place)) if linked else place
    if _same(before, place) or not _holds(before, *KEPT, LOCKS):
        return DefaultPlace(place)
    if linked or _holds(place, *KEPT):
        return DefaultPlace(place, left=before)
    return DefaultPlace(before, link=place)


def inventory_dir_of(variables: Mapping[str, Any]) -> str:
    """The folder of the file that has the host; of a link, that of the file it leads to, which has one ledger only."""
    file, folder = str(variables.get("inventory_file") or ""), str(variables.get("inventory_dir") or "")
    return os.path.dirname(os.path.realpath(file)) if os.path.islink(file) else folder


def _before(playbook_dir: Path) -> Path:
    """Where it was while there was no other place: beside the playbook, for one of an installed collection in the
    working directory."""
    return (Path.cwd() if "ansible_collections" in playbook_dir.parts else playbook_dir) / "backup"


def _holds(folder: Path, *patterns: str) -> bool:
    """Whether something of ours is there. Of a folder that may not be read it is taken so: what it holds is not to be
    passed over in silence, and who uses it is told why it cannot be."""
    try:
        with os.scandir(folder):
            return any(any(folder.glob(pattern)) for pattern in patterns)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False
