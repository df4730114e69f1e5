# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What DNS tells of a domain on its way: where its MX lead, and what its SPF means once they lead elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ..mailboxes.providers import providers
from ..messages import notice_of
from ..pop3_connector.mailbox import provider_mailbox
from ..preflight.declared import Route
from ..preflight.finding import FAIL, PASS
from ..preflight.mx import hosts_of, is_address, leads_to
from ..preflight.resolver import ABSENT, EMPTY, UNKNOWN, Answer, Resolver
from ..preflight.sender import judge_provider_spf, providers_of
from ..preflight.spf import read_spf
from ..receive_connector import places
from .facts import BOTH, HERE, NOWHERE, PROVIDER, Mx, SpfAfter


@dataclass(frozen=True)
class Own:
    """By what one's own MX is known. ``names``: those that the receive connectors say they are, in small letters;
    ``address``: the public one; ``families``: of the providers from which the domain's mail is fetched."""

    names: frozenset[str] = frozenset()
    address: str | None = None
    families: frozenset[str] = frozenset()
    known: frozenset[str] = field(default_factory=lambda: frozenset(providers()))

    def has(self, resolver: Resolver, host: str) -> bool | None:
        """Whether an MX is this server; None where nobody can tell."""
        if self.is_known(host):
            return False
        here = leads_to(resolver, host, self.address) if self.address else None
        if here or (here is None and host in self.names):
            return True
        # Only now: a provider's mailboxes may be reached by a name in one's own domain, as one's own MX is.
        if provider_mailbox(host, "")[0] in self.families:
            return False
        return None if here is False and is_inside(resolver, host) else here

    def is_known(self, host: str) -> bool:
        """Whether a host is that of a provider of the table."""
        return provider_mailbox(host, "")[0] in self.known

    def is_dead(self, resolver: Resolver, host: str) -> bool:
        """Whether there is no such host, so that no mail gets there."""
        if self.is_known(host) or is_address(host):
            return False
        return all(resolver.ask(host, kind).outcome in (ABSENT, EMPTY) for kind in ("A", "AAAA"))


def is_inside(resolver: Resolver, host: str) -> bool:
    """Whether a host has a private address, as a name server of the house tells that of the server."""
    found = resolver.ask(host, "A").records
    return any(places.place_of(each) != places.INTERNET for each in found)


def mx_of(resolver: Resolver, domain: str, own: Own) -> Mx:
    """Where the MX of a domain lead."""
    answer = resolver.ask(domain, "MX")
    hosts = hosts_of(answer)
    if answer.outcome == UNKNOWN:
        return Mx(why=answer.why)
    if answer.outcome == ABSENT or "." in hosts:
        return Mx(NOWHERE)
    if not hosts:
        return _without(resolver.ask(domain, "A"))
    return _placed(resolver, answer, hosts, own)


def _without(address: Answer) -> Mx:
    """Without an MX mail goes to the address of the domain itself."""
    if address.outcome == EMPTY:
        return Mx(NOWHERE)
    return Mx(why=address.why or notice_of("plan_mx_missing"))


def _placed(resolver: Resolver, answer: Answer, hosts: Collection[str], own: Own) -> Mx:
    told = {host: own.has(resolver, host) for host in hosts if not own.is_dead(resolver, host)}
    names, ttl = tuple(dict.fromkeys(hosts)), answer.ttl
    if not told:
        return Mx(NOWHERE, names, ttl)
    if strange := [host for host, here in told.items() if here is None]:
        key = "plan_mx_private" if any(is_inside(resolver, host) for host in strange) else "plan_mx_families"
        return Mx(None, names, ttl, notice_of(key, hosts=", ".join(strange)))
    if any(told.values()):
        return Mx(HERE if all(told.values()) else BOTH, names, ttl)
    return Mx(PROVIDER, names, ttl)


def spf_after(resolver: Resolver, domain: str, routes: Iterable[Route]) -> SpfAfter:
    """What the SPF of a domain means once its MX are others."""
    known = tuple(routes)
    spf = read_spf(resolver, domain)
    if spf.why or spf.fault:
        return SpfAfter(None, notice_of("plan_spf_unread", why=spf.fault or spf.why), notice_of("plan_spf_do"))
    if spf.record is None:
        return SpfAfter(True, notice_of("plan_spf_none"))
    if not any(each.name == "mx" and each.value.lower() in ("", domain) for each in spf.terms):
        return SpfAfter(True, notice_of("plan_spf_plain"))
    if known and all(each.direct for each in known):
        return SpfAfter(True, notice_of("plan_spf_direct"))
    return _by_provider(resolver, domain, known)


def _by_provider(resolver: Resolver, domain: str, routes: Collection[Route]) -> SpfAfter:
    """Whether the provider is named besides ``mx``."""
    found = [judge_provider_spf(resolver, domain, key) for key in sorted(providers_of(routes))]
    words, remedies = "; ".join(each.found for each in found), " ".join(each.remedy for each in found)
    remedy = " ".join(filter(None, (notice_of("plan_spf_do"), remedies)))
    if found and all(each.result == PASS for each in found):
        return SpfAfter(True, words)
    if any(each.result == FAIL for each in found):
        return SpfAfter(False, notice_of("plan_spf_mx"), remedy)
    return SpfAfter(None, words or notice_of("plan_spf_mx_perhaps"), remedy)
