# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which recipients exist is known before mail is taken: one value of the organisation, and the agent that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..address_rewrite import domains
from ..address_rewrite.domains import AcceptedDomain, parse_domains
from ..address_rewrite.edge_entries import READ_AGENTS, Agent, parse_agents
from ..lenient import first
from ..messages import notice_of
from ..request import DONE, Reply, Step
from ..run.plan import Change, PlannedStep

READ_FILTER = Step(
    "read_recipient_filter",
    "Get-RecipientFilterConfig",
    select=("Enabled", "RecipientValidationEnabled", "ExternalMailEnabled"),
    always=True,
)
MAY_FAIL = frozenset({READ_AGENTS.id, domains.READ_STEP.id})
VALIDATION_STEPS = (READ_FILTER, replace(READ_AGENTS, always=True))
"""What tells whether unknown recipients are refused."""
STEPS = (*VALIDATION_STEPS, replace(domains.READ_STEP, always=True))
AGENT = "recipient filter agent"
TARGET = "recipient filter"


@dataclass(frozen=True)
class Validation:
    """What there is: whether recipients are validated, whether the filter is on for mail from outside, its agent (None:
    not installed), and the accepted domains; ``told``, ``agents_told``: whether the host told of either."""

    on: bool = False
    filters: bool = True
    agent: Agent | None = None
    agents_told: bool = False
    domains: tuple[AcceptedDomain, ...] = ()
    told: bool = False

    @property
    def works(self) -> bool | None:
        """Whether unknown recipients are refused; None where that is not known. The filter or its agent that says no is
        enough."""
        if self.told and not (self.on and self.filters):
            return False
        if self.agents_told and not (self.agent and self.agent.enabled):
            return False
        return True if self.told and self.agents_told else None


def parse_validation(reply: Reply) -> Validation:
    """The state of validation in a reply."""
    config = first(reply.result(READ_FILTER.id).output)
    agents = parse_agents(reply.result(READ_AGENTS.id).output)
    return Validation(
        config.get("RecipientValidationEnabled") is True,
        config.get("Enabled") is not False and config.get("ExternalMailEnabled") is not False,
        next((each for each in agents if each.name.lower() == AGENT), None),
        reply.result(READ_AGENTS.id).status == DONE,
        parse_domains(reply.result(domains.READ_STEP.id).output),
        isinstance(config.get("RecipientValidationEnabled"), bool),
    )


def change(found: Validation, wanted: bool | None) -> PlannedStep | None:
    """The step that switches validation, or None where it is as declared."""
    if wanted is None or found.on is wanted:
        return None
    changes = (Change("recipient_validation", found.on, wanted),)
    parameters = {"RecipientValidationEnabled": wanted, "Confirm": False}
    return PlannedStep("change recipient filter", TARGET, "Set-RecipientFilterConfig", parameters, changes)


def warnings(found: Validation, wanted: bool | None) -> Iterator[str]:
    """What keeps validation from its effect, where it is declared."""
    if wanted is not True:
        return
    if not found.agents_told:
        yield notice_of("receive_agents_untold")
    elif found.agent is None:
        yield notice_of("receive_agents_missing")
    elif not found.agent.enabled or not found.filters:
        yield notice_of("receive_filter_off")
    relayed = sorted(each.domain for each in found.domains if each.type != "Authoritative")
    if relayed:
        yield notice_of("receive_domains_relayed", domains=", ".join(relayed))


def shown(found: Validation) -> dict[str, bool | None]:
    """The same for a task's result."""
    agent = found.agent.enabled if found.agent else False
    return {"enabled": found.on, "agent": agent if found.agents_told else None, "filter": found.filters}
