# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that digs a queue out of a snowball: one tick a call, or all of them. plugin_utils/queue_recovery/ticks.py
tells the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.errors import MailflowError
from ..plugin_utils.mailboxes.ledger import Ledger
from ..plugin_utils.queue_recovery.course import Course
from ..plugin_utils.queue_recovery.desired import ACTION, Desired, parse_desired
from ..plugin_utils.queue_recovery.parent import Parent
from ..plugin_utils.queue_recovery.result import as_result
from ..plugin_utils.queue_recovery.ticks import Tick, Workplace, look, tick
from ..plugin_utils.recovery.store import Store, standing
from ..plugin_utils.run.render import as_failure
from ..plugin_utils.smarthost_account.desired import ACTION as ROLE


class ActionModule(MailflowAction):
    """Takes a recovery one step further, or to its end; in check mode says what it would come to."""

    tables = (ACTION, ROLE)
    limits_itself = True  # each tick has the whole of the time

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of the last tick. Whatever goes wrong, it is said that a queue stands still."""
        store = task.recovery()
        try:
            told = self._last_tick(task, store)
        except MailflowError as error:
            error.reasons = (*error.reasons, *standing(store))
            raise
        failure = as_failure(told.error.reasons) if told.error else {}
        return {**as_result(told), **failure}

    def _last_tick(self, task: Task, store: Store) -> Tick:
        desired = parse_desired(task.arguments, now(), task.reasons)
        once = partial(self.in_time, task, partial(self._tick, store, task.ledger(desired.ledger), desired))
        if task.check_mode:
            return once()
        with store.held():
            return self._course(task, once, desired).run() if desired.wait else once()

    def _course(self, task: Task, once: Callable[[], Tick], desired: Desired) -> Course:
        sleep = partial(Parent().sleep, task.host)
        return Course(once, task.progress.tell, sleep, desired.pause, task.progress, now)

    def _tick(self, store: Store, ledger: Ledger, desired: Desired, task: Task) -> Tick:
        shell, approved = task.options.shell, task.options.approved_plan
        place = Workplace(task.host, store, ledger, self.session(task), shell, now, approved)
        return look(place, desired) if task.check_mode else tick(place, desired)
