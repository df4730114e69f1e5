"""One PowerShell for many command lines: a start costs a second of processor time, a run in one a tenth of that.

Each still runs as it was sent, from its decoder on, in a runspace, an environment and a folder of its own. What only
a process of its own shows (its command line, its pipes, its exit code) is for the tests marked ``own_powershell``.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

SCRIPT = Path(__file__).with_suffix(".ps1")
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Ran:
    """What one run left: its exit code (0, or 1 where it ended in an error) and all that it wrote."""

    code: int
    stdout: str = ""
    stderr: str = ""


class OnePowerShell:
    """Starts with the first run and ends with ``with``. One run at a time, whoever asks."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def run(
        self,
        encoded: str,
        stdin: bytes,
        environment: Mapping[str, str],
        folder: Path,
        cancelled: threading.Event | None = None,
    ) -> Ran:
        """Run what ``-EncodedCommand`` is given; ``cancelled`` ends it, and with it the process."""
        script = base64.b64decode(encoded).decode("utf-16-le")
        lines = stdin.decode("utf-8", "replace").splitlines()
        asked = {"environment": dict(environment), "folder": str(folder), "script": script, "lines": lines}
        with self._lock:
            try:
                return self._answer(json.dumps(asked).encode("ascii"), cancelled or threading.Event())
            except BaseException:
                # Its answer would be taken for that to the next run.
                self._end()
                raise

    def _answer(self, asked: bytes, cancelled: threading.Event) -> Ran:
        to, back = self._pipes()
        to.write(asked + b"\n")
        to.flush()
        while not select.select([back], [], [], POLL_SECONDS)[0]:
            if cancelled.is_set():
                self._end()
                return Ran(1)
        told = back.readline()
        assert told, "the PowerShell that runs share has ended"
        found: dict[str, Any] = json.loads(told)
        return Ran(**found)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            start = [str(shutil.which("pwsh")), "-NoProfile", "-NonInteractive", "-File", str(SCRIPT)]
            self._process = subprocess.Popen(
                start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=SCRIPT.parent, env=dict(os.environ)
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
