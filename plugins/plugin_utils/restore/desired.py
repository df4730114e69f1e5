# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request to restore: which saved states, and what may be done on the way. One table of options for every noun."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..address_rewrite.desired import ON_ERROR, AddressesBack
from ..errors import Reason, refuse
from ..mailboxes.names import mailbox_key
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import ListOf
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Text
from ..pop3_connector.desired import PLACE, SERVICE_STATES, AccountsBack, take_place
from ..pop3_connector.state import bare_name
from ..receive_connector.desired import RelaysBack
from ..receive_connector.ranges import IpRanges
from ..send_connector.desired import LOGIN, ConnectorsBack, Credential, parse_login

WHERE = "restoring"
BACK: tuple[Option, ...] = (
    Option(
        "backup",
        Text(200),
        "The name of a backup of the POP3 connector's accounts, which is beside the file on the host, as"
        " RV(sbs.mailflow.pop3_connector#module:host_backup) reports it.",
    ),
    Option(
        "service_state",
        Choice(*SERVICE_STATES),
        "Whether the POP3 connector's service is running once its accounts are put back.",
        default="unchanged",
    ),
)
BACKUP = (*BACK, *PLACE)
"""The options of putting the accounts of the POP3 connector back."""
RESTORE: tuple[Option, ...] = (
    Option(
        "backup_file",
        Text(),
        "The saved state of one noun: the path that a changing run reported as C(backup_file). The file itself shows"
        " its noun. One of this, O(run) and O(backup) is needed.",
    ),
    Option(
        "run",
        Text(200),
        "A run whose saved states are all put back, in reverse order of application: its C(run) in those files, or"
        " V(last) for the newest one of this host in O(backup_dir) that was not itself a restore. Refused if a later"
        " run has changed the same since, unless that was put back.",
    ),
    Option(
        "logins",
        ListOf(LOGIN),
        "The logins of saved send connectors whose passwords have to be written, because the host has another login"
        " now: no host returns a password; and those that come into use by the restore though they were not when it"
        " was saved, for which C(username) and C(created) are enough. Each must have passed its minimum age, unless it"
        " was in use when the state was saved. Mailboxes as the smarthost account declares them are taken, too.",
    ),
    Option(
        "confirm_no_smarthost",
        Boolean(),
        "Allow a saved state with which no enabled connector sends mail to every domain (V(*)), or only one that sends"
        " directly by DNS.",
        default=False,
    ),
    Option(
        "confirm_open_relay",
        Boolean(),
        "Allow a saved state with which a receive connector is an open relay.",
        default=False,
    ),
    Option(
        "clients_given_up",
        IpRanges(),
        "Client addresses that may lose their receive connector by the saved state, the server's own among them; as in"
        " O(sbs.mailflow.receive_connector#module:clients_given_up).",
    ),
    Option(
        "remove_created_domains",
        Boolean(),
        "Remove the accepted domains that the run had created. Mail to addresses in them is then rejected.",
        default=False,
    ),
    Option(
        "force",
        Boolean(),
        "Also put back what was changed since of the addresses of recipients and of the registry's values. Without it"
        " that is listed and left unchanged.",
        default=False,
    ),
    ON_ERROR,
    *BACKUP,
)
"""The options of the restoring task, besides those of every run."""
ACTIONS = (
    Action("restore", RESTORE, needs_exchange=True, plans=True, role=False, description="Put saved states back"),
    Action(
        "pop3_connector_restore",
        BACKUP,
        needs_exchange=False,
        plans=True,
        role=False,
        description="Put a backup of the POP3 connector's accounts back",
    ),
)
_ONE_OF = ("backup_file", "run", "backup")
_TIME = r"\.[^\\/:*?\"<>|\x00-\x1f]+\.bak"


def _as_logins(declared: list[Any]) -> Iterator[Any]:
    """Logins as they are declared, and those of mailboxes as M(sbs.mailflow.smarthost_account) declares them: by their
    user name, else by either form that providers have of it."""
    names = [each.get("username") for each in declared if isinstance(each, Mapping)]
    known = {mailbox_key(each) for each in names if isinstance(each, str)}
    for each in declared:
        address = each.get("address") if isinstance(each, Mapping) else None
        if not isinstance(address, str):
            yield each
            continue
        login = {key: value for key, value in each.items() if key != "address"}
        if login.get("username"):
            yield login
        for name in () if login.get("username") else (address, address.partition("@")[0]):
            if mailbox_key(name) not in known:
                known.add(mailbox_key(name))
                yield {**login, "username": name}


@dataclass(frozen=True)
class Desired(AddressesBack, ConnectorsBack, AccountsBack, RelaysBack):
    """What to go back to: at most one of ``backup_file``, ``run`` and ``backup``; and what may be done on the way."""

    backup_file: str | None = None
    run: str | None = None


def parse_restore(
    arguments: Mapping[str, Any],
    now: datetime,
    found: Sequence[Reason] = (),
    rows: Sequence[Option] = RESTORE,
    runs: Callable[[], str] = str,
) -> Desired:
    """The declaration of a restoring task with the options of these rows, at the moment ``now`` (aware); ``runs`` tells
    the runs that there are. Raises InputRefused with every reason, those ``found`` before among them."""
    reasons = list(found)
    given = parse(rows, arguments, Spelling(WHERE), reasons, later=("backup_file", "logins"))
    path = _target(reasons, arguments, runs) if rows is RESTORE else None
    logins = _logins(reasons, [] if arguments.get("logins") is None else arguments["logins"], now)
    place, backup = take_place(given), given.get("backup")
    file = bare_name(place.file)
    if backup is not None and not re.fullmatch(re.escape(file) + _TIME, backup, re.IGNORECASE):
        expected = f"the bare name of a backup, {file}.<time>.bak"
        reasons.append(reason_of("value_unfit", WHERE, option="backup", value=repr(backup), expected=expected))
    refuse(reasons)
    return Desired(backup_file=path, logins=logins, place=place, **given)


def _target(reasons: list[Reason], arguments: Mapping[str, Any], runs: Callable[[], str]) -> str | None:
    """The saved state that is named, if that is how it is said what to go back to."""
    named = [option for option in _ONE_OF if arguments.get(option) not in (None, "")]
    path = arguments.get("backup_file")
    if not named or ("backup_file" in named and not isinstance(path, str)):
        reasons.append(reason_of("backup_file_missing", WHERE, known=runs()))
    elif len(named) > 1:
        reasons.append(reason_of("restore_named_twice", WHERE, named=", ".join(named)))
    return path if path and isinstance(path, str) else None


def _logins(reasons: list[Reason], declared: Any, now: datetime) -> tuple[Credential, ...]:
    # What is no list, and None in one, is no login: a list has no undeclared items.
    listed = list(_as_logins(declared)) if isinstance(declared, list) else [""]
    parsed = [
        parse_login(reasons, WHERE, "" if each is None else each, now, False, f"logins[{at}]")
        for at, each in enumerate(listed)
    ]
    logins = tuple(each for each in parsed if each)
    keys = [mailbox_key(each.username) for each in logins]
    reasons += [
        reason_of("mailbox_twice", WHERE, address=each.username)
        for at, each in enumerate(logins)
        if keys[at] in keys[:at]
    ]
    return logins
