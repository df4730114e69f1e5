# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS 1.2 of a server as a subject of a run: reads its keys, adds what is declared, and looks whether that can be in
force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..agent.session import Session
from ..agent.tls_facts import UPDATES
from ..messages import notice_of
from ..request import DONE, ExchangeShell, Reply, Step
from ..run.outcome import Decision, Outcome
from ..run.plan import Plan, plan_or_none
from ..run.subject import Subject
from .desired import NOUN, SERVICE, Desired
from .diff import RESTART, SET, decide, facts, needs_restart, restart_step, writing_steps
from .keys import rows_of, with_parents
from .saved import saved_state
from .state import HOST, MAY_FAIL, QUEUES, SERVICES, TIMES, State, keys_step, parse_state
from .timing import TRANSPORT, in_force


class TlsSubject(Subject[State]):
    """What a declaration and the way back share: the keys of these ``paths``, without an Exchange shell."""

    noun = NOUN
    objects = "the registry's values of TLS"
    loads_exchange = False
    may_fail = MAY_FAIL

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        self._latest: State | None = None

    def read_steps(self) -> tuple[Step, ...]:
        """Nothing of it needs Exchange; the clock last."""
        keys = (keys_step(self.paths),) if self.paths else ()
        return (*keys, UPDATES, TIMES, HOST)

    def parse(self, reply: Reply, where: str) -> State:
        """The state in a reply. Raises HostRefused where the registry may not be read."""
        self._latest = parse_state(reply, where, self.paths)
        return self._latest

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """The keys as they are, and what is written."""
        return saved_state(state, plan)


class HostTlsSubject(TlsSubject):
    """One declaration for one server. ``written``: after which moment its values were last written, as the controller
    knows."""

    def __init__(self, desired: Desired, written: Callable[[], datetime | None]) -> None:
        super().__init__(with_parents(rows_of(desired.managed)))
        self.desired = desired
        self._written_after = written
        self._asks_queues = False
        self._restarts_after: datetime | None = None

    @property
    def _restarts(self) -> bool:
        return self.desired.restart == SERVICE

    # ---- reading

    def read_steps(self) -> tuple[Step, ...]:
        """The services besides where one may be restarted; the queues only once it is."""
        services = (SERVICES,) if self._restarts else ()
        queues = (QUEUES,) if self._asks_queues else ()
        return (*services, *self.verify_steps(), *queues)

    def verify_steps(self) -> tuple[Step, ...]:
        """Without the queues and the other services."""
        return super().read_steps()

    def reads_otherwise(self, reply: Reply, where: str) -> bool:
        """Whether the service is to be restarted: only then Exchange's shell is loaded, for the queues."""
        state = self.parse(reply, where)
        writes = bool(writing_steps(state, self.desired))
        if self._asks_queues or not needs_restart(state, self.desired, writes, self._written_after()):
            return False
        self._asks_queues = self.loads_exchange = True
        return True

    # ---- deciding

    def decide(self, state: State) -> Decision:
        """The plan of the declaration, and every reason against it."""
        written = self._written_after()
        decision = decide(state, self.desired, written)
        commands = {step.command for step in decision.plan.steps} if decision.plan else set()
        self._restarts_after = (state.clock if SET in commands else written) if RESTART in commands else None
        return decision

    def left_to_do(self, state: State) -> Plan | None:
        """The values that are still lacking, and the restart where the service has not been started since."""
        waits = self._restarts_after is not None and not in_force(self._restarts_after, None, state.started)
        return plan_or_none(NOUN, [*writing_steps(state, self.desired), *([restart_step()] if waits else [])])

    # ---- after the plan

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: Outcome) -> Outcome:
        """What the result tells is what was read back."""
        latest = self._latest or state
        wrote = any(each.step.command == SET and each.status == DONE for each in outcome.reports)
        written = state.clock if wrote else self._written_after()
        told = facts(latest, self.desired, in_force(written, latest.boot, latest.started, latest.clock), written)
        return replace(outcome, decision=replace(outcome.decision, facts=told))

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        """What has to be restarted, by which commands, and where to look for the proof."""
        if outcome.error is not None:
            return ()
        steps = {step.command for step in outcome.decision.plan.steps} if outcome.decision.plan else frozenset()
        if RESTART in steps:
            return (notice_of("tls_proof"),)
        if SET in steps or outcome.decision.facts.get("in_force") is False:
            return (notice_of("tls_restart_needed", service=TRANSPORT),)
        return ()
