# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a saved state of send connectors back: what the run changed is changed back, what it removed is created
again, what it created is removed; in that order, so that mail keeps flowing in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .. import backup, flow
from ..account_age import Login, open_gate
from ..controls import Control, convert, names, unknown_options
from ..errors import HostRefused, Reason, WishRefused, collect, refuse
from ..messages import say, tell
from ..plan import Plan, PlannedStep, plan_or_none
from ..request import credential_parameter
from ..values import Boolean, Text
from .desired import Credential, parse_login
from .diff import NOUN, Decision, PasswordDecision, no_smarthost
from .saved import read_saved
from .settings import BY_OPTION, Values
from .state import SendConnector, any_domain, find_saved
from .steps import LOGIN_SECRET, change, create, remove
from .subject import Clock, ConnectorSubject, State, as_flow, login_left


@dataclass(frozen=True)
class SavedState:
    """The connectors as they were, and the names of those that were created afterwards."""

    connectors: tuple[SendConnector, ...]
    created: tuple[str, ...]


@dataclass(frozen=True)
class RestoreWish:
    """The file to go back to, the logins whose passwords may have to be written, and the brake's release."""

    backup_file: str
    logins: tuple[Credential, ...]
    confirm_no_smarthost: bool


RESTORE: tuple[Control, ...] = (
    Control(
        "backup_file",
        Text(),
        None,
        "The saved state: the path that a changing run reported as RV(sbs.mailflow.send_connector#module:backup_file).",
        required=True,
    ),
    Control(
        "logins",
        Text(),
        None,
        "The logins of the saved connectors whose passwords have to be written, because the host has another login now:"
        " no host gives a password back. Each must have passed its minimum age, as everywhere.",
    ),
    Control(
        "confirm_no_smarthost",
        Boolean(),
        False,
        "Allow a saved state with which no enabled connector takes mail to every domain (V(*)), or only one that sends"
        " straight by DNS.",
    ),
)
"""The options of the restoring task."""


def parse_restore(arguments: Mapping[str, Any], now: datetime, found: Sequence[Reason] = ()) -> RestoreWish:
    """The wish of a restoring task. Raises WishRefused with every reason, those ``found`` before among them."""
    where = "restoring send connectors"
    reasons = [*found, *unknown_options(arguments, names(RESTORE), where)]
    backup_file = arguments.get("backup_file")
    if not isinstance(backup_file, str) or not backup_file:
        reasons.append(say("backup_file_missing", where))
    declared = arguments.get("logins") or []
    logins = [parse_login(reasons, where, each, now) for each in (declared if isinstance(declared, list) else [""])]
    confirmed = convert(reasons, where, "confirm_no_smarthost", Boolean(), arguments.get("confirm_no_smarthost"), False)
    refuse(reasons)
    return RestoreWish(str(backup_file), tuple(each for each in logins if each), confirmed)


def parse_saved_state(content: Mapping[str, Any], path: str, host: str) -> SavedState:
    """The saved state in a file's content. Raises WishRefused."""
    return backup.understood(lambda: _read(content), path, host)


def _read(content: Mapping[str, Any]) -> SavedState:
    connectors = tuple(read_saved(each) for each in content["connectors"])
    return SavedState(connectors, backup.texts(content["created"]))


class RestoreSubject(ConnectorSubject):
    """The wish to have a saved state back."""

    def __init__(
        self, saved: SavedState, logins: Sequence[Credential], confirm_no_smarthost: bool, clock: Clock
    ) -> None:
        self._saved = saved
        self._logins = {each.username.lower(): each for each in logins}
        self._confirmed = confirm_no_smarthost
        self._clock = clock

    def decide(self, state: State) -> flow.Decision:
        """The plan back. Raises WishRefused (a login is missing or too young) or HostRefused (the brake)."""
        now = self._clock()
        steps, after, missing = self._steps(state.connectors, now)
        if missing:
            raise WishRefused(*missing)
        plan = plan_or_none(NOUN, steps)
        brake = no_smarthost(after, "restoring the send connectors")
        if plan and brake and not self._confirmed:
            raise HostRefused(brake)
        written = any("AuthenticationCredential" in step.parameters for step in steps)
        why = tell("password_restored" if written else "password_not_declared")
        decision = Decision(
            plan=plan,
            before=state.connectors,
            after=tuple(after),
            password=PasswordDecision(written, why),
            others=tuple(any_domain(after)),
            notices=tuple(self._notices(state.connectors)),
            secrets={_secret(each.username): each.password for each in self._logins.values()} if written else {},
        )
        return as_flow(decision, target=", ".join(each.name for each in self._saved.connectors) or None)

    def left_to_do(self, state: State) -> Plan | None:
        """What is still not as it was saved, passwords aside."""
        steps: list[PlannedStep] = []
        for saved in self._saved.connectors:
            existing = find_saved(state.connectors, saved)
            if existing is None:
                steps.append(create(saved.name, _creatable(saved.values), None, "")[0])
            else:
                step = change(existing, _settable(saved.values), None, "")[0]
                steps += [step] if step else []
                steps += login_left(existing, saved.username) if saved.username else ()
        return plan_or_none(NOUN, [*steps, *self._removals(state.connectors)])

    def _steps(
        self, connectors: Sequence[SendConnector], now: datetime
    ) -> tuple[list[PlannedStep], list[SendConnector], list[Reason]]:
        steps: list[PlannedStep] = []
        after = [each for each in connectors if each.name not in self._saved.created]
        missing: list[Reason] = []
        for saved in self._saved.connectors:
            existing = find_saved(connectors, saved)
            login = self._login(saved, existing, now, missing)
            step, restored = _put_back(saved, existing, login)
            steps += [step] if step else []
            after = [each for each in after if each is not existing] + [restored]
        return [*steps, *self._removals(connectors)], after, missing

    def _removals(self, connectors: Sequence[SendConnector]) -> list[PlannedStep]:
        return [remove(each) for each in connectors if each.name in self._saved.created]

    def _login(
        self, saved: SendConnector, existing: SendConnector | None, now: datetime, missing: list[Reason]
    ) -> Login | None:
        """The login to write back: only where the host has another one now, and only through the gate."""
        username = saved.username
        if username is None or (existing and existing.logs_in_as(username)):
            return None
        where = f"send connector '{saved.name}'"
        credential = self._logins.get(username.lower())
        if credential is None:
            missing.append(say("restore_needs_login", where, username=username))
            return None
        login: Login | None = collect(missing, open_gate, credential.mailbox, now, where)
        return login

    def _notices(self, connectors: Sequence[SendConnector]) -> list[str]:
        pairs = [(saved, find_saved(connectors, saved)) for saved in self._saved.connectors]
        return [
            tell("login_left_stored", found=existing.username, name=existing.name)
            for saved, existing in pairs
            if existing and existing.username and saved.username is None
        ]


def _put_back(
    saved: SendConnector, existing: SendConnector | None, login: Login | None
) -> tuple[PlannedStep | None, SendConnector]:
    why = tell("password_restored")
    if existing is None:
        step, after = create(saved.name, _creatable(saved.values), login, why)
        return _with_own_secret(step, login), after
    changed, after = change(existing, _settable(saved.values), login, why)
    return (_with_own_secret(changed, login) if changed else None), after


def _with_own_secret(step: PlannedStep, login: Login | None) -> PlannedStep:
    """Several logins may go back in one plan: each step refers to its own password."""
    if login is None:
        return step
    username = login.mailbox.login_name
    credential = {BY_OPTION["login"].prop: credential_parameter(username, _secret(username))}
    return PlannedStep(step.action, step.target, step.command, {**step.parameters, **credential}, step.changes)


def _secret(username: str) -> str:
    return f"{LOGIN_SECRET}:{username.lower()}"


def _creatable(values: Values) -> Values:
    """What a new connector is given: all that was set."""
    return {option: value for option, value in values.items() if value is not None}


def _settable(values: Values) -> Values:
    """What an existing connector is given: no value only where Exchange knows none, else the host did not tell it."""
    return {option: value for option, value in values.items() if value is not None or BY_OPTION[option].default is None}
