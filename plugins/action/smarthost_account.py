# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that decides which mailbox logs in at the smarthost, and lets the connector use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.smarthost_account.desired import ACTION
from ..plugin_utils.smarthost_account.making import extra_seconds, make


class ActionModule(MailflowAction):
    """Gives one send connector the login of the first mailbox that is old enough."""

    tables = (ACTION,)

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the declared mailboxes; its stages are told whatever comes of it."""
        return self.run_subject(make(task.arguments, task.reasons, self.place(task)), task)

    def extra_seconds(self, arguments: Mapping[str, Any]) -> int:
        """The time to wait for Exchange."""
        return extra_seconds(arguments)
