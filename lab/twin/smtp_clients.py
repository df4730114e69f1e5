"""``Measure-SmtpClients``: by connector and client, out of message tracking and the SmtpReceive protocol log."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import check_range
from lab.twin.smtp_send_log import TIME, files_since, lines_of

_BYTES: Final = 32 * 1024 * 1024
_CLIENTS: Final = 20_000
_ROWS: Final = 1000
_REFUSED: Final = re.compile(r"([45][0-9][0-9])(?:[ -]([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.]))?")


@dataclass
class _Client:
    """One that delivers by one connector."""

    connector: str
    address: str
    source: str
    count: int = 0
    last: str | None = None
    refused: dict[str, int] = field(default_factory=dict)
    refusal: tuple[str, str | None] = ("", None)

    def as_row(self) -> dict[str, object]:
        named = {"Connector": self.connector, "Address": self.address, "Count": self.count, "Last": self.last}
        return {**named, "Source": self.source, "Refused": self.refused, "Text": self.refusal[1], "Cut": False}


@dataclass
class _Tally:
    """What was read, and of what there was too much."""

    cut: bool = False
    files: int = 0
    since: str | None = None
    problems: list[str] = field(default_factory=list)

    def client(self, clients: dict[str, _Client], connector: str, address: str, source: str) -> _Client | None:
        key = f"{connector} {address}".lower()
        if key not in clients and len(clients) >= _CLIENTS:
            self.cut = True
            return None
        return clients.setdefault(key, _Client(connector, address, source))

    def rows(self, clients: Mapping[str, _Client]) -> Iterator[dict[str, object]]:
        ranked = sorted(clients.values(), key=lambda each: (-each.count, f"{each.connector} {each.address}"))
        self.cut = self.cut or len(ranked) > _ROWS
        return (each.as_row() for each in ranked[:_ROWS])

    def as_row(self) -> dict[str, object]:
        empty: dict[str, object] = {
            "Connector": None,
            "Address": None,
            "Count": 0,
            "Last": None,
            "Source": None,
            "Refused": {},
            "Text": None,
        }
        return {**empty, "Cut": self.cut, "Files": self.files, "Since": self.since, "Problems": self.problems}


def measure_smtp_clients(agent: Agent, given: Given) -> Output:
    """``Measure-SmtpClients``: tracking first, then the log, then what was read."""
    check_range("Days", given["Days"], 1, 90)
    since = agent.machine.clock.now() - timedelta(days=given["Days"])
    tally, rows = _Tally(), list[dict[str, object]]()
    for read in (_of_tracking, _of_log):
        clients: dict[str, _Client] = {}
        try:
            read(agent, given, tally, clients, since)
        except CmdletError as error:
            tally.problems.append(agent.hide(error.message))
        rows += tally.rows(clients)
    return [*rows, tally.as_row()]


def _of_tracking(agent: Agent, given: Given, tally: _Tally, clients: dict[str, _Client], since: datetime) -> None:
    wanted = {"EventId": "Receive", "Start": since.isoformat(), "ResultSize": "Unlimited"}
    for logged in agent.invoke("Get-MessageTrackingLog", dict(wanted)):
        if str(logged["Source"]).upper() != "SMTP":
            continue
        named = str(logged["ConnectorId"] or ""), str(logged.get("ClientIp") or "")
        if client := tally.client(clients, *named, "tracking"):
            client.count += 1
            client.last = max(client.last or "", str(logged["Timestamp"]))


def _of_log(agent: Agent, given: Given, tally: _Tally, clients: dict[str, _Client], since: datetime) -> None:
    files = agent.machine.smtp_receive_log_files(given.get("Path") or _folder(agent))
    for fields in _events(files, f"{since:%Y-%m-%dT%H:%M:%S}.000Z", tally):
        time, answer = f"{fields[0][:19]}Z", _REFUSED.match(fields[7])
        if fields[6] != "+" and not (fields[6] == ">" and answer):
            continue
        tally.since = min(tally.since or time, time)
        address = re.sub(":[0-9]+$", "", fields[5]).strip("[]")
        client = tally.client(clients, fields[1], address, "log")
        if client is None:
            continue
        client.last = max(client.last or "", time)
        if fields[6] == "+":
            client.count += 1
        elif answer:
            _refuse(agent, client, time, " ".join(filter(None, answer.groups())), fields[7])


def _refuse(agent: Agent, client: _Client, time: str, code: str, text: str) -> None:
    client.refused[code] = client.refused.get(code, 0) + 1
    if time >= client.refusal[0]:
        client.refusal = time, agent.shown(text)


def _folder(agent: Agent) -> str:
    """Where this server writes the log."""
    for server in agent.invoke("Get-TransportServer", {"Identity": agent.machine.computer_name}):
        if path := server["ReceiveProtocolLogPath"]:
            return str(path)
    words = "The server has no ReceiveProtocolLogPath."
    raise CmdletError(words, "System.InvalidOperationException", "OperationStopped", words)


def _events(files: Mapping[str, str], since: str, tally: _Tally) -> Iterator[list[Any]]:
    """The fields of each line since then, newest file first, and no more than the limit."""
    left = _BYTES
    for text in reversed(files_since(files, since)):
        if left <= 0:
            tally.cut = True
            return
        tally.files += 1
        data = text.encode()
        kept = data[-left:]
        left -= len(kept)
        tally.cut = tally.cut or len(kept) < len(data)
        for line in lines_of(kept.decode(errors="replace"))[1 if len(kept) < len(data) else 0 :]:
            fields = next(csv.reader([line]), [])
            if len(fields) > 7 and TIME.fullmatch(fields[0]) and fields[0] >= since:
                yield fields
