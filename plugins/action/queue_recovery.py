# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that digs a queue out of a snowball, one tick a call. plugin_utils/queue_recovery/ticks.py tells the
way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..plugin_utils.action_shell import MailflowAction, Task, now
from ..plugin_utils.errors import MailflowError
from ..plugin_utils.ledger import DEFAULT_NAME, Ledger
from ..plugin_utils.queue_recovery.desired import parse_desired
from ..plugin_utils.queue_recovery.store import Store, standing
from ..plugin_utils.queue_recovery.ticks import Place, as_result, look, tick
from ..plugin_utils.render import as_failure


class ActionModule(MailflowAction):
    """Takes a recovery one step further; in check mode says what it would come to."""

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of one tick. Whatever goes wrong, it is said that a queue stands still."""
        desired = parse_desired(task.arguments, now(), task.reasons)
        store = Store(task.backup_dir, task.host)
        ledger = Path(desired.ledger) if desired.ledger else Path(task.backup_dir) / DEFAULT_NAME
        try:
            place = Place(
                task.host,
                store,
                Ledger(ledger, read_only=task.check_mode),
                self.session(task),
                task.options.shell,
                now,
                task.options.approved_plan,
            )
            told = look(place, desired) if task.check_mode else tick(place, desired)
        except MailflowError as error:
            error.reasons = (*error.reasons, *standing(store))
            raise
        failure = as_failure(told.error.reasons) if told.error else {}
        return {**as_result(told), **failure}
