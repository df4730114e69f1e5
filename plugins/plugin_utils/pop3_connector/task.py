# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scheduled task that fetches at an interval of its own: the only documented way round the connector's schedule,
whose place is not publicly known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Reason, refuse
from ..messages import reason_of
from ..options.kinds import Record
from ..options.option import Option
from ..options.parse import MISFIT
from ..options.spelling import Spelling, Words
from ..options.values import Choice, Integer, Kind, Text
from ..request import Reply, Step
from ..run.plan import Change, PlannedStep
from .declared_accounts import DesiredAccount

READ_ID = "read_fetch_task"
ARGUMENT = "-downloadNow"
DEFAULT_NAME = "sbs.mailflow POP3 fetch"
LEAST, MOST = 5, 1439
_NAME = re.compile(r'[^\\/:*?"<>|]{1,200}')


class _TaskName(Kind):
    """A name that the scheduler takes."""

    def parse(self, value: Any) -> str:
        """The name; ValueError with what was expected."""
        text = str(Text(200).parse(value) or "")
        if not _NAME.fullmatch(text) or not text.isprintable():
            raise ValueError('a name without \\ / : * ? " < > |')
        return text


TASK = Record(
    Option("state", Choice("present", "absent"), "Whether the task exists.", default="present"),
    Option(
        "interval_minutes",
        Integer(LEAST, MOST),
        "The minutes between two fetches, 5 to 1439, and not less than a provider of the accounts allows; needed with"
        " V(present).",
    ),
    Option("name", _TaskName(), "The task's name.", default=DEFAULT_NAME),
    words=Words(shape="pop3_no_mapping"),
)


@dataclass(frozen=True)
class FetchTask:
    """A checked declaration. ``interval_minutes`` is 0 where the task is to be absent."""

    state: str
    interval_minutes: int
    name: str = DEFAULT_NAME

    def read_step(self) -> Step:
        """The step that reads the task."""
        properties = ("Name", "Exists", "IntervalMinutes", "Command", "Arguments", "UserId", "Enabled")
        return Step(READ_ID, "Get-FetchTask", {"Name": self.name}, properties)


def parse_task(declared: Any, accounts: Iterable[DesiredAccount], where: str | Spelling) -> FetchTask | None:
    """The task of an inventory, whose interval suits the providers of these accounts. Raises InputRefused."""
    if declared is None:
        return None
    reasons: list[Reason] = []
    at = Spelling.of(where)
    given = TASK.read(declared, at, "fetch_task", reasons)
    if given is not MISFIT and given["state"] == "present":
        reasons += _of_interval(given.get("interval_minutes"), declared, accounts, at.inside("fetch_task").where)
    refuse(reasons)
    return FetchTask(given["state"], given.get("interval_minutes", 0), given["name"])


def _of_interval(
    minutes: int | None, declared: Mapping[str, Any], accounts: Iterable[DesiredAccount], where: str
) -> list[Reason]:
    if minutes is None:
        return [reason_of("pop3_interval_missing", where)] if declared.get("interval_minutes") is None else []
    return [
        reason_of(
            "pop3_interval_too_short", where, minutes=minutes, least=each.min_poll_minutes, account=str(each.identity)
        )
        for each in accounts
        if each.min_poll_minutes and minutes < each.min_poll_minutes
    ]


@dataclass(frozen=True)
class HostTask:
    """The task as the host has it."""

    exists: bool
    interval_minutes: int | None = None
    command: str = ""
    arguments: str = ""
    enabled: bool = True

    @property
    def fetches(self) -> bool:
        """Whether it is a task that starts the connector's fetch."""
        program = self.command.strip().strip('"').lower()
        return program.endswith("pop3connector.exe") and self.arguments.strip().lower() == ARGUMENT.lower()


def host_task(reply: Reply) -> HostTask | None:
    """The task of a reply; None where it was not asked for."""
    output = reply.result(READ_ID).output
    if not output:
        return None
    reported = output[0]
    minutes = reported.get("IntervalMinutes")
    return HostTask(
        bool(reported.get("Exists")),
        minutes if isinstance(minutes, int) else None,
        str(reported.get("Command") or ""),
        str(reported.get("Arguments") or ""),
        reported.get("Enabled") is not False,
    )


def task_step(wanted: FetchTask, found: HostTask) -> PlannedStep | None:
    """The step that brings the task into its state, or None."""
    before = f"every {found.interval_minutes} minutes" if found.exists and found.enabled else None
    if wanted.state == "absent":
        change = Change("fetch task", before or "switched off", None)
        step = PlannedStep("remove fetch task", wanted.name, "Remove-FetchTask", {"Name": wanted.name}, (change,))
        return step if found.exists else None
    if found.exists and found.enabled and found.fetches and found.interval_minutes == wanted.interval_minutes:
        return None
    change = Change("fetch task", before, f"every {wanted.interval_minutes} minutes")
    parameters = {"Name": wanted.name, "IntervalMinutes": wanted.interval_minutes}
    return PlannedStep("set fetch task", wanted.name, "Set-FetchTask", parameters, (change,))
