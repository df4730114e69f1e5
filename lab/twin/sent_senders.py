"""``Get-SentSenders``: with which senders mail has left, out of the message tracking log."""

from __future__ import annotations

from datetime import timedelta

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import check_range
from lab.twin.tracking import envelope_sender


def get_sent_senders(agent: Agent, given: Given) -> Output:
    """``Get-SentSenders``."""
    check_range("Days", given["Days"], 1, 90)
    since = agent.machine.clock.now() - timedelta(days=given["Days"])
    wanted: dict[str, object] = {"EventId": "Send", "Start": since.isoformat(), "ResultSize": "Unlimited"}
    return count_senders(agent.machine.invoke("Get-MessageTrackingLog", wanted, agent.cancelled))


def count_senders(logged: list[dict[str, object]]) -> list[dict[str, object]]:
    """One object for each sender of an envelope and source, most messages first."""
    times: dict[tuple[str, str], list[str]] = {}
    for each in logged:
        times.setdefault((envelope_sender(each), str(each["Source"])), []).append(str(each["Timestamp"]))
    rows: list[dict[str, object]] = [
        {"Sender": sender, "EventId": "SEND", "Source": source, "Messages": len(moments), "Last": max(moments)}
        for (sender, source), moments in times.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["Messages"])), row["Sender"], row["Source"]))
