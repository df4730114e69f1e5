# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits on a host: the agent's Measure-Queue, read leniently. One object a queue, counted on the host, so that
fifty thousand messages are a few lines; and one without an identity, the message tracking of the last hours
(traffic.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..lenient import guid, moment, number, objects
from ..mailboxes.refusals import ELSEWHERE, scope_of
from ..request import Step
from .last_error import LastError, read_last_error
from .traffic import TRACKED, TRAFFIC, Traffic, parse_traffic

MEASURE = "Measure-Queue"
_SELECT = (
    "Identity", "NextHopDomain", "NextHopConnector", "DeliveryType", "Status", "MessageCount", "LastError",
    "LastRetryTime", "NextRetryTime", "Messages", "Oldest", "FirstExpiry", "Retries", "Bytes", "Errors", "Senders",
    *TRAFFIC,
)  # fmt: skip


def measure_step(hours: int = 1, back: int = 1) -> Step:
    """The step that counts what waits, the events of the last ``hours``, and what came back in the last ``back``."""
    return Step("measure_queue", MEASURE, {"Hours": hours, "Back": back, "Errors": 20, **TRACKED}, _SELECT)


@dataclass(frozen=True)
class Counts:
    """Messages by status; ``other`` are about to be something else (PendingSuspend, PendingRemove), or nobody knows."""

    ready: int = 0
    retry: int = 0
    active: int = 0
    suspended: int = 0
    other: int = 0

    @property
    def waiting(self) -> int:
        """Those that Exchange tries by itself."""
        return self.ready + self.retry + self.active

    @property
    def all(self) -> int:
        """All of them."""
        return self.waiting + self.suspended + self.other


class Status:
    """What Exchange calls the state of a queue or of a message, whatever its capitals."""

    status: str

    @property
    def suspended(self) -> bool:
        """Whether it is stopped until somebody resumes it."""
        return self.status.lower() == "suspended"

    @property
    def in_retry(self) -> bool:
        """Whether it waits for its next attempt: the last connection of the queue, or the message, was refused."""
        return self.status.lower() == "retry"


@dataclass(frozen=True)
class Group:
    """Messages of a queue that were refused with words of one kind; ``error`` None: those without any."""

    error: LastError | None
    count: int
    oldest: datetime | None = None
    first_expiry: datetime | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether they wait for a reason of one recipient, or of one message."""
        return self.error is not None and scope_of(self.error.kind) in ELSEWHERE


@dataclass(frozen=True)
class Queue(Status):
    """One queue. Times are aware moments (UTC), None where the host does not tell; sizes are bytes."""

    identity: str
    next_hop: str = ""
    connector_guid: str = ""
    status: str = ""
    counts: Counts = Counts()
    last_error: LastError | None = None
    last_retry: datetime | None = None
    next_retry: datetime | None = None
    oldest: datetime | None = None
    first_expiry: datetime | None = None
    retries: int = 0
    size: int = 0
    groups: tuple[Group, ...] = ()
    senders: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """The last part of the identity, in small letters."""
        return self.identity.rpartition("\\")[2].lower()

    @property
    def errors(self) -> tuple[tuple[LastError, int], ...]:
        """The words of refusal, and how many messages got them."""
        return tuple((each.error, each.count) for each in self.groups if each.error)

    @property
    def held_up(self) -> tuple[Group, ...]:
        """The messages that wait for a reason that may concern all, as far as is told; the others are somebody's."""
        rest = self.counts.all - sum(each.count for each in self.groups)
        unnamed = (Group(None, rest, self.oldest, self.first_expiry),) if rest > 0 else ()
        return (*(each for each in self.groups if not each.elsewhere), *unnamed)

    def said(self, kind: str) -> int:
        """How many messages were refused with words of a class; a queue in Retry counts all that it holds."""
        told = sum(count for error, count in self.errors if error.kind == kind)
        whole = self.counts.waiting if self.in_retry and self.last_error and self.last_error.kind == kind else 0
        return max(told, whole)


@dataclass(frozen=True)
class Backlog:
    """All queues of the server, and its traffic."""

    queues: tuple[Queue, ...] = ()
    traffic: Traffic = field(default_factory=Traffic)


def parse_backlog(output: Iterable[Mapping[str, Any]]) -> Backlog:
    """The backlog in a reply; what cannot be read is nothing."""
    rows = list(output)
    queues = tuple(_queue(row) for row in rows if row.get("Identity"))
    traffic = next((row for row in rows if not row.get("Identity")), {})
    return Backlog(tuple(sorted(queues, key=lambda each: each.identity)), parse_traffic(traffic))


def _queue(row: Mapping[str, Any]) -> Queue:
    return Queue(
        identity=str(row["Identity"]),
        next_hop=str(row.get("NextHopDomain") or ""),
        connector_guid=guid(row.get("NextHopConnector")),
        status=str(row.get("Status") or ""),
        counts=_counts(row.get("Messages"), number(row.get("MessageCount")) or 0),
        last_error=read_last_error(row.get("LastError")),
        last_retry=moment(row.get("LastRetryTime")),
        next_retry=moment(row.get("NextRetryTime")),
        oldest=moment(row.get("Oldest")),
        first_expiry=moment(row.get("FirstExpiry")),
        retries=number(row.get("Retries")) or 0,
        size=number(row.get("Bytes")) or 0,
        groups=tuple(map(_group, objects(row.get("Errors")))),
        senders=tuple(
            (str(each.get("Address") or ""), number(each.get("Count")) or 0) for each in objects(row.get("Senders"))
        ),
    )


def _counts(reported: Any, total: int) -> Counts:
    """By status; where the host does not tell, all count as ready."""
    if not isinstance(reported, Mapping):
        return Counts(ready=total)
    small = {str(key).lower(): number(value) or 0 for key, value in reported.items()}
    known = {key: small.pop(key, 0) for key in ("ready", "retry", "active", "suspended")}
    return Counts(**known, other=sum(small.values()))


def _group(row: Mapping[str, Any]) -> Group:
    error, count = read_last_error(row.get("Text")), number(row.get("Count")) or 0
    return Group(error, count, moment(row.get("Oldest")), moment(row.get("FirstExpiry")))
