"""The actions around the engine: their results whatever happens, where they leave files, and that no secret leaves."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.action import (
    pop3_connector,
    pop3_connector_fetch,
    pop3_connector_learn,
    pop3_connector_restore,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.shell import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, Unreachable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import key_map_file
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.learnt import map_path
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE, ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RunOptions, split_run_options
from tests.unit.plugin_utils.pop3_connector.pop3_file import BLOB, SHAPES, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import MAP, PASSWORD, Pop3Host, declared, options
from tests.unit.plugin_utils.run.examples import HOST

ACTIONS = (pop3_connector, pop3_connector_restore, pop3_connector_fetch, pop3_connector_learn)


def answer(
    module: ModuleType, host: Pop3Host | None, path: Path, arguments: dict[str, Any], check: bool = False
) -> dict[str, Any]:
    """What an action answers, without Ansible around it."""

    def session(self: Any, task: Task) -> Session:
        if host is None:
            raise Unreachable(reason_of("unreachable", HOST, host_says="no route"))
        return host.session()

    action = type("Action", (module.ActionModule,), {"session": session, "__init__": lambda self: None})()
    run = RunOptions(backup_dir=str(path), shell=ExchangeShell() if action.needs_exchange else NO_EXCHANGE)
    task = Task(HOST, arguments, run, [], check, True, str(path))
    result: dict[str, Any] = action.answer(task)
    text = json.dumps(result) + "".join(each.read_text(errors="replace") for each in path.rglob("*") if each.is_file())
    assert PASSWORD not in text and BLOB not in text
    return result


def host() -> Pop3Host:
    return Pop3Host(data_of(SHAPES[0], account(1), account(2)), {account(n)["password"]: PASSWORD for n in (1, 2)})


def test_a_run_tells_all(tmp_path: Path) -> None:
    result = answer(pop3_connector, host(), tmp_path, options(declared(3)))
    assert result["changed"] and result["diff"]["after"].startswith("user3@beispiel.de at pop3.strato.de:995:")
    assert [each["outcome"] for each in result["proofs"]] == ["proven"]
    assert result["host_backup"].endswith(".bak") and result["host_backups"] == [result["host_backup"]]
    assert Path(result["backup_file"]).is_file() and (tmp_path / "ledger.sqlite").is_file()
    assert result["transcript"][0] == "# 1/1 write records pop3records.dat"
    assert "#   user3@beispiel.de at pop3.strato.de:995, port: - -> 995" in result["transcript"]
    assert not [line for line in result["transcript"] if not line.startswith("#")]


def test_the_learnt_map_is_found_where_it_was_written(tmp_path: Path) -> None:
    path = map_path(str(tmp_path), HOST)
    path.parent.mkdir(parents=True, exist_ok=True)
    key_map_file.write(path, Identity(HOST), MAP, [])
    desired = {"accounts": [declared(3)]}
    assert answer(pop3_connector, host(), tmp_path, desired)["changed"]
    with pytest.raises(InputRefused):
        answer(pop3_connector, host(), tmp_path, {**desired, "key_map": {"ssl": {"key": "Other"}}})
    key_map_file.write(path, Identity(HOST, "ELSEWHERE", "S-1-5-21-7-7-7"), MAP, [])
    assert key_map_file.server_of(path) == Identity(HOST, "ELSEWHERE", "S-1-5-21-7-7-7")
    path.write_text("nothing: of the kind\n")
    with pytest.raises(InputRefused):
        answer(pop3_connector, host(), tmp_path, desired)


def test_check_mode_leaves_nothing(tmp_path: Path) -> None:
    assert answer(pop3_connector, host(), tmp_path, options(declared(3)), check=True)["changed"]
    assert list(tmp_path.iterdir()) == []


def test_a_refused_login_is_told_with_its_proofs(tmp_path: Path) -> None:
    found = host()
    no = {"Stage": "pass", "Problem": "reply", "Reply": "-ERR no", "Messages": None}
    found.logins = {"user3@beispiel.de": no}
    result = answer(pop3_connector, found, tmp_path, options(declared(3), declared(4)))
    assert result["failed"] and [each["outcome"] for each in result["proofs"]] == ["refused", "proven"]


def test_a_ledger_of_its_own_place(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "my.sqlite"
    answer(pop3_connector, host(), tmp_path, options(declared(3), ledger=str(place)))
    assert place.is_file() and not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize("module", ACTIONS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_connection_is_unreachable(module: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        answer(module, None, tmp_path, {})


@pytest.mark.parametrize("module", ACTIONS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_wish_is_checked_before_the_host_is_touched(module: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(InputRefused):
        answer(module, None, tmp_path, {"y": 1})


def test_a_converged_run_loads_no_exchange_shell(tmp_path: Path) -> None:
    found = host()
    assert not answer(pop3_connector, found, tmp_path, options(declared(1), declared(2)))["changed"]
    assert {each["exchange"] for each in found.requests} == {"none"}


@pytest.mark.parametrize("module", ACTIONS[1:], ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_action_loads_an_exchange_shell(module: ModuleType) -> None:
    kind = module.ActionModule
    options_of_run, rest, reasons = split_run_options(
        {"exchange_connection": "snapin"}, kind.needs_exchange, kind.plans
    )
    assert options_of_run.shell.kind == "none" and rest == {"exchange_connection": "snapin"} and not reasons


def test_the_other_actions_answer(tmp_path: Path) -> None:
    found = host()
    found.backups = {"pop3records.dat.x.bak": data_of(SHAPES[0], account(1))}
    found.facts |= {
        "Start-Pop3Fetch": {"Program": "p", "Started": True, "ExitCode": 0},
        "Read-Pop3Log": {"Folder": "f", "Name": None, "LastWriteTime": None, "Length": None, "Lines": []},
        "Get-Pop3Facts": {"Lines": []},
    }
    assert answer(pop3_connector_restore, found, tmp_path, {"backup": "pop3records.dat.x.bak"})["changed"]
    found.waiting = [{}, {}]
    assert answer(pop3_connector_fetch, found, tmp_path, {})["fetch"]["started"]
    assert answer(pop3_connector_learn, found, tmp_path, {})["report_file"].startswith(str(tmp_path))
