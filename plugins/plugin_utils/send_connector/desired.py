# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: what an inventory declares of a send connector, checked strictly and all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..account_age import RECREATED, TIME_ZONE, Mailbox, parse_mailbox
from ..errors import Reason, collect, refuse
from ..exchange.settings import Values
from ..mailboxes.logins import NAME, PASSWORD
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import Raw, Record
from ..options.option import Option, names
from ..options.parse import parse
from ..options.spelling import Spelling, Words
from ..options.values import AddressSpaces, Boolean, Choice, Names, Text, is_writable
from .rules import BASIC, conflicts
from .settings import SETTINGS
from .ways import DIRECT, WAY, contradictions, with_way

WHERE = "send connector"
STATES = ("present", "absent")
UPDATE_PASSWORD = ("auto", "always", "on_create")
LOGIN = Record(
    Option("username", NAME, "The user name that the mailbox logs in with, usually its address.", required=True),
    Option(
        "password",
        PASSWORD,
        "The mailbox's password, from ansible-vault. Needed if it is to be written; a login that is already stored on"
        " the host may be declared without it, to declare its age.",
        secret=True,
    ),
    Option(
        "created",
        Raw(),
        "When the provider created the mailbox: a date, or a date-time. A plain date counts as the end of that day, so"
        " that 14 days are never 13 and some hours.",
        required=True,
    ),
    Option(
        "minimum_age_days", Raw("int"), "How old the mailbox must be, in days: 14 (the default) or more, never less."
    ),
    TIME_ZONE,
    RECREATED,
    words=Words(unknown="login_option_unknown", shape="login_no_mapping"),
)
"""A login; what is raw in it is read by ``account_age.parse_mailbox``."""


@dataclass(frozen=True)
class Credential:
    """The declared login: the mailbox whose age is judged, its password (never shown; None: it need not be written),
    and whether the mailbox was made anew."""

    mailbox: Mailbox
    password: str | None = field(default=None, repr=False)
    recreated: bool = False

    @property
    def username(self) -> str:
        """The name with which the mailbox logs in."""
        return self.mailbox.login_name


@dataclass(frozen=True)
class ConnectorsBack:
    """What the way back to saved connectors may write and leave."""

    logins: tuple[Credential, ...] = ()
    confirm_no_smarthost: bool = False


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``values`` holds declared options only: what is not declared is never written.

    ``in_use_before`` is the login that the connector had when the run began, where the run itself has changed it since
    and goes back; ``known_mailboxes`` are those of which an age is known besides; ``rotated``: the password is known
    to be another one than was written last. No option sets them.
    """

    name: str | None = None
    state: str = "present"
    adopt: bool = False
    way: str | None = None
    values: Values = field(default_factory=dict)
    credential: Credential | None = None
    update_password: str = "auto"
    exclusive: bool = False
    confirm_no_smarthost: bool = False
    known_routes: frozenset[str] | None = None
    in_use_before: str | None = None
    known_mailboxes: tuple[Mailbox, ...] = ()
    rotated: bool = False

    @property
    def may_send_directly(self) -> bool:
        """Whether it is said that mail may leave without a smart host."""
        return self.confirm_no_smarthost or self.way == DIRECT

    @property
    def where(self) -> str:
        """How reasons name this declaration."""
        return f"send connector '{self.name}'" if self.name else "send connector to be adopted"


KNOWN_ROUTES = Option(
    "known_routes",
    Names(),
    "Other enabled connectors that are intended to send mail to the internet: their names, or address spaces such as"
    " V(*.de). All that is not named here is reported in every run.",
)
CONTROLS: tuple[Option, ...] = (
    Option(
        "name",
        Text(64),
        "The connector's name. Required unless O(adopt=true); with it, the name for a new connector if there is none"
        " to adopt.",
    ),
    Option("state", Choice(*STATES), "Whether the connector exists. V(absent) removes it.", default="present"),
    Option(
        "adopt",
        Boolean(),
        "Adopt the existing enabled connector with the same address spaces, whatever its name: the SBS wizard names"
        " its connector in the server's language. An adopted connector keeps its name.",
        default=False,
    ),
    WAY,
    Option(
        "update_password",
        Choice(*UPDATE_PASSWORD),
        "When the password is written, since no host returns it for comparison. V(auto): when the connector is"
        " created, its login name changes, or the ledger in O(backup_dir) shows that another one was written last."
        " V(always): at every run. V(on_create): only on a new connector.",
        default="auto",
    ),
    Option(
        "exclusive",
        Boolean(),
        "Disable all other enabled connectors that send mail to every domain (V(*)). They are not removed.",
        default=False,
    ),
    Option(
        "confirm_no_smarthost",
        Boolean(),
        "Allow a change after which no enabled connector sends mail to every domain (it stays in the queues), or only"
        " one that sends directly by DNS (most receivers reject mail from a dynamic IP address). For the latter it is"
        " the old spelling of O(way=direct).",
        default=False,
    ),
    KNOWN_ROUTES,
)
"""Options that steer the run. All others are settings of the connector."""
OPTIONS = (
    *CONTROLS,
    *(each for each in SETTINGS if not each.secret),
    Option("login", LOGIN, SETTINGS["login"].description, secret=True),
)
"""The options of the action, besides those of every run."""
ACTION = Action(
    "send_connector",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Keep a send connector of Exchange 2010 in its declared state",
)
_CONTROLS = names(CONTROLS)


def parse_desired(
    arguments: Mapping[str, Any], now: datetime, found: Sequence[Reason] = (), where: str | Spelling = WHERE
) -> Desired:
    """The declaration of a task's arguments at the moment ``now`` (aware); ``where`` says how its options are written.

    Raises InputRefused with every reason, those ``found`` before among them: unknown options, wrong types, values out
    of range, settings that contradict each other, a login without or with an impossible creation date.
    """
    reasons, at = list(found), Spelling.of(where)
    if isinstance(name := arguments.get("name"), (str, int)) and name and is_writable(name):
        at = replace(at, subject=f"{at.subject} '{name}'")
    given = parse(OPTIONS, arguments, at, reasons, later=("login",))
    controls = {name: given.pop(name) for name in _CONTROLS & given.keys()}
    # A declaration that does not say how to log in, or removes the connector, may name a login for its age alone.
    writes = arguments.get("smart_host_auth_mechanism") is not None and controls.get("state") != "absent"
    credential = parse_login(reasons, at, arguments.get("login"), now, password_needed=writes)
    desired = Desired(values=_derive(given), credential=credential, **controls)
    against = contradictions(desired.way, arguments, given, desired.where) if desired.state == "present" else []
    if not against and desired.state == "present":
        desired = replace(desired, values=with_way(desired.way, desired.values))
    reasons += [*against, *_spaces_twice(desired, arguments), *_declared_conflicts(desired, arguments)]
    refuse(reasons)
    return desired


def parse_login(
    reasons: list[Reason],
    where: str | Spelling,
    login: Any,
    now: datetime,
    password_needed: bool = True,
    name: str = "login",
) -> Credential | None:
    """The login that is declared as the option ``name``; its value is never repeated in a reason, whatever it is."""
    at = Spelling.of(where)
    told = None if login is None else LOGIN.read(login, at, name, reasons)
    if not isinstance(told, Mapping):
        return None
    # An unknown option may be the password, misspelt.
    left_out = login.get("password") is None and not password_needed and not set(login) - names(LOGIN.options)
    if "password" not in told and not left_out:
        reasons.append(reason_of("password_missing", at.where))
    data = {**told, "address": told.get("username")}
    mailbox = collect(reasons, parse_mailbox, data, now, at.inside(name).where)
    return Credential(mailbox, told.get("password"), told.get("recreated", False)) if mailbox else None


def _derive(values: Values) -> Values:
    """Smart hosts and DNS routing exclude each other: declaring one settles the other."""
    if values.get("smart_hosts") and "dns_routing_enabled" not in values:
        return {**values, "dns_routing_enabled": False}
    if values.get("dns_routing_enabled") is True and "smart_hosts" not in values:
        return {**values, "smart_hosts": frozenset()}
    return values


def _spaces_twice(desired: Desired, arguments: Mapping[str, Any]) -> list[Reason]:
    """An address space is declared once, with one cost. A host that has it with two is left to the host, and saved as
    it is."""
    by_space: dict[str, list[str]] = defaultdict(list)
    fits = "address_spaces" in desired.values
    for space in sorted(AddressSpaces().each(arguments["address_spaces"])) if fits else ():
        by_space[space.rpartition(";")[0].lower()].append(space)
    return [
        reason_of(
            "value_unfit",
            desired.where,
            option="address_spaces",
            value=", ".join(same),
            expected="each address space once, with one cost",
        )
        for same in by_space.values()
        if len(same) > 1
    ]


def _declared_conflicts(desired: Desired, arguments: Mapping[str, Any]) -> list[Reason]:
    """What cannot be right about the declaration whatever the host looks like."""
    where, reasons = desired.where, []
    mechanism = desired.values.get("smart_host_auth_mechanism")
    # What is declared and does not fit has its own reason already; it is not missing as well.
    unfit = {option for option, value in arguments.items() if value is not None} - set(desired.values)
    if not desired.name and not desired.adopt:
        reasons.append(reason_of("name_missing", where))
    if desired.state == "absent" and desired.adopt:
        reasons.append(reason_of("absent_needs_name", where))
    if desired.adopt and not desired.values.get("address_spaces") and "address_spaces" not in unfit:
        reasons.append(reason_of("adopt_without_address_space", where))
    for option in ("address_spaces", "source_transport_servers"):
        if desired.values.get(option) == frozenset():
            reasons.append(reason_of("list_empty", where, option=option))
    if arguments.get("smart_hosts") == [] and desired.values.get("dns_routing_enabled") is not True:
        reasons.append(reason_of("smart_hosts_empty", where))
    if desired.state == "absent":
        return reasons
    # A login without a password only answers for its age; how the connector logs in is the host's then.
    written = desired.credential is not None and desired.credential.password is not None
    if written and desired.way != DIRECT and mechanism not in BASIC and "smart_host_auth_mechanism" not in unfit:
        reasons.append(reason_of("login_without_basic", where, mechanism=mechanism or "nothing"))
    return reasons + conflicts(desired.values, arguments.get("login") is not None, where)
