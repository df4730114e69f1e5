"""One cmd shell and the commands that run in it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.wsman.backend import INTERRUPTED, Call
from lab.wsman.streams import AbortedError, Input, Output

Runner = Callable[[Call, "Command"], int]
Trouble = Callable[["Command", BaseException], None]


def new_id() -> str:
    """A GUID as Windows writes them."""
    return str(uuid.uuid4()).upper()


@dataclass
class Command:
    """One command of one shell."""

    shell_id: str
    line: str
    environment: dict[str, str]
    id: str = field(default_factory=new_id)
    input: Input = field(default_factory=Input)
    output: Output = field(default_factory=Output)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def start(self, run: Runner, trouble: Trouble) -> None:
        """Run in a thread of its own."""
        name = f"lab-command-{self.id}"
        threading.Thread(target=self._run, args=(run, trouble), name=name, daemon=True).start()

    def _run(self, run: Runner, trouble: Trouble) -> None:
        # A client asks again for ever, so whatever happens here must end in an exit code.
        exit_code = 1
        try:
            exit_code = run(self._call(), self)
        except AbortedError:
            exit_code = INTERRUPTED
        except Exception as error:
            trouble(self, error)
            self.output.write("stderr", f"The lab's backend failed: {type(error).__name__}\r\n".encode())
        finally:
            self.output.finish(exit_code)

    def _call(self) -> Call:
        return Call(
            command_line=self.line,
            stdin=self.input.read,
            write_stdout=lambda data: self.output.write("stdout", data),
            write_stderr=lambda data: self.output.write("stderr", data),
            cancelled=self.cancelled,
            environment=self.environment,
        )

    def interrupt(self) -> None:
        """End it as Ctrl-C does: its reading of stdin wakes up; output and exit code can still be received."""
        self.cancelled.set()
        self.input.abort()

    def cancel(self) -> None:
        """End it: its Receive and its reading of stdin wake up, its further output is lost."""
        self.interrupt()
        self.output.abort()


@dataclass
class Shell:
    """One shell of one user; ``touched`` is the monotonic second of the last message to it."""

    user: str
    environment: dict[str, str]
    options: dict[str, str]
    touched: float
    id: str = field(default_factory=new_id)
    commands: dict[str, Command] = field(default_factory=dict)
    started: int = 0

    def cancel_all(self) -> None:
        """End every command."""
        for command in list(self.commands.values()):
            command.cancel()
