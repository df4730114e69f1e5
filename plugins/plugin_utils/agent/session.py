# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One shell of a host: requests go in, replies come out. How the bytes travel is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..controller.identity import Identity
from ..errors import (
    AgentFailed,
    AnsweredInPart,
    ConnectionLost,
    HostRefused,
    MailflowError,
    NoReply,
    NotStarted,
    ServerChanged,
    TimedOut,
)
from ..messages import notice_of, reason_of
from ..progress import Progress
from ..request import FAILED, NOT_TRIED, Reply, Request, StepError, StepResult
from .time_limit import time_limit, timed_out
from .wire import command_line, decode_reply, encode_calls, has_reply

Execute = Callable[[str, bytes], tuple[int, bytes, bytes]]
"""Run a command line with an stdin: exit code, stdout, stderr."""
COMMANDS_PER_SHELL = 15
"""WinRM 2.0 takes no more commands in one shell; a request of more calls goes on in a new one."""

AGENT_DIED = "agent_died"
"""The code of a step that a process took with it; no agent says it."""


@dataclass
class Sent:
    """How far a request got when its connection broke: the ids of the steps sent, and what was answered."""

    sent: set[str] = field(default_factory=set)
    answered: dict[str, StepResult] = field(default_factory=dict)


class Session:
    """Sends requests to the agent of one host; ``calls`` counts the remote processes that were started.

    ``meet`` is told who answers, once, before anybody is given the first reply; what it raises ends the run. Where it
    says that the reply may be old, the same is asked once more.
    ``identity`` is that server from then on. ``progress`` tells what is waited for. ``secrets``: what the
    host may know and say besides those of a request.
    """

    def __init__(
        self,
        execute: Execute,
        where: str,
        reconnect: Callable[[], None] | None = None,
        meet: Callable[[Identity], bool] | None = None,
        secrets: Iterable[str] = (),
        progress: Progress | None = None,
    ) -> None:
        self._execute = execute
        self.progress = progress or Progress()
        self._secrets = tuple(secrets)
        self._reconnect = reconnect
        self._meet = meet
        self.where = where
        self.identity: Identity | None = None
        self.calls = 0
        self._in_shell = 0
        self._patience = 0
        self.late = False

    def reconnect(self) -> None:
        """Close the old shell, which ends what still runs in it, and open a new one. Raises ConnectionLost."""
        self._in_shell = 0
        if self._reconnect is not None:
            self._reconnect()

    def ask(self, request: Request, progress: Sent | None = None) -> Reply:
        """The reply to a request, in as many calls as its size needs; ``progress`` is kept as it goes. Raises
        AgentFailed, and AnsweredInPart where a process had answered some steps before it ended."""
        reply: Reply | None = None
        progress = progress or Sent()
        calls = encode_calls(request)
        for part, stdin in calls:
            if reply is not None and reply.failed:
                part = replace(part, steps=tuple(step for step in part.steps if step.always))
                if not part.steps:
                    continue
                stdin = encode_calls(part)[0][1]
            progress.sent.update(step.id for step in part.steps)
            if len(calls) > 1:
                self.progress.steps(len(reply.results) if reply else 0, len(request.steps))
            answer = self._call(stdin, request.secrets.values())
            progress.answered.update((result.id, result) for result in answer.results)
            reply = answer if reply is None else joined(reply, answer)
            if answer.cut:
                part_reply = replace(reply, results=(*reply.results, *_unanswered(part, answer)))
                reason = reason_of("agent_died", self.where, host_says=answer.cut)
                raise AnsweredInPart(reason, reply=_complete(part_reply, request))
        return _complete(reply or Reply("", "", "", ()), request)

    def read(self, request: Request) -> Reply:
        """As ``ask``, for whoever can use a part of the answers: where a process ended between its parts, the steps
        that it did not answer have failed, and say why. Raises AgentFailed where it answered nothing."""
        try:
            return self.ask(request)
        except AnsweredInPart as error:
            return error.reply

    @contextmanager
    def patience(self, seconds: int) -> Iterator[None]:
        """Wait no longer than so many seconds for what is read meanwhile: of a process that has answered in part by
        then, that part has to do (``late``). Raises TimedOut where it has not. 0: as long as the action may last."""
        if not seconds:
            yield
            return
        self._patience = seconds
        try:
            with time_limit(seconds, self.where):
                yield
        except TimedOut as error:
            raise timed_out(seconds, self.where) from error
        finally:
            self._patience = 0

    def _call(self, stdin: bytes, secrets: Iterable[str]) -> Reply:
        if self._in_shell >= COMMANDS_PER_SHELL:
            self.reconnect()
        self._in_shell += 1
        self.calls += 1
        known, late = (*secrets, *self._secrets), ""
        try:
            code, stdout, stderr = self._execute(command_line(), stdin)
        except TimedOut as error:
            if not self._patience or not has_reply(error.heard):
                raise
            code, stdout, stderr, self.late = 0, error.heard, b"", True
            late = notice_of("reply_late", seconds=self._patience)
        reply = decode_reply(stdout, code, self.where, known, stderr)
        reply = replace(reply, cut=late) if late and reply.cut else reply
        old = self._recognise(Identity.told(self.where, reply.computer, reply.domain))
        return self._call(stdin, secrets) if old else reply

    def _recognise(self, here: Identity) -> bool:
        """One session is with one server; whether its reply may be old. Raises HostRefused where another answers."""
        if self.identity is None:
            old = self._meet is not None and self._meet(here)
            self.identity = here
            return old
        if here.differs(self.identity):
            raise ServerChanged(reason_of("server_changed", self.where, here=here, before=self.identity))
        return False


def ask_to_read(session: Session, request: Request) -> tuple[Reply, tuple[str, ...]]:
    """Reading is safe to repeat, but for what may be done ``once``, so a broken connection is tried once more; then a
    part of the answers will do, and what was done once keeps its answer."""
    try:
        return session.ask(request), ()
    except (ConnectionLost, AgentFailed) as error:
        part = error.reply if isinstance(error, AnsweredInPart) else None
        try:
            session.reconnect()
            if part and session.late:
                return part, ()
            again = replace(request, steps=tuple(step for step in request.steps if not step.once))
            reply = session.read(again)
        except (ConnectionLost, AgentFailed):
            if part is None:
                raise
            return part, ()
        reply = _with_those_done_once(reply, part, request) if part else reply
        return reply, (notice_of("read_again", problem=problem_of(error)),)


def _with_those_done_once(reply: Reply, part: Reply, request: Request) -> Reply:
    results = ((part if step.once else reply).result(step.id) for step in request.steps)
    return replace(reply, results=tuple(results))


def problem_of(error: MailflowError) -> str:
    """What broke, for a sentence that says itself what was going on."""
    return getattr(error, "host_says", "") or error.reasons[0].found


def broken(error: MailflowError, where: str, what: str, outcome: str) -> ConnectionLost:
    """The error of what was going on when a connection broke, or a process did not start, with what became of it."""
    told = " ".join(filter(None, (outcome, getattr(error, "remedy", ""))))
    key = "process_ended" if isinstance(error, NotStarted | NoReply) else "connection_lost"
    problem = problem_of(error)
    reason = reason_of(key, where, what=what, host_says=problem, outcome=told)
    return ConnectionLost(reason, host_says=problem, remedy=getattr(error, "remedy", ""))


def joined(first: Reply, second: Reply) -> Reply:
    """Two replies as one."""
    return replace(first, results=(*first.results, *second.results), warnings=(*first.warnings, *second.warnings))


def _unanswered(part: Request, answer: Reply) -> Iterator[StepResult]:
    """What became of the steps that a process took with it."""
    answered = {result.id for result in answer.results}
    error = StepError(answer.cut, code=AGENT_DIED)
    return (StepResult(step.id, FAILED, error=error) for step in part.steps if step.id not in answered)


def _complete(reply: Reply, request: Request) -> Reply:
    """A result for every step, in the request's order; what no call answered was not tried."""
    return replace(reply, results=tuple(reply.result(step.id) for step in request.steps))


_HOST_CODES = ("exchange_too_new", "exchange_missing", "exchange_not_loaded", "snapin_needs_old_runtime")
_POP3_CODES = (
    "pop3_file_changed",
    "pop3_file_locked",
    "pop3_file_missing",
    "pop3_file_unreadable",
    "pop3_service_missing",
    "pop3_service_not_stopped",
    "pop3_service_not_started",
    "pop3_entropy_missing",
    "pop3_not_written",
    "pop3_program_missing",
    "schtasks_failed",
)
"""What the agent's own commands for the POP3 connector refuse with."""
_TLS_CODES = ("registry_refused", "service_missing", "service_not_stopped", "service_not_started")
"""What those for the server's TLS do."""


def host_refusal(result: StepResult, reply: Reply, command: str, where: str) -> HostRefused:
    """Why a reading step failed, as something an administrator can act on."""
    error = result.error or StepError("no reason given")
    if error.code == "exchange_too_new":
        return HostRefused(reason_of("exchange_too_new", where, version=error.message))
    if error.code == AGENT_DIED:
        return HostRefused(reason_of("agent_died", where, host_says=error.message))
    if error.code in (*_HOST_CODES, *_POP3_CODES, *_TLS_CODES):
        return HostRefused(reason_of(str(error.code), where, host_says=error.message))
    if error.code:
        return HostRefused(reason_of("request_refused", where, host_says=error.message))
    return HostRefused(reason_of("read_failed", where, command=command, host_says=error.message))


def require_read(reply: Reply, request: Request, where: str, may_fail: Container[str] = ()) -> None:
    """Raise HostRefused unless every step of a reading request was done, but for the ids that ``may_fail``; what else
    the reply answers is no matter."""
    results = [(reply.result(step.id), step.command) for step in request.steps]
    failed = [each for each in results if each[0].status == FAILED]
    for result, command in results:
        if result.status in (FAILED, NOT_TRIED) and result.id not in may_fail:
            first, of_command = (*failed, (reply.failed or result, command))[0]
            raise host_refusal(first, reply, of_command, where)
