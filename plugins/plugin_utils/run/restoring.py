# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every noun's way back shares: what it is made of, and that it is a subject of a run like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from ..controller.backup import Saved
from ..mailboxes.observed import Observed
from .subject import State, Subject

Desired_co = TypeVar("Desired_co", covariant=True)
"""What the noun takes of the declaration to go back."""


@dataclass(frozen=True)
class Back(Generic[Desired_co]):
    """One way back: to which saved state (an empty one where a backup on the host is named), by which declaration.
    ``memory`` is what the ledger has seen of mailboxes."""

    saved: Saved
    desired: Desired_co
    clock: Callable[[], datetime]
    memory: Observed | None = None


class Restoring(Subject[State], Generic[State, Desired_co]):
    """The request to have a saved state back, before the noun's own subject in its bases."""

    has_logins = False

    def __init__(self, back: Back[Desired_co], *own: Any) -> None:
        """``own``: what the noun's own subject is made of."""
        super().__init__(*own)
        self.back = back

    @property
    def name(self) -> str:
        """The noun that stands in the file."""
        return str(self.back.saved.content.get("noun", self.noun))
