# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a saved state of a transport server back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import flow
from ..controls import Control, names, unknown_options
from ..errors import Reason, WishRefused, refuse
from ..messages import say
from ..values import Text
from .desired import Desired
from .diff import to_values
from .saved import read_saved
from .state import TransportServer
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


def parse_saved_state(content: Mapping[str, Any], path: str, host: str) -> TransportServer:
    """The server in a file's content. Raises WishRefused."""
    try:
        return read_saved(content["transport_server"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WishRefused(say("backup_unreadable", host, path=path, problem="edited or damaged")) from error


class RestoreSubject(TransportSubject):
    """The wish to have a saved state back, good or bad: what contradicts itself there is Exchange's to refuse."""

    def __init__(self, saved: TransportServer) -> None:
        super().__init__(Desired(saved.values))
        self._saved = saved

    def decide(self, state: TransportServer) -> flow.Decision:
        """The plan back. Raises WishRefused for the saved state of another server."""
        if state.name.lower() != self._saved.name.lower():
            raise WishRefused(say("backup_of_other_host", state.where, saved=self._saved.name, host=state.name))
        return to_values(state, self.desired)[0]
