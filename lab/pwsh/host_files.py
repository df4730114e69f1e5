"""The directory that one simulated host's PowerShell processes live in: its PATH and its modules."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.pwsh.stand_ins import module_text

_MODULES = Path(__file__).with_name("modules")
_NAMES = ("PowerShell", "powershell", "PowerShell.exe", "powershell.exe")


class HostFiles:
    """Made once per host, gone with ``close``. Raises FileNotFoundError where no ``pwsh`` is on PATH."""

    def __init__(self) -> None:
        engine = shutil.which("pwsh")
        if engine is None:
            raise FileNotFoundError("the lab's pwsh backend needs PowerShell 7: no pwsh is on PATH")
        self._folder = TemporaryDirectory(prefix="lab-pwsh-")
        self._root = Path(self._folder.name)
        self._write_path(engine)
        self._write_modules()
        (self._root / "home").mkdir()

    def find(self, program: str) -> str | None:
        """A program on the simulated host's own PATH; Windows does not mind capitals."""
        return shutil.which(program, path=str(self._root / "bin")) or shutil.which(
            program.lower(), path=str(self._root / "bin")
        )

    def environment(self, host: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process on the host: nothing of the lab's own but what starts the engine."""
        kept = {name: os.environ[name] for name in ("PATH", "DOTNET_ROOT", "TMPDIR", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self._root / "home"),
            "PSModulePath": str(self._root / "modules"),
            "PSModuleAnalysisCachePath": str(self._root / "home" / "modules.cache"),
            "POWERSHELL_TELEMETRY_OPTOUT": "1",
            "POWERSHELL_UPDATECHECK": "Off",
            "NO_COLOR": "1",
            "TERM": "dumb",
            **host,
        }

    def close(self) -> None:
        """Remove the directory."""
        self._folder.cleanup()

    def _write_path(self, engine: str) -> None:
        (self._root / "bin").mkdir()
        for name in _NAMES:
            script = self._root / "bin" / name
            script.write_text(f'#!/bin/sh\nexec {shlex.quote(engine)} "$@"\n', encoding="utf-8")
            script.chmod(0o700)

    def _write_modules(self) -> None:
        modules = self._root / "modules"
        modules.mkdir()
        shutil.copytree(_MODULES / "Lab", modules / "Lab")
        # Not where modules load by themselves: on a host the cmdlets are unknown until the shell is loaded.
        shutil.copy(_MODULES / "bridge.ps1", self._root)
        (self._root / "Exchange.psm1").write_text(module_text(), encoding="utf-8")
