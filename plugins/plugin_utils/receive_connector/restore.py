# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting saved receive connectors back: what was changed is changed back, what was removed is made again, what was
made goes; and rights to relay that were taken away come back only where that is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..errors import HostRefused, Reason, refusal_of
from ..exchange.settings import Values
from ..messages import notice_of, reason_of
from ..request import Step
from ..run.outcome import Decision
from ..run.plan import Change, Plan, PlannedStep, plan_or_none
from ..run.restoring import Back, Restoring
from . import recipients, relay
from .clients import Client, Loss, Serving, losses
from .desired import RelaysBack
from .diff import NOUN, State, clients_against, clients_shown, losing_clients, not_given_up, own_losing
from .relay import OpenRelay, RelayRight, newly_open, open_relays
from .saved import read_state
from .settings import RECEIVE_CONNECTOR, SETTINGS
from .state import ReceiveConnector, changed, created, named
from .subject import ReceiveSubject

WHERE = "restoring the receive connectors"


class RestoreReceive(Restoring[State, RelaysBack], ReceiveSubject):
    """The request to have saved receive connectors back."""

    def __init__(self, back: Back[RelaysBack]) -> None:
        self._saved = back.saved.understood(read_state)
        super().__init__(back)

    def verify_steps(self) -> tuple[Step, ...]:
        """The recipient filter besides, where it was changed."""
        filtered = self._saved.validation is not None
        return (*super().verify_steps(), *(recipients.STEPS if filtered else ()))

    def may_lose(self, state: State) -> bool:
        """By the way back."""
        return bool(_lost(state, self._after(state)))

    def decide(self, state: State) -> Decision:
        """The plan back, refused where it would open a relay that nobody has confirmed, or take a connector from who is
        not given up."""
        after = self._after(state)
        opened, lost = self._opened(state, after), _lost(state, after)
        names = {each.name for each in self._saved.connectors} | set(self._saved.created)
        return Decision(
            plan=plan_or_none(NOUN, self._steps(state)),
            before=_shown(state.connectors, names),
            after=_shown(after, names),
            notices=tuple(notice_of("receive_relay_restored", name=each.connector.name) for each in opened),
            facts={
                "open_relays": [each.connector.name for each in opened],
                "clients_losing": clients_shown(losing_clients(state, lost)),
            },
            refusal=refusal_of(self._against(state, opened, lost), HostRefused),
        )

    def left_to_do(self, state: State) -> Plan | None:
        """What is still not as it was saved."""
        return plan_or_none(NOUN, self._steps(state))

    def _steps(self, state: State) -> list[PlannedStep | None]:
        return [
            *(_put_back(each, _now(state, each)) for each in self._saved.connectors),
            *(RECEIVE_CONNECTOR.remove(each) for each in self._made(state)),
            *(_give(each) for each in self._missing(state)),
            recipients.change(state.validation, self._saved.validation),
        ]

    def _made(self, state: State) -> list[ReceiveConnector]:
        """The connectors that were made by the run, as far as they are there."""
        return [each for name in self._saved.created for each in named(state.connectors, name)]

    def _missing(self, state: State) -> Iterator[RelayRight]:
        """The rights that were taken away and are not there again."""
        there = {(each.connector, each.user) for each in state.rights.entries if not (each.inherited or each.deny)}
        yield from (each for each in self._saved.rights if (each.connector, each.user) not in there)

    def _after(self, state: State) -> tuple[ReceiveConnector, ...]:
        """The connectors as they will be."""
        touched = [(each, _now(state, each)) for each in self._saved.connectors]
        gone = [*self._made(state), *(now for _saved, now in touched if now)]
        return (*(each for each in state.connectors if each not in gone), *(_then(*pair) for pair in touched))

    def _against(self, state: State, opened: Iterable[OpenRelay], lost: Sequence[Loss]) -> Iterator[Reason]:
        desired = self.back.desired
        for each in opened if not desired.confirm_open_relay else ():
            yield reason_of("receive_restore_opens", WHERE, name=each.connector.name)
        if not lost:
            return
        if state.own is None and desired.clients_given_up is None:
            yield reason_of("receive_own_untold", WHERE)
        own = not_given_up((Client("", each) for each in own_losing(state, lost)), desired.clients_given_up)
        if own:
            yield reason_of("receive_restore_own", WHERE, addresses=", ".join(each.address for each in own))
        yield from clients_against(state, WHERE, lost, desired.clients_given_up)

    def _opened(self, state: State, after: tuple[ReceiveConnector, ...]) -> list[OpenRelay]:
        """The open relays that there would be, and are not now, or for less."""
        rights = replace(state.rights, entries=(*state.rights.entries, *self._missing(state)))
        now = open_relays(state.connectors, state.rights, state.own_ranges)
        return newly_open(now, open_relays(after, rights, state.own_ranges), state.own_ranges)


def _lost(state: State, after: tuple[ReceiveConnector, ...]) -> list[Loss]:
    """Whom the way back takes a connector from."""

    def relays(connector: ReceiveConnector) -> bool:
        return relay.relays(connector, state.rights)

    return losses(Serving(state.connectors, relays, state.own), Serving(after, relays, state.own))


def _now(state: State, saved: ReceiveConnector) -> ReceiveConnector | None:
    """The connector that was saved, as it is now."""
    found = [each for each in state.connectors if each.identity == saved.identity] or named(
        state.connectors, saved.name
    )
    return found[0] if found else None


def _then(saved: ReceiveConnector, now: ReceiveConnector | None) -> ReceiveConnector:
    if now is not None:
        return changed(now, _settable(saved.values))
    return replace(created(saved.name, _creatable(saved.values)), dn=saved.dn)


def _put_back(saved: ReceiveConnector, now: ReceiveConnector | None) -> PlannedStep | None:
    if now is None:
        return RECEIVE_CONNECTOR.create(saved.name, _creatable(saved.values))
    return RECEIVE_CONNECTOR.change(now, _settable(saved.values))


def _give(right: RelayRight) -> PlannedStep:
    """The step that gives a right to relay back."""
    parameters = {"Identity": right.connector, "User": right.user, "ExtendedRights": relay.RIGHT, "Confirm": False}
    changes = (Change(relay.OPTION, None, right.user),)
    return PlannedStep("give back right to relay", right.connector, "Add-ADPermission", parameters, changes)


def _creatable(values: Values) -> Values:
    return {option: value for option, value in values.items() if value is not None}


def _settable(values: Values) -> Values:
    """No value only where Exchange knows none, else the host did not tell it."""
    return {option: value for option, value in values.items() if value is not None or SETTINGS[option].nullable}


def _shown(connectors: Iterable[ReceiveConnector], names: set[str]) -> dict[str, dict[str, object]]:
    return {each.name: SETTINGS.show(each.values) for each in connectors if each.name in names}
