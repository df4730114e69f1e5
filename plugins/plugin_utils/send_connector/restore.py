# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a saved state of send connectors back: what the run changed is changed back, what it removed is created
again, what it created is removed; in that order, so that mail keeps flowing in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice, permutations
from typing import Any

from ..account_age import Login
from ..agent.clocks import SKEW_WARNED
from ..controller import backup
from ..errors import HostRefused, Reason
from ..exchange.settings import Values
from ..mailboxes.logins import blanks_told
from ..mailboxes.names import mailbox_key
from ..messages import notice_of, reason_of
from ..run.outcome import Decision, Outcome
from ..run.plan import Plan, PlannedStep, plan_or_none
from ..run.restoring import Back, Restoring
from .desired import ConnectorsBack, Credential
from .diff import NOUN, ConnectorDecision, PasswordDecision, no_smarthost
from .gate import LOGIN_SECRET, Passage, pass_gate, to_write
from .saved import read_saved
from .settings import SEND_CONNECTOR, SETTINGS
from .state import SendConnector, any_domain, changed, created, find_saved
from .subject import ConnectorSubject, State, as_flow, login_left
from .traffic import routes_into_use

WHERE = "restoring the send connectors"
_ORDERS = 120
"""Orders of the steps that are tried: all of five connectors."""


@dataclass(frozen=True)
class SavedConnectors:
    """The connectors as they were, and the names of those that were created afterwards.

    ``untouched`` are those that the run left alone, None where the file does not tell. ``at`` is when it was saved
    (UTC), None where the file does not tell.
    """

    connectors: tuple[SendConnector, ...]
    created: tuple[str, ...]
    untouched: tuple[SendConnector, ...] | None = None
    at: datetime | None = None


def _read(content: Mapping[str, Any]) -> SavedConnectors:
    connectors = tuple(read_saved(each) for each in content["connectors"])
    others = content.get("untouched")
    untouched = None if others is None else tuple(read_saved(each) for each in others)
    return SavedConnectors(connectors, backup.texts(content["created"]), untouched, _moment(content.get("saved_at")))


def _moment(reported: Any) -> datetime | None:
    """The moment (UTC) of a saved state; ValueError where it is none."""
    if reported is None:
        return None
    moment = datetime.fromisoformat(reported)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)


class RestoreConnectors(Restoring[State, ConnectorsBack], ConnectorSubject):
    """The request to have saved send connectors back."""

    has_logins = True

    def __init__(self, back: Back[ConnectorsBack]) -> None:
        super().__init__(back, back.clock, back.memory)
        self._saved = back.saved.understood(_read)
        self._logins = {mailbox_key(each.username): each for each in back.desired.logins}

    def decide(self, state: State) -> Decision:
        """The plan back. Raises InputRefused (a login is missing or too young)."""
        missing: list[Reason] = []
        written = self._written(state.connectors, missing)
        self._saved = replace(self._saved, connectors=self._in_order(state.connectors, written))
        logins = self._pass_gate(state, written, missing)
        steps = self._steps(state.connectors, logins)
        after = self._states(state.connectors, written)[-1]
        plan = plan_or_none(NOUN, steps)
        held = plan and not self.back.desired.confirm_no_smarthost
        safety_check = no_smarthost(after, WHERE, ("restore_to_none", "restore_to_dns")) if held else None
        why = notice_of("password_restored" if written else "password_not_declared")
        decision = ConnectorDecision(
            plan=plan,
            before=state.connectors,
            after=after,
            password=PasswordDecision(bool(written), why),
            others=tuple(any_domain(after)),
            notices=(*self._notices(state.connectors), *_blanks(written.values())),
            secrets={_secret(each.username): each.password for each in written.values() if each.password},
            refusal=HostRefused(safety_check) if safety_check else None,
        )
        return as_flow(decision, target=", ".join(each.name for each in self._saved.connectors) or None)

    def record(self, outcome: Outcome) -> Outcome:
        """Record the passwords that were written."""
        return self.remember(outcome, self._logins.values())

    def left_to_do(self, state: State) -> Plan | None:
        """What is still not as it was saved, passwords aside."""
        steps: list[PlannedStep] = []
        for saved in self._saved.connectors:
            existing = find_saved(state.connectors, saved)
            if existing is None:
                steps.append(SEND_CONNECTOR.create(saved.name, _creatable(saved.values)))
            else:
                step = SEND_CONNECTOR.change(existing, _settable(saved.values))
                steps += [step] if step else []
                steps += login_left(existing, saved.username) if saved.username else ()
        return plan_or_none(NOUN, [*steps, *self._removals(state.connectors)])

    def _steps(self, connectors: Sequence[SendConnector], logins: Mapping[str, Login]) -> list[PlannedStep]:
        steps = []
        for saved in self._saved.connectors:
            existing = find_saved(connectors, saved)
            step = _put_back(saved, existing, logins.get(_title(saved, existing)))
            steps += [step] if step else []
        return [*steps, *self._removals(connectors)]

    def _removals(self, connectors: Sequence[SendConnector]) -> list[PlannedStep]:
        return [SEND_CONNECTOR.remove(each) for each in connectors if each.name in self._saved.created]

    def _states(
        self, connectors: Sequence[SendConnector], written: Mapping[str, Credential]
    ) -> list[tuple[SendConnector, ...]]:
        """The connectors after each step."""
        states = [tuple(connectors)]
        for saved in self._saved.connectors:
            existing = find_saved(connectors, saved)
            credential = written.get(_title(saved, existing))
            username = credential.username if credential else None
            restored = (
                created(saved.name, _creatable(saved.values) | _mute(saved, username), username)
                if existing is None
                else changed(existing, _settable(saved.values), username)
            )
            states.append((*(each for each in states[-1] if each is not existing), restored))
        for name in self._saved.created:
            states.append(tuple(each for each in states[-1] if each.name != name))
        return states

    def _in_order(
        self, connectors: Sequence[SendConnector], written: Mapping[str, Credential]
    ) -> tuple[SendConnector, ...]:
        """The saved connectors, those that take mail first; otherwise where one would carry on the way what it never
        did."""
        then, saved = self._connectors_then(connectors), self._saved
        first = sorted(saved.connectors, key=lambda each: not each.enabled)
        for order in islice(permutations(first), _ORDERS):
            self._saved = replace(saved, connectors=order)
            between = self._states(connectors, written)[:-1]
            if not any(routes_into_use(each, connectors, then) for each in between):
                return order
        return tuple(first)

    def _written(self, connectors: Sequence[SendConnector], missing: list[Reason]) -> dict[str, Credential]:
        """A connector's name -> the login to write back, where the host has another one now."""
        written = {}
        for saved in self._saved.connectors:
            existing = find_saved(connectors, saved)
            if saved.hides_login and existing is None:
                missing.append(reason_of("restore_login_untold", f"send connector '{saved.name}'"))
            if saved.username is None or (existing and existing.logs_in_as(saved.username)):
                continue
            credential = self._logins.get(mailbox_key(saved.username))
            if credential is None or credential.password is None:
                where = f"send connector '{saved.name}'"
                missing.append(reason_of("restore_needs_login", where, username=saved.username))
            else:
                written[_title(saved, existing)] = credential
        return written

    def _pass_gate(
        self, state: State, written: Mapping[str, Credential], missing: Sequence[Reason]
    ) -> Mapping[str, Login]:
        passage = Passage(
            before=state.connectors,
            states=tuple(self._states(state.connectors, written)),
            written={name: each.mailbox for name, each in written.items()},
            declared=tuple(each.mailbox for each in self._logins.values()),
            saved=self._connectors_then(state.connectors),
            vouches=self._vouches,
        )
        return pass_gate(passage, self.ages_at(state), self.judging(state, self._logins.values(), WHERE), missing)

    def _connectors_then(self, connectors: Sequence[SendConnector]) -> tuple[SendConnector, ...]:
        """All connectors when the state was saved; a file that tells of the touched ones only leaves the others as they
        are now."""
        if self._saved.untouched is not None:
            return (*self._saved.connectors, *self._saved.untouched)
        touched = [find_saved(connectors, each) for each in self._saved.connectors]
        others = [each for each in connectors if each not in touched and each.name not in self._saved.created]
        return (*self._saved.connectors, *others)

    def _vouches(self, key: str) -> bool:
        """Whether the saved state shows of a mailbox, as it is declared, that it was in use then: not from the future,
        and not one that was made since. That it is this server's own, ``Task.meet`` has seen to."""
        at, declared = self._saved.at, self._logins.get(key)
        if at is None:
            return declared is None and not (self._memory and self._memory.made_anew(key))
        if self._memory and self._memory.made_anew(key, at):
            return False
        return at <= self._clock() + SKEW_WARNED and (declared is None or not declared.mailbox.denies(at))

    def _notices(self, connectors: Sequence[SendConnector]) -> list[str]:
        pairs = [(saved, find_saved(connectors, saved)) for saved in self._saved.connectors]
        return [
            notice_of(
                "restored_login_untold" if saved.hides_login else "login_left_stored", found=found, name=existing.name
            )
            for saved, existing in pairs
            if existing and saved.username is None and ((found := existing.username) or saved.hides_login)
        ]


def _blanks(written: Iterable[Credential]) -> Iterator[str]:
    for each in written:
        yield from blanks_told(each.username, each.password)


def _mute(saved: SendConnector, username: str | None) -> Values:
    """What stands for a connector whose password is missing, which is said and ends the run: one without a login."""
    missing = not username and (saved.username or saved.hides_login)
    return {"smart_host_auth_mechanism": "None"} if missing else {}


def _title(saved: SendConnector, existing: SendConnector | None) -> str:
    """The name that a saved connector has now."""
    return existing.name if existing else saved.name


def _put_back(saved: SendConnector, existing: SendConnector | None, login: Login | None) -> PlannedStep | None:
    secret = _secret(login.mailbox.login_name) if login else ""
    also = to_write(login, None, existing.username if existing else None, notice_of("password_restored"), secret)
    if existing is None:
        return SEND_CONNECTOR.create(saved.name, _creatable(saved.values), also)
    return SEND_CONNECTOR.change(existing, _settable(saved.values), also)


def _secret(username: str) -> str:
    return f"{LOGIN_SECRET}:{username.lower()}"


def _creatable(values: Values) -> Values:
    """What a new connector is given: all that was set."""
    return {option: value for option, value in values.items() if value is not None}


def _settable(values: Values) -> Values:
    """What an existing connector is given: no value only where Exchange knows none, else the host did not tell it."""
    return {option: value for option, value in values.items() if value is not None or SETTINGS[option].nullable}
