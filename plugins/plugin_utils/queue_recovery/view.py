# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery sees of its host in one reading: the clock, the server, the connector, its queues, messages,
outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ..agent.host_facts import STEP as HOST_FACTS
from ..agent.host_facts import host_clock
from ..errors import HostRefused
from ..exchange.server import READ_SERVERS, local_server
from ..lenient import guid, moment, objects, texts
from ..messages import reason_of
from ..options.values import Size
from ..queue.backlog import Status, measure_step, parse_backlog
from ..queue.last_error import LastError, read_last_error
from ..queue.server_queues import QUEUES, ServerQueue, parse_queues
from ..queue.tracking import INTERNAL, NOT_DELIVERED, REFUSED, outcome_of
from ..queue.tracking import REMOVED as TAKEN_OUT
from ..queue.tracking import SENT as HANDED_ON
from ..queue.traffic import Traffic
from ..recovery.record import ABANDON, GONE, QUIET, RELEASE, RELEASED, RELEASING, RESTORE, SWITCH, VERIFY, Recovery
from ..request import Reply, Step
from ..send_connector import state as send_connector
from ..send_connector.state import SendConnector, find_connector, parse_connectors
from ..transport import state as transport
from ..transport.state import TransportServer

_LEAN = ("Identity", "InternetMessageId", "Status", "LastError")
_FULL = (*_LEAN, "FromAddress", "Recipients", "Size", "DateReceived", "ExpirationTime")
MESSAGES = Step("read_messages", "Get-Message", {"ResultSize": "Unlimited"}, _LEAN)
MESSAGES_IN_FULL = Step(MESSAGES.id, "Get-Message", {"ResultSize": "Unlimited", "IncludeRecipientInfo": True}, _FULL)
OUTCOMES = "Get-MessageOutcomes"
OUTCOMES_A_STEP = 500
"""Message ids of one step: a step must fit one call of the agent."""
MARGIN = timedelta(minutes=10)
NOWHERE = ("submission", "poison", "unreachable")
"""The queues that every server has and that lead to no next hop: the last part of their identity."""


@dataclass(frozen=True)
class MessageRow(Status):
    """One message of any queue, as far as it was asked for. ``identity`` is ``SBS\\12\\345``."""

    identity: str
    message_id: str
    status: str
    last_error: LastError | None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    size: int | None = None
    received: datetime | None = None
    expiry: datetime | None = None

    @property
    def queue(self) -> str:
        """The identity of its queue."""
        return self.identity.rpartition("\\")[0]

    @property
    def weight(self) -> int:
        """What it counts at the provider."""
        return max(1, len(self.recipients))


@dataclass(frozen=True)
class MessageOutcome:
    """What message tracking has of a message id: how many recipients it was sent to over the connector, and the
    addresses for which it failed, or was removed by an administrator."""

    sent: int = 0
    failed: tuple[str, ...] = ()
    failed_count: int = 0
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """One reading. ``messages``, ``traffic`` and ``outcomes`` are None where they were not asked for. ``refusals`` are
    the words in which the other side has refused messages for good, by their ids."""

    now: datetime
    server: TransportServer
    connector: SendConnector
    queues: tuple[ServerQueue, ...]
    messages: tuple[MessageRow, ...] | None = None
    traffic: Traffic | None = None
    outcomes: Mapping[str, MessageOutcome] | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[ServerQueue, ...]:
        """The queues of the connector: one, as a rule."""
        return tuple(each for each in self.queues if each.connector_guid == guid(self.connector.guid))

    @property
    def stopped(self) -> bool:
        """Whether nothing leaves over the connector; a queue that is not there holds nothing."""
        return all(each.suspended for each in self.own)

    def own_rows(self) -> list[MessageRow]:
        """The messages of the connector."""
        own = {each.identity.lower() for each in self.own}
        return [row for row in self.messages or () if row.queue.lower() in own]

    def stray_rows(self) -> list[MessageRow]:
        """The messages in queues that lead nowhere, where one of ours may have got to."""
        return [row for row in self.messages or () if row.queue.rpartition("\\")[2].lower() in NOWHERE]


def read_steps(recovery: Recovery | None) -> tuple[Step, ...]:
    """The steps of a reading: what the present stage needs, and no more, since thousands of messages cost time."""
    stage = recovery.stage if recovery else None
    base = (READ_SERVERS, send_connector.READ_STEP, transport.READ_STEP, QUEUES)
    if stage in (QUIET, SWITCH, RESTORE):
        extra: tuple[Step, ...] = ()
    elif stage == ABANDON:
        extra = (MESSAGES,)
    elif recovery and stage in (RELEASE, VERIFY):
        extra = (MESSAGES, measure_step(), *outcome_steps(recovery))
    else:
        extra = (MESSAGES_IN_FULL,)
    return (*base, *extra, HOST_FACTS)


def outcome_steps(recovery: Recovery) -> list[Step]:
    """The steps that ask for what became of the messages that were released or are gone."""
    asked = [each for each in recovery.of(RELEASING, RELEASED, GONE) if each.message_id]
    moments = [found for each in asked if (found := each.left_after or each.released_at)]
    since = min(moments, default=recovery.started) - MARGIN
    ids = sorted({each.message_id for each in asked})
    parts = [ids[at : at + OUTCOMES_A_STEP] for at in range(0, len(ids), OUTCOMES_A_STEP)]
    return [_outcome_step(number, part, since) for number, part in enumerate(parts, 1)]


def _outcome_step(number: int, ids: Sequence[str], since: datetime) -> Step:
    parameters = {"Since": since.strftime("%Y-%m-%dT%H:%M:%SZ"), "Ids": list(ids), "Events": ["SEND", "FAIL"]}
    return Step(f"read_outcomes_{number}", OUTCOMES, parameters, ("Id", "Events"))


def parse(reply: Reply, where: str, connector: str | None, known: str | None = None) -> View:
    """What a reply shows of the connector of that name, or of that GUID where it is ``known``. Raises HostRefused where
    the host is not the one, tells no clock or has no such connector."""
    local = local_server(reply, where)
    server = transport.find_server(reply.result(transport.READ_STEP.id).output, local.name)
    if server is None:
        raise HostRefused(reason_of("no_transport_server", where, server=local.name))
    output = reply.result(HOST_FACTS.id).output
    now = host_clock(output[0].get("Clock")) if output else None
    if now is None:
        raise HostRefused(reason_of("clock_not_told", where))
    connectors = parse_connectors(reply.result(send_connector.READ_STEP.id).output)
    same = next((each for each in connectors if known and guid(each.guid) == known), None)
    found = same or find_connector(connectors, connector, where)
    queues = parse_queues(reply.result(QUEUES.id).output)
    return _with_what_was_asked(View(now, server, found, queues, warnings=reply.warnings), reply)


def _with_what_was_asked(view: View, reply: Reply) -> View:
    ids = {result.id for result in reply.results}
    if MESSAGES.id in ids:
        view = replace(view, messages=tuple(map(_row, reply.result(MESSAGES.id).output)))
    if measure_step().id in ids:
        traffic = parse_backlog(reply.result(measure_step().id).output).traffic
        outputs = [result.output for result in reply.results if result.id.startswith("read_outcomes_")]
        rows = [row for output in outputs for row in output]
        events = {str(row.get("Id")): objects(row.get("Events")) for row in rows}
        found = {each: _outcome(lines, view.connector.name) for each, lines in events.items()}
        refusals = {each: words for each, lines in events.items() if (words := _refusal(lines))}
        view = replace(view, traffic=traffic, outcomes=found, refusals=refusals)
    return view


def _row(row: Mapping[str, Any]) -> MessageRow:
    size = Size(2**31).host(row.get("Size"))
    return MessageRow(
        identity=str(row.get("Identity") or ""),
        message_id=str(row.get("InternetMessageId") or ""),
        status=str(row.get("Status") or ""),
        last_error=read_last_error(row.get("LastError")),
        sender=str(row.get("FromAddress") or ""),
        recipients=tuple(_addresses(row.get("Recipients"))),
        size=size if isinstance(size, int) else None,
        received=moment(row.get("DateReceived")),
        expiry=moment(row.get("ExpirationTime")),
    )


def _addresses(reported: Any) -> Iterable[str]:
    """Recipients' addresses: a text may hold more fields behind semicolons, of which the first is the address."""
    for each in reported if isinstance(reported, list) else ():
        text = each.get("Address") if isinstance(each, Mapping) else each
        address = str(text or "").partition(";")[0].strip().strip("<>")
        if address:
            yield address


def _outcome(events: Iterable[Mapping[str, Any]], connector: str) -> MessageOutcome:
    """What the lines of one id mean; the same id may have left over another connector, which is another message."""
    sent, failed, removed, ended = 0, [], [], 0
    for each in events:
        outcome = outcome_of(*(str(each.get(key) or "") for key in ("EventId", "Source", "Text")))
        used, recipients = str(each.get("ConnectorId") or ""), texts(each.get("Recipients"))
        if outcome == HANDED_ON and used.lower() in ("", connector.lower()):
            sent += len(recipients)
        if outcome in (*NOT_DELIVERED, INTERNAL):
            failed += recipients
            ended += outcome != INTERNAL
        if outcome == TAKEN_OUT:
            removed += recipients
    return MessageOutcome(sent, tuple(failed), ended, tuple(removed))


def _refusal(events: Iterable[Mapping[str, Any]]) -> str:
    """The words in which the other side has refused a message for good; none where it has not."""
    lines = [[str(each.get(key) or "") for key in ("EventId", "Source", "Text")] for each in events]
    return next((line[-1] for line in lines if line[-1] and outcome_of(*line) == REFUSED), "")
