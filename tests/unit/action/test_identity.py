"""Which server this is, as a rule over all actions: whatever one keeps on the controller or takes from there is held
against the host that answers, before anything is decided."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import backup
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity, Kept, Trace
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import LOGGED_IN, Event, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from tests.unit.action.every_action import (
    ACTIONS,
    ARGUMENTS,
    CHANGE,
    FOLDER,
    HERE,
    HOST,
    NOW,
    Anybody,
    documented,
    refused,
    task_of,
)
from tests.unit.plugin_utils.recovery.test_store import RECOVERY

SAVED: dict[str, dict[str, Any]] = {
    "send_connector": {"connectors": [], "created": []},
    "host_tls": {"registry": [], "written_after": None},
    "receive_connector": {"connectors": [], "created": [], "relay_rights": [], "recipient_validation": None},
    "transport": {"transport_server": {"name": "SBS", "settings": {}, "unreadable": [], "not_set": []}},
    "pop3_connector": {"file": {"path": "C:\\x\\pop3records.dat", "sha256": None, "length": None}},
    "address_rewrite": {
        "address_rewrite": {
            **dict.fromkeys(("recipients", "accepted_domains", "policies", "entries", "created_domains"), ()),
            "method": "recipients",
            "created_policy": None,
            "changed_policy": None,
            "created_entries": [],
        }
    },
}
RESTORE = "restore"
OTHERS = {
    "another computer": replace(HERE, computer="SBS2"),
    "another domain": replace(HERE, domain="S-1-5-21-9-9-9"),
    "another server altogether": replace(HERE, computer="EX1", domain="S-1-5-21-9-9-9"),
    "another computer of no known domain": Identity(HOST, "SBS2"),
}
OURS = {
    "the same": HERE,
    "one of before servers were noted": Identity(HOST),
    "a computer of no known domain": Identity(HOST, "SBS"),
}
READING = ("Get-", "Measure-", "Read-", "Test-")
WRONG = {"other_server", "backup_of_other_host"}


# ---- what an action can keep, and what it is given then


def ledger(name: str, folder: Path, whose: Identity) -> dict[str, Any]:
    kept = Ledger(folder / "ledger.sqlite")
    kept.meet(whose)
    kept.record(Event(NOW, whose.label, "info@beispiel.de", LOGGED_IN))
    return ARGUMENTS[name]


def recovery(name: str, folder: Path, whose: Identity) -> dict[str, Any]:
    Store(str(folder), whose.label).save(
        replace(RECOVERY, host=whose.label, computer=whose.computer, domain=whose.domain)
    )
    return ARGUMENTS[name]


def saved_state(name: str, folder: Path, whose: Identity, noun: str = "transport") -> dict[str, Any]:
    return {"backup_file": backup.save(str(folder), whose.label, noun, SAVED[noun], NOW, whose)}


def remember(name: str, folder: Path, whose: Identity) -> dict[str, Any]:
    assert refused(name, Anybody(whose), task_of(folder, ARGUMENTS[name])) == []
    return {"stage": "after", **CHANGE}


def key_map(name: str, folder: Path, whose: Identity) -> dict[str, Any]:
    path = folder / "map.yml"
    path.write_text(f"# server: {whose}\n---\npop3_connector_key_map: {{}}\n")
    return {**remember(name, folder, HERE), "path": str(path)}


KINDS: dict[str, Callable[[str, Path, Identity], dict[str, Any]]] = {
    each.__name__: each for each in (ledger, recovery, saved_state, remember)
}


def uses(name: str) -> set[str]:
    """Which of these an action takes out of its task, itself or where its subject is made."""
    places = (FOLDER / "action" / f"{name}.py", FOLDER / "plugin_utils" / name / "making.py")
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in places if path.is_file()]
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in nodes if ast.unparse(node.value) in ("task", "place.task")} & set(KINDS)


CASES = [pytest.param(name, KINDS[kind], id=f"{name}-{kind}") for name in ACTIONS for kind in sorted(uses(name))]
CASES += [pytest.param(RESTORE, partial(saved_state, noun=noun), id=f"restore-{noun}") for noun in SAVED]
NAMED = [case for case in CASES if case.values[1] is not remember]
"""Without what lies in a folder of the name, where another name finds nothing."""
CASES.append(pytest.param("pop3_connector_learn", key_map, id="pop3_connector_learn-key_map"))


def files(folder: Path) -> dict[str, bytes]:
    """What is kept, locks and journals aside."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.suffix in (".json", ".yml", ".sqlite")}


def test_every_action_is_tried_with_what_it_can_keep() -> None:
    assert set(ARGUMENTS) == set(ACTIONS)
    keeping = {name for name in ACTIONS if uses(name)}
    documented_to = {name for name in ACTIONS if {"ledger", "backup_file"} & set(documented(name))}
    assert documented_to <= keeping
    assert {"queue_recovery", "smarthost_account", "pop3_connector_learn"} <= keeping
    assert {name for name in ACTIONS if "backup_dir" in documented(name)} == {
        name for name in ACTIONS if "accept_identity" in documented(name)
    }


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize(("name", "keep"), CASES)
def test_what_is_kept_of_another_server_is_refused(
    name: str, keep: Any, other: Identity, check: bool, tmp_path: Path
) -> None:
    task, host = task_of(tmp_path, keep(name, tmp_path, other), check), Anybody()
    before = files(tmp_path)
    found = refused(name, host, task)
    # An action that tells what it knows of a failed run gives the remedy instead of the error.
    assert [each for each in found if each == "other_server" or f"accept_identity: {other} to confirm it" in each], (
        found
    )
    assert len(host.requests) == 1 and all(each.startswith(READING) for each in host.commands)
    assert files(tmp_path) == before


@pytest.mark.parametrize("ours", OURS.values(), ids=OURS)
@pytest.mark.parametrize(("name", "keep"), CASES)
def test_what_is_kept_of_this_server_or_of_nobody_knows_which_is_not(
    name: str, keep: Any, ours: Identity, tmp_path: Path
) -> None:
    found = refused(name, Anybody(), task_of(tmp_path, keep(name, tmp_path, ours)))
    assert not [each for each in found if each in WRONG or "accept_identity" in each]


@pytest.mark.parametrize(
    ("name", "keep", "other"),
    [
        *(pytest.param(*case.values, other, id=f"{case.id}-{key}") for case in CASES for key, other in OTHERS.items()),
        *(pytest.param(*case.values, replace(HERE, label="sbs"), id=f"{case.id}-another name") for case in NAMED),
    ],
)
def test_what_is_meant_can_be_said(name: str, keep: Any, other: Identity, tmp_path: Path) -> None:
    accept = frozenset({str(other).lower()})
    found = refused(name, Anybody(), task_of(tmp_path, keep(name, tmp_path, other), accept=accept))
    assert not [each for each in found if each in WRONG or "accept_identity" in each]


@pytest.mark.parametrize(("name", "keep"), NAMED)
def test_a_server_that_is_named_otherwise_now_is_refused(name: str, keep: Any, tmp_path: Path) -> None:
    old = replace(HERE, label="sbs-old")
    found = refused(name, Anybody(), task_of(tmp_path, keep(name, tmp_path, old)))
    assert [each for each in found if each in WRONG or f"accept_identity: {old} to confirm it" in each], found


@pytest.mark.parametrize("name", [name for name in ACTIONS if "accept_identity" in documented(name)])
def test_every_action_that_plans_compares_whatever_it_remembers(name: str, tmp_path: Path) -> None:
    whose = OTHERS["another domain"]
    arguments = {**ARGUMENTS[name], **(saved_state(name, tmp_path, HERE) if name == RESTORE else {})}
    task, host = task_of(tmp_path, arguments), Anybody()
    task.memories.append(Kept(Trace("some file", whose)))
    found = refused(name, host, task)
    assert [each for each in found if each == "other_server" or str(whose) in each], found
    assert len(host.requests) == 1 and all(each.startswith(READING) for each in host.commands)


# ---- the folder of the saved states


WRITING = [name for name in ACTIONS if ACTIONS[name].ActionModule.writes]


def run_of(name: str, folder: Path, check: bool = False, accept: Identity | None = None) -> list[str]:
    """What an action says of another server, in a folder that holds no state for it to go back to but this server's."""
    outside = folder.with_name(f"{folder.name}_own")
    arguments = {**ARGUMENTS[name], **(saved_state(name, outside, HERE) if name == RESTORE else {})}
    accepted = frozenset({str(accept).lower()}) if accept else frozenset()
    found = refused(name, Anybody(), task_of(folder, arguments, check, accepted))
    return [each for each in found if each in WRONG or "accept_identity" in each]


def shelve(folder: Path, whose: Identity, minutes: int = 0, label: str = HOST) -> Path:
    at = NOW + timedelta(minutes=minutes)
    return Path(backup.save(str(folder), label, "transport", {}, at, whose))


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - set(WRITING) - {"pop3_connector_learn"}))
def test_what_only_looks_at_a_host_does_not_ask_whose_its_folder_is(name: str, tmp_path: Path) -> None:
    shelve(tmp_path, OTHERS["another computer"])
    assert run_of(name, tmp_path) == []


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("name", WRITING)
def test_a_folder_of_another_server_is_refused_and_accepted_once(name: str, check: bool, tmp_path: Path) -> None:
    other = OTHERS["another computer"]
    shelve(tmp_path, other)
    assert run_of(name, tmp_path, check)
    before = files(tmp_path)
    assert run_of(name, tmp_path, check, accept=other) == []
    assert (files(tmp_path) == before) is check
    assert bool(run_of(name, tmp_path, check)) is check
    if not check:
        (path,) = (each for each in tmp_path.rglob("identity_*.json"))
        assert Identity.of(json.loads(path.read_text())) == HERE


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_newest_saved_state_says_whose_the_name_is(other: Identity, tmp_path: Path) -> None:
    shelve(tmp_path, other)
    assert run_of("transport", tmp_path)
    shelve(tmp_path, HERE, 1)
    assert run_of("transport", tmp_path) == []
    newest = shelve(tmp_path, other, 2)
    assert run_of("transport", tmp_path)
    # What cannot be read, and what belongs to another name, says nothing.
    newest.write_text("{")
    shelve(tmp_path, replace(other, label="another")).rename(newest.with_name("transport_20270101T000000Z.json"))
    (tmp_path / HOST / "transport_20270102T000000Z.json").mkdir()
    (tmp_path / HOST / "transport_20270103T000000Z.json").symlink_to("nowhere")
    assert run_of("transport", tmp_path) == []


@pytest.mark.parametrize("check", [False, True])
def test_a_ledger_remembers_what_was_accepted_though_nothing_else_happens(check: bool, tmp_path: Path) -> None:
    other = replace(OTHERS["another server altogether"], label=HOST)
    ledger("send_connector", tmp_path, other)
    assert run_of("send_connector", tmp_path)
    assert run_of("send_connector", tmp_path, check, accept=other) == []
    assert bool(run_of("send_connector", tmp_path)) is check


def test_no_action_opens_what_is_kept_by_another_way() -> None:
    """Only the task hands it out, for only it has it compared."""
    alone = {"Ledger", "Store", "backup.load"}
    makers = {"task.py"}
    found = {
        f"{path.relative_to(FOLDER)}:{node.lineno}"
        for path in FOLDER.rglob("*.py")
        if path.name not in makers
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in alone
    }
    assert found == set()


# ---- what is written says whose it is


def test_a_saved_state_says_whose_it_is(tmp_path: Path) -> None:
    content = json.loads(Path(saved_state(RESTORE, tmp_path, HERE)["backup_file"]).read_text())
    assert Identity.of(content) == HERE


def test_a_ledger_says_whose_each_line_is(tmp_path: Path) -> None:
    kept = Ledger(tmp_path / "ledger.sqlite")
    kept.meet(HERE)
    kept.record(Event(NOW, HOST, "a@b.de", LOGGED_IN), Event(NOW, "another", "a@b.de", LOGGED_IN))
    assert {trace.identity for trace in kept.meet(HERE)} == {HERE}
    assert list(kept.meet(Identity("another", "EX1", "S-1-5-21-4-5-6"))) == []


def rename() -> Iterator[Identity]:
    yield from (replace(HERE, label="sbs-new"), replace(HERE, label="sbs-newer"))


def test_a_recovery_that_is_taken_over_goes_on_under_the_new_name(tmp_path: Path) -> None:
    recovery("queue_recovery", tmp_path, HERE)
    for whose in rename():
        before = next(path for path in tmp_path.rglob("queue_recovery.json"))
        accepted = {str(HERE).lower(), str(replace(HERE, label="sbs-new")).lower()}
        store = Store(str(tmp_path), whose.label, accepted)
        found = store.load()
        assert found is not None and found.connector == RECOVERY.connector
        store.meet(whose)
        store.save(found)
        assert not before.exists() and store.load() == replace(
            RECOVERY, host=whose.label, computer="SBS", domain=HERE.domain
        )


@pytest.mark.parametrize("text", ['{"format": 1}', '{"host": null}', '{"host": [1]}', "[]"])
def test_a_recovery_that_tells_of_no_host_is_damaged_and_no_other_servers(text: str, tmp_path: Path) -> None:
    store = Store(str(tmp_path), HOST)
    store.path.parent.mkdir()
    store.path.write_text(text)
    assert store.meet(HERE) == []
    with pytest.raises(MailflowError, match="edited or damaged"):
        store.load()


def test_one_server_by_two_names_has_one_recovery_at_a_time(tmp_path: Path) -> None:
    first, second = Store(str(tmp_path), "one"), Store(str(tmp_path), "two")
    with first.held(), second.held():
        first.meet(replace(HERE, label="one"))
        with pytest.raises(HostRefused, match="another recovery running"):
            second.meet(replace(HERE, label="two"))
        second.meet(Identity("two", "SBS", "S-1-5-21-9-9-9"))
