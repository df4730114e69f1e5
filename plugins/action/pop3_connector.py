# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of the POP3 connector's accounts: arguments in, result out. docs/pop3_connector.md tells what for."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.pop3_connector.desired import ACTION
from ..plugin_utils.pop3_connector.making import make


class ActionModule(MailflowAction):
    """Brings the accounts that the host's POP3 connector fetches into their declared state.

    The Exchange shell is loaded only to prove where new mail goes, so that a converged run does without.
    """

    tables = (ACTION,)

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the declared accounts; its proofs are told whatever comes of it."""
        return self.run_subject(make(task.arguments, task.reasons, self.place(task)), task)
