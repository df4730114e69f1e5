"""The connector's files of a machine as real files on the simulated drive, kept alike both ways.

A process works on the real files, the machine on its own; ``sync`` carries over what either has changed since the last
time (where both have, the drive wins). It runs before and after every process and around each question of a stand-in
that touches files, so a service that rewrites its file when it stops does it under the running agent.

Linux takes ``C:\\Program Files`` for one name. The folders lie below a folder of that name, and links make every folder
found by its Windows path as well: ``Combine(folder, name)`` works with any spelling of the folder, a whole path with
backslashes up to the file's own name does not.
"""

from __future__ import annotations

import fcntl
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from lab.pop3 import places
from lab.pop3.files import INHERITED_OWNER, INHERITED_SDDL
from lab.pop3.host import Pop3Host

_FOLDERS: Final = (places.DATA, places.LOGS, places.BIN)
_LOCKS: Final[dict[str | None, int]] = {"always": fcntl.LOCK_EX, "replace": fcntl.LOCK_SH}
_BASE: Final = places.split(places.ROOT)[1]


class Mirror:
    """The files of one host. ``starter`` is the text of a script that the fake program is made to begin with."""

    def __init__(self, drive: Path, pop3: Pop3Host, starter: bytes) -> None:
        self._drive = drive
        self._pop3 = pop3
        self._starter = starter
        self._same: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._held: IO[bytes] | None = None
        self._places = {folder: drive / places.PROGRAM_FILES / _below(folder) for folder in _FOLDERS}
        if pop3.installed:
            self._make_folders()

    def sync(self) -> None:
        """Carry over what has changed on either side."""
        with self._lock, self._pop3.lock:
            found = self._on_drive()
            mine = {file.path: file.data for file in self._pop3.files.all()}
            # New ones first: one of them may be the accounts file under another name.
            for path in sorted({*found, *mine, *self._same}, key=lambda path: path in self._same):
                self._carry(path, found.get(path), mine.get(path))
            self._hold(_LOCKS.get(self._pop3.files.trouble.locked))

    def host_path(self, path: str) -> str:
        """The path on the host for one that a process uses."""
        return path.removeprefix(f"{self._drive}/").replace("/", "\\")

    def close(self) -> None:
        """Let go of what is held."""
        self._hold(None)

    def _carry(self, path: str, found: bytes | None, mine: bytes | None) -> None:
        known = self._same.get(path)
        if found != known:
            self._take(path, found)
        elif mine != known:
            self._give(path, mine)
        now = found if found != known else mine
        if now is None:
            self._same.pop(path, None)
        else:
            self._same[path] = now

    def _take(self, path: str, data: bytes | None) -> None:
        """The machine gets the drive's; a file that was moved keeps its access."""
        files = self._pop3.files
        if data is None:
            files.drop(path)
            return
        is_new, accounts = files.find(path) is None, files.find(places.ACCOUNTS)
        files.put(path, data, datetime.fromtimestamp(self._real(path).stat().st_mtime, UTC))
        if is_new and accounts and data == accounts.data:
            files.set_access(path, accounts.owner, accounts.sddl)
        if path == places.ACCOUNTS and not is_new and files.trouble.acl_lost:
            files.set_access(path, INHERITED_OWNER, INHERITED_SDDL)

    def _give(self, path: str, data: bytes | None) -> None:
        """The drive gets the machine's."""
        real = self._real(path)
        if data is None:
            real.unlink(missing_ok=True)
            return
        real.write_bytes(self._starting(data) if path == places.PROGRAM else data)
        if path == places.PROGRAM:
            real.chmod(0o700)
        file = self._pop3.files.find(path)
        assert file is not None
        os.utime(real, (file.written.timestamp(),) * 2)

    def _on_drive(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for folder, place in self._places.items():
            for real in place.iterdir() if place.is_dir() else ():
                if real.is_file() and not real.is_symlink():
                    found[f"{folder}\\{real.name}"] = real.read_bytes()
        if places.PROGRAM in found and found[places.PROGRAM].startswith(self._starter):
            # What the starter covers is the same on both sides, as nobody writes to a program.
            found[places.PROGRAM] = self._same.get(places.PROGRAM, found[places.PROGRAM])
        return found

    def _starting(self, program: bytes) -> bytes:
        """The program with a beginning that Linux can start, as long as before."""
        return self._starter + program[len(self._starter) :]

    def _real(self, path: str) -> Path:
        folder, name = places.split(path)
        return self._places[folder] / name

    def _hold(self, lock: int | None) -> None:
        """Hold the accounts file as .NET would: against every opening, or against whoever wants it for himself."""
        real = self._real(places.ACCOUNTS)
        if self._held is not None:
            self._held.close()
            self._held = None
        if lock is not None and real.is_file():
            self._held = real.open("rb")
            fcntl.flock(self._held, lock)

    def _make_folders(self) -> None:
        top = self._drive / places.PROGRAM_FILES
        for folder, place in self._places.items():
            place.mkdir(parents=True)
            _link(self._drive / folder, place)
            _link(top / folder.removeprefix(f"{places.PROGRAM_FILES}\\"), place)
            _link(top / _BASE / folder.removeprefix(f"{places.ROOT}\\"), place)
        _link(self._drive / places.ROOT, top / _BASE)


def _below(folder: str) -> Path:
    return Path(*folder.removeprefix(f"{places.PROGRAM_FILES}\\").split("\\"))


def _link(name: Path, target: Path) -> None:
    if not name.exists():
        name.symlink_to(target, target_is_directory=True)
