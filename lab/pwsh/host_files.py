"""The directory that one simulated host's PowerShell processes live in: its PATH and its modules."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.exchange.schannel import OPENSSL_CONFIG
from lab.pwsh.stand_ins import module_text

_MODULES = Path(__file__).with_name("modules")
_ASKING = Path(__file__).with_name("ask_bridge.py")
_NAMES = ("powershell", "powershell.exe")
# Where PowerShell looks for modules first: the stand-ins of commands that it has itself must win from the start.
_OF_THE_USER = Path("home", ".local", "share", "powershell")


class PwshInstallation:
    """Made once per host, gone with ``close``. Raises FileNotFoundError where no ``pwsh`` is on PATH."""

    def __init__(self) -> None:
        engine = shutil.which("pwsh")
        if engine is None:
            raise FileNotFoundError("the lab's pwsh backend needs PowerShell 7: no pwsh is on PATH")
        self._folder = TemporaryDirectory(prefix="lab-pwsh-")
        self._root = Path(self._folder.name)
        self._engine = self._root / "bin" / "PowerShell"
        self.drive = self._root / "drive"
        """Where its processes start."""
        self.drive.mkdir()
        self._tls = self._root / "openssl.cnf"
        self._tls.write_text(OPENSSL_CONFIG, encoding="utf-8")
        self._write_engine(engine)
        self._write_programs()
        self._write_modules(self._root / _OF_THE_USER)

    def find(self, program: str) -> str | None:
        """A program on the simulated host's own PATH, by its bare name; Windows does not mind capitals."""
        return str(self._engine) if program.lower() in _NAMES else None

    def environment(self, host: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process on the host: nothing of the lab's own but what starts the engine."""
        kept = {name: os.environ[name] for name in ("PATH", "DOTNET_ROOT", "TMPDIR", "LANG") if name in os.environ}
        return {
            **kept,
            "PATH": f"{self._tools}{os.pathsep}{kept.get('PATH', '')}",
            "HOME": str(self._root / "home"),
            "OPENSSL_CONF": str(self._tls),
            "PSModuleAnalysisCachePath": str(self._root / "home" / "modules.cache"),
            "POWERSHELL_TELEMETRY_OPTOUT": "1",
            "POWERSHELL_UPDATECHECK": "Off",
            "NO_COLOR": "1",
            "TERM": "dumb",
            **host,
        }

    @property
    def starter(self) -> bytes:
        """What a fake program on the drive begins with to be one that Linux starts."""
        return f'#!/bin/sh\nexec {shlex.quote(str(self._tools / "lab-program"))} "$@"\nexit\n'.encode()

    def write_folder(self, path: str, files: Mapping[str, str]) -> None:
        """A folder of the host with these texts. Linux takes ``C:\\...`` for one name; .NET finds it on the drive."""
        if not files:
            return
        folder = self.drive / path
        folder.mkdir(exist_ok=True, parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")

    def close(self) -> None:
        """Remove the directory."""
        self._folder.cleanup()

    @property
    def _tools(self) -> Path:
        return self._root / "tools"

    def _write_programs(self) -> None:
        """The programs that processes start: some on the PATH, and what stands behind one on the drive."""
        self._tools.mkdir()
        for name, op in (("schtasks.exe", "schtasks"), ("dcdiag.exe", "dcdiag"), ("lab-program", "run_program")):
            program = self._tools / name
            asking = f"{shlex.quote(sys.executable)} {shlex.quote(str(_ASKING))} {op}"
            program.write_text(f'#!/bin/sh\nexec {asking} "$@"\n', encoding="utf-8")
            program.chmod(0o700)

    def _write_engine(self, engine: str) -> None:
        """A script, since an engine that is itself one may look for its parts beside the name it was called by."""
        self._engine.parent.mkdir()
        self._engine.write_text(f'#!/bin/sh\nexec {shlex.quote(engine)} "$@"\n', encoding="utf-8")
        self._engine.chmod(0o700)

    def _write_modules(self, folder: Path) -> None:
        shutil.copytree(_MODULES / "Lab", folder / "Modules" / "Lab")
        # Not where modules load by themselves: on a host the cmdlets are unknown until the shell is loaded.
        shutil.copy(_MODULES / "bridge.ps1", folder)
        (folder / "Exchange.psm1").write_text(module_text(), encoding="utf-8")
