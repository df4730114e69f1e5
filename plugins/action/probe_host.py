# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that asks a host all that nobody has published. It never writes on the host."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.controller import backup
from ..plugin_utils.errors import refuse
from ..plugin_utils.options.parse import unknown_options
from ..plugin_utils.options.spelling import Spelling
from ..plugin_utils.probe.answers import ACTION, NOUN, ask, failures
from ..plugin_utils.probe.compare import conflicts
from ..plugin_utils.run.options import WHERE


class ActionModule(MailflowAction):
    """Reads, puts stand-ins for all names, and writes one file on the controller."""

    tables = (ACTION,)
    writes = False
    plans = True

    def answer(self, task: Task) -> dict[str, Any]:
        """Where the answers are, and what they contradict."""
        refuse([*task.reasons, *unknown_options(task.arguments, (), Spelling(WHERE))])
        content = self._hide(ask(self.session(task), task.options.shell))
        file = None if task.check_mode else backup.save(task.backup_dir, task.host, NOUN, content, now())
        return {
            "changed": False,
            "file": file,
            "answered": len(content["answers"]) - len(failures(content["answers"])),
            "failed_questions": failures(content["answers"]),
            "contradictions": conflicts(content),
        }
