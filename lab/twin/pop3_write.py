"""How the agent writes the accounts file: service stopped, file compared, replaced by another, service as before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lab.exchange.errors import CmdletError
from lab.pop3 import Pop3Host
from lab.pop3.files import HostFile, HostIOError
from lab.pop3.services import ServiceError
from lab.twin.agent import Refusal
from lab.twin.pop3_read import MARKER, as_refusal, interrupted, open_file, service_shown, sha256

_NEW: Final = ".sbs-mailflow.tmp"
AFTER: Final = ("as_before", "running", "stopped")


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


def write(pop3: Pop3Host, job: Writing, build: Callable[[bytes | None], bytes]) -> dict[str, object]:
    """Replace the file by what ``build`` makes of it. Raises Refusal, CmdletError, and Killed in its middle."""
    return _Write(pop3, job).run(build)


def set_service(pop3: Pop3Host, path: str, name: str, status: str) -> dict[str, object]:
    """``Set-Pop3Service``: start or stop it, forget that a write was interrupted. Raises Refusal."""
    before = status_of(pop3, name)
    if status == "Running":
        start(pop3, name)
    else:
        stop(pop3, name)
    pop3.files.drop(path + MARKER)
    return {"Name": service_shown(pop3, name)["Name"], "Before": before, "Status": status_of(pop3, name)}


def status_of(pop3: Pop3Host, name: str) -> str:
    """Whether a service runs. Raises Refusal where there is none."""
    service = pop3.services.find(name)
    if service is None:
        raise Refusal("pop3_service_missing", f"There is no service '{name}'.")
    return service.status


def stop(pop3: Pop3Host, name: str) -> None:
    """Stop a service. Raises Refusal."""
    others = [other.name for other in pop3.services.all() if name.lower() in map(str.lower, other.depends_on)]
    running = [other for other in others if status_of(pop3, other) != "Stopped"]
    if running:
        raise Refusal("pop3_service_not_stopped", f"Other services need {name} and run: {', '.join(running)}")
    try:
        pop3.stop_service(name)
    except ServiceError as error:
        raise Refusal("pop3_service_not_stopped", error.message) from None


def start(pop3: Pop3Host, name: str) -> None:
    """Start a service. Raises Refusal."""
    try:
        pop3.start_service(name)
    except ServiceError as error:
        raise Refusal("pop3_service_not_started", error.message) from None


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
        if _access(before.sddl)[1] != _access(after.sddl)[1]:
            files.set_access(path, after.owner, _access(after.sddl)[0] + _access(before.sddl)[1])

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


def _access(sddl: str) -> tuple[str, str]:
    """Owner and group, and the access list, of a text that holds both."""
    found = re.search("D:.*", sddl)
    return (sddl[: found.start()], found[0]) if found else (sddl, "")
