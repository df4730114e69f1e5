# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a declaration is carried out: what the maker of a noun's subject may ask for besides its own arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import Reason
from ..mailboxes.observed import Observed
from ..options.spelling import Spelling
from ..run.subject import Subject
from .task import Task


@dataclass(frozen=True)
class Context:
    """A task on a host, the controller's clock, and what else is declared.

    ``variable`` gives an inventory variable as a plain value, None where there is none. ``declarations``: noun ->
    arguments, of all nouns of the same run. ``in_role``: the variables of a role of ours are what is declared.
    """

    task: Task
    clock: Callable[[], datetime]
    variable: Callable[[str], Any]
    declarations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    in_role: bool = False

    def spelling(self, noun: str, subject: str) -> Spelling:
        """How who declares them writes the options of a noun; a reason is about the subject."""
        if self.in_role:
            return Spelling(subject, prefix=f"{noun}_")
        return Spelling(subject, path=noun if noun in self.declarations else "")

    def declared(self, variable: str) -> Any:
        """What is declared by the variable of a role, or else of its noun in the same run; None where it is not."""
        for noun, desired in self.declarations.items():
            if variable.startswith(f"{noun}_"):
                return desired.get(variable.removeprefix(f"{noun}_"))
        return self.variable(variable)

    @property
    def observed(self) -> Observed | None:
        """What the ledger beside the saved states has seen of mailboxes; None where neither can be, which is for the
        saving to say."""
        with suppress(OSError, RuntimeError):
            if Path(self.task.backup_dir).expanduser().is_file():
                return None
        return Observed(self.task.ledger(None), self.task.host, self.clock)


Make = Callable[[dict[str, Any], list[Reason], Context], Subject[Any]]
"""A noun's subject of its arguments. Raises InputRefused with every reason against them, those given among them."""
