# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fetch at once, and what can be seen of the connector: its service, and the end of its newest log as plain text.
Nobody has published what a line of that log means, so none is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..controls import Control, convert_all, names, unknown_options
from ..errors import Reason, refuse
from ..messages import tell
from ..request import Request, Step
from ..session import Session, require_read
from ..told import first, inside, texts
from ..values import Boolean, Integer, Text
from .desired import PLACE, Place, parse_place
from .state import READ_ID, outside_step

WHERE = "fetching with the POP3 connector"
FETCH_OPTIONS: tuple[Control, ...] = (
    Control("start", Boolean(), True, "Start a fetch; V(false) only looks, as check mode does."),
    Control(
        "wait_seconds",
        Integer(0, 600),
        30,
        "How many seconds to wait for the program. What it still does after that goes on.",
    ),
    Control("log_lines", Integer(1, 1000), 50, "How many lines of the newest log to show."),
    Control("program", Text(), None, "The connector's program, where it is not at its usual place."),
    Control("log_folder", Text(), None, "The folder of its logs, where it is not at its usual place."),
    *PLACE,
)
"""The options of the fetching task."""
_PASS = re.compile(r"\b(PASS)\s+\S.*", re.IGNORECASE)
"""A verbose log might repeat the dialogue: what follows PASS is never shown."""
_START = ("Program", "Started", "ExitCode")
_LOG = ("Folder", "Name", "LastWriteTime", "Length", "Lines")


@dataclass(frozen=True)
class Fetch:
    """A checked wish."""

    place: Place = Place()
    start: bool = True
    wait_seconds: int = 30
    log_lines: int = 50
    program: str | None = None
    log_folder: str | None = None

    def steps(self, check_mode: bool) -> tuple[Step, ...]:
        """The fetch, then what is to be seen after it."""
        program = {"Program": self.program} if self.program else {}
        folder = {"Folder": self.log_folder} if self.log_folder else {}
        starting = Step("start", "Start-Pop3Fetch", {**program, "WaitSeconds": self.wait_seconds}, _START)
        looking = (
            outside_step(self.place, ("Service", "Interrupted")),
            Step("read_log", "Read-Pop3Log", {**folder, "Lines": self.log_lines}, _LOG, always=True),
        )
        return (starting, *looking) if self.start and not check_mode else looking


def parse_fetch(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Fetch:
    """The wish of a fetching task. Raises WishRefused with every reason."""
    reasons = [*found, *unknown_options(arguments, names(FETCH_OPTIONS), WHERE)]
    plain = convert_all(reasons, WHERE, (each for each in FETCH_OPTIONS if each not in PLACE), arguments)
    place = parse_place(reasons, arguments, WHERE)
    refuse(reasons)
    return Fetch(place, **plain)


def fetch(session: Session, wished: Fetch, check_mode: bool) -> dict[str, Any]:
    """The result: ``fetch`` (None where none was started), ``service`` and ``log``. Raises MailflowError."""
    request = Request(wished.steps(check_mode))
    if wished.start and not check_mode:
        session.ask(Request(()))  # who answers is known before anything is begun there
    reply = session.ask(request)
    require_read(reply, request, session.where)
    started = next(iter(reply.result("start").output), None)
    records, log = (first(reply.result(step_id).output) for step_id in (READ_ID, "read_log"))
    service = inside(records.get("Service"))
    notices = [*reply.warnings, *_notices(started, records)]
    result = {
        "changed": wished.start,
        "fetch": _lower(started) if started else None,
        "service": {"name": service.get("Name"), "exists": service.get("Exists"), "status": service.get("Status")},
        "log": {**_lower(log), "lines": [_PASS.sub(r"\1 ********", line) for line in texts(log.get("Lines"))]},
    }
    return {**result, "warnings": notices} if notices else result


def _notices(started: Mapping[str, Any] | None, records: Mapping[str, Any]) -> list[str]:
    notices = []
    if started and started.get("ExitCode") not in (None, 0):
        notices.append(tell("pop3_exit_code", code=started.get("ExitCode")))
    if records.get("Interrupted") is not None:
        notices.append(tell("pop3_interrupted"))
    return notices


def _lower(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The agent's properties as a result names them: ``LastWriteTime`` as ``last_write_time``."""
    return {
        "".join(f"_{each.lower()}" if each.isupper() else each for each in key).lstrip("_"): value
        for key, value in properties.items()
    }
