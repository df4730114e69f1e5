# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that looks at incoming mail: whether it comes in, and where it stands if it does not."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.inbound_mail.desired import ACTION, parse_desired
from ..plugin_utils.inbound_mail.look import look_at_inbound
from ..plugin_utils.pop3_connector.desired import ACTION as CONNECTOR
from ..plugin_utils.pop3_connector.learnt import with_learnt_map


class ActionModule(MailflowAction):
    """Reads what came in and what waits; changes nothing on the host."""

    tables = (ACTION, CONNECTOR)
    writes = False
    plans = True

    def answer(self, task: Task) -> dict[str, Any]:
        """The ways, the mailboxes, the refusals and the verdict."""
        desired = parse_desired(with_learnt_map(task, task.arguments), task.reasons)
        ledger = task.ledger(desired.ledger)
        session = self.session(task)
        patience = session.patience(task.options.timeout * 3 // 4)
        with patience, closing(task.last_look(ACTION.name)) as last:
            found, warnings = look_at_inbound(session, task.options.shell, desired, last, ledger, now())
        result = {"changed": False, **found}
        return {**result, "warnings": list(warnings)} if warnings else result
