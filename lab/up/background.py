"""Brings a lab up as a process of its own, and ends one."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from lab.up.control import ControlError, ask
from lab.up.directory import LabDirectory, Running, process_started

_PATIENCE: Final = 60.0  # seconds for a lab to come up
_GRACE: Final = 15.0  # seconds for a lab to go down


class UpError(Exception):
    """A lab did not come up, or cannot be ended."""


def background(options: argparse.Namespace) -> int:
    """Start a lab as a process of its own; returns once it accepts connections. Raises UpError with its output."""
    directory = LabDirectory(options.directory)
    running = directory.alive()
    if running:
        raise UpError(f"a lab runs in {directory.path} already (pid {running.pid}); end it with: python -m lab down")
    directory.make()
    with open(os.open(directory.output_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab", "up", *_arguments(options)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_environment(),
        )
    running = _wait_until_up(directory, process)
    print(f"lab: {len(running.hosts)} host(s), pid {running.pid}, inventory {directory.inventory_file}")
    return 0


def down(directory: LabDirectory) -> str:
    """End the lab of that directory, and nothing else; returns what happened in words. Raises UpError."""
    running = directory.read_running()
    if running is None:
        return f"no lab runs in {directory.path}"
    if directory.alive() is None:
        directory.forget_running()
        return f"the lab of {directory.path} had ended already (pid {running.pid}); its files are tidied up"
    try:
        ask(running.control_port, running.token, "down", timeout=5)
    except ControlError:
        # It does not answer, but it is the very process that wrote lab.json.
        os.kill(running.pid, signal.SIGTERM)
    if not _gone(running):
        raise UpError(f"the lab (pid {running.pid}) did not end in {_GRACE:.0f} s")
    return f"the lab has ended (pid {running.pid})"


def _arguments(options: argparse.Namespace) -> list[str]:
    names = ("hosts", "backend", "state", "port", "language", "edition", "profile", "directory", "recipients")
    pairs = [(f"--{name}", getattr(options, name)) for name in names]
    return [word for name, value in pairs if value is not None for word in (name, str(value))]


def _environment() -> dict[str, str]:
    """The lab is found from whatever folder it is started in."""
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{known}" if known else root}


def _wait_until_up(directory: LabDirectory, process: subprocess.Popen[bytes]) -> Running:
    horizon = time.monotonic() + _PATIENCE
    while time.monotonic() < horizon:
        running = directory.alive()
        if running and running.pid == process.pid:
            ask(running.control_port, running.token, "status")
            return running
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.terminate()
    output = directory.output_file.read_text(encoding="utf-8", errors="replace").strip()
    raise UpError(f"the lab did not come up:\n{output[-2000:]}")


def _gone(running: Running) -> bool:
    horizon = time.monotonic() + _GRACE
    while time.monotonic() < horizon:
        if process_started(running.pid) != running.started:
            return True
        time.sleep(0.05)
    return False
