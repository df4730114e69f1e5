# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory WinRM gives a shell, and whether Exchange's snap-in fits into it."""

from __future__ import annotations

from typing import Any

from ..lenient import first, number
from ..messages import notice_of
from ..request import Reply, Step

STEP = Step("read_shell_limits", "Get-ShellLimits", select=("MaxMemoryPerShellMB",), always=True)
ENOUGH_MB = 512


def notices(reply: Reply) -> tuple[str, ...]:
    """What a reply to STEP gives to say; nothing where the host did not tell."""
    return notices_of(first(reply.result(STEP.id).output).get("MaxMemoryPerShellMB"))


def notices_of(megabytes: Any) -> tuple[str, ...]:
    """That so many megabytes are too few. Zero is no limit."""
    found = number(megabytes)
    return (notice_of("shell_memory_low", found=found, enough=ENOUGH_MB),) if found and found < ENOUGH_MB else ()
