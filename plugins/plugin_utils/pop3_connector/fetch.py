# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fetch at once, and what can be seen of the connector: what waited before and after, its service, and the end of its
newest log as plain text. Nobody has published what a line of that log means, so none is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..agent.session import Session, require_read
from ..errors import HostRefused, Reason, collect, refuse
from ..lenient import first, inside, texts
from ..messages import notice_of
from ..options.action import Action
from ..options.kinds import Raw
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Integer, Text
from ..request import Reply, Request, Step
from ..run.options import LEDGER
from .desired import PLACE, ConnectorPlace, take_place
from .key_map import KeyMap, parse_key_map
from .state import READ_ID, HostAccount, State, outside_step, parse_state, read_step
from .waiting import (
    NOTHING,
    PARTLY,
    STILL,
    TAKEN,
    Asking,
    Count,
    Pause,
    asking,
    compared,
    count_step,
    counts,
    notices,
    pause_of,
)

WHERE = "fetching with the POP3 connector"
LOOKING: tuple[Option, ...] = (
    Option(
        "confirm_clear_text",
        Boolean(),
        "Confirms that user names and passwords of accounts without C(ssl) may be sent to the provider in clear text.",
        default=False,
    ),
    Option("log_folder", Text(), "The folder of its logs, if it is not the default."),
    Option("bad_mail_folder", Text(), "The folder of messages that it could not deliver, if it is not the default."),
)
"""What every look at the connector's work goes by."""
FETCH_OPTIONS: tuple[Option, ...] = (
    Option("start", Boolean(), "Start a fetch; V(false) only reads, as check mode does.", default=True),
    Option(
        "wait_seconds",
        Integer(0, 600),
        "The seconds to wait for the program. After that it continues to run.",
        default=30,
    ),
    Option(
        "count_waiting",
        Boolean(),
        "Ask each provider before and after the fetch how many messages are waiting, with the stored passwords, which"
        " do not leave the host. A provider that requires a pause between logins, by the packaged table or as declared"
        " when a login was last tested, is not asked, nor one in clear text without O(confirm_clear_text).",
        default=True,
    ),
    Option(
        "key_map",
        Raw("dict"),
        "The key map of the host's file, as O(sbs.mailflow.pop3_connector#module:key_map); without it the port"
        " determines whether a connection uses TLS.",
    ),
    Option("log_lines", Integer(1, 1000), "The number of lines of the newest log to show.", default=50),
    Option("program", Text(), "The path of the connector's program, if it is not the default."),
    *LOOKING,
    LEDGER,
    *PLACE,
)
"""The options of the fetching task."""
ACTION = Action(
    "pop3_connector_fetch",
    FETCH_OPTIONS,
    needs_exchange=False,
    plans=True,
    role=False,
    description="Let the SBS POP3 connector fetch at once",
)
_PASS = re.compile(r"\b(PASS)\s+\S.*", re.IGNORECASE)
"""A verbose log might repeat the dialogue: what follows PASS is never shown."""
_START = ("Program", "Started", "ExitCode")
_LOG = ("Folder", "Name", "LastWriteTime", "Length", "Lines")


@dataclass(frozen=True)
class Fetch:
    """A checked declaration."""

    place: ConnectorPlace = ConnectorPlace()
    key_map: KeyMap = KeyMap()
    start: bool = True
    count_waiting: bool = True
    confirm_clear_text: bool = False
    wait_seconds: int = 30
    log_lines: int = 50
    program: str | None = None
    log_folder: str | None = None
    bad_mail_folder: str | None = None
    ledger: str | None = None

    def looking(self) -> tuple[Step, ...]:
        """What is to be seen of the connector."""
        folder = {"Folder": self.log_folder} if self.log_folder else {}
        return (
            outside_step(self.place, ("Service", "Interrupted")),
            Step("read_log", "Read-Pop3Log", {**folder, "Lines": self.log_lines}, _LOG, always=True),
            self.bad_mail("bad_mail"),
        )

    def starting(self) -> Step:
        """The fetch, whatever became of counting."""
        program = {"Program": self.program} if self.program else {}
        return Step("start", "Start-Pop3Fetch", {**program, "WaitSeconds": self.wait_seconds}, _START, always=True)

    def bad_mail(self, step_id: str) -> Step:
        """What the connector has put aside."""
        folder = {"Folder": self.bad_mail_folder} if self.bad_mail_folder else {}
        return Step(step_id, "Get-BadMail", folder, ("Folder", "Messages"), always=True)


def parse_fetch(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Fetch:
    """The declaration of a fetching task. Raises InputRefused with every reason."""
    reasons = list(found)
    given = parse(FETCH_OPTIONS, arguments, Spelling(WHERE), reasons, later=("key_map",))
    key_map = collect(reasons, parse_key_map, arguments.get("key_map"), f"{WHERE}, key_map") or KeyMap()
    refuse(reasons)
    return Fetch(take_place(given), key_map, **given)


def fetch(
    session: Session,
    wanted: Fetch,
    check_mode: bool,
    note: Callable[[list[HostAccount]], None] = lambda accounts: None,
    pause: Pause = pause_of,
    took: Callable[[list[HostAccount]], None] = lambda accounts: None,
) -> dict[str, Any]:
    """The result: ``fetch`` (None where none was started), ``mailboxes``, ``service``, ``log`` and ``bad_mail``.
    ``note`` is told of each account at whose provider a login is made, ``took`` of those from which the connector took
    mail. Raises MailflowError."""
    if not wanted.start or check_mode:
        reply = _asked(session, wanted.looking())
        return _result(reply, {"changed": wanted.start, "fetch": None, "mailboxes": []}, [])
    if not wanted.count_waiting:
        session.ask(Request(()))  # who answers is known before anything is begun there
    state = _state(session, wanted) if wanted.count_waiting else None
    if state is not None:
        note([each for each in state.accounts if pause(each)])
    asked = asking(state, wanted.key_map, wanted.confirm_clear_text, pause) if state else Asking((), {})
    counting = count_step("count", wanted.place, state, asked) if state else None
    note([each for each, _security in asked.logins])
    steps = (
        *([counting] if counting else []),
        wanted.bad_mail("bad_mail_before"),
        wanted.starting(),
        *wanted.looking(),
    )
    with session.progress.stage(notice_of("stage_fetching")):
        reply = _asked(session, steps, may_fail=("count",))
    started = first(reply.result("start").output)
    rows: list[Any] = []
    if state is not None:
        before = counts(reply, "count", asked)
        ended = started.get("ExitCode") is not None
        after = _after(session, wanted, asked, note) if ended else {}
        rows = compared(state.accounts, before, after or _unknown(state, ended))
        took([each for each, row in zip(state.accounts, rows, strict=True) if row["outcome"] in (TAKEN, PARTLY)])
    told = {"changed": _changed(rows), "fetch": _lower(started), "mailboxes": rows}
    return _result(reply, told, [*_exit_notices(started), *notices(rows)])


def _state(session: Session, wanted: Fetch) -> State | None:
    """The accounts of the host; None where it has no file that can be read, so that nobody can be asked."""
    reply = session.ask(Request((read_step(wanted.place),)))
    if reply.failed:
        return None
    try:
        return parse_state(reply, session.where, wanted.place)
    except HostRefused:
        return None


def _after(
    session: Session, wanted: Fetch, asked: Asking, note: Callable[[list[HostAccount]], None]
) -> dict[str, Count]:
    """What waits once the program has ended. The file is read anew, since the connector may write to it."""
    state = _state(session, wanted)
    if state is None:
        return {}
    known = {str(each.identity) for each, _security in asked.logins}
    again = asking(state, wanted.key_map, wanted.confirm_clear_text)
    again = Asking(tuple(each for each in again.logins if str(each[0].identity) in known), asked.silent)
    counting = count_step("count", wanted.place, state, again)
    if counting is None:
        return dict(counts(Reply("", "", "", ()), "count", again))
    note([each for each, _security in again.logins])
    return counts(session.ask(Request((counting,))), "count", again)


def _unknown(state: State, ended: bool) -> dict[str, Count]:
    text = notice_of("pop3_no_answer" if ended else "pop3_count_running")
    return {str(each.identity): Count(None, text) for each in state.accounts}


def _changed(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether anything was taken, or may have been; where everything was counted, that is known."""
    return not rows or any(each["outcome"] not in (NOTHING, STILL) for each in rows)


def _asked(session: Session, steps: tuple[Step, ...], may_fail: tuple[str, ...] = ()) -> Reply:
    request = Request(steps)
    reply = session.ask(request)
    require_read(reply, request, session.where, may_fail)
    return reply


def _result(reply: Reply, reported: Mapping[str, Any], said: Sequence[str]) -> dict[str, Any]:
    records, log, bad = (first(reply.result(step_id).output) for step_id in (READ_ID, "read_log", "bad_mail"))
    service, before = inside(records.get("Service")), first(reply.result("bad_mail_before").output)
    warnings = [*reply.warnings, *said, *_notices(records, bad, before)]
    result = {
        **reported,
        "service": {"name": service.get("Name"), "exists": service.get("Exists"), "status": service.get("Status")},
        "log": {**_lower(log), "lines": hidden(texts(log.get("Lines")))},
        "bad_mail": _lower(bad),
    }
    return {**result, "warnings": warnings} if warnings else result


def hidden(lines: Sequence[str]) -> list[str]:
    """Lines of the connector's log without what follows PASS."""
    return [_PASS.sub(r"\1 ********", line) for line in lines]


def _exit_notices(started: Mapping[str, Any]) -> list[str]:
    code = started.get("ExitCode")
    return [] if code in (None, 0) else [notice_of("pop3_exit_code", code=code)]


def _notices(records: Mapping[str, Any], bad: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    told = []
    if records.get("Interrupted") is not None:
        told.append(notice_of("pop3_interrupted"))
    number, earlier = bad.get("Messages"), before.get("Messages")
    if isinstance(number, int) and number:
        new = number - earlier if isinstance(earlier, int) and earlier < number else 0
        told.append(notice_of("pop3_bad_mail", number=number, new=new, folder=bad.get("Folder")))
    return told


def _lower(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The agent's properties as a result names them: ``LastWriteTime`` as ``last_write_time``."""
    return {
        "".join(f"_{each.lower()}" if each.isupper() else each for each in key).lstrip("_"): value
        for key, value in properties.items()
    }
