"""A message as it is submitted, and as it waits in a queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.exchange.queues.queue import Queue


@dataclass(frozen=True)
class Mail:
    """What is submitted. ``size`` in bytes is what Exchange shows; over the wire goes a short text.

    ``poison``: each attempt to process it ends the transport service.
    """

    sender: str
    recipients: tuple[str, ...]
    subject: str = "Message of the lab"
    size: int = 4096
    poison: bool = False


@dataclass(eq=False, slots=True)
class QueuedMessage:
    """One message in one queue; ``recipients`` are those whose fate is open. Times are in UTC.

    ``retry_at``: not before then is it tried again; ``waiting``: it stands in its queue's line of ready messages;
    ``delay_told``: its sender has had the notice that it waits.
    """

    number: int
    mail: Mail
    recipients: list[str]
    message_id: str
    received: datetime
    expires: datetime
    queue: Queue
    retry_at: datetime | None = None
    retries: int = 0
    last_error: str | None = None
    active: bool = False
    suspended: bool = False
    delay_told: bool = False
    waiting: bool = False
    crashes: int = 0
    removal: bool | None = None
    gone: bool = False
    text: bytes = b""

    @property
    def status(self) -> str:
        """As Get-Message shows it. Where the queue's last connection failed, its messages are in Retry, too."""
        if self.active:
            return "PendingRemove" if self.removal is not None else "PendingSuspend" if self.suspended else "Active"
        if self.suspended:
            return "Suspended"
        return "Retry" if self.retry_at or self.queue.next_retry else "Ready"

    @property
    def can_go(self) -> bool:
        """Whether nothing but its queue holds it back."""
        return not (self.gone or self.active or self.suspended or self.retry_at)

    def content(self) -> bytes:
        """What goes over the wire; made once, since it may be needed thousands of times."""
        if not self.text:
            lines = (
                f"From: <{self.mail.sender}>",
                f"To: {', '.join(f'<{to}>' for to in self.mail.recipients)}",
                f"Subject: {self.mail.subject}",
                f"Date: {format_datetime(self.received)}",
                f"Message-ID: {self.message_id}",
                "",
                "Sent by a simulated Exchange.",
            )
            self.text = "".join(f"{line}\r\n" for line in lines).encode("ascii", "replace")
        return self.text


@dataclass
class MessageIds:
    """The numbers and InternetMessageIds of one server's messages, each given once. ``fqdn`` is the server's."""

    fqdn: str
    made: int = 0

    def take(self, now: datetime) -> tuple[int, str]:
        """The next number, and the InternetMessageId of a message that is made now."""
        self.made += 1
        return self.made, f"<{self.made}.{now:%Y%m%d%H%M%S}@{self.fqdn}>"


@dataclass(frozen=True)
class Report:
    """A message that the server itself writes to a sender: of non-delivery, or of delay.

    It comes from the empty sender, has a number and an InternetMessageId of its own, and is ``about`` that of another.
    """

    number: int
    mail: Mail
    message_id: str
    about: str


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
