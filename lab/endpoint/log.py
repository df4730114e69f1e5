"""What a simulated host has seen: requests, and the commands behind them.

Input is kept as size and SHA-256 only: it may hold secrets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Final

# A demo that runs for weeks must not fill the memory; the counters go on.
_KEPT: Final = 20_000


@dataclass(frozen=True)
class Entry:
    """One HTTP request. Sizes in bytes: ``request`` and ``response`` of the envelopes, before encryption."""

    number: int
    at: str
    connection: int
    action: str
    status: int
    request: int = 0
    response: int = 0
    user: str | None = None
    shell_id: str | None = None
    command_id: str | None = None
    fault: str | None = None
    note: str | None = None


@dataclass
class CommandEntry:
    """One WS-Man Command: one process on the remote host."""

    number: int
    shell_id: str
    command_id: str
    command_line: str
    stdin_bytes: int = 0
    stdin_sha256: str | None = None
    stdout_bytes: int = 0
    stderr_bytes: int = 0
    exit_code: int | None = None
    warnings: list[str] = field(default_factory=list)


class HostLog:
    """Thread-safe log of one host."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._commands: deque[CommandEntry] = deque(maxlen=_KEPT)
        self._faults: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._errors: deque[str] = deque(maxlen=_KEPT)
        self._counts: dict[str, int] = {}
        self._number = 0

    def add(self, connection: int, action: str, status: int, **facts: Any) -> None:
        """Note one request; ``facts`` are further fields of Entry."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._lock:
            self._number += 1
            self._counts[action] = self._counts.get(action, 0) + 1
            self._entries.append(Entry(self._number, at, connection, action, status, **facts))

    def add_command(self, shell_id: str, command_id: str, command_line: str) -> CommandEntry:
        """Note one command at its start; the caller fills in the rest as it happens."""
        with self._lock:
            self._counts["commands"] = number = self._counts.get("commands", 0) + 1
            entry = CommandEntry(number, shell_id, command_id, command_line, warnings=_warnings(command_line))
            self._commands.append(entry)
            return entry

    def add_fault(self, order: dict[str, Any], **where: Any) -> None:
        """Note that an ordered fault has been carried out."""
        with self._lock:
            self._faults.append({**order, **where})

    def add_error(self, text: str) -> None:
        """Note a failure of the lab itself."""
        with self._lock:
            self._errors.append(text)

    def entries(self, action: str | None = None) -> list[Entry]:
        """Requests in order, all or of one action."""
        with self._lock:
            return [entry for entry in self._entries if action in (None, entry.action)]

    def commands(self) -> list[CommandEntry]:
        """Commands in order."""
        with self._lock:
            return list(self._commands)

    def faults(self) -> list[dict[str, Any]]:
        """Ordered faults that have been carried out, with the message or command they met."""
        with self._lock:
            return list(self._faults)

    def errors(self) -> list[str]:
        """Tracebacks of backends that failed."""
        with self._lock:
            return list(self._errors)

    def count(self, action: str | None = None) -> int:
        """How many commands ran (one is one remote process), or how many requests of one action came."""
        with self._lock:
            return self._counts.get(action or "commands", 0)

    def clear(self) -> None:
        """Forget everything, counters too."""
        with self._lock:
            for kept in (self._entries, self._commands, self._faults, self._errors):
                kept.clear()
            self._counts.clear()
            self._number = 0

    def as_data(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        with self._lock:
            return {
                "requests": [asdict(entry) for entry in self._entries],
                "commands": [asdict(entry) for entry in self._commands],
                "faults": list(self._faults),
                "errors": list(self._errors),
            }


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def _warnings(command_line: str) -> list[str]:
    """A script that starts another encoded script: stdin would reach the outer process only."""
    _, found, encoded = command_line.partition(" -EncodedCommand ")
    if not found:
        return []
    try:
        script = base64.b64decode(encoded.strip(), validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        return ["the encoded command is not base64 of UTF-16LE"]
    return ["nested -EncodedCommand"] if "-encodedcommand" in script.lower() else []
