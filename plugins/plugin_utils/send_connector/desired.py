# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: what an inventory declares of a send connector, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..account_age import RECREATED, Mailbox, parse_mailbox, parse_recreated
from ..controls import Control, convert_all, convert_declared, names, unknown_options
from ..errors import Reason, collect, refuse
from ..exchange.settings import Values
from ..logins import LOGIN, parse_texts
from ..messages import say
from ..values import Boolean, Choice, Names, Text
from .rules import BASIC, contradictions
from .settings import SETTINGS

STATES = ("present", "absent")
UPDATE_PASSWORD = ("auto", "always", "on_create")
LOGIN_OPTIONS: dict[str, tuple[str, str]] = {
    "username": ("str", "The name with which the mailbox logs in, as a rule its address. Required."),
    "password": (
        "str",
        "The mailbox's password, from ansible-vault. Needed where it is to be written; a login that is stored on the"
        " host already may be declared without it, to tell its age.",
    ),
    "created": (
        "raw",
        "When the provider made the mailbox: a date, or a date-time. A plain date counts as the end of that day, so"
        " that 14 days are never 13 and some hours. Required.",
    ),
    "minimum_age_days": ("int", "How old the mailbox must be, in days: 14 (the default) or more, never less."),
    "time_zone": ("str", "The provider's time zone, for a V(created) without one; by default V(Europe/Berlin)."),
    "recreated": RECREATED,
}
"""The keys of a login: type in Ansible's documentation, and what they mean."""


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
class Desired:
    """A checked wish. ``values`` holds declared options only: what is not declared is never written.

    ``in_use_before`` is the login that the connector had when the run began, where the run itself has changed it since
    and goes back; ``known_mailboxes`` are those of which an age is known besides; ``rotated``: the password is known
    to be another one than was written last. No option sets them.
    """

    name: str | None
    state: str = "present"
    adopt: bool = False
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
    def where(self) -> str:
        """How reasons name this wish."""
        return f"send connector '{self.name}'" if self.name else "send connector to be adopted"


KNOWN_ROUTES = Control(
    "known_routes",
    Names(),
    None,
    "Other enabled connectors that take mail to the internet and are meant to: their names, or address spaces such as"
    " V(*.de). All that is not named here is told in every run.",
)
CONTROLS: tuple[Control, ...] = (
    Control(
        "name",
        Text(64),
        None,
        "The connector's name. Required unless O(adopt=true); with it, the name for a new connector where there is none"
        " to adopt.",
    ),
    Control("state", Choice(*STATES), "present", "Whether the connector is there. V(absent) removes it."),
    Control(
        "adopt",
        Boolean(),
        False,
        "Take the existing enabled connector with the same address spaces, whatever its name: the SBS wizard names its"
        " connector in the server's language. An adopted connector keeps its name.",
    ),
    Control(
        "update_password",
        Choice(*UPDATE_PASSWORD),
        "auto",
        "When the password is written, since no host gives it back to be compared. V(auto): when the connector is"
        " created, its login name changes, or the ledger in O(backup_dir) knows that another one was written last."
        " V(always): at every run. V(on_create): only on a new connector.",
    ),
    Control(
        "exclusive",
        Boolean(),
        False,
        "Switch off all other enabled connectors that take mail to every domain (V(*)). They are not removed.",
    ),
    Control(
        "confirm_no_smarthost",
        Boolean(),
        False,
        "Allow a change after which no enabled connector takes mail to every domain (it stays in the queues), or only"
        " one that sends straight by DNS (most receivers refuse mail from a dynamic address).",
    ),
    KNOWN_ROUTES,
)
"""Options that steer the run. All others are settings of the connector."""


def parse_desired(arguments: Mapping[str, Any], now: datetime, found: Sequence[Reason] = ()) -> Desired:
    """The wish of a task's arguments at the moment ``now`` (aware).

    Raises WishRefused with every reason, those ``found`` before among them: unknown options, wrong types, values out
    of range, settings that contradict each other, a login without or with an impossible creation date.
    """
    where = f"send connector '{arguments['name']}'" if arguments.get("name") else "send connector"
    reasons = [*found, *unknown_options(arguments, names(CONTROLS, SETTINGS), where)]
    controls = convert_all(reasons, where, CONTROLS, arguments)
    values = convert_declared(reasons, where, (each for each in SETTINGS if not each.secret), arguments)
    # A wish that does not say how to log in, or removes the connector, may name a login for its age alone.
    writes = arguments.get("smart_host_auth_mechanism") is not None and arguments.get("state") != "absent"
    credential = parse_login(reasons, where, arguments.get("login"), now, password_needed=writes)
    desired = Desired(values=_derive(values), credential=credential, **controls)
    reasons += _wish_contradictions(desired, arguments)
    refuse(reasons)
    return desired


def parse_login(
    reasons: list[Reason], where: str, login: Any, now: datetime, password_needed: bool = True
) -> Credential | None:
    """The login; its value is never repeated in a reason, whatever it is."""
    if login is None:
        return None
    if not isinstance(login, Mapping):
        reasons.append(say("login_no_mapping", where, type=type(login).__name__))
        return None
    unknown = [key for key in login if key not in LOGIN_OPTIONS]
    reasons += [say("login_option_unknown", where, option=str(key)) for key in unknown]
    texts = parse_texts(reasons, f"{where}, login", login, LOGIN)
    # An unknown option may be the password, misspelt.
    left_out = login.get("password") is None and not password_needed and not unknown
    if texts["password"] is None and not left_out:
        reasons.append(say("password_missing", where))
    data = {**login, "address": texts["username"]}
    mailbox = collect(reasons, parse_mailbox, data, now, f"{where}, login")
    recreated = parse_recreated(reasons, f"{where}, login", login)
    return Credential(mailbox, texts["password"], recreated) if mailbox else None


def _derive(values: Values) -> Values:
    """Smart hosts and DNS routing exclude each other: declaring one settles the other."""
    if values.get("smart_hosts") and "dns_routing_enabled" not in values:
        return {**values, "dns_routing_enabled": False}
    if values.get("dns_routing_enabled") is True and "smart_hosts" not in values:
        return {**values, "smart_hosts": frozenset()}
    return values


def _wish_contradictions(desired: Desired, arguments: Mapping[str, Any]) -> list[Reason]:
    """What cannot be right about the wish whatever the host looks like."""
    where, reasons = desired.where, []
    mechanism = desired.values.get("smart_host_auth_mechanism")
    # What is declared and does not fit has its own reason already; it is not missing as well.
    unfit = {option for option, value in arguments.items() if value is not None} - set(desired.values)
    if not desired.name and not desired.adopt:
        reasons.append(say("name_missing", where))
    if desired.state == "absent" and desired.adopt:
        reasons.append(say("absent_needs_name", where))
    if desired.adopt and not desired.values.get("address_spaces") and "address_spaces" not in unfit:
        reasons.append(say("adopt_without_address_space", where))
    for option in ("address_spaces", "source_transport_servers"):
        if desired.values.get(option) == frozenset():
            reasons.append(say("list_empty", where, option=option))
    if arguments.get("smart_hosts") == [] and desired.values.get("dns_routing_enabled") is not True:
        reasons.append(say("smart_hosts_empty", where))
    if desired.state == "absent":
        return reasons
    # A login without a password only answers for its age; how the connector logs in is the host's then.
    written = desired.credential is not None and desired.credential.password is not None
    if written and mechanism not in BASIC and "smart_host_auth_mechanism" not in unfit:
        reasons.append(say("login_without_basic", where, mechanism=mechanism or "nothing"))
    return reasons + contradictions(desired.values, arguments.get("login") is not None, where)
