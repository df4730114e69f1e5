# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of the receive connectors: arguments in, result out. docs/flow.md tells the way between."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.receive_connector.desired import ACTION
from ..plugin_utils.receive_connector.making import make


class ActionModule(MailflowAction):
    """Brings a receive connector of the host's server into its declared state, and closes relays."""

    tables = (ACTION,)

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the declared connector."""
        return self.run_subject(make(task.arguments, task.reasons, self.place(task)), task)
