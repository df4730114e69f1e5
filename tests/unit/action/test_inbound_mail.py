"""An Exchange that never comes to an end: what does not need it is told all the same."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from lab.host.machine import SimulatedMachine
from lab.twin.backend import Twin
from lab.wsman.backend import Call
from tests.unit.plugin_utils.action.shell_host import Shell, twin_of

END = b"SBS.MAILFLOW.REPLY>>>"
LIMIT = 8


def hanging(shell: Shell, machine: SimulatedMachine, says: int) -> Shell:
    """The plugin hears so many parts of each reply, and then nothing any more."""
    plugin, parts = shell.connection, list[bytes]()

    def ask(command_line: str, in_data: bytes, sudoable: bool) -> tuple[int, bytes, bytes]:
        stdout = bytearray()
        Twin(machine).run(Call(command_line, lambda: in_data, stdout.extend, bytearray().extend, threading.Event()))
        parts[:] = [part + END for part in bytes(stdout).split(END)[:-1]]
        plugin._winrm_get_raw_command_output("protocol", "shell", "command")
        time.sleep(60)
        return 0, b"", b""

    plugin._winrm_get_raw_command_output = lambda *_words: (b"".join(parts[:says]), b"", -1, False)
    plugin.exec_command = ask
    return shell


def test_the_connector_s_part_is_told(tmp_path: Path) -> None:
    machine = SimulatedMachine.from_state("sbs2011")
    shell = hanging(Shell(twin_of(machine)), machine, says=1)
    told = shell.run("inbound_mail", {"timeout": LIMIT}, folder=tmp_path)
    assert not told.get("failed"), told
    assert {"received", "refusals", "receive_connectors"} <= set(told["unknown"]) and "accounts" not in told["unknown"]
    assert told["verdict"] != "healthy" and told["service"]["exists"]
    assert f"has not answered within {LIMIT * 3 // 4} seconds" in " ".join(told["why"])


def test_a_host_that_says_nothing_at_all_has_timed_out(tmp_path: Path) -> None:
    machine = SimulatedMachine.from_state("sbs2011")
    told = hanging(Shell(twin_of(machine)), machine, says=0).run("inbound_mail", {"timeout": LIMIT}, folder=tmp_path)
    assert told["failed"] and f"{LIMIT * 3 // 4} seconds" in told["msg"]


def test_whoever_has_no_patience_of_its_own_times_out(tmp_path: Path) -> None:
    machine = SimulatedMachine.from_state("sbs2011")
    told = hanging(Shell(twin_of(machine)), machine, says=1).run("queue", {"timeout": 5}, folder=tmp_path)
    assert told["failed"] and "5 seconds" in told["msg"]
