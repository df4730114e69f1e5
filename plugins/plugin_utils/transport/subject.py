# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport server as a subject of a run: reads the host's own, decides by the declaration, verifies by deciding
again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import HostRefused
from ..exchange.server import READ_SERVERS, local_server
from ..messages import reason_of
from ..request import Reply, Step
from ..run.outcome import Decision
from ..run.plan import Plan, plan_or_none
from ..run.subject import Subject
from ..send_connector import state as send_connector
from ..send_connector.state import SendConnector, find_connector, parse_connectors
from .desired import Desired
from .diff import NOUN, decide, steps
from .saved import saved_state
from .state import READ_STEP, State, find_server


class TransportSubject(Subject[State]):
    """One declaration for the host's own transport server, and for its connector where something of it is declared."""

    noun = NOUN
    objects = "the transport server's settings"

    def __init__(self, desired: Desired) -> None:
        self.desired = desired

    def read_steps(self) -> tuple[Step, ...]:
        """The local server first: a host that must not be touched is known before its settings are."""
        connectors = (send_connector.READ_STEP,) if self.desired.connector_values else ()
        return (READ_SERVERS, READ_STEP, *connectors)

    def parse(self, reply: Reply, where: str) -> State:
        """The state in a reply. Raises HostRefused for a host that is no Exchange 2010 server or no Hub Transport, or
        where it is not clear which connector is meant."""
        local = local_server(reply, where)
        found = find_server(reply.result(READ_STEP.id).output, local.name)
        if found is None:
            raise HostRefused(reason_of("no_transport_server", where, server=local.name))
        if not self.desired.connector_values:
            return State(found)
        connectors = parse_connectors(reply.result(send_connector.READ_STEP.id).output)
        return State(found, self.connector(connectors, where))

    def connector(self, connectors: Sequence[SendConnector], where: str) -> SendConnector | None:
        """The connector that the declaration is about. Raises HostRefused where that is not clear."""
        return find_connector(connectors, self.desired.connector, where)

    def decide(self, state: State) -> Decision:
        """The plan of the declaration."""
        return decide(state, self.desired)

    def left_to_do(self, state: State) -> Plan | None:
        """The steps that the declaration would still take."""
        return plan_or_none(NOUN, steps(state, self.desired))

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """The server as it is, and of the connector what this noun keeps."""
        return {**saved_state(state), "plan": plan.as_data()}
