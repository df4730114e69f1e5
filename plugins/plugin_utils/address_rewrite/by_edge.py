# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The method of an Edge server: one rewrite entry a rule, both rewriting agents enabled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import Reason
from ..mailboxes.providers import provider_of_domain
from ..messages import notice_of, reason_of
from ..run.plan import Change, PlannedStep
from .desired import AUTHORITATIVE, Desired
from .domains import TYPES, covering
from .draft import Draft
from .edge_entries import AGENTS, OURS, RewriteEntry
from .freemail import edge_refusals
from .rules import WHERE, Rule
from .state import State


def draft_edge(state: State, desired: Desired) -> Draft:
    """The entries that the rules need: new ones, changed ones, and away with those made here that no rule needs."""
    draft = Draft()
    draft.reasons += _limits(state, desired)
    wanted = {rule.source.lower(): rule for rule in desired.rules.rules}
    found = {entry.internal.lower(): entry for entry in state.entries}
    for source, rule in wanted.items():
        _create_or_change(draft, found.get(source), rule)
    for entry in state.entries:
        if entry.ours and entry.internal.lower() not in wanted:
            draft.add(remove_entry(entry), shown(entry), None, entry.name)
    draft.created_entries = tuple(str(step.parameters["Name"]) for step in draft.steps if step.command[:4] == "New-")
    _enable(draft, state)
    return draft


def _limits(state: State, desired: Desired) -> list[Reason]:
    """What rewrite entries cannot do (Microsoft's reference of New-AddressRewriteEntry)."""
    reasons = [reason_of("edge_exceptions", WHERE)] if desired.rules.any_exempt else []
    taken: dict[str, Rule] = {}
    for rule in desired.rules.rules:
        other = taken.setdefault(rule.target.lower(), rule)
        if other is not rule:
            reasons.append(reason_of("edge_one_target", WHERE, first=str(other), second=str(rule)))
    reasons += edge_refusals(desired.rules, WHERE)
    for domain in desired.rules.target_domains:
        accepted = covering(state.domains, domain)
        if (accepted is None or accepted.type != TYPES[AUTHORITATIVE]) and not provider_of_domain(domain):
            type_found = accepted.type if accepted else None
            reasons.append(
                reason_of("edge_domain", f"accepted domain '{domain}'", type=type_found or notice_of("no_such_domain"))
            )
    return reasons


def _create_or_change(draft: Draft, entry: RewriteEntry | None, rule: Rule) -> None:
    if entry is None:
        made = RewriteEntry(f"{OURS}{rule.source}", rule.source, rule.target)
        draft.add(create_entry(made), None, shown(made), made.name)
    elif entry.external.lower() != rule.target.lower():
        draft.add(change_entry(entry, rule.target), shown(entry), {**shown(entry), "external": rule.target}, entry.name)


def create_entry(entry: RewriteEntry) -> PlannedStep:
    """The step that makes an entry."""
    parameters: dict[str, Any] = {
        "Name": entry.name,
        "InternalAddress": entry.internal,
        "ExternalAddress": entry.external,
        "Confirm": False,
    }
    parameters |= {"OutboundOnly": True} if entry.outbound_only else {}
    change = Change("external", None, entry.external)
    return PlannedStep("create rewrite entry", entry.name, "New-AddressRewriteEntry", parameters, (change,))


def change_entry(entry: RewriteEntry, external: str) -> PlannedStep:
    """The step that leads an entry elsewhere."""
    parameters = {"Identity": entry.name, "ExternalAddress": external, "Confirm": False}
    change = Change("external", entry.external, external)
    return PlannedStep("change rewrite entry", entry.name, "Set-AddressRewriteEntry", parameters, (change,))


def remove_entry(entry: RewriteEntry) -> PlannedStep:
    """The step that takes an entry away."""
    parameters = {"Identity": entry.name, "Confirm": False}
    change = Change("external", entry.external, None)
    return PlannedStep("remove rewrite entry", entry.name, "Remove-AddressRewriteEntry", parameters, (change,))


def _enable(draft: Draft, state: State) -> None:
    agents = {agent.name.lower(): agent for agent in state.agents}
    missing = [name for name in AGENTS if name.lower() not in agents]
    draft.reasons += [reason_of("edge_agent_missing", WHERE, agent=name) for name in missing]
    off = [agents[name.lower()] for name in AGENTS if name not in missing and not agents[name.lower()].enabled]
    for agent in off:
        parameters = {"Identity": agent.name, "Confirm": False}
        change = Change("enabled", False, True)
        step = PlannedStep("enable agent", agent.name, "Enable-TransportAgent", parameters, (change,))
        draft.add(step, {"enabled": False}, {"enabled": True}, agent.name)
    draft.notices += [notice_of("agents_need_restart", agents=_names(off))] if off else []


def _names(agents: Sequence[Any]) -> str:
    return ", ".join(agent.name for agent in agents)


def shown(entry: RewriteEntry) -> dict[str, Any]:
    """An entry for a person."""
    return {"internal": entry.internal, "external": entry.external}
