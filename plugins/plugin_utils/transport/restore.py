# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a saved state of a transport server back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import backup, flow
from ..controls import Control, names, unknown_options
from ..errors import Reason, WishRefused, refuse
from ..identity import Identity
from ..messages import say, tell
from ..send_connector.state import SendConnector, find_saved
from ..values import Text
from .desired import Desired
from .diff import to_values
from .saved import read_state
from .state import State
from .subject import TransportSubject

WHERE = "restoring the transport server"
RESTORE: tuple[Control, ...] = (
    Control(
        "backup_file",
        Text(),
        None,
        "The saved state: the path that a changing run reported as RV(sbs.mailflow.transport#module:backup_file).",
        required=True,
    ),
)
"""The options of the restoring task."""


def parse_restore(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> str:
    """The saved state that a restoring task names. Raises WishRefused with every reason."""
    reasons = [*found, *unknown_options(arguments, names(RESTORE), WHERE)]
    backup_file = arguments.get("backup_file")
    if not isinstance(backup_file, str) or not backup_file:
        reasons.append(say("backup_file_missing", WHERE))
    refuse(reasons)
    return str(backup_file)


def parse_saved_state(content: Mapping[str, Any], path: str, host: str) -> State:
    """The state in a file's content. Raises WishRefused."""
    return backup.understood(lambda: read_state(content), path, host)


class RestoreSubject(TransportSubject):
    """The wish to have a saved state back, good or bad: what contradicts itself there is Exchange's to refuse.

    ``identity`` is whom the file is about, ``accepted`` that this is known to be the host. Files of before there were
    identities tell at least the server's name.
    """

    def __init__(self, saved: State, identity: Identity | None = None, accepted: bool = False) -> None:
        connector = saved.connector
        super().__init__(Desired(saved.server.values, connector_values=connector.values if connector else {}))
        self._saved = saved
        self._identity = identity
        self._accepted = accepted

    def connector(self, connectors: Sequence[SendConnector], where: str) -> SendConnector | None:
        """The connector that was saved, if it is still there."""
        return find_saved(connectors, self._saved.connector) if self._saved.connector else None

    def decide(self, state: State) -> flow.Decision:
        """The plan back. Raises WishRefused for the saved state of another server."""
        server, saved = state.server, self._saved.server
        if server.name.lower() != saved.name.lower() and not self._accepted:
            whose = self._identity or Identity("?")
            raise WishRefused(
                say("backup_of_other_host", server.where, saved=saved.name, host=server.name, identity=whose)
            )
        decision = to_values(state, self.desired)[0]
        return replace(decision, notices=(*decision.notices, *self._gone(state)))

    def _gone(self, state: State) -> list[str]:
        connector = self._saved.connector
        if connector is None or not connector.values or state.connector is not None:
            return []
        return [tell("saved_connector_gone", name=connector.name)]
