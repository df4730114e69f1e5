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

from ..controls import convert, unknown_options
from ..errors import WishRefused, refuse
from ..messages import say
from ..plan import Change, PlannedStep
from ..request import Reply, Step
from ..values import Choice, Integer, Text
from .wished import WishedAccount

READ_ID = "read_fetch_task"
ARGUMENT = "-downloadNow"
DEFAULT_NAME = "sbs.mailflow POP3 fetch"
TASK_KEYS: dict[str, tuple[str, str]] = {
    "state": ("str", "V(present) or V(absent); by default V(present)."),
    "interval_minutes": (
        "int",
        "How many minutes lie between two fetches, 5 to 1439, and not less than a provider of the accounts allows;"
        " needed with V(present).",
    ),
    "name": ("str", f"The task's name; by default V({DEFAULT_NAME})."),
}
LEAST, MOST = 5, 1439
_NAME = re.compile(r'[^\\/:*?"<>|]{1,200}')


@dataclass(frozen=True)
class FetchTask:
    """A checked wish. ``interval_minutes`` is 0 where the task is to be absent."""

    state: str
    interval_minutes: int
    name: str = DEFAULT_NAME

    def read_step(self) -> Step:
        """The step that reads the task."""
        properties = ("Name", "Exists", "IntervalMinutes", "Command", "Arguments", "UserId", "Enabled")
        return Step(READ_ID, "Get-FetchTask", {"Name": self.name}, properties)


def parse_task(declared: Any, accounts: Iterable[WishedAccount], where: str) -> FetchTask | None:
    """The task of an inventory, whose interval suits the providers of these accounts. Raises WishRefused."""
    if declared is None:
        return None
    if not isinstance(declared, Mapping):
        raise WishRefused(say("pop3_no_mapping", where, type=type(declared).__name__, expected="a mapping"))
    reasons = unknown_options(declared, TASK_KEYS, where)
    state = convert(reasons, where, "state", Choice("present", "absent"), declared.get("state"), "present")
    name = convert(reasons, where, "name", Text(200), declared.get("name"), DEFAULT_NAME)
    minutes = convert(reasons, where, "interval_minutes", Integer(LEAST, MOST), declared.get("interval_minutes"), 0)
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not name.isprintable():
        expected = 'a name without \\ / : * ? " < > |'
        reasons.append(say("value_unfit", where, option="name", value=repr(name), expected=expected))
    if state == "present" and declared.get("interval_minutes") is None:
        reasons.append(say("pop3_interval_missing", where))
    if state == "present" and minutes:
        wanted = [(each.min_poll_minutes, str(each.identity)) for each in accounts if each.min_poll_minutes]
        reasons += [
            say("pop3_interval_too_short", where, minutes=minutes, least=least, account=account)
            for least, account in wanted
            if minutes < least
        ]
    refuse(reasons)
    return FetchTask(str(state), minutes, str(name))


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
    told = output[0]
    minutes = told.get("IntervalMinutes")
    return HostTask(
        bool(told.get("Exists")),
        minutes if isinstance(minutes, int) else None,
        str(told.get("Command") or ""),
        str(told.get("Arguments") or ""),
        told.get("Enabled") is not False,
    )


def task_step(wished: FetchTask, found: HostTask) -> PlannedStep | None:
    """The step that brings the task into its state, or None."""
    before = f"every {found.interval_minutes} minutes" if found.exists and found.enabled else None
    if wished.state == "absent":
        change = Change("fetch task", before or "switched off", None)
        step = PlannedStep("remove fetch task", wished.name, "Remove-FetchTask", {"Name": wished.name}, (change,))
        return step if found.exists else None
    if found.exists and found.enabled and found.fetches and found.interval_minutes == wished.interval_minutes:
        return None
    change = Change("fetch task", before, f"every {wished.interval_minutes} minutes")
    parameters = {"Name": wished.name, "IntervalMinutes": wished.interval_minutes}
    return PlannedStep("set fetch task", wished.name, "Set-FetchTask", parameters, (change,))
