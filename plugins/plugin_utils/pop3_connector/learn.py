# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Learning a host's key map: a masked report, and the two looks before and after one change in the SBS console.
Nothing is ever written on the host."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..backup import is_format
from ..controls import Control, convert_all, names, unknown_options
from ..errors import MailflowError, Reason, WishRefused, refuse
from ..identity import Identity as Server
from ..messages import say, tell
from ..request import Reply, Request, Step
from ..session import Session, require_read
from ..told import first
from ..values import Boolean, Choice, Text
from ..whole_file import FILE_ERRORS, host_folder, problem_of, read_text, write_whole
from . import key_map_file
from .derive import INTERVAL, Change, Learnt, derive
from .desired import PLACE, Place, parse_place
from .key_map import VALUES, one_line
from .mailbox import Identity
from .state import parse_state, read_step

WHERE = "learning the POP3 connector's key map"
REPORT, BEFORE, AFTER = "report", "before", "after"
LEARNABLE = (*VALUES, INTERVAL)
LEARN_OPTIONS: tuple[Control, ...] = (
    Control(
        "stage",
        Choice(REPORT, BEFORE, AFTER),
        REPORT,
        "V(report) writes what can be seen of the connector, masked, to a file on the controller. V(before) and"
        " V(after) look at the host around one change in the SBS console.",
    ),
    Control("option", Choice(*LEARNABLE), None, "Which option is changed between the two looks."),
    Control("value", Text(1024), None, "The value that it gets in the console, as an inventory would declare it."),
    Control(
        "value_before",
        Text(1024),
        None,
        "The value that it had, where that is known; only a short text of the file can be shown for it.",
    ),
    Control("account", Text(), None, "The account that is changed, with C(server), C(port) and C(username)."),
    Control(
        "path",
        Text(),
        None,
        "The variables file on the controller that gets the map; by default C(pop3_connector_key_map.yml) in the host's"
        " folder below O(backup_dir).",
    ),
    Control("overwrite", Boolean(), False, "Replace what the file says of the option, where it says something else."),
    *PLACE,
)
"""The options of the learning task."""
FACTS_ID = "facts"
FACTS = ("Bytes", "Lines", "Service", "Acl", "Folders", "Program", "Registry", "Log")
FORMAT = 1
Remember = Callable[[str, Server], None]


@dataclass(frozen=True)
class Wish:
    """A checked wish. ``change`` is there for the two looks."""

    stage: str
    place: Place
    change: Change | None = None
    path: str | None = None
    overwrite: bool = False


def parse_learn(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Wish:
    """The wish of a learning task. Raises WishRefused with every reason."""
    reasons = [*found, *unknown_options(arguments, names(LEARN_OPTIONS), WHERE)]
    apart = ("account", "value", "value_before")
    plain = (each for each in LEARN_OPTIONS if each not in PLACE and each.option not in apart)
    told = convert_all(reasons, WHERE, plain, arguments)
    place = parse_place(reasons, arguments, WHERE)
    change = _change(reasons, arguments, told["option"]) if told["stage"] != REPORT else None
    refuse(reasons)
    return Wish(told["stage"], place, change, told["path"], told["overwrite"])


def _change(reasons: list[Reason], arguments: Mapping[str, Any], option: str | None) -> Change | None:
    if option is None:
        reasons.append(say("pop3_learn_incomplete", WHERE))
        return None
    value, before = (_value(reasons, option, key, arguments.get(key)) for key in ("value", "value_before"))
    if value is None and arguments.get("value") is None:
        reasons.append(say("pop3_learn_incomplete", WHERE))
    return Change(option, value or "", _account(reasons, arguments.get("account")), before)


def _value(reasons: list[Reason], option: str, key: str, declared: Any) -> str | None:
    if declared is None:
        return None
    choices = VALUES.get(option)
    text = str(declared).strip() if choices is None else str(declared).strip().lower()
    if not text or not one_line(text) or (choices is not None and text not in choices):
        expected = "one of " + ", ".join(choices) if choices else "a text on one line"
        reasons.append(say("value_unfit", WHERE, option=key, value=repr(declared), expected=expected))
        return None
    return text


def _account(reasons: list[Reason], declared: Any) -> Identity | None:
    if declared is None:
        return None
    parts = [declared.get(key) for key in Identity._fields] if isinstance(declared, Mapping) else [None]
    fits = isinstance(declared, Mapping) and set(declared) == set(Identity._fields)
    if not fits or not all(isinstance(part, (str, int)) and str(part) for part in parts):
        expected = "a mapping with server, port and username"
        reasons.append(say("pop3_no_mapping", f"{WHERE}, account", type=type(declared).__name__, expected=expected))
        return None
    return Identity(*(str(part) for part in parts))


def learn(
    session: Session,
    wished: Wish,
    *,
    directory: str,
    now: datetime,
    salt: str,
    check_mode: bool,
    remember: Remember = lambda path, server: None,
) -> dict[str, Any]:
    """The task's result. ``directory``: where files go on the controller; ``salt``: fresh for every first look;
    ``remember`` is told whose the files are that are read, before the host is asked.

    Raises MailflowError; check mode reads and writes nothing.
    """
    try:
        folder = host_folder(directory, session.where)
    except FILE_ERRORS as error:
        raise MailflowError(say("backup_failed", session.where, path=directory, problem=problem_of(error))) from error
    snapshot = folder / "pop3_learn_before.json"
    if wished.stage == AFTER:
        return _after(session, wished, folder, snapshot, now, check_mode, remember)
    facts = _facts(_ask(session, _steps(wished, salt)))
    whose = session.identity.as_data() if session.identity else {"host": session.where}
    content = {"format": FORMAT, **whose, "taken_at": now.isoformat(timespec="seconds"), "facts": facts}
    path = snapshot if wished.stage == BEFORE else folder / f"pop3_connector_facts_{now:%Y%m%dT%H%M%SZ}.json"
    if wished.stage == BEFORE:
        content |= {"salt": salt, "option": wished.change.option if wished.change else None}
    if not check_mode:
        _save(path, content, session.where)
    return {"changed": False, "stage": wished.stage, "report_file": None if check_mode else str(path), "facts": facts}


def _steps(wished: Wish, salt: str) -> tuple[Step, ...]:
    parameters = {**wished.place.parameters(), "Salt": salt}
    return (Step(FACTS_ID, "Get-Pop3Facts", parameters, FACTS),)


def _ask(session: Session, steps: Sequence[Step]) -> Reply:
    request = Request(tuple(steps))
    reply = session.ask(request)
    require_read(reply, request, session.where)
    return reply


def _facts(reply: Reply) -> dict[str, Any]:
    return dict(first(reply.result(FACTS_ID).output))


def _after(
    session: Session, wished: Wish, folder: Path, snapshot: Path, now: datetime, check_mode: bool, remember: Remember
) -> dict[str, Any]:
    before = _load(snapshot, session.where)
    change = wished.change
    path = Path(wished.path).expanduser() if wished.path else folder / f"{key_map_file.VARIABLE}.yml"
    for place, server in ((snapshot, Server.of(before)), (path, key_map_file.server_of(path))):
        if server is not None:
            remember(str(place), server)
    if change is None or before.get("option") != change.option:
        raise WishRefused(say("pop3_learn_no_snapshot", session.where, path=str(snapshot)))
    reply = _ask(session, (*_steps(wished, str(before["salt"])), read_step(wished.place)))
    state = parse_state(reply, session.where, wished.place)
    learnt = derive(before["facts"], _facts(reply), state, change)
    result = {"stage": AFTER, "key_map_file": None, "key_map": None, **_told(learnt)}
    if learnt.key is None or change.option == INTERVAL:
        notices = [tell("pop3_learn_interval", places="; ".join(learnt.elsewhere or learnt.evidence) or "-")]
        return {"changed": False, **result, "warnings": notices}
    key_map = key_map_file.extended(path, learnt, session.where, wished.overwrite)
    evidence = [f"{now:%Y-%m-%d}: {each}" for each in learnt.evidence]
    if not check_mode:
        key_map_file.write(path, session.identity or Server(session.where), key_map, evidence)
    return {"changed": True, **result, "key_map_file": str(path), "key_map": key_map}


def _told(learnt: Learnt) -> dict[str, Any]:
    found = {"option": learnt.option, "key": learnt.key, "values": dict(learnt.forms)}
    return {"learned": found, "evidence": list(learnt.evidence), "elsewhere": list(learnt.elsewhere)}


def _save(path: Path, content: Mapping[str, Any], where: str) -> None:
    try:
        write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except FILE_ERRORS as error:
        raise MailflowError(say("backup_failed", where, path=str(path), problem=problem_of(error))) from error


def _load(path: Path, where: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(read_text(path))
    except (OSError, ValueError) as error:
        raise WishRefused(say("pop3_learn_no_snapshot", where, path=str(path))) from error
    fits = isinstance(content, dict) and is_format(content.get("format"), FORMAT) and Server.of(content).is_of(where)
    if not fits or not isinstance(content.get("salt"), str) or not isinstance(content.get("facts"), dict):
        raise WishRefused(say("pop3_learn_no_snapshot", where, path=str(path)))
    return content
