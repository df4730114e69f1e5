"""What one server keeps of its mail: counts, bounces, notices of delay, and lines for message tracking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lab.exchange.queues.message import Report
from lab.exchange.queues.queue import QueuedMessage


@dataclass(frozen=True)
class Bounce:
    """What a sender was told of one recipient that his mail does not reach; ``message_id`` is that of his mail."""

    at: datetime
    to: str
    recipient: str
    message_id: str
    subject: str
    reason: str

    def as_data(self) -> dict[str, Any]:
        """JSON-able."""
        shown = {"to": self.to, "recipient": self.recipient, "message_id": self.message_id}
        return {"at": self.at.isoformat(), **shown, "subject": self.subject, "reason": self.reason}


@dataclass(frozen=True)
class Delay:
    """What a sender was told of the recipients for whom his mail still waited; no bounce, and no failure."""

    at: datetime
    to: str
    recipients: tuple[str, ...]
    message_id: str
    subject: str

    def as_data(self) -> dict[str, Any]:
        """JSON-able."""
        shown = {"to": self.to, "recipients": list(self.recipients), "message_id": self.message_id}
        return {"at": self.at.isoformat(), **shown, "subject": self.subject}


@dataclass(frozen=True)
class Tracked:
    """One line for message tracking; ``event`` as 2010 names it (RECEIVE, DEFER, SEND, FAIL, DSN, ...).

    ``related`` is what the recipients were before they were looked up: a group, or another address.
    """

    at: datetime
    event: str
    source: str
    message: QueuedMessage | Report
    recipients: tuple[str, ...]
    connector: str | None = None
    status: str | None = None
    related: str = ""


Tracker = Callable[[Tracked], None]


@dataclass
class Counts:
    """What became of recipients since the beginning, those of groups counted one by one.

    ``sent`` has left over a connector, ``delivered_here`` is in a mailbox of this server; ``queued`` is counted in the
    queues themselves. The server's own reports are not among them.
    """

    submitted: int = 0
    sent: int = 0
    failed: int = 0
    expired: int = 0
    removed: int = 0
    delivered_here: int = 0
    attempts: int = 0
    connections_failed: int = 0
    refused_submissions: int = 0
    restarts: int = 0

    @property
    def done(self) -> int:
        """Those that wait no longer."""
        return self.sent + self.failed + self.expired + self.removed + self.delivered_here


@dataclass
class Ledger:
    """Counts, bounces and notices of delay of one server."""

    counts: Counts = field(default_factory=Counts)
    bounces: list[Bounce] = field(default_factory=list)
    delays: list[Delay] = field(default_factory=list)
