# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One at a time on a host. A lock is a file beside the saved states that the system holds for whoever has it open, and
releases when he dies, however that happens. What stands in it is for sentences; the file itself is never removed,
since others may wait at it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import Busy, MailflowError
from ..messages import notice_of, reason_of
from ..progress import Progress
from .atomic_write import FILE_ERRORS, PRIVATE, file_name, host_folder, make_folder, problem_of, regular
from .identity import Identity

PATIENCE = 30.0
"""For how many seconds a run waits for another one."""
_GLANCE = 0.2
_LONGEST = 100_000  # bytes that are read of what stands in a file


class CannotLock(OSError):
    """The file system has no locks."""


class HostLock:
    """One lock of a host, of a ``kind``: ``refusal`` is the reason that a busy one is refused with after ``patience``
    seconds, ``what`` is told of him who holds it.

    It is taken by the inventory's name before the host is read, and by the server itself as soon as that has answered.
    The names always come first, so two can never wait for each other.
    """

    def __init__(
        self,
        directory: str,
        host: str,
        kind: str,
        refusal: str,
        what: str = "",
        patience: float = PATIENCE,
        progress: Progress | None = None,
    ) -> None:
        self._directory, self._host = directory, host
        self._kind, self._refusal, self._what = kind, refusal, what
        self._patience = patience
        self._progress = progress or Progress()
        self._open: dict[Path, int] = {}

    @property
    def held(self) -> bool:
        """Whether it is held here."""
        return bool(self._open)

    def take(self) -> None:
        """Take an exclusive lock. Raises Busy, MailflowError where there can be no lock."""
        try:
            self._hold(host_folder(self._directory, self._host) / f"{self._kind}.lock")
        except FILE_ERRORS as error:
            raise self._failed(error) from error

    def meet(self, here: Identity) -> bool:
        """Keep those off, too, that know this server by another name; whether one of them was the last to work on it,
        so that what it has just told may be old. Raises as ``take`` does."""
        if not (self.held and here.computer and here.domain):
            return False
        try:
            name = file_name(f"{here.computer}_{here.domain}")
            before = self._hold(Path(self._directory).expanduser() / f".{name}.{self._kind}.lock")
        except FILE_ERRORS as error:
            raise self._failed(error) from error
        return bool(before) and before["host"] != self._host

    def close(self) -> None:
        """Let go."""
        while self._open:
            with suppress(OSError):
                os.close(self._open.popitem()[1])

    def _hold(self, path: Path) -> Mapping[str, Any]:
        """Hold one file; what him who had it before has written into it."""
        if path in self._open:
            return {}
        make_folder(path.parent)
        if not self._held_now(path):
            with self._progress.stage(notice_of("stage_lock", holder=_named(path)), self._patience):
                self._wait(path)
        before = _written(self._open[path])
        mine = {"host": self._host, "what": self._what, "pid": os.getpid(), "since": datetime.now(UTC).isoformat()}
        os.ftruncate(self._open[path], 0)
        os.pwrite(self._open[path], json.dumps(mine).encode("ascii"), 0)
        return before

    def _wait(self, path: Path) -> None:
        until = time.monotonic() + self._patience
        while not self._held_now(path):
            if time.monotonic() >= until:
                raise Busy(reason_of(self._refusal, self._host, holder=_named(path), path=str(path)))
            time.sleep(_GLANCE)

    def _held_now(self, path: Path) -> bool:
        """Whether the file that has this name now could be locked. Raises OSError, MailflowError."""
        try:
            number = open_locked(path, PRIVATE)
        except CannotLock as error:
            problem = problem_of(error)
            raise MailflowError(reason_of("lock_unknown", self._host, path=str(path), problem=problem)) from error
        if number is not None:
            self._open[path] = number
        return number is not None

    def _failed(self, error: Exception) -> MailflowError:
        return MailflowError(reason_of("backup_failed", self._host, path=self._directory, problem=problem_of(error)))


def open_locked(path: Path, mode: int) -> int | None:
    """The file of this name, made where there is none, open and locked until it is closed; None where another one has
    it. Raises OSError, CannotLock."""
    regular(path)  # nothing but a file is opened, and none that a link leads to
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
    held = False
    try:
        os.fchmod(number, mode)  # whatever the umask
        with suppress(FileNotFoundError):  # who had it may have put another file in its place
            held = _locked(number) and os.path.samestat(os.fstat(number), os.lstat(path))
    finally:
        if not held:  # a lock that could not be had is none that is held
            os.close(number)
    return number if held else None


def _locked(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise CannotLock(error.errno, error.strerror) from error
    return True


def _named(path: Path) -> str:
    """Who holds a file, as far as it can be read."""
    with suppress(*FILE_ERRORS):
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            found = _written(number)
        finally:
            os.close(number)
        if found:
            since = f"{datetime.fromisoformat(found['since']).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            return notice_of("lock_holder", what=found["what"], host=found["host"], pid=found["pid"], since=since)
    return notice_of("lock_holder_unknown")


def _written(number: int) -> Mapping[str, Any]:
    """What stands in an open file; nothing where that is not what we write."""
    try:
        found = json.loads(os.pread(number, _LONGEST, 0))
    except (ValueError, RecursionError):
        return {}
    texts = ("host", "what", "since")
    ours = isinstance(found, dict) and all(isinstance(found.get(key), str) for key in texts)
    return found if ours and isinstance(found.get("pid"), int) else {}
