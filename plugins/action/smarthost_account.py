# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that decides which mailbox logs in at the smarthost, and lets the connector use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils import calendar_file
from ..plugin_utils.action_shell import MailflowAction, Task, now
from ..plugin_utils.errors import MailflowError, Unreachable
from ..plugin_utils.render import as_failure
from ..plugin_utils.smarthost_account.desired import Desired, parse_desired_account
from ..plugin_utils.smarthost_account.subject import SmarthostAccountSubject


class ActionModule(MailflowAction):
    """Gives one send connector the login of the first mailbox that is old enough."""

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the declared mailboxes; its stages are told whatever comes of it."""
        desired = parse_desired_account(task.arguments, now(), task.reasons)
        ledger = task.ledger(desired.ledger)
        subject = SmarthostAccountSubject(desired, ledger, task.host, now, recovery=task.recovery())
        try:
            result = self.run_subject(subject, task)
        except Unreachable:
            raise
        except MailflowError as error:
            result = {"changed": False, **as_failure(error.reasons), **subject.told()}
        return {**result, **self._calendar_failure(desired, subject, task, result)}

    def extra_seconds(self, arguments: Mapping[str, Any]) -> int:
        """The time to wait for Exchange comes on top of the time-out."""
        wait = arguments.get("wait_for_session", 600)
        return wait if isinstance(wait, int) else 3600

    def _calendar_failure(
        self, desired: Desired, subject: SmarthostAccountSubject, task: Task, result: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the calendar; what a result says of its failure beside all that the run did on the host."""
        try:
            self._write_calendar(desired, subject, task)
        except MailflowError as error:
            if not result.get("failed"):
                return as_failure(error.reasons)
            return {"warnings": [*result.get("warnings", ()), str(error)]}
        return {}

    def _write_calendar(self, desired: Desired, subject: SmarthostAccountSubject, task: Task) -> None:
        choice = subject.progress.choice
        if task.check_mode or not desired.calendar_file or not choice or not choice.next_moment:
            return
        summary = f"{task.host}: {choice.next_event}"
        text = calendar_file.event(choice.next_moment, summary, f"smarthost_account-{task.host}", now())
        calendar_file.write(desired.calendar_file, text, task.host)
