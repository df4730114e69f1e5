# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether mail to each declared domain comes in the way that is declared for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from ..address_rewrite import domains
from ..agent import host_facts
from ..inbound.desired import COLLECTOR, MX, POP3, DomainWay
from ..inbound.desired import Desired as Inbound
from ..inbound.rules import Mailbox, is_for, is_in, mailbox_of
from ..mailboxes.providers import provider_of_domain
from ..messages import notice_of
from ..pop3_connector import targets
from ..receive_connector import certificates, recipients
from ..receive_connector.certificates import SmtpCertificate
from ..receive_connector.ranges import is_public
from ..receive_connector.state import READ_STEP, internet_connectors
from .check import DNS, LOGIN, Check, Reads
from .declared import Declared
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .mx_ways import Goal, judge_goal
from .situation import Situation
from .spf import read_spf
from .told import is_edge, reads, reply_of, untold
from .ways_in import FetchedAccount, WaysIn, pop3_steps

GROUP = "inbound"
NOUN_OF = {MX: "receive_connector", POP3: "pop3_connector"}
"""Way -> the noun that opens and closes it; a collector is nobody's here."""
WAYS = frozenset(NOUN_OF.values())
SOON = timedelta(days=30)
"""A certificate that ends within that time is to be renewed."""
Each = Callable[[Situation, str], Finding | None]


def _inbound(situation: Situation) -> Inbound:
    return situation.declared.inbound


def _has_ways(declared: Declared) -> bool:
    return bool(declared.inbound.domains)


def _takes_mx(declared: Declared) -> bool:
    return bool(declared.inbound.of_way(MX))


def _moves(declared: Declared) -> bool:
    return any(each.transition for each in declared.inbound.domains)


def _needs_addresses(declared: Declared) -> bool:
    return _takes_mx(declared) or _moves(declared)


def _each_domain(judge: Each) -> Callable[[Situation], Finding | None]:
    return lambda situation: joined(
        found for each in _inbound(situation).names if (found := judge(situation, each)) is not None
    )


def _entries(inbound: Inbound, domain: str) -> tuple[DomainWay, ...]:
    """The ways of a domain; one that comes to its own MX is fetched as well for as long as mailboxes are named."""
    own = [each for each in inbound.domains if each.domain == domain]
    fetched = [each for each in own if each.way == MX and each.mailboxes]
    both = {each.way for each in own} & {POP3, COLLECTOR}
    return (*own, *(replace(each, way="pop3") for each in fetched if not both))


# ---- MX and SPF


def _mx(situation: Situation, domain: str) -> Finding:
    inbound = _inbound(situation)
    address = inbound.public_address or situation.declared.options.public_address
    address = address if address and is_public(address) else None
    transition, own = inbound.in_transition(domain), MX in inbound.ways_of(domain)
    return judge_goal(situation.resolver, Goal(domain, own, transition, address, _families(situation, domain)))


def _families(situation: Situation, domain: str) -> frozenset[str]:
    """The providers from which a domain's mail is fetched, as far as they are known."""
    entries = _entries(_inbound(situation), domain)
    named = {mailbox_of(name)[0] for each in entries for name in each.mailboxes}
    accounts = situation.ways_after.accounts or ()
    fetched = {each.mailbox[0] for each in accounts if any(is_for(entry, *_of(each)) for entry in entries)}
    return frozenset(named | fetched) - {""}


def _of(fetch: FetchedAccount) -> tuple[str, Mailbox]:
    return fetch.username, fetch.mailbox


def _spf(situation: Situation, domain: str) -> Finding | None:
    """A record that names its MX changes its meaning with them."""
    if not _inbound(situation).in_transition(domain) or provider_of_domain(domain):
        return None
    spf = read_spf(situation.resolver, domain)
    if spf.why:
        return Finding(UNKNOWN, notice_of("spf_unknown", domain=domain, why=spf.why))
    if not any(each.name == "mx" and each.value.lower() in ("", domain) for each in spf.terms):
        return Finding(PASS, notice_of("inbound_spf_stays", domain=domain))
    return Finding(WARN, notice_of("inbound_spf_mx", domain=domain), notice_of("remedy_inbound_spf"))


# ---- what Exchange takes


def _accepted(situation: Situation, domain: str) -> Finding:
    if not situation.was_told(domains.READ_STEP.id):
        return untold()
    found = domains.covering(domains.parse_domains(situation.rows(domains.READ_STEP.id)), domain)
    return _of_provider(domain, found) if provider_of_domain(domain) else _of_firm(situation, domain, found)


def _of_provider(domain: str, found: domains.AcceptedDomain | None) -> Finding:
    if found is None or found.type != "Authoritative":
        return Finding(PASS, notice_of("inbound_accepted_provider", domain=domain))
    told = notice_of("inbound_accepted_swallows", domain=domain)
    return Finding(WARN, told, notice_of("remedy_inbound_accepted_swallows"))


def _of_firm(situation: Situation, domain: str, found: domains.AcceptedDomain | None) -> Finding:
    ways, moves = _inbound(situation).ways_of(domain), _inbound(situation).in_transition(domain)
    # What is fetched is addressed to the account's mailbox.
    worst = FAIL if ways == {MX} and not moves else WARN
    if found is None:
        return Finding(worst, notice_of("inbound_accepted_none", domain=domain), notice_of("remedy_inbound_accepted"))
    if found.type == domains.EXTERNAL_RELAY:
        told = notice_of("inbound_accepted_external", domain=domain)
        return Finding(worst, told, notice_of("remedy_inbound_accepted"))
    if MX in ways and found.type == "InternalRelay":
        told = notice_of("inbound_accepted_loops", domain=domain)
        return Finding(WARN, told, notice_of("remedy_inbound_accepted_loops"))
    return Finding(PASS, notice_of("inbound_accepted", domain=domain, type=found.type or "-"))


def _recipients(situation: Situation, domain: str) -> Finding | None:
    """Whether every address that is fetched today is one here: with an own MX nobody asks the provider any more."""
    entries = _entries(_inbound(situation), domain)
    if provider_of_domain(domain) or not any(each.way == MX or each.transition for each in entries):
        return None
    names = [name for each in entries for name in each.mailboxes]
    names += [each.username for each in situation.ways_today.accounts or ()]
    addresses = dict.fromkeys(name.strip().lower() for name in names if is_in(name, domain))
    if not addresses:
        return None
    missing = targets.recipients(reply_of(situation)).missing(addresses)
    if missing is None:
        return untold()
    if missing:
        found = notice_of("inbound_recipients_missing", addresses=", ".join(missing))
        return Finding(FAIL, found, notice_of("remedy_inbound_recipients"))
    return Finding(PASS, notice_of("inbound_recipients", domain=domain))


def _filter(situation: Situation) -> Finding | None:
    """Whether unknown recipients are refused while the sender is still connected."""
    if is_edge(situation):
        return None
    found = recipients.parse_validation(reply_of(situation))
    if found.works is None:
        return untold()
    if found.works:
        return Finding(PASS, notice_of("inbound_filter"))
    # Set-RecipientFilterConfig succeeds without the agent, and has no effect.
    lacks_agent = found.agents_told and not (found.agent and found.agent.enabled)
    key = "inbound_filter_no_agent" if found.on and found.filters and lacks_agent else "inbound_filter_off"
    return Finding(WARN, notice_of(key), notice_of("remedy_inbound_filter"))


def _certificates(situation: Situation) -> Finding | None:
    names = {
        str(each.values.get("fqdn") or "").lower() for each in internet_connectors(situation.ways_after.receiving or ())
    }
    # Without a name of its own, a connector greets with the server's; any certificate will do for STARTTLS then.
    named = sorted(names - {""})
    told = certificates.parse_certificates(reply_of(situation))
    if told is None:
        return untold()
    return joined(_certificate(situation, each, told) for each in (named or (None,)))


def _certificate(situation: Situation, name: str | None, told: Sequence[SmtpCertificate]) -> Finding:
    """Of the certificates for a name, or for whatever name where a connector has none of its own."""
    now, shown = situation.now, name or "this server"
    remedy = notice_of("remedy_inbound_certificate", name=shown)
    if any(each.fits(name, now + SOON) for each in told):
        return Finding(PASS, notice_of("inbound_certificate", name=shown))
    if any(each.fits(name, now) for each in told):
        return Finding(WARN, notice_of("inbound_certificate_ends", name=shown), remedy)
    if any(replace(each, until=None).fits(name, now) for each in told):
        return Finding(FAIL, notice_of("inbound_certificate_over", name=shown), remedy)
    return Finding(WARN, notice_of("inbound_certificate_none", name=shown), remedy)


# ---- the ways themselves


def _closed(ways: WaysIn, entry: DomainWay) -> str | None:
    """Why a way is closed, the empty text where it is open; None where that is not known."""
    if entry.way == MX:
        if ways.receiving is None:
            return None
        return "" if internet_connectors(ways.receiving) else notice_of("inbound_closed_mx")
    if entry.way == COLLECTOR:
        return None if ways.others is None else "" if ways.others else notice_of("inbound_closed_collector")
    if ways.service is False:
        return notice_of("inbound_closed_service")
    if ways.accounts is not None and not any(is_for(entry, *_of(each)) for each in ways.accounts):
        return notice_of("inbound_closed_accounts")
    return None if ways.service is None else ""


def _open(situation: Situation, domain: str) -> Finding:
    entries = _entries(_inbound(situation), domain)
    why = {each.way: _closed(situation.ways_after, each) for each in entries}
    opened = [way for way, closed in why.items() if closed == ""]
    if opened:
        return Finding(PASS, notice_of("inbound_open", domain=domain, ways=" and ".join(opened)))
    if None in why.values():
        return untold()
    found = notice_of("inbound_closed", domain=domain, why="; ".join(filter(None, why.values())))
    return Finding(FAIL, found, notice_of("remedy_inbound_closed"))


def closing(situation: Situation) -> frozenset[str]:
    """The nouns whose plan closes the last way of a domain."""
    return frozenset(noun for each in _inbound(situation).names for noun in _closing_of(situation, each))


def _closing_of(situation: Situation, domain: str) -> Iterator[str]:
    entries = _entries(_inbound(situation), domain)
    if all(_closed(situation.ways_after, each) for each in entries):
        for each in entries:
            if _closed(situation.ways_today, each) == "" and each.way in NOUN_OF:
                yield NOUN_OF[each.way]


def _leftovers(situation: Situation) -> Finding | None:
    """Accounts that still fetch what is to come in by MX."""
    inbound, accounts = _inbound(situation), situation.ways_after.accounts
    gone = [each.domain for each in inbound.of_way(MX) if inbound.ways_of(each.domain) == {MX} and not each.transition]
    if accounts is None or not gone:
        return None
    kept = [entry for entry in inbound.of_way(POP3) if entry.mailboxes]
    left = [
        each.username
        for each in accounts
        if any(is_in(each.username, domain) for domain in gone) and not any(is_for(entry, *_of(each)) for entry in kept)
    ]
    if not left:
        return Finding(PASS, notice_of("inbound_leftovers_none"))
    return Finding(
        WARN, notice_of("inbound_leftovers", accounts=", ".join(left)), notice_of("remedy_inbound_leftovers")
    )


def _collectors(situation: Situation) -> Finding:
    inbound, others = _inbound(situation), situation.ways_after.others
    declared = ", ".join(each.domain for each in inbound.of_way(COLLECTOR))
    if others is None:
        return untold()
    names = "; ".join(map(str, others))
    if not others:
        if not declared:
            return Finding(PASS, notice_of("check_collectors_none"))
        found = notice_of("inbound_collector_missing", domains=declared)
        return Finding(WARN, found, notice_of("remedy_inbound_collector_missing"))
    fetched = ", ".join(each.domain for each in inbound.of_way(POP3))
    if fetched and not inbound.confirm_no_other_collector:
        found = notice_of("inbound_collector_beside", names=names, domains=fetched)
        return Finding(FAIL, found, notice_of("remedy_inbound_collector_beside"))
    if not declared:
        return Finding(
            WARN, notice_of("check_collectors", names=names), notice_of("remedy_inbound_collector_undeclared")
        )
    return Finding(PASS, notice_of("inbound_collector_found", names=names, domains=declared))


def _reads_fetching(declared: Declared) -> Reads:
    """The POP3 connector's own noun reads the same with more of what is declared."""
    return Reads() if "pop3_connector" in declared.nouns else Reads(pop3_steps(declared))


def _reads_ways(declared: Declared) -> Reads:
    return Reads((host_facts.STEP, READ_STEP, *_reads_fetching(declared).steps))


ROWS: tuple[Check, ...] = (
    # Never stops: where mail goes is decided in the domain's zone.
    Check(
        "inbound_mx",
        GROUP,
        "MX records of each declared domain that fit its way: this server's, or those of the provider from which it is"
        " fetched",
        "own rule; the providers' names from the packaged table",
        _each_domain(_mx),
        _has_ways,
        asks=DNS,
        nouns=WAYS,
    ),
    # Never stops: nothing of a plan moves an MX.
    Check(
        "inbound_spf",
        GROUP,
        "no SPF record by which a domain in transition lets its MX send: that means other servers once they move",
        "RFC 7208 5.4",
        _each_domain(_spf),
        _moves,
        asks=DNS,
        nouns=WAYS,
    ),
    # Stops nothing: what is refused for it is refused today.
    Check(
        "inbound_accepted",
        GROUP,
        "each declared domain accepted here, as a type that neither returns nor circles its mail",
        "Get-AcceptedDomain",
        _each_domain(_accepted),
        _has_ways,
        reads=reads(domains.READ_STEP),
    ),
    # All recipients are read for it, so not in every run.
    Check(
        "inbound_recipients",
        GROUP,
        "every address that is fetched an address here, where mail comes by MX or is about to",
        "Get-Recipient",
        _each_domain(_recipients),
        _needs_addresses,
        reads=lambda declared: Reads((*targets.STEPS, *_reads_fetching(declared).steps)),
        asks=LOGIN,
    ),
    Check(
        "inbound_filter",
        GROUP,
        "where mail comes by MX, unknown recipients refused at once: bounces to forged senders go out otherwise",
        "Get-RecipientFilterConfig, Get-TransportAgent",
        _filter,
        _takes_mx,
        reads=reads(host_facts.STEP, *recipients.VALIDATION_STEPS),
    ),
    Check(
        "inbound_certificate",
        GROUP,
        "where mail comes by MX, a valid certificate for the name of the receive connector: no STARTTLS without one",
        "Get-ExchangeCertificate",
        _certificates,
        _takes_mx,
        reads=reads(host_facts.STEP, READ_STEP, certificates.STEP),
    ),
    # Stops what would close the last way; mail that comes in today comes in tomorrow.
    Check(
        "inbound_open",
        GROUP,
        "for each declared domain one way that is open: a receive connector for the internet, or somebody who fetches",
        "Get-ReceiveConnector, the POP3 connector's file and service",
        _each_domain(_open),
        _has_ways,
        reads=_reads_ways,
        stops=closing,
    ),
    Check(
        "inbound_leftovers",
        GROUP,
        "no POP3 account that fetches mail of a domain whose way is mx",
        "the POP3 connector's file",
        _leftovers,
        _takes_mx,
        reads=_reads_fetching,
    ),
    Check(
        "inbound_collectors",
        GROUP,
        "other programs that fetch mail only where a domain's way is collector, and not beside POP3 accounts",
        "services and scheduled tasks, by the names of known programs",
        _collectors,
        _has_ways,
        reads=_reads_fetching,
        offline=True,
    ),
)
