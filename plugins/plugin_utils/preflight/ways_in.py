# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By which ways mail can come in to a host, today and once the plans of a run are carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..agent import host_facts
from ..errors import MailflowError
from ..inbound.rules import Mailbox
from ..lenient import first, text
from ..pop3_connector import collectors
from ..pop3_connector.desired import ConnectorPlace
from ..pop3_connector.diff import REMOVE, compare
from ..pop3_connector.mailbox import provider_mailbox
from ..pop3_connector.state import READ_ID, State, parse_state, read_step
from ..pop3_connector.subject import Pop3ConnectorSubject
from ..receive_connector.state import READ_STEP, ReceiveConnector, parse_receive_connectors
from ..receive_connector.subject import ReceiveConnectorSubject
from ..request import DONE, Reply, Step, StepResult
from ..run.subject import Decided
from .declared import Declared

Told = Mapping[str, StepResult]
RUNNING = "Running"


@dataclass(frozen=True)
class FetchedAccount:
    """One account of the POP3 connector: its user name, and the mailbox of a provider that it fetches."""

    username: str
    mailbox: Mailbox


@dataclass(frozen=True)
class WaysIn:
    """What takes mail in; None for what nobody told. ``receiving``: the server's receive connectors. ``service``:
    whether the POP3 connector's service runs, ``accounts`` those in its file. ``others``: other programs that fetch."""

    receiving: tuple[ReceiveConnector, ...] | None = None
    service: bool | None = None
    accounts: tuple[FetchedAccount, ...] | None = None
    others: tuple[collectors.FoundCollector, ...] | None = None


def pop3_steps(declared: Declared) -> tuple[Step, ...]:
    """What tells of fetching, where no noun of the run reads it."""
    return (read_step(declared.pop3_place), *collectors.steps(declared.other_collectors))


def ways_in(told: Told, decided: Sequence[Decided], declared: Declared) -> tuple[WaysIn, WaysIn]:
    """Those of today, and those after the plans."""
    receiving = _receiving(told)
    today = after = WaysIn(receiving, others=_others(told, declared.pop3_place))
    for each in decided:
        if isinstance(each.subject, Pop3ConnectorSubject) and isinstance(each.state, State):
            today = replace(_with_fetching(today, each.state), others=each.state.collectors)
            after = _planned(today, each.subject, each.state) if each.plans else today
            break
    else:
        state = _pop3_state(told, declared.pop3_place)
        today = after = _with_fetching(today, state) if state else today
    return today, replace(after, receiving=_receiving_after(receiving, decided))


def _receiving(told: Told) -> tuple[ReceiveConnector, ...] | None:
    read = told.get(READ_STEP.id)
    if read is None or read.status != DONE:
        return None
    facts = told.get(host_facts.STEP.id)
    return parse_receive_connectors(read.output, text(first(facts.output if facts else ()).get("ComputerName")))


def _receiving_after(
    receiving: tuple[ReceiveConnector, ...] | None, decided: Sequence[Decided]
) -> tuple[ReceiveConnector, ...] | None:
    """The connectors as the plan leaves them."""
    for each in decided:
        if isinstance(each.subject, ReceiveConnectorSubject) and each.plans:
            return each.subject.after
    return receiving


def _others(told: Told, place: ConnectorPlace) -> tuple[collectors.FoundCollector, ...] | None:
    results = [told.get(each) for each in (collectors.SERVICES_ID, collectors.TASKS_ID)]
    there = [each for each in results if each is not None and each.status == DONE]
    found = collectors.found(Reply("", "", "", tuple(there)), place.service_name)
    return found if found or len(there) == len(results) else None


def _pop3_state(told: Told, place: ConnectorPlace) -> State | None:
    """What was read of the connector by the checks themselves; None where that is nothing to go by."""
    if READ_ID not in told:
        return None
    try:
        return parse_state(Reply("", "", "", tuple(told.values())), "", place)
    except MailflowError:
        return None


def _with_fetching(ways: WaysIn, state: State) -> WaysIn:
    known = [(each.identity.server, each.identity.username) for each in state.accounts]
    accounts = tuple(FetchedAccount(username, provider_mailbox(server, username)) for server, username in known)
    return replace(ways, service=state.service.status == RUNNING, accounts=accounts)


def _planned(today: WaysIn, subject: Pop3ConnectorSubject, state: State) -> WaysIn:
    diff, service = compare(state, subject.desired), subject.desired.service_state
    staying = [each for each in (*diff.works, *diff.kept) if each.kind != REMOVE]
    accounts = tuple(FetchedAccount(each.identity.username, each.provider_mailbox) for each in staying)
    return replace(today, accounts=accounts, service=today.service if service == "unchanged" else service == "running")
