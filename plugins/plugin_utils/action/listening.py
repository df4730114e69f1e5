# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's winrm plugin hears of a process and does not tell: its exit code, where it had not taken its input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..agent.endings import Ending

INPUT_NOT_TAKEN = "send_input failed"
"""How the plugin says that a process had not taken its input."""
_HEARING = "_winrm_get_command_output"
"""The plugin's own method by which it hears of it, in ansible-core 2.19 to 2.22."""


@contextmanager
def overheard(connection: Any, heard: list[Ending]) -> Iterator[None]:
    """Adds to ``heard`` how each process ends in the meantime; a plugin without that method goes unheard."""
    hear = getattr(connection, _HEARING, None)
    if hear is None:
        yield
        return

    def hear_and_keep(*words: Any, **options: Any) -> Any:
        told = hear(*words, **options)
        with suppress(Exception):
            stdout, stderr, code = told
            heard.append(Ending(int(code), bytes(stdout), bytes(stderr)))
        return told

    setattr(connection, _HEARING, hear_and_keep)
    try:
        yield
    finally:
        delattr(connection, _HEARING)
