"""``Read-SmtpSendLog`` in Python: the lines of one connector in Exchange's protocol log of what it sent."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.parameters import check_range

TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z", re.ASCII)


class Excerpt(NamedTuple):
    """How many files were read, and what was found in them."""

    files: int
    lines: list[str]
    truncated: bool


def read_smtp_send_log(agent: Agent, given: Given) -> Output:
    """``Read-SmtpSendLog``."""
    most = given.get("MaxLines", 2000)
    check_range("MaxLines", most, 1, 100_000)
    files = agent.machine.smtp_send_log_files(given["Path"])
    try:
        excerpt = _excerpt(files, given["After"], given["Connector"], most)
    except ValueError as error:
        raise unreadable(str(error)) from None
    lines = [agent.hide(line) for line in excerpt.lines]
    return [{"Files": excerpt.files, "Lines": lines, "Truncated": excerpt.truncated}]


def _excerpt(files: Mapping[str, str], after: str, connector: str, most: int) -> Excerpt:
    """The newest ``most`` lines since ``after`` out of the log's files, by name. Raises ValueError if that is no time.

    Nobody keeps the times of the simulated files: a file was written last when its last line says so.
    """
    since = _since(after)
    read = files_since(files, since)
    lines = [line for text in read for line in lines_of(text) if _is_wanted(line, since, connector)]
    return Excerpt(len(read), lines[-most:], len(lines) > most)


def _since(after: str) -> str:
    """With three digits behind the second, as Exchange writes times: such texts sort as times do."""
    match = TIME.fullmatch(after)
    if match is None:
        raise ValueError("After is no time like 2026-11-25T10:00:00Z.")
    datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S")
    return f"{match[1]}.{(match[2] or '').ljust(3, '0')[:3]}Z"


def files_since(files: Mapping[str, str], since: str) -> list[str]:
    """Oldest first; the newest always, since Windows may not say that it is being written to."""
    logs = sorted((_last_time(text), text) for name, text in files.items() if name.lower().endswith(".log"))
    return [text for number, (last, text) in enumerate(logs, 1) if last >= since or number == len(logs)]


def lines_of(text: str) -> list[str]:
    """Not splitlines(), which knows ends of lines that .NET does not."""
    return re.split("\r\n|\r|\n", text)


def _last_time(text: str) -> str:
    return max((time for time, _ in map(_time_and_connector, lines_of(text))), default="")


def _is_wanted(line: str, since: str, connector: str) -> bool:
    time, name = _time_and_connector(line)
    return time >= since and name.lower() == connector.lower()


def _time_and_connector(line: str) -> tuple[str, str]:
    """The first two fields of a line of data; of any other line nothing."""
    fields = next(_rows(line), [])
    return (fields[0], fields[1]) if len(fields) > 2 and TIME.fullmatch(fields[0]) else ("", "")


def _rows(line: str) -> Iterator[list[str]]:
    return csv.reader([line])
