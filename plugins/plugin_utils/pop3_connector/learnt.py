# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key map that was learnt on a task's host, where the learning playbook leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..action.task import Task
from ..controller.atomic_write import FILE_ERRORS, host_folder
from . import key_map_file


def map_path(directory: str, host: str) -> Path:
    """Where the map of a host lies. Raises what FILE_ERRORS name."""
    return host_folder(directory, host) / f"{key_map_file.VARIABLE}.yml"


def with_learnt_map(task: Task, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a task on the host with that map, so that nobody has to copy it; the host that answers must be
    the one that it was learnt on. Raises InputRefused for a file that is none."""
    try:
        path = map_path(task.backup_dir, task.host)
        if not path.is_file():
            return arguments
    except FILE_ERRORS:
        return arguments
    server = key_map_file.server_of(path)
    if server is not None:
        task.remember(str(path), server)
    return key_map_file.completed(arguments, path, task.host)
