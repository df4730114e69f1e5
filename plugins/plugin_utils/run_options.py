# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every action of the collection takes, whatever its noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .controls import convert
from .errors import Reason
from .logins import LOGIN, parse_texts
from .messages import say
from .request import NO_EXCHANGE, ExchangeShell
from .values import Choice, Integer, Kind, Names, Text

WHERE = "sbs.mailflow"
EXCHANGE_LOGIN_OPTIONS: dict[str, tuple[str, str]] = {
    "username": ("str", "The account, as V(NT4ADMINS\\\\Administrator). Required."),
    "password": ("str", "Its password, from ansible-vault. Required."),
}
"""The keys of an account for the endpoint: type in Ansible's documentation, and what they mean."""


@dataclass(frozen=True)
class RunOption:
    """One such option; those that ``needs_exchange`` are no options of the actions that load no Exchange shell, those
    of a plan (``plans``) none of the actions that only look."""

    option: str
    kind: Kind
    default: Any
    description: str
    secret: bool = False
    needs_exchange: bool = True
    required: bool = False
    plans: bool = False


RUN_OPTIONS: tuple[RunOption, ...] = (
    RunOption(
        "timeout",
        Integer(5, 86400),
        600,
        "After how many seconds the action gives up and closes its shell on the host.",
        needs_exchange=False,
    ),
    RunOption(
        "exchange_connection",
        Choice("snapin", "endpoint"),
        "snapin",
        "How the agent reaches Exchange's cmdlets: the snap-in on the host, or a session to the host's own"
        " V(Microsoft.Exchange) endpoint, which needs O(exchange_login).",
    ),
    RunOption("exchange_uri", Text(), None, "The endpoint's address; by default V(http://localhost/PowerShell/)."),
    RunOption(
        "exchange_login",
        Text(),
        None,
        "The account for O(exchange_connection=endpoint), which the snap-in does not need.",
        secret=True,
    ),
    RunOption(
        "backup_dir",
        Text(),
        None,
        "Where the state before a change is saved on the controller; by default C(backup) beside the playbook (for a"
        " playbook of the collection itself: in the working directory).",
        needs_exchange=False,
        plans=True,
    ),
    RunOption(
        "accept_identity",
        Names(),
        None,
        "Identities of servers, as a refusal names them, that are this host, too: what the controller keeps of them is"
        " then its own. For a server that was renamed or replaced, or whose inventory entry was.",
        needs_exchange=False,
        plans=True,
    ),
    RunOption(
        "approved_plan",
        Text(),
        None,
        "The digest of the only plan that may be applied, as an earlier check mode reported it.",
        needs_exchange=False,
        plans=True,
    ),
)
DEFAULT_URI = "http://localhost/PowerShell/"


@dataclass(frozen=True)
class RunOptions:
    """The checked options. ``timeout`` is in seconds; ``accept_identity`` holds identities in small letters."""

    timeout: int = 600
    shell: ExchangeShell = NO_EXCHANGE
    backup_dir: str | None = None
    approved_plan: str | None = None
    accept_identity: frozenset[str] = frozenset()


def options_of(needs_exchange: bool, plans: bool) -> tuple[RunOption, ...]:
    """The options of an action that loads an Exchange shell or not, and makes a plan or only looks."""
    return tuple(
        each for each in RUN_OPTIONS if (needs_exchange or not each.needs_exchange) and (plans or not each.plans)
    )


def split_run_options(
    arguments: Mapping[str, Any], needs_exchange: bool, plans: bool | None = None
) -> tuple[RunOptions, dict[str, Any], list[Reason]]:
    """The run's own options, the other arguments, and what is wrong with the former. An action that loads an Exchange
    shell makes a plan, unless it says otherwise."""
    known = {each.option: each for each in options_of(needs_exchange, needs_exchange if plans is None else plans)}
    reasons: list[Reason] = []
    values = {
        name: convert(reasons, WHERE, name, each.kind, None if each.secret else arguments.get(name), each.default)
        for name, each in known.items()
    }
    shell = _shell(reasons, values, arguments.get("exchange_login")) if needs_exchange else NO_EXCHANGE
    accepted = values.get("accept_identity") or frozenset()
    options = RunOptions(values["timeout"], shell, values.get("backup_dir"), values.get("approved_plan"), accepted)
    return options, {name: value for name, value in arguments.items() if name not in known}, reasons


def _shell(reasons: list[Reason], values: Mapping[str, Any], login: Any) -> ExchangeShell:
    if values["exchange_connection"] == "snapin":
        return ExchangeShell()
    declared = login if isinstance(login, Mapping) else {}
    texts = parse_texts(reasons, f"{WHERE}, exchange_login", declared, LOGIN)
    if None in texts.values() or set(declared) - set(EXCHANGE_LOGIN_OPTIONS):
        reasons.append(say("exchange_login_missing", WHERE))
        return ExchangeShell()
    return ExchangeShell("endpoint", values["exchange_uri"] or DEFAULT_URI, texts["username"], texts["password"])
