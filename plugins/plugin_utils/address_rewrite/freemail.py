# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains that are a provider's own, such as web.de: everybody has a mailbox there, and the firm at most a few.

A rule from domain to domain would let each recipient send with a stranger's address, which the provider refuses; and
an accepted domain of the type Authoritative keeps all mail to the strangers, whatever is confirmed. What is left is one
address that is a mailbox of the firm's, with an accepted domain that relays the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence

from ..errors import Reason
from ..mailboxes.providers import provider_of_domain
from ..messages import notice_of, reason_of
from .rules import Rule, RuleBook
from .templates import AddressTemplate


def refusals(rules: RuleBook, mailboxes: Collection[str], authoritative: bool, where: str) -> list[Reason]:
    """What no host needs to be asked for; ``mailboxes``: those that the firm has at its provider."""
    known = {address.lower() for address in mailboxes}
    into = [(rule, owner) for rule in rules.rules if (owner := provider_of_domain(rule.target_domain))]
    reasons = [_refusal(rule, owner, where) for rule, owner in into if rule.target.lower() not in known]
    owners = {rule.target_domain: owner for rule, owner in into} if authoritative else {}
    return reasons + [
        reason_of("freemail_authoritative", where, domain=domain, provider=owner) for domain, owner in owners.items()
    ]


def _refusal(rule: Rule, owner: str, where: str) -> Reason:
    key = "freemail_address" if rule.single else "freemail_domain"
    return reason_of(key, where, rule=str(rule), domain=rule.target_domain, provider=owner)


def template_refusals(templates: Iterable[AddressTemplate], rules: RuleBook, where: str) -> list[Reason]:
    """Templates that would give each recipient an address there. A secondary one in a source of the rules stays: these
    addresses are there already."""
    return [
        reason_of("freemail_template", where, template=str(each), domain=each.domain, provider=owner)
        for each in templates
        if (each.primary or each.domain not in rules.domains) and (owner := provider_of_domain(each.domain))
    ]


def edge_refusals(rules: RuleBook, where: str) -> list[Reason]:
    """What an Edge Transport server cannot do: its rewriting needs the target to be Authoritative."""
    owners = {domain: provider_of_domain(domain) for domain in rules.target_domains}
    return [
        reason_of("freemail_on_edge", where, domain=domain, provider=owner) for domain, owner in owners.items() if owner
    ]


def several(rules: RuleBook) -> list[str]:
    """Notices of mailboxes there that would send by turns: one of them logs in, for all mail."""
    targets: dict[str, dict[str, str]] = {}
    for rule in rules.rules:
        if owner := provider_of_domain(rule.target_domain):
            targets.setdefault(owner, {})[rule.target.lower()] = rule.target
    return [
        notice_of("freemail_several", addresses=", ".join(each.values()), provider=owner)
        for owner, each in targets.items()
        if len(each) > 1
    ]


def swallowed(authoritative: Sequence[str], changed: Container[str]) -> list[str]:
    """Notices of accepted domains that are Authoritative on the host, and a provider's own, but for those that are
    ``changed`` by the run."""
    owners = {each: provider_of_domain(each.removeprefix("*.")) for each in authoritative if each not in changed}
    return [notice_of("freemail_swallowed", domain=domain, provider=owner) for domain, owner in owners.items() if owner]
