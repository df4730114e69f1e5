"""One run at a time on a host, as a rule over all actions; and what a recovery that is under way refuses to all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import task as tasks
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.host_lock import HostLock
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError, Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import REASONS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.spelled import spelled
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.backlog import guid
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery import guarded
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.record import (
    ABANDON,
    FINISHED,
    HOLD,
    STAGES,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change, Plan, PlannedStep
from tests.unit.action.every_action import ACTIONS, ARGUMENTS, HERE, HOST, Anybody, refused, task_of
from tests.unit.action.test_identity import READING, RESTORE, saved_state
from tests.unit.fuzz.world import TwinHost, act, desired
from tests.unit.plugin_utils.recovery.test_store import RECOVERY
from tests.unit.plugin_utils.run.examples import keys

LOOKING = {"facts", "inbound", "ping", "preflight", "queue", "probe_host", "pop3_connector_learn"}
WRITING = sorted(set(ACTIONS) - LOOKING)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PATIENCE", 0.1)


@contextmanager
def another(folder: Path, label: str = HOST, kind: str = "host") -> Iterator[HostLock]:
    """Another run that is at work."""
    lock = HostLock(str(folder), label, kind, "host_busy", "another", 0)
    with closing(lock):
        lock.take()
        yield lock


def arguments(name: str, folder: Path) -> dict[str, Any]:
    return {**ARGUMENTS[name], **(saved_state(name, folder, HERE) if name == RESTORE else {})}


def busy(found: list[str], key: str = "host_busy") -> bool:
    """Whether that is the reason; of an action that tells what it knows of a failed run, only its remedy is seen."""
    return any(each in (key, spelled(REASONS[key][2], "")) for each in found)


def test_which_actions_may_write() -> None:
    assert {name for name, module in ACTIONS.items() if not module.ActionModule.writes} == LOOKING


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("name", ACTIONS)
def test_who_may_write_is_kept_off_by_another_run_and_who_only_looks_is_not(
    name: str, check: bool, tmp_path: Path
) -> None:
    task, host = task_of(tmp_path, arguments(name, tmp_path), check), Anybody()
    with another(tmp_path):
        found = refused(name, host, task)
    kept_off = name in WRITING and not check
    assert busy(found) is kept_off, found
    assert bool(host.requests) is not kept_off
    with another(tmp_path):
        pass  # and nobody holds it afterwards


@pytest.mark.parametrize("name", WRITING)
def test_whatever_becomes_of_a_run_it_lets_go(name: str, tmp_path: Path) -> None:
    for _loop in range(2):
        assert not busy(refused(name, Anybody(), task_of(tmp_path, arguments(name, tmp_path))))


@pytest.mark.parametrize("name", WRITING)
def test_the_same_server_by_another_name_is_kept_off_too(name: str, tmp_path: Path) -> None:
    with another(tmp_path, "other") as lock:
        lock.meet(replace(HERE, label="other"))
        host = Anybody()
        assert busy(refused(name, host, task_of(tmp_path, arguments(name, tmp_path))))
        assert len(host.requests) == 1 and all(each.startswith(READING) for each in host.commands)
        different = Anybody(replace(HERE, computer="EX1"))
        assert not busy(refused(name, different, task_of(tmp_path, arguments(name, tmp_path))))


@pytest.mark.parametrize("name", WRITING)
def test_what_was_read_while_another_run_may_have_written_is_read_again(name: str, tmp_path: Path) -> None:
    with another(tmp_path, "other") as lock:
        lock.meet(replace(HERE, label="other"))
    host = Anybody()
    refused(name, host, task_of(tmp_path, arguments(name, tmp_path)))
    asked = [[step["command"] for step in each["steps"]] for each in host.requests]
    assert asked[0] == asked[1] and all(each.startswith(READING) for each in asked[0])


@pytest.mark.parametrize(("wait", "check"), [(False, False), (True, False), (False, True)])
def test_a_recovery_beside_another_is_refused_and_a_look_is_not(wait: bool, check: bool, tmp_path: Path) -> None:
    given = {**ARGUMENTS["queue_recovery"], "wait": wait}
    store, host = Store(str(tmp_path), HOST), Anybody()
    with store.held():
        found = refused("queue_recovery", host, task_of(tmp_path, given, check))
        assert busy(found, "recovery_busy") is not check
        assert bool(host.requests) is check
        assert not busy(refused("transport", Anybody(), task_of(tmp_path, ARGUMENTS["transport"])))


# ---- what a recovery refuses


def step(command: str, *options: str, identity: str = "guid") -> PlannedStep:
    return PlannedStep("x", "x", command, {"Identity": identity}, tuple(Change(each, 1, 2) for each in options))


AFTER = (*STAGES[STAGES.index(HOLD) : -1], ABANDON)
ALWAYS = (*STAGES[:-1], ABANDON)
ROWS: dict[str, tuple[PlannedStep, tuple[str, ...]]] = {
    "what was saved": (step("Set-TransportServer", "message_retry_interval"), ALWAYS),
    "one of it among others": (step("Set-TransportServer", "x", "message_expiration_timeout"), ALWAYS),
    "other settings": (step("Set-TransportServer", "message_retry_count"), ()),
    "the login": (step("Set-SendConnector", "login.username", "login.password", identity="{GUID}"), AFTER),
    "its password": (step("Set-SendConnector", "login.password"), ()),
    "its size": (step("Set-SendConnector", "max_message_size"), ()),
    "it is switched off": (step("Set-SendConnector", "enabled"), AFTER),
    "it is removed": (step("Remove-SendConnector", "enabled", "name"), AFTER),
    "another connector's login": (step("Set-SendConnector", "login.username", identity="other"), ()),
    "a new connector": (step("New-SendConnector", "login.username"), ()),
    "the queue": (step("Resume-Queue"), ALWAYS),
    "a message": (step("Suspend-Message"), ALWAYS),
    "addresses": (step("Set-Mailbox", "addresses"), ()),
    "accounts": (step("Write-Pop3Records", "login.username"), ()),
}


@pytest.mark.parametrize(("planned", "stages"), ROWS.values(), ids=ROWS)
def test_what_is_refused_and_in_which_stages(planned: PlannedStep, stages: tuple[str, ...]) -> None:
    plan = Plan("noun", (step("Set-Mailbox", "x"), planned))
    recoveries = [replace(RECOVERY, stage=stage) for stage in (*STAGES, ABANDON)]
    found = {each.stage: keys(guarded.refusals(plan, each, "file")) for each in recoveries}
    assert found == {each.stage: ["recovery_guards"] if each.stage in stages else [] for each in recoveries}
    assert guarded.refusals(plan, None, "file") == []
    assert guarded.may_be_refused(plan) or not stages


def under_way(folder: Path, host: TwinHost, stage: str, label: str = HOST, **changes: Any) -> None:
    """A recovery of the host's connector is kept there."""
    connector = guid(host._machine.dump()["send_connectors"][0]["Guid"])
    recovery = replace(RECOVERY, host=label, stage=stage, connector_guid=connector, **changes)
    Store(str(folder), label).save(recovery)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("stage", ["quiet", "release", FINISHED])
@pytest.mark.parametrize("name", [name for name in WRITING if not name.endswith("restore")])
def test_what_a_recovery_has_set_is_refused_to_every_action_and_the_rest_is_not(
    name: str, stage: str, check: bool, tmp_path: Path
) -> None:
    refusing = {
        "quiet": {"transport", "mail_flow"},
        "release": {"transport", "mail_flow", "send_connector", "smarthost_account"},
    }
    host = TwinHost()
    under_way(tmp_path, host, stage)
    found = reasons(name, tmp_path, host, check)
    assert busy(found, "recovery_guards") is (name in refusing.get(stage, ())), found


def reasons(name: str, folder: Path, host: TwinHost, check: bool = False) -> list[str]:
    try:
        result = act(name, task_of(folder, desired(name), check), host)
    except MailflowError as error:
        return keys(error.reasons)
    return keys(Reason(**each) for each in result.get("reasons", ()))


def test_a_recovery_of_the_same_server_by_another_name_refuses_as_well(tmp_path: Path) -> None:
    host = TwinHost()
    met: list[Any] = []
    looking = task_of(tmp_path, {})
    object.__setattr__(looking, "meet", lambda here: bool(met.append(here)))
    act("ping", looking, host)
    under_way(tmp_path, host, "quiet", "other", computer=met[0].computer, domain=met[0].domain)
    assert reasons("transport", tmp_path, host) == ["other_server"]


def test_a_recovery_that_cannot_be_read_refuses_only_what_it_could_have_set(tmp_path: Path) -> None:
    host = TwinHost()
    under_way(tmp_path, host, "quiet")
    Store(str(tmp_path), HOST).path.write_text("{")
    assert reasons("transport", tmp_path, host) == ["recovery_unreadable"]
    assert "recovery_unreadable" not in reasons("address_rewrite", tmp_path, host)
