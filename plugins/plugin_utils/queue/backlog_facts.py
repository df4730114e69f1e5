# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backlog among a host's facts, where it is asked for: in the same remote process, and no harm where it is not to
be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..agent import host_facts
from ..agent.session import Session, ask_to_read, require_read
from ..errors import Reason, refuse
from ..messages import reason_of
from ..options.action import Action
from ..options.option import Option, names
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean
from ..request import ExchangeShell, Request
from .desired import RATE, Desired, parse_desired
from .look import EXCHANGE_STEPS, facts_of, read_steps

WHERE = "facts"
OPTIONS: tuple[Option, ...] = (
    Option(
        "backlog",
        Boolean(),
        "Also report the messages waiting in Exchange's queues, as RV(ignore:ansible_facts.sbs_mailflow.backlog)."
        " Loads an Exchange shell, which the other facts do not need.",
        default=False,
    ),
    *RATE,
)
"""The options of facts, besides those of every run that only reads."""
ACTION = Action(
    "facts",
    OPTIONS,
    needs_exchange=True,
    plans=False,
    role=False,
    description="Gather facts of a host with PowerShell 2.0 and Exchange",
)


def parse_look(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Desired | None:
    """What is asked of the backlog; None: nothing. Raises InputRefused with every reason."""
    reasons = list(found)
    given = parse(OPTIONS, arguments, Spelling(WHERE), reasons, later=names(RATE))
    rate = {name: arguments[name] for name in names(RATE) if arguments.get(name) is not None}
    if rate and not given["backlog"]:
        reasons.append(reason_of("rate_without_backlog", WHERE))
    if not given["backlog"]:
        refuse(reasons)
        return None
    return parse_desired(rate, reasons)


def facts_with_backlog(
    session: Session, shell: ExchangeShell, desired: Desired, now: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The facts with the backlog (None where it could not be read), and what there is to say. Raises MailflowError."""
    request = Request((*read_steps(desired.hours, desired.back), *host_facts.BESIDE), shell)
    reply, again = ask_to_read(session, request)
    require_read(reply, request, session.where, may_fail={*EXCHANGE_STEPS, *host_facts.MAY_FAIL})
    backlog, notices = facts_of(reply, session.where, desired)
    told = {**host_facts.facts_of(reply, now), "backlog": backlog}
    return told, (*again, *reply.warnings, *host_facts.notices(reply), *notices)
