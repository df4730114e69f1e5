# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every action plugin of the collection shares; the one module here that knows Ansible.

An action says what to do with a session; this base class checks the connection, ends it in time, closes the shell,
turns errors into results and keeps secrets out of all of them.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from ansible import constants, context
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ..agent.endings import Ending, not_started
from ..agent.session import Session, broken
from ..agent.time_limit import rang, time_limit, timed_out
from ..agent.wire import has_reply
from ..controller.default_place import inventory_dir_of
from ..errors import ConnectionLost, MailflowError, Reason, TimedOut, Unreachable, refuse
from ..mailboxes.observed import Observed
from ..messages import notice_of, reason_of
from ..messages.spelled import written_as, written_name
from ..messages.visible import visible
from ..options.action import Action
from ..options.values import is_writable
from ..progress import Progress
from ..run.options import split_run_options
from ..run.order import refusal, refused, run
from ..run.outcome import Run
from ..run.render import as_failure, as_noun, as_shown, diff_of
from ..run.subject import Subject, Watcher
from ..run.waiting import WAITS_FOR
from ..secrecy.scrubbing import Scrubber
from .causes import CREATE_TIMEOUT, REST, cause_of, sentence
from .listening import INPUT_NOT_TAKEN, overheard
from .place import Context
from .task import Task
from .undo import undo_command
from .variables import DeclaredBy
from .winrm_options import secrets_of_proxy, way_of, winrm_options

T = TypeVar("T")
SECRET_KEYS = ("password",)
BECOME_SECRETS = ("ansible_become_password", "ansible_become_pass")
NO_DECLARATIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
WORDS = 400
"""Characters that are told of a foreign exception."""


def now() -> datetime:
    """The controller's clock, the only one that actions know."""
    return datetime.now(UTC)


class MailflowAction(ActionBase):  # type: ignore[misc]
    """Base of the collection's action plugins."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = True
    needs_exchange = True
    plans: bool | None = None
    writes = True
    """Whether it can change anything on the host: then it keeps other runs off, unless it only checks."""
    limits_itself = False
    """Whether ``answer`` calls ``in_time`` itself, for each of its parts."""
    tables: Sequence[Action] = ()
    """What can be declared: its own options first, then those whose variables stand in the same inventory."""
    declared_by = DeclaredBy()
    _broken = False
    _undo = ""
    """How to undo what this task has begun to change."""
    _secrets: Sequence[str] = ()
    _hide = Scrubber(())

    @abstractmethod
    def answer(self, task: Task) -> dict[str, Any]:
        """The result of the task. Raises MailflowError."""

    def extra_seconds(self, arguments: Mapping[str, Any]) -> int:
        """Seconds by which the noun's own arguments prolong the time limit."""
        return 0

    def declared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The task's arguments with what is declared elsewhere."""
        return arguments

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry: the result of ``answer``, whatever happens in it, without secrets."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        self.declared_by = DeclaredBy.of(self._task, self.tables)
        try:
            with written_as(self.declared_by.written(self._task.args)):
                return self._result(result, variables)
        except Exception as error:
            # What cannot even be looked through is not shown.
            return {**_internal(error, _host(variables)), "changed": False}

    def _result(self, result: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The result that Ansible has begun, with what is told, without secrets."""
        arguments = self.declared(plain(self._task.args))
        self._secrets = [*_secrets(arguments), *self._own_secrets()]
        _register(self._secrets)
        self._hide = Scrubber(self._secrets)
        told: dict[str, Any] = {**result, **self._told(arguments, variables)}
        if self._undo:
            told["said"] = [*told.get("said", ()), self._undo]
        told = as_shown(self._hide(told))
        self._say(_host(variables), told)
        return told

    def _told(self, arguments: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The result of ``answer``, or what it has failed with."""
        result: dict[str, Any] = {}
        notices: list[str] = []
        try:
            notices += self._check_connection(variables)
            result.update(self._answer_in_time(arguments, variables, notices))
        except Unreachable as error:
            # Ansible counts a host as unreachable only where the task has not failed as well.
            said = {"said": list(error.said)} if error.said else {}
            result.update(as_failure(error.reasons), changed=False, unreachable=True, failed=False, **said)
        except MailflowError as error:
            result.update(as_failure(error.reasons), changed=False)
        except Exception as error:
            result.update(_internal(error, _host(variables)), changed=False)
        return with_warnings(result, notices)

    def _own_secrets(self) -> list[str]:
        """The passwords of the connection itself, whatever they come from: Ansible has templated them and given them to
        the connection by now, its proxy's among them. Those of become, too, which is refused but may be declared for
        all hosts."""
        found = [getattr(self._play_context, name, None) for name in ("password", "become_pass")]
        found += [self.variable(name) for name in BECOME_SECRETS]
        with suppress(Exception):
            found.append(self._connection.get_option("remote_password"))
        with suppress(Exception):
            found += secrets_of_proxy(self._connection)
        return [str(secret) for secret in found if secret not in (None, "")]

    def _answer_in_time(
        self, arguments: dict[str, Any], variables: Mapping[str, Any], notices: list[str]
    ) -> dict[str, Any]:
        options, rest, reasons = split_run_options(arguments, self.needs_exchange, self.plans)
        limit = (written_name("timeout"), options.timeout)
        declared = self.variables("")
        reasons += self.declared_by.refusals(declared, _host(variables))
        notices += self.declared_by.notices(declared)
        options = replace(options, timeout=options.timeout + self.extra_seconds(rest))
        task = Task(
            host=_host(variables),
            arguments=rest,
            options=options,
            reasons=reasons,
            check_mode=bool(self._task.check_mode),
            diff=bool(self._task.diff),
            playbook_dir=str(variables.get("playbook_dir") or "."),
            action=type(self).__module__.rpartition(".")[2],
            inventory_dir=inventory_dir_of(variables),
            progress=Progress(lambda line: self.show(task, line), declared=limit),
        )
        notices += task.settle(self.writes)
        with task.progress.watched():
            return self.answer(task) if self.limits_itself else self.in_time(task, self.answer)

    def in_time(self, task: Task, answer: Callable[[Task], T]) -> T:
        """What ``answer`` comes to within the time limit; no shell is left behind. Raises MailflowError."""
        seconds = task.options.timeout
        waited = task.progress.stage(notice_of("stage_waiting"), seconds)
        with waited, closing(task.lock), self._closing(task.host), time_limit(seconds, task.host):
            return answer(task)

    def show(self, task: Task, line: str) -> None:
        """Tell whoever watches a run how it goes; without secrets, as all that leaves an action. On stderr: what goes
        to stdout is kept back where that is a file or a program, and such a program may read it."""
        if not getattr(self._task, "no_log", False):
            self._display.display(f"[{visible(task.host)}] {visible(self._hide(line))}", stderr=True)

    def _say(self, host: str, result: Mapping[str, Any]) -> None:
        """Print what a result has to say, which has no secrets in it any more, each line with its host's name; before
        it the diff of one that has failed, of which Ansible shows none."""
        if getattr(self._task, "no_log", False):
            return
        aside = "json" in str(constants.DEFAULT_STDOUT_CALLBACK)  # a program reads the other one
        said = [visible(line) for line in result.get("said", ())]
        with suppress(Exception):  # what was done is told in any case
            if diff := diff_of(result) if result.get("failed") else "":
                said.insert(0, f"{notice_of('diff_of_failed')}\n{diff}")
            for text in said:
                self._display.display(f"[{visible(host)}] {text}", stderr=aside)

    def run_subject(self, subject: Subject[Any], task: Task) -> dict[str, Any]:
        """Run a noun's subject and make its result. Raises the MailflowError that refuses it, where there is nothing to
        tell besides."""
        done = self.run_subjects([subject], task)
        outcome = done.outcomes[subject.name]
        told = outcome.decision.plan or outcome.decision.facts or outcome.said
        if outcome.refused and outcome.error and not told:
            raise outcome.error
        return as_noun(subject.noun, outcome, task.diff, done.notices)

    def run_subjects(self, subjects: Sequence[Subject[Any]], task: Task, watchers: Sequence[Watcher[Any]] = ()) -> Run:
        """Run the subjects of several nouns, before watchers. Raises Unreachable."""
        try:
            session = self.session(task)
        except Unreachable as error:
            error.said = tuple(line for each in subjects for line in refusal(each, error).said)
            raise
        except MailflowError as error:
            return refused(subjects, error)
        return self.run_on(session, subjects, task, watchers=watchers)

    def run_on(
        self,
        session: Session,
        subjects: Sequence[Subject[Any]],
        task: Task,
        waits_for: Mapping[str, Collection[str]] = WAITS_FOR,
        watchers: Sequence[Watcher[Any]] = (),
        **also: Any,
    ) -> Run:
        """Run them in a session; ``also`` stands in every state that is saved."""

        def save(noun: str, data: dict[str, Any]) -> str:
            path = task.save(noun, {**data, **also}, now(), session.identity)
            with suppress(Exception):  # what is only told must not keep a run from going on
                self._undo = notice_of("undo", command=self._undo_command(task))
            return path

        return run(
            subjects,
            session,
            task.options.shell,
            save,
            check_mode=task.check_mode or not self.writes,
            approved_plan=task.options.approved_plan,
            safety_check=lambda plan: task.safety_check(plan, session.identity),
            waits_for=waits_for,
            watchers=watchers,
        )

    def _undo_command(self, task: Task) -> str:
        folder = task.options.backup_dir  # which a play may have declared, or the command
        groups = self.variable("group_names") or ()
        searched = [*constants.COLLECTIONS_PATHS, *sys.path]
        return undo_command(task.host, task.run_id, task.playbook_dir, context.CLIARGS, folder, groups, searched)

    def place(self, task: Task, declarations: Mapping[str, Mapping[str, Any]] = NO_DECLARATIONS) -> Context:
        """What the makers of subjects may ask for."""
        return Context(task, now, self.variable, declarations, bool(self.declared_by.role))

    def observed(self, task: Task) -> Observed | None:
        """What the ledger beside the saved states has seen of mailboxes."""
        return self.place(task).observed

    def variable(self, name: str) -> Any:
        """The host's inventory variable of that name as a plain value; None where there is none, or none that can be
        worked out, which is for the role that takes it to say."""
        with suppress(Exception):
            return plain(self._templar.template(self._templar.available_variables.get(name)))
        return None

    def variables(self, prefix: str, but: Sequence[str] = ()) -> list[str]:
        """The names of the host's inventory variables that begin so, but for some."""
        with suppress(Exception):
            names = {str(each) for each in self._templar.available_variables}
            return sorted(name for name in names - set(but) if name.startswith(prefix))
        return []

    def session(self, task: Task) -> Session:
        """A session to the task's host, with its shell open, and where it may write, with other runs kept off, and with
        a server to which the folder of its name belongs. Raises Unreachable, Busy."""
        self._connect(task)
        if self.writes:
            task.shelf()
        if self.writes and not task.check_mode:  # and a host that is not there leaves no trace
            task.lock.take()
        reconnect = partial(self._reconnect, task.host)
        return Session(partial(self._execute, task), task.host, reconnect, task.meet, self._secrets, task.progress)

    def _connect(self, task: Task) -> None:
        try:
            with task.progress.stage(notice_of("stage_connecting")):
                self._connection._connect()
        except BaseException as error:
            if rang(error):
                late = timed_out(task.options.timeout, task.host).reasons[0].found
                way = way_of(self._connection, is_open=False)
                raise TimedOut(sentence(CREATE_TIMEOUT, late, task.host, way, now())) from error
            if not isinstance(error, Exception):
                raise
            raise Unreachable(self._cause(task.host, error)[1]) from error

    def _execute(self, task: Task, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        self._broken = True
        heard: list[Ending] = []
        said: list[bytes] = []
        try:
            with overheard(self._connection, heard, said):
                code, stdout, stderr = self._connection.exec_command(command_line, in_data=stdin, sudoable=False)
        except BaseException as error:
            if rang(error):
                late = timed_out(task.options.timeout, task.host)
                late.heard = b"".join(said)
                raise late from error
            if not isinstance(error, Exception):
                raise
            # requests, pywinrm and Ansible each have their own; all mean that no answer came.
            raise self._lost(task.host, error, heard) from error
        self._broken = False
        return int(code), bytes(stdout), bytes(stderr)

    def _reconnect(self, where: str) -> None:
        """A new login and a new shell; the old one is deleted over it, which ends what still runs there."""
        old = self._connection.shell_id
        try:
            self._connection.reset()
        except Exception as error:
            raise self._lost(where, error) from error
        self._broken = False
        if old:
            with suppress(Exception):
                self._connection.protocol.close_shell(old, close_session=False)

    @contextmanager
    def _closing(self, where: str) -> Iterator[None]:
        """Leave no shell behind. Ansible would go on with it in a loop, and it takes 15 commands only."""
        try:
            yield
        finally:
            with suppress(Exception):
                self._close(where)

    def _close(self, where: str) -> None:
        """Close the shell; over a new connection where the old one broke, which cannot do it any more."""
        if not self._broken:
            with suppress(Exception):
                self._connection.close()
                return
        self._reconnect(where)
        self._connection.close()

    def _check_connection(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """Notices about a connection that may be used: straight to the play's own host, since a delegated task has the
        play host's variables and its name. Raises MailflowError for any other, before it is made."""
        where = _host(variables)
        reasons = []
        delegated, transport = self._task.delegate_to, getattr(self._connection, "transport", "")
        if delegated and str(delegated) != where:
            reasons.append(reason_of("delegated", where, delegated=delegated, host=where))
        if transport != "winrm":
            found = transport or type(self._connection).__name__
            reasons.append(reason_of("connection_refused", where, connection=found))
        become = self.variable("ansible_become")
        if self._task.become and not _is_false(become):
            reasons.append(reason_of("become_refused", where))
        refuse(reasons)
        return (*self._ignored(become), *winrm_options(self._connection).check(where))

    def _ignored(self, become: Any) -> Iterator[str]:
        """Notices about what is declared around the task and has no effect on it."""
        if become is not None and not _is_false(become):
            yield notice_of("become_ignored")
        names = self._environment()
        if names:
            yield notice_of("environment_ignored", names=", ".join(names))

    def _environment(self) -> list[str]:
        """The names of the variables in the task's ``environment``, which gathers those of play, block and task."""
        declared = getattr(self._task, "environment", None) or []
        names: list[str] = []
        with suppress(Exception):
            for each in declared if isinstance(declared, list) else [declared]:
                told = each if isinstance(each, Mapping) else self._templar.template(each)
                names += plain(told) if isinstance(told, Mapping) else {}
        return list(dict.fromkeys(names))

    def _lost(self, where: str, error: Exception, heard: Sequence[Ending] = ()) -> ConnectionLost:
        """What an error means while something runs, or the connection is made anew. ``heard``: how a process ended that
        had not taken its input."""
        ended = next((each for each in heard if each.is_known and not has_reply(each.stdout)), None)
        if ended is not None and INPUT_NOT_TAKEN in str(error):
            return not_started(ended, where, self._hide)
        key, reason = self._cause(where, error)
        lost = ConnectionLost(host_says=self._words(error), remedy="" if key == REST else reason.remedy)
        return broken(lost, where, notice_of("what_reading"), notice_of("outcome_nothing_written"))

    def _cause(self, where: str, error: Exception) -> tuple[str, Reason]:
        """Why there is no connection, or none any more, after the key of its row."""
        way = way_of(self._connection, is_open=bool(getattr(self._connection, "shell_id", None)))
        return cause_of(self._words(error, None), self._words(error), where, way, now())

    def _words(self, error: Exception, most: int | None = WORDS) -> str:
        """What a foreign exception says, in short."""
        name = "" if isinstance(error, AnsibleConnectionFailure) else f"{type(error).__name__}: "
        return name + self._hide.spoken(error, most) or type(error).__name__


def _is_false(variable: Any) -> bool:
    """Whether a variable says no, in any of the ways in which Ansible lets it."""
    return variable is not None and str(variable).strip().lower() in ("no", "n", "off", "false", "f", "0", "0.0")


def with_warnings(result: dict[str, Any], notices: Sequence[str]) -> dict[str, Any]:
    """A result that tells these first."""
    return {**result, "warnings": [*notices, *result.get("warnings", ())]} if notices else result


def plain(value: Any) -> Any:
    """Task arguments as plain Python values: Ansible's tagged strings, lazy lists and vault texts left behind."""
    if value is None or isinstance(value, (bool, date, bytes)):
        return value
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def _secrets(value: Any, inside: bool = False) -> list[str]:
    """Every value under a key that holds a password, however deep, and whatever stands there instead of a text;
    ``inside``: the value stands under such a key."""
    if isinstance(value, Mapping):
        return [each for key, item in value.items() for each in _secrets(item, inside or key in SECRET_KEYS)]
    if isinstance(value, list):
        return [each for item in value for each in _secrets(item, inside)]
    return [str(value)] if inside and value is not None and is_writable(value) else []


def _register(secrets: list[str]) -> None:
    """ansible-core 2.22 masks registered secrets in all of its own output."""
    with suppress(ImportError):
        from ansible.module_utils.secrets import register_secret

        for secret in secrets:
            with suppress(Exception):
                register_secret(secret)


def _internal(error: Exception, where: str) -> dict[str, Any]:
    outcome = notice_of("outcome_unknown_internal")
    return as_failure((reason_of("internal", where, type=type(error).__name__, outcome=outcome),))


def _host(variables: Mapping[str, Any]) -> str:
    return str(variables.get("inventory_hostname") or "host")
