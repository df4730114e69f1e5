# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses with which mail leaves, as a subject of a run: reads, decides by the declaration, verifies by deciding
again."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from ..errors import HostRefused, refusal_of
from ..exchange.server import READ_SERVERS, local_server
from ..messages import notice_of, reason_of
from ..request import DONE, Reply, Step
from ..run.outcome import Decision
from ..run.plan import Plan, plan_or_none
from ..run.subject import Subject
from . import domains, edge_entries, policies, recipients, senders
from .by_edge import draft_edge
from .by_policy import draft_policy
from .by_recipients import draft_recipients
from .desired import AUTO, EDGE, POLICY, RECIPIENTS, Desired
from .draft import NOUN, Draft
from .freemail import several, swallowed
from .saved import saved_state
from .senders import foreign_recipients, foreign_senders
from .state import State

DRAFTS: dict[str, Callable[[State, Desired], Draft]] = {
    RECIPIENTS: draft_recipients,
    POLICY: draft_policy,
    EDGE: draft_edge,
}
EDGE_ROLES = frozenset({"Edge", "EdgeTransport"})
"""How an Edge server names its role."""


class AddressSubject(Subject[State]):
    """What the declaration and the way back share: how a host of either kind is read."""

    noun = NOUN
    objects = "the recipients"
    may_fail = frozenset({senders.STEP_ID})

    def __init__(self, method: str, sent_senders_days: int = 0) -> None:
        self.method = method
        self._days = sent_senders_days

    def read_steps(self) -> tuple[Step, ...]:
        """The local server first: which cmdlets a host has depends on its roles."""
        sent = (senders.read_step(self._days),) if self._days else ()
        return (*self.verify_steps(), *sent)

    def verify_steps(self) -> tuple[Step, ...]:
        """All but the senders, who do not change by a plan."""
        if self.method == EDGE:
            own: tuple[Step, ...] = (edge_entries.READ_ENTRIES, edge_entries.READ_AGENTS)
        else:
            own = (recipients.READ_STEP, policies.READ_STEP)
        return (READ_SERVERS, domains.READ_STEP, *own)

    def reads_otherwise(self, reply: Reply, where: str) -> bool:
        """Whether an Edge server was asked for recipients only because the declaration left the method open.

        Raises HostRefused where the method is one for which the host has no role."""
        if reply.result(READ_SERVERS.id).status != DONE:
            return False
        local = local_server(reply, where)
        edge = not EDGE_ROLES.isdisjoint(local.roles)
        if edge and self.method == AUTO:
            self.method = EDGE
            return True
        if edge != (self.method == EDGE):
            roles = ", ".join(local.roles)
            raise HostRefused(reason_of("edge_not_here" if not edge else "recipients_on_edge", where, roles=roles))
        self.method = RECIPIENTS if self.method == AUTO else self.method
        return False

    def parse(self, reply: Reply, where: str) -> State:
        """The host's state. Raises HostRefused for a host that is no Exchange 2010 server."""
        local_server(reply, where)
        found, unreadable = recipients.parse_recipients(reply.result(recipients.READ_STEP.id).output)
        sent = reply.result(senders.STEP_ID)
        return State(
            where,
            domains=domains.parse_domains(reply.result(domains.READ_STEP.id).output),
            recipients=found,
            unreadable=unreadable,
            policies=policies.parse_policies(reply.result(policies.READ_STEP.id).output),
            senders=senders.parse_senders(sent.output) if sent.status == DONE else None,
            problem=sent.error.message if sent.error else None,
            entries=edge_entries.parse_entries(reply.result(edge_entries.READ_ENTRIES.id).output),
            agents=edge_entries.parse_agents(reply.result(edge_entries.READ_AGENTS.id).output),
        )

    def left_to_do(self, state: State) -> Plan | None:
        """The steps that would still be taken, whatever forbids them."""
        return plan_or_none(NOUN, self._draft(state).steps)

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """All that the plan touches as it is, and the whole plan."""
        return {NOUN: saved_state(state, self.method, self._draft(state)), "plan": plan.as_data()}

    @abstractmethod
    def _draft(self, state: State) -> Draft:
        """All that would be done."""


class RewriteSubject(AddressSubject):
    """One declaration."""

    def __init__(self, desired: Desired) -> None:
        super().__init__(desired.method, desired.sent_senders_days)
        self.desired = desired

    def decide(self, state: State) -> Decision:
        """The plan of the declaration, and everything that forbids it."""
        draft = self._draft(state)
        foreign = self._foreign(state, draft)
        return Decision(
            plan=plan_or_none(NOUN, draft.steps),
            before=draft.before,
            after=draft.after,
            notices=(
                *draft.notices,
                *several(self.desired.rules),
                *swallowed(domains.authoritative(state.domains), domains.changed(draft)),
                *_foreign_notices(foreign),
                *_unread(state),
            ),
            facts={
                "method": self.method,
                "recipients": len(state.recipients),
                "changing": draft.facts.get("changing", 0),
                "policies_switched_off": draft.facts.get("policies_switched_off", []),
                "may_be_reset": draft.facts.get("may_be_reset", []),
                "created_domains": list(draft.created_domains),
                **foreign,
            },
            refusal=refusal_of(draft.reasons),
        )

    def _draft(self, state: State) -> Draft:
        return DRAFTS[self.method](state, self.desired)

    def _foreign(self, state: State, draft: Draft) -> dict[str, Any]:
        """Who would still leave with an address that the provider does not take as its own."""
        own, rules = self.desired.provider_domains, self.desired.rules
        sent = foreign_senders(state.senders or (), own)
        return {
            "foreign_recipients": foreign_recipients(state.recipients, draft.primaries, rules, own),
            "foreign_senders": [each.as_data() for each in sent],
        }


def _foreign_notices(foreign: dict[str, Any]) -> list[str]:
    rows, sent = foreign["foreign_recipients"], foreign["foreign_senders"]
    notices = [notice_of("foreign_recipients", number=len(rows))] if rows else []
    messages = sum(each["messages"] for each in sent)
    return notices + ([notice_of("foreign_senders", number=len(sent), messages=messages)] if sent else [])


def _unread(state: State) -> list[str]:
    return [notice_of("senders_unread", problem=state.problem)] if state.problem else []
