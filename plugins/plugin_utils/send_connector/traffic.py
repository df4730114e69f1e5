# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which login carries which mail: for each address space of some connectors, those that Exchange may choose.

Exchange takes the enabled connector with the most specific space, then the one of the lowest cost. How it decides
between equals, or between servers and sites, is not known well enough to be relied on: all that may be chosen count.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..mailboxes.names import mailbox_key
from ..mailboxes.providers import provider_of_smtp
from ..options.values import UNLIMITED
from .rules import BASIC
from .state import SendConnector

Connectors = Sequence[SendConnector]
_SPACE = re.compile(r"([^:;]+):([^;]+);(\d+)")
_UNKNOWN = "\0"
"""Begins the key of a login that is not told; no mailbox's key holds it."""


class Space(NamedTuple):
    """An address space without its cost."""

    kind: str
    name: str

    @property
    def sample(self) -> str:
        """A domain in it, as far from all other spaces as can be."""
        return "?" + self.name.removeprefix("*") if self.kind == "SMTP" and self.name.startswith("*") else self.name

    @property
    def domain(self) -> str:
        """The domain that it names; for types other than SMTP the whole space."""
        return self.name.removeprefix("*.") if self.kind == "SMTP" else self.name

    @property
    def rank(self) -> tuple[int, int]:
        """How specific it is: a whole domain before one with its subdomains, a longer one before a shorter one, every
        domain last."""
        return (0, 0) if self.name == "*" else (1 if self.name.startswith("*.") else 2, len(self.name))

    def covering(self) -> Iterator[Space]:
        """All spaces to which mail to the sample belongs."""
        yield self
        if self.kind != "SMTP":
            return
        labels = self.sample.split(".")
        yield Space("SMTP", self.sample)
        yield from (Space("SMTP", f"*.{'.'.join(labels[at:])}") for at in range(len(labels)))
        yield Space("SMTP", "*")

    def surely_covers(self, other: Space) -> bool:
        """Whether mail to the other's sample, which belongs to this one, surely does: whether ``*.x`` is for x itself,
        too, is not told."""
        return self.name == self.domain or other.sample != self.domain


@dataclass(frozen=True)
class Carrier:
    """A connector that may carry a mail, as far as the choice of it and its login are concerned.

    ``login`` is the key of the mailbox, one of this connector's own (``unknown``) where the host does not tell whose it
    is, None where it logs in with none. ``certain``: it carries what it is chosen
    for, with that login; what of it cannot be read may be otherwise.
    """

    name: str
    login: str | None
    providers: frozenset[str]
    certain: bool
    cost: int | None
    limit: Hashable
    scoped: Hashable
    sources: Hashable
    connector: SendConnector = field(compare=False, repr=False)

    @property
    def unknown(self) -> bool:
        """Whether it logs in with nobody knows what."""
        return self.login is not None and self.login.startswith(_UNKNOWN)

    def reaches(self, other: Carrier) -> bool:
        """Whether it is there for all servers for which the other one is."""
        return self.scoped is False or (self.scoped, self.sources) == (other.scoped, other.sources)

    def takes_sizes_of(self, other: Carrier) -> bool:
        """Whether it takes messages as large as the other one does."""
        if isinstance(self.limit, int) and isinstance(other.limit, int):
            return self.limit >= other.limit
        return self.limit == UNLIMITED

    def stands_in_for(self, other: Carrier) -> bool:
        """Whether it is the same connector, and leaves its rivals no mail that the other one did not leave them."""
        if self == other:
            return True
        same = (self.name, self.scoped, self.sources) == (other.name, other.scoped, other.sources)
        as_cheap = self.cost is not None and other.cost is not None and self.cost <= other.cost
        return same and self.certain and as_cheap and self.takes_sizes_of(other)


class MailRoute(NamedTuple):
    """An address space, and a connector of that space that may carry its mail."""

    space: Space
    carrier: Carrier


def mail_routes(connectors: Connectors) -> list[MailRoute]:
    """What Exchange may choose for each space of some connectors, of those that name the space."""
    table = _Table(connectors)
    return [
        MailRoute(space, each.carrier)
        for space in sorted(table.spaces)
        for each in sorted(table.chosen(space), key=lambda chosen: chosen.carrier.name)
        if each.space == space
    ]


def routes_into_use(after: Connectors, *before: Connectors) -> list[MailRoute]:
    """The roads of ``after`` on which a login carries mail that it carried in none of the states ``before``."""
    now, earlier = _Table(after), [_Table(each) for each in before]
    return [
        MailRoute(space, carrier)
        for space, carrier in mail_routes(after)
        if carrier.login and not any(_carried(carrier, now.carriers(space), table.carriers(space)) for table in earlier)
    ]


def turns(after: Connectors, before: Connectors) -> bool:
    """Whether mail goes to a provider to which none of the connectors handed it before: by a space that one takes on,
    or since a rival is switched off."""
    now, earlier = _Table(after), _Table(before)
    return any(not _handed_to(now, space) <= _handed_to(earlier, space) for space in now.spaces)


def _handed_to(table: _Table, space: Space) -> frozenset[str]:
    """The providers that may get a space's mail."""
    carriers = table.carriers(space)
    return frozenset().union(*(each.providers for each in carriers if each.connector.hands_to_smart_host))


class _Table:
    """Connectors by their spaces; there may be thousands of these."""

    def __init__(self, connectors: Connectors) -> None:
        self.spaces: dict[Space, list[tuple[SendConnector, int | None]]] = {}
        for connector in connectors:
            for space, cost in _spaces(connector):
                self.spaces.setdefault(space, []).append((connector, cost))
        self._carriers: dict[tuple[int, int | None, bool], Carrier] = {}

    def carriers(self, space: Space) -> frozenset[Carrier]:
        """The connectors that Exchange may choose for a space, by whatever space of theirs."""
        return frozenset(each.carrier for each in self.chosen(space))

    def chosen(self, space: Space) -> list[_Fitting]:
        """The same with the spaces by which."""
        fitting = [
            each
            for covering in dict.fromkeys(space.covering())
            for connector, cost in self.spaces.get(covering, ())
            for each in self._fitting(connector, cost, covering, space)
        ]
        return [each for each in fitting if not any(other.beats(each) for other in fitting)]

    def _fitting(self, connector: SendConnector, cost: int | None, space: Space, wanted: Space) -> Iterator[_Fitting]:
        if connector.values.get("enabled") is False:
            return
        sure = connector.enabled and cost is not None and space.surely_covers(wanted)
        key = (id(connector), cost, sure)
        if key not in self._carriers:
            self._carriers[key] = _carrier(connector, cost, sure)
        yield _Fitting(space, sure, self._carriers[key])


def _carried(carrier: Carrier, beside: frozenset[Carrier], before: frozenset[Carrier]) -> bool:
    """Whether a login has carried this mail before: alone, or beside rivals that take no less of it now."""
    alone = all(each.certain and each.login == carrier.login and each.reaches(carrier) for each in before)
    if before and alone and all(carrier.providers <= each.providers for each in before):
        return True
    return carrier in before and all(any(now.stands_in_for(each) for now in beside) for each in before)


class _Fitting(NamedTuple):
    """A connector that takes a mail for one of its spaces; ``sure``: Exchange surely takes it so."""

    space: Space
    sure: bool
    carrier: Carrier

    def beats(self, other: _Fitting) -> bool:
        """Whether this one is chosen before the other, for whatever the other could carry."""
        one, two = self.carrier, other.carrier
        if not (self.sure and one.reaches(two) and one.takes_sizes_of(two)):
            return False
        if self.space.rank != other.space.rank:
            return self.space.rank > other.space.rank
        return one.sources == two.sources and one.cost is not None and two.cost is not None and one.cost < two.cost


def _carrier(connector: SendConnector, cost: int | None, sure: bool) -> Carrier:
    values = connector.values
    hosts, mechanism = values.get("smart_hosts"), values.get("smart_host_auth_mechanism")
    # What was not told, or not understood, may be what makes a login carry mail.
    told = isinstance(hosts, frozenset) and isinstance(mechanism, str)
    logs_in = bool(hosts) and (mechanism in BASIC or not isinstance(mechanism, str))
    hindered = values.get("dns_routing_enabled") is True or values.get("force_helo") is True
    return Carrier(
        name=connector.name.lower(),
        login=_login(connector) if logs_in else None,
        providers=providers_of(hosts),
        certain=sure and told and not hindered,
        cost=cost,
        limit=values.get("max_message_size"),
        scoped=values.get("is_scoped_connector"),
        sources=values.get("source_transport_servers"),
        connector=connector,
    )


def _login(connector: SendConnector) -> str | None:
    if connector.hides_login:
        return _UNKNOWN + connector.guid
    return (mailbox_key(connector.username) or connector.username) if connector.username else None


def providers_of(hosts: object) -> frozenset[str]:
    """The providers that canonical smart hosts belong to; none where they cannot be read."""
    return frozenset(map(_provider, hosts)) if isinstance(hosts, frozenset) else frozenset()


def _provider(host: str) -> str:
    """The provider that a smart host belongs to; one that is not in the table stands for itself."""
    return provider_of_smtp(host) or f"host {host}"


def _spaces(connector: SendConnector) -> Iterator[tuple[Space, int | None]]:
    """The spaces with their costs; a set that cannot be read may be for every domain."""
    value = connector.values.get("address_spaces")
    if not isinstance(value, frozenset):
        yield Space("SMTP", "*"), None
        return
    for text in map(str, value):
        match = _SPACE.fullmatch(text)
        yield (Space(match[1], match[2].lower()), int(match[3])) if match else (Space("?", text), None)
