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

from ..agent.session import Session, require_read
from ..controller.atomic_write import FILE_ERRORS, host_folder, problem_of, read_text, write_whole
from ..controller.backup import is_format
from ..controller.identity import Identity
from ..errors import InputRefused, MailflowError, Reason, refuse
from ..lenient import first
from ..messages import notice_of, reason_of
from ..options.action import Action
from ..options.kinds import Record
from ..options.option import Option
from ..options.parse import MISFIT, parse, read
from ..options.spelling import Spelling, Words
from ..options.values import Boolean, Choice, Text
from ..request import Reply, Request, Step
from . import key_map_file
from .declared_accounts import IDENTITY
from .derive import INTERVAL, ConsoleChange, Learnt, derive
from .desired import PLACE, ConnectorPlace, take_place
from .key_map import VALUES, LineText
from .mailbox import AccountKey
from .state import parse_state, read_step

WHERE = "learning the POP3 connector's key map"
REPORT, BEFORE, AFTER = "report", "before", "after"
LEARNABLE = (*VALUES, INTERVAL)
CHANGED_ACCOUNT = Record(
    *IDENTITY, words=Words(shape="pop3_no_mapping", expected="a mapping with server, port and username")
)
LEARN_OPTIONS: tuple[Option, ...] = (
    Option(
        "stage",
        Choice(REPORT, BEFORE, AFTER),
        "V(report) writes the visible state of the connector, masked, to a file on the controller. V(before) and"
        " V(after) take a snapshot of the host before and after one change in the SBS console.",
        default=REPORT,
    ),
    Option("option", Choice(*LEARNABLE), "The option that is changed between the two snapshots."),
    Option("value", Text(1024), "The value that it gets in the console, as an inventory would declare it."),
    Option(
        "value_before",
        Text(1024),
        "The value that it had, if known; only a short text of the file can be shown for it.",
    ),
    Option("account", CHANGED_ACCOUNT, "The account that is changed."),
    Option(
        "path",
        Text(),
        "The variables file on the controller that gets the map; by default C(pop3_connector_key_map.yml) in the host's"
        " folder below O(backup_dir).",
    ),
    Option("overwrite", Boolean(), "Replace a different entry for the option in the file.", default=False),
    *PLACE,
)
"""The options of the learning task."""
ACTION = Action(
    "pop3_connector_learn",
    LEARN_OPTIONS,
    needs_exchange=False,
    plans=True,
    role=False,
    description="Learn where the POP3 connector of a host keeps its options",
)
FACTS_ID = "facts"
FACTS = ("Bytes", "Lines", "Service", "Acl", "Folders", "Program", "Registry", "Log")
FORMAT = 1
Remember = Callable[[str, Identity], None]


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``change`` is there for the two looks."""

    stage: str
    place: ConnectorPlace
    change: ConsoleChange | None = None
    path: str | None = None
    overwrite: bool = False


def parse_learn(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Desired:
    """The declaration of a learning task. Raises InputRefused with every reason."""
    reasons = list(found)
    given = parse(LEARN_OPTIONS, arguments, Spelling(WHERE), reasons, later=("account", "value", "value_before"))
    change = _change(reasons, arguments, given.get("option")) if given["stage"] != REPORT else None
    refuse(reasons)
    return Desired(given["stage"], take_place(given), change, given.get("path"), given["overwrite"])


def _change(reasons: list[Reason], arguments: Mapping[str, Any], option: str | None) -> ConsoleChange | None:
    if option is None:
        reasons.append(reason_of("pop3_learn_incomplete", WHERE))
        return None
    value, before = (_value(reasons, option, key, arguments.get(key)) for key in ("value", "value_before"))
    if value is None:
        reasons.append(reason_of("pop3_learn_incomplete", WHERE))
    account = None if arguments.get("account") is None else _account(reasons, arguments["account"])
    return ConsoleChange(option, value or "", account, before or None)


def _value(reasons: list[Reason], option: str, key: str, declared: Any) -> str | None:
    """The value of an option that is learnt, as an inventory would declare it; the empty text for one that does not
    fit."""
    if declared is None:
        return None
    choices = VALUES.get(option)
    kind = LineText() if choices is None else Choice(*choices)
    found = read(kind, str(declared).strip(), Spelling(WHERE), key, reasons)
    return "" if found is MISFIT else found


def _account(reasons: list[Reason], declared: Any) -> AccountKey | None:
    found: list[Reason] = []
    given = CHANGED_ACCOUNT.read(declared, Spelling(WHERE), "account", found)
    if not found and set(given) != set(AccountKey._fields):
        expected, what = CHANGED_ACCOUNT.words.expected, "mapping without all of them"
        found.append(reason_of("pop3_no_mapping", f"{WHERE}, account", type=what, expected=expected))
    reasons += found
    return None if found else AccountKey(**{name: str(part) for name, part in given.items()})


def learn(
    session: Session,
    wanted: Desired,
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
        raise MailflowError(
            reason_of("backup_failed", session.where, path=directory, problem=problem_of(error))
        ) from error
    snapshot = folder / "pop3_learn_before.json"
    if wanted.stage == AFTER:
        return _after(session, wanted, folder, snapshot, now, check_mode, remember)
    facts = _facts(_ask(session, _steps(wanted, salt)))
    whose = session.identity.as_data() if session.identity else {"host": session.where}
    content = {"format": FORMAT, **whose, "taken_at": now.isoformat(timespec="seconds"), "facts": facts}
    path = snapshot if wanted.stage == BEFORE else folder / f"pop3_connector_facts_{now:%Y%m%dT%H%M%SZ}.json"
    if wanted.stage == BEFORE:
        content |= {"salt": salt, "option": wanted.change.option if wanted.change else None}
    if not check_mode:
        _save(path, content, session.where)
    return {"changed": False, "stage": wanted.stage, "report_file": None if check_mode else str(path), "facts": facts}


def _steps(wanted: Desired, salt: str) -> tuple[Step, ...]:
    parameters = {**wanted.place.parameters(), "Salt": salt}
    return (Step(FACTS_ID, "Get-Pop3Facts", parameters, FACTS),)


def _ask(session: Session, steps: Sequence[Step]) -> Reply:
    request = Request(tuple(steps))
    reply = session.ask(request)
    require_read(reply, request, session.where)
    return reply


def _facts(reply: Reply) -> dict[str, Any]:
    return dict(first(reply.result(FACTS_ID).output))


def _after(
    session: Session, wanted: Desired, folder: Path, snapshot: Path, now: datetime, check_mode: bool, remember: Remember
) -> dict[str, Any]:
    before = _load(snapshot, session.where)
    change = wanted.change
    path = Path(wanted.path).expanduser() if wanted.path else folder / f"{key_map_file.VARIABLE}.yml"
    for place, server in ((snapshot, Identity.of(before)), (path, key_map_file.server_of(path))):
        if server is not None:
            remember(str(place), server)
    if change is None or before.get("option") != change.option:
        raise InputRefused(reason_of("pop3_learn_no_snapshot", session.where, path=str(snapshot)))
    reply = _ask(session, (*_steps(wanted, str(before["salt"])), read_step(wanted.place)))
    state = parse_state(reply, session.where, wanted.place)
    learnt = derive(before["facts"], _facts(reply), state, change)
    result = {"stage": AFTER, "key_map_file": None, "key_map": None, **_told(learnt)}
    if learnt.key is None or change.option == INTERVAL:
        notices = [notice_of("pop3_learn_interval", places="; ".join(learnt.elsewhere or learnt.evidence) or "-")]
        return {"changed": False, **result, "warnings": notices}
    key_map = key_map_file.extended(path, learnt, session.where, wanted.overwrite)
    evidence = [f"{now:%Y-%m-%d}: {each}" for each in learnt.evidence]
    if not check_mode:
        key_map_file.write(path, session.identity or Identity(session.where), key_map, evidence)
    return {"changed": True, **result, "key_map_file": str(path), "key_map": key_map}


def _told(learnt: Learnt) -> dict[str, Any]:
    found = {"option": learnt.option, "key": learnt.key, "values": dict(learnt.forms)}
    return {"learned": found, "evidence": list(learnt.evidence), "elsewhere": list(learnt.elsewhere)}


def _save(path: Path, content: Mapping[str, Any], where: str) -> None:
    try:
        write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except FILE_ERRORS as error:
        raise MailflowError(reason_of("backup_failed", where, path=str(path), problem=problem_of(error))) from error


def _load(path: Path, where: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(read_text(path))
    except (OSError, ValueError) as error:
        raise InputRefused(reason_of("pop3_learn_no_snapshot", where, path=str(path))) from error
    fits = isinstance(content, dict) and is_format(content.get("format"), FORMAT) and Identity.of(content).is_of(where)
    if not fits or not isinstance(content.get("salt"), str) or not isinstance(content.get("facts"), dict):
        raise InputRefused(reason_of("pop3_learn_no_snapshot", where, path=str(path)))
    return content
