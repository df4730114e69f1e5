"""The backend that runs command lines in a real PowerShell."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.exchange import contract
from lab.host.machine import SimulatedMachine
from lab.pwsh import PwshBackend
from lab.pwsh.bridge import Bridge
from lab.wsman.backend import Call

pytestmark = pytest.mark.pwsh
PREFIX = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
LOAD = "Add-PSSnapin Microsoft.Exchange.Management.PowerShell.E2010; "
# Long enough for the slowest machine; nothing waits for it where all is well.
PATIENCE = 60


@pytest.fixture
def machine() -> SimulatedMachine:
    return SimulatedMachine.from_state("sbs2011")


@pytest.fixture
def backend(machine: SimulatedMachine) -> Iterator[PwshBackend]:
    backend = PwshBackend(machine)
    yield backend
    backend.close()


class Console:
    """One command, with its input and output in the test's hands."""

    def __init__(self, script: str, prefix: str = PREFIX, environment: dict[str, str] | None = None) -> None:
        line = prefix + base64.b64encode(script.encode("utf-16-le")).decode()
        self.out, self.err = bytearray(), bytearray()
        self.printed, self.typed, self.sent = threading.Event(), threading.Event(), b""
        self.call = Call(line, self._read, self._print, self.err.extend, threading.Event(), environment or {})

    def type(self, sent: bytes) -> None:
        self.sent = sent
        self.typed.set()

    def _read(self) -> bytes:
        self.typed.wait(PATIENCE)
        return self.sent

    def _print(self, piece: bytes) -> None:
        self.out.extend(piece)
        self.printed.set()


def printed(backend: PwshBackend, script: str, **more: Any) -> str:
    console = Console(script, **more)
    assert (backend.run(console.call), console.err) == (0, b"")
    return console.out.decode().strip()


def test_the_exit_code_and_both_streams_come_back(backend: PwshBackend) -> None:
    console = Console("[Console]::Out.Write('out'); [Console]::Error.Write('err'); exit 3")
    assert backend.run(console.call) == 3
    assert (console.out, console.err) == (b"out", b"err")


@pytest.mark.parametrize("name", ["powershell", "POWERSHELL.EXE", "PowerShell.exe"])
def test_windows_does_not_mind_capitals(backend: PwshBackend, name: str) -> None:
    assert printed(backend, "1 + 1", prefix=f"{name} -NoProfile -EncodedCommand ") == "2"


@pytest.mark.parametrize("line", ["cmd /c dir", "/bin/sh -c true", "sh", "", '"', "../bin/PowerShell"])
def test_nothing_else_is_on_the_hosts_path(backend: PwshBackend, line: str) -> None:
    errors = bytearray()
    call = Call(line, bytes, errors.extend, errors.extend, threading.Event())
    assert backend.run(call) == 1
    assert b"is not recognized as an internal or external command" in errors


def test_output_arrives_while_the_command_waits_for_input(backend: PwshBackend) -> None:
    console = Console("[Console]::Out.WriteLine('ready'); [Console]::Out.WriteLine((@($input) -join ','))")
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(backend.run, console.call)
        assert console.printed.wait(PATIENCE)
        console.type(b"one\ntwo\n")
        assert done.result(PATIENCE) == 0
    assert console.out.decode().split() == ["ready", "one,two"]


def test_a_cancelled_command_is_killed(backend: PwshBackend) -> None:
    console = Console("[Console]::Out.WriteLine($PID); while ($true) { Start-Sleep 1 }")
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(backend.run, console.call)
        assert console.printed.wait(PATIENCE)
        console.call.cancelled.set()
        assert done.result(PATIENCE) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(console.out), 0)


def test_a_host_says_its_own_name_and_takes_the_shells_environment(backend: PwshBackend) -> None:
    script = "$env:COMPUTERNAME; $env:OF_THE_SHELL; $env:ANSIBLE_HOME"
    assert printed(backend, script, environment={"OF_THE_SHELL": "yes"}).split() == ["SBS", "yes"]


def test_the_cmdlets_are_unknown_until_the_snap_in_is_loaded(backend: PwshBackend) -> None:
    known = "[bool] (Get-Command Get-SendConnector -ErrorAction SilentlyContinue)"
    assert printed(backend, f"{known}; {LOAD}; {known}").split() == ["False", "True"]


def test_a_snap_in_that_is_not_registered_does_not_load() -> None:
    backend = PwshBackend(SimulatedMachine.from_state("no_snapin"))
    try:
        console = Console(f"try {{ {LOAD.replace(';', ' -ErrorAction Stop;')} }} catch {{ $_.FullyQualifiedErrorId }}")
        assert backend.run(console.call) == 0
        assert console.out.decode().startswith("AddPSSnapInRead")
    finally:
        backend.close()


def test_the_stand_ins_have_the_contracts_parameters(backend: PwshBackend) -> None:
    """As PowerShell itself sees them: names, mandatory ones by set, positions."""
    script = (
        LOAD
        + """
    $all = @{}
    foreach ($command in Get-Command -Module Exchange) {
        $all[$command.Name] = @(foreach ($set in $command.ParameterSets) {
            $must = $set.Parameters | Where-Object IsMandatory
            @{ all = @($set.Parameters.Name); must = @($must | ForEach-Object Name) }
        })
    }
    ConvertTo-Json $all -Depth 5 -Compress"""
    )
    found = json.loads(printed(backend, script))
    common = set(found["Get-SendConnector"][0]["all"]) - {"Identity", "DomainController"}
    for name, cmdlet in contract.load().items():
        seen = sorted((sorted(set(entry["all"]) - common), sorted(entry["must"])) for entry in found[name])
        assert seen == sorted((sorted(entry.parameters), sorted(entry.mandatory)) for entry in cmdlet.sets), name


def test_sizes_times_and_enumerations_are_no_strings_on_the_host(backend: PwshBackend) -> None:
    script = LOAD + "$c = Get-SendConnector; foreach ($n in 'MaxMessageSize', 'WhenChanged', 'ErrorPolicies', 'Guid', "
    script += "'AddressSpaces', 'Port', 'Name') { $c.$n.GetType().Name }; $c.ErrorPolicies -is [enum]"
    kinds = ["ExchangeValue", "DateTime", "ErrorPolicies", "Guid", "ArrayList", "Int64", "String", "True"]
    assert printed(backend, script).split() == kinds


def test_several_commands_at_once_change_one_machine(backend: PwshBackend, machine: SimulatedMachine) -> None:
    scripts = [LOAD + f"New-SendConnector N{number} -AddressSpaces a{number}.example | Out-Null" for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda script: backend.run(Console(script).call), scripts)) == [0, 0, 0]
    assert {"N0", "N1", "N2"} < {connector["Name"] for connector in machine.dump()["send_connectors"]}


def test_the_bridge_knows_its_processes(machine: SimulatedMachine) -> None:
    bridge = Bridge(machine)
    question = {"op": "invoke", "command": "Get-SendConnector", "parameters": {}}
    try:
        with bridge.process(threading.Event()) as token:
            assert "answer" in bridge.answer({**question, "token": token})
        for stranger in (token, "", "guessed"):
            assert bridge.answer({**question, "token": stranger})["error"]["category"] == "PermissionDenied"
        assert len(machine.history) == 1
    finally:
        bridge.close()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", bridge.port)):
        pass


def test_closing_leaves_nothing_behind(machine: SimulatedMachine) -> None:
    backend = PwshBackend(machine)
    program = backend._files.find("PowerShell")
    assert program is not None and os.path.exists(program)
    backend.close()
    backend.close()
    assert not os.path.exists(os.path.dirname(program))


def test_without_a_pwsh_it_says_what_is_missing(machine: SimulatedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FileNotFoundError, match="no pwsh is on PATH"):
        PwshBackend(machine)


PREFLIGHT = """
$disk = Get-WmiObject -Class Win32_LogicalDisk -Filter "DeviceID='C:'"
$service = Get-WmiObject -Class Win32_Service -Filter "Name='MSExchangeTransport'"
$process = Get-WmiObject -Class Win32_Process -Filter "ProcessId=$($service.ProcessId)"
$keyed = "ApplicationID='55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL"
$event = @(Get-EventLog -LogName Application -Newest 10)[0]
@{
    Boot     = (Get-WmiObject -Class Win32_OperatingSystem).LastBootUpTime
    Started  = $process.CreationDate
    State    = $service.State
    Stopped  = (Get-WmiObject -Class Win32_Service -Filter "Name='MSExchangeIS'").ProcessId
    Disk     = @($disk.Size, $disk.FreeSpace)
    NoDisk   = @(Get-WmiObject -Class Win32_LogicalDisk -Filter "DeviceID='D:'").Count
    Shares   = @(Get-WmiObject -Class Win32_Share | ForEach-Object { $_.Name })
    Licences = @(Get-WmiObject -Class SoftwareLicensingProduct).Count
    Licence  = (Get-WmiObject -Class SoftwareLicensingProduct -Filter $keyed).LicenseStatus
    Groups   = @([System.Security.Principal.WindowsIdentity]::GetCurrent().Groups | ForEach-Object { $_.ToString() })
    Event    = @($event.Source, ($event.InstanceId -band 0xFFFF), $event.EntryType)
    At       = $event.TimeGenerated.ToUniversalTime()
    Dcdiag   = (dcdiag.exe /q) -join ''
    Memory   = (Get-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB).Value
} | ConvertTo-Json
"""


def test_what_a_preflight_asks_of_windows() -> None:
    state = {
        "clock": "2026-11-24T12:00:00Z",
        "services": [{"name": "MSExchangeIS", "status": "Stopped"}],
        "queue_disk": {"size_gb": 100, "used_percent": 98},
        "rights": ["S-1-5-32-544", "S-1-1-0"],
        "server": {"uptime_hours": 1, "dcdiag": "The host failed test Services\n", "licence_status": 5},
    }
    machine = SimulatedMachine(state)
    machine.change({"clock": "2026-11-24T13:00:00Z"})
    machine.restart_service("MSExchangeTransport")
    backend = PwshBackend(machine)
    try:
        # As the agent does: its text is read once New-Object has brought the stand-ins.
        script = f"[void] (New-Object object)\n& ([scriptblock]::Create(@'{PREFLIGHT}'@))"
        told = json.loads(printed(backend, script))
    finally:
        backend.close()
    assert told == {
        "Boot": "20261124120000.000000+060",
        "Started": "20261124140000.000000+060",
        "State": "Running",
        "Stopped": 0,
        "Disk": [100 * 2**30, machine.queue_disk.free],
        "NoDisk": 0,
        "Shares": ["NETLOGON", "SYSVOL"],
        "Licences": 2,
        "Licence": 5,
        "Groups": ["S-1-5-32-544", "S-1-1-0"],
        "Event": ["MSExchangeTransport", 15004, "Warning"],
        "At": "2026-11-24T12:00:00Z",
        "Dcdiag": "The host failed test Services",
        "Memory": "1024",
    }
    assert machine.history == []
