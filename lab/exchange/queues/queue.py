"""One queue: all mail of a server for the same next hop, and a message that waits in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final, Protocol

from lab.exchange.queues.message import Mail, Origin
from lab.exchange.smtp_client import Reply

NO_CONNECTOR: Final = "00000000-0000-0000-0000-000000000000"
SMART_HOST: Final = "SmartHostConnectorDelivery"
DNS: Final = "DnsConnectorDelivery"
PERSISTENT: Final = ("Submission", "Unreachable", "Poison")


class Session(Protocol):
    """An open session with a smart host; every method but ``hang_up`` and ``quit`` may raise ConnectionFailed."""

    def deliver(self, sender: str, recipients: list[str], content: bytes) -> dict[str, Reply]:
        """Hand over one message; the last word on each recipient."""

    def quit(self) -> None:
        """Take leave."""

    def hang_up(self, who: str) -> None:
        """End it without a word."""


@dataclass(eq=False, slots=True)
class OutboundConnection:
    """One of the connections that a queue may have at once; ``used`` counts the messages of its present session."""

    queue: Queue
    session: Session | None = None
    used: int = 0


@dataclass(eq=False)
class Queue:
    """``name`` is a number, or one of the persistent queues'. ``next_retry``: its last connection failed."""

    name: str
    delivery_type: str = "Undefined"
    next_hop_domain: str = ""
    next_hop_connector: str = NO_CONNECTOR
    messages: dict[int, QueuedMessage] = field(default_factory=dict)
    ready: deque[QueuedMessage] = field(default_factory=deque)
    connections: list[OutboundConnection] = field(default_factory=list)
    suspended: bool = False
    failures: int = 0
    last_error: str | None = None
    last_retry: datetime | None = None
    next_retry: datetime | None = None
    empty_since: datetime | None = None

    @property
    def persistent(self) -> bool:
        """Whether it is none that comes and goes with a next hop."""
        return self.name in PERSISTENT

    @property
    def blocked(self) -> bool:
        """Whether nothing leaves it now."""
        return self.suspended or self.next_retry is not None or self.persistent

    @property
    def status(self) -> str:
        """As Get-Queue shows it. Messages that wait for a retry of their own leave their queue Ready."""
        if self.suspended:
            return "Suspended"
        if self.next_retry:
            return "Retry"
        return "Active" if self.connections else "Ready"

    def is_over(self, now: datetime, idle: timedelta) -> bool:
        """Whether it has been empty for so long that it is gone; a suspended one stays (assumed)."""
        if self.persistent or self.suspended or self.messages or self.empty_since is None:
            return False
        return now - self.empty_since >= idle

    def add(self, message: QueuedMessage) -> None:
        """Take a message in."""
        message.queue = self
        self.messages[message.number] = message
        self.empty_since = None

    def line_up(self, message: QueuedMessage, first: bool = False) -> None:
        """Put a message into the line of those that can go, unless it stands there."""
        if message.can_go and not message.waiting:
            message.waiting = True
            (self.ready.appendleft if first else self.ready.append)(message)

    def take(self) -> QueuedMessage | None:
        """The first message in the line that can still go."""
        while self.ready:
            message = self.ready.popleft()
            if message.queue is self:
                message.waiting = False
                if message.can_go:
                    return message
        return None

    def drop(self, message: QueuedMessage, now: datetime) -> None:
        """A message is here no longer."""
        del self.messages[message.number]
        message.waiting = False
        if not self.messages:
            self.empty_since = now


@dataclass(eq=False, slots=True)
class QueuedMessage:
    """One message in one queue; ``recipients`` are those whose fate is open. Times are in UTC.

    ``retry_at``: not before then is it tried again; ``waiting``: it stands in its queue's line of ready messages;
    ``delay_told``: its sender has had the notice that it waits. ``origin``: of what came by SMTP.
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
    origin: Origin | None = None

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
