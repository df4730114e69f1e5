"""``Get-MessageOutcomes``: what became of single messages, out of the message tracking log."""

from __future__ import annotations

import re
from typing import Any, Final

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.parameters import as_list, check_range
from lab.twin.tracking import Logged, listed, names, reasons, text_kind

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MOST_IDS: Final = 1000


def get_message_outcomes(agent: Agent, given: Given) -> Output:
    """``Get-MessageOutcomes``: one object for each id of which the log has something."""
    wanted = [str(each) for each in as_list(given["Ids"])]
    check_range("the number of Ids", len(wanted), 1, _MOST_IDS)
    if not _TIME.fullmatch(given["Since"]):
        raise unreadable("Since is no time like 2026-11-25T10:00:00Z.")
    rows: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {each: {} for each in wanted}
    for event in names(given.get("Events") or ["SEND", "FAIL"]):
        asked: dict[str, object] = {"EventId": event, "Start": given["Since"], "ResultSize": "Unlimited"}
        for logged in agent.invoke("Get-MessageTrackingLog", asked):
            if str(logged["MessageId"]) in rows:
                _add_outcome(rows[str(logged["MessageId"])], logged)
    return [{"Id": each, "Events": list(forms.values())} for each, forms in rows.items() if forms]


def _add_outcome(forms: dict[tuple[str, ...], dict[str, Any]], logged: Logged) -> None:
    text = next(iter(reasons(logged).values()))
    form = {"EventId": str(logged["EventId"]), "Source": str(logged["Source"])}
    form["ConnectorId"] = str(logged["ConnectorId"] or "")
    row = forms.setdefault((*form.values(), text_kind(text)), {**form, "Text": text, "Recipients": []})
    row["Recipients"] += listed(logged["Recipients"])
