"""The few files of a simulated host that the POP3 connector touches, and the trouble that can be ordered for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lab.pop3.places import ACCOUNTS, split

# Assumed: nothing public tells the owner and the access list of the file.
OWNER: Final = r"NT AUTHORITY\SYSTEM"
SDDL: Final = "O:SYG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)"
INHERITED_OWNER: Final = r"BUILTIN\Administrators"
INHERITED_SDDL: Final = "O:BAG:DUD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)"
LOCKED: Final = ("always", "replace")
DISK_FULL: Final = ("write", "half", "flush")
_LEFT: Final = 64  # bytes that still fit on a full disk


class HostIOError(Exception):
    """A file operation that Windows refuses. ``kind``: locked, missing, denied or full; ``type``: .NET's exception."""

    def __init__(self, kind: str, message: str, type: str = "System.IO.IOException") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.type = type


@dataclass(frozen=True)
class HostFile:
    """One file: its full path, bytes, access, and when it was written last (UTC)."""

    path: str
    data: bytes
    owner: str
    sddl: str
    written: datetime

    @property
    def name(self) -> str:
        """The bare name."""
        return split(self.path)[1]


@dataclass(frozen=True)
class Trouble:
    """What was ordered. All but ``disk_full`` concerns the accounts file alone.

    ``locked``: ``always`` (no one can open it) or ``replace`` (it can be read). ``disk_full``: ``write`` (nothing of a
    larger file arrives), ``half`` (half of it) or ``flush`` (only flushing fails). ``acl_lost``: a replaced file has
    the access of its folder. ``killed_at_stop``: the process that next stops the connector's service is killed then.
    """

    locked: str | None = None
    disk_full: str | None = None
    read_only: bool = False
    acl_lost: bool = False
    killed_at_stop: bool = False


class HostFiles:
    """Files by path, whatever its capitals. ``put`` is what the host's own programs do and meets no trouble."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._files: dict[str, HostFile] = {}
        self.trouble = Trouble()

    def snapshot(self) -> tuple[dict[str, HostFile], Trouble]:
        """All of it, to come back to."""
        return dict(self._files), self.trouble

    def restore(self, snapshot: tuple[dict[str, HostFile], Trouble]) -> None:
        """Come back to a snapshot."""
        self._files, self.trouble = dict(snapshot[0]), snapshot[1]

    def find(self, path: str) -> HostFile | None:
        """The file, without opening it."""
        return self._files.get(_key(path))

    def in_folder(self, folder: str) -> list[HostFile]:
        """The files right in a folder, by name."""
        wanted = _key(folder).rstrip("\\")
        found = (file for file in self._files.values() if _key(split(file.path)[0]) == wanted)
        return sorted(found, key=lambda file: file.name.lower())

    def all(self) -> Iterable[HostFile]:
        """Every file."""
        return list(self._files.values())

    def put(self, path: str, data: bytes, written: datetime | None = None) -> None:
        """Write a file whatever was ordered; access stays, a new one gets the accounts file's or its folder's."""
        known = self.find(path)
        owner, sddl = (known.owner, known.sddl) if known else _first_access(path)
        self._files[_key(path)] = HostFile(path, data, owner, sddl, written or self._now())

    def drop(self, path: str) -> None:
        """Remove a file whatever was ordered; one that is not there is none."""
        self._files.pop(_key(path), None)

    def read(self, path: str) -> bytes:
        """Open and read. Raises HostIOError."""
        if self.trouble.locked == "always":
            self._refuse_locked(path)
        return self._existing(path).data

    def write(self, path: str, data: bytes) -> None:
        """Create or overwrite a file and flush it. Raises HostIOError, perhaps with a part of it written."""
        self._refuse_trouble(path)
        if self.trouble.disk_full and len(data) > _LEFT:
            arrived = {"write": 0, "half": len(data) // 2, "flush": len(data)}[self.trouble.disk_full]
            self.put(path, data[:arrived])
            raise HostIOError("full", "There is not enough space on the disk.")
        self.put(path, data)

    def replace(self, new: str, path: str, backup: str) -> None:
        """``File.Replace``: the file becomes ``backup``, ``new`` takes its place and its access. Raises HostIOError."""
        arriving, old = self._existing(new), self._existing(path)
        self._refuse_trouble(path)
        owner, sddl = _inherited() if self.trouble.acl_lost else (old.owner, old.sddl)
        self.drop(new)
        self._files[_key(backup)] = replace(old, path=backup)
        self._files[_key(path)] = replace(arriving, path=old.path, owner=owner, sddl=sddl)

    def move(self, new: str, path: str) -> None:
        """``File.Move`` to a place where nothing is. Raises HostIOError."""
        arriving = self._existing(new)
        if self.find(path):
            raise HostIOError("exists", f"Cannot create '{path}' because it already exists.")
        self.drop(new)
        self._files[_key(path)] = replace(arriving, path=path)

    def set_access(self, path: str, owner: str, sddl: str) -> None:
        """Set owner and access list. Raises HostIOError."""
        self._files[_key(path)] = replace(self._existing(path), owner=owner, sddl=sddl)

    def _existing(self, path: str) -> HostFile:
        file = self.find(path)
        if file is None:
            raise HostIOError("missing", f"Could not find file '{path}'.", "System.IO.FileNotFoundException")
        return file

    def _refuse_trouble(self, path: str) -> None:
        if self.trouble.locked:
            self._refuse_locked(path)
        if self.trouble.read_only and _key(path) == _key(ACCOUNTS):
            denied = f"Access to the path '{path}' is denied."
            raise HostIOError("denied", denied, "System.UnauthorizedAccessException")

    def _refuse_locked(self, path: str) -> None:
        if _key(path) == _key(ACCOUNTS) and self.find(path):
            used = f"The process cannot access the file '{path}' because it is being used by another process."
            raise HostIOError("locked", used)


def _key(path: str) -> str:
    return path.replace("/", "\\").lower()


def _first_access(path: str) -> tuple[str, str]:
    return (OWNER, SDDL) if _key(path) == _key(ACCOUNTS) else _inherited()


def _inherited() -> tuple[str, str]:
    return INHERITED_OWNER, INHERITED_SDDL
