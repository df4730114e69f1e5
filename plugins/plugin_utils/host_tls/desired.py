# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: what is managed of a server's TLS, checked strictly and all at once. What is false is not managed,
never switched off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Reason, refuse
from ..options.action import Action
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice

NOUN, WHERE = "host_tls", "TLS of the server"
NONE, SERVICE = "none", "service"

OPTIONS: tuple[Option, ...] = (
    Option(
        "client",
        Boolean(),
        "Enable TLS 1.2 for what the server connects to: sending mail needs it. Nobody else is affected but programs of"
        " the server that follow SCHANNEL as clients. V(false) here and below means not managed: nothing is ever"
        " disabled.",
        default=False,
    ),
    Option(
        "server",
        Boolean(),
        "Enable TLS 1.2 for what connects to the server as well. It affects everybody who does: Outlook Web App and"
        " mobile phones, Remote Desktop, LDAPS, and mail from outside.",
        default=False,
    ),
    Option(
        "dotnet",
        Boolean(),
        "Let .NET programs, 32-bit and 64-bit, use what SCHANNEL has enabled unless they name versions themselves"
        " (C(SystemDefaultTlsVersions)). It affects every .NET program of the server, perhaps the SBS POP3 connector"
        " and the SBS console; .NET 3.5 needs its update for it.",
        default=False,
    ),
    Option(
        "winhttp",
        Boolean(),
        "Add TLS 1.1 and 1.2 to what WinHTTP offers by default (C(DefaultSecureProtocols)). It affects Windows Update,"
        " the download of root certificates and other programs that use WinHTTP; mail does not.",
        default=False,
    ),
    Option(
        "restart",
        Choice(NONE, SERVICE),
        "What is restarted once values are written, or where they cannot be in force yet. V(none): nothing, and the run"
        " says what is needed. V(service): Exchange's transport service, C(MSExchangeTransport); no mail is accepted or"
        " delivered meanwhile. The server itself is never restarted.",
        default=NONE,
    ),
)
"""The options of the action, besides those of every run."""
ACTION = Action(
    NOUN,
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Keep TLS 1.2 enabled on a server, as sending to today's providers needs it",
)


@dataclass(frozen=True)
class Desired:
    """A checked declaration; ``restart`` is NONE or SERVICE."""

    client: bool = False
    server: bool = False
    dotnet: bool = False
    winhttp: bool = False
    restart: str = NONE

    @property
    def managed(self) -> tuple[str, ...]:
        """The options that are declared, of those that enable something."""
        return tuple(name for name in ("client", "server", "dotnet", "winhttp") if getattr(self, name))


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = (), where: str | Spelling = WHERE) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written.

    Raises InputRefused with every reason, those ``found`` before among them.
    """
    reasons = list(found)
    given = parse(OPTIONS, arguments, Spelling.of(where), reasons)
    refuse(reasons)
    return Desired(**given)
