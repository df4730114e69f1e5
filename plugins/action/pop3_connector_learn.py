# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that learns where a host's accounts file holds what is not publicly known. It never writes on the host."""

from __future__ import annotations

import secrets
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.pop3_connector.desired import ACTION as ROLE
from ..plugin_utils.pop3_connector.learn import ACTION, learn, parse_learn


class ActionModule(MailflowAction):
    """Takes a masked report, or a snapshot before or after one change in the SBS console."""

    tables = (ACTION, ROLE)
    writes = False
    needs_exchange = False
    plans = True

    def answer(self, task: Task) -> dict[str, Any]:
        """What was found, and where it was written on the controller."""
        desired = parse_learn(task.arguments, task.reasons)
        return learn(
            self.session(task),
            desired,
            directory=task.backup_dir,
            now=now(),
            salt=secrets.token_hex(16),
            check_mode=task.check_mode,
            remember=task.remember,
        )
