# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other ways that mail to the internet may take, and the connectors that are easily taken for another one."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import Reason
from ..mailboxes.names import mailbox_key
from ..messages import notice_of, reason_of
from .desired import Desired
from .state import SendConnector, spaces_of

_SPACE = re.compile(r"(?:Local:\s*)?(?:SMTP:)?\s*([^\s;:]+?)\s*(?:;\s*(\d{1,3}))?", re.IGNORECASE)
_ALL_ACCEPTED = "--"
"""Exchange's sign for every domain of the organisation."""
_FILLERS = "\u115f\u1160\u2800\u3164_"
"""What Unicode does not call blank or dash and yet nobody sees or minds in a name."""
_ALIKE = str.maketrans("01", "ol")


def reach(connector: SendConnector) -> dict[str, int]:
    """The address spaces by which an enabled connector takes mail to the internet, each with its cost."""
    return internet_spaces(connector) if connector.enabled else {}


def internet_spaces(connector: SendConnector) -> dict[str, int]:
    """The same of a connector that may be switched off. A space without a dot and without a wildcard is one of the
    house."""
    found: dict[str, int] = {}
    for match in filter(None, map(_SPACE.fullmatch, _spaces(connector))):
        space, cost = match[1].lower(), int(match[2] or 1)
        if "." in space or "*" in space or space == _ALL_ACCEPTED:
            found[space] = min(cost, found.get(space, cost))
    return found


def _spaces(connector: SendConnector) -> list[str]:
    return sorted(spaces_of(connector.values.get("address_spaces")))


def looks_like(one: str, other: str) -> bool:
    """Whether a person takes the two names for one: capitals, blanks, dashes, and letters that look alike or that
    nobody sees make no difference."""
    return _seen(one) == _seen(other)


def _seen(name: str) -> str:
    key = mailbox_key(name).translate(_ALIKE)
    return "".join(each for each in key if each not in _FILLERS and unicodedata.category(each) not in ("Pd", "Sm"))


def refusals(
    desired: Desired, before: Sequence[SendConnector], after: SendConnector, connectors: Sequence[SendConnector]
) -> list[Reason]:
    """Why a plan that turns the connectors ``before`` into these, ``after`` among them, may not be carried out."""
    others = [each for each in connectors if each is not after]
    was = next((each for each in before if each.name == after.name), None)
    twins = [each for each in others if was is None and _is_twin(desired, each)]
    reasons = [reason_of("look_alike_name", desired.where, name=each.name, desired=desired.name) for each in twins]
    for space, cost in sorted(reach(after).items()):
        # Two that share a part of the mail today may go on; all of it is too much to be left to chance.
        old = space != "*" and was is not None and reach(was).get(space) == cost
        rivals = [] if old else [each for each in others if reach(each).get(space) == cost]
        if rivals:
            names = ", ".join(f"'{each.name}'" for each in rivals)
            reasons.append(reason_of("same_cost", desired.where, names=names, space=space, cost=cost))
    return reasons


def _is_twin(desired: Desired, other: SendConnector) -> bool:
    known = {name.lower() for name in desired.known_routes or ()}
    return looks_like(str(desired.name), other.name) and other.name.lower() not in known


def look_alike_left(desired: Desired, connectors: Iterable[SendConnector]) -> tuple[str, ...]:
    """That there is no connector to remove, but one that may be meant."""
    twins = [each for each in connectors if looks_like(str(desired.name), each.name)]
    return tuple(notice_of("look_alike_left", name=each.name, desired=desired.name) for each in twins)


def told(desired: Desired, after: SendConnector, connectors: Sequence[SendConnector]) -> tuple[str, ...]:
    """The ways beside ``after`` that nobody has said to be known, and those among which Exchange picks by itself."""
    others = [each for each in connectors if each is not after]
    unknown = {each.name: _unknown(desired, each) for each in others}
    ways = [_way(each, unknown[each.name], after) for each in others if unknown[each.name]]
    pairs = itertools.combinations((after, *others), 2)
    return (*ways, *(text for one, two in pairs if (text := _competition(one, two, unknown))))


def _unknown(desired: Desired, other: SendConnector) -> dict[str, int]:
    """The reach of a connector as far as neither its name nor the space is declared to be known."""
    known = {name.lower() for name in desired.known_routes or ()}
    if other.name.lower() in known:
        return {}
    return {space: cost for space, cost in reach(other).items() if space not in known}


def _way(other: SendConnector, spaces: dict[str, int], after: SendConnector) -> str:
    hosts = other.values.get("smart_hosts")
    way = ", ".join(sorted(map(str, hosts))) if other.hands_to_smart_host and isinstance(hosts, frozenset) else "DNS"
    shown = ", ".join(f"{space} (cost {cost})" for space, cost in sorted(spaces.items()))
    return notice_of("other_route", name=other.name, spaces=shown, way=way, own=after.name)


def _competition(one: SendConnector, two: SendConnector, unknown: dict[str, dict[str, int]]) -> str | None:
    """One that is known to compete is known; where both are others, one of them is enough to be told."""
    ours = unknown.get(one.name, reach(one))
    shared = sorted(space for space, cost in ours.items() if unknown[two.name].get(space) == cost)
    return notice_of("routes_compete", one=one.name, two=two.name, spaces=", ".join(shared)) if shared else None


def facts(target: str | None, connectors: Iterable[SendConnector]) -> list[dict[str, Any]]:
    """Every other enabled connector with all its address spaces, those of the house too."""
    others = [each for each in connectors if each.name != target and each.enabled]
    return [{"name": each.name, "address_spaces": _spaces(each), "internet": sorted(reach(each))} for each in others]


def foreign_home(
    desired: Desired, target: SendConnector | None, server: str | None, changes: bool
) -> tuple[list[Reason], list[str]]:
    """Why the connector that the declaration found may carry no mail of this server: reasons against a plan
    (``changes``) for one that was adopted, else notices. What is declared is meant."""
    if target is None:
        return [], []
    others, scoped = _other_servers(desired, target, server), _is_scoped(desired, target)
    where, name = desired.where, target.name
    if changes and (desired.name or "").lower() != name.lower():
        reasons = (
            [reason_of("adopts_of_other_servers", where, name=name, servers=others, server=server)] if others else []
        )
        return [*reasons, *([reason_of("adopts_scoped", where, name=name)] if scoped else [])], []
    notices = [notice_of("used_by_other_servers", name=name, servers=others, server=server)] if others else []
    return [], [*notices, *([notice_of("connector_scoped", name=name)] if scoped else [])]


def _other_servers(desired: Desired, target: SendConnector, server: str | None) -> str | None:
    """The servers that use the connector, where this one is none of them."""
    sources = target.values.get("source_transport_servers")
    if "source_transport_servers" in desired.values or not server or not isinstance(sources, frozenset):
        return None
    return None if server.lower() in sources else ", ".join(sorted(map(str, sources)))


def _is_scoped(desired: Desired, target: SendConnector) -> bool:
    return target.values.get("is_scoped_connector") is True and "is_scoped_connector" not in desired.values
