"""The backend that runs a command line as it arrived, in a real PowerShell."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path
from typing import Final

from lab.host.machine import SimulatedMachine
from lab.host.registry import PROGRAMS
from lab.pop3.places import PROGRAM_FILES
from lab.pwsh import process
from lab.pwsh.bridge import Bridge
from lab.pwsh.host_files import PwshInstallation
from lab.pwsh.mirror import Mirror
from lab.wsman.backend import Call

# Versions of TLS as .NET's SslProtocols counts them.
_PROTOCOLS: Final = {"1.0": 192, "1.1": 768, "1.2": 3072}


class PwshBackend:
    """Answers the commands of one simulated machine; safe to call from several threads.

    Raises FileNotFoundError where no ``pwsh`` is on PATH. Command lines are split as a POSIX shell would, and
    only PowerShell is on the simulated host's PATH; there is no cmd.exe.
    ``ca_file``: whose certificates the host trusts (PEM); None: those that this system trusts.
    """

    def __init__(self, machine: SimulatedMachine, ca_file: Path | None = None) -> None:
        self._machine = machine
        # .NET takes the file from where OpenSSL would.
        self._trust = {"SSL_CERT_FILE": str(ca_file)} if ca_file else {}
        self._files = PwshInstallation()
        self._mirror = Mirror(self._files.drive, machine.pop3, self._files.starter)
        self._bridge = Bridge(machine, self._mirror, ca_file)
        self._closed = threading.Event()

    def run(self, call: Call) -> int:
        """Run one command; see ``lab.wsman.backend.Backend``."""
        arguments = _split(call.command_line)
        program = self._files.find(arguments[0]) if arguments else None
        if program is None:
            call.write_stderr(_not_recognized(call.command_line).encode())
            return 1
        with self._bridge.process(call.cancelled) as token:
            self._write_logs()
            self._write_exchange()
            self._mirror.sync()
            try:
                return process.run([program, *arguments[1:]], self._environment(call, token), self._files.drive, call)
            finally:
                self._mirror.sync()

    def close(self) -> None:
        """End the bridge and remove the host's directory; running commands have been cancelled by their shell."""
        if not self._closed.is_set():
            self._closed.set()
            self._bridge.close()
            self._mirror.close()
            self._files.close()

    def _write_logs(self) -> None:
        sent, received = self._machine.send_log_path or "", self._machine.receive_log_path or ""
        self._files.write_folder(sent, self._machine.smtp_send_log_files(sent))
        self._files.write_folder(received, self._machine.smtp_receive_log_files(received))

    def _write_exchange(self) -> None:
        """The one program of Exchange that is asked for its version; its bytes are the version."""
        version, edition = self._machine.exsetup_version, self._machine.profile.exchange
        if version and edition:
            folder = rf"{PROGRAMS}\V{edition.major}"
            self._files.write_folder(f"{folder}/bin", {"ExSetup.exe": version})

    def _environment(self, call: Call, token: str) -> dict[str, str]:
        return self._files.environment(
            {
                **call.environment,
                **self._trust,
                "ProgramFiles": PROGRAM_FILES,
                "ProgramW6432": PROGRAM_FILES,
                "COMPUTERNAME": self._machine.computer_name,
                "LAB_DOMAIN_SID": self._machine.domain_sid,
                "LAB_GROUPS": " ".join(self._machine.rights),
                "LAB_CLR": self._machine.profile.clr,
                "LAB_POWERSHELL": self._machine.powershell,
                "LAB_DOTNET_TLS": str(sum(_PROTOCOLS[version] for version in self._machine.dotnet_tls)),
                "LAB_DOTNET_KNOWS": str(int(self._machine.dotnet_knows_tls12)),
                "LAB_BRIDGE_PORT": str(self._bridge.port),
                "LAB_BRIDGE_TOKEN": token,
            }
        )


def _split(command_line: str) -> list[str]:
    try:
        return shlex.split(command_line)
    except ValueError:
        return []


def _not_recognized(command_line: str) -> str:
    name = command_line.split(" ")[0]
    return f"'{name}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
