# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules: from which domain or address to which. The most specific one wins; those that contradict each other are
refused, both named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Reason
from ..messages import reason_of
from ..options.kinds import ListOf, Record
from ..options.option import Option
from ..options.parse import MISFIT
from ..options.spelling import Spelling, Words
from ..options.values import Trimmed
from .addresses import AddressOrDomain, domain_of

WHERE = "address rewrite"
RECIPIENTS = ListOf(Trimmed(), alone=True)
RULES = ListOf(
    Record(
        Option(
            "from",
            AddressOrDomain(),
            "The source domain, or one source address, that mail is not to be sent from.",
            required=True,
        ),
        Option(
            "to",
            AddressOrDomain(),
            "The target domain, or the target address, that it is sent from instead.",
            required=True,
        ),
        Option(
            "except",
            RECIPIENTS,
            "Addresses, or recipients by name, alias or display name, to which this rule does not apply.",
        ),
        words=Words(unknown="rule_option_unknown", missing="rule_incomplete", shape="rule_no_mapping"),
    ),
    least=1,
    words=Words(shape="rules_missing"),
)


@dataclass(frozen=True)
class Rule:
    """Both sides are domains, or both are addresses. ``exempt`` is in small letters."""

    source: str
    target: str
    exempt: frozenset[str] = frozenset()

    @property
    def single(self) -> bool:
        """Whether it is of one address, and not of a domain."""
        return "@" in self.source

    @property
    def target_domain(self) -> str:
        """The domain with which mail leaves."""
        return domain_of(self.target) or self.target

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True)
class RuleBook:
    """All rules by what they are of, and the exceptions from all of them."""

    rules: tuple[Rule, ...]
    exempt: frozenset[str] = frozenset()
    singles: Mapping[str, Rule] = field(init=False)
    domains: Mapping[str, Rule] = field(init=False)
    all_exempt: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "singles", {rule.source.lower(): rule for rule in self.rules if rule.single})
        object.__setattr__(self, "domains", {rule.source: rule for rule in self.rules if not rule.single})
        object.__setattr__(self, "all_exempt", self.exempt.union(*(rule.exempt for rule in self.rules)))

    @property
    def target_domains(self) -> tuple[str, ...]:
        """The domains with which mail leaves, in order, each once."""
        return tuple(dict.fromkeys(rule.target_domain for rule in self.rules))

    @property
    def any_exempt(self) -> bool:
        """Whether there are exceptions at all."""
        return bool(self.all_exempt)

    def singles_of(self, addresses: Iterable[str]) -> list[Rule]:
        """The rules of single addresses that are among these (in small letters)."""
        return [self.singles[address] for address in addresses if address in self.singles] if self.singles else []


def parse_rules(
    reasons: list[Reason], declared: Any, exceptions: Iterable[str] = (), where: str | Spelling = WHERE
) -> RuleBook:
    """The rules of a declaration; what does not fit, and what contradicts itself, becomes a reason."""
    at = Spelling.of(where)
    given = RULES.read(declared, at, "rules", reasons)
    found = [
        _rule(reasons, each, at.inside(f"rules[{number}]").where)
        for number, each in enumerate(() if given is MISFIT else given)
        if each is not None
    ]
    rules = tuple(rule for rule in found if rule is not None)
    reasons += conflicts(rules)
    return RuleBook(rules, _small(exceptions))


def _rule(reasons: list[Reason], given: Mapping[str, Any], where: str) -> Rule | None:
    source, target = given.get("from"), given.get("to")
    if source is None or target is None:
        return None
    if ("@" in source) != ("@" in target):
        reasons.append(reason_of("rule_mixed", where, source=source, target=target))
        return None
    return Rule(source, target, _small(given.get("except", ())))


def _small(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text.lower() for text in texts)


def conflicts(rules: Sequence[Rule]) -> list[Reason]:
    """What cannot be right about rules whatever the host looks like: the same twice, two to one address, chains."""
    by_source: dict[str, Rule] = {}
    by_target: dict[str, Rule] = {}
    reasons: list[Reason] = []
    for rule in rules:
        same, other = by_source.get(rule.source.lower()), by_target.get(rule.target.lower())
        if same:
            reasons.append(reason_of("rule_twice", WHERE, first=str(same), second=str(rule)))
        elif rule.single and other:
            reasons.append(reason_of("rules_to_one_address", WHERE, first=str(other), second=str(rule)))
        by_source.setdefault(rule.source.lower(), rule)
        if rule.single:
            by_target.setdefault(rule.target.lower(), rule)
    return reasons + _chains(rules, by_source)


def _chains(rules: Sequence[Rule], by_source: Mapping[str, Rule]) -> list[Reason]:
    """Where one rule takes what another makes: the next run would go on from there, and circles would never end."""
    singles_in: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.single:
            singles_in.setdefault(domain_of(rule.source), []).append(rule)
    reasons: list[Reason] = []
    for rule in rules:
        nexts = [by_source.get(rule.target.lower()), *([by_source.get(rule.target_domain)] if rule.single else [])]
        nexts += [] if rule.single else singles_in.get(rule.target, [])
        for follower in nexts:
            if follower is rule:
                reasons.append(reason_of("rule_to_itself", WHERE, rule=str(rule)))
            elif follower is not None:
                reasons.append(reason_of("rule_chain", WHERE, first=str(rule), second=str(follower)))
    return reasons
