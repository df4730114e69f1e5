# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that puts saved states back: those of one run, or a single one, of whatever noun."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from ..plugin_utils.action_shell import MailflowAction, Task, now
from ..plugin_utils.backup import Saved
from ..plugin_utils.errors import MailflowError, Reason, WishRefused, collect, refuse
from ..plugin_utils.messages import tell
from ..plugin_utils.plan import Plan
from ..plugin_utils.render import as_diff, as_failure, as_result
from ..plugin_utils.restore.course import NOUN, Part, Way, put_back
from ..plugin_utils.restore.nouns import SUBJECTS, noun_of
from ..plugin_utils.restore.runs import NOTE, Run, back_already, choose, listed, note, put_back_by, run_of, runs_of
from ..plugin_utils.restore.subject import Back, Restoring
from ..plugin_utils.restore.wish import Wish, parse_restore
from ..plugin_utils.session import Session


class ActionModule(MailflowAction):
    """Brings a host back to what it was before a run."""

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of the runs back."""
        wish = parse_restore(task.arguments, now(), task.reasons, runs=lambda: listed(_runs(task)))
        states, notices = self._states(task, wish)
        logins = any(SUBJECTS[noun_of(each)].has_logins for each in states)
        memory = self.observed(task) if logins else None
        reasons: list[Reason] = []
        subjects = [collect(reasons, SUBJECTS[noun_of(each)], Back(each, wish, now, memory)) for each in states]
        refuse(reasons)
        session = self.session(task)
        parts = [_part(task, each, session) for each in subjects]
        options = task.options
        brake, note_back = partial(_brake, task, session), partial(_note, task, session)
        way = Way(session, options.shell, brake, note_back, options.approved_plan)
        outcome = put_back(parts, way, task.check_mode)
        outcome = replace(outcome, notices=(*notices, *outcome.notices))
        noun = parts[0].noun if len(parts) == 1 else NOUN
        diff = {"diff": as_diff(noun, outcome.decision)} if task.diff else {}
        failure = as_failure(outcome.error.reasons) if outcome.error else {}
        return {**as_result(noun, outcome), **diff, **failure}

    def _states(self, task: Task, wish: Wish) -> tuple[list[Saved], tuple[str, ...]]:
        """The saved states to go back to, in that order, and notices. Raises WishRefused, Busy."""
        if wish.backup:
            return [Saved({}, "", task.host)], ()
        if wish.backup_file:
            return [task.saved_state(wish.backup_file, SUBJECTS)], ()
        run, notices = _chosen(task, wish)
        if not task.check_mode:
            task.lock.take()  # so that no other run comes to its end between the choice and the way back
            run, notices = _chosen(task, wish)
        reasons: list[Reason] = []
        states = [collect(reasons, task.saved_state, str(each.path), SUBJECTS) for each in reversed(run.files)]
        refuse(reasons)
        return states, notices


def _chosen(task: Task, wish: Wish) -> tuple[Run, tuple[str, ...]]:
    """The run that is meant, and notices. Raises WishRefused, and leaves no trace."""
    runs = _runs(task)
    run = choose(runs, str(wish.run), task.host, task.backup_dir)
    return run, back_already(run, runs)


def _runs(task: Task) -> tuple[Run, ...]:
    return runs_of(task.shelf(), SUBJECTS, task.host)


def _brake(task: Task, session: Session, plan: Plan) -> None:
    task.brake(plan, session.identity)


def _note(task: Task, session: Session, parts: Sequence[Part]) -> tuple[str, ...]:
    """Keep that these parts of a run are as they were before it, unless that is noted already; a notice where it
    cannot be kept."""
    known: set[tuple[str, str]] = set()
    with suppress(WishRefused):  # which a single file goes back in spite of
        known = put_back_by(_runs(task))
    run = next((_restored(each.subject) for each in parts), None)
    told = note(run, (each.noun for each in parts)) if run else {"nouns": []}
    try:
        if any((run, noun) not in known for noun in told["nouns"]):
            task.save(NOTE, told, now(), session.identity)
    except MailflowError:
        return (tell("restore_not_noted", path=task.backup_dir),)
    return ()


def _part(task: Task, subject: Restoring[Any], session: Session) -> Part:
    def save(data: dict[str, Any]) -> str:
        return task.save(subject.noun, {**data, "restores": _restored(subject)}, now(), session.identity)

    return Part(noun_of(subject.back.saved), subject, save)


def _restored(subject: Restoring[Any]) -> str | None:
    """The run that is put back; None for a backup on the host alone."""
    saved = subject.back.saved
    return run_of(saved.content, saved.path) if saved.content else None
