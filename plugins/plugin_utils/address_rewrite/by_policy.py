# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The method of one e-mail address policy. What it will do to every recipient is computed before it is written.

By Microsoft's pages: a policy acts on recipients that follow policies, by Update-EmailAddressPolicy; an update resets
primary addresses that were set by hand. That it also acts on any later edit of a recipient, and adds digits where an
address is taken, is field experience.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import Reason
from ..messages import notice_of, reason_of
from ..run.plan import Change, PlannedStep
from .addresses import SECONDARY, smtp_addresses, with_primary
from .by_recipients import Owners, owners_of, unreadable, untold
from .desired import Desired
from .domains import add_domains, covering
from .draft import Draft, Touched, listed, safety_check
from .policies import EVERYBODY, LOWEST, Policy, deciding
from .recipients import Recipient
from .rules import WHERE
from .state import State
from .templates import AddressTemplate, read_template

HIGHEST = 1


@dataclass(frozen=True)
class Computed:
    """What the policy makes of a recipient that differs from it: a new primary address (None: keeps its own), and
    secondary ones that it lacks."""

    recipient: Recipient
    primary: str | None
    missing: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its addresses afterwards; that former ones stay is likely."""
        entries = self.recipient.addresses
        entries = with_primary(entries, self.primary) if self.primary else entries
        have = set(smtp_addresses(entries))
        return (*entries, *(SECONDARY + each for each in self.missing if each.lower() not in have))


def draft_policy(state: State, desired: Desired) -> Draft:
    """The policy as it shall be, and what it does to every recipient."""
    draft = Draft()
    draft.reasons += unreadable(state)
    existing, policy = planned(state.policies, desired)
    order = _in_order(state.policies, existing, policy)
    covered = _covered(state.recipients, order, policy, draft.reasons)
    draft.notices += _own_mailboxes(state.recipients, order, policy, desired)
    owners = owners_of(state.recipients)
    computed = _compute(covered, policy, owners, draft.reasons)
    draft.primaries = {each.recipient.guid: each.primary for each in computed if each.primary}
    draft.reasons += _left_over([each.recipient for each in computed], desired)
    draft.reasons += _exempt(computed, desired)
    targets = {each.primary.lower() for each in computed if each.primary}
    add_domains(draft, state.domains, desired, state.recipients, {*owners, *targets})
    draft.reasons += _foreign_domains(policy, state, draft.created_domains)
    _add_policy(draft, existing, policy, desired)
    _add_update(draft, policy, computed)
    draft.reasons += safety_check(desired, len(computed), len(state.recipients))
    draft.facts = {"changing": len(computed), "policies_switched_off": []}
    return draft


def planned(policies: Sequence[Policy], desired: Desired) -> tuple[Policy | None, Policy]:
    """The policy of that name that is there, if any, and as it shall be."""
    name = str(desired.policy_name)
    existing = next((each for each in policies if each.name.lower() == name.lower()), None)
    included = desired.policy_included_recipients
    wanted = tuple(str(each) for each in desired.policy_templates)
    if existing is None:
        everybody = frozenset({(included or EVERYBODY).lower()})
        return None, Policy(name, desired.policy_priority or HIGHEST, wanted, everybody)
    others = tuple(each for each in existing.templates if read_template(each) is None)
    return existing, replace(
        existing,
        priority=desired.policy_priority or existing.priority,
        templates=(*wanted, *others),
        included=frozenset({included.lower()}) if included else existing.included,
    )


def _in_order(policies: Sequence[Policy], existing: Policy | None, policy: Policy) -> list[Policy]:
    """The policies in the order in which they will be asked: the place of a policy is its priority, and others make
    way."""
    others = [each for each in policies if each is not existing]
    if existing is not None and existing.priority == policy.priority:
        return [policy if each is existing else each for each in policies]
    last = sum(each.priority < LOWEST for each in others)
    at = min(policy.priority - 1, last)
    return [*others[:at], policy, *others[at:]]


def _covered(
    recipients: Sequence[Recipient], order: Sequence[Policy], policy: Policy, reasons: list[Reason]
) -> list[Recipient]:
    """The recipients that follow policies and for which this one decides."""
    covered: list[Recipient] = []
    unsettled: dict[str, list[str]] = {}
    for recipient in recipients:
        if recipient.follows is False or recipient.command is None or recipient.system:
            continue
        decides = deciding(order, recipient)
        if decides is None or policy.is_for(recipient) is False:
            continue
        if decides.is_for(recipient) is None:
            unsettled.setdefault(decides.name, []).append(recipient.label)
        elif decides is policy:
            covered.append(recipient)
    reasons += [
        reason_of("policy_filter_unknown", f"e-mail address policy '{name}'", number=len(labels), names=_some(labels))
        for name, labels in unsettled.items()
    ]
    aliasless = [each.label for each in covered if not each.alias]
    reasons += [reason_of("aliases_missing", WHERE, names=listed(aliasless))] if aliasless else []
    return [each for each in covered if each.alias]


def _own_mailboxes(
    recipients: Sequence[Recipient], order: Sequence[Policy], policy: Policy, desired: Desired
) -> list[str]:
    """What to say of Exchange's own mailboxes, which are not renamed from here, but by Exchange where they follow."""
    followers = [each for each in recipients if each.system_mailbox and each.follows]
    labels = [
        each.label
        for each in followers
        if deciding(order, each) is policy and each.primary_domain not in desired.provider_domains
    ]
    return [notice_of("policy_takes_own_mailboxes", names=_some(labels))] if labels else []


def _some(labels: Sequence[str]) -> str:
    """The first few of many names."""
    first = listed(sorted(labels, key=str.lower)[:10])
    return first if len(labels) <= 10 else notice_of("and_more", beginning=first, number=len(labels) - 10)


def _compute(covered: Iterable[Recipient], policy: Policy, owners: Owners, reasons: list[Reason]) -> list[Computed]:
    """The recipients that differ from what the policy computes, in the order of their names."""
    found: list[Computed] = []
    wanted: dict[str, Recipient] = {}
    templates = policy.smtp_templates
    for recipient in covered:
        own = set(smtp_addresses(recipient.addresses))
        primary: str | None = None
        missing: list[str] = []
        for template in templates:
            address = template.address(recipient)
            if address is None:
                reasons.append(reason_of("policy_address_unknown", WHERE, name=recipient.label, template=str(template)))
            elif not _settled(address, template, recipient, own, owners):
                reasons += _collision(address, recipient, own, owners, wanted)
                primary, missing = (address, missing) if template.primary else (primary, [*missing, address])
        if primary or missing:
            found.append(Computed(recipient, primary, tuple(missing)))
    return sorted(found, key=lambda each: (each.recipient.name.lower(), each.recipient.guid))


def _settled(address: str, template: AddressTemplate, recipient: Recipient, own: set[str], owners: Owners) -> bool:
    """Whether a recipient has what a template makes of it, with digits where another one has the address itself."""
    have = {(recipient.primary or "").lower()} if template.primary else own
    if address.lower() in have:
        return True
    owner = owners.get(address.lower())
    if owner is None or owner.guid == recipient.guid:
        return False
    local, _at, domain = address.lower().rpartition("@")
    numbered = re.compile(rf"{re.escape(local)}\d+@{re.escape(domain)}")
    return any(numbered.fullmatch(each) for each in have)


def _collision(
    address: str, recipient: Recipient, own: set[str], owners: Owners, wanted: dict[str, Recipient]
) -> list[Reason]:
    """Why an address cannot be this recipient's: Exchange would add digits to it."""
    key = address.lower()
    owner, other = owners.get(key), wanted.setdefault(key, recipient)
    if owner is not None and key not in own:
        return [reason_of("policy_address_taken", WHERE, name=recipient.label, address=address, owner=owner.label)]
    if other is not recipient:
        return [reason_of("policy_address_twice", WHERE, address=address, first=other.label, second=recipient.label)]
    return []


def _left_over(recipients: Sequence[Recipient], desired: Desired) -> list[Reason]:
    """Recipients of Exchange 2003, of which it is not known what an update makes, and those of which too little is."""
    legacy = [each.label for each in recipients if each.legacy]
    reasons = [reason_of("policy_legacy", WHERE, names=listed(legacy))] if legacy else []
    return reasons + untold([each for each in recipients if not each.legacy], desired)


def _exempt(computed: Sequence[Computed], desired: Desired) -> list[Reason]:
    """A policy knows no exceptions: who is one must not follow policies."""
    exempt = desired.rules.all_exempt
    if not exempt:
        return []
    hit = [each.recipient.label for each in computed if not each.recipient.names.isdisjoint(exempt)]
    return [reason_of("policy_exempt", WHERE, names=listed(hit))] if hit else []


def _foreign_domains(policy: Policy, state: State, created: Sequence[str]) -> list[Reason]:
    """Templates of domains that recipients here cannot have addresses in."""
    reasons: list[Reason] = []
    for template in policy.smtp_templates:
        found = covering(state.domains, template.domain)
        if (found is None and template.domain not in created) or (found is not None and not found.takes_addresses):
            reasons.append(reason_of("template_domain", WHERE, template=str(template), domain=template.domain))
    return reasons


def _add_policy(draft: Draft, existing: Policy | None, policy: Policy, desired: Desired) -> None:
    where = f"e-mail address policy '{policy.name}'"
    if existing is None:
        draft.created_policy = policy.name
        draft.add(_create(policy, desired), None, shown(policy), where)
        return
    filtered = existing.included != policy.included
    if existing.priority == LOWEST and (policy.priority != LOWEST or filtered):
        draft.reasons.append(reason_of("policy_is_default", where))
    step = change_policy(existing, policy)
    if step is not None:
        draft.changed_policy = existing.name
        draft.add(step, shown(existing), shown(policy), where)


def _create(policy: Policy, desired: Desired) -> PlannedStep:
    parameters = {
        "Name": policy.name,
        "EnabledEmailAddressTemplates": list(policy.templates),
        "IncludedRecipients": desired.policy_included_recipients or "AllRecipients",
        "Priority": policy.priority,
        "Confirm": False,
    }
    change = Change("templates", None, list(policy.templates))
    return PlannedStep("create policy", policy.name, "New-EmailAddressPolicy", parameters, (change,))


def change_policy(existing: Policy, policy: Policy) -> PlannedStep | None:
    """The step that makes a policy what it shall be; None where it is."""
    parameters: dict[str, Any] = {}
    changes: list[Change] = []
    if {*existing.templates} != {*policy.templates}:
        parameters["EnabledEmailAddressTemplates"] = list(policy.templates)
        changes.append(Change("templates", list(existing.templates), list(policy.templates)))
    if existing.included != policy.included:
        parameters["IncludedRecipients"] = ", ".join(sorted(policy.included))
        changes.append(Change("included recipients", sorted(existing.included), sorted(policy.included)))
    if existing.priority != policy.priority:
        parameters["Priority"] = policy.priority
        changes.append(Change("priority", _priority(existing), _priority(policy)))
    if not changes:
        return None
    parameters = {"Identity": existing.name, **parameters, "Confirm": False}
    return PlannedStep("change policy", existing.name, "Set-EmailAddressPolicy", parameters, tuple(changes))


def _add_update(draft: Draft, policy: Policy, computed: Sequence[Computed]) -> None:
    """Only where the policy itself changes, or a recipient differs from what it computes."""
    changes = [Change(*_change(each)) for each in computed]
    wrote_policy = any(step.command.endswith("-EmailAddressPolicy") for step in draft.steps)
    if not changes and not wrote_policy:
        return
    draft.steps.append(update_policy(policy.name, changes or [Change("applied", None, policy.name)]))
    for each in computed:
        label = each.recipient.label
        draft.before[label] = {"primary": each.recipient.primary}
        draft.after[label] = {"primary": each.primary or each.recipient.primary}
        draft.after[label] |= {"added": list(each.missing)} if each.missing else {}
        draft.touched.append(Touched(each.recipient, each.addresses))
    resets = sum(each.primary is not None for each in computed)
    draft.notices += [notice_of("policy_resets", policy=policy.name, number=resets)] if resets else []


def _change(computed: Computed) -> tuple[str, Any, Any]:
    label = computed.recipient.label
    if computed.primary:
        return f"{label} primary", computed.recipient.primary, computed.primary
    return f"{label} added", None, list(computed.missing)


def update_policy(name: str, changes: Sequence[Change]) -> PlannedStep:
    """The step that lets a policy act."""
    parameters = {"Identity": name, "Confirm": False}
    return PlannedStep("apply policy", name, "Update-EmailAddressPolicy", parameters, tuple(changes))


def shown(policy: Policy) -> dict[str, Any]:
    """A policy for a person."""
    return {"priority": _priority(policy), "templates": list(policy.templates), "for": sorted(policy.included)}


def _priority(policy: Policy) -> Any:
    return "Lowest" if policy.priority == LOWEST else policy.priority
