# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accepted domains: created where mail leaves with one that is missing, and never made to bounce or to loop.

``Authoritative`` returns mail to every address of the domain that nobody has here; ``InternalRelay`` passes it on,
which goes round in circles where the provider gives it back (Microsoft's pages of accepted domains).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Reason
from ..mailboxes.providers import provider_of_domain
from ..messages import notice_of, reason_of
from ..request import Step
from ..run.plan import Change, PlannedStep
from .addresses import domain_of
from .desired import AUTHORITATIVE, INTERNAL_RELAY, NO, Desired, provider_mailboxes_in
from .draft import Draft, listed
from .recipients import Recipient

READ_STEP = Step("read_accepted_domains", "Get-AcceptedDomain", select=("Name", "DomainName", "DomainType", "Default"))
TYPES = {AUTHORITATIVE: "Authoritative", INTERNAL_RELAY: "InternalRelay"}
"""As an inventory says it -> as Exchange does."""
EXTERNAL_RELAY = "ExternalRelay"


@dataclass(frozen=True)
class AcceptedDomain:
    """One accepted domain: its name in Exchange, the domain in small letters (``*.`` before it: its subdomains),
    type."""

    name: str
    domain: str
    type: str
    default: bool

    @property
    def where(self) -> str:
        """How reasons name it."""
        return _where(self.domain)

    @property
    def takes_addresses(self) -> bool:
        """Whether recipients here can have addresses in it."""
        return self.type != EXTERNAL_RELAY


def parse_domains(output: Iterable[Mapping[str, Any]]) -> tuple[AcceptedDomain, ...]:
    """The accepted domains of a reply."""
    return tuple(
        AcceptedDomain(
            str(data.get("Name") or ""),
            str(data.get("DomainName") or "").lower(),
            str(data.get("DomainType") or ""),
            data.get("Default") is True,
        )
        for data in output
    )


def covering(domains: Sequence[AcceptedDomain], domain: str) -> AcceptedDomain | None:
    """The accepted domain that a domain belongs to: itself, or the nearest ``*.`` above it."""
    by_name = {each.domain: each for each in domains}
    parts = domain.split(".")
    above = (f"*.{'.'.join(parts[at:])}" for at in range(1, len(parts)))
    return next((by_name[name] for name in (domain, *above) if name in by_name), None)


def authoritative(domains: Iterable[AcceptedDomain]) -> list[str]:
    """The accepted domains that keep all mail to them."""
    return [each.domain for each in domains if each.type == TYPES[AUTHORITATIVE]]


def add_domains(
    draft: Draft,
    domains: Sequence[AcceptedDomain],
    desired: Desired,
    recipients: Sequence[Recipient],
    addresses: Container[str],
) -> None:
    """The steps that make every target domain an accepted one; ``addresses``: all that recipients have afterwards."""
    created: list[str] = []
    for domain in desired.rules.target_domains:
        found = covering(domains, domain)
        if found is None:
            draft.reasons += _warnings(domain, desired.domain_type or INTERNAL_RELAY, desired, recipients, addresses)
            draft.add(_create(domain, desired.domain_type or INTERNAL_RELAY), None, _shown(desired), _where(domain))
            created.append(domain)
        else:
            _keep_or_change(draft, found, domain, desired, recipients, addresses)
    draft.created_domains = tuple(created)


def _keep_or_change(
    draft: Draft,
    found: AcceptedDomain,
    domain: str,
    desired: Desired,
    recipients: Sequence[Recipient],
    addresses: Container[str],
) -> None:
    wanted = TYPES.get(desired.domain_type or "")
    if wanted is None or wanted == found.type:
        draft.reasons += [] if found.takes_addresses else [reason_of("domain_external_relay", found.where)]
        draft.notices += _bouncing(found, domain, desired, addresses)
    elif found.default or found.domain != domain:
        draft.reasons.append(reason_of("domain_default_type", found.where, type=found.type, wanted=wanted))
    elif not desired.change_type:
        draft.reasons.append(reason_of("domain_other_type", found.where, type=found.type, wanted=wanted))
    else:
        draft.reasons += _warnings(domain, str(desired.domain_type), desired, recipients, addresses)
        draft.add(change_type(found, wanted), {"type": found.type}, {"type": wanted}, found.where)


def _bouncing(found: AcceptedDomain, domain: str, desired: Desired, addresses: Container[str]) -> list[str]:
    """What an authoritative domain that is there already returns to its senders."""
    if found.type != TYPES[AUTHORITATIVE]:
        return []
    missing = [address for address in provider_mailboxes_in(desired, domain) if address.lower() not in addresses]
    return [notice_of("provider_mailbox_bounces", domain=domain, addresses=listed(missing))] if missing else []


def _warnings(
    domain: str, wanted: str, desired: Desired, recipients: Sequence[Recipient], addresses: Container[str]
) -> list[Reason]:
    """What speaks against a domain of this type."""
    where = _where(domain)
    if wanted == INTERNAL_RELAY:
        if provider_of_domain(domain):  # what nobody has here is somebody's there, and does not come back
            return []
        answer = desired.unknown_recipients_return(domain)
        key = "domain_would_loop" if answer == "yes" else "domain_may_loop"
        return [] if answer == NO else [reason_of(key, where, domain=domain)]
    reasons = [] if desired.all_mailboxes_here else [reason_of("domain_not_all_here", where)]
    missing = [address for address in provider_mailboxes_in(desired, domain) if address.lower() not in addresses]
    if missing:
        reasons.append(reason_of("domain_mailbox_missing", where, addresses=listed(missing)))
    outside = [each.label for each in recipients if _points_into(each, domain)]
    if outside:
        reasons.append(reason_of("domain_pointed_into", where, names=listed(outside)))
    return reasons


def _points_into(recipient: Recipient, domain: str) -> bool:
    """Whether a contact's or mail user's mail goes on to an address of the domain."""
    return recipient.external is not None and domain_of(recipient.external.rpartition(":")[2]) == domain


def _create(domain: str, wanted: str) -> PlannedStep:
    parameters = {"Name": domain, "DomainName": domain, "DomainType": TYPES[wanted], "Confirm": False}
    change = Change("type", None, TYPES[wanted])
    return PlannedStep("create accepted domain", domain, "New-AcceptedDomain", parameters, (change,))


def changed(draft: Draft) -> list[str]:
    """The domains that get another type."""
    return [each.target for each in draft.steps if each.command == "Set-AcceptedDomain"]


def change_type(found: AcceptedDomain, wanted: str) -> PlannedStep:
    """The step that gives a domain another type."""
    parameters = {"Identity": found.name, "DomainType": wanted, "Confirm": False}
    change = Change("type", found.type, wanted)
    return PlannedStep("change accepted domain", found.domain, "Set-AcceptedDomain", parameters, (change,))


def remove(found: AcceptedDomain) -> PlannedStep:
    """The step that takes a domain away."""
    parameters = {"Identity": found.name, "Confirm": False}
    change = Change("type", found.type, None)
    return PlannedStep("remove accepted domain", found.domain, "Remove-AcceptedDomain", parameters, (change,))


def _shown(desired: Desired) -> dict[str, Any]:
    return {"type": TYPES[desired.domain_type or INTERNAL_RELAY]}


def _where(domain: str) -> str:
    return f"accepted domain '{domain}'"
