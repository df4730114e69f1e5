# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Exchange server this is, and whether it may be managed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import HostRefused
from ..messages import reason_of
from ..request import Reply, Step

SUPPORTED_MAJOR = 14
READ_SERVERS = Step(
    "read_exchange_servers",
    "Get-ExchangeServer",
    select=("Name", "Fqdn", "AdminDisplayVersion", "ServerRole", "Edition"),
)


@dataclass(frozen=True)
class ExchangeServer:
    """The Exchange server of a host: name, version as the host prints it, major version (None: unreadable), roles."""

    name: str
    version: str
    major: int | None
    roles: tuple[str, ...]


def local_server(reply: Reply, where: str) -> ExchangeServer:
    """The server of the reply that is the host itself, if its version is supported. Raises HostRefused."""
    servers = [_parse(data) for data in reply.result(READ_SERVERS.id).output]
    local = next((each for each in servers if each.name.lower() == reply.computer.lower()), None)
    if local is None:
        names = ", ".join(each.name for each in servers) or "none"
        raise HostRefused(reason_of("not_this_server", where, names=names, computer=reply.computer))
    if local.major is None or local.major < SUPPORTED_MAJOR:
        raise HostRefused(reason_of("exchange_too_old", where, version=local.version))
    if local.major > SUPPORTED_MAJOR:
        raise HostRefused(reason_of("exchange_too_new", where, version=local.version))
    return local


def _parse(data: Mapping[str, Any]) -> ExchangeServer:
    version = str(data.get("AdminDisplayVersion"))
    found = re.search(r"\d+", version)
    roles = tuple(sorted(role.strip() for role in str(data.get("ServerRole") or "").split(",") if role.strip()))
    return ExchangeServer(str(data.get("Name")), version, int(found[0]) if found else None, roles)
