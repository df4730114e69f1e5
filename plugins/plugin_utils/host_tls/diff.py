# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is declared to a plan: which values are added, and whether the transport service is
restarted for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..agent.tls_facts import end_state
from ..errors import HostRefused, Reason, refusal_of
from ..messages import notice_of, reason_of
from ..run.outcome import Decision
from ..run.plan import Change, PlannedStep, plan_or_none
from .desired import NOUN, SERVICE, Desired
from .keys import PROTOCOL, ROWS, Row, rows_of, shown
from .state import RegistryKey, State
from .timing import TRANSPORT, in_force

SET, RESTART = "Set-RegistryValues", "Restart-TransportService"
ABSENT, UNREADABLE = "absent", "no DWORD"
RESTART_SECONDS = 180
"""How long the service may take to stop, and to start again."""
MOST_WAITING = 100
"""Messages in the queues with which the transport service is left alone."""
LOWEST_WINDOWS = (6, 1, 7601)
PROVEN = "not yet"
"""Whether TLS 1.2 was seen: only Exchange's log tells, which preflight reads."""


def decide(state: State, desired: Desired, written: datetime | None) -> Decision:
    """The plan of a declaration, where values were last written after that moment."""
    writes = writing_steps(state, desired)
    restarts = needs_restart(state, desired, bool(writes), written)
    steps = [*writes, *([restart_step()] if restarts else [])]
    before, after = shown_keys(state, writes)
    if restarts:
        before[TRANSPORT], after[TRANSPORT] = {"restarted": False}, {"restarted": True}
    reasons = [*_host_refusals(state, desired), *(_restart_refusals(state) if restarts else ())]
    return Decision(
        plan_or_none(NOUN, steps),
        before,
        after,
        notices=tuple(_notices(state, desired)),
        facts=facts(state, desired, False if writes else _can_be(state, written), written),
        refusal=refusal_of(reasons, HostRefused),
    )


def writing_steps(state: State, desired: Desired) -> list[PlannedStep]:
    """One step for each key that lacks something declared."""
    wanted = ((row, state.key(row.path)) for row in rows_of(desired.managed))
    found = ((row, key, row.wanted(key.numbers, state.windows)) for row, key in wanted)
    return [write_step(row.path, key, values) for row, key, values in found if values]


def write_step(path: str, key: RegistryKey, values: Mapping[str, int | None], removes: bool = False) -> PlannedStep:
    """The step that gives a key these values, None for one that goes; ``removes``: and then the key itself, which is
    empty."""
    changes = [Change(name, _told(key, name), ABSENT if value is None else value) for name, value in values.items()]
    changes += [Change("key", "empty", ABSENT)] if removes else []
    parameters: dict[str, Any] = {"Key": path, "Values": [{"Name": name, "Value": values[name]} for name in values]}
    if removes:
        parameters["RemoveEmpty"] = True
    return PlannedStep("remove key" if removes else "set values", shown(path), SET, parameters, tuple(changes))


def restart_step() -> PlannedStep:
    """The step that restarts the transport service."""
    change = Change("restarted", False, True)
    return PlannedStep("restart service", TRANSPORT, RESTART, {"TimeoutSeconds": RESTART_SECONDS}, (change,))


def needs_restart(state: State, desired: Desired, writes: bool, written: datetime | None) -> bool:
    """Whether the declaration has the service restarted: for what is written now or was before, also where an earlier
    restart has left it stopped."""
    if desired.restart != SERVICE or not desired.managed:
        return False
    can_be = _can_be(state, written)
    stopped = can_be is None and written is not None and state.services.transport == "Stopped"
    return writes or can_be is False or stopped


def _can_be(state: State, written: datetime | None) -> bool | None:
    return in_force(written, state.boot, state.started, state.clock)


def facts(state: State, desired: Desired, can_be: bool | None, written: datetime | None) -> dict[str, Any]:
    """What a task's result tells of the server; ``can_be``: whether the values can be in force."""
    ends = {row.option: row for row in ROWS if row.option in ("client", "server") and row.option in desired.managed}
    moments = {"written_after": written, "boot": state.boot, "service_start": state.started}
    return {
        "exchange_update": (state.exchange or {}).get("update"),
        "schannel": {end: _state_of(row, state.key(row.path), state) for end, row in ends.items()},
        "in_force": can_be if desired.managed else None,
        "proven": PROVEN,
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
    }


def shown_keys(
    state: State, steps: Iterable[PlannedStep]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The keys of these steps before and after, with the meaning of SCHANNEL's on this Windows."""
    before: dict[str, dict[str, Any]] = {}
    after: dict[str, dict[str, Any]] = {}
    rows = {row.path: row for row in ROWS if row.option in ("client", "server")}
    for step in steps:
        path = str(step.parameters["Key"])
        before[step.target] = {each.option: each.before for each in step.changes}
        after[step.target] = {each.option: each.after for each in step.changes}
        if path in rows:
            was = state.key(path)
            numbers = {**was.numbers, **{each["Name"]: each["Value"] for each in step.parameters["Values"]}}
            before[step.target]["state"] = _state_of(rows[path], was, state)
            after[step.target]["state"] = _state_of(rows[path], RegistryKey(True, numbers), state)
    return before, after


def _told(key: RegistryKey, name: str) -> Any:
    return key.numbers.get(name, UNREADABLE if name in key.others else ABSENT)


def _state_of(row: Row, key: RegistryKey, state: State) -> str:
    known = {name: number for name in row.names if (number := key.number(name)) is not None}
    return str(end_state(PROTOCOL, known, state.windows)["state"])


def _host_refusals(state: State, desired: Desired) -> Iterator[Reason]:
    """Why this host's values are not to be touched; nothing where nothing is declared."""
    if not desired.managed:
        return
    if state.exchange is None:
        yield reason_of("tls_no_exchange", state.where)
    elif state.exchange["smtp_follows_schannel"] is None:
        yield reason_of("tls_update_unknown", state.where, build=state.exchange["build"])
    elif not state.exchange["smtp_follows_schannel"]:
        update, name = state.exchange["update"], state.exchange["update_name"]
        yield reason_of("tls_exchange_too_old", state.where, update=update, name=name or "unknown")
    if state.windows is None or state.windows < LOWEST_WINDOWS:
        version = ".".join(map(str, state.windows)) if state.windows else "unknown"
        yield reason_of("tls_windows_too_old", state.where, version=version)
    for row in rows_of(desired.managed):
        for name in state.key(row.path).others:
            if name in row.names:
                yield reason_of("tls_value_no_dword", state.where, place=shown(row.path), name=name)


def _restart_refusals(state: State) -> list[Reason]:
    """Why the transport service is not to be restarted now."""
    reasons = []
    if state.services.transport is None:
        reasons.append(reason_of("tls_service_unknown", state.where, service=TRANSPORT))
    if state.services.backup not in (None, "Stopped"):
        reasons.append(reason_of("tls_backup_runs", state.where, status=state.services.backup))
    if state.waiting is None:
        reasons.append(reason_of("tls_queue_unread", state.where, host_says=state.queue_problem))
    elif state.waiting > MOST_WAITING:
        reasons.append(reason_of("tls_much_waiting", state.where, count=state.waiting, most=MOST_WAITING))
    return reasons


def _notices(state: State, desired: Desired) -> Iterator[str]:
    for row in rows_of(desired.managed):
        if row.option in ("client", "server") and _state_of(row, state.key(row.path), state) == "misconfigured":
            yield notice_of("tls_misconfigured", place=shown(row.path))
