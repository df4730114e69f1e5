"""``Get-MessageOutcomes`` in Python: what message tracking has of some messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lab.twin_refusal import check_range, unreadable

Invoke = Callable[[str, dict[str, object]], list[dict[str, object]]]

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MOST_IDS: Final = 1000


def message_outcomes(invoke: Invoke, since: str, ids: Any, connector: str) -> list[dict[str, object]]:
    """One object for each id of which the log has something; ``invoke`` runs a cmdlet."""
    wanted = [str(each) for each in (ids if isinstance(ids, list) else [ids])]
    check_range("the number of Ids", len(wanted), 1, _MOST_IDS)
    _check(since)
    rows: dict[str, _Row] = {each: _Row() for each in wanted}
    for event in ("SEND", "FAIL"):
        asked: dict[str, object] = {"EventId": event, "Start": since, "ResultSize": "Unlimited"}
        for logged in invoke("Get-MessageTrackingLog", asked):
            row = rows.get(str(logged["MessageId"]))
            if row and event == "FAIL":
                row.failed += _recipients(logged)
            elif row and _over(logged, connector):
                row.sent += len(_recipients(logged))
    return [row.as_object(each) for each, row in rows.items() if row.sent or row.failed]


def smtp_refusals(invoke: Invoke, since: str) -> list[dict[str, object]]:
    """``Get-SmtpRefusals`` in Python: what the other side has refused for good, and in which words."""
    _check(since)
    logged = invoke("Get-MessageTrackingLog", {"EventId": "FAIL", "Start": since, "ResultSize": "Unlimited"})
    found = [(each["MessageId"], each["RecipientStatus"]) for each in logged if each["Source"] == "SMTP"]
    return [{"Id": name, "Words": next(filter(None, words))} for name, words in found if words and any(words)]  # type: ignore[call-overload, arg-type]


def _check(since: str) -> None:
    if not _TIME.fullmatch(since):
        raise unreadable("Since is no time like 2026-11-25T10:00:00Z.")


@dataclass
class _Row:
    """What the log has of one id."""

    sent: int = 0
    failed: list[str] = field(default_factory=list)

    def as_object(self, message_id: str) -> dict[str, object]:
        return {"Id": message_id, "Sent": self.sent, "Failed": len(self.failed), "Recipients": self.failed}


def _over(logged: Mapping[str, object], connector: str) -> bool:
    """Another connector's message of the same id is another message; a line without a connector counts."""
    used = str(logged["ConnectorId"] or "")
    return not connector or not used or used.lower() == connector.lower()


def _recipients(logged: Mapping[str, object]) -> list[str]:
    value = logged["Recipients"]
    return [str(each) for each in value] if isinstance(value, list) else []
