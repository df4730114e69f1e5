"""The application log of a host."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from lab.exchange.values import parse_time_span
from lab.host.state import StateError

KINDS: Final = ("Error", "Warning", "Information")
TRANSPORT: Final = "MSExchangeTransport"


class Event(NamedTuple):
    """One event; ``kind`` is one of ``KINDS``, ``time`` in UTC."""

    time: datetime
    source: str
    id: int
    kind: str


def read_event(entry: object, now: datetime) -> Event:
    """What a state says of one: source, id, kind, and ago, a time span before now. Raises StateError."""
    if not isinstance(entry, Mapping) or set(entry) - {"source", "id", "kind", "ago"} or not entry.get("source"):
        raise StateError("events: each is a mapping with source and id, and maybe kind and ago")
    kind, number = entry.get("kind", "Error"), entry.get("id")
    if kind not in KINDS or isinstance(number, bool) or not isinstance(number, int):
        raise StateError(f"events: {entry['source']}: id is a number, kind is one of {', '.join(KINDS)}")
    try:
        return Event(now - parse_time_span(str(entry.get("ago", "0:00:00"))), str(entry["source"]), number, kind)
    except ValueError as error:
        raise StateError(f"events: {entry['source']} {number}: ago: {error}") from error


def as_data(event: Event) -> dict[str, Any]:
    """JSON-able."""
    return {"time": event.time.isoformat(), "source": event.source, "id": event.id, "kind": event.kind}
