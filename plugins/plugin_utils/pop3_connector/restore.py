# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a backup of the accounts file back. The backups lie on the host, since their secrets are not to leave it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import flow
from ..controls import Control, convert_all, names, unknown_options
from ..errors import HostRefused, Reason, WishRefused, refuse
from ..messages import say, tell
from ..options.option import Option
from ..plan import Change, Plan, PlannedStep, plan_or_none
from ..request import Reply, Step
from ..values import Choice, Text
from .desired import NOUN, PLACE, SERVICE_STATES, Place, parse_place
from .planning import SERVICE_AFTER
from .state import State, bare_name, outside_step, parse_state

WHERE = "restoring the POP3 connector"
RESTORE_OPTIONS: tuple[Control | Option, ...] = (
    Control(
        "backup",
        Text(200),
        None,
        "The backup's name on the host, as RV(sbs.mailflow.pop3_connector#module:host_backup) or RV(backups) tells it."
        " Without it the backups are only listed.",
    ),
    Control("service_state", Choice(*SERVICE_STATES), "unchanged", "Whether the connector's service runs afterwards."),
    *PLACE,
)
"""The options of the restoring task."""
_TIME = r"\.[^\\/:*?\"<>|\x00-\x1f]+\.bak"
RESTORE = "Restore-Pop3Records"


@dataclass(frozen=True)
class Restore:
    """A checked wish."""

    backup: str | None
    place: Place = Place()
    service_state: str = "unchanged"


def parse_restore(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Restore:
    """The wish of a restoring task. Raises WishRefused with every reason."""
    reasons = [*found, *unknown_options(arguments, names(RESTORE_OPTIONS), WHERE)]
    backup, state = convert_all(reasons, WHERE, RESTORE_OPTIONS[:2], arguments).values()
    place = parse_place(reasons, arguments, WHERE)
    file = bare_name(place.file)
    if backup is not None and not re.fullmatch(re.escape(file) + _TIME, backup, re.IGNORECASE):
        expected = f"the bare name of a backup, {file}.<time>.bak"
        reasons.append(say("value_unfit", WHERE, option="backup", value=repr(backup), expected=expected))
    refuse(reasons)
    return Restore(backup, place, str(state))


class RestoreSubject(flow.Subject[State]):
    """The wish to have a backup's bytes back. Whether they are there already cannot be told, so it is always done."""

    noun = f"{NOUN}_restore"

    def __init__(self, wished: Restore) -> None:
        self.wished = wished
        self._before: State | None = None

    def read_steps(self) -> tuple[Step, ...]:
        """File, service and backups."""
        return (outside_step(self.wished.place),)

    def parse(self, reply: Reply, where: str) -> State:
        """The state of a reply; a file that nobody can read may be just what a backup is to replace."""
        return parse_state(reply, where, self.wished.place, content=False)

    def decide(self, state: State) -> flow.Decision:
        """The plan back. Raises WishRefused for a backup that is not there."""
        self._before = state
        facts = {"backups": [dict(each) for each in state.backups], "backup": self.wished.backup}
        if self.wished.backup is None:
            return flow.Decision(None, {}, {}, facts=facts)
        if self.wished.backup not in state.backup_names:
            known = ", ".join(state.backup_names) or tell("pop3_no_backup")
            raise WishRefused(say("pop3_backup_unknown", state.where, backup=self.wished.backup, known=known))
        if not state.service.exists:
            raise HostRefused(say("pop3_service_missing", state.where, host_says=state.service.name))
        step = self._step(state)
        shown = {state.file: {change.option: change.after for change in step.changes}}
        before = {state.file: {change.option: change.before for change in step.changes}}
        return flow.Decision(plan_or_none(self.noun, [step]), before, shown, facts=facts)

    def _step(self, state: State) -> PlannedStep:
        after = SERVICE_AFTER.get(self.wished.service_state)
        parameters = {
            **self.wished.place.parameters(),
            "Backup": self.wished.backup,
            "Sha256": state.sha256,
            **({"ServiceAfter": after} if after else {}),
        }
        found = tell("pop3_present_file", length=state.length) if state.sha256 else None
        change = Change("content", found, self.wished.backup)
        return PlannedStep("restore records", state.file, RESTORE, parameters, (change,))

    def left_to_do(self, state: State) -> Plan | None:
        """Nothing where the file has the backup's length and the one before it has become a backup of its own."""
        before = self._before
        if before is None or self.wished.backup is None:
            return None
        (length,) = {each.get("Length") for each in before.backups if each.get("Name") == self.wished.backup}
        saved = before.sha256 is None or bool(set(state.backup_names) - set(before.backup_names))
        if saved and state.length == length and state.interrupted is None:
            return None
        return Plan(self.noun, (self._step(before),))

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """What was there, for a person; the file itself becomes a backup on the host."""
        return {"file": {"path": state.path, "sha256": state.sha256}, "plan": plan.as_data()}
