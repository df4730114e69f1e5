# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look reads of a host in its one remote process, and what of it could not be read. What needs no Exchange comes
first: an Exchange that does not answer must not keep the rest from being seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ..agent.host_facts import STEP as HOST_FACTS
from ..agent.host_facts import host_clock
from ..errors import MailflowError
from ..lenient import first, moment, number, text
from ..messages.visible import folded
from ..pop3_connector import collectors, targets
from ..pop3_connector.state import READ_ID, State, parse_state, read_step
from ..pop3_connector.task import READ_ID as TASK_ID
from ..pop3_connector.task import FetchTask
from ..preflight import host_rows
from ..preflight.situation import Situation
from ..receive_connector import places
from ..receive_connector.state import READ_STEP as RECEIVE_CONNECTORS
from ..receive_connector.state import ReceiveConnector, internet_connectors, parse_receive_connectors
from ..request import DONE, Reply, Step
from .desired import Desired
from .received import ReceivedMail, parse_received
from .refusals import ReceiveLog, parse_receive_log

RECEIVED_ID, CLIENTS_ID, LOG_ID, BAD_MAIL_ID = "read_received", "measure_smtp_clients", "read_log", "bad_mail"
_CLIENTS = ("Connector", "Address", "Count", "Last", "Source", "Refused", "Text", "Cut", "Files", "Problems")
_LOG = ("Folder", "Name", "LastWriteTime", "Length", "Lines")
DAYS: Final = 1
"""How far back is looked for what was refused."""


@dataclass(frozen=True)
class Unread:
    """One thing that is not known, by its name in the result, and why: in the host's words, empty where it has none."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class SeenInbound:
    """What the remote process has shown. ``state`` None: the connector's file could not be read; ``clock`` the
    host's own, ``connectors`` those that take mail from the internet (None: not known)."""

    reply: Reply
    state: State | None
    unread: tuple[Unread, ...]
    clock: datetime | None
    own: frozenset[str]
    received: ReceivedMail
    receive_log: ReceiveLog
    connectors: tuple[ReceiveConnector, ...] | None
    collected: tuple[collectors.FoundCollector, ...]
    log_at: datetime | None
    bad_mail: int | None

    @property
    def fetches(self) -> bool:
        """Whether mail is fetched from a provider, who no longer has it then."""
        return bool(self.state and self.state.accounts) or any(each.runs for each in self.collected)

    def ahead(self, now: datetime) -> timedelta:
        """How far the host's clock is before the controller's; nothing where it does not tell."""
        return self.clock - now if self.clock else timedelta(0)

    def situation(self, now: datetime) -> Situation:
        """What the preflight's checks of the host judge by."""
        return Situation(told={each.id: each for each in self.reply.results}, now=now)


def read_steps(desired: Desired, asking: Step | None = None) -> tuple[Step, ...]:
    """The steps of the remote process; each is tried, whatever became of those before. ``asking`` asks the providers,
    before anything of Exchange is loaded."""
    log = {"Lines": desired.log_lines, **({"Folder": desired.log_folder} if desired.log_folder else {})}
    bad = {"Folder": desired.bad_mail_folder} if desired.bad_mail_folder else {}
    further = desired.other_collectors
    steps = (
        HOST_FACTS,
        read_step(desired.place),
        Step(LOG_ID, "Read-Pop3Log", log, _LOG),
        Step(BAD_MAIL_ID, "Get-BadMail", bad, ("Folder", "Messages")),
        FetchTask("present", 0, desired.fetch_task).read_step(),
        *collectors.steps(further),
        host_rows.SERVICES,
        host_rows.EVENTS,
        host_rows.STATE,
        places.STEP,
        *((asking,) if asking else ()),
        RECEIVE_CONNECTORS,
        Step(RECEIVED_ID, "Get-ReceivedMail", {"Hours": desired.hours, "MessageIds": []}, ("Counts", "Twice", "Cut")),
        Step(CLIENTS_ID, "Measure-SmtpClients", {"Days": DAYS}, _CLIENTS),
        *targets.STEPS,
    )
    return tuple(replace(each, always=True) for each in steps)


_NAMES: Final = {
    HOST_FACTS.id: "clock",
    READ_ID: "accounts",
    LOG_ID: "log",
    BAD_MAIL_ID: "bad_mail",
    TASK_ID: "fetch_task",
    collectors.SERVICES_ID: "collectors",
    collectors.TASKS_ID: "collectors",
    places.STEP.id: "own_addresses",
    RECEIVE_CONNECTORS.id: "receive_connectors",
    RECEIVED_ID: "received",
    CLIENTS_ID: "refusals",
}
"""What each step is about. Of the host's state (services, events, disk) the checks themselves say what is unknown, of
the recipients the targets."""
_SPEAKING: Final = (HOST_FACTS.id, READ_ID, LOG_ID, BAD_MAIL_ID, TASK_ID, places.STEP.id, RECEIVED_ID, CLIENTS_ID)
"""The steps that tell something in any case: silence of theirs is no answer. No server is without an address."""


def parse_seen(reply: Reply, where: str, look: Desired) -> SeenInbound:
    """What a reply shows, however little that is."""
    state, problem = _state(reply, where, look)
    unread = [*_unread(reply)]
    if state is None and all(each.name != "accounts" for each in unread):
        unread.append(Unread("accounts", problem))
    own = frozenset(places.parse_own(reply) or ())
    log = parse_receive_log(reply.result(CLIENTS_ID).output, own)
    unread += [Unread("refusals", each) for each in log.problems]
    received = parse_received(first(reply.result(RECEIVED_ID).output), own)
    if received.by is None and all(each.name != "received" for each in unread):
        unread.append(Unread("received"))
    told = first(reply.result(LOG_ID).output)
    clock = host_clock(first(reply.result(HOST_FACTS.id).output).get("Clock"))
    if clock is None and all(each.name != "clock" for each in unread):
        unread.append(Unread("clock"))
    return SeenInbound(
        reply,
        state,
        tuple(dict.fromkeys(unread)),
        clock,
        own,
        received,
        log,
        _connectors(reply),
        collectors.found(reply, look.place.service_name),
        _log_at(told),
        number(first(reply.result(BAD_MAIL_ID).output).get("Messages")),
    )


def _state(reply: Reply, where: str, look: Desired) -> tuple[State | None, str]:
    if reply.result(READ_ID).status != DONE:
        return None, ""
    try:
        return parse_state(reply, where, look.place), ""
    except MailflowError as error:
        return None, error.reasons[0].found


def _unread(reply: Reply) -> Iterator[Unread]:
    for step_id, name in _NAMES.items():
        result = reply.result(step_id)
        if result.status != DONE:
            yield Unread(name, folded(result.error.message) if result.error else "")
        elif step_id in _SPEAKING and not result.output:
            yield Unread(name)


def _connectors(reply: Reply) -> tuple[ReceiveConnector, ...] | None:
    result = reply.result(RECEIVE_CONNECTORS.id)
    if result.status != DONE:
        return None
    own = parse_receive_connectors(result.output, reply.computer)
    return tuple(internet_connectors(own or parse_receive_connectors(result.output)))


def _log_at(told: Mapping[str, Any]) -> datetime | None:
    return moment(told.get("LastWriteTime")) if text(told.get("Name")) else None
