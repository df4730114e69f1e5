# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The method of recipients: each gets its own primary address. What forbids it is found before anything is written."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from ..errors import Reason
from ..messages import notice_of, reason_of
from ..run.plan import Change, PlannedStep
from .addresses import fits, smtp_addresses, with_primary
from .desired import Desired
from .domains import add_domains
from .draft import Draft, Touched, listed, safety_check
from .policies import deciding
from .recipients import CAN_BE_UPGRADED, GROUP, Recipient
from .rules import WHERE, Rule, RuleBook
from .state import State

Owners = Mapping[str, Recipient]
"""Address in small letters -> the recipient that has it."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A recipient, and the primary address that it shall have."""

    recipient: Recipient
    target: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its addresses afterwards."""
        return with_primary(self.recipient.addresses, self.target)


def draft_recipients(state: State, desired: Desired) -> Draft:
    """What the rules make of the recipients, one step for each that changes; accepted domains before them."""
    draft = Draft()
    rewrites = find_rewrites(state.recipients, desired.rules, draft.reasons)
    owners = owners_of(state.recipients)
    draft.primaries = {each.recipient.guid: each.target for each in rewrites}
    draft.reasons += unreadable(state)
    draft.reasons += _unsafe(rewrites, owners, desired)
    add_domains(draft, state.domains, desired, state.recipients, {*owners, *(each.target.lower() for each in rewrites)})
    for rewrite in rewrites:
        _add(draft, rewrite, desired)
    draft.reasons += safety_check(desired, len(rewrites), len(state.recipients))
    switched_off = [each.recipient.label for each in rewrites if each.recipient.follows]
    draft.notices += [notice_of("policies_switched_off", number=len(switched_off))] if switched_off else []
    at_risk = _may_be_reset(state, draft.primaries, desired)
    draft.notices += [notice_of("policy_may_reset", number=len(at_risk))] if at_risk else []
    draft.facts = {"changing": len(rewrites), "policies_switched_off": switched_off, "may_be_reset": at_risk}
    return draft


def _may_be_reset(state: State, changing: Container[str], desired: Desired) -> list[str]:
    """Who has an address of the provider's by hand, and follows a policy that gives another one on the next edit."""
    own = desired.provider_domains
    found: list[str] = []
    for recipient in state.recipients:
        if recipient.follows and recipient.guid not in changing and recipient.primary_domain in own:
            policy = deciding(state.policies, recipient)
            if policy and any(each.primary and each.domain not in own for each in policy.smtp_templates):
                found.append(recipient.label)
    return found


def find_rewrites(recipients: Sequence[Recipient], rules: RuleBook, reasons: list[Reason]) -> list[Rewrite]:
    """The recipients that shall have another primary address, in the order of their names."""
    found: list[Rewrite] = []
    for recipient in recipients:
        target = None if recipient.system else _target(recipient, rules, reasons)
        if target is None or target.lower() == (recipient.primary or "").lower():
            continue
        if recipient.command is None:
            reasons.append(reason_of("recipient_kind_unknown", WHERE, name=recipient.label, kind=recipient.kind))
        else:
            found.append(Rewrite(recipient, target))
    return sorted(found, key=lambda each: (each.recipient.name.lower(), each.recipient.guid))


def _target(recipient: Recipient, rules: RuleBook, reasons: list[Reason]) -> str | None:
    """The address by the most specific rule that is of this recipient; None without one."""
    if recipient.primary is None:
        return None
    singles = rules.singles_of(smtp_addresses(recipient.addresses)) if rules.singles else []
    of_domain = rules.domains.get(recipient.primary_domain)
    if not singles and of_domain is None:
        return None
    names = recipient.names if rules.any_exempt else set()
    if not names.isdisjoint(rules.exempt):
        return None
    meant = [rule for rule in singles if names.isdisjoint(rule.exempt)]
    if len({rule.target.lower() for rule in meant}) > 1:
        reasons.append(_both(recipient, meant))
    if meant:
        return meant[0].target
    if of_domain is None or not names.isdisjoint(of_domain.exempt):
        return None
    return f"{recipient.primary.rpartition('@')[0]}@{of_domain.target}"


def _both(recipient: Recipient, rules: Sequence[Rule]) -> Reason:
    return reason_of("rules_of_one_recipient", WHERE, name=recipient.label, first=str(rules[0]), second=str(rules[1]))


def owners_of(recipients: Sequence[Recipient]) -> dict[str, Recipient]:
    """Who has which address, whatever it is to them."""
    return {address: each for each in recipients for address in smtp_addresses(each.addresses)}


def unreadable(state: State) -> list[Reason]:
    """Recipients that cannot be read may have any address, so nothing can be promised of others."""
    return [reason_of("recipients_unreadable", WHERE, names=listed(state.unreadable))] if state.unreadable else []


def _unsafe(rewrites: Sequence[Rewrite], owners: Owners, desired: Desired) -> list[Reason]:
    """Everything that forbids these new addresses, all at once."""
    reasons: list[Reason] = []
    wanted: dict[str, Recipient] = {}
    for each in rewrites:
        target, label = each.target.lower(), each.recipient.label
        owner, other = owners.get(target), wanted.setdefault(target, each.recipient)
        if not fits(each.target):
            reasons.append(reason_of("address_forbidden", WHERE, name=label, address=each.target))
        if owner is not None and owner.guid != each.recipient.guid:
            reasons.append(reason_of("address_taken", WHERE, name=label, address=each.target, owner=owner.label))
        elif other is not each.recipient:
            reasons.append(reason_of("address_twice", WHERE, address=each.target, first=other.label, second=label))
    changing = [each.recipient for each in rewrites]
    aliasless = [each.label for each in changing if not each.alias]
    reasons += [reason_of("aliases_missing", WHERE, names=listed(aliasless))] if aliasless else []
    return reasons + untold(changing, desired)


def untold(recipients: Sequence[Recipient], desired: Desired) -> list[Reason]:
    """Recipients left from Exchange 2003, and those of which the host did not tell what has to be known."""
    reasons: list[Reason] = []
    legacy = [each.label for each in recipients if each.legacy and each.command in CAN_BE_UPGRADED]
    stuck = [each.label for each in recipients if each.legacy and each.command not in CAN_BE_UPGRADED]
    if legacy and not desired.force_upgrade:
        reasons.append(reason_of("recipients_legacy", WHERE, names=listed(legacy)))
    reasons += [reason_of("recipients_stuck", WHERE, names=listed(stuck))] if stuck else []
    untold = {
        "ExchangeVersion": [each.label for each in recipients if each.legacy is None],
        "EmailAddressPolicyEnabled": [each.label for each in recipients if each.follows is None],
    }
    reasons += [
        reason_of("recipients_untold", WHERE, prop=prop, names=listed(names)) for prop, names in untold.items() if names
    ]
    return reasons


def _add(draft: Draft, rewrite: Rewrite, desired: Desired) -> None:
    recipient, follows = rewrite.recipient, bool(rewrite.recipient.follows)
    addresses = rewrite.addresses
    changes = [Change("primary", recipient.primary, rewrite.target)]
    changes += [Change("follows policies", True, False)] if follows else []
    shown = {"primary": recipient.primary, **({"follows policies": True} if follows else {})}
    after = {"primary": rewrite.target, **({"follows policies": False} if follows else {})}
    step = set_addresses(recipient, addresses, changes, desired.goes_on, bool(recipient.legacy), follows)
    draft.add(step, shown, after, recipient.label)
    draft.touched.append(Touched(recipient, addresses))


def set_addresses(
    recipient: Recipient,
    addresses: Sequence[str],
    changes: Sequence[Change],
    go_on: bool = False,
    upgrade: bool = False,
    leave_policies: bool = False,
) -> PlannedStep:
    """The step that gives a recipient this list of addresses, out of the policies' hands where it followed them."""
    command = str(recipient.command)
    parameters = {"Identity": recipient.guid, "EmailAddresses": list(addresses), "Confirm": False}
    parameters |= {"EmailAddressPolicyEnabled": False} if leave_policies else {}
    parameters |= {"BypassSecurityGroupManagerCheck": True} if command == GROUP else {}
    parameters |= {"ForceUpgrade": True} if upgrade and command in CAN_BE_UPGRADED else {}
    return PlannedStep("change addresses", recipient.label, command, parameters, tuple(changes), go_on)
