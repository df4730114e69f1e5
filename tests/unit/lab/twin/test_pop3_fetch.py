"""The connector's own fetch and its log."""

from __future__ import annotations

from pathlib import Path

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from tests.unit.lab.pop3.pop3_server import Pop3Server
from tests.unit.lab.twin.pop3_commands import (
    ANNA,
    CLOCK,
    PASSWORD,
    code,
    machine_with,
    output,
)


def test_a_fetch_and_its_log(tmp_path: Path) -> None:
    context = Certificates(tmp_path / "ca.pem").context
    with Pop3Server((ANNA["username"], PASSWORD), [b"Subject: Hallo\r\n\r\nText\r\n"], context) as server:
        machine = machine_with(entries=[ANNA | {"port": server.port}])
        done = output(machine, "Start-Pop3Fetch", ca_file=tmp_path / "ca.pem")
        assert (done["Program"], done["Started"], done["ExitCode"]) == (places.PROGRAM, True, 0)
        assert server.messages == []
    log = output(machine, "Read-Pop3Log", Lines=1)
    assert (log["Folder"], log["Name"]) == (places.LOGS, places.split(places.LOG)[1])
    assert log["Lines"] == ["2026-11-25 10:00:00 Info@beispiel.de at localhost: fetched, 1 messages"]
    assert log["LastWriteTime"] == CLOCK


def test_the_log_of_a_host_without_one() -> None:
    machine = SimulatedMachine.from_state("exchange2010")
    assert output(machine, "Read-Pop3Log")["Name"] is None
    assert code(machine, "Start-Pop3Fetch") == "pop3_program_missing"
    assert code(machine_with(), "Start-Pop3Fetch", Program="C:\\x\\x.exe") == "pop3_program_missing"
    assert code(machine, "Read-Pop3Log", Lines=0) == "parameter_unreadable"
    assert output(machine, "Read-Pop3Log", Folder="C:\\nowhere")["Lines"] == []
