"""What the queues do, as lines of the message tracking log."""

from __future__ import annotations

from collections.abc import Callable

from lab.exchange.message_tracking import EMPTY_SENDER, MessageTracking, TrackingEvent
from lab.exchange.queues.ledger import Tracked, Tracker
from lab.exchange.queues.message import Report
from lab.exchange.transport_server import TransportServer


def tracker_into(tracking: MessageTracking, settings: Callable[[], TransportServer]) -> Tracker:
    """Writes into that log what ``settings`` let the server log, as they are at that moment."""

    def write(tracked: Tracked) -> None:
        now = settings()
        if now.MessageTrackingLogEnabled:
            tracking.write(_event(tracked, now.MessageTrackingLogSubjectLoggingEnabled))

    return write


def _event(tracked: Tracked, with_subject: bool) -> TrackingEvent:
    message, mail = tracked.message, tracked.message.mail
    origin = message.origin if tracked.event == "RECEIVE" and not isinstance(message, Report) else None
    sender = mail.sender or EMPTY_SENDER
    return TrackingEvent(
        tracked.at,
        tracked.event,
        tracked.source,
        sender,
        sender,
        tracked.recipients,
        tracked.connector or "",
        message.message_id,
        mail.subject if with_subject else "",
        (tracked.status,) if tracked.status else (),
        mail.size,
        str(message.number),
        (message.about,) if isinstance(message, Report) and tracked.event == "DSN" else (),
        tracked.related,
        origin.client if origin else "",
        origin.helo if origin else "",
    )
