"""What every noun of the organisation needs to know of its host: directory, language, clock, error forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lab.exchange import errors
from lab.exchange.active_directory import Directory
from lab.exchange.errors import CmdletError
from lab.exchange.texts import Language, text

Output = list[dict[str, object]]
"""What a cmdlet returns: its objects as plain values, times as ISO 8601 UTC."""


@dataclass
class ExchangeHost:
    """``language`` is the server's; ``now`` gives its time in UTC; ``warnings`` are those of the cmdlet that runs."""

    directory: Directory
    language: Language
    now: Callable[[], datetime]
    warnings: list[str] = field(default_factory=list)

    def error(self, command: str, key: str, type: str, **fields: object) -> CmdletError:
        """An error of Exchange's own; its id is eight digits, as a host shows them, and the cmdlet's class."""
        category = "InvalidOperation" if type == errors.OBJECT_EXISTS else "InvalidData"
        digits = self.directory.guid("error", key, 0)[:8].upper()
        return CmdletError(text(key, **fields).render(self.language), type, category, f"{digits},{class_of(command)}")

    def warn(self, key: str, **fields: object) -> None:
        """Let the cmdlet that runs say this beside its output."""
        self.warnings.append(text(key, **fields).render(self.language))

    def not_found(self, command: str, identity: str) -> CmdletError:
        """No object answers to this identity."""
        controller = self.directory.controller
        return self.error(
            command, "object_not_found", errors.OBJECT_NOT_FOUND, identity=identity, controller=controller
        )


def class_of(command: str) -> str:
    """The .NET class behind a cmdlet, as error ids name it."""
    return f"Microsoft.Exchange.Management.SystemConfigurationTasks.{command.replace('-', '')}"
