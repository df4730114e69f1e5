# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that looks at the queues: what waits, why, and what that means at the provider's rate."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.queue.desired import ACTION, parse_desired
from ..plugin_utils.queue.look import look


class ActionModule(MailflowAction):
    """Reads the queues; changes nothing."""

    tables = (ACTION,)
    writes = False
    plans = False

    def answer(self, task: Task) -> dict[str, Any]:
        """The queues, the traffic and the verdict."""
        desired = parse_desired(task.arguments, task.reasons)
        found, warnings = look(self.session(task), task.options.shell, desired)
        result = {"changed": False, **found}
        return {**result, "warnings": list(warnings)} if warnings else result
