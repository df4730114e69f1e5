# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What message tracking knows of mail that came in: how much by which connector from where, when the newest, and what
came in more than once. Read leniently."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..lenient import moment, number, objects, text
from ..messages.visible import folded
from ..receive_connector.places import place_of


@dataclass(frozen=True)
class ReceivedBy:
    """Messages that came in through one connector from one client."""

    connector: str
    address: str
    place: str
    count: int
    newest: datetime | None = None

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        return {**vars(self), "newest": self.newest.isoformat() if self.newest else None}


@dataclass(frozen=True)
class ReceivedMail:
    """``by`` None: message tracking told nothing. ``twice``: Message-ID and how often it came in."""

    by: tuple[ReceivedBy, ...] | None = None
    twice: tuple[tuple[str, int], ...] = ()
    cut: bool = False

    @property
    def count(self) -> int | None:
        """Messages that came in."""
        return None if self.by is None else sum(each.count for each in self.by)

    def newest(self, *places: str) -> datetime | None:
        """When the newest came in, from these places or from any."""
        found = (each.newest for each in self.by or () if not places or each.place in places)
        return max((at for at in found if at is not None), default=None)

    def of(self, place: str) -> int:
        """Messages that came in from a place."""
        return sum(each.count for each in self.by or () if each.place == place)


def parse_received(reported: Mapping[str, Any], own: Collection[str] = ()) -> ReceivedMail:
    """What the first object of Get-ReceivedMail gives."""
    if not isinstance(reported.get("Counts"), list):
        return ReceivedMail()
    twice = [
        (folded(str(row.get("MessageId"))), number(row.get("Count")) or 0) for row in objects(reported.get("Twice"))
    ]
    by = tuple(_by(row, own) for row in objects(reported["Counts"]))
    return ReceivedMail(by, tuple(each for each in twice if each[1] > 1), reported.get("Cut") is True)


def _by(row: Mapping[str, Any], own: Collection[str]) -> ReceivedBy:
    address = text(row.get("ClientIp")) or ""
    connector, count = text(row.get("Connector")) or "", number(row.get("Count")) or 0
    return ReceivedBy(connector, address, place_of(address, own), count, moment(row.get("Newest")))
