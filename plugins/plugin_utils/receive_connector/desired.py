# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: what an inventory declares of a receive connector, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import Reason, refuse
from ..exchange.settings import Values
from ..messages import reason_of
from ..options.action import Action
from ..options.option import Option, names
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Names, Text, is_writable
from .ranges import IpRanges
from .rules import conflicts
from .settings import SETTINGS

WHERE = "receive connector"
STATES = ("present", "absent")


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``values`` holds declared options only: what is not declared is never written.

    ``clients_given_up`` is None where nothing is said of them; an empty set says that nobody is to be asked.
    """

    name: str | None = None
    state: str = "present"
    adopt: bool = False
    values: Values = field(default_factory=dict)
    close_relay: bool = False
    known_relays: frozenset[str] = frozenset()
    clients_given_up: frozenset[str] | None = None
    recipient_validation: bool | None = None

    @property
    def where(self) -> str:
        """How reasons name this declaration."""
        return f"{WHERE} '{self.name}'" if self.name else WHERE

    @property
    def manages(self) -> bool:
        """Whether it is about one connector."""
        return bool(self.name) or self.adopt

    @property
    def absent(self) -> bool:
        """Whether the connector is to be removed."""
        return self.state == "absent"


@dataclass(frozen=True)
class RelaysBack:
    """What the way back to saved receive connectors may open, and whom it may take a connector from."""

    confirm_open_relay: bool = False
    clients_given_up: frozenset[str] | None = None


CONTROLS: tuple[Option, ...] = (
    Option(
        "name",
        Text(64),
        "The connector's name. With O(adopt=true), which one of several is meant, and the name for a new one if there"
        " is none to adopt.",
    ),
    Option("state", Choice(*STATES), "Whether the receive connector exists. V(absent) removes it.", default="present"),
    Option(
        "adopt",
        Boolean(),
        "Adopt the connector that takes mail from the internet, whatever its name: enabled, on port 25, for anonymous"
        " clients with public addresses. An adopted connector keeps its name; several are refused unless O(name) is one"
        " of them.",
        default=False,
    ),
    Option(
        "close_relay",
        Boolean(),
        "Close connectors that relay for everyone: the right of anonymous clients to send to any recipient is taken"
        " away from each that is for public addresses and not in O(known_relays), before anything else of a run."
        " What is inherited, and V(ExternalAuthoritative), is reported and left; the task then fails. Without this"
        " option open relays are reported in every run.",
        default=False,
    ),
    Option(
        "known_relays",
        Names(),
        "Connectors that may relay for the public addresses that they are for, such as those of a branch office. One"
        " for everyone is an open relay whatever is declared here.",
    ),
    Option(
        "clients_given_up",
        IpRanges(),
        "Client addresses that may lose their connector by this declaration: those that used it in the last 14 days are"
        " listed, and refuse the change until they are named here. A range that reaches beyond private addresses counts"
        " for public ones only. Where neither message tracking nor a protocol log shows who used it, the change is"
        " refused until this is declared; an empty list is enough then.",
    ),
    Option(
        "recipient_validation",
        Boolean(),
        "Whether mail to recipients that do not exist is rejected at once, in authoritative domains: the"
        " organisation's C(RecipientValidationEnabled). It takes effect only if the anti-spam agents are installed,"
        " which is checked and reported, and never done.",
    ),
)
"""Options that steer the run, or are about all connectors. All others are settings of the connector."""
OPTIONS = (*CONTROLS, *SETTINGS)
"""The options of the action, besides those of every run."""
ACTION = Action(
    "receive_connector",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Keep the receive connector for mail from the internet in its declared state",
)
_CONTROLS = names(CONTROLS)


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = (), where: str | Spelling = WHERE) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written.

    Raises InputRefused with every reason, those ``found`` before among them: unknown options, wrong types, values out
    of range, settings that contradict each other.
    """
    reasons, at = list(found), Spelling.of(where)
    if isinstance(name := arguments.get("name"), (str, int)) and name and is_writable(name):
        at = replace(at, subject=f"{at.subject} '{name}'")
    given = parse(OPTIONS, arguments, at, reasons)
    controls = {name: given.pop(name) for name in _CONTROLS & given.keys()}
    desired = Desired(values=given, **controls)
    reasons += _declared_conflicts(desired, arguments)
    refuse(reasons)
    return desired


def _declared_conflicts(desired: Desired, arguments: Mapping[str, Any]) -> list[Reason]:
    """What cannot be right about the declaration whatever the host looks like."""
    where, reasons = desired.where, []
    declared = [row.name for row in SETTINGS if arguments.get(row.name) is not None]
    if not desired.manages and (declared or desired.absent):
        reasons.append(reason_of("receive_name_missing", where))
    if desired.absent and desired.adopt:
        reasons.append(reason_of("receive_absent_needs_name", where))
    for option in ("bindings", "remote_ip_ranges"):
        if desired.values.get(option) == frozenset():
            reasons.append(reason_of("receive_list_empty", where, option=option))
    return reasons if desired.absent else reasons + conflicts(desired.values, where)
