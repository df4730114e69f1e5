"""The message tracking log in Python, as the agent's own functions read it: lines, traffic and outcomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lab.exchange.errors import CmdletError
from lab.twin.agent import check_range, unreadable

Invoke = Callable[[str, dict[str, object]], list[dict[str, object]]]
Logged = Mapping[str, object]

_EMPTY: Final = "<>"
_PARTICULAR: Final = re.compile(
    r"(?<!\S)(?![245][0-9][0-9](?!\S))(?!#?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?!\S))\S*[@0-9]\S*"
)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MOST_CAUSES: Final = 100
_MOST_IDS: Final = 1000


def text_kind(text: str) -> str:
    """What texts of one kind share: all but names, addresses and numbers."""
    return _PARTICULAR.sub("*", re.sub(r"\{LRT=[^}]*\}", "", text))


def envelope_sender(logged: Logged) -> str:
    """The sender that a provider judges, in small letters."""
    return str(logged["ReturnPath"] or logged["Sender"] or _EMPTY).lower()


def reasons(logged: Logged) -> dict[str, str]:
    """The first text of each kind; an empty one where the log gives none."""
    found: dict[str, str] = {}
    for status in _listed(logged["RecipientStatus"]):
        if kind := text_kind(status):
            found.setdefault(kind, status)
    return found or {"": ""}


def earlier(known: str | None, moment: str) -> str:
    """The earlier one of two moments."""
    return moment if known is None else min(known, moment)


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _names(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each]


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Traffic:
    """What the log has of the last hours, by event and source."""

    invoke: Invoke
    now: datetime
    hours: int
    back: int
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    causes: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def counted(self, counted: Any, latest: Any, causes: Any) -> dict[str, object]:
        """The object that stands behind those of the queues."""
        try:
            self._read_all(counted, latest, causes)
        except CmdletError as error:
            return {"Identity": None, "Events": None, "Causes": [], "CausesLeftOut": 0, "Problem": error.message}
        rows = [{**row, "Count": len(row["Ids"])} for row in self.causes.values()]
        rows.sort(key=lambda row: (-row["Count"], row["Text"], row["Sender"], row["EventId"], row["Source"]))
        told_rows = [{name: row[name] for name in row if name != "Ids"} for row in rows[:_MOST_CAUSES]]
        events = [self.events[key] for key in sorted(self.events)]
        left = len(rows) - len(told_rows)
        return {"Identity": None, "Events": events, "Causes": told_rows, "CausesLeftOut": left, "Problem": None}

    def _read_all(self, counted: Any, latest: Any, causes: Any) -> None:
        for names, hours, told in ((counted, self.hours, False), (latest, self.back, False), (causes, self.back, True)):
            for name in _names(names):
                for logged in self._read(name, hours):
                    self._add(logged, told)

    def _read(self, event: str, hours: int) -> Iterator[Logged]:
        start = _written(self.now - timedelta(hours=hours))
        wanted: dict[str, object] = {"ResultSize": "Unlimited", "EventId": event, "Start": start}
        yield from self.invoke("Get-MessageTrackingLog", wanted)

    def _add(self, logged: Logged, told: bool) -> None:
        event, source, moment = str(logged["EventId"]), str(logged["Source"]), str(logged["Timestamp"])
        fresh = {"EventId": event, "Source": source, "Count": 0, "Last": None}
        row = self.events.setdefault(f"{event} {source}", fresh)
        row["Count"] += moment >= _written(self.now - timedelta(hours=self.hours))
        row["Last"] = max(row["Last"] or moment, moment)
        if told:
            self._add_causes(event, source, moment, logged)

    def _add_causes(self, event: str, source: str, moment: str, logged: Logged) -> None:
        sender = envelope_sender(logged)
        for kind, text in reasons(logged).items():
            fresh = {"EventId": event, "Source": source, "Sender": sender, "Text": text, "First": None, "Last": moment}
            row = self.causes.setdefault((event, source, sender, kind), {**fresh, "Ids": set()})
            row["Ids"].add(str(logged["MessageId"]))
            row["First"] = earlier(row["First"], moment)
            row["Last"] = max(row["Last"], moment)


def message_outcomes(invoke: Invoke, since: str, ids: Any, events: Any) -> list[dict[str, object]]:
    """``Get-MessageOutcomes``: one object for each id of which the log has something; ``invoke`` runs a cmdlet."""
    wanted = [str(each) for each in (ids if isinstance(ids, list) else [ids])]
    check_range("the number of Ids", len(wanted), 1, _MOST_IDS)
    if not _TIME.fullmatch(since):
        raise unreadable("Since is no time like 2026-11-25T10:00:00Z.")
    rows: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {each: {} for each in wanted}
    for event in _names(events):
        asked: dict[str, object] = {"EventId": event, "Start": since, "ResultSize": "Unlimited"}
        for logged in invoke("Get-MessageTrackingLog", asked):
            if str(logged["MessageId"]) in rows:
                _add_outcome(rows[str(logged["MessageId"])], logged)
    return [{"Id": each, "Events": list(forms.values())} for each, forms in rows.items() if forms]


def _add_outcome(forms: dict[tuple[str, ...], dict[str, Any]], logged: Logged) -> None:
    text = next(iter(reasons(logged).values()))
    form = {"EventId": str(logged["EventId"]), "Source": str(logged["Source"])}
    form["ConnectorId"] = str(logged["ConnectorId"] or "")
    row = forms.setdefault((*form.values(), text_kind(text)), {**form, "Text": text, "Recipients": []})
    row["Recipients"] += _listed(logged["Recipients"])


def count_senders(logged: list[dict[str, object]]) -> list[dict[str, object]]:
    """``Get-SentSenders``: one object for each sender of an envelope and source, most messages first."""
    times: dict[tuple[str, str], list[str]] = {}
    for each in logged:
        times.setdefault((envelope_sender(each), str(each["Source"])), []).append(str(each["Timestamp"]))
    rows: list[dict[str, object]] = [
        {"Sender": sender, "EventId": "SEND", "Source": source, "Messages": len(moments), "Last": max(moments)}
        for (sender, source), moments in times.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["Messages"])), row["Sender"], row["Source"]))


def count_forms(logged: list[dict[str, object]]) -> list[dict[str, object]]:
    """``Get-TrackingForms``: how often each kind of event was written, in the order of their characters."""
    forms: dict[tuple[str, str, str], list[bool]] = {}
    for event in logged:
        form = (str(event["EventId"]), str(event["Source"]), str(event["ConnectorId"] or ""))
        forms.setdefault(form, []).append(event["Sender"] == _EMPTY)
    return [
        {"EventId": form[0], "Source": form[1], "ConnectorId": form[2], "Count": len(all_), "EmptySenders": sum(all_)}
        for form, all_ in sorted(forms.items(), key=lambda item: " ".join(item[0]))
    ]
