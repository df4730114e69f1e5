"""``Write-Pop3Records`` and ``Restore-Pop3Records``.

Service stopped, file compared, replaced by another, service as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.pop3 import Pop3Host
from lab.pop3.files import HostFile, HostIOError
from lab.twin.agent import Agent, Given, Refusal, unreadable
from lab.twin.files import as_refusal, open_file, sha256
from lab.twin.parameters import check_range
from lab.twin.pop3_access import split_access
from lab.twin.pop3_edits import apply_edits, check_edits
from lab.twin.pop3_file import backups, path_of
from lab.twin.pop3_service import MARKER, interrupted, service_of, start, status_of, stop

_NEW: Final = ".sbs-mailflow.tmp"
_AFTER: Final = ("as_before", "running", "stopped")


@dataclass(frozen=True)
class Writing:
    """One write: which file and service, which bytes it was planned on (None: no file), what the service does then.

    ``like``: a file whose access a new one gets.
    """

    path: str
    service: str
    sha256: str | None
    after: str
    like: HostFile | None = None


def write_pop3_records(agent: Agent, given: Given) -> Output:
    """``Write-Pop3Records``. Raises Killed in its middle."""
    job, edits, pop3 = _writing(given), check_edits(given["Edits"]), agent.machine.pop3
    if not job.sha256:
        raise unreadable("Sha256 is empty.")
    with pop3.lock:
        return [_Write(pop3, job).run(lambda data: apply_edits(data or b"", edits, pop3.dpapi))]


def restore_pop3_records(agent: Agent, given: Given) -> Output:
    """``Restore-Pop3Records``. Raises Killed in its middle."""
    job, name, pop3 = _writing(given), given["Backup"], agent.machine.pop3
    with pop3.lock:
        known = {file.name.lower(): file for file in backups(pop3, job.path)}
        if re.fullmatch(r"[^\\/:]+", name) is None or name.lower() not in known:
            raise unreadable("Backup is the name of no backup beside the file.")
        backup = known[name.lower()]
        return [_Write(pop3, replace(job, like=backup)).run(lambda _: backup.data)]


def _writing(given: Given) -> Writing:
    after = given.get("ServiceAfter") or "as_before"
    if after not in _AFTER:
        raise unreadable(f"ServiceAfter is one of {', '.join(_AFTER)}.")
    check_range("TimeoutSeconds", given.get("TimeoutSeconds", 60), 1, 600)
    return Writing(path_of(given), service_of(given), given.get("Sha256") or None, after)


class _Write:
    """One run of the sequence."""

    def __init__(self, pop3: Pop3Host, job: Writing) -> None:
        self._pop3 = pop3
        self._job = job
        status, marked = status_of(pop3, job.service), interrupted(pop3, job.path)
        self._runs = status != "Stopped"
        present = status not in ("Stopped", "StopPending")
        self._ran_before = marked == "running" if marked in ("running", "stopped") else present

    def run(self, build: Callable[[bytes | None], bytes]) -> dict[str, object]:
        job = self._job
        try:
            new = build(self._current())
            self._stop()
            backup = self._put(new, self._current() is not None)
        except (Refusal, CmdletError):
            self._go_back()
            raise
        self._finish()
        file = self._pop3.files.find(job.path)
        return {
            "Backup": backup,
            "Sha256": sha256(new),
            "Length": len(new),
            "Before": "Running" if self._ran_before else "Stopped",
            "After": status_of(self._pop3, job.service),
            "Owner": file.owner if file else None,
        }

    def _stop(self) -> None:
        if not self._runs:
            return
        marker = self._job.path + MARKER
        if self._pop3.files.find(marker) is None:
            self._try(lambda: self._pop3.files.write(marker, b"running" if self._ran_before else b"stopped"))
        stop(self._pop3, self._job.service)

    def _current(self) -> bytes | None:
        """The file as it is now, if it is the one that was planned on. Raises Refusal."""
        wanted = self._job.sha256
        if self._pop3.files.find(self._job.path) is None and not wanted:
            return None
        data = open_file(self._pop3, self._job.path)
        if sha256(data) != (wanted or "").lower():
            raise Refusal("pop3_file_changed", "The file is no longer the one that was planned on.")
        return data

    def _put(self, new: bytes, exists: bool) -> str | None:
        """Write beside, compare, replace; the backup's name. What fails leaves the original in its place."""
        files, path = self._pop3.files, self._job.path
        temporary = path + _NEW
        try:
            self._try(lambda: files.write(temporary, new))
            if files.read(temporary) != new:
                raise Refusal("pop3_not_written", "What was written reads otherwise.")
            if not exists:
                self._try(lambda: files.move(temporary, path))
                if self._job.like:
                    files.set_access(path, self._job.like.owner, self._job.like.sddl)
                return None
            backup = self._free_backup()
            self._replace(temporary, path, backup)
            return backup.rpartition("\\")[2]
        finally:
            files.drop(temporary)

    def _replace(self, temporary: str, path: str, backup: str) -> None:
        files = self._pop3.files
        before = files.find(path)
        self._try(lambda: files.replace(temporary, path, backup))
        after = files.find(path)
        assert before is not None and after is not None
        if split_access(before.sddl)[1] != split_access(after.sddl)[1]:
            files.set_access(path, after.owner, split_access(after.sddl)[0] + split_access(before.sddl)[1])

    def _free_backup(self) -> str:
        stamp = f"{self._pop3.now():%Y%m%dT%H%M%SZ}"
        number, path = 1, f"{self._job.path}.{stamp}.bak"
        while self._pop3.files.find(path):
            number += 1
            path = f"{self._job.path}.{stamp}_{number}.bak"
        return path

    def _finish(self) -> None:
        """The service as it is wanted; the marker goes. Raises Refusal, and then the marker stays."""
        wanted = {"as_before": self._ran_before, "running": True, "stopped": False}[self._job.after]
        if wanted:
            try:
                start(self._pop3, self._job.service)
            except Refusal as refusal:
                raise Refusal(refusal.code, f"The file is written; but: {refusal.message}") from None
        self._pop3.files.drop(self._job.path + MARKER)

    def _go_back(self) -> None:
        """The service as before, and only then the marker gone."""
        try:
            if self._ran_before and status_of(self._pop3, self._job.service) != "Paused":
                start(self._pop3, self._job.service)
        except Refusal:
            return
        self._pop3.files.drop(self._job.path + MARKER)

    def _try(self, act: Callable[[], None]) -> None:
        """A file operation that changes something. Raises Refusal."""
        try:
            act()
        except HostIOError as error:
            refusal = as_refusal(error)
            if isinstance(refusal, Refusal):
                raise refusal from None
            raise Refusal("pop3_not_written", error.message) from None
