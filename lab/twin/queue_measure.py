"""``Measure-Queue`` in Python: each queue with its messages counted, and the message tracking of the last hours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import check_range
from lab.twin.queue_traffic import Traffic
from lab.twin.tracking import earlier, text_kind

_QUEUE: Final = ("Identity", "NextHopDomain", "NextHopConnector", "DeliveryType", "Status", "MessageCount", "LastError")
_TIMES: Final = ("LastRetryTime", "NextRetryTime")
_STATES: Final = ("Ready", "Retry", "Active", "Suspended")
_SENDERS: Final = 10


def measure_queue(agent: Agent, given: Given) -> Output:
    """``Measure-Queue``: one object a queue, and behind them that of the traffic."""
    hours, errors, back = given.get("Hours", 1), given.get("Errors", 20), given.get("Back", 1)
    check_range("Hours", hours, 1, 720)
    check_range("Errors", errors, 1, 100)
    check_range("Back", back, 1, 720)
    queues = [table.as_object(errors) for table in _tables(agent)]
    traffic = Traffic(agent.invoke, agent.machine.clock.now(), hours, back)
    return [*queues, traffic.counted(given.get("Counted"), given.get("Latest"), given.get("Causes"))]


def _tables(agent: Agent) -> Iterable[_Table]:
    everything: dict[str, object] = {"ResultSize": "Unlimited"}
    tables = {str(queue["Identity"]).lower(): _Table(queue) for queue in agent.invoke("Get-Queue", everything)}
    for message in agent.invoke("Get-Message", everything):
        table = tables.get(str(message["Queue"]).lower())
        if table:  # a queue that came in between is counted next time
            table.add(message)
    return tables.values()


class _Table:
    """One queue while its messages are counted."""

    def __init__(self, queue: Mapping[str, object]) -> None:
        self._queue = queue
        self._states = dict.fromkeys(_STATES, 0)
        self._errors: dict[str, dict[str, Any]] = {}
        self._senders: dict[str, list[Any]] = {}
        self._received: list[str] = []
        self._expiries: list[str] = []
        self._retries = 0
        self._bytes = 0

    def add(self, message: Mapping[str, object]) -> None:
        status = str(message["Status"])
        self._states[status] = self._states.get(status, 0) + 1
        self._received.append(str(message["DateReceived"]))
        self._expiries.append(str(message["ExpirationTime"]))
        self._retries += int(str(message["RetryCount"]))
        self._bytes += _bytes(str(message["Size"]))
        _count(self._senders, str(message["FromAddress"]))
        self._add_error(str(message["LastError"] or ""), message)

    def _add_error(self, text: str, message: Mapping[str, object]) -> None:
        """One text a kind; those that nobody has refused yet are a kind as well."""
        fresh = {"Text": text, "Count": 0, "Oldest": None, "FirstExpiry": None}
        row = self._errors.setdefault(text_kind(text), fresh)
        row["Count"] += 1
        row["Oldest"] = earlier(row["Oldest"], str(message["DateReceived"]))
        row["FirstExpiry"] = earlier(row["FirstExpiry"], str(message["ExpirationTime"]))

    def as_object(self, errors: int) -> dict[str, object]:
        return {
            **{name: self._queue[name] for name in (*_QUEUE, *_TIMES)},
            "Messages": dict(self._states),
            "Oldest": min(self._received, default=None),
            "FirstExpiry": min(self._expiries, default=None),
            "Retries": self._retries,
            "Bytes": self._bytes,
            "Errors": sorted(self._errors.values(), key=lambda row: (-row["Count"], row["Text"]))[:errors],
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
