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
