# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a declaration differs from what the packaged table knows of its provider. Providers change, and the table may
be behind: a notice where something is written, and no refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..messages import notice_of
from ..options.values import UNLIMITED, Size
from .providers import providers

Server = Mapping[str, Any]


def of_connector(
    declared: Mapping[str, Any], hosts: Collection[str], username: str | None = None, max_send_size: int | None = None
) -> Iterator[str]:
    """What is told of a connector's declaration towards these smart hosts, with the organisation's own limit where it
    is known."""
    size = declared.get("max_message_size")
    if max_send_size is not None and size is not None and _bytes(size) > max_send_size:
        yield notice_of("size_above_organisation", size=_shown(size), limit=_shown(max_send_size))
    for host in sorted(hosts):
        for row, servers in _known("smtp", host):
            starttls = [each for each in servers if each["socket"] == "STARTTLS"]
            yield from _port(row, host, declared.get("port"), starttls)
            yield from _username(row, username, starttls or servers)
            largest = row.get("message_size", {}).get("bytes")
            leaves = min(_bytes(size), max_send_size or _bytes(UNLIMITED)) if size is not None else 0
            if largest and leaves > largest:
                yield notice_of("provider_size", provider=row["display_name"], size=_shown(size), limit=_shown(largest))


def of_account(host: str, port: int, ssl: bool | None, username: str, new: bool) -> Iterator[str]:
    """What is told of a POP3 account that is written; ``new``: it was not there before."""
    for row, servers in _known("pop3", host):
        yield from _port(row, host, port, servers)
        sockets = {each["socket"] == "SSL" for each in servers if int(each["port"]) == port}
        if ssl is not None and sockets and ssl not in sockets:
            yield notice_of("provider_ssl", provider=row["display_name"], port=port, ssl=str(not ssl).lower())
        yield from _username(row, username, servers)
        if new and row.get("pop3_switched_on_in_panel"):
            yield notice_of("provider_pop3_switch", provider=row["display_name"])


def _known(protocol: str, host: str) -> Iterator[tuple[Mapping[str, Any], list[Server]]]:
    """The row of the provider whose server this is, with what the table has of it."""
    for row in providers().values():
        servers = [each for each in row[protocol] or () if each["host"] == host.lower().rstrip(".")]
        if servers:
            yield row, servers
            return


def _port(row: Mapping[str, Any], host: str, port: Any, servers: Collection[Server]) -> Iterator[str]:
    known = sorted({int(each["port"]) for each in servers})
    if port is not None and known and port not in known:
        ports = " or ".join(map(str, known))
        yield notice_of("provider_port", provider=row["display_name"], host=host, ports=ports, port=port)


def _username(row: Mapping[str, Any], username: str | None, servers: Collection[Server]) -> Iterator[str]:
    wants_address = {each["username"] == "email" for each in servers}
    if not username or not wants_address or ("@" in username) in wants_address:
        return
    if "@" in username:
        yield notice_of("provider_wants_name", provider=row["display_name"], username=username)
    else:
        yield notice_of("provider_wants_address", provider=row["display_name"], username=username)


def _bytes(size: Any) -> float:
    return float(size) if isinstance(size, int) else float("inf")


def _shown(size: Any) -> str:
    return str(Size(2**62).show(size))
