"""``Get-ReceivedMail``: what message tracking knows of mail that came in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import as_list, check_range
from lab.twin.tracking import Logged, envelope_sender, listed

_MOST_IDS: Final = 1000
_DIFFERENT: Final = 100_000
_ROWS: Final = 1000
_WAYS: Final = 2000


def get_received_mail(agent: Agent, given: Given) -> Output:
    """``Get-ReceivedMail``: the counts, then the way of each message that was asked for."""
    check_range("Hours", given["Hours"], 1, 720)
    wanted = [str(each) for each in as_list(given.get("MessageIds") or []) if each is not None]
    check_range("the number of MessageIds", len(wanted), 0, _MOST_IDS)
    start = agent.machine.clock.now() - timedelta(hours=given["Hours"])
    lines: list[Logged] = []
    for event in ("Receive", "Deliver") if wanted else ("Receive",):
        asked: dict[str, object] = {"EventId": event, "Start": start.isoformat(), "ResultSize": "Unlimited"}
        lines += agent.invoke("Get-MessageTrackingLog", asked)
    ways = [_way(line) for each in dict.fromkeys(wanted) for line in _of(lines, each)]
    return [_counts([line for line in lines if _came_by_smtp(line)]), *ways[:_WAYS]]


def _came_by_smtp(line: Logged) -> bool:
    return (str(line["EventId"]).upper(), str(line["Source"]).upper()) == ("RECEIVE", "SMTP")


def _of(lines: list[Logged], message_id: str) -> list[Logged]:
    return sorted((line for line in lines if line["MessageId"] == message_id), key=lambda line: str(line["Timestamp"]))


def _counts(lines: list[Logged]) -> dict[str, object]:
    clients: dict[str, dict[str, Any]] = {}
    times: dict[str, dict[str, Any]] = {}
    cut = False
    for line in lines:
        named = {"Connector": str(line["ConnectorId"] or ""), "ClientIp": line.get("ClientIp") or None}
        key, message_id = f"{named['Connector']} {named['ClientIp'] or ''}", str(line["MessageId"])
        if key in clients or len(clients) < _DIFFERENT:
            row = clients.setdefault(key, {**named, "Count": 0, "Newest": ""})
            row |= {"Count": row["Count"] + 1, "Newest": max(row["Newest"], str(line["Timestamp"]))}
        if message_id in times or len(times) < _DIFFERENT:
            times.setdefault(message_id, {"MessageId": message_id, "Count": 0})["Count"] += 1
        cut = cut or key not in clients or message_id not in times
    ranked, twice = _ranked(clients), [row for row in _ranked(times) if row["Count"] > 1]
    cut = cut or len(ranked) > _ROWS or len(twice) > _ROWS
    return {"Counts": ranked[:_ROWS], "Twice": twice[:_ROWS], "Cut": cut}


def _ranked(rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [rows[key] for key in sorted(rows, key=lambda key: (-rows[key]["Count"], key))]


def _way(line: Logged) -> dict[str, object]:
    return {
        "MessageId": line["MessageId"],
        "Time": line["Timestamp"],
        "EventId": line["EventId"],
        "Source": line["Source"],
        "Connector": line["ConnectorId"] or None,
        "ClientIp": line.get("ClientIp") or None,
        "Sender": envelope_sender(line),
        "Recipients": listed(line["Recipients"]),
    }
