# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the subject of a run of what is declared."""

from __future__ import annotations

from typing import Any

from ..action.place import Context
from ..errors import Reason
from .desired import ACTION, WHERE, parse_desired
from .subject import ReceiveConnectorSubject


def make(arguments: dict[str, Any], reasons: list[Reason], place: Context) -> ReceiveConnectorSubject:
    """The subject of these arguments. Raises InputRefused with every reason, those given among them."""
    desired = parse_desired(arguments, reasons, place.spelling(ACTION.name, WHERE))
    return ReceiveConnectorSubject(desired, place.clock)
