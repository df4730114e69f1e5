"""The traffic of the last hours, as ``Measure-Queue`` counts it in the message tracking log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lab.exchange.errors import CmdletError
from lab.twin.tracking import Logged, earlier, envelope_sender, names, reasons, written

Invoke = Callable[[str, dict[str, object]], list[dict[str, object]]]
_MOST_CAUSES: Final = 100


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
        asked = ((counted, self.hours, False), (latest, self.back, False), (causes, self.back, True))
        for wanted, hours, told in asked:
            for name in names(wanted):
                for logged in self._read(name, hours):
                    self._add(logged, told)

    def _read(self, event: str, hours: int) -> Iterator[Logged]:
        start = written(self.now - timedelta(hours=hours))
        wanted: dict[str, object] = {"ResultSize": "Unlimited", "EventId": event, "Start": start}
        yield from self.invoke("Get-MessageTrackingLog", wanted)

    def _add(self, logged: Logged, told: bool) -> None:
        event, source, moment = str(logged["EventId"]), str(logged["Source"]), str(logged["Timestamp"])
        fresh = {"EventId": event, "Source": source, "Count": 0, "Last": None}
        row = self.events.setdefault(f"{event} {source}", fresh)
        row["Count"] += moment >= written(self.now - timedelta(hours=self.hours))
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
