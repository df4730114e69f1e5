# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Receive connectors as a subject of a run: reads those of the host's own server and who may relay by them, decides by
the declaration, and asks who used a connector only where a plan may take it from somebody."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..agent.session import Session
from ..errors import MailflowError
from ..exchange.server import READ_SERVERS, local_server
from ..request import DONE, ExchangeShell, Reply, Step
from ..run.outcome import Decision, Outcome
from ..run.plan import Plan
from ..run.subject import Subject
from . import certificates, clients, places, recipients, relay
from .desired import Desired
from .diff import NOUN, State, decide, facts, left_to_do, relays_told, still_open, with_facts
from .saved import saved_state
from .state import READ_STEP, ReceiveConnector, parse_receive_connectors


class ReceiveSubject(Subject[State]):
    """What a declaration and the way back share: how receive connectors are read, that it is asked who used them only
    where a plan may take one from somebody, and what is saved of them."""

    noun = NOUN
    objects = "the receive connectors"
    may_fail = frozenset(
        {
            places.STEP.id,
            relay.STEP.id,
            certificates.STEP.id,
            *recipients.MAY_FAIL,
            *(each.id for each in clients.STEPS),
        }
    )

    _asks_clients = False

    @abstractmethod
    def may_lose(self, state: State) -> bool:
        """Whether somebody may lose a connector, or what it lets him do."""

    def read_steps(self) -> tuple[Step, ...]:
        """Who used the connectors besides, once that matters."""
        return (*self.verify_steps(), *(clients.STEPS if self._asks_clients else ()))

    def verify_steps(self) -> tuple[Step, ...]:
        """The local server first: a host that must not be touched is known before its connectors are."""
        return (places.STEP, READ_SERVERS, READ_STEP, relay.STEP)

    def reads_otherwise(self, reply: Reply, where: str) -> bool:
        """Whether somebody may lose something by the plan."""
        required = (step for step in self.verify_steps() if step.id not in self.may_fail)
        if self._asks_clients or any(reply.result(step.id).status != DONE for step in required):
            return False
        self._asks_clients = self.may_lose(self.parse(reply, where))
        return self._asks_clients

    def parse(self, reply: Reply, where: str) -> State:
        """The state of a reply. Raises HostRefused for a host that is no Exchange 2010 server."""
        server = local_server(reply, where)
        return State(
            server,
            parse_receive_connectors(reply.result(READ_STEP.id).output, server.name),
            relay.parse_rights(reply),
            places.parse_own(reply),
            certificates.parse_certificates(reply),
            recipients.parse_validation(reply),
            clients.parse_clients(reply, server.name) if self._asks_clients else None,
        )

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """The touched connectors as they are, with their rights, and the names of those that the plan creates."""
        return saved_state(state, plan)


class ReceiveConnectorSubject(ReceiveSubject):
    """One declaration."""

    applies_first = True

    def __init__(self, desired: Desired, clock: Callable[[], datetime]) -> None:
        self.desired = desired
        self._clock = clock
        self._pending: MailflowError | None = None
        self._latest: State | None = None
        self._planned = False
        self.after: tuple[ReceiveConnector, ...] = ()

    # ---- reading

    def verify_steps(self) -> tuple[Step, ...]:
        """What the declaration is compared with."""
        validated = recipients.STEPS if self.desired.recipient_validation is not None else ()
        named = (certificates.STEP,) if "fqdn" in self.desired.values else ()
        return (*super().verify_steps(), *validated, *named)

    def may_lose(self, state: State) -> bool:
        """By the plan, that which closes relays among it."""
        return decide(state, self.desired, self._clock()).asks_clients

    def parse(self, reply: Reply, where: str) -> State:
        """The state of a reply, which is what is known last."""
        self._latest = super().parse(reply, where)
        return self._latest

    # ---- deciding

    def decide(self, state: State) -> Decision:
        """The plan of the declaration, and every reason against it."""
        found = decide(state, self.desired, self._clock())
        self._pending, self.after = found.pending, found.connectors
        return found.decision

    def left_to_do(self, state: State) -> Plan | None:
        """The steps that the declaration would still take; of one that may only close relays no others."""
        return left_to_do(state, self.desired, closes_only=self._pending is not None)

    # ---- after the plan

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: Outcome) -> Outcome:
        """What the result tells is what was read back."""
        if self._latest is None:
            return outcome
        told = {**facts(self._latest, self.desired), "clients_losing": outcome.decision.facts["clients_losing"]}
        return replace(outcome, decision=with_facts(outcome.decision, told))

    def finish(self, check_mode: bool) -> None:
        """A run that was told to close relays, and has not closed all, has failed, whatever else it did; so has one
        that did nothing but that."""
        still = still_open(self._latest, self.desired, planned=check_mode) if self._latest else None
        errors = [each for each in (self._pending, still) if each is not None]
        if errors:
            kind = errors[0] if len(errors) == 1 else type(errors[0])(*(one for each in errors for one in each.reasons))
            raise kind

    def failure_facts(self) -> dict[str, Any]:
        """What is known of relays, in a run that was refused too."""
        return facts(self._latest, self.desired) if self._latest else {}

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        """Open relays, where no warning of the decision tells of them."""
        if self._latest is None or outcome.decision.notices:
            return ()
        return tuple(relays_told(self._latest, self.desired))
