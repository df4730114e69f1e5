# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that puts saved addresses back."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action_shell import MailflowAction, Task
from ..plugin_utils.address_rewrite.draft import NOUN
from ..plugin_utils.address_rewrite.restore import RestoreSubject, parse_restore, parse_saved_state


class ActionModule(MailflowAction):
    """Brings recipients, policies and accepted domains back to what they were before a run."""

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the saved state."""
        wish = parse_restore(task.arguments, task.reasons)
        saved = parse_saved_state(task.saved_state(wish.backup_file, NOUN), wish.backup_file, task.host)
        return self.run_subject(RestoreSubject(saved, wish), task)
