# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task on one host, and what the controller keeps of that host: all of it is handed out here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

from ..controller import backup
from ..controller import identity as identities
from ..controller.default_place import DefaultPlace, default_place
from ..controller.host_lock import PATIENCE, HostLock
from ..controller.identity import Identity, Kept, ServerRecords, Trace
from ..controller.last_look import LastLook
from ..errors import HostRefused, Reason
from ..mailboxes.ledger import DEFAULT_NAME, Ledger
from ..progress import Progress
from ..recovery import guarded
from ..recovery.store import Store
from ..run.options import RunOptions
from ..run.plan import Plan

M = TypeVar("M", bound=ServerRecords)


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
    memories: list[ServerRecords] = field(default_factory=list)
    action: str = ""
    saved: list[str] = field(default_factory=list)
    """The paths of the states that were saved so far."""
    inventory_dir: str = ""
    progress: Progress = field(default_factory=Progress)

    @property
    def backup_dir(self) -> str:
        """Where saved states go on the controller."""
        return self.options.backup_dir or str(self._default_place.path)

    @cached_property
    def _default_place(self) -> DefaultPlace:
        return default_place(self.inventory_dir, self.playbook_dir)

    def settle(self, writes: bool) -> tuple[str, ...]:
        """Before anything is kept: let the runs of every playbook find it. Notices."""
        if self.options.backup_dir:
            return ()
        place = self._default_place
        return place.settle() if writes and not self.check_mode else place.notices()

    def ledger(self, path: str | None) -> Ledger:
        """The ledger at that place, by default beside the saved states; check mode reads only. Raises LedgerFailed."""
        place = Path(path) if path else Path(self.backup_dir) / DEFAULT_NAME
        return self._remembering(Ledger(place, read_only=self.check_mode))

    def recovery(self) -> Store:
        """Where a recovery of this host's queue is kept. Raises MailflowError."""
        return self._remembering(Store(self.backup_dir, self.host, self.options.accept_identity))

    def last_look(self, noun: str) -> LastLook:
        """What the last look of that kind has kept of this host; other looks are kept off until it is closed."""
        return self._remembering(LastLook(self.backup_dir, self.host, noun, self.check_mode))

    @cached_property
    def run_id(self) -> str:
        """What all files have in common that this task saves: when it began (UTC), and some digits of chance."""
        return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}"

    def save(self, noun: str, data: Mapping[str, Any], now: datetime, identity: Identity | None) -> str:
        """Save the state before a noun is changed, and return its path; called in the order in which the nouns are
        applied. Raises MailflowError."""
        run = {"run": self.run_id, "order": len(self.saved) + 1}
        self.saved.append(backup.save(self.backup_dir, self.host, noun, {**run, **data}, now, identity))
        return self.saved[-1]

    def saved_state(self, path: str, nouns: Collection[str]) -> backup.Saved:
        """A saved state of this host, of one of these nouns; a relative path is looked up where they are saved, too.
        Raises InputRefused."""
        path = backup.find(path, self.backup_dir, self.host)
        accepted = self.options.accept_identity
        content = backup.load(path, self.host, nouns, accepted)
        identity = Identity.of(content)
        self.remember(path, identity)
        return backup.Saved(content, path, self.host, identities.accepts(accepted, identity))

    def shelf(self) -> backup.Shelf:
        """The folder into which states of this host are saved."""
        known = next((each for each in self.memories if isinstance(each, backup.Shelf)), None)
        return known or self._remembering(backup.Shelf(self.backup_dir, self.host, self.check_mode))

    def remember(self, path: str, identity: Identity) -> None:
        """That a file which was read is about that server."""
        self._remembering(Kept(Trace(path, identity)))

    @cached_property
    def lock(self) -> HostLock:
        """What keeps other runs off the host while this one reads, decides and writes."""
        patience = min(PATIENCE, self.options.timeout / 2)
        return HostLock(self.backup_dir, self.host, "host", "host_busy", self.action, patience, self.progress)

    def meet(self, here: Identity) -> bool:
        """Hold the server that answers against all that was taken out so far, and keep other runs off it by whatever
        name; whether its answer may be old because of one. Raises MailflowError."""
        identities.meet(here, self.memories, self.options.accept_identity)
        return self.lock.meet(here)

    def safety_check(self, plan: Plan, here: Identity | None) -> None:
        """Hold a plan for the server that answers against a recovery of it that is under way. Raises MailflowError."""
        if not guarded.may_be_refused(plan):
            return
        store = self.recovery()
        identities.meet(here or Identity(self.host), [store], self.options.accept_identity)
        reasons = guarded.refusals(plan, store.load(), str(store.path))
        if reasons:
            raise HostRefused(*reasons)

    def _remembering(self, memory: M) -> M:
        self.memories.append(memory)
        return memory
