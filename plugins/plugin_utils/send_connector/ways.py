# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two ways out, declared by name: through the provider's smart host, or straight to the recipients' servers. A way
settles a connector's settings as a whole, and what contradicts it is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from ..errors import Reason
from ..exchange.settings import Values
from ..messages import reason_of
from ..options.option import Option
from ..options.values import Choice, is_true
from .settings import SETTINGS
from .state import takes_any_domain

SMARTHOST, DIRECT = "smarthost", "direct"
WAY = Option(
    "way",
    Choice(SMARTHOST, DIRECT),
    "How mail leaves. V(smarthost): through the provider's servers, which O(smart_hosts) names. V(direct): straight to"
    " the recipients' mail servers, found by DNS, without a login and without requiring TLS; for a server with a fixed"
    " address and a name (PTR) of its own. What contradicts it is refused. Without it, the settings alone decide.",
)


class Settled(NamedTuple):
    """A setting that a way settles, its value, and the reason against any other one."""

    option: str
    value: Any
    reason: str


DIRECTLY = (
    Settled("smart_hosts", frozenset(), "direct_with_smart_hosts"),
    Settled("dns_routing_enabled", True, "direct_without_dns"),
    Settled("smart_host_auth_mechanism", "None", "direct_with_mechanism"),
    Settled("require_tls", False, "direct_with_tls"),
    Settled("tls_auth_level", None, "direct_with_tls_check"),
    Settled("tls_domain", None, "direct_with_tls_check"),
    Settled("port", 25, "direct_with_port"),
)
"""What sending directly comes to: the servers of all recipients take mail on one port, from anybody, and many of them
without TLS or with a certificate of another name."""

CALM = ("calm_for_per_hour", "calm_for_provider", "smtp_max_messages_per_connection")
"""Options of the transport server with which the rate of one provider is kept."""


def with_way(way: str | None, values: Values) -> Values:
    """The declared values, and what the way settles besides."""
    if way != DIRECT:
        return values
    return {**{each.option: each.value for each in DIRECTLY}, **values}


def contradictions(way: str | None, arguments: Mapping[str, Any], values: Values, where: str) -> list[Reason]:
    """What of a declaration contradicts its way: ``values`` are the declared ones, ``arguments`` all that is
    declared."""
    if way == DIRECT:
        return [*_of_values(values, where), *_of_login(arguments, where)]
    return _of_smarthost(arguments, values, where) if way == SMARTHOST else []


def _of_values(values: Values, where: str) -> list[Reason]:
    return [
        reason_of(each.reason, where, option=each.option, value=_shown(each.option, values[each.option]))
        for each in DIRECTLY
        if each.option in values and values[each.option] != each.value
    ]


def _shown(option: str, value: Any) -> str:
    shown = SETTINGS.show({option: value})[option]
    return ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)


def _of_login(arguments: Mapping[str, Any], where: str) -> list[Reason]:
    return [reason_of("direct_with_login", where)] if arguments.get("login") is not None else []


def _of_smarthost(arguments: Mapping[str, Any], values: Values, where: str) -> list[Reason]:
    reasons = []
    if values.get("dns_routing_enabled") is True:
        reasons.append(reason_of("smarthost_with_dns", where))
    # What is declared and does not fit, or is empty, has its own reason.
    if not values.get("smart_hosts") and arguments.get("smart_hosts") is None:
        reasons.append(reason_of("smarthost_without_hosts", where))
    # A connector that is switched off leaves no smart host, whatever its way.
    if is_true(arguments.get("confirm_no_smarthost")) and values.get("enabled") is not False:
        reasons.append(reason_of("smarthost_with_no_smarthost", where))
    return reasons


def sends_directly(declared: Callable[[str], Any]) -> bool:
    """Whether a connector is declared to send directly; ``declared`` gives its options as they were written."""
    absent = str(declared("state")).strip().lower() == "absent"
    return not absent and str(declared("way")).strip().lower() == DIRECT


def calm_beside(declared: Callable[[str], Any], transport: Mapping[str, Any], where: str) -> list[Reason]:
    """Why the calm values that are declared of the transport server do not go with the connector that is: one that
    sends all mail directly has no provider whose rate they would keep. ``declared`` gives its options as they were
    written."""
    # A transport server's own connector may be another one, which does have a smart host.
    of_other = transport.get("connector") not in (None, declared("name"))
    if of_other or not sends_directly(declared) or not _takes_all(declared("address_spaces")):
        return []
    return [reason_of("calm_beside_direct", where, option=each) for each in CALM if transport.get(each) is not None]


def _takes_all(spaces: Any) -> bool:
    """Whether declared address spaces, as they were written, may be those for every domain; so may none."""
    if spaces is None:
        return True
    with suppress(ValueError):
        return takes_any_domain(SETTINGS["address_spaces"].kind.parse(spaces))
    return False
