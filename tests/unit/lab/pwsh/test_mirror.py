"""The connector of a host whose PowerShell is a real one: its files on the drive, and the bridge's answers."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.files import INHERITED_SDDL, SDDL
from lab.pop3.profiles import FILE_PROFILES
from lab.pwsh import PwshBackend
from lab.pwsh.bridge import Bridge
from lab.pwsh.mirror import Mirror
from lab.wsman.backend import Call
from tests.unit.lab.pop3.pop3_server import Pop3Server

PASSWORD = "Zq7-lab-only-Kupferdach-ö-€-9134"
ANNA = {
    "server": "localhost",
    "port": 995,
    "username": "info@beispiel.de",
    "password": PASSWORD,
    "mailbox": "anna@nt4admins.local",
}
STARTER = b"#!/bin/sh\nexec true\n"
PREFIX = "PowerShell -NoProfile -NonInteractive -EncodedCommand "
FOLDER = "[IO.Path]::Combine($env:ProgramW6432, 'Windows Small Business Server\\Data')"


def machine_with(profile: str = "plain", **more: Any) -> SimulatedMachine:
    return SimulatedMachine({"pop3_connector": {"profile": profile, "accounts": [ANNA], **more}})


def data_of(machine: SimulatedMachine, path: str = places.ACCOUNTS) -> bytes:
    file = machine.pop3.files.find(path)
    assert file is not None
    return file.data


class Drive:
    """A mirrored drive without a PowerShell."""

    def __init__(self, folder: Path, machine: SimulatedMachine) -> None:
        self.machine = machine
        self.mirror = Mirror(folder, machine.pop3, STARTER)
        self.data = folder / places.PROGRAM_FILES / "Windows Small Business Server" / "Data"
        self.file = self.data / "pop3records.dat"
        self.mirror.sync()


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    drive = Drive(tmp_path, machine_with())
    yield drive
    drive.mirror.close()


def test_the_machines_files_are_on_the_drive(drive: Drive, tmp_path: Path) -> None:
    file = drive.machine.pop3.files.find(places.ACCOUNTS)
    assert file is not None
    assert drive.file.read_bytes() == file.data
    assert abs(drive.file.stat().st_mtime - file.written.timestamp()) < 0.001
    for spelling in (places.DATA, f"{places.PROGRAM_FILES}/{places.DATA[len(places.PROGRAM_FILES) + 1 :]}"):
        assert (tmp_path / spelling / "pop3records.dat").read_bytes() == file.data
    bare = places.PROGRAM_FILES + "/Windows Small Business Server"
    assert (tmp_path / bare / "Logs\\pop3connector" / places.split(places.LOG)[1]).is_file()
    assert (tmp_path / places.ROOT / "Data" / "pop3records.dat").is_file()


def test_the_program_on_the_drive_can_be_started_and_keeps_its_length(drive: Drive, tmp_path: Path) -> None:
    real, mine = tmp_path / places.BIN / "Pop3Connector.exe", data_of(drive.machine, places.PROGRAM)
    assert os.access(real, os.X_OK)
    assert real.read_bytes() == STARTER + mine[len(STARTER) :]
    drive.mirror.sync()
    assert data_of(drive.machine, places.PROGRAM) == mine


def test_both_sides_are_carried_over(drive: Drive) -> None:
    drive.file.write_bytes(b"by a process")
    (drive.data / "new").write_bytes(b"1")
    drive.machine.pop3.files.put(places.DATA + "\\by the host", b"2")
    drive.mirror.sync()
    assert data_of(drive.machine) == b"by a process"
    assert data_of(drive.machine, places.DATA + "\\new") == b"1"
    assert (drive.data / "by the host").read_bytes() == b"2"
    (drive.data / "new").unlink()
    drive.machine.pop3.files.drop(places.DATA + "\\by the host")
    drive.machine.change({"pop3_connector": {"file": base64.b64encode(b"by a test").decode()}})
    drive.mirror.sync()
    assert drive.machine.pop3.files.find(places.DATA + "\\new") is None
    assert [path.name for path in drive.data.iterdir()] == ["pop3records.dat"]
    assert drive.file.read_bytes() == b"by a test"


def test_where_both_have_changed_the_drive_wins(drive: Drive) -> None:
    drive.file.write_bytes(b"by a process")
    drive.machine.change({"pop3_connector": {"file": base64.b64encode(b"by a test").decode()}})
    drive.mirror.sync()
    assert data_of(drive.machine) == drive.file.read_bytes() == b"by a process"


@pytest.mark.parametrize(("lost", "expected"), [(False, SDDL), (True, INHERITED_SDDL)])
def test_a_replaced_file_keeps_its_access_and_so_does_its_backup(drive: Drive, lost: bool, expected: str) -> None:
    drive.machine.change({"pop3_connector": {"trouble": {"acl_lost": lost}}})
    drive.file.rename(drive.data / "pop3records.dat.1.bak")
    drive.file.write_bytes(b"new")
    (drive.data / "other").write_bytes(b"new")
    drive.mirror.sync()
    files = drive.machine.pop3.files.in_folder(places.DATA)
    assert [(file.name, file.sddl) for file in files] == [
        ("other", INHERITED_SDDL),
        ("pop3records.dat", expected),
        ("pop3records.dat.1.bak", SDDL),
    ]


def test_a_host_without_a_connector_has_no_folders(tmp_path: Path) -> None:
    Mirror(tmp_path, SimulatedMachine.from_state("exchange2010").pop3, STARTER).sync()
    assert list(tmp_path.iterdir()) == []


class Asking:
    """The bridge as one process asks it."""

    def __init__(self, machine: SimulatedMachine, drive: Drive | None = None) -> None:
        self.bridge = Bridge(machine, drive and drive.mirror)
        self.cancelled = threading.Event()

    def __call__(self, op: str, **keys: Any) -> dict[str, Any]:
        with self.bridge.process(self.cancelled) as token:
            return self.bridge.answer({"op": op, "token": token, **keys})


@pytest.fixture
def asking(drive: Drive) -> Iterator[Asking]:
    asking = Asking(drive.machine, drive)
    yield asking
    asking.bridge.close()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_data_protection_over_the_bridge(asking: Asking) -> None:
    blob = asking("dpapi_protect", data=b64(b"secret"), entropy=b64(b"salt"))["answer"]
    assert asking("dpapi_unprotect", data=blob, entropy=b64(b"salt"))["answer"] == b64(b"secret")
    refused = asking("dpapi_unprotect", data=blob, entropy=b64(b"other"))["error"]
    assert refused["type"] == "System.Security.Cryptography.CryptographicException"


def test_services_over_the_bridge(drive: Drive, asking: Asking) -> None:
    assert "pop3connector" in [service["Name"] for service in asking("services")["answer"]]
    assert asking("service", name="nope")["answer"] is None
    assert asking("service_control", name="POP3Connector", action="stop")["answer"]["Status"] == "Stopped"
    assert asking("service", name="pop3connector")["answer"]["Status"] == "Stopped"
    assert asking("service_control", name="pop3connector", action="start")["answer"]["Status"] == "Running"
    drive.machine.change({"pop3_connector": {"service": {"will_not_stop": True}}})
    refused = asking("service_control", name="pop3connector", action="stop")["error"]
    assert refused["type"] == "System.InvalidOperationException"


@pytest.mark.parametrize("profile", [name for name, form in FILE_PROFILES.items() if "status" in form.keys])
def test_a_file_that_is_rewritten_at_stop_is_so_on_the_drive(profile: str, tmp_path: Path) -> None:
    drive = Drive(tmp_path, machine_with(profile, rewrites_at_stop="status"))
    before = drive.file.read_bytes()
    asking = Asking(drive.machine, drive)
    asking("service_control", name="pop3connector", action="stop")
    asking.bridge.close()
    assert drive.file.read_bytes() == data_of(drive.machine) != before


def test_access_over_the_bridge(drive: Drive, asking: Asking) -> None:
    for path in (places.ACCOUNTS, str(drive.file), places.ACCOUNTS.replace("\\", "/")):
        assert asking("access", path=path)["answer"]["sddl"] == SDDL
    assert asking("set_access", path=str(drive.file), owner="SBS\\x", sddl="O:SY")["answer"] is None
    assert asking("access", path=places.ACCOUNTS)["answer"] == {"owner": "SBS\\x", "sddl": "O:SY"}
    assert asking("access", path="C:\\nope")["answer"] is None
    assert asking("set_access", path="C:\\nope", owner="", sddl="")["error"]["type"].endswith("FileNotFoundException")


def test_tasks_registry_and_unknown_programs_over_the_bridge(asking: Asking) -> None:
    ran = asking("schtasks", arguments=["/Query", "/TN", "Nope", "/XML"])["answer"]
    assert (ran["exit_code"], ran["stdout"]) == (1, "")
    assert asking("registry_values")["answer"][0]["Name"] == "DisplayName"
    assert asking("run_program", arguments=["/?"])["answer"]["exit_code"] == 1


def test_a_process_that_is_to_be_killed_is(drive: Drive, asking: Asking) -> None:
    drive.machine.change({"pop3_connector": {"trouble": {"killed_at_stop": True}}})
    assert "killed" in asking("service_control", name="pop3connector", action="stop")["error"]["message"]
    assert asking.cancelled.is_set()


class Process:
    """A script in the PowerShell of a host."""

    def __init__(self, backend: PwshBackend, script: str) -> None:
        self.out, self.err = bytearray(), bytearray()
        line = PREFIX + base64.b64encode(("$ErrorActionPreference = 'Stop'; " + script).encode("utf-16-le")).decode()
        self.code = backend.run(Call(line, bytes, self.out.extend, self.err.extend, threading.Event()))

    @property
    def lines(self) -> list[str]:
        assert (self.code, bytes(self.err)) == (0, b"")
        return self.out.decode().splitlines()


@pytest.mark.pwsh
def test_a_real_powershell_replaces_the_file() -> None:
    machine = machine_with()
    before = data_of(machine)
    backend = PwshBackend(machine)
    script = f"$file = [IO.Path]::Combine({FOLDER}, 'pop3records.dat'); [IO.File]::WriteAllText($file + '.new', 'x'); "
    script += "[IO.File]::Replace($file + '.new', $file, $file + '.1.bak'); 'done'"
    try:
        assert Process(backend, script).lines == ["done"]
    finally:
        backend.close()
    assert data_of(machine) == b"x"
    assert data_of(machine, places.ACCOUNTS + ".1.bak") == before


@pytest.mark.pwsh
@pytest.mark.parametrize(
    ("locked", "met"),
    [(None, ["opened"] * 3), ("always", ["IOException"] * 3), ("replace", ["opened", "opened", "IOException"])],
)
def test_a_real_powershell_meets_a_locked_file(locked: str | None, met: list[str]) -> None:
    backend = PwshBackend(machine_with(trouble={"locked": locked}))
    script = (
        f"$file = [IO.Path]::Combine({FOLDER}, 'pop3records.dat'); foreach ($share in 'ReadWrite', 'Read', 'None') {{"
    )
    script += " try { ([IO.File]::Open($file, 'Open', 'Read', $share)).Close(); 'opened' }"
    script += " catch { $_.Exception.InnerException.GetType().Name } }"
    try:
        assert Process(backend, script).lines == met
    finally:
        backend.close()


@pytest.mark.pwsh
def test_a_real_powershell_starts_the_fetch_and_makes_a_task() -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [b"Subject: Hallo\r\n\r\nText\r\n"]) as server:
        machine = machine_with()
        machine.console({"account": {"username": ANNA["username"]}, "change": {"port": server.port}})
        machine.console({"account": {"username": ANNA["username"]}, "change": {"ssl": False}})
        backend = PwshBackend(machine)
        script = "$start = New-Object Diagnostics.ProcessStartInfo([IO.Path]::Combine($env:ProgramW6432, "
        script += "'Windows Small Business Server/Bin/Pop3Connector.exe'), '-downloadNow'); "
        script += "$start.UseShellExecute = $false; $run = [Diagnostics.Process]::Start($start); $run.WaitForExit(); "
        script += "$run.ExitCode; & schtasks.exe /Create /F /SC MINUTE /MO 20 /RU SYSTEM /TN Fetch /TR "
        script += "'\"C:\\Program Files\\x.exe\" -downloadNow' | Out-Null; $LASTEXITCODE; "
        script += "([xml] ((& schtasks.exe /Query /TN Fetch /XML) -join '')).Task.Actions.Exec.Command"
        try:
            assert Process(backend, script).lines == ["0", "0", "C:\\Program Files\\x.exe"]
        finally:
            backend.close()
        assert server.messages == []
    dump = machine.dump()
    assert dump["pop3_connector"]["mailboxes"]["anna@nt4admins.local"]["subjects"] == ["Hallo"]
    assert (dump["tasks"][0]["name"], dump["tasks"][0]["minutes"]) == ("Fetch", 20)


@pytest.mark.pwsh
def test_a_real_powershell_is_killed_when_it_has_stopped_the_service() -> None:
    machine = machine_with(trouble={"killed_at_stop": True})
    backend = PwshBackend(machine)
    script = ". ([IO.Path]::Combine($env:HOME, '.local/share/powershell/bridge.ps1')); "
    script += "try { Invoke-Bridge @{ op = 'service_control'; name = 'pop3connector'; action = 'stop' } } catch { }; "
    script += "Start-Sleep 30; 'still here'"
    begin = datetime.now(UTC)
    try:
        process = Process(backend, script)
    finally:
        backend.close()
    assert (process.code, process.out) == (1, b"")
    assert (datetime.now(UTC) - begin).total_seconds() < 25
    assert machine.dump()["pop3_connector"]["service"]["Status"] == "Stopped"
