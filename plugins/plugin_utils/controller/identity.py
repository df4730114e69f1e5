# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which server this is: what the host says of itself, beside the inventory's name for it. Two servers may have one
name, in one inventory after the other or in two at once; what is kept of the one must never serve the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote

from ..errors import HostRefused
from ..messages import reason_of
from .atomic_write import as_bytes

_SID = re.compile(r"S-1-5-21(-[0-9]{1,10}){3}")


@dataclass(frozen=True)
class Identity:
    """A server: ``label`` is the inventory's name; ``computer`` and ``domain`` (the SID of its directory domain) are
    what the host tells, None where nobody knows."""

    label: str
    computer: str | None = None
    domain: str | None = None

    @classmethod
    def told(cls, label: str, computer: Any, domain: Any) -> Identity:
        """What a host or a file tells. Read leniently: what is no name and no SID counts as unknown."""
        name = _whole(computer).strip().upper() if isinstance(computer, str) else ""
        sid = domain.strip().upper() if isinstance(domain, str) else ""
        return cls(_whole(label), name or None, sid if _SID.fullmatch(sid) else None)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Identity:
        """Whom a saved file is about."""
        return cls.told(str(data.get("host")), data.get("computer"), data.get("domain"))

    @classmethod
    def parse(cls, text: str) -> Identity:
        """What ``str`` has made."""
        label, computer, domain = [*map(unquote, text.strip().split("/")), "", ""][:3]
        return cls.told(label, computer.replace("?", ""), domain)

    def as_data(self) -> dict[str, str | None]:
        """The same for a file; ``of`` reads it."""
        return {"host": self.label, "computer": self.computer, "domain": self.domain}

    def is_of(self, label: str) -> bool:
        """Whether it goes by this name."""
        return self.label == _whole(label)

    def differs(self, other: Identity) -> bool:
        """Whether the two cannot be one server under one name; what is unknown fits everything."""
        pairs = ((self.label, other.label), (self.computer, other.computer), (self.domain, other.domain))
        return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs)

    def is_server(self, other: Identity) -> bool:
        """Whether the two are surely one server, whatever it is called."""
        known = self.computer is not None and self.domain is not None
        return known and (self.computer, self.domain) == (other.computer, other.domain)

    def __str__(self) -> str:
        """One word, which the option accept_identity takes."""
        parts = (self.label, self.computer or "?", self.domain or "?")
        return "/".join(quote(part, safe="-?", errors="replace") for part in parts)


def _whole(text: str) -> str:
    """A name as every file can hold it, half a pair of UTF-16 written out; so it is the same out of each."""
    return as_bytes(text).decode()


@dataclass(frozen=True)
class Trace:
    """Something on the controller that is about a server: where it is kept, and whom it is about."""

    where: str
    identity: Identity


class ServerRecords(Protocol):
    """What the controller keeps of servers."""

    def meet(self, here: Identity) -> Iterable[Trace]:
        """What is kept of the server that has just answered, by its name or by itself; from now on what is added is
        about it. Raises MailflowError."""

    def accept(self, here: Identity) -> None:
        """Keep that an operator has said of another one that it is this server: it need not be said again. Raises
        MailflowError."""


@dataclass(frozen=True)
class Kept:
    """The memory of one thing."""

    trace: Trace

    def meet(self, here: Identity) -> Iterable[Trace]:
        """It, whoever answers."""
        return (self.trace,)

    def accept(self, here: Identity) -> None:
        """What was saved stays as it is; whoever goes back to it says so each time."""


def accepts(accepted: Collection[str], identity: Identity) -> bool:
    """Whether an operator has said that this identity is the host's own, too."""
    return str(identity).lower() in accepted


def meet(here: Identity, memories: Iterable[ServerRecords], accepted: Collection[str]) -> None:
    """Hold a server that has answered against all that is kept of it. Raises HostRefused with every conflict."""
    others = {
        memory: [trace for trace in memory.meet(here) if trace.identity.differs(here)]
        for memory in dict.fromkeys(memories)
    }
    wrong = [each for found in others.values() for each in found if not accepts(accepted, each.identity)]
    reasons = [reason_of("other_server", here.label, path=each.where, saved=each.identity, here=here) for each in wrong]
    if reasons:
        raise HostRefused(*dict.fromkeys(reasons))
    for memory in (each for each, found in others.items() if found):
        memory.accept(here)
