# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that puts saved states back: those of one run, or a single one, of whatever noun."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.agent.session import Session
from ..plugin_utils.controller.backup import Saved
from ..plugin_utils.errors import InputRefused, MailflowError, Reason, collect, refuse
from ..plugin_utils.messages import notice_of
from ..plugin_utils.restore.desired import ACTIONS, Desired, parse_restore
from ..plugin_utils.restore.nouns import SUBJECTS, noun_of
from ..plugin_utils.restore.result import are_back, as_restored, each_for_all, why_refused
from ..plugin_utils.restore.runs import NOTE, SavedRun, back_already, choose, listed, note, put_back_by, run_of, runs_of
from ..plugin_utils.run.restoring import Back, Restoring


class ActionModule(MailflowAction):
    """Brings a host back to what it was before a run."""

    tables = ACTIONS[:1]

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of the run back."""
        desired = parse_restore(task.arguments, now(), task.reasons, runs=lambda: listed(_runs(task)))
        states, notices = self._states(task, desired)
        subjects = self._subjects(task, desired, states)
        whose = next((run_of(each.content, each.path) for each in states if each.content), None)
        session = self.session(task)
        done = self.run_on(session, subjects, task, each_for_all(subjects), restores=whose)
        if whose and not task.check_mode and why_refused(done) is None:
            notices += _note(task, session, whose, are_back(done))
        return as_restored(subjects, replace(done, notices=(*notices, *done.notices)), task.diff, task.host)

    def _subjects(self, task: Task, desired: Desired, states: Sequence[Saved]) -> list[Restoring[Any, Any]]:
        """What puts these states back. Raises InputRefused with every reason against any of them."""
        logins = any(SUBJECTS[noun_of(each)].has_logins for each in states)
        memory = self.observed(task) if logins else None
        reasons: list[Reason] = []
        subjects = [collect(reasons, SUBJECTS[noun_of(each)], Back(each, desired, now, memory)) for each in states]
        refuse(reasons)
        return subjects

    def _states(self, task: Task, desired: Desired) -> tuple[list[Saved], tuple[str, ...]]:
        """The saved states to go back to, in that order, and notices. Raises InputRefused, Busy."""
        if desired.backup:
            return [Saved({}, "", task.host)], ()
        if desired.backup_file:
            return [task.saved_state(desired.backup_file, SUBJECTS)], ()
        run, notices = _chosen(task, desired)
        if not task.check_mode:
            task.lock.take()  # so that no other run comes to its end between the choice and the way back
            run, notices = _chosen(task, desired)
        reasons: list[Reason] = []
        states = [collect(reasons, task.saved_state, str(each.path), SUBJECTS) for each in reversed(run.files)]
        refuse(reasons)
        return states, notices


def _chosen(task: Task, desired: Desired) -> tuple[SavedRun, tuple[str, ...]]:
    """The run that is meant, and notices. Raises InputRefused, and leaves no trace."""
    runs = _runs(task)
    run = choose(runs, str(desired.run), task.host, task.backup_dir)
    return run, back_already(run, runs)


def _runs(task: Task) -> tuple[SavedRun, ...]:
    return runs_of(task.shelf(), SUBJECTS, task.host)


def _note(task: Task, session: Session, run: str, nouns: Sequence[str]) -> tuple[str, ...]:
    """Keep that these nouns are as they were before a run, unless that is noted already; a notice where it cannot be
    kept."""
    known: set[tuple[str, str]] = set()
    with suppress(InputRefused):  # which a single file goes back in spite of
        known = put_back_by(_runs(task))
    told = note(run, nouns)
    try:
        if any((run, noun) not in known for noun in told["nouns"]):
            task.save(NOTE, told, now(), session.identity)
    except MailflowError:
        return (notice_of("restore_not_noted", path=task.backup_dir),)
    return ()
