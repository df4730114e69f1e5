# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that has started this one: an action runs in a worker that Ansible forks for it, in a session of its own.
So nobody ends the worker where ansible-playbook is killed, and it would go on unseen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from multiprocessing import parent_process

from ..errors import HostRefused
from ..messages import reason_of

_GLANCE = 1.0


class Parent:
    """Whoever has started this process, noted at once. Its place is taken by another process when it ends."""

    def __init__(self) -> None:
        forked = parent_process()
        self._number = os.getppid() if forked is None else forked.pid

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return os.getppid() != self._number

    def sleep(self, where: str, seconds: float, rest: Callable[[float], None] = time.sleep) -> None:
        """Wait so long. Raises HostRefused as soon as it has ended, and nobody is left to wait for."""
        while True:
            if self.gone:
                raise HostRefused(reason_of("recovery_unwatched", where, parent=self._number))
            if seconds <= 0:
                return
            rest(min(seconds, _GLANCE))
            seconds -= _GLANCE
