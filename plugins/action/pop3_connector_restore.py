# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that puts a backup of the POP3 connector's accounts file back, or lists those that there are."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.controller.backup import Saved
from ..plugin_utils.pop3_connector.desired import ACTION as ROLE
from ..plugin_utils.pop3_connector.restore import RestorePop3Connector
from ..plugin_utils.restore.desired import ACTIONS, BACKUP, parse_restore
from ..plugin_utils.run.restoring import Back


class ActionModule(MailflowAction):
    """Brings the accounts file back to what it was before a write."""

    tables = (ACTIONS[1], ROLE)
    needs_exchange = False
    plans = True

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the named backup."""
        desired = parse_restore(task.arguments, now(), task.reasons, BACKUP)
        return self.run_subject(RestorePop3Connector(Back(Saved({}, "", task.host), desired, now)), task)
