# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: by which way the mail of each domain comes in, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..address_rewrite.addresses import DomainName
from ..errors import Reason
from ..options.action import Action
from ..options.kinds import ListOf, Record
from ..options.option import Option
from ..options.parse import MISFIT, parse
from ..options.spelling import Spelling, Words
from ..options.values import Boolean, Choice, IpAddress, Trimmed
from ..receive_connector.ranges import is_public
from .rules import refusals
from .ways import COLLECTOR, FETCHED, MX, POP3, WAYS, DomainWay, DomainWays, Way

__all__ = ["COLLECTOR", "FETCHED", "MX", "POP3", "WAYS", "DomainWay", "Way"]
NOUN, WHERE = "inbound", "inbound mail"


class _PublicAddress(IpAddress):
    """An address to which others can send."""

    def parse(self, value: Any) -> Hashable:
        address = super().parse(value)
        if not is_public(str(address)):
            raise ValueError("a public IP address, which no LAN and no shared line has")
        return address


DOMAIN = Record(
    Option("domain", DomainName(), "The domain, such as V(beispiel.de).", required=True),
    Option(
        "way",
        Choice(*WAYS),
        "How its mail comes in. V(mx): its MX is this server. V(pop3): the POP3 connector of the SBS fetches it."
        " V(collector): a program of another maker fetches it.",
        required=True,
    ),
    Option(
        "mailboxes",
        ListOf(Trimmed(256)),
        "The provider's mailboxes, by user name or address, from which this domain's mail is fetched. For V(pop3) by"
        " default the accounts of C(pop3_connector_accounts) whose user name is in the domain.",
    ),
    Option(
        "transition",
        Boolean(),
        "Whether the domain is on its way from one way to another: then it may have two, and both may be in use.",
        default=False,
    ),
    words=Words(missing="inbound_part_missing", shape="inbound_no_mapping"),
)
DOMAINS = ListOf(DOMAIN, words=Words(expected="a list of domains with their ways"))
OPTIONS: tuple[Option, ...] = (
    Option(
        "domains",
        DOMAINS,
        "The domains for which mail comes in, each with its way. One has two ways only while it is in transition.",
    ),
    Option(
        "confirm_no_other_collector",
        Boolean(),
        "Confirms that a collector that is found on the host does not fetch the mailboxes that the POP3 connector"
        " fetches. A domain whose O(domains) names the way V(collector) is confirmation for that domain alone.",
        default=False,
    ),
    Option(
        "public_address",
        _PublicAddress(),
        "The fixed public address of this server, to which the MX of domains of the way V(mx) lead; by default that of"
        " C(preflight_public_address).",
    ),
)
"""The options of the noun, besides those of every run."""
ACTION = Action(
    NOUN,
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Check whether mail comes in to an Exchange 2010 the way it is declared for each domain",
)


@dataclass(frozen=True)
class Desired(DomainWays):
    """A checked declaration."""

    confirm_no_other_collector: bool = False
    public_address: str | None = None


def parse_domains(
    declared: Any, reasons: list[Reason], where: str | Spelling = WHERE, option: str = "domains"
) -> tuple[DomainWay, ...]:
    """The entries of a declared list, none of them where it is none; what is wrong, in an entry or between two, is
    added to the reasons. One that is wrong by itself is left out."""
    at = Spelling.of(where)
    told = () if declared is None else DOMAINS.read(declared, at, option, reasons)
    return _checked(told, reasons, at.inside(option))


def parse_desired(arguments: Mapping[str, Any], reasons: list[Reason], where: str | Spelling = WHERE) -> Desired:
    """The declaration of these arguments; what is wrong is added to the reasons."""
    at = Spelling.of(where)
    given = parse(OPTIONS, arguments, at, reasons)
    domains = _checked(given.pop("domains", ()), reasons, at.inside("domains"))
    return Desired(domains, **given)


def _checked(told: Any, reasons: list[Reason], at: Spelling) -> tuple[DomainWay, ...]:
    whole = () if told is MISFIT else tuple(_entries(told))
    reasons += refusals(whole, at.where)
    return whole


def _entries(told: Iterable[Mapping[str, Any] | None]) -> Iterable[DomainWay]:
    for each in told:
        if each and each.keys() >= {"domain", "way"}:
            mailboxes = tuple(map(str, each.get("mailboxes", ())))
            yield DomainWay(each["domain"], each["way"], mailboxes, each.get("transition") is True)
