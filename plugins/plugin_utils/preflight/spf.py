# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's SPF record, counted as its recipients count (RFC 7208): as if no term matched before the last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from ..messages import notice_of
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding
from .resolver import ABSENT, EMPTY, Answer, Resolver
from .resolver import UNKNOWN as NOT_TOLD

MOST_LOOKUPS, MANY_LOOKUPS, MOST_VOID, MOST_MX = 10, 8, 2, 10
_MOST_OF_TERM = 100
"""Characters of a term that are shown: a record of others may have some ten thousand."""
ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""The terms for which a recipient asks DNS."""
_MECHANISMS = frozenset({"all", "ip4", "ip6", *ASKING}) - {"redirect"}
_TERM = re.compile(r"(?P<sign>[-+?~]?)(?P<name>[a-z][a-z0-9_.-]*)(?P<rest>[:=/].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """A mechanism or a modifier of a record. ``sign``: what it makes of a sender, ``+`` where it does not say;
    ``value``: its domain or network, as it is written."""

    name: str
    sign: str = "+"
    value: str = ""


@dataclass(frozen=True)
class Spf:
    """What a record comes to. ``record``: its text, None where there is none. ``fault``: why recipients take it for an
    error. ``why``: why the rest of it is not known. ``names``: whose senders it lets pass, by include and redirect.
    ``terms``: its own, and those of the records to which it redirects. ``lets_all``: whether everybody passes;
    ``redirect_void``: whether an ``all`` beside it makes a redirect void."""

    record: str | None = None
    fault: str = ""
    why: str = ""
    lookups: int = 0
    names: frozenset[str] = frozenset()
    terms: tuple[Term, ...] = ()
    lets_all: bool = False
    redirect_void: bool = False

    @property
    def others(self) -> str:
        """What it makes of whom it does not name: the sign of its ``all``, ``?`` without one."""
        return next((each.sign for each in self.terms if each.name == "all"), "?")


def read_spf(resolver: Resolver, domain: str) -> Spf:
    """What the SPF of a domain comes to."""
    answer = resolver.ask(domain, "TXT")
    records = _records(answer)
    if answer.outcome == NOT_TOLD:
        return Spf(why=answer.why)
    if len(records) > 1:
        return Spf(fault=notice_of("spf_several", domain=domain, number=len(records)))
    if not records:
        return Spf()
    walk = _Walk(resolver)
    walk.judge(records[0], _Place((domain,)))
    names, terms, flags = frozenset(walk.names), tuple(walk.terms), (walk.lets_all, walk.redirect_void)
    return Spf(records[0], walk.fault, walk.why, walk.lookups, names, terms, *flags)


def judge_spf(resolver: Resolver, domain: str) -> Finding:
    """The finding about one domain's record."""
    spf = read_spf(resolver, domain)
    if spf.fault:
        return Finding(FAIL, spf.fault, notice_of("spf_mend"))
    if spf.lets_all:
        return Finding(FAIL, notice_of("spf_lets_all", domain=domain), notice_of("spf_narrow"))
    if spf.why:
        return Finding(UNKNOWN, notice_of("spf_unknown", domain=domain, why=spf.why))
    if spf.record is None:
        return Finding(WARN, notice_of("spf_none", domain=domain), notice_of("spf_write"))
    if spf.redirect_void:
        return Finding(WARN, notice_of("spf_redirect_void", domain=domain), notice_of("spf_one_of_both"))
    found = notice_of("spf_counted", domain=domain, number=spf.lookups, most=MOST_LOOKUPS)
    return Finding(WARN, found, notice_of("spf_spare")) if spf.lookups > MANY_LOOKUPS else Finding(PASS, found)


def lets_pass(resolver: Resolver, domain: str, address: str) -> bool | None:
    """Whether the record of a domain lets an address send; None where that is not known. A record without a fault names
    few others, and none in a circle."""
    spf = read_spf(resolver, domain)
    if spf.fault or spf.why:
        return None
    told = [_term_passes(resolver, domain, term, address) for term in spf.terms if term.sign == "+"]
    if spf.lets_all or True in told:
        return True
    # Of a range beside a name (a/24) the range is not kept, and of a redirect's own "a" not whose it is.
    vague = re.search(r"\s\+?(a|mx)(:[^\s/]*)?/|\sredirect=", spf.record or "", re.IGNORECASE)
    return None if None in told or vague else False


def _term_passes(resolver: Resolver, domain: str, term: Term, address: str) -> bool | None:
    name = term.value or domain
    if term.name in ("ip4", "ip6"):
        return ip_address(address) in ip_network(term.value, strict=False)
    if term.name in ("ptr", "exists") or "%" in name:
        return None
    if term.name == "include":
        return lets_pass(resolver, name, address)
    if term.name in ("a", "mx"):
        return _is_at(resolver, [name] if term.name == "a" else _exchangers(resolver, name), address)
    return False


def _exchangers(resolver: Resolver, domain: str) -> list[str] | None:
    answer = resolver.ask(domain, "MX")
    return None if answer.outcome == NOT_TOLD else [each.partition(" ")[2] for each in answer.records]


def _is_at(resolver: Resolver, names: list[str] | None, address: str) -> bool | None:
    """Whether one of some names leads to an address."""
    kind = "A" if ip_address(address).version == 4 else "AAAA"
    answers = [resolver.ask(each, kind) for each in names or () if each not in ("", ".")]
    if any(ip_address(record) == ip_address(address) for each in answers for record in each.records):
        return True
    return None if names is None or any(each.outcome == NOT_TOLD for each in answers) else False


def terms_of(record: str) -> list[Term]:
    """The terms of a record; ValueError, with the one that is none, where recipients take it for an error."""
    terms = [_term(word) for word in record.split(" ")[1:] if word]
    for each in terms:
        if each.name in ("redirect", "exp") and sum(other.name == each.name for other in terms) > 1:
            raise ValueError(each.name)
    return terms


def _term(word: str) -> Term:
    matched = _TERM.fullmatch(word)
    if not matched:
        raise ValueError(word[:_MOST_OF_TERM])
    sign, name, rest = matched["sign"], matched["name"].lower(), matched["rest"] or ""
    if rest.startswith("="):
        # A modifier that nobody knows is passed over, also "include=...", which is a common slip.
        if sign or (name in ("redirect", "exp") and rest == "="):
            raise ValueError(word[:_MOST_OF_TERM])
        return Term(name if name not in _MECHANISMS else f"{name}=", value=rest[1:])
    if name not in _MECHANISMS or not _fits(name, rest):
        raise ValueError(word[:_MOST_OF_TERM])
    value = rest[1:] if rest.startswith(":") else ""
    return Term(name, sign or "+", value.partition("/")[0] if name in ("a", "mx") and "%" not in value else value)


def _fits(name: str, rest: str) -> bool:
    """Whether a mechanism has the kind of value that it needs."""
    if name == "all":
        return not rest
    if name in ("ip4", "ip6"):
        try:
            return rest.startswith(":") and ip_network(rest[1:], strict=False).version == int(name[2])
        except ValueError:
            return False
    if name in ("include", "exists"):
        return rest.startswith(":") and len(rest) > 1
    return rest != ":" and (name != "ptr" or not rest.startswith("/"))


def _records(answer: Answer) -> list[str]:
    return [each for each in answer.records if each.lower() == "v=spf1" or each.lower().startswith("v=spf1 ")]


class _Place(NamedTuple):
    """Where a walk is. ``path``: the names on the way; ``own``: whether the record stands for the domain's own;
    ``passes``: whether whom it names passes."""

    path: tuple[str, ...]
    own: bool = True
    passes: bool = True

    def below(self, term: Term, target: str) -> _Place:
        """Where an include or a redirect leads."""
        own = self.own and term.name == "redirect"
        return _Place((*self.path, target), own, self.passes and term.sign == "+")


class _Walk:
    """Through a record and all that it names, which ends: each step down costs a lookup, and they are limited."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._void = 0
        self.lookups = 0
        self.fault = ""
        self.why = ""
        self.names: set[str] = set()
        self.terms: list[Term] = []
        self.lets_all = False
        self.redirect_void = False

    def judge(self, record: str, place: _Place) -> None:
        """The record of the last name of the way."""
        try:
            terms = terms_of(record)
        except ValueError as error:
            self.fault = notice_of("spf_no_term", domain=place.path[-1], term=str(error))
            return
        names = [each.name for each in terms]
        if "all" in names:  # what follows is passed over, and a redirect wherever it stands
            last = terms[names.index("all")]
            self.lets_all |= place.passes and last.sign == "+"
            self.redirect_void |= place.own and "redirect" in names
            terms = [each for each in terms[: names.index("all") + 1] if each.name != "redirect"]
        self.terms += terms if place.own else []
        for each in terms:
            if each.name in ASKING and not self.fault:
                self._ask(each, place)

    def _ask(self, term: Term, place: _Place) -> None:
        self.lookups += 1
        target = term.value.lower().rstrip(".") or place.path[-1]
        if self.lookups > MOST_LOOKUPS:
            self.fault = notice_of("spf_lookups", domain=place.path[0], most=MOST_LOOKUPS)
        elif term.name in ("include", "redirect"):
            self._enter(term, target, place)
        elif term.name in ("a", "mx", "exists") and "%" not in target:
            # Whether a name made of the sender's address is there depends on that, and ptr asks for nothing else.
            self._look_up(target, "MX" if term.name == "mx" else "A", place.path[0])

    def _enter(self, term: Term, target: str, place: _Place) -> None:
        if "%" in target:
            self.why = self.why or notice_of("spf_macro", term=f"{term.name} {term.value[:_MOST_OF_TERM]}")
            return
        if target in place.path:
            self.fault = notice_of("spf_circle", domain=place.path[0], target=target)
            return
        answer, below = self._resolver.ask(target, "TXT"), place.below(term, target)
        records = _records(answer)
        self.names |= {target} if below.passes else set()
        if answer.outcome == NOT_TOLD:
            self.why = self.why or answer.why
        elif len(records) != 1:
            self.fault = notice_of("spf_no_target", domain=place.path[0], target=target, number=len(records))
        else:
            self.judge(records[0], below)

    def _look_up(self, name: str, kind: str, domain: str) -> None:
        answer = self._resolver.ask(name, kind)
        self._void += answer.outcome in (EMPTY, ABSENT)
        if self._void > MOST_VOID:
            self.fault = notice_of("spf_void", domain=domain, most=MOST_VOID)
        if kind == "MX" and len(answer.records) > MOST_MX:
            self.fault = notice_of("spf_mx", domain=domain, name=name, most=MOST_MX)
