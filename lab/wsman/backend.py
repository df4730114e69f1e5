"""The seam between the WinRM endpoint and what answers behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

DIED = -532459699
"""The exit code of a process that ended in the middle of its work: 0xE0434F4D, as .NET leaves it without memory."""

INTERRUPTED = -1073741510
"""The exit code of a process that Ctrl-C has ended while it read its input: 0xC000013A, STATUS_CONTROL_C_EXIT."""


@dataclass
class Call:
    """One WS-Man Command as it arrived.

    ``stdin`` blocks until the client has sent its last piece; call it only when the command reads its input
    (the endpoint cannot know whether a Send will follow). ``cancelled`` is set when the client interrupts or
    terminates the command or deletes its shell.
    """

    command_line: str
    stdin: Callable[[], bytes]
    write_stdout: Callable[[bytes], None]
    write_stderr: Callable[[bytes], None]
    cancelled: threading.Event
    environment: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """Answers the commands of one simulated host."""

    def run(self, call: Call) -> int:
        """Run one command to its end and return its exit code; output goes through the call."""

    def close(self) -> None:
        """End everything that this backend started."""
