# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways on which mail comes in. They belong to domains: an MX of one's own beside a provider's address that is
fetched is a usual state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Way = Literal["mx", "pop3", "collector"]
MX, POP3, COLLECTOR = "mx", "pop3", "collector"
WAYS = (MX, POP3, COLLECTOR)
"""To the server itself; by the POP3 connector; by another maker's program on it."""
FETCHED = (POP3, COLLECTOR)
"""The ways on which mail waits at a provider until somebody fetches it, who then deletes it there."""


@dataclass(frozen=True)
class DomainWay:
    """One entry: a domain in small letters and one way of its mail. ``mailboxes``: those at the provider from which it
    is fetched, as they are declared; none: not named. ``transition``: whether the domain leaves a way, or comes to
    it."""

    domain: str
    way: Way
    mailboxes: tuple[str, ...] = ()
    transition: bool = False

    @property
    def fetched(self) -> bool:
        """Whether its mail is fetched from a provider."""
        return self.way in FETCHED


@dataclass(frozen=True)
class DomainWays:
    """What a declaration with such entries can be asked."""

    domains: tuple[DomainWay, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Each declared domain once, in order."""
        return tuple(dict.fromkeys(each.domain for each in self.domains))

    def of_way(self, way: str) -> tuple[DomainWay, ...]:
        """The entries of this way."""
        return tuple(each for each in self.domains if each.way == way)

    def ways_of(self, domain: str) -> frozenset[str]:
        """The ways that are declared for a domain."""
        return frozenset(each.way for each in self.domains if each.domain == domain)

    def in_transition(self, domain: str) -> bool:
        """Whether a domain is on its way from one way to another."""
        return any(each.transition for each in self.domains if each.domain == domain)

    def mailboxes_of(self, domain: str) -> tuple[str, ...]:
        """The provider's mailboxes that are declared for a domain, each once."""
        return tuple(dict.fromkeys(name for each in self.domains if each.domain == domain for name in each.mailboxes))
