# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a saved state of a transport server back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import InputRefused
from ..messages import notice_of, reason_of
from ..run.outcome import Decision
from ..run.restoring import Back, Restoring
from ..send_connector.state import SendConnector, find_saved
from .desired import Desired
from .diff import to_values
from .saved import read_state
from .state import State
from .subject import TransportSubject


class RestoreTransport(Restoring[State, Any], TransportSubject):
    """The request to have a saved state back, good or bad: what contradicts itself there is Exchange's to refuse.

    Files of before there were identities tell at least the server's name.
    """

    def __init__(self, back: Back[Any]) -> None:
        self._saved = back.saved.understood(read_state)
        connector = self._saved.connector
        desired = Desired(self._saved.server.values, connector_values=connector.values if connector else {})
        super().__init__(back, desired)

    def connector(self, connectors: Sequence[SendConnector], where: str) -> SendConnector | None:
        """The connector that was saved, if it is still there."""
        return find_saved(connectors, self._saved.connector) if self._saved.connector else None

    def decide(self, state: State) -> Decision:
        """The plan back. Raises InputRefused for the saved state of another server."""
        server, saved = state.server, self._saved.server
        if server.name.lower() != saved.name.lower() and not self.back.saved.accepted:
            whose = self.back.saved.identity
            raise InputRefused(
                reason_of("backup_of_other_host", server.where, saved=saved.name, host=server.name, identity=whose)
            )
        decision = to_values(state, self.desired)[0]
        return replace(decision, notices=(*decision.notices, *self._gone(state)))

    def _gone(self, state: State) -> list[str]:
        connector = self._saved.connector
        if connector is None or not connector.values or state.connector is not None:
            return []
        return [notice_of("saved_connector_gone", name=connector.name)]
