# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: what an inventory declares of the POP3 connector, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Reason, collect, refuse
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import ListOf, Raw
from ..options.option import Option, names
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Integer, Kind
from ..run.options import LEDGER
from .declared_accounts import ACCOUNTS, DesiredAccount, parse_accounts
from .key_map import KeyMap, LineText, one_line, parse_key_map
from .task import TASK, FetchTask, parse_task

NOUN, WHERE = "pop3_connector", "POP3 connector"
DEFAULT_SERVICE = "pop3connector"
PLACE: tuple[Option, ...] = (
    Option("file", LineText(), "The path of the accounts file on the host, if it is not the default."),
    Option("service", LineText(256), "The name of the connector's service, if it is not V(pop3connector)."),
)
"""The options that say where the connector is; several actions share them."""


class _ServicePattern(Kind):
    """A service's name with wildcards."""

    def parse(self, value: Any) -> str:
        """The pattern; ValueError with what was expected."""
        if not isinstance(value, str) or not one_line(value) or not value.strip("*? "):
            raise ValueError("a service's name, with * as wildcard, that does not fit every service")
        return value


SERVICE_STATES = ("unchanged", "running", "stopped")

OTHER_COLLECTORS = Option(
    "other_collectors",
    ListOf(_ServicePattern()),
    "Names of further services that fetch mail, with V(*) as wildcard, besides the known ones.",
)
OPTIONS: tuple[Option, ...] = (
    Option("accounts", ACCOUNTS, "The accounts that the connector fetches, or is no longer to fetch."),
    Option(
        "exclusive",
        Boolean(),
        "Remove the accounts on the host that O(accounts) does not name. Needs O(allow_removal).",
        default=False,
    ),
    Option(
        "allow_removal",
        Boolean(),
        "Allows removing accounts from the file. The connector's behaviour then is not documented publicly.",
        default=False,
    ),
    Option(
        "key_map",
        Raw("dict"),
        "The keys under which this host's file holds mailbox, SSL and logon type. The map that the learning playbook"
        " has written to the host's folder below O(backup_dir) is used without it; what is declared here overrides it:"
        " C(mailbox), C(ssl) and C(logon), each a mapping with C(key) and C(values), and C(copy_as_is), a list of keys"
        " whose value a new account takes from the account it is copied from.",
    ),
    Option(
        "update_password",
        Choice("on_change", "always", "on_create"),
        "When the password of an account is written. V(on_change): when the host reports that it stores another one.",
        default="on_change",
    ),
    Option(
        "validate_logins",
        Boolean(),
        "Test the login of each new or changed account from the host before it is written. Nothing is fetched or"
        " deleted.",
        default=True,
    ),
    Option(
        "max_waiting",
        Integer(0, 1_000_000),
        "The largest number of messages waiting in a mailbox whose account is written without O(confirm_first_fetch).",
        default=200,
    ),
    Option(
        "confirm_first_fetch",
        Boolean(),
        "Confirms that all messages waiting in the mailboxes may be fetched, and so deleted at the provider, however"
        " many they are.",
        default=False,
    ),
    Option(
        "confirm_clear_text",
        Boolean(),
        "Confirms that user names and passwords of accounts without C(ssl) may be sent to the provider in clear text:"
        " such a login is then tested in clear text, as the connector logs in.",
        default=False,
    ),
    Option(
        "confirm_mailbox",
        Boolean(),
        "Confirms that the mailboxes of new or changed accounts exist, if Exchange cannot be queried. What Exchange"
        " reports about them still takes precedence.",
        default=False,
    ),
    Option(
        "confirm_no_other_collector",
        Boolean(),
        "Confirms that another program that fetches mail and was found on the host does not fetch these mailboxes.",
        default=False,
    ),
    OTHER_COLLECTORS,
    Option(
        "service_state", Choice(*SERVICE_STATES), "Whether the connector's service is running.", default="unchanged"
    ),
    *PLACE,
    Option(
        "fetch_task",
        TASK,
        "A scheduled task on the host that fetches at an interval of its own, as a mapping. The connector's own"
        " schedule continues beside it.",
    ),
    LEDGER,
)
"""The options of the action, besides those of every run."""
ACTION = Action(
    "pop3_connector",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Keep the accounts of the SBS POP3 connector as declared",
)
_LATER = ("accounts", "key_map", "fetch_task")


@dataclass(frozen=True)
class ConnectorPlace:
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
class AccountsBack:
    """To which backup of the accounts file, where it lies, and what the service does then."""

    backup: str | None = None
    service_state: str = "unchanged"
    place: ConnectorPlace = ConnectorPlace()


@dataclass(frozen=True)
class Desired:
    """A checked declaration."""

    accounts: tuple[DesiredAccount, ...] = ()
    key_map: KeyMap = KeyMap()
    fetch_task: FetchTask | None = None
    other_collectors: tuple[str, ...] = ()
    place: ConnectorPlace = ConnectorPlace()
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
    def present(self) -> tuple[DesiredAccount, ...]:
        """The accounts that are to be there."""
        return tuple(each for each in self.accounts if each.state == "present")


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = (), where: str | Spelling = WHERE) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written.

    Raises InputRefused with every reason, those ``found`` before among them.
    """
    reasons, at = list(found), Spelling.of(where)
    given = parse(OPTIONS, arguments, at, reasons, later=_LATER)
    key_map = collect(reasons, parse_key_map, arguments.get("key_map"), at.inside("key_map").where) or KeyMap()
    accounts = collect(reasons, parse_accounts, arguments.get("accounts"), key_map, at) or ()
    task = collect(reasons, parse_task, arguments.get("fetch_task"), accounts, at)
    if given["exclusive"] and arguments.get("accounts") is None:
        reasons.append(reason_of("pop3_exclusive_of_nothing", WHERE))
    refuse(reasons)
    return Desired(accounts, key_map, task, place=take_place(given), **given)


def take_place(given: dict[str, Any]) -> ConnectorPlace:
    """Where the connector is, taken out of what was told."""
    return ConnectorPlace(**{name: given.pop(name) for name in names(PLACE) & given.keys()})
