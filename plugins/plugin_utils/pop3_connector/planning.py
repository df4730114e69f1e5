# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a diff: at most one step for the file, one for the service where nothing is written, one for the task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import InputRefused, Reason, collect
from ..messages import reason_of
from ..run.plan import Change, PlannedStep
from .clone import AccountTemplate, clone_edits, find_template, joined, place_of_new, undeclared
from .desired import Desired
from .diff import CHANGE, CREATE, REMOVE, Diff, Work
from .edits import Edit, in_order, password_edit, removal, value_edit
from .records import PASSWORD, Records
from .state import State, entropy_of
from .task import task_step

WRITE, SET_SERVICE = "Write-Pop3Records", "Set-Pop3Service"
SERVICE_AFTER = {"running": "running", "stopped": "stopped"}


def changes_of(diff: Diff) -> tuple[Change, ...]:
    """The changes of all accounts as those of one step, each with its account's name."""
    return tuple(
        replace(change, option=f"{work.name}, {change.option}") for work in diff.works for change in work.changes
    )


def write_step(state: State, desired: Desired, diff: Diff, edits: Sequence[Edit]) -> PlannedStep | None:
    """The step that writes the file, or None. The service's declared state is part of it."""
    if not diff.works:
        return None
    after = SERVICE_AFTER.get(desired.service_state)
    parameters = {
        **desired.place.parameters(),
        "Sha256": state.sha256,
        "Edits": in_order(edits),
        **({"ServiceAfter": after} if after else {}),
    }
    changes = (*changes_of(diff), *_service_changes(state, desired))
    return PlannedStep("write records", state.file, WRITE, parameters, changes)


def _service_changes(state: State, desired: Desired) -> tuple[Change, ...]:
    """What becomes of the service, in words; nothing where it is as declared and no write was interrupted."""
    wanted = wanted_service(state, desired)
    if wanted is None:
        return ()
    before = f"{state.service.status}, since a write was interrupted" if state.interrupted is not None else None
    return (Change("service", before or state.service.status, wanted),)


def wanted_service(state: State, desired: Desired) -> str | None:
    """``Running`` or ``Stopped`` where the service is to be set; an interrupted write tells what it was before."""
    told = desired.service_state
    if told == "unchanged":
        if state.interrupted is None:
            return None
        told = state.interrupted.strip().lower()
    wanted = {"running": "Running", "stopped": "Stopped"}.get(told)
    return wanted if state.interrupted is not None or state.service.status != wanted else None


def service_refusals(state: State, desired: Desired, writes: bool) -> list[Reason]:
    """What speaks against setting the service."""
    reasons = []
    marker = (state.interrupted or "").strip().lower()
    if state.interrupted is not None and desired.service_state == "unchanged" and marker not in SERVICE_AFTER:
        reasons.append(reason_of("pop3_marker_unreadable", state.where))
    if not writes and not state.service.exists and wanted_service(state, desired):
        reasons.append(reason_of("pop3_service_missing", state.where, host_says=state.service.name))
    return reasons


def service_step(state: State, desired: Desired) -> PlannedStep | None:
    """The step that starts or stops the service where nothing is written, or None."""
    wanted = wanted_service(state, desired)
    if wanted is None:
        return None
    parameters = {**desired.place.parameters(), "Status": wanted}
    action = "start service" if wanted == "Running" else "stop service"
    return PlannedStep(action, state.service.name, SET_SERVICE, parameters, _service_changes(state, desired))


def other_steps(state: State, desired: Desired, writes: bool) -> list[PlannedStep]:
    """The steps beside the writing one."""
    service = None if writes else service_step(state, desired)
    task = task_step(desired.fetch_task, state.task) if desired.fetch_task and state.task else None
    return [step for step in (service, task) if step is not None]


def edits_of(state: State, desired: Desired, diff: Diff) -> list[Edit]:
    """All edits of a diff that the safety checks have let through. Raises InputRefused or HostRefused with every
    reason."""
    if state.records is None or not diff.works:
        return []
    reasons: list[Reason] = []
    edits: list[Edit] = []
    for work in diff.of_kind(CHANGE):
        edits += collect(reasons, _changed, state, state.records, work) or ()
    edits += collect(reasons, _created, state, state.records, desired, diff) or ()
    edits += [removal(each.host.block) for each in diff.of_kind(REMOVE) if each.host and each.host.block.own_lines]
    if reasons:
        raise InputRefused(*reasons)
    return edits


def _changed(state: State, records: Records, work: Work) -> list[Edit]:
    host, where = work.host, f"{state.where}, {work.name}"
    if host is None:
        return []
    lines = {key: host.block.line(key) for key in work.texts or {}}
    edits = [
        value_edit(line, (work.texts or {})[key], records.encoding, where)
        for key, line in lines.items()
        if line is not None
    ]
    entropy = entropy_of(state.secrets, host.password)
    if work.password and work.wanted and host.password and entropy:
        edits.append(password_edit(host.password.offset, host.password.length, work.wanted.secret, entropy))
    return edits


def _created(state: State, records: Records, desired: Desired, diff: Diff) -> list[Edit]:
    """The edits that insert all new accounts, after one template."""
    wanted = [each.wanted for each in diff.of_kind(CREATE) if each.wanted]
    if not wanted:
        return []
    removed = [each.host for each in diff.of_kind(REMOVE) if each.host]
    template = find_template(state, wanted, desired.key_map, removed)
    source = (
        template.account if isinstance(template, AccountTemplate) else state.accounts[-1] if state.accounts else None
    )
    reasons = [] if isinstance(template, AccountTemplate) else list(template)
    if source:
        reasons += [each for one in wanted for each in undeclared(source, one, desired.key_map, state.where)]
    if isinstance(template, AccountTemplate) and _shifts_entropy(state, template):
        reasons.append(reason_of("pop3_entropy_shared", state.where))
    clones = []
    if isinstance(template, AccountTemplate):
        clones = [
            collect(reasons, clone_edits, state, records, template, each, desired.key_map) or () for each in wanted
        ]
    if reasons:
        raise InputRefused(*dict.fromkeys(reasons))
    return joined(state, records, template, clones) if isinstance(template, AccountTemplate) else []


def _shifts_entropy(state: State, template: AccountTemplate) -> bool:
    """Whether a copy's own entropy line would come between a later password and the entropy it is encrypted with."""
    place = place_of_new(state)
    passwords = [each for each in state.secrets if each.key == PASSWORD and each.length and each.entropy is not None]
    later = [each for each in passwords if each.offset >= place]
    before = {each.entropy for each in later if state.secrets[each.entropy or 0].offset < place}
    return template.brings_entropy and bool(before - {state.secrets.index(template.entropy)})
