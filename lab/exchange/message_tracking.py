"""The message tracking log: what became of mail, and Get-MessageTrackingLog.

What is sent at once writes SEND alone, the queues write all that they do, with RECEIVE of STOREDRIVER for the server's
own users and of SMTP for whoever delivers here; a state may hold any event of Exchange 2010.
The envelope's sender is ReturnPath, ``<>`` for the empty one; that Sender shows ``<>`` too where a report has no other
sender is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from lab.exchange import errors, named_objects
from lab.exchange.directory_object import wire_time
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.recipients import DEFAULT_RESULTS
from lab.exchange.values import Limit, parse_time_span

EMPTY_SENDER: Final = "<>"
EVENT_IDS: Final = (
    "BadMail",
    "Defer",
    "Deliver",
    "DSN",
    "Expand",
    "Fail",
    "PoisonMessage",
    "Receive",
    "Redirect",
    "Resolve",
    "Send",
    "Submit",
    "Transfer",
)
SOURCES: Final = (
    "ADMIN",
    "AGENT",
    "DNS",
    "DSN",
    "GATEWAY",
    "PICKUP",
    "POISONMESSAGE",
    "PUBLICFOLDER",
    "QUEUE",
    "REDUNDANCY",
    "ROUTING",
    "SMTP",
    "STOREDRIVER",
)
"""Who writes, by Microsoft's page on the log of Exchange 2010; a seeded event may have any other."""
_COMMAND = "Get-MessageTrackingLog"
_KEPT = 200_000  # events
_READ = {
    "DomainController",
    "End",
    "EventId",
    "MessageId",
    "MessageSubject",
    "Recipients",
    "ResultSize",
    "Sender",
    "Server",
    "Start",
}
_SEEDS = {
    "Ago",
    "ClientHostname",
    "ClientIp",
    "ConnectorId",
    "Count",
    "EventId",
    "MessageId",
    "MessageSubject",
    "RecipientStatus",
    "Recipients",
    "ReturnPath",
    "Sender",
    "Source",
    "Timestamp",
}


@dataclass(frozen=True)
class TrackingEvent:
    """One event of one message; fields carry Exchange's names."""

    Timestamp: datetime
    EventId: str
    Source: str
    Sender: str
    ReturnPath: str
    Recipients: tuple[str, ...]
    ConnectorId: str
    MessageId: str
    MessageSubject: str
    RecipientStatus: tuple[str, ...] = ()
    TotalBytes: int | None = None
    InternalMessageId: str | None = None
    Reference: tuple[str, ...] = ()
    RelatedRecipientAddress: str = ""
    ClientIp: str = ""
    ClientHostname: str = ""

    def read_back(self, server: str) -> dict[str, object]:
        """As Get-MessageTrackingLog returns it, in plain values."""
        return {
            "ClientHostname": self.ClientHostname,
            "ClientIp": self.ClientIp,
            "ConnectorId": self.ConnectorId,
            "EventId": self.EventId.upper(),
            "InternalMessageId": self.InternalMessageId,
            "MessageId": self.MessageId,
            "MessageSubject": self.MessageSubject,
            "RecipientCount": len(self.Recipients),
            "RecipientStatus": list(self.RecipientStatus),
            "Recipients": list(self.Recipients),
            "Reference": list(self.Reference),
            "RelatedRecipientAddress": self.RelatedRecipientAddress,
            "ReturnPath": self.ReturnPath,
            "Sender": self.Sender,
            "ServerHostname": server,
            "Source": self.Source,
            "Timestamp": wire_time(self.Timestamp),
            "TotalBytes": self.TotalBytes,
        }


class MessageTracking:
    """The events of the local server in the order in which they were written."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers) -> None:
        self._host = host
        self._servers = servers
        self.events: list[TrackingEvent] = []

    def sent(self, sender: str, recipients: Sequence[str], connector: str, subject: str = "") -> None:
        """A message has just left: ``sender`` is the envelope's, empty for a report of non-delivery."""
        shown = sender or EMPTY_SENDER
        number = f"{len(self.events) + 1}@{self._servers.local.fqdn}"
        event = TrackingEvent(
            self._host.now(), "Send", "SMTP", shown, shown, tuple(recipients), connector, f"<{number}>", subject
        )
        self.write(event)

    def write(self, event: TrackingEvent) -> None:
        """Add one; a snowball makes so many in a day that the oldest half then goes."""
        self.events.append(event)
        if len(self.events) > _KEPT:
            self.events = self.events[_KEPT // 2 :]

    def get(self, typed: dict[str, object]) -> Output:
        """Get-MessageTrackingLog; 1,000 events, oldest first, where no ResultSize is given."""
        named_objects.refuse_unknown(self._host, _COMMAND, typed, _READ)
        self._check_server(typed.get("Server"))
        self._check_event(typed.get("EventId"))
        found = sorted((event for event in self.events if _matches(event, typed)), key=lambda event: event.Timestamp)
        size = typed.get("ResultSize")
        most = size.number if isinstance(size, Limit) else DEFAULT_RESULTS
        if most is not None and len(found) > most:
            self._host.warn("more_results")
            found = found[:most]
        return [event.read_back(self._servers.local.name) for event in found]

    def all(self) -> Output:
        """The newest 1,000 events as Get-MessageTrackingLog shows them."""
        return [event.read_back(self._servers.local.name) for event in self.events[-DEFAULT_RESULTS:]]

    def add(self, properties: Mapping[str, Any]) -> None:
        """Write an event behind the server's back, ``Count`` times.

        ``Timestamp`` is ISO 8601 with its zone, or ``Ago`` a time span before now (``2.00:00:00``); without EventId it
        is a Send. Raises KeyError for an unknown property, ValueError for a time that is none.
        """
        unknown = properties.keys() - _SEEDS
        if unknown:
            raise KeyError(f"a tracking event has no property {sorted(unknown)}")
        self.events = [*self.events, *_events(properties, self._host.now())]

    def _check_server(self, server: object) -> None:
        if isinstance(server, str) and not self._servers.local.is_named(server):
            raise self._host.not_found(_COMMAND, server)

    def _check_event(self, event: object) -> None:
        if isinstance(event, str) and event.lower() not in map(str.lower, EVENT_IDS):
            fields = {"value": event, "known": ", ".join(EVENT_IDS)}
            raise self._host.error(_COMMAND, "event_id_unknown", errors.LOCALIZED, **fields)


def _matches(event: TrackingEvent, typed: Mapping[str, object]) -> bool:
    start, end = typed.get("Start"), typed.get("End")
    if isinstance(start, datetime) and event.Timestamp < start:
        return False
    if isinstance(end, datetime) and event.Timestamp > end:
        return False
    for name in ("EventId", "MessageId", "Sender"):
        wanted = typed.get(name)
        if isinstance(wanted, str) and getattr(event, name).lower() != wanted.lower():
            return False
    subject, recipients = typed.get("MessageSubject"), typed.get("Recipients")
    if isinstance(subject, str) and subject.lower() not in event.MessageSubject.lower():
        return False
    return not isinstance(recipients, list) or bool(_lowered(recipients) & _lowered(event.Recipients))


def _lowered(addresses: Sequence[object]) -> set[str]:
    return {str(address).lower() for address in addresses}


def _events(properties: Mapping[str, Any], now: datetime) -> Iterator[TrackingEvent]:
    sender = properties.get("Sender") or EMPTY_SENDER
    moment = _moment(properties, now)
    kind = str(properties.get("EventId", "Send"))
    if kind.lower() not in map(str.lower, EVENT_IDS):
        raise ValueError(f"EventId {kind!r} is none of {', '.join(EVENT_IDS)}")
    for number in range(1, int(properties.get("Count", 1)) + 1):
        yield TrackingEvent(
            moment,
            kind,
            str(properties.get("Source", "SMTP")),
            str(sender),
            str(properties.get("ReturnPath") or sender),
            tuple(properties.get("Recipients", ("jemand@beispiel.org",))),
            str(properties.get("ConnectorId", "")),
            str(properties.get("MessageId", f"<{number}.{moment:%Y%m%d%H%M%S}@lab>")),
            str(properties.get("MessageSubject", "")),
            tuple(map(str, properties.get("RecipientStatus", ()))),
            ClientIp=str(properties.get("ClientIp", "")),
            ClientHostname=str(properties.get("ClientHostname", "")),
        )


def _moment(properties: Mapping[str, Any], now: datetime) -> datetime:
    if "Timestamp" not in properties:
        return now - parse_time_span(str(properties.get("Ago", "0:00:00")))
    moment = datetime.fromisoformat(str(properties["Timestamp"]))
    if moment.tzinfo is None:
        raise ValueError(f"Timestamp {properties['Timestamp']!r} has no time zone; write it like 2026-11-24T20:39:36Z")
    return moment.astimezone(UTC)
