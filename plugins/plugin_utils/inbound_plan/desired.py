# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan is asked for: of which domains, to which way, and what only an administrator can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..account_age import DEFAULT_ZONE, parse_since
from ..errors import Reason
from ..inbound.desired import DOMAINS, parse_domains
from ..inbound.rules import is_in
from ..inbound.ways import MX, POP3, DomainWays
from ..mailboxes.providers import provider_of_domain
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import Raw
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Integer, IpAddress, Names, Trimmed, time_zone
from ..preflight.desired import RESOLVER_PORT
from .facts import shown
from .plan import VOUCHED

NOUN, WHERE = "inbound_plan", "plan of inbound mail"
MOST_TTL = 2**31 - 1
"""Seconds, RFC 2181."""
AHEAD = timedelta(hours=25)
"""How far ahead a moment of the past may lie: today's date counts as its end, and a day may have 25 hours."""

OPTIONS: tuple[Option, ...] = (
    Option("domains", DOMAINS, "The domains, each with its way, as the role C(inbound) takes them.", required=True),
    Option(
        "to",
        Choice(MX, POP3),
        "By which way mail is to come in: the steps to it are planned. V(mx): straight to this server. V(pop3): the"
        " provider's mailboxes, which are fetched. By default the way that each domain declares; of one in transition"
        " with two ways V(mx).",
    ),
    Option(
        "only",
        Names(),
        "The domains that are planned; by default all of O(domains). What is told with the other options is told of"
        " these.",
    ),
    Option(
        "public_address",
        IpAddress(),
        "The fixed public address of this server. MX records that lead there are its own; it is also tried from the"
        " server itself, where a success proves something and a failure nothing.",
    ),
    Option(
        "mx_changed",
        Raw("str"),
        "When the MX was changed: a date, which counts as the end of that day, or a date with a time in O(time_zone)."
        " Nobody can see that, and the waiting after the change counts from it.",
    ),
    Option("ttl_lowered", Raw("str"), "When the TTL of the MX was lowered before the change, written the same way."),
    Option("old_ttl", Integer(0, MOST_TTL), "The TTL of the MX in seconds before it was lowered."),
    Option(
        "confirmed",
        Names(),
        f"Steps that are done and cannot be seen from the server, of {', '.join(f'V({each})' for each in VOUCHED)}."
        " Against what is seen this counts for nothing.",
    ),
    Option(
        "time_zone", Raw("str"), "The time zone of moments that are told and shown, beside UTC.", default=DEFAULT_ZONE
    ),
    Option(
        "send_mail",
        Boolean(),
        "Sends one mail through the declared smart host to an address of each domain whose MX is here, and looks where"
        " it arrives. The login is that of the smarthost account or of the send connector, if it is old enough.",
        default=False,
    ),
    Option(
        "recipient",
        Trimmed(254),
        "The address to which that mail goes; by default the first that is known of the domain.",
    ),
    Option("wait_seconds", Integer(0, 600), "The seconds in which that mail is looked for.", default=120),
    Option("days", Integer(1, 30), "The days of message tracking in which mail from outside is looked for.", default=7),
    Option(
        "fail_on_urgent",
        Boolean(),
        "Whether the task fails where mail is lost, lies unfetched or is misused now, so that a timer can raise an"
        " alarm.",
        default=False,
    ),
    Option(
        "answer_seconds",
        Integer(1, 120),
        "The seconds after which everything that DNS is asked counts as unknown.",
        default=10,
    ),
    Option("resolver", IpAddress(), "The address of the DNS server that the controller asks; by default its own."),
    RESOLVER_PORT,
)
"""The options of the action, besides those of every run."""
ACTION = Action(
    NOUN,
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=False,
    description="Tell how far a change between POP3 and an own MX has come, and what is the next step",
)


@dataclass(frozen=True)
class Desired(DomainWays):
    """A checked declaration. ``mx_changed``, ``ttl_lowered``: the latest moments (UTC) that can be meant."""

    to: str | None = None
    only: frozenset[str] = frozenset()
    public_address: str | None = None
    mx_changed: datetime | None = None
    ttl_lowered: datetime | None = None
    old_ttl: int | None = None
    confirmed: frozenset[str] = frozenset()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(DEFAULT_ZONE))
    send_mail: bool = False
    recipient: str | None = None
    wait_seconds: int = 120
    days: int = 7
    fail_on_urgent: bool = False
    answer_seconds: int = 10
    resolver: str | None = None
    resolver_port: int = 53

    @property
    def planned(self) -> tuple[str, ...]:
        """The domains whose plan is asked for."""
        return tuple(each for each in self.names if not self.only or each in self.only)

    def way_to(self, domain: str) -> str:
        """By which way the mail of a domain is to come in. Of a provider's own nobody can change the MX."""
        if provider_of_domain(domain):
            return POP3
        return self.to or (MX if MX in self.ways_of(domain) else POP3)


def parse_desired(
    arguments: Mapping[str, Any], reasons: list[Reason], where: str | Spelling = WHERE, now: datetime | None = None
) -> Desired:
    """The declaration of these arguments; what is wrong is added to the reasons."""
    latest = (now or datetime.now(UTC)) + AHEAD
    at = Spelling.of(where)
    declared = arguments.get("domains")
    given = parse(OPTIONS, arguments, at, reasons, later=("domains",))
    domains = parse_domains(declared, reasons, at)
    if not declared:
        reasons.append(reason_of("plan_no_domains", WHERE))
    zone = time_zone(given.pop("time_zone"))
    if zone is None:
        reasons.append(reason_of("plan_time_zone_unknown", WHERE))
    zone = zone or ZoneInfo(DEFAULT_ZONE)
    given |= {name: _moment(name, given.get(name), zone, latest, reasons) for name in ("mx_changed", "ttl_lowered")}
    confirmed = frozenset(map(str.lower, given.pop("confirmed", None) or ()))
    if strange := sorted(confirmed - set(VOUCHED)):
        known = ", ".join(VOUCHED)
        reasons.append(reason_of("plan_confirmed_unknown", WHERE, names=", ".join(strange), known=known))
    only = frozenset(each.lower().rstrip(".") for each in given.pop("only", None) or ())
    desired = Desired(domains, zone=zone, confirmed=confirmed, only=only, **given)
    reasons += _of_domains(desired)
    return desired


def _of_domains(desired: Desired) -> Iterator[Reason]:
    """What is said of domains that are not declared."""
    if strange := sorted(desired.only - set(desired.names)):
        known = ", ".join(desired.names) or "-"
        yield reason_of("plan_only_unknown", WHERE, names=", ".join(strange), known=known)
    elif desired.recipient and not any(is_in(desired.recipient, each) for each in desired.planned):
        domains = ", ".join(desired.planned) or "-"
        yield reason_of("plan_recipient_strange", WHERE, recipient=desired.recipient, domains=domains)


def _moment(option: str, told: Any, zone: ZoneInfo, latest: datetime, reasons: list[Reason]) -> datetime | None:
    if told in (None, ""):
        return None
    moment = parse_since(told, zone)
    if moment is None:
        reasons.append(reason_of("plan_moment_unfit", WHERE, option=option))
    elif moment > latest:
        reasons.append(reason_of("plan_moment_ahead", WHERE, option=option, told=shown(moment, zone)))
    return moment
