# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task on one host, and what the controller keeps of that host: all of it is handed out here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from . import backup
from . import identity as identities
from .errors import Reason
from .identity import Identity, Kept, Memory, Trace
from .ledger import DEFAULT_NAME, Ledger
from .queue_recovery.store import Store
from .run_options import RunOptions

M = TypeVar("M", bound=Memory)


@dataclass(frozen=True)
class Task:
    """One task on one host: its arguments as plain values, and what is left to do with them.

    Whatever an action keeps on the controller, or takes from there, it has from here, so that it is held against the
    host that answers (``meet``) before anything is decided.
    """

    host: str
    arguments: dict[str, Any]
    options: RunOptions
    reasons: list[Reason]
    check_mode: bool
    diff: bool
    playbook_dir: str
    memories: list[Memory] = field(default_factory=list)

    @property
    def backup_dir(self) -> str:
        """Where saved states go on the controller: beside the playbook, but never into an installed collection, which
        the next upgrade replaces."""
        beside = Path(self.playbook_dir)
        place = Path.cwd() if "ansible_collections" in beside.parts else beside
        return self.options.backup_dir or str(place / "backup")

    def ledger(self, path: str | None) -> Ledger:
        """The ledger at that place, by default beside the saved states; check mode reads only. Raises LedgerFailed."""
        place = Path(path) if path else Path(self.backup_dir) / DEFAULT_NAME
        return self._remembering(Ledger(place, read_only=self.check_mode))

    def recovery(self) -> Store:
        """Where a recovery of this host's queue is kept. Raises MailflowError."""
        return self._remembering(Store(self.backup_dir, self.host, self.options.accept_identity))

    def saved_state(self, path: str, noun: str) -> dict[str, Any]:
        """The content of a saved state of this host. Raises WishRefused."""
        content = backup.load(path, self.host, noun, self.options.accept_identity)
        self.remember(path, Identity.of(content))
        return content

    def shelf(self) -> backup.Shelf:
        """The folder into which states of this host are saved."""
        return self._remembering(backup.Shelf(self.backup_dir, self.host, self.check_mode))

    def remember(self, path: str, identity: Identity) -> None:
        """That a file which was read is about that server."""
        self._remembering(Kept(Trace(path, identity)))

    def accepts(self, content: Mapping[str, Any]) -> bool:
        """Whether an operator has said that whatever a saved state is about is this host, too."""
        return identities.accepts(self.options.accept_identity, Identity.of(content))

    def meet(self, here: Identity) -> None:
        """Hold the server that answers against all that was taken out so far. Raises MailflowError."""
        identities.meet(here, self.memories, self.options.accept_identity)

    def _remembering(self, memory: M) -> M:
        self.memories.append(memory)
        return memory
