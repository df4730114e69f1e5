# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that proves the way to the agent and back."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.agent import shell_memory
from ..plugin_utils.agent.session import ask_to_read
from ..plugin_utils.errors import refuse
from ..plugin_utils.options.parse import unknown_options
from ..plugin_utils.options.spelling import Spelling
from ..plugin_utils.request import Request
from ..plugin_utils.run.options import WHERE


class ActionModule(MailflowAction):
    """Connects, logs in, runs the agent, which has but one look at its shell."""

    writes = False
    needs_exchange = False

    def answer(self, task: Task) -> dict[str, Any]:
        """``ping: pong`` and who answered."""
        refuse([*task.reasons, *unknown_options(task.arguments, (), Spelling(WHERE))])
        reply, again = ask_to_read(self.session(task), Request((shell_memory.STEP,)))
        answered = {"computer": reply.computer, "powershell": reply.powershell, "agent": reply.agent}
        notices = [*again, *shell_memory.notices(reply)]
        return {"changed": False, "ping": "pong", **answered, **({"warnings": notices} if notices else {})}
