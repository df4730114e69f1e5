# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a smart host refused for good, by class: its words, whose mail it was, and whether it touches all mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..messages import tell
from ..refusals import ELSEWHERE, OTHER, is_ours, meaning_of, remedy, scope_of
from .last_error import LastError
from .tracking import REFUSED
from .traffic import Cause, Traffic

MOST_SENDERS: Final = 10


@dataclass(frozen=True)
class Returned:
    """The messages of one class. ``automatic``: nobody wrote them, they are replies and reports of the server."""

    kind: str
    automatic: bool
    causes: tuple[Cause, ...]

    @property
    def count(self) -> int:
        """How many messages."""
        return sum(each.count for each in self.causes)

    @property
    def senders(self) -> tuple[str, ...]:
        """Whose they were, those with most messages first."""
        return tuple(dict.fromkeys(each.sender for each in self.causes))

    @property
    def first(self) -> datetime | None:
        """When it began."""
        return min((each.first for each in self.causes if each.first), default=None)

    @property
    def decides(self) -> bool:
        """Whether the class touches all mail by this provider, login, sender or address."""
        return not self.automatic and is_ours(self.kind)

    @property
    def unclear(self) -> bool:
        """Whether the words do not tell whom they touch."""
        return not self.automatic and not is_ours(self.kind) and scope_of(self.kind) not in ELSEWHERE

    @property
    def error(self) -> LastError | None:
        """What was said most often."""
        return next((each.error for each in self.causes if each.error), None)

    @property
    def sentence(self) -> str:
        """All that for a reader."""
        count, kind, meaning = self.count, self.kind, meaning_of(self.kind)
        words = self.error.words if self.error else ""
        if self.automatic:
            return tell("queue_automatic_came_back", count=count, kind=kind, meaning=meaning, words=words)
        number, first = len(self.senders), self.senders[0]
        return tell(
            "queue_came_back", count=count, kind=kind, meaning=meaning, words=words, senders=number, sender=first
        )

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        error = self.error.as_data() if self.error else {}
        return {
            **{key: error.get(key) for key in ("words", "exchange_code", "source", "confidence")},
            "class": self.kind,
            "messages": self.count,
            "senders": list(self.senders[:MOST_SENDERS]),
            "since": self.first.isoformat() if self.first else None,
            "automatic": self.automatic,
            "decides": self.decides,
            "what_to_do": remedy(self.kind),
        }


def returned(traffic: Traffic) -> tuple[Returned, ...]:
    """What came back, that which touches all mail first, then the most frequent."""
    groups: dict[tuple[str, bool], list[Cause]] = {}
    for each in traffic.came_back(REFUSED):
        groups.setdefault((each.error.kind if each.error else OTHER, each.automatic), []).append(each)
    found = [Returned(kind, automatic, _frequent_first(causes)) for (kind, automatic), causes in groups.items()]
    return tuple(sorted(found, key=lambda each: (not each.decides, -each.count, each.kind)))


def _frequent_first(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda each: -each.count))
