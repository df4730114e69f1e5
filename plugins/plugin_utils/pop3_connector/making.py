# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the subject of a run of what is declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..action.place import Context
from ..errors import Reason
from ..options.values import is_true
from .desired import ACTION, WHERE, parse_desired
from .learnt import with_learnt_map
from .subject import Pop3ConnectorSubject

CONFIRMS = "confirm_no_other_collector"


def make(arguments: dict[str, Any], reasons: list[Reason], place: Context) -> Pop3ConnectorSubject:
    """The subject of these arguments. Raises InputRefused with every reason, those given among them; LedgerFailed."""
    task, confirmed = place.task, place.declared(f"inbound_{CONFIRMS}")
    desired = parse_desired(with_learnt_map(task, arguments), reasons, place.spelling(ACTION.name, WHERE))
    if is_true(confirmed):
        # What is confirmed of all domains is confirmed of those of the accounts.
        desired = replace(desired, confirm_no_other_collector=True)
    return Pop3ConnectorSubject(desired, task.ledger(desired.ledger), task.host, place.clock, task.options.shell)
