"""Types the commands of a page into a terminal, answers what they ask, and gives back what it shows."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path

WIDTH = 80
PATIENCE = 120
"""Seconds in which a command has to end."""
PROMPT = re.compile(rb"password[^\n]*: ?$", re.IGNORECASE)
ENDED = "::ended::"
LOCAL_FLAGS = 3
"""Where termios keeps them in its list."""


class Terminal:
    """One shell in a folder; ``password`` is what it is given wherever a password is asked for."""

    def __init__(self, folder: Path, password: str, **environment: str) -> None:
        self._password = password
        self._ours, theirs = pty.openpty()
        attributes = termios.tcgetattr(theirs)
        attributes[LOCAL_FLAGS] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        self._shell = subprocess.Popen(
            ["/bin/bash", "--norc", "--noprofile", "--noediting"],
            cwd=folder,
            env=_environment(environment),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)

    def type(self, command: str) -> tuple[int, str]:
        """The exit code of a command, and what it shows."""
        os.write(self._ours, f"{command}; printf '{ENDED}%s\\n' $?\n".encode())
        shown, answered, until = b"", 0, time.monotonic() + PATIENCE
        while (end := re.search(rf"{ENDED}(\d+)\r\n".encode(), shown)) is None:
            if not select.select([self._ours], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError(f"{command}: no end within {PATIENCE} s:\n{shown.decode(errors='replace')}")
            shown += os.read(self._ours, 65536)
            if PROMPT.search(shown[answered:]):
                answered = len(shown)
                os.write(self._ours, f"{self._password}\n".encode())
        return int(end[1]), shown[: end.start()].decode().replace("\r\n", "\n")

    def close(self) -> None:
        """End the shell."""
        self._shell.kill()
        self._shell.wait()
        os.close(self._ours)


def _take_terminal() -> None:
    """Make the terminal the one of the new session, since passwords are asked for on /dev/tty."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    others = ("ANSIBLE_", "SBS_", "MAKE", "MFLAGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {
        **kept,
        "COLUMNS": str(WIDTH),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "PS1": "",
        "VIRTUAL_ENV_DISABLE_PROMPT": "1",
        **given,
    }
