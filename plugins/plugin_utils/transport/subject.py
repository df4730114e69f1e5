# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport server as a subject of a run: reads the host's own, decides by the wish, verifies by deciding again."""

from __future__ import annotations

from typing import Any

from .. import exchange_server, flow
from ..errors import HostRefused
from ..messages import say
from ..plan import Plan, plan_or_none
from ..request import Reply, Step
from .desired import Desired
from .diff import NOUN, decide
from .saved import saved_server
from .state import READ_STEP, TransportServer, find_server
from .steps import change


class TransportSubject(flow.Subject[TransportServer]):
    """One wish for the host's own transport server."""

    noun = NOUN

    def __init__(self, desired: Desired) -> None:
        self.desired = desired

    def read_steps(self) -> tuple[Step, ...]:
        """The local server first: a host that must not be touched is known before its settings are."""
        return (exchange_server.READ_STEP, READ_STEP)

    def parse(self, reply: Reply, where: str) -> TransportServer:
        """The server in a reply. Raises HostRefused for a host that is no Exchange 2010 server or no Hub Transport."""
        local = exchange_server.local_server(reply, where)
        found = find_server(reply.result(READ_STEP.id).output, local.name)
        if found is None:
            raise HostRefused(say("no_transport_server", where, server=local.name))
        return found

    def decide(self, state: TransportServer) -> flow.Decision:
        """The plan of the wish."""
        return decide(state, self.desired)

    def left_to_do(self, state: TransportServer) -> Plan | None:
        """The step that the wish would still take."""
        step = change(state, self.desired.values)[0]
        return plan_or_none(NOUN, [step] if step else [])

    def to_save(self, state: TransportServer, plan: Plan) -> dict[str, Any]:
        """The server as it is."""
        return {"transport_server": saved_server(state), "plan": plan.as_data()}
