# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a noun adds to a run: a Subject, which may write, or a Watcher, which only looks. The order of events is in
run/order.py; docs/flow.md follows it stage by stage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..agent.session import Session
from ..errors import MailflowError
from ..request import ExchangeShell, Reply, Step
from .outcome import Decision, Outcome
from .plan import Plan

State = TypeVar("State")


class HostReader(ABC, Generic[State]):
    """What is read of a host for one noun, in one remote process with all others."""

    noun: str
    """What its plans and saved states are about."""
    objects = "its state"
    """What it reads and writes, where a run tells how far it is."""
    loads_exchange = True
    """Whether reading and writing need the Exchange shell."""
    may_fail: frozenset[str] = frozenset()
    """The ids of reading steps without which the state can be told all the same."""

    @property
    def name(self) -> str:
        """The noun under which an inventory declares it."""
        return self.noun

    @abstractmethod
    def read_steps(self) -> tuple[Step, ...]:
        """The commands that read the state; all of them go into one remote process."""

    @abstractmethod
    def parse(self, reply: Reply, where: str) -> State:
        """The state in a reply to the reading steps. Raises HostRefused where the host must not be touched."""

    def reads_otherwise(self, reply: Reply, where: str) -> bool:
        """Whether the host of this reply turns out to be of a kind that is read in another way; from now on
        ``read_steps`` are those. Raises HostRefused where it is of a kind that the declaration is not for."""
        return False

    def read_secrets(self) -> Mapping[str, str]:
        """The secrets to which the reading steps refer."""
        return {}

    def failure_facts(self) -> Mapping[str, Any]:
        """What a refused run tells besides its reasons, by keys of the task's result."""
        return {}

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        """What a person is to read of it after every run, whatever came of it: a line or none. Raises nothing."""
        return ()


class Subject(HostReader[State]):
    """What one noun adds to a run."""

    applies_first = False
    """Whether its plan is proven, saved and carried out before any other noun is proven: what it closes is open until
    then."""
    proves_last = False
    """Whether its proof, which may last until the time limit, is made only when the others are carried out. Nobody may
    wait for such a noun."""

    @abstractmethod
    def decide(self, state: State) -> Decision:
        """The plan for this state. Raises InputRefused or HostRefused."""

    @abstractmethod
    def left_to_do(self, state: State) -> Plan | None:
        """What of the declaration a later state does not show; passwords, which no host shows, aside. Without safety
        checks."""

    def verify_steps(self) -> tuple[Step, ...]:
        """The commands that read back what a plan has written."""
        return self.read_steps()

    def prove(self, session: Session, state: State, decision: Decision) -> tuple[str, ...]:
        """What has to hold before the plan is carried out; notices. Raises MailflowError, and nothing is written."""
        return ()

    def waits(self, state: State, decision: Decision) -> bool:
        """Whether its plan may be carried out only after what run/waiting.py names was done."""
        return True

    def record(self, outcome: Outcome) -> Outcome:
        """Keep on the controller what was written, at once after it; the outcome with it. Raises nothing."""
        return outcome

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: Outcome) -> Outcome:
        """What is to be seen once the plans of all nouns were carried out; the outcome with it."""
        return outcome

    def unconfirmed(self, outcome: Outcome, why: str) -> Outcome:
        """The outcome where that cannot be looked for any more; ``why`` not."""
        return outcome

    def finish(self, check_mode: bool) -> None:
        """What is left to do on the controller, whatever came of the run. Raises MailflowError."""

    @abstractmethod
    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """What a restore needs to undo this plan, as JSON, without passwords."""


@dataclass(frozen=True)
class Decided:
    """A noun of a run as far as it is known before anything is written: ``state`` None where it could not be read,
    ``decision`` None where it came to none. ``held``: whatever it has planned is not carried out."""

    subject: Subject[Any]
    state: Any = None
    decision: Decision | None = None
    held: bool = False

    @property
    def plans(self) -> bool:
        """Whether something of it is to be carried out."""
        return self.decision is not None and self.decision.plan is not None and not self.held


@dataclass(frozen=True)
class Watch:
    """What a watcher comes to: a decision without a plan, and by noun why its plan may not be carried out. ``error``:
    that what it saw is to make the task fail all the same."""

    decision: Decision
    objections: Mapping[str, MailflowError]
    error: MailflowError | None = None


class Watcher(HostReader[State]):
    """Reads with the nouns of a run, judges what they have decided, in check mode alike, and never writes."""

    alone = False
    """Whether a run is made for it alone; otherwise a fault in it stops nothing."""

    @abstractmethod
    def watch(self, state: State, decided: Sequence[Decided]) -> Watch:
        """What there is to say of the host and of the plans for it. Raises nothing but faults."""
