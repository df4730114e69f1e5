# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at a host's queues, in one remote process: what waits, why, how often it is tried, and what that means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..agent.host_facts import STEP as HOST_FACTS
from ..agent.host_facts import host_clock
from ..agent.session import Session, ask_to_read, require_read
from ..errors import HostRefused
from ..exchange.server import READ_SERVERS, local_server
from ..lenient import guid
from ..messages import notice_of, reason_of
from ..request import DONE, ExchangeShell, Reply, Request, Step
from ..send_connector.state import SendConnector, parse_connectors
from ..transport import state as transport
from ..transport.attempts import Attempts, attempts
from .backlog import Backlog, Queue, measure_step, parse_backlog
from .desired import Desired
from .verdict import QueueSituation, judge

CONNECTORS = Step(
    "read_send_connectors", "Get-SendConnector", select=("Name", "Guid", "SmartHosts", "DNSRoutingEnabled", "Enabled")
)


@dataclass(frozen=True)
class Seen:
    """What a host shows: its connectors, its backlog, what its settings allow, its own clock, whether it writes down
    what becomes of mail (both None: it does not tell)."""

    connectors: tuple[SendConnector, ...]
    backlog: Backlog
    allowed: Attempts
    clock: datetime | None
    tracked: bool | None


def read_steps(hours: int, back: int) -> tuple[Step, ...]:
    """The steps of a look. The clock comes last, and whatever happened before, so that spans are measured against
    it."""
    steps = (READ_SERVERS, CONNECTORS, transport.READ_STEP, measure_step(hours, back))
    return (*steps, replace(HOST_FACTS, always=True))


def look(session: Session, shell: ExchangeShell, desired: Desired) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The queues of a host for a task's result, and the agent's warnings. Raises MailflowError; nothing is written."""
    request = Request(read_steps(desired.hours, desired.back), shell)
    with session.progress.stage(notice_of("stage_queues")):
        reply, again = ask_to_read(session, request)
    require_read(reply, request, session.where)
    return told(parse(reply, session.where, desired), desired), (*again, *reply.warnings)


def parse(reply: Reply, where: str, desired: Desired) -> Seen:
    """What a reply shows. Raises HostRefused where the host is not the one to ask, or has no such connector."""
    server = transport.find_server(reply.result(transport.READ_STEP.id).output, local_server(reply, where).name)
    connectors = parse_connectors(reply.result(CONNECTORS.id).output)
    if desired.connector and not _named(connectors, desired.connector):
        names = ", ".join(f"'{each.name}'" for each in connectors) or "none"
        raise HostRefused(reason_of("queue_connector_unknown", where, name=desired.connector, names=names))
    output = reply.result(HOST_FACTS.id).output
    values = server.values if server else {}
    tracked = values.get("message_tracking_log_enabled")
    return Seen(
        connectors,
        parse_backlog(reply.result(measure_step().id).output),
        attempts(values, desired.per_hour),
        host_clock(output[0].get("Clock")) if output else None,
        tracked if isinstance(tracked, bool) else None,
    )


def told(seen: Seen, desired: Desired) -> dict[str, Any]:
    """The queues, the traffic and the verdict as plain data."""
    meant = _meant(seen, desired)
    hours = desired.hours
    verdict = judge(QueueSituation(meant, seen.backlog, seen.allowed, hours, seen.clock, desired.back, seen.tracked))
    traffic = seen.backlog.traffic
    return {
        **verdict.as_data(),
        "queues": [_queue_data(each, seen, each in meant) for each in seen.backlog.queues],
        "traffic": {
            "hours": hours,
            "sent": traffic.sent,
            "deferred": traffic.deferred,
            "failed": traffic.failed,
            "outcome_hours": desired.back,
            "last_sent": _iso(traffic.last_sent),
        },
        "attempts": {**seen.allowed.as_data(), "likely_per_hour": verdict.likely, "seen_per_hour": verdict.seen},
    }


def facts_of(reply: Reply, where: str, desired: Desired) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """The same for facts, where a host whose queues cannot be read is still worth telling of: None and a notice."""
    bad = next((each for each in map(reply.result, EXCHANGE_STEPS) if each.status != DONE), None)
    if bad is None:
        try:
            return told(parse(reply, where, desired), desired), ()
        except HostRefused as error:
            return None, (notice_of("queues_unread", problem=error.reasons[0].found),)
    return None, (notice_of("queues_unread", problem=bad.error.message if bad.error else bad.status),)


EXCHANGE_STEPS = tuple(step.id for step in read_steps(1, 1)[:-1])
"""All but the clock."""


def _named(connectors: tuple[SendConnector, ...], name: str) -> list[SendConnector]:
    return [each for each in connectors if each.name.lower() == name.lower()]


def _meant(seen: Seen, desired: Desired) -> tuple[Queue, ...]:
    """The queues of the connector that is meant, or of all connectors."""
    connectors = _named(seen.connectors, desired.connector) if desired.connector else seen.connectors
    ids = {guid(each.guid) for each in connectors}
    return tuple(each for each in seen.backlog.queues if each.connector_guid in ids)


def _queue_data(queue: Queue, seen: Seen, meant: bool) -> dict[str, Any]:
    connector = next((each.name for each in seen.connectors if guid(each.guid) == queue.connector_guid), None)
    return {
        "identity": queue.identity,
        "next_hop": queue.next_hop,
        "connector": connector,
        "judged": meant,
        "status": queue.status,
        "messages": {**vars(queue.counts), "all": queue.counts.all},
        "bytes": queue.size,
        "retries": queue.retries,
        "oldest": _iso(queue.oldest),
        "first_expiry": _iso(queue.first_expiry),
        "last_retry": _iso(queue.last_retry),
        "next_retry": _iso(queue.next_retry),
        "last_error": queue.last_error.as_data() if queue.last_error else None,
        "errors": [{**error.as_data(), "count": count} for error, count in queue.errors],
        "senders": [{"address": address, "count": count} for address, count in queue.senders],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
