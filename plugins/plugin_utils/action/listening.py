# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's winrm plugin hears of a process and does not tell: its exit code, where it had not taken its input,
and what it said before the time was over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..agent.endings import Ending

INPUT_NOT_TAKEN = "send_input failed"
"""How the plugin says that a process had not taken its input."""
_HEARING = "_winrm_get_command_output"
"""The plugin's own method by which it hears of it, in ansible-core 2.19 to 2.22."""
_PIECE = "_winrm_get_raw_command_output"
"""The one by which it hears each piece of it."""


@contextmanager
def overheard(connection: Any, heard: list[Ending], said: list[bytes] | None = None) -> Iterator[None]:
    """Adds to ``heard`` how each process ends in the meantime, and to ``said`` each piece of stdout as it comes; a
    plugin without these methods goes unheard."""

    def ended(told: Any) -> None:
        stdout, stderr, code = told
        heard.append(Ending(int(code), bytes(stdout), bytes(stderr)))

    def spoke(told: Any) -> None:
        if said is not None:
            said.append(bytes(told[0]))

    with _listening(connection, _HEARING, ended), _listening(connection, _PIECE, spoke):
        yield


@contextmanager
def _listening(connection: Any, name: str, keep: Callable[[Any], None]) -> Iterator[None]:
    hear = getattr(connection, name, None)
    if hear is None:
        yield
        return

    def hear_and_keep(*words: Any, **options: Any) -> Any:
        told = hear(*words, **options)
        with suppress(Exception):
            keep(told)
        return told

    setattr(connection, name, hear_and_keep)
    try:
        yield
    finally:
        delattr(connection, name)
