# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the subject of a run of what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..action.place import Context
from ..errors import Reason
from ..messages import reason_of
from ..send_connector.ways import sends_directly
from .desired import ACTION, LONGEST_WAIT, WHERE, parse_desired
from .subject import SmarthostAccountSubject


def make(arguments: dict[str, Any], reasons: list[Reason], place: Context) -> SmarthostAccountSubject:
    """The subject of these arguments. Raises InputRefused with every reason, those given among them; LedgerFailed."""
    task = place.task
    if arguments.get("known_routes") is None:
        # The same routes, whichever noun looks after the connector that sends.
        arguments = {**arguments, "known_routes": place.declared("send_connector_known_routes")}
    if sends_directly(lambda name: place.declared(f"send_connector_{name}")):
        reasons = [*reasons, reason_of("account_beside_direct", WHERE)]
    desired = parse_desired(arguments, place.clock(), reasons, place.spelling(ACTION.name, WHERE))
    ledger = task.ledger(desired.ledger)
    folder = place.declared("transport_send_protocol_log_path")
    return SmarthostAccountSubject(
        desired, ledger, task.host, place.clock, recovery=task.recovery(), log_folder=str(folder) if folder else None
    )


def extra_seconds(arguments: Mapping[str, Any]) -> int:
    """The time to wait for Exchange comes on top of the time-out. What is no such time is refused within it."""
    wait = arguments.get("wait_for_session", 600)
    return min(max(0, wait), LONGEST_WAIT) if isinstance(wait, int) else LONGEST_WAIT
