"""``Measure-Queue`` in Python: each queue with its messages counted, and the message tracking of the last hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Invoke = Callable[[str, dict[str, object]], list[dict[str, object]]]

_QUEUE: Final = ("Identity", "NextHopDomain", "NextHopConnector", "DeliveryType", "Status", "MessageCount", "LastError")
_TIMES: Final = ("LastRetryTime", "NextRetryTime")
_STATES: Final = ("Ready", "Retry", "Active", "Suspended")
_SENDERS: Final = 10
_EVENTS: Final = {"Sent": "SEND", "Deferred": "DEFER", "Failed": "FAIL"}


def measure_queues(invoke: Invoke, now: datetime, hours: int, errors: int) -> list[dict[str, object]]:
    """One object a queue and one for the traffic; ``invoke`` runs a cmdlet."""
    everything: dict[str, object] = {"ResultSize": "Unlimited"}
    tables = {str(queue["Identity"]).lower(): _Table(queue) for queue in invoke("Get-Queue", everything)}
    for message in invoke("Get-Message", everything):
        table = tables.get(str(message["Queue"]).lower())
        if table:  # a queue that came in between is counted next time
            table.add(message)
    start = (now - timedelta(hours=hours)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    traffic: dict[str, object] = {"Identity": None}
    for name, event in _EVENTS.items():
        found = invoke("Get-MessageTrackingLog", {**everything, "EventId": event, "Start": start})
        traffic[name] = len(found)
    return [*(table.as_object(errors) for table in tables.values()), traffic]


class _Table:
    """One queue while its messages are counted."""

    def __init__(self, queue: Mapping[str, object]) -> None:
        self._queue = queue
        self._states = dict.fromkeys(_STATES, 0)
        self._errors: dict[str, list[Any]] = {}
        self._senders: dict[str, list[Any]] = {}
        self._received: list[str] = []
        self._expiries: list[str] = []
        self._retries = 0
        self._bytes = 0

    def add(self, message: Mapping[str, object]) -> None:
        status = str(message["Status"])
        if status in self._states:
            self._states[status] += 1
        self._received.append(str(message["DateReceived"]))
        self._expiries.append(str(message["ExpirationTime"]))
        self._retries += int(str(message["RetryCount"]))
        self._bytes += _bytes(str(message["Size"]))
        _count(self._senders, str(message["FromAddress"]))
        if message["LastError"]:
            _count(self._errors, str(message["LastError"]))

    def as_object(self, errors: int) -> dict[str, object]:
        return {
            **{name: self._queue[name] for name in (*_QUEUE, *_TIMES)},
            "Messages": dict(self._states),
            "Oldest": min(self._received, default=None),
            "FirstExpiry": min(self._expiries, default=None),
            "Retries": self._retries,
            "Bytes": self._bytes,
            "Errors": [{"Text": text, "Count": count} for text, count in _top(self._errors.values(), errors)],
            "Senders": [{"Address": text, "Count": count} for text, count in _top(self._senders.values(), _SENDERS)],
        }


def _count(counted: dict[str, list[Any]], text: str) -> None:
    """PowerShell's tables do not mind capitals, and keep the first spelling."""
    counted.setdefault(text.lower(), [text, 0])[1] += 1


def _top(counted: Iterable[list[Any]], most: int) -> list[list[Any]]:
    """The most frequent, those of the same count by their text."""
    return sorted(counted, key=lambda entry: (-entry[1], entry[0]))[:most]


def _bytes(size: str) -> int:
    """The number in brackets, ``4 KB (4,096 bytes)``, whatever stands between its digits."""
    found = re.search(r"\(([^)]*)\)", size)
    digits = re.sub(r"\D", "", found[1] if found else size)
    return int(digits or 0)
