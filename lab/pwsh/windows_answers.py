"""What the simulated Windows answers about services, data protection, access, tasks, registry and programs.

Each question is an ``op`` of the bridge (``Invoke-Bridge @{ op = ...; ... }``); bytes travel as base64:

| op | keys | answer |
| --- | --- | --- |
| ``dpapi_protect`` | ``data``, ``entropy`` | the blob |
| ``dpapi_unprotect`` | ``data``, ``entropy`` | the plaintext; error ``...Cryptography.CryptographicException`` |
| ``services`` | | list of ``{Name, DisplayName, Description, Status, StartMode, Account, Program, DependsOn}`` |
| ``service`` | ``name`` | one of these, or null |
| ``service_control`` | ``name``, ``action`` | it after ``start`` or ``stop``; error ``InvalidOperationException`` |
| ``access`` | ``path`` | ``{owner, sddl}`` of a file, or null |
| ``set_access`` | ``path``, ``owner``, ``sddl`` | null; error ``System.IO.FileNotFoundException`` |
| ``registry_key`` | ``path`` | ``{Values: [{Name, Kind, Value}], SubKeys}`` of a key below HKLM, or null |
| ``write_registry`` | ``path``, ``values`` | null; the key is made, null deletes a value |
| ``delete_registry_key`` | ``path`` | whether it is gone: an empty one |
| ``registry_values`` | | list of ``{Path, Name, Kind, Value}`` below the keys of the connector, in clear |
| ``schtasks`` | ``arguments``: words | ``{exit_code, stdout, stderr}``; ``schtasks.exe`` on the PATH asks it, too |
| ``sid`` | ``user`` | what Windows translates an account's name to, or null |
| ``own_port`` | ``address``, ``port`` | ``{port, introduction}`` of the lab's listener there (1: none), or null |
| ``dcdiag`` | | the same, of ``dcdiag.exe``, which is on the PATH |
| ``run_program`` | ``arguments`` | the same, of ``Pop3Connector.exe``, which can be started on the drive |

Paths may be those of the host or those that the process uses. ``service_control`` changes the accounts file on the
drive where the service rewrites it.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from lab.host.network import introduction, own_port, sid_of
from lab.pop3.dpapi import DataProtectionError
from lab.pop3.files import HostIOError
from lab.pop3.host import Killed
from lab.pop3.services import ServiceError
from lab.pop3.settings import Pop3Error
from lab.pwsh.mirror import Mirror

Question = Mapping[str, Any]
_CLOSED = 1  # a port at which nothing listens
_CRYPTOGRAPHIC = "System.Security.Cryptography.CryptographicException"


class WindowsAnswers:
    """The questions of one machine. ``mirror`` None: its files are on no drive. ``ca_file``: whom the host trusts."""

    def __init__(self, machine: SimulatedMachine, mirror: Mirror | None, ca_file: Path | None) -> None:
        self._machine = machine
        self._pop3 = machine.pop3
        self._mirror = mirror
        self._ca_file = ca_file
        answers: dict[str, Callable[[Question], Any]] = {
            "dpapi_protect": self._protect,
            "dpapi_unprotect": self._unprotect,
            "services": lambda _: [service.shown() for service in self._pop3.services.all()],
            "service": lambda question: self._service(question["name"]),
            "service_control": self._service_control,
            "access": self._access,
            "set_access": self._set_access,
            "registry_key": lambda question: machine.registry_key(question["path"]),
            "write_registry": lambda question: machine.write_registry(question["path"], question["values"]),
            "delete_registry_key": lambda question: machine.delete_registry_key(question["path"]),
            "registry_values": lambda _: self._pop3.registry(),
            "schtasks": self._schtasks,
            "run_program": self._run_program,
            "sid": lambda question: sid_of(question["user"]),
            "own_port": self._own_port,
            "dcdiag": lambda _: {"exit_code": 0, "stdout": machine.dcdiag, "stderr": ""},
        }
        self.ops = {name: _killing(answer) for name, answer in answers.items()}

    def _protect(self, question: Question) -> str:
        return _packed(self._pop3.dpapi.protect(_bytes(question["data"]), _bytes(question["entropy"])))

    def _unprotect(self, question: Question) -> str:
        try:
            return _packed(self._pop3.dpapi.unprotect(_bytes(question["data"]), _bytes(question["entropy"])))
        except DataProtectionError as error:
            raise CmdletError(f"{error}\r\n", _CRYPTOGRAPHIC, "NotSpecified", "CryptographicException") from None

    def _service(self, name: str) -> dict[str, Any] | None:
        with self._pop3.lock:
            found = self._pop3.services.find(name)
            return None if found is None else found.shown()

    def _service_control(self, question: Question) -> dict[str, Any] | None:
        control = {"start": self._machine.start_service, "stop": self._machine.stop_service}[question["action"]]
        with self._synced(locked=False):  # the machine has an order of its locks
            try:
                control(question["name"])
            except ServiceError as error:
                kind = "System.InvalidOperationException"
                raise CmdletError(error.message, kind, "NotSpecified", "InvalidOperationException") from None
            return self._service(question["name"])

    def _access(self, question: Question) -> dict[str, str] | None:
        with self._synced():
            file = self._pop3.files.find(self._path(question))
            return None if file is None else {"owner": file.owner, "sddl": file.sddl}

    def _set_access(self, question: Question) -> None:
        with self._synced():
            try:
                self._pop3.files.set_access(self._path(question), question["owner"], question["sddl"])
            except HostIOError as error:
                raise CmdletError(error.message, error.type, "NotSpecified", "SetAcl") from None

    def _schtasks(self, question: Question) -> dict[str, Any]:
        with self._pop3.lock:
            return dict(self._pop3.tasks.schtasks(question["arguments"])._asdict())

    def _run_program(self, question: Question) -> dict[str, Any]:
        """The exit codes are assumed: nothing public tells them."""
        if question["arguments"] != ["-downloadNow"]:
            return {"exit_code": 1, "stdout": "", "stderr": "Only -downloadNow is simulated.\r\n"}
        with self._synced(locked=False):
            try:
                self._pop3.fetch(self._ca_file)
            except Pop3Error as error:
                return {"exit_code": 1, "stdout": "", "stderr": f"{error}\r\n"}
        return {"exit_code": 0, "stdout": "", "stderr": ""}

    def _own_port(self, question: Question) -> dict[str, Any] | None:
        address = str(question["address"])
        port = own_port(self._machine, address, int(question["port"]))
        return None if port is None else {"port": port or _CLOSED, "introduction": f"={introduction(address)}"}

    def _path(self, question: Question) -> str:
        path = str(question["path"])
        return self._mirror.host_path(path) if self._mirror else path

    @contextmanager
    def _synced(self, locked: bool = True) -> Iterator[None]:
        """With the machine's files as they are on the drive, and the drive's as the machine leaves them."""
        self._sync()
        try:
            with self._pop3.lock if locked else nullcontext():
                yield
        finally:
            self._sync()

    def _sync(self) -> None:
        if self._mirror:
            self._mirror.sync()


def _killing(answer: Callable[[Question], Any]) -> Callable[[Question, threading.Event], Any]:
    """The answer; or the end of the process that asks, where that was ordered."""

    def answered(question: Question, cancelled: threading.Event) -> Any:
        try:
            return answer(question)
        except Killed:
            cancelled.set()
            raise CmdletError("The process is killed.", "System.Exception", "NotSpecified", "Killed") from None

    return answered


def _bytes(text: str) -> bytes:
    return base64.b64decode(text or "", validate=True)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
