# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of DNS. They ask for nothing but the declared domains and what their records name, the smart hosts, and
the block lists about the declared public address."""

from __future__ import annotations

from collections.abc import Callable

from ..messages import notice_of
from .block_lists import judge_lists
from .check import CONNECTORS, DNS, POP3, Check, new_route
from .declared import Declared
from .direct_rows import direct_routes, may_be_direct, new_direct_route
from .finding import PASS, UNKNOWN, WARN, Finding, joined
from .mx import fetched_domains, is_address, judge_mx, judge_way
from .public_address import judge_name
from .resolver import EMPTY, FOUND, Resolver
from .resolver import UNKNOWN as NOT_TOLD
from .sender import judge_dkim, judge_dmarc, judge_provider_spf, providers_of, zones_of
from .situation import Situation
from .spf import judge_spf

Judge = Callable[[Situation], Finding | None]


def _has_domains(declared: Declared) -> bool:
    return bool(declared.domains)


def _each_domain(judge: Callable[[Resolver, str], Finding]) -> Judge:
    return lambda situation: joined(judge(situation.resolver, each) for each in situation.declared.domains)


def _is_fetched(declared: Declared) -> bool:
    return bool(fetched_domains(declared.domains, declared.accounts))


def _way(situation: Situation) -> Finding | None:
    fetched = fetched_domains(situation.declared.domains, situation.declared.accounts)
    return joined(judge_way(situation.resolver, domain, families) for domain, families in fetched.items())


def _spf_is_known(declared: Declared) -> bool:
    return bool(declared.domains and zones_of(declared))


def _keys_are_known(declared: Declared) -> bool:
    return bool(declared.domains) and any(zone.selectors for zone in zones_of(declared).values())


def _provider_spf(situation: Situation) -> Finding | None:
    keys, domains = zones_of(situation.declared), situation.declared.domains
    return joined(judge_provider_spf(situation.resolver, each, key) for each in domains for key in keys)


def _dkim(situation: Situation) -> Finding | None:
    keys = [key for key, zone in zones_of(situation.declared).items() if zone.selectors]
    domains = situation.declared.domains
    return joined(judge_dkim(situation.resolver, each, key) for each in domains for key in keys)


def _dmarc(situation: Situation) -> Finding | None:
    zones = zones_of(situation.declared).values()
    return joined(judge_dmarc(situation.resolver, each, zones) for each in situation.declared.domains)


def _names_of_hosts(declared: Declared) -> tuple[str, ...]:
    hosts = declared.route.hosts if declared.route else ()
    return tuple(host for host in hosts if not is_address(host))


def _has_named_hosts(declared: Declared) -> bool:
    return bool(_names_of_hosts(declared))


def _resolving(situation: Situation) -> Finding | None:
    return joined(_resolved(situation.resolver, each) for each in _names_of_hosts(situation.declared))


def _resolved(resolver: Resolver, host: str) -> Finding:
    answer = resolver.ask(host, "A")
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("host_unknown", host=host, why=answer.why))
    if answer.outcome == FOUND:
        return Finding(PASS, notice_of("host_resolves", host=host, addresses=", ".join(answer.records)))
    # The server may know names that the controller does not, such as a relay's in its own network.
    by_6 = answer.outcome == EMPTY and resolver.ask(host, "AAAA").outcome == FOUND
    found = notice_of("host_only_6", host=host) if by_6 else notice_of("host_nowhere", host=host)
    return Finding(WARN, found, notice_of("host_check"))


def _sends_directly(declared: Declared) -> bool:
    """Only then recipients judge the server's own address; behind a smart host they judge the provider's."""
    return declared.options.public_address is not None and may_be_direct(declared)


def _public(judge: Callable[[Resolver, str], Finding]) -> Judge:
    """About the public address, unless the host turns out to hand all mail to smart hosts."""

    def judged(situation: Situation) -> Finding | None:
        address = situation.declared.options.public_address
        if address is None or (situation.routes and not direct_routes(situation)):
            return None
        return judge(situation.resolver, address)

    return judged


def _t_online(resolver: Resolver, address: str) -> Finding:
    # Nobody can ask: T-Online says it to whoever connects, and only with a mail that it refuses.
    return Finding(WARN, notice_of("t_online", address=address), notice_of("t_online_register"))


def _new_provider(situation: Situation) -> frozenset[str]:
    """Where a new route leads to a provider who sends nothing today: what is wrong with today's is so already."""
    new = providers_of(situation.new_routes) - providers_of(situation.today)
    return new_route(situation) if new else frozenset()


ROWS: tuple[Check, ...] = (
    # Never stops: without an MX recipients refuse, and senders miss, the domain by every route the same.
    Check(
        "mx",
        "dns",
        "MX records of each domain with which mail leaves: no null MX, and names with an address of their own",
        "RFC 7505, RFC 2181 10.3, RFC 5321 5.1",
        _each_domain(judge_mx),
        _has_domains,
        asks=DNS,
    ),
    # Never stops: an account that gets nothing loses nothing.
    Check(
        "mx_way",
        "dns",
        "all MX records of a domain those of the provider from which its mail is fetched by POP3",
        "own rule; the providers' names from the packaged table",
        _way,
        _is_fetched,
        asks=DNS,
        nouns=POP3,
    ),
    # Never stops: recipients judge the record by today's route just the same.
    Check(
        "spf",
        "dns",
        "one SPF record that recipients can evaluate: 8 DNS lookups pass, 10 are the most, and 2 without an answer",
        "RFC 7208 3.2, 4.6.4",
        _each_domain(judge_spf),
        _has_domains,
        asks=DNS,
    ),
    # Stops a route to a new provider: today's passes, and the new one's mail would be refused from its first on.
    Check(
        "spf_provider",
        "dns",
        "an SPF record that names the smart host's provider (known of Strato, IONOS and all-inkl)",
        "public zones of 2026",
        _provider_spf,
        _spf_is_known,
        asks=DNS,
        stops=_new_provider,
    ),
    # Warns at most, so it stops nothing.
    Check(
        "dkim",
        "dns",
        "a DKIM key of the smart host's provider in the zone (known of Strato and IONOS)",
        "public zones of 2026, IONOS' help",
        _dkim,
        _keys_are_known,
        asks=DNS,
    ),
    # Stops a route to a new provider: the domain itself asks recipients to refuse what the new provider sends.
    Check(
        "dmarc",
        "dns",
        "a DMARC policy that the domain's own mail passes by SPF or DKIM, where it is reject or quarantine",
        "RFC 9989",
        _dmarc,
        _has_domains,
        asks=DNS,
        stops=_new_provider,
    ),
    # Stops nothing: the server's own DNS decides, which is asked on the host.
    Check(
        "resolving",
        "dns",
        "an address of each smart host in the controller's DNS",
        "own rule",
        _resolving,
        _has_named_hosts,
        asks=DNS,
        nouns=CONNECTORS,
    ),
    # Stops a new direct route: large recipients refuse an address without a name.
    Check(
        "ptr",
        "dns",
        "where mail leaves directly, a name (PTR) of the public address that leads back to it, and no dial-in line's",
        "RFC 1912 2.1, public rules of large recipients",
        _public(judge_name),
        _sends_directly,
        asks=DNS,
        nouns=CONNECTORS,
        stops=new_direct_route,
    ),
    # Stops a new direct route: only a listing at Spamhaus, which most recipients ask, is a failure.
    Check(
        "dnsbl",
        "dns",
        "where mail leaves directly, a public address that is on no block list; each first passes its own test",
        "RFC 5782, Spamhaus, rspamd's rbl.conf of 2026-08",
        _public(judge_lists),
        _sends_directly,
        asks=DNS,
        nouns=CONNECTORS,
        stops=new_direct_route,
    ),
    # A told rule, which never fails.
    Check(
        "t_online",
        "dns",
        "where mail leaves directly, a server that T-Online knows",
        "T-Online's replies (554, IP=... - DIAL, NOWL, BL) and postmaster pages",
        _public(_t_online),
        _sends_directly,
        asks=DNS,
        nouns=CONNECTORS,
    ),
)
