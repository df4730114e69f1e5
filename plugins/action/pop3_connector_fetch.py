# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that lets the POP3 connector fetch at once, and shows its service and the end of its log."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.pop3_connector.desired import ACTION as ROLE
from ..plugin_utils.pop3_connector.fetch import ACTION, fetch, parse_fetch
from ..plugin_utils.pop3_connector.learnt import with_learnt_map
from ..plugin_utils.pop3_connector.proof import declared_pause, note_fetches, note_logins
from ..plugin_utils.pop3_connector.state import HostAccount
from ..plugin_utils.pop3_connector.waiting import pause_of


class ActionModule(MailflowAction):
    """Starts a fetch; in check mode only looks."""

    tables = (ACTION, ROLE)
    needs_exchange = False
    plans = True

    def answer(self, task: Task) -> dict[str, Any]:
        """What the fetch came to, as far as anybody can tell."""
        desired = parse_fetch(with_learnt_map(task, task.arguments), task.reasons)
        ledger = task.ledger(desired.ledger)

        def note(accounts: list[HostAccount]) -> None:
            note_logins(ledger, task.host, now(), (each.identity for each in accounts))

        def pause(account: HostAccount) -> int | None:
            return pause_of(account) or declared_pause(ledger, account.identity)

        def took(accounts: list[HostAccount]) -> None:
            note_fetches(ledger, task.host, now(), (each.identity for each in accounts))

        return fetch(self.session(task), desired, task.check_mode, note, pause, took)

    def extra_seconds(self, arguments: Any) -> int:
        """The time to wait for the program comes on top of the time-out."""
        wait = arguments.get("wait_seconds", 30)
        return wait if isinstance(wait, int) else 600
