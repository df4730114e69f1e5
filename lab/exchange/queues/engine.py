"""What happens to queued mail, and when: routing, connections, retries, expiry, reports of non-delivery and of delay.

Time is the server's clock and nothing else: an event that is due is done, whoever asks and however fast time passes.
So two days can be run in seconds (``step`` after ``step``, the clock put forward to ``due`` each time), with the same
result every time, or a thread can keep up with a running clock.
"""

from __future__ import annotations

import copy
import threading
from contextlib import AbstractContextManager
from dataclasses import InitVar, asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lab.exchange import delivery_texts
from lab.exchange.dialer import NotSimulated
from lab.exchange.queues.ledger import Counts, Ledger, Tracker
from lab.exchange.queues.message import Mail, MessageIds, Origin, Report
from lab.exchange.queues.next_hop import delivery_type, leads_to, next_hop
from lab.exchange.queues.queue import PERSISTENT, OutboundConnection, Queue, QueuedMessage
from lab.exchange.queues.reporting import Reporting
from lab.exchange.queues.schedule import Schedule
from lab.exchange.queues.server import Assumptions, Server
from lab.exchange.routing import connector_for
from lab.exchange.send_connector import SendConnector
from lab.exchange.smtp_client import ConnectionFailed, Reply

_POISON_THRESHOLD: Final = 2  # crashes, the default of Set-TransportServer -PoisonThreshold
_MOST_MESSAGES: Final = 2**31


@dataclass(frozen=True)
class _Attempt:
    """One message on its way over one connection."""

    connection: OutboundConnection
    message: QueuedMessage
    connector: SendConnector


@dataclass
class _Planned:
    """Submissions to come, each ``every`` after the one before."""

    mail: Mail
    left: int
    every: timedelta


_Failure = ConnectionFailed | NotSimulated
_Outcome = dict[str, Reply] | _Failure


@dataclass
class QueueEngine:
    """The queues of one server. ``lock`` guards everything but an attempt over the wire; it may be the host's own."""

    server: Server
    assumptions: Assumptions = field(default_factory=Assumptions)
    tracker: InitVar[Tracker | None] = None
    lock: AbstractContextManager[Any] = field(default_factory=threading.RLock)

    def __post_init__(self, tracker: Tracker | None) -> None:
        self.queues: dict[str, Queue] = {name: Queue(name) for name in PERSISTENT}
        self.messages: dict[int, QueuedMessage] = {}
        self.turn = threading.Lock()
        """Whoever steps holds it, so that a message is on one way at a time."""
        self._ids = MessageIds(self.server.fqdn)
        self._reporting = Reporting(self.server, self._ids, Ledger(), tracker, self._send_out)
        self._schedule = Schedule()
        self._queues_made = 0
        self._connections = 0

    @property
    def ledger(self) -> Ledger:
        """Counts, bounces and notices of delay."""
        return self._reporting.ledger

    @property
    def counts(self) -> Counts:
        """What became of recipients."""
        return self.ledger.counts

    # -- mail comes in ----------------------------------------------------------------------------------------------

    def submit(self, mail: Mail, count: int = 1, per_hour: float | None = None) -> int:
        """Take mail in: at once or, with a rate, one message after the other from now on; how many were taken now.

        With back pressure none is.
        """
        with self.lock:
            if per_hour:
                self._submit_planned(_Planned(mail, count, timedelta(hours=1) / per_hour))
                return 0
            return sum(self._take_in(mail) for _ in range(count))

    def receive(self, mail: Mail, origin: Origin, content: bytes) -> int:
        """Take in what came by SMTP, whose session has judged it; the number of the message."""
        with self.lock:
            now = self.server.now()
            expires = now + self.server.settings().MessageExpirationTimeout
            message = self._make(mail, list(mail.recipients), now, expires, origin.message_id)
            message.origin, message.text = origin, content
            self._reporting.track("RECEIVE", "SMTP", message, message.recipients, origin.connector)
            self._categorize(message)
            return message.number

    def plan(self, mail: Mail, moment: datetime) -> None:
        """Take one message in at that moment."""
        with self.lock:
            self._schedule.at(moment, self._submit_planned, _Planned(mail, 1, timedelta(0)))

    def _submit_planned(self, planned: _Planned) -> None:
        self._take_in(planned.mail)
        planned.left -= 1
        if planned.left > 0:
            self._schedule.at(self.server.now() + planned.every, self._submit_planned, planned)

    def _take_in(self, mail: Mail) -> bool:
        if self._refuses(mail.sender):
            self.counts.refused_submissions += 1
            return False
        now = self.server.now()
        expires = now + self.server.settings().MessageExpirationTimeout
        message = self._make(mail, list(mail.recipients), now, expires)
        self._reporting.track("RECEIVE", "STOREDRIVER", message, message.recipients)
        self._reporting.track("SUBMIT", "STOREDRIVER", message, message.recipients)
        self._categorize(message)
        return True

    def _refuses(self, sender: str) -> bool:
        """With High pressure all mail, with Medium what comes from others than the organisation's own recipients."""
        pressure = self.server.pressure()
        if self.assumptions.back_pressure or pressure == "High" or not self.server.runs():
            return True
        return pressure == "Medium" and not self.server.resolve([sender]).here

    def _categorize(self, message: QueuedMessage) -> None:
        """Groups become their members; who is here has the message now, who is nobody is reported, the rest leaves."""
        found = self.server.resolve(message.recipients)
        self.counts.submitted += found.number
        for group, members in found.expanded:
            self._reporting.track("EXPAND", "ROUTING", message, members, related=group)
        for written, became in found.changed:
            self._reporting.track("RESOLVE", "ROUTING", message, [became], related=written)
        if found.unknown:
            self.counts.failed += len(found.unknown)
            self._reporting.bounce(message, found.unknown, delivery_texts.UNKNOWN, "ROUTING")
        if found.here:
            self.counts.delivered_here += len(found.here)
            self._reporting.track("DELIVER", "STOREDRIVER", message, found.here)
        message.recipients = found.outside
        (self._route if found.outside else self._forget)(message)

    def _send_out(self, report: Report) -> None:
        """A report to somebody outside waits as any other mail; to nobody in one of the own domains it is dropped."""
        outside = self.server.resolve(report.mail.recipients).outside
        if outside:
            now = self.server.now()
            expires = now + self.server.settings().MessageExpirationTimeout
            self.counts.submitted += len(outside)
            self._route(self._make(report.mail, outside, now, expires, report.message_id))

    def _make(
        self, mail: Mail, recipients: list[str], received: datetime, expires: datetime, copy_of: str | None = None
    ) -> QueuedMessage:
        """A message in the Submission queue; a copy has the InternetMessageId of what it is a copy of."""
        number, message_id = self._ids.take(self.server.now())
        queue = self.queues["Submission"]
        message = QueuedMessage(number, mail, recipients, copy_of or message_id, received, expires, queue)
        self.messages[message.number] = message
        queue.add(message)
        self._schedule.at(expires, self._expire, message)
        if mail.sender:
            self._schedule.at(self._notice_due(message), self._tell_delay, message)
        return message

    # -- who goes where ---------------------------------------------------------------------------------------------

    def _route(self, message: QueuedMessage) -> None:
        """From where it is to the queue of its next hop; one copy for each where there are several."""
        groups: dict[str, tuple[SendConnector | None, list[str]]] = {}
        for recipient in message.recipients:
            connector = connector_for(recipient.rpartition("@")[2], self.server.connectors())
            groups.setdefault(connector.Guid if connector else "", (connector, []))[1].append(recipient)
        (first, own), *others = groups.values()
        for connector, recipients in others:
            copied = self._make(message.mail, recipients, message.received, message.expires, message.message_id)
            copied.delay_told = message.delay_told
            copied.origin, copied.text = message.origin, message.text
            self._move(copied, self._queue_for(connector))
        message.recipients = own
        self._move(message, self._queue_for(first))

    def _queue_for(self, connector: SendConnector | None) -> Queue:
        if connector is None:
            self.queues["Unreachable"].last_error = delivery_texts.UNREACHABLE
            return self.queues["Unreachable"]
        for queue in self.all_queues():
            if leads_to(queue, connector):
                return queue
        self._queues_made += 1
        made = Queue(str(self._queues_made), delivery_type(connector), next_hop(connector), connector.Guid)
        self.queues[made.name] = made
        return made

    def _move(self, message: QueuedMessage, queue: Queue) -> None:
        message.queue.drop(message, self.server.now())
        queue.add(message)
        queue.line_up(message)
        self._wake(queue)

    def _reroute(self, queue: Queue) -> None:
        """What is not suspended goes through routing again."""
        queue.next_retry, queue.failures = None, 0
        for message in list(queue.messages.values()):
            if not message.suspended and not message.active:
                message.retry_at = None
                self._route(message)

    def _connector_of(self, queue: Queue) -> SendConnector | None:
        """Its connector; None where that is gone, disabled, or leads elsewhere by now."""
        for connector in self.server.connectors():
            if connector.Guid == queue.next_hop_connector and connector.Enabled and leads_to(queue, connector):
                return connector
        return None

    # -- time passes ------------------------------------------------------------------------------------------------

    @property
    def due(self) -> datetime | None:
        """When something is to be done next; None: never, as long as the service does not run."""
        with self.lock:
            return self._schedule.first if self.server.runs() else None

    def step(self) -> None:
        """Do the next thing, due or not. Only whoever holds ``turn`` steps."""
        with self.lock:
            action, thing = self._schedule.take()
            attempt = action(thing)
        if isinstance(attempt, _Attempt):
            outcome = self._attempt(attempt)
            with self.lock:
                self._settle(attempt, outcome)

    def _wake(self, queue: Queue) -> None:
        """Let as many connections begin as there is work for, and as the limits allow."""
        if queue.blocked or not queue.ready:
            return
        connector = self._connector_of(queue)
        most = (connector.SmtpMaxMessagesPerConnection if connector else 0) or _MOST_MESSAGES
        wanted = min(-(-len(queue.ready) // most), self._allowed(queue))
        for _ in range(wanted - len(queue.connections)):
            connection = OutboundConnection(queue)
            queue.connections.append(connection)
            self._connections += 1
            self._schedule.at(self.server.now(), self._use, connection)

    def _allowed(self, queue: Queue) -> int:
        """How many connections the queue may have, with those of all others counted."""
        settings = self.server.settings()
        per_domain, of_all = settings.MaxPerDomainOutboundConnections.number, settings.MaxOutboundConnections.number
        allowed = _MOST_MESSAGES if per_domain is None else per_domain
        if of_all is None:
            return allowed
        return min(allowed, max(of_all - self._connections + len(queue.connections), 0))

    def _use(self, connection: OutboundConnection) -> _Attempt | None:
        """A connection is free: the next message, or its end."""
        queue = connection.queue
        if connection not in queue.connections:
            return None  # a restart has cut it
        message = None
        if not queue.blocked and queue.connections.index(connection) < self._allowed(queue):
            message = queue.take()
        if message is None:
            self._close(connection)
            return None
        connector = self._connector_of(queue)
        if connector is None:
            self._close(connection)
            queue.line_up(message, first=True)
            self._reroute(queue)
            return None
        if message.mail.poison:
            self._crash(message)
            return None
        message.active = True
        return _Attempt(connection, message, connector)

    def _close(self, connection: OutboundConnection) -> None:
        queue = connection.queue
        if connection in queue.connections:
            queue.connections.remove(connection)
            self._connections -= 1
        if connection.session:
            connection.session.quit()
            connection.session = None

    # -- one attempt ------------------------------------------------------------------------------------------------

    def _attempt(self, attempt: _Attempt) -> _Outcome:
        """Over the wire, without the lock: cmdlets answer meanwhile."""
        connection, message, connector = attempt.connection, attempt.message, attempt.connector
        most = connector.SmtpMaxMessagesPerConnection
        try:
            if connection.session and most and connection.used >= most:
                connection.session.quit()
                connection.session = None
            if connection.session is None:
                connection.session, connection.used = self.server.dialer().open(copy.copy(connector)), 0
            connection.used += 1
            return connection.session.deliver(message.mail.sender, list(message.recipients), message.content())
        except (ConnectionFailed, NotSimulated) as failure:
            if connection.session:
                connection.session.hang_up("Remote")
                connection.session = None
            return failure

    def _settle(self, attempt: _Attempt, outcome: _Outcome) -> None:
        message, queue = attempt.message, attempt.message.queue
        message.active = False
        if isinstance(outcome, dict):
            queue.failures, queue.last_error = 0, None
            self._judge(message, outcome, attempt.connector.Name)
        else:
            self._connection_failed(queue, message, outcome)
        if message.removal is not None and not message.gone:
            self._remove(message, message.removal)
        pause = timedelta(seconds=self.assumptions.seconds_per_message)
        self._schedule.at(self.server.now() + pause, self._use, attempt.connection)

    def _judge(self, message: QueuedMessage, replies: dict[str, Reply], connector: str) -> None:
        """The smart host has had its say on every recipient."""
        self.counts.attempts += len(replies)
        sent = [to for to, reply in replies.items() if reply.good]
        later = [to for to, reply in replies.items() if not reply.good and reply.code < 500]
        message.recipients = later
        if sent:
            self.counts.sent += len(sent)
            self._reporting.track("SEND", "SMTP", message, sent, connector)
        for to, reply in replies.items():
            if not reply.good and reply.code >= 500:
                self.counts.failed += 1
                self._reporting.bounce(message, [to], reply.text, "SMTP")
        if later:
            self._defer(message, replies[later[0]].text, connector)
        else:
            self._forget(message)

    def _defer(self, message: QueuedMessage, reason: str, connector: str) -> None:
        """A 4xx to this message: it waits, the queue does not."""
        message.retries += 1
        message.last_error = reason
        message.retry_at = self.server.now() + self.server.settings().MessageRetryInterval
        self._schedule.at(message.retry_at, self._retry_message, message)
        self._reporting.track("DEFER", "SMTP", message, message.recipients, connector, reason)

    def _retry_message(self, message: QueuedMessage) -> None:
        if message.gone or message.retry_at is None or message.retry_at > self.server.now():
            return
        message.retry_at = None
        message.queue.line_up(message)
        self._wake(message.queue)

    def _connection_failed(
        self, queue: Queue, message: QueuedMessage, failure: ConnectionFailed | NotSimulated
    ) -> None:
        """The whole queue waits; what another of its connections met at the same time counts once."""
        queue.line_up(message, first=True)
        self.counts.connections_failed += 1
        inner = failure.inner if isinstance(failure, ConnectionFailed) else None
        queue.last_error = str(failure) if inner is None else delivery_texts.last_error(inner)
        if queue.next_retry:
            return
        queue.failures += 1
        queue.last_retry = self.server.now()
        queue.next_retry = queue.last_retry + self._wait_of(queue.failures)
        self._schedule.at(queue.next_retry, self._retry_queue, queue)

    def _wait_of(self, failures: int) -> timedelta:
        """Glitch retries first, then transient ones, then the outbound failure's interval until the mail expires."""
        settings = self.server.settings()
        if failures <= self.assumptions.glitch_count:
            return timedelta(seconds=self.assumptions.glitch_seconds)
        if failures <= self.assumptions.glitch_count + settings.TransientFailureRetryCount:
            return settings.TransientFailureRetryInterval
        return settings.OutboundConnectionFailureRetryInterval

    def _retry_queue(self, queue: Queue) -> None:
        if queue.next_retry is None or queue.next_retry > self.server.now():
            return
        queue.next_retry, queue.last_retry = None, self.server.now()
        self._wake(queue)

    # -- mail that does not leave -----------------------------------------------------------------------------------

    def expiry_of(self, message: QueuedMessage) -> datetime:
        """When the message is given up, as Get-Message shows it."""
        if not self.assumptions.raise_helps_queued:
            return message.expires
        return message.received + self.server.settings().MessageExpirationTimeout

    def _expire(self, message: QueuedMessage) -> None:
        expires = self.expiry_of(message)
        if message.gone or (_is_held(message) and not self.assumptions.suspended_expire):
            return
        if expires > self.server.now():
            self._schedule.at(expires, self._expire, message)
            return
        self.counts.expired += len(message.recipients)
        self._reporting.bounce(message, message.recipients, delivery_texts.EXPIRED, "QUEUE")
        self._forget(message)

    def _notice_due(self, message: QueuedMessage) -> datetime:
        """When its sender is told that it waits, as the settings are now."""
        return max(message.received + self.server.settings().DelayNotificationTimeout, self.server.now())

    def _tell_delay(self, message: QueuedMessage) -> None:
        """Once a message (copies in two queues are two), for the recipients that are still open then.

        A timeout that was raised meanwhile puts it off; one that was lowered does not bring it forward (assumed).
        """
        held = _is_held(message) and not self.assumptions.suspended_delay_notice
        if message.gone or message.delay_told or held:
            return
        due = self._notice_due(message)
        if due > self.server.now():
            self._schedule.at(due, self._tell_delay, message)
            return
        message.delay_told = True
        message.last_error = message.last_error or delivery_texts.DELAYED
        self._reporting.delay(message)

    def _forget(self, message: QueuedMessage) -> None:
        message.gone = True
        del self.messages[message.number]
        message.queue.drop(message, self.server.now())

    def _crash(self, message: QueuedMessage) -> None:
        """Poison: the transport service ends and comes back; the second time it has learnt who it was."""
        message.crashes += 1
        self._restart()
        if message.crashes < _POISON_THRESHOLD:
            message.queue.line_up(message, first=True)
            self._wake(message.queue)
            return
        self._reporting.track("POISONMESSAGE", "QUEUE", message, message.recipients)
        message.suspended = True
        self._move(message, self.queues["Poison"])

    # -- what an administrator does ---------------------------------------------------------------------------------

    def all_queues(self) -> list[Queue]:
        """Those that there are now: Submission always, Unreachable and Poison where they hold something."""
        now, idle = self.server.now(), self.server.settings().QueueMaxIdleTime
        for name in [name for name, queue in self.queues.items() if queue.is_over(now, idle)]:
            del self.queues[name]
        return [q for q in self.queues.values() if not q.persistent or q.name == "Submission" or q.messages]

    def suspend_queue(self, queue: Queue) -> None:
        """What is on its way still leaves; what is in the queue or comes stays."""
        queue.suspended = True

    def resume_queue(self, queue: Queue) -> None:
        """Let it go on, at once even where its last connection failed (assumed)."""
        queue.suspended, queue.next_retry = False, None
        for message in list(queue.messages.values()):
            self._look_again(message)
        self._wake(queue)

    def retry_queue(self, queue: Queue, resubmit: bool) -> None:
        """Try the connection now; with ``resubmit`` its messages are routed anew."""
        if resubmit:
            self._reroute(queue)
        else:
            queue.next_retry, queue.last_retry = None, self.server.now()
            self._wake(queue)

    def suspend_message(self, message: QueuedMessage) -> None:
        """It stays; on its way already, it still leaves."""
        message.suspended = True

    def resume_message(self, message: QueuedMessage) -> None:
        """It can go at once, whatever it waited for before (assumed)."""
        message.suspended, message.retry_at = False, None
        if message.queue.name == "Poison":
            return
        self._look_again(message)
        message.queue.line_up(message)
        self._wake(message.queue)

    def remove_message(self, message: QueuedMessage, with_report: bool) -> None:
        """Take it out; on its way already, it goes only if that fails."""
        if message.active:
            message.removal = with_report
        else:
            self._remove(message, with_report)

    def _remove(self, message: QueuedMessage, with_report: bool) -> None:
        self.counts.removed += len(message.recipients)
        if with_report:
            self._reporting.bounce(message, message.recipients, delivery_texts.REMOVED, "ADMIN")
        else:
            self._reporting.track("FAIL", "ADMIN", message, message.recipients, None, delivery_texts.REMOVED)
        self._forget(message)

    def _look_again(self, message: QueuedMessage) -> None:
        """What could not expire while it was suspended does it now, and so its sender is told of the delay."""
        if not self.assumptions.suspended_expire:
            self._schedule.at(self.expiry_of(message), self._expire, message)
        if message.mail.sender and not (message.delay_told or self.assumptions.suspended_delay_notice):
            self._schedule.at(self._notice_due(message), self._tell_delay, message)

    def restart(self) -> None:
        """The transport service ends and comes back: sessions are cut, what is queued stays. Needs ``turn``."""
        with self.lock:
            self._restart()

    def disconnect(self) -> None:
        """Cut every session, for good where the host goes down. Needs ``turn`` while anybody delivers."""
        with self.lock:
            for connection in [each for queue in self.queues.values() for each in queue.connections]:
                if connection.session:
                    connection.session.hang_up("Local")
                    connection.session = None
                connection.queue.connections.remove(connection)
                self._connections -= 1

    def _restart(self) -> None:
        self.counts.restarts += 1
        self.disconnect()
        if self.assumptions.restart_renumbers:
            self._renumber()
        for queue in list(self.queues.values()):
            queue.failures, queue.next_retry = 0, None
            if not self.assumptions.restart_keeps_suspended and queue.name != "Poison":
                self._let_loose(queue)
            self._wake(queue)

    def _renumber(self) -> None:
        """Other identities for all that is queued; nothing else of it changes."""
        for queue in self.all_queues():
            messages = list(queue.messages.values())
            for message in messages:
                message.number, _message_id = self._ids.take(self.server.now())
            queue.messages = {message.number: message for message in messages}
            if not queue.persistent:
                self._queues_made += 1
                queue.name = str(self._queues_made)
        self.queues = {queue.name: queue for queue in self.queues.values()}
        self.messages = {message.number: message for message in self.messages.values()}

    def _let_loose(self, queue: Queue) -> None:
        """Nothing in it is suspended any more, nor is the queue."""
        for message in list(queue.messages.values()):
            if message.suspended:
                self.resume_message(message)
        self.resume_queue(queue)

    # -- numbers ----------------------------------------------------------------------------------------------------

    @property
    def queued(self) -> int:
        """Recipients whose fate is open."""
        with self.lock:
            return sum(len(message.recipients) for message in self.messages.values())

    def summary(self) -> dict[str, Any]:
        """Counts, queues and assumptions, JSON-able."""
        with self.lock:
            queues = [_summary(queue) for queue in self.all_queues()]
            told = {"bounces": len(self.ledger.bounces), "delay_notices": len(self.ledger.delays)}
            counts = {**asdict(self.counts), "queued": self.queued, **told}
            return {"counts": counts, "queues": queues, "assumptions": asdict(self.assumptions)}


def _is_held(message: QueuedMessage) -> bool:
    """Whether an administrator, or what befell the server, keeps it from being tried at all."""
    return message.suspended or message.queue.suspended or message.queue.name == "Poison"


def _summary(queue: Queue) -> dict[str, Any]:
    by_status: dict[str, int] = {}
    for message in queue.messages.values():
        by_status[message.status] = by_status.get(message.status, 0) + 1
    return {
        "queue": queue.name,
        "next_hop": queue.next_hop_domain,
        "status": queue.status,
        "messages": len(queue.messages),
        "by_status": by_status,
        "last_error": queue.last_error,
        "next_retry": queue.next_retry and queue.next_retry.isoformat(),
    }
