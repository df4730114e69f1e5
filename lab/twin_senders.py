"""``Get-SentSenders`` in Python: who has sent, by the events of the message tracking log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_EMPTY = "<>"


def count_senders(events: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """One object for each sender of an envelope, most messages first, then in the order of their characters."""
    times: dict[str, list[str]] = {}
    for event in events:
        sender = str(event["ReturnPath"] or event["Sender"] or _EMPTY).lower()
        times.setdefault(sender, []).append(str(event["Timestamp"]))
    rows: list[dict[str, object]] = [
        {"Sender": sender, "Messages": len(moments), "Last": max(moments)} for sender, moments in times.items()
    ]
    return sorted(rows, key=lambda row: (-len(times[str(row["Sender"])]), row["Sender"]))
