# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which account is meant, and which mailbox at a provider it fetches.

The connector deletes at the provider what it has fetched, so two accounts on one mailbox share its mail out between
them by chance. One mailbox may be reached by several servers and ports, and by several forms of its name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from ..mailboxes.names import mailbox_key
from ..mailboxes.providers import provider_of_pop3, providers

_SECOND_LEVEL = ("ac", "co", "com", "gv", "net", "or", "org")
"""Under these of a country (co.uk, or.at) a registered domain has three labels."""


_ATOM = r"[\w!#$&'+/=^`{|}~-]+"
_ADDRESS = re.compile(rf"(?=.{{3,320}}\Z){_ATOM}(?:\.{_ATOM})*@[\w-]+(?:\.[\w-]+)*")


def is_address(text: str) -> bool:
    """Whether a text is one plain address of a mailbox: no wildcard, no name or scheme around it, and not several."""
    return _ADDRESS.fullmatch(text) is not None


class AccountKey(NamedTuple):
    """What tells one account from another: server, port and user name, as they are written."""

    server: str
    port: str
    username: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for two identities that are equal.

        Names of servers know no capitals. User names may, but hardly any provider tells mailboxes apart by them, and a
        second account for the same mailbox does harm: so neither capitals nor what nobody sees make another account.
        Where the declared ones differ from the host's, they are written as a change of the account.
        """
        port = self.port.strip()
        number = str(int(port)) if port.isascii() and port.isdecimal() else port
        return self.server.strip().lower().rstrip("."), number, mailbox_key(self.username)

    def __str__(self) -> str:
        return f"{self.username} at {self.server}:{self.port}"


@lru_cache(maxsize=8192)
def provider_mailbox(server: str, username: str, provider: str | None = None) -> tuple[str, str]:
    """The mailbox that an account fetches: the family of its provider and the user name there, the same for all servers
    and name forms of one provider. ``provider``: the key of its row in the table, where it is declared."""
    host, name = server.strip().lower().rstrip("."), mailbox_key(username)
    key = provider if provider in providers() else provider_of_pop3(host) or _by_domain(host)
    if key is None:
        return _parent(host), name
    row = providers()[key]
    local, _at, domain = name.partition("@")
    forms = {each["username"] for each in row["pop3"] or ()}
    return _group(key), local if domain in row["domains"] and forms == {"localpart"} else name


def _by_domain(host: str) -> str | None:
    return next((key for key, row in providers().items() if any(_within(host, name) for name in row["domains"])), None)


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _parent(host: str) -> str:
    """The domain that hosts of one unknown provider have in common: pop.beispiel.net and mail.beispiel.net."""
    labels = host.split(".")
    if labels[-1].isdecimal() or len(labels) < 3:
        return host
    return ".".join(labels[-3:] if labels[-2] in _SECOND_LEVEL else labels[-2:])


@lru_cache(maxsize=256)
def _group(key: str) -> str:
    """One key for all rows of the table that are one provider under several names: they share domains or servers."""
    rows = providers()
    group, signs = {key}, _signs(rows[key])
    while more := {each for each in rows if each not in group and _signs(rows[each]) & signs}:
        group |= more
        signs |= {sign for each in more for sign in _signs(rows[each])}
    return min(group)


def _signs(row: dict[str, Any]) -> set[str]:
    return {*row["domains"], *(server["host"] for server in row["pop3"] or ())}
