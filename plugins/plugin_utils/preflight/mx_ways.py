# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a domain's mail goes where its declared way takes it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..mailboxes.providers import providers
from ..messages import notice_of
from ..pop3_connector.mailbox import provider_mailbox
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding
from .mx import leads_to, ranked
from .resolver import EMPTY, FOUND, Resolver
from .resolver import UNKNOWN as NOT_TOLD

OWN, PROVIDERS, OTHER, UNTOLD = "own", "provider's", "other", "untold"


@dataclass(frozen=True)
class Goal:
    """Where mail to a domain is to go: to this server (``own``), to a provider, or in a ``transition`` to either.
    ``address``: the server's public one, None where it is not declared; ``families``: the providers from which the
    domain's mail is fetched, as far as they are known."""

    domain: str
    own: bool
    transition: bool = False
    address: str | None = None
    families: frozenset[str] = frozenset()


def judge_goal(resolver: Resolver, goal: Goal) -> Finding:
    """Whether a domain's MX records fit its way."""
    answer = resolver.ask(goal.domain, "MX")
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("mx_unknown", domain=goal.domain, why=answer.why))
    records = ranked(answer)
    if answer.outcome == EMPTY:
        # Without an MX record mail goes to the domain's own address.
        own = [resolver.ask(goal.domain, kind) for kind in ("A", "AAAA")]
        why = next((each.why for each in own if each.outcome == NOT_TOLD), "")
        records = [(0, goal.domain)] if any(each.outcome == FOUND for each in own) else []
        if not records and why:
            return Finding(UNKNOWN, notice_of("mx_unknown", domain=goal.domain, why=why))
    if not records or any(name == "." for _number, name in records):
        return Finding(FAIL, notice_of("inbound_mx_none", domain=goal.domain), notice_of("remedy_inbound_mx_none"))
    kinds = [(number, name, _kind(resolver, name, goal)) for number, name in records]
    judge = _in_transition if goal.transition else _to_server if goal.own else _to_provider
    return judge(goal, kinds)


Kinds = Sequence[tuple[int, str, str]]
"""Of each MX record its preference, its name and whose it is."""


def _kind(resolver: Resolver, host: str, goal: Goal) -> str:
    """Whose a host is."""
    family = provider_mailbox(host, "")[0]
    if family in goal.families or (family in providers() and (goal.own or not goal.families)):
        return PROVIDERS
    if family in providers():
        return OTHER
    if goal.address is None:
        return UNTOLD
    return {True: OWN, False: OTHER, None: UNTOLD}[leads_to(resolver, host, goal.address)]


def _names(kinds: Kinds, *whose: str) -> str:
    return ", ".join(name for _number, name, kind in kinds if kind in whose)


def _whose(kinds: Kinds) -> set[str]:
    return {kind for _number, _name, kind in kinds}


def _to_server(goal: Goal, kinds: Kinds) -> Finding:
    best = {kind for number, _name, kind in kinds if number == kinds[0][0]}
    strangers = _names(kinds, PROVIDERS, OTHER, UNTOLD)
    if best == {PROVIDERS}:
        found = notice_of("inbound_mx_at_provider", domain=goal.domain, hosts=_names(kinds, PROVIDERS))
        return Finding(FAIL, found, notice_of("remedy_inbound_mx_at_provider"))
    if _whose(kinds) == {OWN}:
        return Finding(PASS, notice_of("inbound_mx_own", domain=goal.domain))
    if best == {UNTOLD}:
        return _untold(goal, kinds)
    key = "inbound_mx_both" if OWN in best else "inbound_mx_before"
    found = notice_of(key, domain=goal.domain, hosts=strangers)
    remedy = "remedy_inbound_mx_both" if OWN in best else "remedy_inbound_mx_before"
    return Finding(WARN, found, notice_of(remedy))


def _to_provider(goal: Goal, kinds: Kinds) -> Finding:
    whose, own = _whose(kinds), _names(kinds, OWN)
    if whose == {PROVIDERS}:
        return Finding(PASS, notice_of("mx_way_fits", domain=goal.domain))
    if whose == {OWN}:
        found = notice_of("inbound_mx_not_fetched", domain=goal.domain, hosts=own)
        return Finding(FAIL, found, notice_of("remedy_inbound_mx_not_fetched"))
    strangers = _names(kinds, OWN, OTHER, UNTOLD)
    if PROVIDERS in whose or OWN in whose:
        found = notice_of("mx_way_mixed", domain=goal.domain, hosts=strangers)
        return Finding(WARN, found, notice_of("remedy_inbound_mx_both"))
    # Of a provider that is not in the table nobody knows under which names it takes mail.
    if goal.families and goal.families <= set(providers()):
        return Finding(WARN, notice_of("mx_way_other", domain=goal.domain), notice_of("remedy_inbound_mx_both"))
    return Finding(UNKNOWN, notice_of("mx_way_unknown", domain=goal.domain, hosts=strangers))


def _in_transition(goal: Goal, kinds: Kinds) -> Finding:
    whose = _whose(kinds)
    if OTHER in whose:
        found = notice_of("inbound_mx_elsewhere", domain=goal.domain, hosts=_names(kinds, OTHER))
        return Finding(WARN, found, notice_of("remedy_inbound_mx_both"))
    if UNTOLD in whose:
        return _untold(goal, kinds)
    key = "inbound_mx_moved" if whose == {OWN} else "inbound_mx_at_both" if OWN in whose else "inbound_mx_stays"
    return Finding(PASS, notice_of(key, domain=goal.domain))


def _untold(goal: Goal, kinds: Kinds) -> Finding:
    found = notice_of("inbound_mx_untold", domain=goal.domain, hosts=_names(kinds, UNTOLD))
    return Finding(UNKNOWN, found, "" if goal.address else notice_of("remedy_inbound_mx_untold"))
