"""What one process of the agent knows: its host, what it must not say, what it has warned of, how it says no."""

from __future__ import annotations

import base64
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.exchange.schannel import TlsClient
from lab.host.machine import SimulatedMachine

_TEXT_LIMIT: Final = 500


def one_line(text: str) -> str:
    """A text on one line, cut as .NET counts characters."""
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return plain.encode("utf-16-le")[: 2 * _TEXT_LIMIT].decode("utf-16-le", "ignore")


class Refusal(Exception):
    """The agent itself says no: the message, and one of the wire page's codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_error(self) -> dict[str, Any]:
        """The ``error`` of a result; no exception of the host stands behind it."""
        return {"message": self.message, "type": None, "category": None, "error_id": None, "code": self.code}


def unreadable(message: str) -> Refusal:
    """A parameter has a value that the function cannot use."""
    return Refusal("parameter_unreadable", message)


@dataclass
class Agent:
    """One process on one machine, which trusts the certificates of the authority in ``ca_file``."""

    machine: SimulatedMachine
    cancelled: threading.Event
    ca_file: Path | None = None
    warnings: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)

    @property
    def tls(self) -> TlsClient:
        """What its .NET offers."""
        return TlsClient(self.machine.dotnet_tls, self.ca_file)

    def invoke(self, command: str, parameters: dict[str, object]) -> Output:
        """Run a cmdlet of Exchange. Raises CmdletError."""
        return self.machine.invoke(command, parameters, self.cancelled, self.warnings)

    def never_say(self, secret: str) -> None:
        """Nor in the form in which a mail server is told it."""
        if secret:
            self.hidden |= {secret, base64.b64encode(secret.encode()).decode("ascii")}

    def hide(self, text: str) -> str:
        """The text without secrets."""
        for secret in sorted(self.hidden, key=len, reverse=True):
            text = text.replace(secret, "********")
        return text

    def shown(self, text: str) -> str:
        """The same on one line, and no longer than what a server says is told."""
        return one_line(self.hide(text))

    def as_error(self, error: Refusal | CmdletError) -> dict[str, Any]:
        """The error of a result; hosts like to repeat what they were given, so every secret in it is masked."""
        if isinstance(error, Refusal):
            shown = error.as_error()
        else:
            kept = {"type": error.type, "category": error.category, "error_id": error.error_id}
            shown = {"message": error.message, **kept, "code": None}
        shown["message"] = self.hide(shown["message"])
        return shown


Given = dict[str, Any]
Function = Callable[[Agent, Given], Output]
"""One of the agent's own functions: from its bound parameters to its output objects."""
