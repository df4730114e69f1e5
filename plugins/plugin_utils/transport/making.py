# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the subject of a run of what is declared."""

from __future__ import annotations

from typing import Any

from ..action.place import Context
from ..errors import Reason
from ..send_connector.ways import calm_beside
from .desired import ACTION, WHERE, declared_elsewhere, parse_desired
from .subject import TransportSubject


def make(arguments: dict[str, Any], reasons: list[Reason], place: Context) -> TransportSubject:
    """The subject of these arguments. Raises InputRefused with every reason, those given among them."""
    where, elsewhere = place.spelling(ACTION.name, WHERE), declared_elsewhere(place.declared)
    reasons = [*reasons, *calm_beside(lambda name: place.declared(f"send_connector_{name}"), arguments, WHERE)]
    return TransportSubject(parse_desired(arguments, reasons, where, elsewhere))
