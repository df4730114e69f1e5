# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one time limit of everything that is asked over the network."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """Ends ``seconds`` after it was made, by a clock that only goes forward (time.monotonic)."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left; never less than 0."""
        return max(0.0, self._end - self._clock())
