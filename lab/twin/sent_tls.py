"""``Get-SentTls`` and ``Get-SentNames`` in Python: which TLS the protocol log of what was sent shows, by connector and
server, and what the server called itself."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import check_range
from lab.twin.smtp_send_log import TIME, files_since, lines_of

_BYTES: Final = 32 * 1024 * 1024
_ROWS: Final = 100


class _Handshake(NamedTuple):
    """Sorted as they are told."""

    time: str
    connector: str
    server: str
    protocol: str
    session: str


def get_sent_tls(agent: Agent, given: Given) -> Output:
    """``Get-SentTls``: the newest handshake of each connector, remote endpoint and protocol."""
    newest: dict[tuple[str, ...], _Handshake] = {}
    sessions: set[str] = set()
    for fields in _asked(agent, given):
        if fields[6] == "<" and re.match("235[ -]", fields[7]):
            sessions.add(fields[2])
        found = re.search("SP_PROT_[0-9A-Z_]+", fields[7]) if fields[6] == "*" else None
        if found:
            handshake = _Handshake(fields[0], fields[1], fields[5], found[0], fields[2])
            key = (handshake.connector.lower(), handshake.server.lower(), handshake.protocol)
            if key not in newest or handshake.time > newest[key].time:
                newest[key] = handshake
    return [_row(each, each.session in sessions) for each in sorted(newest.values())[-_ROWS:]]


def get_sent_names(agent: Agent, given: Given) -> Output:
    """``Get-SentNames``: the newest EHLO or HELO of each connector and name."""
    newest: dict[tuple[str, ...], tuple[str, ...]] = {}
    for fields in _asked(agent, given):
        found = re.match(r'(EHLO|HELO) ([^\s",]+)', fields[7]) if fields[6] == ">" else None
        if found:
            told = (fields[0], fields[1], *found.groups())
            key = (told[1].lower(), told[2], told[3].lower())
            newest[key] = max(told, newest.get(key, told), key=lambda each: each[0])
    return [
        {"Connector": connector, "Command": command, "Name": name, "At": f"{time[:19]}Z"}
        for time, connector, command, name in sorted(newest.values())[-_ROWS:]
    ]


def _asked(agent: Agent, given: Given) -> Iterator[list[str]]:
    """The fields of each line of the days that are asked for."""
    check_range("Days", given["Days"], 1, 90)
    path = given.get("Path") or _folder(agent)
    since = f"{agent.machine.clock.now() - timedelta(days=given['Days']):%Y-%m-%dT%H:%M:%S}.000Z"
    return _fields(agent.machine.smtp_send_log_files(path) if path else {}, since)


def _folder(agent: Agent) -> str | None:
    """Where this server writes the log."""
    for server in agent.invoke("Get-TransportServer", {"Identity": agent.machine.computer_name}):
        return str(server["SendProtocolLogPath"] or "")
    return None


def _fields(files: Mapping[str, str], since: str) -> Iterator[list[str]]:
    """The fields of each line since then; data and context are one. Newest file first, and no more than the limit."""
    left = _BYTES
    for text in reversed(files_since(files, since)):
        data = text.encode()
        kept = data[-left:].decode(errors="replace") if left else ""
        left -= min(left, len(data))
        for line in lines_of(kept)[1 if len(data) > len(kept.encode()) else 0 :]:
            fields = next(csv.reader([line]), [])
            if len(fields) > 7 and TIME.fullmatch(fields[0]) and fields[0] >= since:
                yield [*fields[:7], ",".join(fields[7:])]


def _row(handshake: _Handshake, logged_in: bool) -> dict[str, object]:
    named = {"Connector": handshake.connector, "Server": handshake.server, "Protocol": handshake.protocol}
    return {**named, "At": f"{handshake.time[:19]}Z", "LoggedIn": logged_in}
