# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: what an inventory declares of the POP3 connector, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..controls import Control, convert_all, names, unknown_options
from ..errors import Reason, collect, refuse
from ..messages import say
from ..values import Boolean, Choice, Integer, Text
from .key_map import KeyMap, one_line, parse_key_map
from .task import FetchTask, parse_task
from .wished import WishedAccount, parse_accounts

NOUN, WHERE = "pop3_connector", "POP3 connector"
DEFAULT_SERVICE = "pop3connector"
PLACE: tuple[Control, ...] = (
    Control("file", Text(), None, "The accounts file on the host, where it is not at its usual place."),
    Control("service", Text(256), None, "The connector's service, where its name is not V(pop3connector)."),
)
"""The options that say where the connector is; several actions share them."""
SERVICE_STATES = ("unchanged", "running", "stopped")

OPTIONS: tuple[Control, ...] = (
    Control("accounts", Text(), None, "The accounts that the connector fetches, or is to fetch no more."),
    Control(
        "exclusive",
        Boolean(),
        False,
        "Remove the accounts on the host that O(accounts) does not name. Needs O(allow_removal).",
    ),
    Control(
        "allow_removal",
        Boolean(),
        False,
        "Accounts may be removed from the file. Nobody has published how the connector takes that.",
    ),
    Control(
        "key_map",
        Text(),
        None,
        "Under which keys this host's file holds mailbox, SSL and logon type. The map that the learning playbook has"
        " written to the host's folder below O(backup_dir) is known without it; what is declared here counts instead:"
        " C(mailbox), C(ssl) and C(logon), each a mapping with C(key) and C(values), and C(copy_as_is), a"
        " list of keys whose value a new account takes from the account it is made after.",
    ),
    Control(
        "update_password",
        Choice("on_change", "always", "on_create"),
        "on_change",
        "When the password of an account is written. V(on_change): when the host says that it stores another one.",
    ),
    Control(
        "validate_logins",
        Boolean(),
        True,
        "Prove the login of each account that is new or changed from the host before it is written. Nothing is fetched"
        " or deleted.",
    ),
    Control(
        "max_waiting",
        Integer(0, 1_000_000),
        200,
        "How many messages may wait in a mailbox whose account is written without O(confirm_first_fetch).",
    ),
    Control(
        "confirm_first_fetch",
        Boolean(),
        False,
        "Says that all messages that wait in the mailboxes may be fetched, and so deleted at the provider, however many"
        " they are.",
    ),
    Control(
        "confirm_clear_text",
        Boolean(),
        False,
        "Says that names and passwords of accounts without C(ssl) may be read on their way to the provider: such a"
        " login is then proven as the connector logs in, in the clear.",
    ),
    Control(
        "confirm_mailbox",
        Boolean(),
        False,
        "Says that the mailboxes of new or changed accounts are there, where Exchange cannot be asked. What Exchange"
        " says of them counts all the same.",
    ),
    Control(
        "confirm_no_other_collector",
        Boolean(),
        False,
        "Says that another program that fetches mail and was found on the host does not fetch these mailboxes.",
    ),
    Control(
        "other_collectors",
        Text(),
        None,
        "Names of further services that fetch mail, with V(*) as wildcard, besides those that are known.",
    ),
    Control("service_state", Choice(*SERVICE_STATES), "unchanged", "Whether the connector's service runs."),
    *PLACE,
    Control(
        "fetch_task",
        Text(),
        None,
        "A scheduled task on the host that fetches at an interval of its own, as a mapping. The connector's own"
        " schedule goes on beside it.",
    ),
    Control(
        "ledger", Text(), None, "The ledger's file on the controller; by default C(ledger.sqlite) in O(backup_dir)."
    ),
)
"""The options of the action, besides those of every run."""
_OWN = ("accounts", "key_map", "other_collectors", "fetch_task")


@dataclass(frozen=True)
class Place:
    """Where the connector is: None stands for what an untouched SBS has."""

    file: str | None = None
    service: str | None = None

    def parameters(self) -> dict[str, Any]:
        """The parameters of every command that takes a place."""
        given = {"Path": self.file, "Service": self.service}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def service_name(self) -> str:
        """The service's name."""
        return self.service or DEFAULT_SERVICE


@dataclass(frozen=True)
class Desired:
    """A checked wish."""

    accounts: tuple[WishedAccount, ...] = ()
    key_map: KeyMap = KeyMap()
    fetch_task: FetchTask | None = None
    other_collectors: tuple[str, ...] = ()
    place: Place = Place()
    exclusive: bool = False
    allow_removal: bool = False
    update_password: str = "on_change"
    validate_logins: bool = True
    max_waiting: int = 200
    confirm_first_fetch: bool = False
    confirm_clear_text: bool = False
    confirm_mailbox: bool = False
    confirm_no_other_collector: bool = False
    service_state: str = "unchanged"
    ledger: str | None = None

    @property
    def present(self) -> tuple[WishedAccount, ...]:
        """The accounts that are to be there."""
        return tuple(each for each in self.accounts if each.state == "present")


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Desired:
    """The wish of a task's arguments. Raises WishRefused with every reason, those ``found`` before among them."""
    reasons = [*found, *unknown_options(arguments, names(OPTIONS), WHERE)]
    plain = convert_all(
        reasons, WHERE, (each for each in OPTIONS if each.option not in (*_OWN, "file", "service")), arguments
    )
    place = parse_place(reasons, arguments, WHERE)
    key_map = collect(reasons, parse_key_map, arguments.get("key_map"), f"{WHERE}, key_map") or KeyMap()
    accounts = collect(reasons, parse_accounts, arguments.get("accounts"), key_map, f"{WHERE}, accounts") or ()
    task = collect(reasons, parse_task, arguments.get("fetch_task"), accounts, f"{WHERE}, fetch_task")
    others = _other_collectors(reasons, arguments.get("other_collectors"))
    if plain["exclusive"] and arguments.get("accounts") is None:
        reasons.append(say("pop3_exclusive_of_nothing", WHERE))
    refuse(reasons)
    return Desired(accounts, key_map, task, others, place, **plain)


def parse_place(reasons: list[Reason], arguments: Mapping[str, Any], where: str) -> Place:
    """Where the connector is; what is wrong about it becomes a reason."""
    told = convert_all(reasons, where, PLACE, arguments)
    for option, value in told.items():
        if value is not None and not one_line(value):
            reasons.append(say("value_unfit", where, option=option, value=repr(value), expected="a text on one line"))
    return Place(**told)


def _other_collectors(reasons: list[Reason], declared: Any) -> tuple[str, ...]:
    if declared is None:
        return ()
    fits = isinstance(declared, Sequence) and not isinstance(declared, str)
    if not fits or not all(isinstance(each, str) and one_line(each) and each.strip("*? ") for each in declared):
        expected = "a list of services' names, with * as wildcard, none of which fits every service"
        reasons.append(say("value_unfit", WHERE, option="other_collectors", value=repr(declared), expected=expected))
        return ()
    return tuple(declared)
