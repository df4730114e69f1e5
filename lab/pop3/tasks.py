"""Scheduled tasks of a simulated host, and ``schtasks.exe`` as far as an own fetching interval needs it.

Time does not pass for them: no task ever starts by itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape

_SYSTEM: Final = "S-1-5-18"
_COMMAND: Final = re.compile(r'"([^"]*)"\s*(.*)|(\S*)\s*(.*)', re.DOTALL)


class Ran(NamedTuple):
    """How a run of ``schtasks.exe`` ended."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Task:
    """One task. ``minutes`` None: it starts at other times than every so many minutes."""

    name: str
    minutes: int | None
    command: str
    arguments: str = ""
    user: str = _SYSTEM
    enabled: bool = True


class Tasks:
    """Tasks by name, whatever its capitals. ``fails``: the words with which ``schtasks.exe`` refuses everything."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tasks: dict[str, Task] = {}
        self.fails: str | None = None

    def snapshot(self) -> tuple[dict[str, Task], str | None]:
        """All of it, to come back to."""
        return dict(self._tasks), self.fails

    def restore(self, snapshot: tuple[dict[str, Task], str | None]) -> None:
        """Come back to a snapshot."""
        self._tasks, self.fails = dict(snapshot[0]), snapshot[1]

    def all(self) -> list[Task]:
        """Every task, by name."""
        return [self._tasks[name] for name in sorted(self._tasks)]

    def find(self, name: str) -> Task | None:
        """The task of that name in the root folder."""
        return self._tasks.get(name.lstrip("\\").lower())

    def merge(self, properties: Mapping[str, Any]) -> None:
        """Change one task or add it. Raises ValueError."""
        unknown = set(properties) - set(Task.__dataclass_fields__)
        name = properties.get("name")
        if unknown or not isinstance(name, str) or not name:
            raise ValueError(f"task {name!r}: it has a name, and of the rest {sorted(unknown)} are unknown")
        known = self.find(name)
        base = known or Task(name, None, "")
        self._tasks[name.lower()] = replace(base, **properties)

    def remove(self, name: str) -> None:
        """Take a task away, if it is there."""
        self._tasks.pop(name.lstrip("\\").lower(), None)

    def schtasks(self, arguments: Sequence[str]) -> Ran:
        """Run ``schtasks.exe`` with these arguments: /Create, /Query and /Delete of one task by name."""
        options = _options(arguments)
        if self.fails is not None:
            return Ran(1, "", f"ERROR: {self.fails}\r\n")
        verb = next((verb for verb in ("/create", "/query", "/delete") if verb in options), None)
        if verb == "/query" and "/xml" in options and "/tn" not in options:
            documents = (f"<!-- \\{task.name} -->\r\n{_xml(task, self._now())}" for task in self.all())
            return Ran(0, "\r\n".join(documents), "")
        if verb is None or not options.get("/tn"):
            return Ran(1, "", "ERROR: Invalid syntax.\r\n")
        name = options["/tn"].lstrip("\\")
        if verb == "/create":
            return self._create(name, options)
        task = self.find(name)
        if task is None:
            return Ran(1, "", "ERROR: The system cannot find the file specified.\r\n")
        if verb == "/query":
            return Ran(0, _xml(task, self._now()), "")
        self.remove(name)
        return Ran(0, f'SUCCESS: The scheduled task "{name}" was successfully deleted.\r\n', "")

    def _create(self, name: str, options: Mapping[str, str]) -> Ran:
        minutes = options.get("/mo", "1")
        if options.get("/sc", "").lower() != "minute" or not minutes.isdecimal() or not 1 <= int(minutes) <= 1439:
            return Ran(1, "", "ERROR: Invalid syntax. Value of /MO or /SC is not simulated or out of range.\r\n")
        if self.find(name) and "/f" not in options:
            return Ran(1, "", f'WARNING: The task name "{name}" already exists.\r\n')
        command, rest = _command(options.get("/tr", ""))
        user = options.get("/ru", "")
        self._tasks[name.lower()] = Task(
            name, int(minutes), command, rest, _SYSTEM if user.upper() == "SYSTEM" else user
        )
        return Ran(0, f'SUCCESS: The scheduled task "{name}" has successfully been created.\r\n', "")


def _options(arguments: Sequence[str]) -> dict[str, str]:
    """By switch in small letters, each with the word behind it unless that is a switch itself."""
    words = [*arguments, "/"]
    pairs = itertools.pairwise(words)
    return {word.lower(): "" if after.startswith("/") else after for word, after in pairs if word.startswith("/")}


def _command(line: str) -> tuple[str, str]:
    match = _COMMAND.fullmatch(line)
    assert match is not None
    return (match[1], match[2]) if match[1] is not None else (match[3], match[4])


def _xml(task: Task, now: datetime) -> str:
    """What ``/Query /XML`` prints."""
    return "\r\n".join(
        [
            '<?xml version="1.0" encoding="UTF-16"?>',
            '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
            "  <Triggers>",
            _trigger(task.minutes, now),
            "  </Triggers>",
            f"  <Settings>\r\n    <Enabled>{str(task.enabled).lower()}</Enabled>\r\n  </Settings>",
            f'  <Actions Context="Author">\r\n    <Exec>\r\n      <Command>{escape(task.command)}</Command>',
            f"      <Arguments>{escape(task.arguments)}</Arguments>\r\n    </Exec>\r\n  </Actions>",
            f'  <Principals>\r\n    <Principal id="Author">\r\n      <UserId>{escape(task.user)}</UserId>',
            "    </Principal>\r\n  </Principals>",
            "</Task>",
            "",
        ]
    )


def _trigger(minutes: int | None, now: datetime) -> str:
    start = f"<StartBoundary>{now:%Y-%m-%dT%H:%M}:00</StartBoundary>\r\n      <Enabled>true</Enabled>"
    if minutes is None:
        day = "<ScheduleByDay>\r\n        <DaysInterval>1</DaysInterval>\r\n      </ScheduleByDay>"
        return f"    <CalendarTrigger>\r\n      {start}\r\n      {day}\r\n    </CalendarTrigger>"
    interval = f"PT{minutes // 60}H" if minutes % 60 == 0 else f"PT{minutes}M"
    repeat = f"<Repetition>\r\n        <Interval>{interval}</Interval>\r\n      </Repetition>"
    return f"    <TimeTrigger>\r\n      {repeat}\r\n      {start}\r\n    </TimeTrigger>"
