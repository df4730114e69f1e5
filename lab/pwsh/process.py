"""One process of a simulated host, fed and drained, and ended with its call."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from lab.wsman.backend import DIED, Call

_PIECE = 65536
_POLL_SECONDS = 0.05


def run(arguments: list[str], environment: Mapping[str, str], folder: Path, call: Call) -> int:
    """Run it in a folder to its end and return its exit code; 1 where the call was cancelled and it was killed."""
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    )
    try:
        return _attend(process, call)
    finally:
        _kill(process)
        process.wait()


def _attend(process: subprocess.Popen[bytes], call: Call) -> int:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    # A thread of its own: whether the client will ever send anything is not known, and the process may not care.
    threading.Thread(target=_feed, args=(process.stdin, call), name="lab-pwsh-stdin", daemon=True).start()
    readers = [
        _start(_drain, process.stdout, call.write_stdout),
        _start(_drain, process.stderr, call.write_stderr),
    ]
    while process.poll() is None:
        if call.cancelled.wait(_POLL_SECONDS):
            return 1
    for reader in readers:
        reader.join()
    return process.returncode if process.returncode >= 0 else DIED


def _start(target: Callable[[IO[bytes], Callable[[bytes], None]], None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, name="lab-pwsh-output", daemon=True)
    thread.start()
    return thread


def _feed(stdin: IO[bytes], call: Call) -> None:
    # The process or the call may have ended meanwhile; then nobody misses the input.
    with contextlib.suppress(Exception):
        stdin.write(call.stdin())
    with contextlib.suppress(OSError):
        stdin.close()


def _drain(pipe: IO[bytes], write: Callable[[bytes], None]) -> None:
    with pipe:
        while piece := os.read(pipe.fileno(), _PIECE):
            write(piece)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all that it started; its process group is its own."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
