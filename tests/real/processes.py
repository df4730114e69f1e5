"""Servers as processes of a test: started on the loopback, told where they do not start, ended with the test."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

GUARD: Final = Path(__file__).with_name("guard.py")
PATIENCE: Final = 30.0
_PORTS: Final = range(20000, 32000)  # below those that Linux gives to clients
_ADDRESS: Final = "127.0.0.1"
_given: set[int] = set()


class ServerFailed(Exception):
    """A server did not start or did not stay; says why, with the end of its log."""


def free_port() -> int:
    """A port that nobody listens on, that was not given before, and no client of another test gets in the meantime."""
    for _ in range(100):
        port = random.choice(_PORTS)
        if port in _given:
            continue
        with socket.socket() as tried:
            try:
                tried.bind((_ADDRESS, port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise ServerFailed("no free port found")


@contextmanager
def open_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that a server's own user may enter, as pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(what: str, done: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Return once it is so; AssertionError after that many seconds."""
    horizon = time.monotonic() + patience
    while not done():
        assert time.monotonic() < horizon, f"waited {patience:.0f} s in vain: {what}"
        time.sleep(0.02)


class ServerProcess:
    """One server with all of its children; ``ports`` are those that it must take connections at, ``started`` is what
    its log says once it has started."""

    def __init__(self, name: str, command: Sequence[str], log: Path, ports: Sequence[int], started: str) -> None:
        self._name = name
        self._log = log
        self._ports = ports
        for port in ports:
            if answers(port):
                raise ServerFailed(f"{name} cannot start: port {port} of {_ADDRESS} is taken")
        self._before = self.said().count(started)
        said = log.with_suffix(".out").open("ab")
        with said:
            self._guard = subprocess.Popen(
                [sys.executable, "-S", "-E", str(GUARD), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
        assert self._guard.stdout
        self.pid = int(self._guard.stdout.readline() or 0)
        try:
            wait_for(
                f"{name} listens",
                lambda: self._ended() or (self.said().count(started) > self._before and all(map(answers, ports))),
            )
            if self._ended():
                raise ServerFailed(f"{name} did not start:\n{self.said()}")
        except BaseException:
            self.close()
            raise

    def said(self) -> str:
        """The end of its log, and what it printed."""
        files = [each for each in (self._log, self._log.with_suffix(".out")) if each.exists()]
        return "\n".join(each.read_text(encoding="utf-8", errors="replace")[-4000:] for each in files)

    def kill(self) -> None:
        """Kill it with all of its children, as a machine that loses its power; gone on return."""
        os.killpg(self.pid, signal.SIGKILL)
        self._wait_for_its_end()

    def close(self) -> None:
        """End it; gone on return."""
        for stream in (self._guard.stdin, self._guard.stdout):
            if stream:
                stream.close()
        self._wait_for_its_end()

    def _wait_for_its_end(self) -> None:
        """Of its children as well, which have its sockets and may die a little later."""
        self._guard.wait(PATIENCE)
        wait_for(f"{self._name} is gone", lambda: not any(map(answers, self._ports)))

    def _ended(self) -> bool:
        return self._guard.poll() is not None


def is_alive(pid: int) -> bool:
    """Whether it still does something, and is not merely waiting to be buried."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2][1] not in "ZX"
    return False


def children(of: int) -> dict[int, str]:
    """The processes that a process has started and that are still its own, with their names. Not asked of ps, which a
    small Debian lacks."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            head, _, tail = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")
            pid, _, name = head.partition(" (")
            if int(tail.split()[1]) == of:
                found[int(pid)] = name
    return found


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asked:
        asked.settimeout(1)
        return asked.connect_ex((_ADDRESS, port)) == 0
