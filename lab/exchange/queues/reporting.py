"""What becomes known of queued mail: lines for message tracking, and reports of non-delivery and of delay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.exchange import delivery_texts
from lab.exchange.queues.ledger import Bounce, Delay, Ledger, Tracked, Tracker
from lab.exchange.queues.message import Mail, MessageIds, Report
from lab.exchange.queues.queue import QueuedMessage
from lab.exchange.queues.server import Server


@dataclass
class Reporting:
    """Writes of one server's mail; its reports take their numbers from the same ``ids`` as the mail that is queued.

    ``send_out`` takes a report to somebody who has no mailbox here.
    """

    server: Server
    ids: MessageIds
    ledger: Ledger
    tracker: Tracker | None
    send_out: Callable[[Report], None]

    def track(
        self,
        event: str,
        source: str,
        message: QueuedMessage | Report,
        recipients: Sequence[str],
        connector: str | None = None,
        status: str | None = None,
        related: str = "",
    ) -> None:
        """A line for message tracking; the words are those of ``Tracked``."""
        if self.tracker:
            now = self.server.now()
            self.tracker(Tracked(now, event, source, message, tuple(recipients), connector, status, related))

    def bounce(self, message: QueuedMessage, recipients: Sequence[str], reason: str, source: str) -> None:
        """A report to the sender; mail without a sender is one already and gets none."""
        self.track("FAIL", source, message, recipients, None, reason)
        mail = message.mail
        if not mail.sender:
            return
        now = self.server.now()
        for recipient in recipients:
            self.ledger.bounces.append(Bounce(now, mail.sender, recipient, message.message_id, mail.subject, reason))
        self._report(message, delivery_texts.UNDELIVERABLE, reason)

    def delay(self, message: QueuedMessage) -> None:
        """A notice to the sender that his mail still waits, for the recipients that are still open."""
        now, mail, open_ones = self.server.now(), message.mail, tuple(message.recipients)
        self.ledger.delays.append(Delay(now, mail.sender, open_ones, message.message_id, mail.subject))
        self._report(message, delivery_texts.DELAY_NOTICE, delivery_texts.DELAYED)

    def _report(self, message: QueuedMessage, subject: str, status: str) -> None:
        """A message from nobody to the sender, which is in his mailbox at once where he is a user of this server.

        Whoever submits (RECEIVE and SUBMIT of STOREDRIVER) is one, whether the state names him among the recipients or
        not. Of what came by SMTP the report leaves again, to whatever sender it claimed.
        """
        to, (number, message_id) = message.mail.sender, self.ids.take(self.server.now())
        mail = Mail("", (to,), subject.format(subject=message.mail.subject))
        report = Report(number, mail, message_id, message.message_id)
        self.track("DSN", "DSN", report, [to], None, status)
        if message.origin and not self.server.resolve([to]).here:
            self.send_out(report)
        else:
            self.track("DELIVER", "STOREDRIVER", report, [to])
