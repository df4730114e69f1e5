# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which settings of receive connectors exclude or require each other, within one and between those of a server.

They are Exchange's own rules (Microsoft's reference of New- and Set-ReceiveConnector), asked before Exchange is, and
what a connector for everyone must not have; exchange/rules.py says when they are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from ..errors import Reason
from ..exchange.rules import Rule, broken
from ..exchange.settings import Values
from ..messages import reason_of
from .ranges import AddressRange, cross, everyone, ranges_of
from .settings import ANONYMOUS
from .state import ReceiveConnector, flags

EXTERNAL = "ExternalAuthoritative"
SERVERS = "ExchangeServers"


def conflicts(values: Values, where: str) -> list[Reason]:
    """All rules that the values of one connector break."""
    return broken(RULES, values, where)


def _basic(values: Values, where: str) -> Reason | None:
    mechanisms = flags(values.get("auth_mechanism"))
    if "BasicAuthRequireTLS" not in mechanisms or {"BasicAuth", "Tls"} <= mechanisms:
        return None
    return reason_of("receive_basic_tls", where)


def _require_tls(values: Values, where: str) -> Reason | None:
    if values.get("require_tls") is not True or "auth_mechanism" not in values:
        return None
    return None if "Tls" in flags(values["auth_mechanism"]) else reason_of("receive_tls_missing", where)


def _external(values: Values, where: str) -> Reason | None:
    mechanisms = flags(values.get("auth_mechanism"))
    if EXTERNAL not in mechanisms:
        return None
    if mechanisms - {EXTERNAL, "Tls"}:
        return reason_of("receive_external_alone", where, others=", ".join(sorted(mechanisms - {EXTERNAL, "Tls"})))
    if "permission_groups" in values and SERVERS not in flags(values["permission_groups"]):
        return reason_of("receive_external_groups", where)
    return None


def _banner(values: Values, where: str) -> Reason | None:
    banner = values.get("banner")
    if not isinstance(banner, str) or banner == "220" or banner.startswith("220 "):
        return None
    return reason_of("receive_banner", where, banner=banner)


def _tls_for_everyone(values: Values, where: str) -> Reason | None:
    groups = values.get("permission_groups", frozenset({ANONYMOUS}))
    for_everyone = everyone(ranges_of(values.get("remote_ip_ranges"))) and ANONYMOUS in flags(groups)
    return reason_of("receive_tls_for_everyone", where) if values.get("require_tls") is True and for_everyone else None


RULES: tuple[Rule, ...] = (_basic, _require_tls, _external, _banner, _tls_for_everyone)


def among(connectors: Sequence[ReceiveConnector], where: str) -> list[Reason]:
    """What two connectors of one server may not have together: the same range on the same binding, or ranges there of
    which neither lies within the other."""
    found: list[Reason] = []
    for one, other in combinations(connectors, 2):
        bindings = ", ".join(map(str, sorted(set(one.bindings) & set(other.bindings))))
        if bindings:
            found += _between(one, other, bindings, where)
    return found


def _between(one: ReceiveConnector, other: ReceiveConnector, bindings: str, where: str) -> Iterator[Reason]:
    if same := sorted(set(one.ranges) & set(other.ranges)):
        yield reason_of(
            "receive_same_pair", where, one=one.name, other=other.name, ranges=_listed(same), bindings=bindings
        )
    if crossing := cross(one.ranges, other.ranges):
        yield reason_of(
            "receive_ranges_cross",
            where,
            one=one.name,
            other=other.name,
            mine=str(crossing[0]),
            theirs=str(crossing[1]),
            bindings=bindings,
        )


def _listed(ranges: Iterable[AddressRange]) -> str:
    return ", ".join(map(str, ranges))
