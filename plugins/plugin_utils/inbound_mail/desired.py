# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a look at incoming mail: how far back, where the connector is, and by which way the mail of each
domain is to come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Reason, collect, refuse
from ..inbound.desired import DOMAINS, parse_domains
from ..inbound.ways import DomainWays
from ..options.action import Action
from ..options.kinds import Raw
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Integer, Text
from ..pop3_connector.desired import OTHER_COLLECTORS, PLACE, ConnectorPlace, take_place
from ..pop3_connector.fetch import LOOKING
from ..pop3_connector.key_map import KeyMap, parse_key_map
from ..pop3_connector.task import DEFAULT_NAME
from ..run.options import LEDGER

WHERE = "incoming mail"
OPTIONS: tuple[Option, ...] = (
    Option(
        "domains",
        DOMAINS,
        "The domains for which mail comes in, each with its way, as O(sbs.mailflow.inbound#module:domains); without"
        " them the ways follow from what the host shows.",
    ),
    Option(
        "hours",
        Integer(1, 168),
        "The hours of message tracking that are searched for received mail.",
        default=24,
    ),
    Option(
        "ask_providers",
        Boolean(),
        "Ask the provider of each account how many messages are waiting, with the stored passwords, which do not leave"
        " the host. No mailbox is asked within the pause that its provider requires between two logins, nor one in"
        " clear text without O(confirm_clear_text).",
        default=True,
    ),
    Option(
        "key_map",
        Raw("dict"),
        "The key map of the host's file, as O(sbs.mailflow.pop3_connector#module:key_map); without it the port"
        " determines whether a connection uses TLS, and the accounts' targets are not known.",
    ),
    Option("log_lines", Integer(1, 1000), "The number of lines of the connector's newest log to show.", default=20),
    *LOOKING,
    Option("fetch_task", Text(200), "The name of the scheduled task that fetches.", default=DEFAULT_NAME),
    OTHER_COLLECTORS,
    LEDGER,
    *PLACE,
)
"""The options of the action, besides those of every run that only reads."""
ACTION = Action(
    "inbound_mail",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=False,
    description="Report whether mail comes in to Exchange 2010, and where it stands if it does not",
)


@dataclass(frozen=True)
class Desired(DomainWays):
    """A checked declaration."""

    place: ConnectorPlace = ConnectorPlace()
    key_map: KeyMap = KeyMap()
    hours: int = 24
    ask_providers: bool = True
    confirm_clear_text: bool = False
    log_lines: int = 20
    log_folder: str | None = None
    bad_mail_folder: str | None = None
    fetch_task: str = DEFAULT_NAME
    other_collectors: tuple[str, ...] = ()
    ledger: str | None = None


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = (), where: str | Spelling = WHERE) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written. Raises InputRefused with every
    reason."""
    reasons, at = list(found), Spelling.of(where)
    given = parse(OPTIONS, arguments, at, reasons, later=("key_map", "domains"))
    key_map = collect(reasons, parse_key_map, arguments.get("key_map"), at.inside("key_map").where) or KeyMap()
    domains = parse_domains(arguments.get("domains"), reasons, at)
    refuse(reasons)
    return Desired(domains, take_place(given), key_map, **given)
