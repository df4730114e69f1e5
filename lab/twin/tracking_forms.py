"""``Get-TrackingForms``: which kinds of events the message tracking log holds."""

from __future__ import annotations

from datetime import timedelta

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import check_range
from lab.twin.tracking import EMPTY


def get_tracking_forms(agent: Agent, given: Given) -> Output:
    """``Get-TrackingForms``: how often each kind of event was written, in the order of their characters."""
    hours = given.get("Hours", 24)
    check_range("Hours", hours, 1, 720)
    since = agent.machine.clock.now() - timedelta(hours=hours)
    wanted: dict[str, object] = {"Start": since.isoformat(), "ResultSize": "Unlimited"}
    forms: dict[tuple[str, str, str], list[bool]] = {}
    for event in agent.invoke("Get-MessageTrackingLog", wanted):
        form = (str(event["EventId"]), str(event["Source"]), str(event["ConnectorId"] or ""))
        forms.setdefault(form, []).append(event["Sender"] == EMPTY)
    return [
        {"EventId": form[0], "Source": form[1], "ConnectorId": form[2], "Count": len(all_), "EmptySenders": sum(all_)}
        for form, all_ in sorted(forms.items(), key=lambda item: " ".join(item[0]))
    ]
