# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The safety check before a switch: with much mail waiting, a new login would make Exchange try all of it at once,
which begins a new snowball at the new mailbox."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import HostRefused, MailflowError
from ..lenient import guid
from ..mailboxes.providers import mature_rates
from ..messages import notice_of, reason_of
from ..queue.server_queues import QUEUES, ServerQueue, parse_queues
from ..queue.verdict import BLIND_BACKLOG
from ..recovery.store import Store
from ..request import DONE, Reply
from ..send_connector.state import SendConnector
from .desired import WHERE, Desired


@dataclass(frozen=True)
class Waiting:
    """What waits on the host. ``problem``: why that could not be read, None where it could."""

    queues: tuple[ServerQueue, ...] = ()
    problem: str | None = None


def waiting_in(reply: Reply) -> Waiting:
    """The queues in a reply; that they cannot be read is no reason not to switch."""
    result = reply.result(QUEUES.id)
    if result.status != DONE:
        return Waiting(problem=result.error.message if result.error else result.status)
    return Waiting(parse_queues(result.output))


def safety_check(
    desired: Desired, waiting: Waiting, connector: SendConnector, store: Store | None
) -> tuple[tuple[str, ...], HostRefused | None]:
    """Notices before a switch of a connector's login, and its refusal where too much mail waits."""
    if desired.switch_with_backlog:
        return (), None
    if waiting.problem is not None:
        return (notice_of("backlog_unread", problem=waiting.problem),), None
    own = [each for each in waiting.queues if each.connector_guid == guid(connector.guid)]
    count = sum(each.count for each in own)
    rate = desired.per_hour or mature_rates().get(desired.provider.key)
    if rate is None:
        return ((notice_of("backlog_of_unknown_rate", count=count),) if count >= BLIND_BACKLOG else ()), None
    if count <= rate // 2 or (all(each.suspended for each in own) and _recovering(store, connector.guid)):
        return (), None
    against = reason_of("backlog_before_switch", WHERE, waiting=count, connector=connector.name, most=rate // 2)
    return (), HostRefused(against)


def _recovering(store: Store | None, connector_guid: str) -> bool:
    """Whether a recovery of this controller keeps the connector's queue suspended, and lets it go slowly afterwards."""
    try:
        found = store.load() if store else None
    except MailflowError:
        return False
    return found is not None and found.connector_guid == guid(connector_guid)
