# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the subject of a run of what is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..action.place import Context
from ..errors import Reason
from .desired import ACTION, parse_desired
from .rules import WHERE
from .subject import RewriteSubject

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")


def make(arguments: dict[str, Any], reasons: list[Reason], place: Context) -> RewriteSubject:
    """The subject of these arguments. Raises InputRefused with every reason, those given among them."""
    return RewriteSubject(parse_desired(with_mailboxes(arguments, place), reasons, place.spelling(ACTION.name, WHERE)))


def with_mailboxes(arguments: dict[str, Any], place: Context) -> dict[str, Any]:
    """The arguments with every provider mailbox that is declared elsewhere: what is forgotten here, an authoritative
    domain would bounce."""
    own = arguments.get("provider_mailboxes")
    found = list(dict.fromkeys(filter(_ADDRESS.fullmatch, _declared_mailboxes(place))))
    if not found or not isinstance(own, list | str | None):
        return arguments
    listed = [own] if isinstance(own, str) else list(own or ())
    return {**arguments, "provider_mailboxes": [*listed, *(each for each in found if each not in listed)]}


def _declared_mailboxes(place: Context) -> Iterator[str]:
    """The logins that other nouns declare, as they stand there; what is wrong with one is for its own noun to say."""
    for variable, key in (("smarthost_account_mailboxes", "address"), ("pop3_connector_accounts", "username")):
        rows = place.declared(variable)
        yield from (str(each[key]) for each in _list(rows) if isinstance(each, Mapping) and key in each)
    login = place.declared("send_connector_login")
    if isinstance(login, Mapping):
        yield str(login.get("username"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
