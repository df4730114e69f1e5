# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that puts a saved state of send connectors back."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action_shell import MailflowAction, Task, now
from ..plugin_utils.send_connector.diff import NOUN
from ..plugin_utils.send_connector.restore import RestoreSubject, parse_restore, parse_saved_state


class ActionModule(MailflowAction):
    """Brings send connectors back to what they were before a run."""

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the saved state."""
        wish = parse_restore(task.arguments, now(), task.reasons)
        saved = parse_saved_state(task.saved_state(wish.backup_file, NOUN), wish.backup_file, task.host)
        subject = RestoreSubject(saved, wish.logins, wish.confirm_no_smarthost, now, self.observed(task))
        return self.run_subject(subject, task)
