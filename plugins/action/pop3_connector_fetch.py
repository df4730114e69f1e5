# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that lets the POP3 connector fetch at once, and shows its service and the end of its log."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action_shell import MailflowAction, Task
from ..plugin_utils.pop3_connector.fetch import fetch, parse_fetch


class ActionModule(MailflowAction):
    """Starts a fetch; in check mode only looks."""

    needs_exchange = False

    def answer(self, task: Task) -> dict[str, Any]:
        """What the fetch came to, as far as anybody can tell."""
        wished = parse_fetch(task.arguments, task.reasons)
        return fetch(self.session(task), wished, check_mode=task.check_mode)

    def extra_seconds(self, arguments: Any) -> int:
        """The time to wait for the program comes on top of the time-out."""
        wait = arguments.get("wait_seconds", 30)
        return wait if isinstance(wait, int) else 600
