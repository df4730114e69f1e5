# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that gathers facts where Ansible's own gathering refuses PowerShell 2.0."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.agent.host_facts import host_facts
from ..plugin_utils.queue.backlog_facts import facts_with_backlog, parse_look


class ActionModule(MailflowAction):
    """Reads what the host tells of itself; changes nothing. Only the backlog, where it is asked for, needs Exchange."""

    writes = False
    plans = False

    def answer(self, task: Task) -> dict[str, Any]:
        """The facts, under ``ansible_facts.sbs_mailflow``."""
        desired = parse_look(task.arguments, task.reasons)
        session = self.session(task)
        if desired is None:
            facts, warnings = host_facts(session, now())
        else:
            facts, warnings = facts_with_backlog(session, task.options.shell, desired, now())
        result = {"changed": False, "ansible_facts": {"sbs_mailflow": facts}}
        return {**result, "warnings": list(warnings)} if warnings else result
