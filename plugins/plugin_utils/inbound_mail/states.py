# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states that incoming mail can be in, the best first. docs/check_inbound.md says of each when it is reached."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

HEALTHY, NOTICED, WAITING, STUCK, LOSING = "healthy", "noticed", "waiting", "stuck", "losing"
STATES: Final = (HEALTHY, NOTICED, WAITING, STUCK, LOSING)


def worst_of(states: Iterable[str]) -> str:
    """The worst of them; HEALTHY where there is none."""
    return max(states, key=STATES.index, default=HEALTHY)
