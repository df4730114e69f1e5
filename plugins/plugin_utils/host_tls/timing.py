# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether values that were written can be in force: SCHANNEL's are read when a program opens its credentials, so what
was started before does not know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..controller.identity import Identity
from ..lenient import moment, objects
from .desired import NOUN

TRANSPORT = "MSExchangeTransport"
"""The service that sends mail."""


def written_after(contents: Iterable[Mapping[str, Any] | None], host: str, key: str = "") -> datetime | None:
    """After which moment of the host's own clock values were last written, by the saved states of a host's folder, the
    newest first; None where none tells of it. ``key``: of those in that key alone."""
    for content in contents:
        if content and content.get("noun") == NOUN and Identity.of(content).is_of(host) and _writes(content, key):
            found = moment(content.get("written_after"))
            if found is not None:
                return found
    return None


def _writes(content: Mapping[str, Any], key: str) -> bool:
    """Whether a saved state is of a plan that wrote values in that key, or in any."""
    return not key or any(each.get("key") == key and each.get("after") for each in objects(content.get("registry")))


def in_force(
    written: datetime | None, boot: datetime | None, started: datetime | None, clock: datetime | None = None
) -> bool | None:
    """Whether values that were written then can be in force for a service that was started then, on a host that was
    started then and whose ``clock`` says so much; None: nobody knows, as where that was set back since."""
    if written is None or (clock is not None and clock < written):
        return None
    if any(each is not None and each >= written for each in (boot, started)):
        return True
    return None if started is None else False
