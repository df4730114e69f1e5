# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The queues of a server one by one, as Get-Queue tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..lenient import guid
from ..request import Step
from .backlog import Status
from .last_error import LastError, read_last_error

QUEUES = Step(
    "read_queues",
    "Get-Queue",
    {"ResultSize": "Unlimited"},
    ("Identity", "NextHopDomain", "NextHopConnector", "Status", "MessageCount", "LastError"),
)


@dataclass(frozen=True)
class ServerQueue(Status):
    """One queue of the server."""

    identity: str
    connector_guid: str
    status: str
    count: int
    last_error: LastError | None


def parse_queues(output: Iterable[Mapping[str, Any]]) -> tuple[ServerQueue, ...]:
    """The queues in a reply to QUEUES; what cannot be read is nothing."""
    return tuple(map(_queue, output))


def _queue(row: Mapping[str, Any]) -> ServerQueue:
    count = row.get("MessageCount")
    return ServerQueue(
        str(row.get("Identity") or ""),
        guid(row.get("NextHopConnector")),
        str(row.get("Status") or ""),
        count if isinstance(count, int) else 0,
        read_last_error(row.get("LastError")),
    )
