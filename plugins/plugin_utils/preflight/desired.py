# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a preflight is declared: which checks are made, which are accepted as they are, and whom is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Reason
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import ListOf
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Choice, HostName, Integer, IpAddress, Names

NOUN, WHERE = "preflight", "preflight"
GROUPS = ("host", "tls", "exchange", "smarthost", "direct", "pop3", "dns", "inbound", "server")
"""The groups of checks in the order in which they are shown; ``server`` is not mail flow."""
DEFAULT_GROUPS = frozenset(GROUPS[:-1])
CHANGE, ALWAYS = "change", "always"

RESOLVER_PORT = Option("resolver_port", Integer(1, 65535), "The port of O(resolver).", default=53)
OPTIONS: tuple[Option, ...] = (
    Option(
        "accept",
        Names(),
        "Names of checks whose result is accepted as it is, such as V(spf): they stop nothing and are not warned of. An"
        " unknown name is refused.",
    ),
    Option(
        "fail_on",
        Choice(CHANGE, ALWAYS),
        "When a failed check makes the task fail. V(change): only if a planned change would run into it. V(always): on"
        " a host where nothing is to be changed, too, so that a timer can raise an alarm.",
        default=CHANGE,
    ),
    Option(
        "only",
        Names(),
        f"The groups of checks to make, of {', '.join(f'V({each})' for each in GROUPS)}. By default all but V(server),"
        " which is not about mail: directory, shares and licences.",
    ),
    Option(
        "answer_seconds",
        Integer(1, 120),
        "The seconds after which everything that is asked over the network counts as unknown. It is asked side by side,"
        " so all of it together takes no longer.",
        default=10,
    ),
    Option(
        "resolver",
        IpAddress(),
        "The address of the DNS server that the controller asks; by default its own resolver. A lying or filtering one"
        " gives wrong results.",
    ),
    RESOLVER_PORT,
    Option(
        "public_address",
        IpAddress(),
        "The fixed public address from which the server sends directly; its name and block lists are checked then.",
    ),
    Option(
        "recipient_servers",
        ListOf(HostName()),
        "Mail servers of recipients, such as the MX of customers. M(sbs.mailflow.preflight) alone lets a server that is"
        " declared to send directly connect to their port 25, to see whether it gets out; nothing is said to them. Two"
        " or more, since one may be silent for its own reasons. None: it is not tried.",
    ),
)
"""The options of the noun, besides those of every run."""
ACTION = Action(
    NOUN,
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Check whether the mail of an Exchange 2010 can reach its goal, before anything is changed",
)


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``only`` and ``accept`` hold names in small letters; ``answer_seconds`` is for all that is
    asked over the network together."""

    accept: frozenset[str] = frozenset()
    fail_on: str = CHANGE
    only: frozenset[str] = DEFAULT_GROUPS
    answer_seconds: int = 10
    resolver: str | None = None
    resolver_port: int = 53
    public_address: str | None = None
    recipient_servers: tuple[str, ...] = ()


def parse_desired(
    arguments: Mapping[str, Any], reasons: list[Reason], checks: Collection[str], where: str | Spelling = WHERE
) -> Desired:
    """The declaration of these arguments; what is wrong is added to the reasons. ``checks``: the names of all."""
    given = parse(OPTIONS, arguments, Spelling.of(where), reasons)
    accept, only = (frozenset(map(str.lower, given.pop(name, None) or ())) for name in ("accept", "only"))
    if wrong := _strangers(accept, checks):
        reasons.append(reason_of("preflight_accept_unknown", WHERE, names=wrong, known=", ".join(checks)))
    if wrong := _strangers(only, GROUPS):
        reasons.append(reason_of("preflight_only_unknown", WHERE, names=wrong, known=", ".join(GROUPS)))
    return Desired(accept=accept, only=only or DEFAULT_GROUPS, **given)


def _strangers(names: Collection[str], known: Collection[str]) -> str:
    return ", ".join(sorted(each for each in names if each not in known))
