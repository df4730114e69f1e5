# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the subject of a run of what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..action.place import Context
from ..errors import Reason
from .desired import ACTION, SERVICE, WHERE, parse_desired
from .diff import RESTART_SECONDS
from .subject import HostTlsSubject
from .timing import written_after


def make(arguments: dict[str, Any], reasons: list[Reason], place: Context) -> HostTlsSubject:
    """The subject of these arguments. Raises InputRefused with every reason, those given among them."""
    desired = parse_desired(arguments, reasons, place.spelling(ACTION.name, WHERE))
    task = place.task
    return HostTlsSubject(
        desired, lambda: written_after((content for _path, content in task.shelf().contents()), task.host)
    )


def extra_seconds(arguments: Mapping[str, Any]) -> int:
    """The time that the service may take comes on top of the time-out."""
    return 2 * RESTART_SECONDS if arguments.get("restart") == SERVICE else 0
