"""Asking a host: what comes back, what it is held against, and that nobody's name is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.action import probe_host
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.shell import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.answers import ask, failures
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.compare import conflicts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.questions import ASKED, ASKS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RunOptions
from lab.host.machine import SimulatedMachine
from lab.up.backends import make_backend
from tests.unit.plugin_utils.probe.odd_host import ODD, found_in, session_with

OF_EXCHANGE = {row.key for row in ASKED if next(ask.exchange for ask in ASKS if ask.id == row.ask)} - {"shell_memory"}


def asked(state: str | dict[str, Any]) -> dict[str, Any]:
    """The answers of a host behind the twin."""
    return ask(session_with(make_backend("twin", SimulatedMachine.from_state(state))), ExchangeShell())


def keys_of(lines: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines]


def test_an_untouched_host_answers_all_from_two_processes() -> None:
    session = session_with(make_backend("twin", SimulatedMachine.from_state("sbs2011")))
    content = ask(session, ExchangeShell())
    assert failures(content["answers"]) == {}
    assert session.calls == 2


@pytest.mark.parametrize("state", ["sbs2011", "sbs2011_german"])
def test_the_lab_is_what_is_assumed_but_for_what_it_was_prepared_with(state: str) -> None:
    assert keys_of(conflicts(asked(state))) == ["shell_memory_limit", "tls_keys"]


def test_no_name_of_anybodys_is_in_the_answers() -> None:
    content = asked(ODD)
    assert found_in(content) == []
    answers = content["answers"]
    assert failures(answers) == {}
    (connector,) = answers["send_connectors"]["facts"]
    assert connector["SmartHosts"][1].strip("[]") == "ip-2"
    assert connector["Name"].endswith("(host-1)")
    assert answers["names"]["facts"] == [{"ComputerName": "host-1", "Domain": "domain-1", "Fqdn": "host-1.domain-1"}]
    keys = [line["Key"] for line in answers["pop3_keys"]["facts"][0]["Lines"]]
    assert keys[1:9] == ["Pop3Account", "Server", "Port", "Username", "Password", "Mailbox", "UseSsl", "LogonType"]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("no_exchange", "exchange_missing"),
        ("no_snapin", "exchange_missing"),
        ("snapin_fails", "exchange_not_loaded"),
        ("exchange2007", "exchange_missing"),
        ("exchange2013", "exchange_too_new"),
    ],
)
def test_a_host_without_exchange_2010_answers_what_it_can(state: str, code: str) -> None:
    content = asked(state)
    answers = content["answers"]
    assert set(failures(answers)) == OF_EXCHANGE
    assert {answers[key]["error"]["code"] for key in OF_EXCHANGE} == {code}
    assert set(keys_of(conflicts(content))) >= OF_EXCHANGE


def test_a_host_without_the_pop3_connector_answers_the_rest() -> None:
    content = asked("exchange2010")
    assert failures(content["answers"]) == {}
    assert content["answers"]["pop3_service"]["facts"][0]["Service"]["Exists"] is False
    assert {"windows", "pop3_service", "pop3_program"} <= set(keys_of(conflicts(content)))


def test_a_question_that_fails_costs_no_other() -> None:
    machine = SimulatedMachine.from_state("sbs2011")
    machine.fail_next("Get-Queue", "Xylander hat keinen Zugriff.")
    machine.fail_next("Get-HostFacts", "No WMI.")
    content = ask(session_with(make_backend("twin", machine)), ExchangeShell())
    assert set(failures(content["answers"])) == {"queues", "windows", "names", "shell_memory_limit", "exchange_setup"}
    assert "xylander" not in str(content).lower()


@pytest.mark.parametrize("broken", [1, 2])
def test_a_process_that_breaks_costs_its_own_questions(broken: int) -> None:
    whole = session_with(make_backend("twin", SimulatedMachine.from_state("sbs2011")))
    calls = 0

    def execute(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        nonlocal calls
        calls += 1
        if calls == broken:
            raise ConnectionLost(reason_of("unreachable", "host", host_says="reset"), host_says="reset by peer")
        return whole._execute(command_line, stdin)

    reconnected: list[bool] = []
    content = ask(Session(execute, "host", lambda: reconnected.append(True)), ExchangeShell())
    of_exchange = OF_EXCHANGE | {"shell_memory"}
    assert set(failures(content["answers"])) == (
        of_exchange if broken == 2 else {row.key for row in ASKED} - of_exchange
    )
    assert reconnected == [True]


def test_the_action_writes_one_file_without_names(tmp_path: Path) -> None:
    action = action_on(ODD)
    result = action.answer(task(tmp_path, {}))
    text = Path(result["file"]).read_text(encoding="utf-8")
    assert found_in(text) == [] and '"host": "host-1"' in text
    assert result["changed"] is False and result["answered"] == len(ASKED)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [Path(result["file"])]


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    assert action_on("sbs2011").answer(task(tmp_path, {}, check_mode=True))["file"] is None
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused):
        action_on("sbs2011").answer(task(tmp_path, {"path": "x"}))


def action_on(state: str | dict[str, Any]) -> Any:
    """The action without Ansible around it."""
    backend = make_backend("twin", SimulatedMachine.from_state(state))
    members = {"session": lambda self, task: session_with(backend), "__init__": lambda self: None}
    return type("Action", (probe_host.ActionModule,), members)()


def task(path: Path, arguments: dict[str, Any], check_mode: bool = False) -> Task:
    return Task(
        "DACHZIEGEL-07", arguments, RunOptions(shell=ExchangeShell(), backup_dir=str(path)), [], check_mode, False, ""
    )
