"""``Get-SentSenders`` and ``Get-TrackingForms`` in Python: what the message tracking log holds, counted."""

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


def count_forms(events: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """How often each kind of event was written, by event, source and connector, in the order of their characters."""
    forms: dict[tuple[str, str, str], list[bool]] = {}
    for event in events:
        form = (str(event["EventId"]), str(event["Source"]), str(event["ConnectorId"] or ""))
        forms.setdefault(form, []).append(event["Sender"] == _EMPTY)
    return [
        {"EventId": form[0], "Source": form[1], "ConnectorId": form[2], "Count": len(all_), "EmptySenders": sum(all_)}
        for form, all_ in sorted(forms.items(), key=lambda item: " ".join(item[0]))
    ]
