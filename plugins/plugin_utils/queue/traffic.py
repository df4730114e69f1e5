# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What message tracking has of the last hours: how much was tried, and what came back and why. Read leniently; what the
lines mean is tracking.TABLE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..lenient import moment, number, objects, text
from ..mailboxes.system import is_system_address
from ..messages.visible import folded
from .last_error import LastError, read_last_error
from .tracking import NOT_DELIVERED, SENT, is_attempt, outcome_of

TRACKED: Final = {"Counted": ["DEFER"], "Latest": ["SEND"], "Causes": ["FAIL"]}
"""The events that are asked for: how many, also when the last one was, also why and whose."""
TRAFFIC: Final = ("Events", "Causes", "CausesLeftOut", "Problem")
NOBODY: Final = ("", "<>")
"""The sender of automatic replies and of reports."""


@dataclass(frozen=True)
class TrackedEvents:
    """One kind of line: how many of the last hours, and when the last one was written."""

    event: str
    source: str
    count: int
    last: datetime | None = None


@dataclass(frozen=True)
class Cause:
    """Messages of one sender that came to the same end for the same reason; ``error`` None: no reason is told."""

    outcome: str
    sender: str
    count: int
    error: LastError | None
    first: datetime | None = None
    last: datetime | None = None

    @property
    def automatic(self) -> bool:
        """Whether nobody wrote them: an automatic reply, or a report."""
        return self.sender in NOBODY


@dataclass(frozen=True)
class Traffic:
    """``events`` None: message tracking told nothing, ``problem`` why, where the host says it. ``left_out``: how many
    more reasons there are than are told."""

    events: tuple[TrackedEvents, ...] | None = None
    causes: tuple[Cause, ...] = ()
    left_out: int = 0
    problem: str | None = None

    @property
    def sent(self) -> int | None:
        """Messages that left."""
        return self._count(lambda each: outcome_of(each.event, each.source) == SENT)

    @property
    def attempts(self) -> int | None:
        """How often the smart host was talked to about a message: it left, was put off or was refused."""
        return self._count(lambda each: is_attempt(each.event, each.source))

    @property
    def deferred(self) -> int | None:
        """Attempts after which a message went on waiting."""
        return self._count(lambda each: each.event == "DEFER" and is_attempt(each.event, each.source))

    @property
    def last_sent(self) -> datetime | None:
        """When the last message left, as far as was looked back."""
        moments = [each.last for each in self.events or () if outcome_of(each.event, each.source) == SENT and each.last]
        return max(moments, default=None)

    def came_back(self, *outcomes: str) -> tuple[Cause, ...]:
        """What came to such an end."""
        return tuple(each for each in self.causes if each.outcome in outcomes)

    @property
    def failed(self) -> int | None:
        """Messages that were to leave and came to their end here, as far back as was looked."""
        return None if self.events is None else sum(each.count for each in self.came_back(*NOT_DELIVERED))

    def _count(self, wanted: Callable[[TrackedEvents], bool]) -> int | None:
        return None if self.events is None else sum(each.count for each in self.events if wanted(each))


def parse_traffic(reported: Mapping[str, Any]) -> Traffic:
    """The traffic in a reply; what cannot be read is nothing. Mail of Exchange's own mailboxes (later versions probe
    with some) is nobody's."""
    if not isinstance(reported.get("Events"), list):
        return Traffic(problem=folded(text(reported.get("Problem")) or "") or None)
    events = tuple(map(_event, objects(reported["Events"])))
    causes = tuple(each for each in map(_cause, objects(reported.get("Causes"))) if not is_system_address(each.sender))
    return Traffic(events, causes, number(reported.get("CausesLeftOut")) or 0)


def _event(row: Mapping[str, Any]) -> TrackedEvents:
    return TrackedEvents(
        _name(row, "EventId"), _name(row, "Source"), number(row.get("Count")) or 0, moment(row.get("Last"))
    )


def _cause(row: Mapping[str, Any]) -> Cause:
    said = str(row.get("Text") or "")
    outcome = outcome_of(_name(row, "EventId"), _name(row, "Source"), said)
    sender, count = str(row.get("Sender") or "").strip().lower(), number(row.get("Count")) or 0
    return Cause(outcome, sender, count, read_last_error(said), moment(row.get("First")), moment(row.get("Last")))


def _name(row: Mapping[str, Any], key: str) -> str:
    return str(row.get(key) or "").strip().upper()
