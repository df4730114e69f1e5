# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that puts a saved state of a transport server back."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action_shell import MailflowAction, Task
from ..plugin_utils.identity import Identity
from ..plugin_utils.transport.diff import NOUN
from ..plugin_utils.transport.restore import RestoreSubject, parse_restore, parse_saved_state


class ActionModule(MailflowAction):
    """Brings the transport server back to what it was before a run."""

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the saved state."""
        path = parse_restore(task.arguments, task.reasons)
        content = task.saved_state(path, NOUN)
        saved = parse_saved_state(content, path, task.host)
        return self.run_subject(RestoreSubject(saved, Identity.of(content), task.accepts(content)), task)
