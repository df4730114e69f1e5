# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a saved state back: the policy first, then the addresses, then who follows policies, then the domains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import Reason, refusal_of
from ..messages import notice_of, reason_of
from ..run.outcome import Decision
from ..run.plan import Change, PlannedStep, plan_or_none
from ..run.restoring import Back, Restoring
from . import by_edge
from .addresses import PRIMARY, smtp_addresses
from .by_policy import change_policy, shown
from .by_recipients import owners_of, set_addresses
from .desired import CONTINUE, EDGE, AddressesBack
from .domains import change_type, remove
from .draft import NOUN, Draft, Touched, listed
from .recipients import Recipient
from .saved import SavedAddresses, SavedRecipient, read_saved
from .state import State
from .subject import AddressSubject

WHERE = "restoring addresses"


class RestoreAddresses(Restoring[State, AddressesBack], AddressSubject):
    """The request to have saved addresses back."""

    def __init__(self, back: Back[AddressesBack]) -> None:
        self._saved = back.saved.understood(lambda content: read_saved(content[NOUN]))
        super().__init__(back, self._saved.method)
        self._desired = back.desired

    def decide(self, state: State) -> Decision:
        """The plan back, refused where another recipient has a saved address now."""
        draft = self._draft(state)
        return Decision(
            plan=plan_or_none(NOUN, draft.steps),
            before=draft.before,
            after=draft.after,
            notices=tuple(draft.notices),
            facts=draft.facts,
            refusal=refusal_of(draft.reasons),
        )

    def _draft(self, state: State) -> Draft:
        draft = Draft(facts={"method": self.method, "changed_since": [], "gone": []})
        if self.method == EDGE:
            _entries(draft, state, self._saved)
            return draft
        _policies(draft, state, self._saved)
        _recipients(draft, state, self._saved, self._desired)
        _domains(draft, state, self._saved, self._desired)
        return draft


def _policies(draft: Draft, state: State, saved: SavedAddresses) -> None:
    """The policy that the run had changed as it was, and the one that it had created away; the others make way by
    themselves."""
    now = {each.name.lower(): each for each in state.policies}
    before = {each.name.lower(): each for each in saved.policies}
    changed = (saved.changed_policy or "").lower()
    if changed in now and changed in before:
        policy = before[changed]
        step = change_policy(now[changed], policy)
        draft.steps += [step] if step else []
        draft.before[_policy(policy.name)], draft.after[_policy(policy.name)] = shown(now[changed]), shown(policy)
    created = now.get((saved.created_policy or "").lower())
    if created is not None:
        parameters = {"Identity": created.name, "Confirm": False}
        change = Change("templates", list(created.templates), None)
        step = PlannedStep("remove policy", created.name, "Remove-EmailAddressPolicy", parameters, (change,))
        draft.add(step, shown(created), None, _policy(created.name))


def _policy(name: str) -> str:
    return f"e-mail address policy '{name}'"


def _recipients(draft: Draft, state: State, saved: SavedAddresses, desired: AddressesBack) -> None:
    """The addresses of all, and then who follows policies: what the policy says then is what was there before."""
    now = {each.guid: each for each in state.recipients}
    owners = owners_of(state.recipients)
    flags: list[PlannedStep] = []
    for each in saved.recipients:
        recipient = now.get(each.guid)
        if recipient is None or recipient.command is None:
            draft.facts["gone"].append(each.name)
            continue
        differs = not _same(recipient.addresses, each.addresses)
        if differs and not desired.force and not _same(recipient.addresses, each.after):
            draft.facts["changed_since"].append(recipient.label)
            continue
        draft.reasons += _taken(each, recipient, owners) if differs else []
        if differs:
            _put_back(draft, recipient, each, desired)
        if each.follows and (recipient.follows is not True or differs):
            flags.append(_follow(recipient, each, desired))
    draft.steps += flags
    changed, gone = draft.facts["changed_since"], draft.facts["gone"]
    draft.notices += [notice_of("restore_changed_since", names=listed(changed))] if changed else []
    draft.notices += [notice_of("restore_gone", names=listed(gone))] if gone else []


def _same(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two lists of addresses mean the same: order does not matter, nor do capitals of an SMTP address."""
    return {_canonical(each) for each in first} == {_canonical(each) for each in second}


def _canonical(entry: str) -> str:
    return entry[:5] + entry[5:].lower() if entry[:5].lower() == PRIMARY.lower() else entry


def _taken(saved: SavedRecipient, recipient: Recipient, owners: Mapping[str, Recipient]) -> list[Reason]:
    return [
        reason_of("address_taken", WHERE, name=recipient.label, address=address, owner=owners[address].label)
        for address in smtp_addresses(saved.addresses)
        if address in owners and owners[address].guid != recipient.guid
    ]


def _put_back(draft: Draft, recipient: Recipient, saved: SavedRecipient, desired: AddressesBack) -> None:
    before = next((each[5:] for each in saved.addresses if each.startswith(PRIMARY)), None)
    change = Change("primary", recipient.primary, before)
    go_on = desired.on_error == CONTINUE
    leaves = recipient.follows is True
    step = set_addresses(recipient, saved.addresses, [change], go_on, leave_policies=leaves)
    shown_before, shown_after = {"primary": recipient.primary}, {"primary": before}
    draft.add(replace(step, target=_label(saved)), shown_before, shown_after, _label(saved))
    draft.touched.append(Touched(recipient, saved.addresses))


def _follow(recipient: Recipient, saved: SavedRecipient, desired: AddressesBack) -> PlannedStep:
    """Apart from the addresses: what Exchange makes of both in one call is not documented."""
    parameters = {"Identity": recipient.guid, "EmailAddressPolicyEnabled": True, "Confirm": False}
    if recipient.command == "Set-DistributionGroup":
        parameters["BypassSecurityGroupManagerCheck"] = True
    change = Change("follows policies", False, True)
    target = notice_of("policies_of", name=_label(saved))
    return PlannedStep(
        "follow policies", target, str(recipient.command), parameters, (change,), desired.on_error == CONTINUE
    )


def _label(saved: SavedRecipient) -> str:
    """The name that a step keeps while the address changes."""
    before = next((each[5:] for each in saved.addresses if each.startswith(PRIMARY)), "")
    return f"{saved.name} <{before}>"


def _domains(draft: Draft, state: State, saved: SavedAddresses, desired: AddressesBack) -> None:
    found = {each.domain: each for each in state.domains}
    for domain in saved.domains:
        now = found.get(domain.domain)
        if now is not None and now.type != domain.type:
            draft.add(change_type(now, domain.type), {"type": now.type}, {"type": domain.type}, now.where)
    for name in saved.created_domains:
        created = found.get(name)
        if created is not None and desired.remove_created_domains:
            draft.add(remove(created), {"type": created.type}, None, created.where)
        elif created is not None:
            draft.notices.append(notice_of("created_domain_stays", domain=name))


def _entries(draft: Draft, state: State, saved: SavedAddresses) -> None:
    """The rewrite entries of an Edge server as they were. Agents that were enabled stay so."""
    now = {each.name: each for each in state.entries}
    for entry in saved.entries:
        found = now.get(entry.name)
        if found is None:
            draft.add(by_edge.create_entry(entry), None, by_edge.shown(entry), entry.name)
        elif found.external.lower() != entry.external.lower():
            step = by_edge.change_entry(found, entry.external)
            draft.add(step, by_edge.shown(found), by_edge.shown(entry), entry.name)
    for name in saved.created_entries:
        if name in now:
            draft.add(by_edge.remove_entry(now[name]), by_edge.shown(now[name]), None, name)
