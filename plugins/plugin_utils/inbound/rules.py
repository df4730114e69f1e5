# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the declared ways may not be together: a mailbox that two fetch is divided among them by chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..errors import Reason
from ..mailboxes.names import mailbox_key
from ..mailboxes.providers import provider_of_domain
from ..messages import reason_of
from ..pop3_connector.declared_accounts import DesiredAccount
from ..pop3_connector.desired import Desired as Connector
from ..pop3_connector.mailbox import provider_mailbox
from .ways import COLLECTOR, MX, POP3, DomainWay

Mailbox = tuple[str, str]
INTERNAL = (".local", ".lan", ".internal", ".localdomain", ".home.arpa", ".corp", ".intern")
"""Ends of names that mean nothing outside of a house, so that nobody there can send to them."""


def mailbox_of(name: str) -> Mailbox:
    """A mailbox by its user name or address: the family of its provider, which is known where the address is one of a
    provider's own domains, else the empty text, and the user name there."""
    domain = mailbox_key(name).rpartition("@")[2] if "@" in name else ""
    if domain and provider_of_domain(domain):
        return provider_mailbox(domain, name)
    return "", mailbox_key(name)


def are_one(one: Mailbox, other: Mailbox) -> bool:
    """Whether two are one mailbox, as far as their providers are known."""
    return (one[0] == other[0] or "" in (one[0], other[0])) and (
        one[1] == other[1] or _is_short_for(one[1], other[1]) or _is_short_for(other[1], one[1])
    )


def _is_short_for(name: str, address: str) -> bool:
    """Whether a name is an address of a provider's own domain without that domain: some take both for a login."""
    local, _at, domain = address.rpartition("@")
    return name == local and provider_of_domain(domain) is not None


def refusals(domains: Sequence[DomainWay], where: str) -> list[Reason]:
    """Every reason against the entries, each by itself and all together."""
    return [
        *(reason for each in domains for reason in _of_one(each, where)),
        *_of_domains(domains, where),
        *_of_mailboxes(domains, where),
    ]


def _of_one(entry: DomainWay, where: str) -> Iterator[Reason]:
    owner = provider_of_domain(entry.domain)
    if entry.way == MX and owner:
        yield reason_of("inbound_mx_of_provider", where, domain=entry.domain, provider=owner)
    if entry.domain.endswith(INTERNAL):
        yield reason_of("inbound_internal", where, domain=entry.domain)
    if entry.way == MX and entry.mailboxes and not entry.transition:
        yield reason_of("inbound_mx_mailboxes", where, domain=entry.domain, mailboxes=", ".join(entry.mailboxes))


def _of_domains(domains: Sequence[DomainWay], where: str) -> Iterator[Reason]:
    by_domain: dict[str, list[DomainWay]] = defaultdict(list)
    for each in domains:
        by_domain[each.domain].append(each)
    for domain, entries in by_domain.items():
        ways = [each.way for each in entries]
        if len(set(ways)) < len(ways):
            yield reason_of("inbound_declared_twice", where, domain=domain)
        elif len(ways) > 2 or (len(ways) == 2 and not any(each.transition for each in entries)):
            yield reason_of("inbound_two_ways", where, domain=domain, ways=" and ".join(ways))


def _of_mailboxes(domains: Sequence[DomainWay], where: str) -> Iterator[Reason]:
    """Mailboxes that both the POP3 connector and another program fetch. That is refused in a transition, too."""
    by_connector, by_other = ([*_mailboxes(domains, way)] for way in (POP3, COLLECTOR))
    for name in dict.fromkeys(by_connector):
        if any(are_one(mailbox_of(name), mailbox_of(other)) for other in by_other):
            yield reason_of("inbound_fetched_twice", where, mailbox=name)


def _mailboxes(domains: Sequence[DomainWay], way: str) -> Iterator[str]:
    return (name for each in domains if each.way == way for name in each.mailboxes)


def of_connector(domains: Sequence[DomainWay], desired: Connector, where: str) -> list[Reason]:
    """Every reason against the entries beside what is declared of the POP3 connector."""
    accounts, by_pop3 = desired.present, [each.domain for each in domains if each.way == POP3]
    stops = by_pop3 and desired.service_state == "stopped"
    return [
        *([reason_of("inbound_service_stopped", where, domains=", ".join(by_pop3))] if stops else []),
        *(reason for each in accounts for reason in _of_account(each, domains, where)),
        *(reason for each in domains if each.way == POP3 for reason in _of_fetched(each, accounts, where)),
    ]


def _of_account(account: DesiredAccount, domains: Sequence[DomainWay], where: str) -> Iterator[Reason]:
    name = str(account.identity)
    if any(are_one(mailbox_of(each), account.provider_mailbox) for each in _mailboxes(domains, COLLECTOR)):
        yield reason_of("inbound_fetched_twice", where, mailbox=name)
    elif not any(_takes(each, account) for each in domains if each.way == POP3 or each.transition):
        strangers = [each for each in domains if is_in(account.identity.username, each.domain)]
        for each in strangers:
            yield reason_of("inbound_account_of_other_way", where, account=name, domain=each.domain, way=each.way)


def _of_fetched(entry: DomainWay, accounts: Sequence[DesiredAccount], where: str) -> Iterator[Reason]:
    for name in entry.mailboxes:
        if not any(are_one(mailbox_of(name), each.provider_mailbox) for each in accounts):
            yield reason_of("inbound_mailbox_not_fetched", where, domain=entry.domain, mailbox=name)
    if not entry.mailboxes and not any(_takes(entry, each) for each in accounts):
        yield reason_of("inbound_nothing_fetched", where, domain=entry.domain)


def _takes(entry: DomainWay, account: DesiredAccount) -> bool:
    return is_for(entry, account.identity.username, account.provider_mailbox)


def is_for(entry: DomainWay, username: str, mailbox: Mailbox) -> bool:
    """Whether who logs in so at this mailbox fetches a domain's mail, as far as is declared. A user name without a
    domain may be of any."""
    if entry.mailboxes:
        return any(are_one(mailbox_of(each), mailbox) for each in entry.mailboxes)
    return "@" not in username or is_in(username, entry.domain)


def is_in(username: str, domain: str) -> bool:
    """Whether a user name is an address of the domain."""
    local, at, own = mailbox_key(username).rpartition("@")
    return bool(local and at) and own == domain
