# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a domain's mail goes: its MX records, and whether the POP3 accounts get what comes that way."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import cast

from ..mailboxes.providers import providers
from ..messages import notice_of
from ..pop3_connector.declared_accounts import DesiredAccount
from ..pop3_connector.mailbox import provider_mailbox
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .resolver import ABSENT, EMPTY, FOUND, Answer, Resolver
from .resolver import UNKNOWN as NOT_TOLD


def ranked(answer: Answer) -> list[tuple[int, str]]:
    """MX records as their preference and name, in small letters, the preferred first."""
    pairs = (record.split(" ", 1) for record in answer.records)
    return sorted((int(number), name.lower()) for number, name in pairs)


def hosts_of(answer: Answer) -> list[str]:
    """The names of MX records in small letters, the preferred first."""
    return [name for _preference, name in ranked(answer)]


def judge_mx(resolver: Resolver, domain: str) -> Finding:
    """Whether mail to a domain can be delivered, and so whether recipients take mail of it."""
    answer = resolver.ask(domain, "MX")
    hosts = hosts_of(answer)
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("mx_unknown", domain=domain, why=answer.why))
    if answer.outcome == ABSENT:
        return Finding(FAIL, notice_of("mx_no_domain", domain=domain), notice_of("mx_name"))
    if "." in hosts:
        return Finding(FAIL, notice_of("mx_null", domain=domain), notice_of("mx_write"))
    if not hosts:
        return _without(resolver.ask(domain, "A"), domain)
    found = [_judge_host(resolver, domain, host) for host in hosts]
    # Senders try the next of several.
    softer = [Finding(WARN, each.found, each.remedy) if each.result == FAIL else each for each in found]
    all_dead = all(each.result == FAIL for each in found)
    worst = cast(Finding, joined(found if all_dead else softer))
    return (
        worst if worst.result != PASS else Finding(PASS, notice_of("mx_found", domain=domain, hosts=", ".join(hosts)))
    )


def _without(address: Answer, domain: str) -> Finding:
    if address.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("mx_unknown", domain=domain, why=address.why))
    remedy = notice_of("mx_write")
    if address.outcome == FOUND:
        return Finding(WARN, notice_of("mx_only_address", domain=domain), remedy)
    return Finding(FAIL, notice_of("mx_none", domain=domain), remedy)


def _judge_host(resolver: Resolver, domain: str, host: str) -> Finding:
    remedy = notice_of("mx_host")
    if is_address(host):
        return Finding(FAIL, notice_of("mx_address", domain=domain, host=host), remedy)
    answer = resolver.ask(host, "A")
    if answer.outcome == EMPTY:
        answer = resolver.ask(host, "AAAA")
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("mx_unknown", domain=host, why=answer.why))
    if answer.outcome != FOUND:
        return Finding(FAIL, notice_of("mx_nowhere", domain=domain, host=host), remedy)
    if answer.canonical not in ("", host):
        return Finding(WARN, notice_of("mx_alias", domain=domain, host=host), remedy)
    return Finding(PASS, host)


def leads_to(resolver: Resolver, host: str, address: str) -> bool | None:
    """Whether a host has this address; None where that is not known."""
    wanted = ip_address(address)
    answer = resolver.ask(host, "A" if wanted.version == 4 else "AAAA")
    if answer.outcome == NOT_TOLD:
        return None
    return any(ip_address(each) == wanted for each in answer.records)


def is_address(text: str) -> bool:
    """Whether a host is an address instead of a name, in brackets or not."""
    try:
        return bool(ip_address(text.strip("[]")))
    except ValueError:
        return False


def fetched_domains(domains: Sequence[str], accounts: Sequence[DesiredAccount]) -> dict[str, set[str]]:
    """Of the domains those whose mail is fetched -> the families of the providers from which. A user name without a
    domain may be of any."""
    found: dict[str, set[str]] = {}
    for each in accounts:
        server, _port, username = each.identity
        own = username.rpartition("@")[2].lower() if "@" in username else ""
        for domain in domains:
            if own in ("", domain):
                found.setdefault(domain, set()).add(provider_mailbox(server, username, each.provider)[0])
    return found


def judge_way(resolver: Resolver, domain: str, families: set[str]) -> Finding:
    """Whether a domain's mail goes where the POP3 accounts fetch it."""
    answer = resolver.ask(domain, "MX")
    hosts = [each for each in hosts_of(answer) if each != "."]
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("mx_unknown", domain=domain, why=answer.why))
    others = [host for host in hosts if provider_mailbox(host, "")[0] not in families]
    names = ", ".join(others)
    if hosts and not others:
        return Finding(PASS, notice_of("mx_way_fits", domain=domain))
    if len(others) < len(hosts):
        return Finding(WARN, notice_of("mx_way_mixed", domain=domain, hosts=names), notice_of("mx_way_decide"))
    if not hosts or families & set(providers()):
        return Finding(WARN, notice_of("mx_way_other", domain=domain), notice_of("mx_way_decide"))
    # Of a provider that is not in the table nobody knows under which names it takes mail.
    return Finding(UNKNOWN, notice_of("mx_way_unknown", domain=domain, hosts=names))
