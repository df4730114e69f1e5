"""Faults of the way and of the host, before, during and after each command: what is said afterwards is true.

Each row is a host of one lab. The plan has two steps: one changes the port of a connector, the other switches a second
connector off. Commands are counted from 1: the first one reads, the second one applies the plan and reads back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lab.endpoint.host import Host

from .running import OLD_PASSWORD, Run, Site, connectors, site, smarthost, state

USED = {
    "Name": "Smarthost",
    "AddressSpaces": ["*"],
    "DNSRoutingEnabled": False,
    "SmartHosts": ["smtp.strato.de"],
    "Port": 25,
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "AuthenticationCredential": {"username": "info@beispiel.de", "password": OLD_PASSWORD},
    "RequireTLS": True,
}
STATE = {"profile": "sbs2011", "send_connectors": [USED, {**USED, "Name": "Alt"}]}
DESIRED = smarthost(adopt=None, exclusive=True)

Fault = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """Faults, and what has to become of the task: its status, that of each step, words of the message or a warning.

    ``otherwise``: what may become of it instead. Where the output of a command comes with several Receives, a
    connection that breaks once the first is answered has not broken behind the last.
    """

    faults: list[Fault]
    status: str
    steps: list[str] = field(default_factory=list)
    words: tuple[str, ...] = ()
    otherwise: Row | None = None


def untroubled(*faults: Fault) -> Row:
    """Everything is done, and nothing is said."""
    return Row(list(faults), "ok", ["done", "done"])


def repeated(*faults: Fault) -> Row:
    """The reading broke and was repeated."""
    return Row(list(faults), "ok", ["done", "done"], ("Reading the host failed once", "and was repeated"))


def done(*faults: Fault) -> Row:
    """The connection broke after the plan had been carried out."""
    return Row(list(faults), "ok", ["done", "done"], ("broke after the plan", "all of it took effect"))


def nothing(*faults: Fault) -> Row:
    """The connection broke before the plan had begun."""
    return Row(
        list(faults),
        "failed",
        ["not_done", "not_done"],
        ("the connection broke while the plan ran", "none of the 2 steps", "Run again"),
    )


def unread(*faults: Fault, words: tuple[str, ...]) -> Row:
    """The state could not be read, so there is no plan."""
    return Row(list(faults), "failed", [], words)


def drop(action: str, when: str, command: int) -> Fault:
    """The connection breaks at a message of a command."""
    return {"kind": "drop", "action": action, "when": when, "command": command}


def busy(action: str, command: int) -> Fault:
    """The host is busy when it gets a message of a command."""
    return {"kind": "soap_fault", "action": action, "command": command}


def no_login(action: str, command: int) -> Fault:
    """A message of a command gets a 401."""
    return {"kind": "unauthorized", "action": action, "command": command}


LATE = ("no completion after 5 seconds", "timeout", "shell")
ROWS: dict[str, Row] = {
    # While the state is read
    "read-drop-before-command": repeated(drop("Command", "before", 1)),
    "read-drop-after-command": repeated(drop("Command", "after", 1)),
    "read-drop-once-command-is-answered": repeated(drop("Command", "answered", 1)),
    "read-drop-before-send": repeated(drop("Send", "before", 1)),
    "read-drop-after-send": repeated(drop("Send", "after", 1)),
    "read-drop-once-send-is-answered": repeated(drop("Send", "answered", 1)),
    "read-drop-before-receive": repeated(drop("Receive", "before", 1)),
    "read-drop-after-receive": repeated(drop("Receive", "after", 1)),
    "read-drop-before-signal": repeated(drop("Signal", "before", 1)),
    "read-drop-after-signal": repeated(drop("Signal", "after", 1)),
    "read-busy-command": repeated(busy("Command", 1)),
    "read-busy-send": repeated(busy("Send", 1)),
    "read-busy-receive": repeated(busy("Receive", 1)),
    "read-busy-signal": repeated(busy("Signal", 1)),
    "read-401-command": repeated(no_login("Command", 1)),
    "read-401-send": repeated(no_login("Send", 1)),
    "read-401-receive": repeated(no_login("Receive", 1)),
    "read-kill-shell-at-start": repeated({"kind": "kill_shell", "when": "start"}),
    "read-kill-shell-at-end": repeated({"kind": "kill_shell", "when": "end"}),
    "read-cut-reply": repeated({"kind": "cut_reply"}),
    "read-empty-reply": repeated({"kind": "cut_reply", "at": 0}),
    "read-exit": repeated({"kind": "exit", "code": 3}),
    "read-hang-at-start": unread({"kind": "hang", "when": "start"}, words=(*LATE, "Nothing was written")),
    "read-hang-at-end": unread({"kind": "hang", "when": "end"}, words=(*LATE, "Nothing was written")),
    "read-garbage": untroubled({"kind": "garbage"}),
    "read-stderr": untroubled({"kind": "stderr"}),
    "read-pieces": untroubled({"kind": "pieces", "size": 5}),
    "read-late-command": untroubled({"kind": "delay", "action": "Command", "command": 1, "seconds": 3.0}),
    "read-late-receive": untroubled({"kind": "delay", "action": "Receive", "command": 1, "seconds": 3.0}),
    "read-slow-cmdlet": untroubled({"kind": "delay_cmdlet", "cmdlet": "Get-SendConnector", "seconds": 3.0}),
    "read-failing-cmdlet": unread(
        {"kind": "fail_cmdlet", "cmdlet": "Get-SendConnector", "message": "Keine Verbindung zum Domänencontroller."},
        words=("Get-SendConnector failed", "Domänencontroller", "Nothing was written"),
    ),
    "read-failing-server": unread(
        {"kind": "fail_cmdlet", "cmdlet": "Get-ExchangeServer"},
        words=("Get-ExchangeServer failed", "Nothing was written"),
    ),
    "read-breaks-twice": unread(
        {"kind": "drop", "action": "Receive", "count": 0},
        words=("read-breaks-twice: found the connection broke while the reading", "Nothing was written"),
    ),
    "read-cut-twice": unread({"kind": "cut_reply", "count": 0}, words=("truncated or garbled", "Run again")),
    # Between the two commands: what the plan's first message meets, and nothing of it begins.
    "drop-once-the-reading-is-answered": replace(
        nothing(drop("Receive", "answered", 1)), otherwise=repeated(drop("Receive", "answered", 1))
    ),
    "drop-once-its-signal-is-answered": nothing(drop("Signal", "answered", 1)),
    "401-to-its-signal": nothing(no_login("Signal", 1)),
    # While the plan is carried out
    "plan-drop-before-command": nothing(drop("Command", "before", 2)),
    "plan-drop-after-command": nothing(drop("Command", "after", 2)),
    "plan-drop-once-command-is-answered": nothing(drop("Command", "answered", 2)),
    "plan-drop-before-send": nothing(drop("Send", "before", 2)),
    "plan-drop-after-send": done(drop("Send", "after", 2)),
    "plan-drop-once-send-is-answered": done(drop("Send", "answered", 2)),
    "plan-drop-before-receive": done(drop("Receive", "before", 2)),
    "plan-drop-after-receive": done(drop("Receive", "after", 2)),
    "plan-drop-once-receive-is-answered": replace(
        untroubled(drop("Receive", "answered", 2)), otherwise=done(drop("Receive", "answered", 2))
    ),
    "plan-drop-before-signal": done(drop("Signal", "before", 2)),
    "plan-drop-after-signal": done(drop("Signal", "after", 2)),
    "plan-drop-once-signal-is-answered": untroubled(drop("Signal", "answered", 2)),
    "plan-busy-command": nothing(busy("Command", 2)),
    "plan-busy-send": nothing(busy("Send", 2)),
    "plan-busy-receive": done(busy("Receive", 2)),
    "plan-busy-signal": done(busy("Signal", 2)),
    "plan-401-command": nothing(no_login("Command", 2)),
    "plan-401-send": nothing(no_login("Send", 2)),
    "plan-401-receive": done(no_login("Receive", 2)),
    "plan-401-signal": untroubled(no_login("Signal", 2)),
    "plan-kill-shell-at-start": nothing({"kind": "kill_shell", "when": "start", "nth": 2}),
    "plan-kill-shell-at-end": done({"kind": "kill_shell", "when": "end", "nth": 2}),
    "plan-cut-reply": done({"kind": "cut_reply", "nth": 2}),
    "plan-empty-reply": done({"kind": "cut_reply", "at": 0, "nth": 2}),
    "plan-exit": replace(
        nothing({"kind": "exit", "code": 3, "nth": 2}),
        words=("the plan without an answer", "exit code 3", "none of the 2 steps", "Run again"),
    ),
    "plan-hang-at-start": Row(
        [{"kind": "hang", "when": "start", "nth": 2}],
        "failed",
        ["unknown", "unknown"],
        (*LATE, "may have taken effect"),
    ),
    "plan-hang-at-end": Row(
        [{"kind": "hang", "when": "end", "nth": 2}],
        "failed",
        ["unknown", "unknown"],
        (*LATE, "may have taken effect"),
    ),
    "plan-garbage": untroubled({"kind": "garbage", "nth": 2}),
    "plan-stderr": untroubled({"kind": "stderr", "nth": 2}),
    "plan-pieces": untroubled({"kind": "pieces", "size": 5, "nth": 2}),
    "plan-late-command": untroubled({"kind": "delay", "action": "Command", "command": 2, "seconds": 3.0}),
    "plan-late-receive": untroubled({"kind": "delay", "action": "Receive", "command": 2, "seconds": 3.0}),
    "plan-slow-cmdlet": untroubled({"kind": "delay_cmdlet", "cmdlet": "Set-SendConnector", "seconds": 3.0}),
    "plan-first-step-fails": Row(
        [{"kind": "fail_cmdlet", "cmdlet": "Set-SendConnector", "message": "Der Zugriff wurde verweigert."}],
        "failed",
        ["failed", "not_tried"],
        ("Set-SendConnector failed on 'Smarthost'", "verweigert", "0 of 2 steps were done", "1 not tried"),
    ),
    "plan-second-step-fails": Row(
        [{"kind": "fail_cmdlet", "cmdlet": "Set-SendConnector", "after": 1}],
        "failed",
        ["done", "failed"],
        ("Set-SendConnector failed on 'Alt'", "1 of 2 steps were done", "0 not tried", "run again"),
    ),
    "plan-second-step-fails-and-the-reply-is-lost": Row(
        [
            {"kind": "fail_cmdlet", "cmdlet": "Set-SendConnector", "after": 1},
            {"kind": "kill_shell", "when": "end", "nth": 2},
        ],
        "failed",
        ["done", "not_done"],
        ("the connection broke while the plan ran", "1 of 2 steps had taken effect"),
    ),
    "plan-reading-back-fails": Row(
        [{"kind": "fail_cmdlet", "cmdlet": "Get-SendConnector", "after": 1}],
        "failed",
        ["done", "done"],
        ("Get-SendConnector failed", "Every step was done", "Run again"),
    ),
    "plan-reading-the-server-back-fails": Row(
        [{"kind": "fail_cmdlet", "cmdlet": "Get-ExchangeServer", "after": 1}],
        "failed",
        ["done", "done"],
        ("Get-ExchangeServer failed", "Every step was done", "Run again"),
    ),
    "plan-breaks-and-so-does-all-reading-after-it": Row(
        [
            {"kind": "kill_shell", "when": "end", "nth": 2},
            {"kind": "cut_reply", "nth": 3, "count": 0},
        ],
        "failed",
        ["unknown", "unknown"],
        ("the connection broke while the plan ran", "could not be read"),
    ),
    # The shell itself
    "shell-drop-before-create": Row(
        [{"kind": "drop", "action": "Create"}], "unreachable", [], ("no WinRM connection",)
    ),
    "shell-busy": Row([{"kind": "soap_fault", "action": "Create"}], "unreachable", [], ("resource is in use",)),
    "shell-401": Row([{"kind": "unauthorized", "count": 0}], "unreachable", [], ("no WinRM connection", "password")),
    "shell-drop-after-create": Row(
        [{"kind": "drop", "action": "Create", "when": "after"}], "unreachable", [], ("no WinRM connection",)
    ),
    "shell-drop-once-create-is-answered": repeated({"kind": "drop", "action": "Create", "when": "answered"}),
    "shell-drop-before-delete": untroubled({"kind": "drop", "action": "Delete"}),
    "shell-drop-after-delete": untroubled({"kind": "drop", "action": "Delete", "when": "after"}),
    "shell-drop-once-delete-is-answered": untroubled({"kind": "drop", "action": "Delete", "when": "answered"}),
    "shell-busy-delete": untroubled({"kind": "soap_fault", "action": "Delete"}),
}
LEFT_OPEN = {"shell-drop-after-create"}
"""The client never learnt the number of its shell, so nobody but the host can close it, once its idle time is over."""


@dataclass(frozen=True)
class Met:
    """The faulty run and the one after it, and of each host between the two: the steps that are in effect, the shells
    that are open, the faults that were carried out, the states that were saved."""

    many: Site
    run: Run
    again: Run
    effects: dict[str, list[bool]]
    shells: dict[str, int]
    faults: dict[str, int]
    saved: dict[str, int]


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """One run meets all faults, a second one none."""
    with site(tmp_path_factory.mktemp("faults"), STATE, hosts=list(ROWS)) as many:
        hosts = many.lab.hosts
        for name, row in ROWS.items():
            for fault in row.faults:
                many.lab.order_fault(name, fault)
        task = many.task(**DESIRED, timeout="{{ 5 if '-hang-' in inventory_hostname else 60 }}")
        run = many.play([task], "-vvvv")
        effects = {name: in_effect(host) for name, host in hosts.items()}
        shells = {name: host.open_shells for name, host in hosts.items()}
        faults = {name: len(host.log.faults()) for name, host in hosts.items()}
        saved = {name: len(list(many.backups.glob(f"{name}/*.json"))) for name in hosts}
        for name in ROWS:
            many.lab.clear_faults(name)
        yield Met(many, run, many.play([task]), effects, shells, faults, saved)


def in_effect(host: Host) -> list[bool]:
    """Which steps of the plan the host shows."""
    known = connectors(host)
    return [known["Smarthost"]["Port"] == 587, known["Alt"]["Enabled"] is False]


def fits(status: str, effect: bool) -> bool:
    """Whether the status that was told of a step is the truth."""
    return status == "unknown" or (status == "done") is effect


def misfits(record: dict[str, Any], row: Row) -> list[str]:
    """In what the record is not what the row says."""
    result = record["result"]
    found = (record["status"], [step["status"] for step in result.get("steps", [])])
    wrong = [] if found == (row.status, row.steps) else [f"{found} instead of {(row.status, row.steps)}"]
    # Ansible's own warnings ("Attempting to recover") stand beside ours.
    text = "\n".join([result.get("msg", ""), *result.get("warnings", [])])
    wrong += [f"{word!r} is not in: {text}" for word in row.words if word not in text]
    unasked = [] if row.words else [word for word in ("broke", "failed once") if word in text]
    return wrong + [f"{word!r} is in: {text}" for word in unasked]


@pytest.mark.parametrize("name", ROWS)
def test_the_fault_is_met_and_told(met: Met, name: str) -> None:
    row, record = ROWS[name], met.run.task(host=name)
    assert met.faults[name] >= len(row.faults)
    fitting = row.otherwise if row.otherwise and misfits(record, row) else row
    assert misfits(record, fitting) == []
    message = record["result"].get("msg", name)
    assert name in message
    assert "while the reading of its state ran" not in message or "steps" not in record["result"]


@pytest.mark.parametrize("name", ROWS)
def test_what_is_told_of_each_step_is_what_the_host_shows(met: Met, name: str) -> None:
    effects, result = met.effects[name], met.run.result(host=name)
    statuses = [step["status"] for step in result.get("steps", [])]
    if statuses:
        pairs = list(zip(statuses, effects, strict=True))
        assert [pair for pair in pairs if not fits(*pair)] == []
        assert Path(result["backup_file"]).is_file() and met.saved[name] == 1
        assert result["changed"] is (any(effects) or "unknown" in statuses)
    else:
        assert effects == [False, False] and result["changed"] is False and met.saved[name] == 0


@pytest.mark.parametrize("name", ROWS)
def test_no_shell_stays_open(met: Met, name: str) -> None:
    assert met.shells[name] == (name in LEFT_OPEN)
    assert met.many.lab.hosts[name].open_shells == met.shells[name]


@pytest.mark.parametrize("name", ROWS)
def test_a_run_without_the_fault_goes_on_from_there(met: Met, name: str) -> None:
    assert in_effect(met.many.lab.hosts[name]) == [True, True]
    counters = met.again.recap(name)
    assert (counters["ok"], counters["failed"], counters["unreachable"]) == (1, 0, 0)
    assert counters["changed"] == (met.effects[name] != [True, True])


def test_a_loop_of_more_tasks_than_a_shell_takes_commands(sbs: Site) -> None:
    # Ansible keeps the connection between the items of a loop, and WinRM 2.0 gives a shell 15 commands.
    task = sbs.task(
        name="{{ item }}", address_spaces=["{{ item }}.de"], smart_hosts=["b.de"], confirm_no_smarthost=True
    )
    run = sbs.play([{**task, "loop": [f"verbinder{number}" for number in range(9)]}])
    assert (run.code, run.recap()["changed"]) == (0, 1)
    assert len(connectors(sbs.host)) == 10
    assert (sbs.host.log.count(), sbs.host.log.count("Create"), sbs.host.open_shells) == (18, 9, 0)


def test_ansibles_own_time_limit_ends_the_task_and_leaves_no_shell(sbs: Site) -> None:
    sbs.host.faults.order(kind="hang", nth=2)
    run = sbs.play([{**sbs.task(**smarthost()), "timeout": 4}], "-vvvv")
    assert (run.code, run.recap()["failed"], sbs.host.open_shells) == (2, 1, 0)
    assert sbs.connector(**smarthost()).recap()["changed"] == 1


def test_a_setting_that_no_request_can_carry_is_told(sbs: Site) -> None:
    before = state(sbs.host)
    random = Random(1)
    spaces = [f"{random.randbytes(15).hex()}.de" for _ in range(9000)]
    run = sbs.connector(**smarthost(adopt=None, address_spaces=spaces, confirm_no_smarthost=True))
    assert run.recap()["failed"] == 1 and state(sbs.host) == before
    assert "at most 100000 bytes" in run.result()["msg"] and "connection" not in run.result()["msg"]
    assert run.statuses() == ["not_tried"] and run.result()["changed"] is False
    assert sbs.host.log.count() == 1
