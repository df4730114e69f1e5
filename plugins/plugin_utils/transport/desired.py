# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: what an inventory declares of a transport server, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Reason, refuse
from ..exchange.settings import Values
from ..mailboxes.providers import mature_rates
from ..messages import reason_of
from ..options.action import Action
from ..options.option import Option, names
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Choice, Integer, Kind, Text
from ..send_connector.settings import SETTINGS as OF_CONNECTOR
from .calm import with_calm
from .rules import conflicts
from .settings import SETTINGS

WHERE = "transport server"
MESSAGES = "smtp_max_messages_per_connection"
CONNECTOR_KINDS: dict[str, Kind] = {MESSAGES: OF_CONNECTOR[MESSAGES].kind}
"""The settings of the send connector that this noun keeps as well; send_connector has them all."""


@dataclass(frozen=True)
class Desired:
    """A checked declaration: ``values`` holds declared and calm options only, all else is never written.

    ``provider_per_hour``: messages an hour that the provider takes, where the declaration says so. ``connector_values``
    are declared for the send connector of the name ``connector``, or without one for that to the smart host."""

    values: Values = field(default_factory=dict)
    provider_per_hour: int | None = None
    connector_values: Values = field(default_factory=dict)
    connector: str | None = None


CONTROLS: tuple[Option, ...] = (
    Option(
        "calm_for_per_hour",
        Integer(1, 1_000_000),
        "The number of messages an hour that the provider accepts. Retry and connection settings that are not declared"
        " then get calm values, so that a usual backlog causes no more attempts than that.",
    ),
    Option(
        "calm_for_provider",
        Choice(*mature_rates()),
        "The same with the packaged number of a provider, for a mailbox past the first, throttled days. For other"
        " providers O(calm_for_per_hour).",
    ),
)
"""Options that steer the run. All others are settings of the server, and one of the connector."""
CONNECTOR: tuple[Option, ...] = (
    Option(
        MESSAGES,
        CONNECTOR_KINDS[MESSAGES],
        "How many messages are sent over one connection of the send connector before a new one is opened: the"
        " connector's C(SmtpMaxMessagesPerConnection). If the inventory declares the connector, declare it there.",
    ),
    Option(
        "connector",
        Text(64),
        "The name of the connector that O(smtp_max_messages_per_connection) is for. By default the only enabled one"
        " that sends mail for every domain (V(*)) to a smart host.",
    ),
)
"""Options for the send connector."""
OPTIONS = (*CONTROLS, *CONNECTOR, *SETTINGS)
"""The options of the action, besides those of every run."""
ACTION = Action(
    "transport",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Keep the retry and connection limits of Exchange 2010's transport in their declared state",
)


def parse_desired(
    arguments: Mapping[str, Any],
    found: Sequence[Reason] = (),
    where: str | Spelling = WHERE,
    elsewhere: Mapping[str, Any] | None = None,
) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written, ``elsewhere`` is what
    ``declared_elsewhere`` found.

    Raises InputRefused with every reason, those ``found`` before among them: unknown options, wrong types, values out
    of range, settings that contradict each other or what is declared elsewhere.
    """
    reasons = list(found)
    given = parse(OPTIONS, arguments, Spelling.of(where), reasons)
    rate = _rate(reasons, given.pop("calm_for_per_hour", None), given.pop("calm_for_provider", None))
    declared = {name: given.pop(name) for name in names(CONNECTOR) & given.keys()}
    values = with_calm(given, rate)
    reasons += conflicts(values, WHERE)
    reasons += _of_connector(arguments, declared, elsewhere or {})
    refuse(reasons)
    connector = declared.pop("connector", None)
    return Desired(values, rate, declared, connector)


def declared_elsewhere(variable: Callable[[str], Any]) -> dict[str, Any]:
    """The values that an inventory declares of the same setting where the connector is declared, by where that is.

    ``variable`` gives an inventory variable's value, None where it is not declared.
    """
    account = variable("smarthost_account_connector")
    return {
        f"send_connector_{MESSAGES}": variable(f"send_connector_{MESSAGES}"),
        f"smarthost_account_connector.{MESSAGES}": account.get(MESSAGES) if isinstance(account, Mapping) else None,
    }


def _of_connector(
    arguments: Mapping[str, Any], declared: Mapping[str, Any], elsewhere: Mapping[str, Any]
) -> list[Reason]:
    """Two owners of one value would set it to and fro. A value elsewhere that is none is for its own role to refuse."""
    value = declared.get(MESSAGES)
    if value is None:
        lost = declared.get("connector") and arguments.get(MESSAGES) is None
        return [reason_of("connector_without_setting", WHERE)] if lost else []
    others = {variable: CONNECTOR_KINDS[MESSAGES].host(other) for variable, other in elsewhere.items()}
    return [
        reason_of("declared_twice", WHERE, value=value, other=other, variable=variable)
        for variable, other in others.items()
        if isinstance(other, int) and other != value
    ]


def _rate(reasons: list[Reason], per_hour: int | None, provider: str | None) -> int | None:
    if per_hour is not None and provider is not None:
        reasons.append(reason_of("calm_twice", WHERE))
    return mature_rates()[provider] if provider is not None else per_hour
