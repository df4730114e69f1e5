# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to DNS from the controller, each with an outcome of its own."""

from __future__ import annotations

from dataclasses import dataclass

from .deadline import Deadline

FOUND, EMPTY, ABSENT, UNKNOWN = "found", "empty", "absent", "unknown"


@dataclass(frozen=True)
class Answer:
    """FOUND: ``records`` as texts (TXT joined, MX as ``10 mx.beispiel.de``, names without the final dot); EMPTY: the
    name has none of that type; ABSENT: there is no such name; UNKNOWN: nobody told, ``why`` not. ``canonical``: the
    name at the end of its CNAMEs, in small letters."""

    outcome: str
    records: tuple[str, ...] = ()
    canonical: str = ""
    why: str = ""


class Resolver:
    """Asks one DNS server (``address``, ``port``) or the controller's own resolver, until the deadline."""

    def __init__(self, deadline: Deadline, address: str | None = None, port: int = 53) -> None:
        self._deadline = deadline
        self._address = address
        self._port = port

    def ask(self, name: str, kind: str) -> Answer:
        """The answer for a name and a record type, such as MX; raises nothing."""
        return Answer(UNKNOWN, why="not asked")
