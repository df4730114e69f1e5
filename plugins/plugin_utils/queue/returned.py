# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a smart host refused for good, by class: its words, whose mail it was, and whether it touches all mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ..mailboxes.refusals import (
    CONNECTION,
    ELSEWHERE,
    LOGIN,
    LOGIN_OUTAGE,
    OTHER,
    is_ours,
    meaning_of,
    remedy,
    scope_of,
)
from ..messages import notice_of
from .last_error import LastError
from .tracking import REFUSED
from .traffic import Cause, Traffic

MOST_SENDERS: Final = 10
REPAIRABLE: Final = (LOGIN, LOGIN_OUTAGE, CONNECTION)
"""Classes that refuse all mail while they last, so that mail which leaves later shows their end. Another sender,
another recipient's block list or another day's quota may be refused all the same."""
CALM: Final = timedelta(hours=1)
"""So long has nothing of the class come back: of two servers behind one name, one may refuse and the other not."""


@dataclass(frozen=True)
class Returned:
    """The messages of one class. ``automatic``: nobody wrote them, they are replies and reports of the server.
    ``over``: what refused them has been repaired since."""

    kind: str
    automatic: bool
    causes: tuple[Cause, ...]
    over: bool = False

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
        """Whether the class touches all mail by this provider, login, sender or address, today still."""
        return not self.automatic and not self.over and is_ours(self.kind)

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
        words = self.error.quoted if self.error else notice_of("no_words")
        if self.automatic:
            return notice_of("queue_automatic_came_back", count=count, kind=kind, meaning=meaning, words=words)
        number, first = len(self.senders), self.senders[0]
        return notice_of(
            "queue_came_back_before" if self.over else "queue_came_back",
            count=count,
            kind=kind,
            meaning=meaning,
            words=words,
            senders=number,
            sender=first,
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
            "over": self.over,
            "what_to_do": remedy(self.kind),
        }


def returned(traffic: Traffic, now: datetime | None = None) -> tuple[Returned, ...]:
    """What came back until ``now``, that which touches all mail first, then the most frequent."""
    groups: dict[tuple[str, bool], list[Cause]] = {}
    for each in traffic.came_back(REFUSED):
        groups.setdefault((each.error.kind if each.error else OTHER, each.automatic), []).append(each)
    found = [
        Returned(
            kind,
            automatic,
            _frequent_first(causes),
            not automatic and kind in REPAIRABLE and _is_over(causes, traffic, now),
        )
        for (kind, automatic), causes in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (not each.decides, -each.count, each.kind)))


def _frequent_first(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda each: -each.count))


def _is_over(causes: Iterable[Cause], traffic: Traffic, now: datetime | None) -> bool:
    """Whether mail has left since the last of them, and none has come back for a while; where a time is not told, it
    goes on."""
    ends = [each.last for each in causes]
    known = [each for each in ends if each]
    if now is None or traffic.last_sent is None or not known or len(known) < len(ends):
        return False
    return traffic.last_sent > max(known) and now - max(known) >= CALM
