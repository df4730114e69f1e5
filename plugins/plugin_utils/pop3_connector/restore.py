# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a backup of the accounts file back. The backups lie on the host, since their secrets are not to leave it: a
saved state tells the file's hash, and the host which of its backups has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..controller.backup import text_or_none
from ..errors import HostRefused, InputRefused
from ..lenient import first, is_of
from ..messages import notice_of, reason_of
from ..request import Reply, Step
from ..run.outcome import Decision
from ..run.plan import Change, Plan, PlannedStep, plan_or_none
from ..run.restoring import Back, Restoring
from .desired import NOUN, AccountsBack, ConnectorPlace
from .planning import SERVICE_AFTER
from .state import State, outside_step, parse_state

RESTORE = "Restore-Pop3Records"
_HASHED = 50
"""Of how many backups the host is asked for the hash, the newest of those that have the saved length."""


@dataclass(frozen=True)
class SavedAccounts:
    """The accounts file as it was: its hash, None where there was none, and its length (bytes) where it is told."""

    sha256: str | None
    length: int | None


def _read(content: Mapping[str, Any]) -> SavedAccounts:
    file = content["file"]
    length = file.get("length")
    if length is not None and not is_of(int, length):
        raise TypeError("a whole number")
    return SavedAccounts(text_or_none(file["sha256"]), length)


class RestorePop3Connector(Restoring[State, AccountsBack]):
    """The request to have a backup's bytes back, by its name or by what was saved of them. Whether those of a named one
    are there already cannot be told, so that is always done."""

    noun = f"{NOUN}_restore"
    loads_exchange = False

    def __init__(self, back: Back[AccountsBack]) -> None:
        super().__init__(back)
        self._saved = back.saved.understood(_read) if back.saved.content else None
        self._backup = back.desired.backup
        self._hashed: dict[str, Step] = {}
        self._before: State | None = None

    def read_steps(self) -> tuple[Step, ...]:
        """File, service and backups; and the second time what each backup's hash is that may be the saved one."""
        return (*self.verify_steps(), *self._hashed.values())

    def verify_steps(self) -> tuple[Step, ...]:
        """File, service and backups."""
        return (outside_step(self.back.desired.place),)

    def reads_otherwise(self, reply: Reply, where: str) -> bool:
        """Whether the saved bytes may be those of a backup."""
        if self._saved is None or self._saved.sha256 is None or self._hashed:
            return False
        state = self.parse(reply, where)
        alike = [each for each in state.backups if self._saved.length in (None, each.get("Length"))][-_HASHED:]
        if state.sha256 != self._saved.sha256:
            self._hashed = {str(each.get("Name")): _hash_step(state, at, each) for at, each in enumerate(alike)}
            self.may_fail = frozenset(each.id for each in self._hashed.values())
        return bool(self._hashed)

    def parse(self, reply: Reply, where: str) -> State:
        """The state of a reply; a file that nobody can read may be just what a backup is to replace."""
        for name, step in self._hashed.items():
            if self._saved and first(reply.result(step.id).output).get("Sha256") == self._saved.sha256:
                self._backup = name
        return parse_state(reply, where, self.back.desired.place, content=False)

    def decide(self, state: State) -> Decision:
        """The plan back. Raises InputRefused for a backup that is not there."""
        self._before = state
        facts = {"backups": [dict(each) for each in state.backups], "backup": self._backup}
        if self._is_as_saved(state) or (self._saved is None and self._backup is None):
            return Decision(None, {}, {}, facts=facts)
        known = ", ".join(state.backup_names) or notice_of("pop3_no_backup")
        if self._backup is None:
            raise InputRefused(
                reason_of("pop3_backup_of_saved_gone", state.where, path=self.back.saved.path, known=known)
            )
        if self._backup not in state.backup_names:
            raise InputRefused(reason_of("pop3_backup_unknown", state.where, backup=self._backup, known=known))
        if not state.service.exists:
            raise HostRefused(reason_of("pop3_service_missing", state.where, host_says=state.service.name))
        step = self._step(state)
        shown = {state.file: {change.option: change.after for change in step.changes}}
        before = {state.file: {change.option: change.before for change in step.changes}}
        return Decision(plan_or_none(self.noun, [step]), before, shown, facts=facts)

    def _is_as_saved(self, state: State) -> bool:
        return self._saved is not None and state.sha256 == self._saved.sha256

    def _step(self, state: State) -> PlannedStep:
        desired = self.back.desired
        after = SERVICE_AFTER.get(desired.service_state)
        parameters = {
            **desired.place.parameters(),
            "Backup": self._backup,
            "Sha256": state.sha256,
            **({"ServiceAfter": after} if after else {}),
        }
        found = notice_of("pop3_present_file", length=state.length) if state.sha256 else None
        change = Change("content", found, self._backup)
        return PlannedStep("restore records", state.file, RESTORE, parameters, (change,))

    def left_to_do(self, state: State) -> Plan | None:
        """Nothing where the file has the backup's length and the one before it has become a backup of its own."""
        before = self._before
        if before is None or self._backup is None:
            return None
        (length,) = {each.get("Length") for each in before.backups if each.get("Name") == self._backup}
        saved = before.sha256 is None or bool(set(state.backup_names) - set(before.backup_names))
        if saved and state.length == length and state.interrupted is None:
            return None
        return Plan(self.noun, (self._step(before),))

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """What was there: the file itself becomes a backup on the host."""
        file = {"path": state.path, "sha256": state.sha256, "length": state.length}
        return {"file": file, "plan": plan.as_data()}


def _hash_step(state: State, at: int, backup: Mapping[str, Any]) -> Step:
    """The step that reads a backup from outside, as any accounts file."""
    folder = state.path[: len(state.path) - len(state.file)]
    return outside_step(ConnectorPlace(f"{folder}{backup.get('Name')}"), ("Sha256",), f"hash_{at}")
