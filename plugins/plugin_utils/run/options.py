# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every action of the collection takes, whatever its noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Reason
from ..mailboxes.logins import NAME, PASSWORD
from ..options.action import Action
from ..options.kinds import Record
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling, Words
from ..options.values import Choice, Integer, Names, Text
from ..request import NO_EXCHANGE, ExchangeShell

WHERE = "sbs.mailflow"
EXCHANGE_LOGIN = Record(
    Option("username", NAME, "The account, as V(NT4ADMINS\\\\Administrator).", required=True),
    Option("password", PASSWORD, "Its password, from ansible-vault.", required=True, secret=True),
    words=Words(unknown="exchange_login_missing", missing="exchange_login_missing", shape="exchange_login_missing"),
)
"""An account for the endpoint."""
ALWAYS: tuple[Option, ...] = (
    Option(
        "timeout",
        Integer(5, 86400),
        "The seconds after which the action stops and closes its shell on the host.",
        default=600,
    ),
)
"""What every action takes."""
EXCHANGE: tuple[Option, ...] = (
    Option(
        "exchange_connection",
        Choice("snapin", "endpoint"),
        "How the agent accesses Exchange's cmdlets: the snap-in on the host, or a session to the host's own"
        " V(Microsoft.Exchange) endpoint, which needs O(exchange_login).",
        default="snapin",
    ),
    Option("exchange_uri", Text(), "The endpoint's address; by default V(http://localhost/PowerShell/)."),
    Option(
        "exchange_login",
        EXCHANGE_LOGIN,
        "The account for O(exchange_connection=endpoint), which the snap-in does not need.",
        secret=True,
    ),
)
"""What the actions take that may load an Exchange shell."""
PLANS: tuple[Option, ...] = (
    Option(
        "backup_dir",
        Text(),
        "Where the state before a change is saved on the controller; by default C(.mailflow) beside the inventory file"
        " that has the host, whatever playbook is run. C(backup) beside the playbook, the default until then, stays in"
        " use where there is one, and for a host of no inventory file.",
    ),
    Option(
        "accept_identity",
        Names(),
        "Identities of servers, as a refusal names them, that are also this host: the controller's data about them"
        " then belongs to it. For a server that was renamed or replaced, or whose inventory entry was.",
    ),
    Option(
        "approved_plan",
        Text(),
        "The digest of the only plan that may be applied, as an earlier check mode reported it.",
    ),
)
"""What the actions take that make a plan, or keep something on the controller."""
LEDGER = Option("ledger", Text(), "The ledger's file on the controller; by default C(ledger.sqlite) in O(backup_dir).")
"""What the actions take that ask or keep the ledger of logins."""
RUN_OPTIONS = (*ALWAYS, *EXCHANGE, *PLANS)
DEFAULT_URI = "http://localhost/PowerShell/"


@dataclass(frozen=True)
class RunOptions:
    """The checked options. ``timeout`` is in seconds; ``accept_identity`` holds identities in small letters."""

    timeout: int = 600
    shell: ExchangeShell = NO_EXCHANGE
    backup_dir: str | None = None
    approved_plan: str | None = None
    accept_identity: frozenset[str] = frozenset()


def options_of(needs_exchange: bool, plans: bool) -> tuple[Option, ...]:
    """The options of an action that loads an Exchange shell or not, and makes a plan or only looks."""
    return (*ALWAYS, *(EXCHANGE if needs_exchange else ()), *(PLANS if plans else ()))


def every_option(action: Action) -> tuple[Option, ...]:
    """All options of an action, those of every run at the end."""
    return (*action.options, *options_of(action.needs_exchange, action.plans))


def split_run_options(
    arguments: Mapping[str, Any], needs_exchange: bool, plans: bool | None = None
) -> tuple[RunOptions, dict[str, Any], list[Reason]]:
    """The run's own options, the other arguments, and what is wrong with the former. An action that loads an Exchange
    shell makes a plan, unless it says otherwise."""
    known = options_of(needs_exchange, needs_exchange if plans is None else plans)
    mine = {each.name: arguments[each.name] for each in known if each.name in arguments}
    reasons: list[Reason] = []
    given = parse(known, mine, Spelling(WHERE), reasons, later=("exchange_login",))
    shell = _shell(reasons, given, arguments.get("exchange_login")) if needs_exchange else NO_EXCHANGE
    kept = {
        name: given[name] for name in ("timeout", "backup_dir", "approved_plan", "accept_identity") if name in given
    }
    return RunOptions(shell=shell, **kept), {name: arguments[name] for name in arguments if name not in mine}, reasons


def _shell(reasons: list[Reason], given: Mapping[str, Any], login: Any) -> ExchangeShell:
    if given["exchange_connection"] == "snapin":
        return ExchangeShell()
    found: list[Reason] = []
    account = EXCHANGE_LOGIN.read(login, Spelling(WHERE), "exchange_login", found)
    reasons += dict.fromkeys(found)  # whatever is missing, and however much of it, is said once
    if found:
        return ExchangeShell()
    uri = given.get("exchange_uri") or DEFAULT_URI
    return ExchangeShell("endpoint", uri, account["username"], account["password"])
