# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the host: what all nouns need, in one remote process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from ..agent.clocks import STEP as CLOCK
from ..agent.parts import needs_exchange
from ..agent.session import Session, ask_to_read, require_read
from ..errors import AgentFailed, HostRefused, MailflowError, NotStarted, TimedOut
from ..messages import notice_of, reason_of
from ..request import NO_EXCHANGE, ExchangeShell, Reply, Request, Step
from .subject import HostReader

State = TypeVar("State")
Steps = tuple[Step, ...]


def read(subject: HostReader[State], session: Session, shell: ExchangeShell) -> tuple[State, tuple[str, ...]]:
    """The state of the host for one noun, and notices. Raises MailflowError; nothing was written then."""
    (state,), notices = read_all([subject], session, shell)
    if isinstance(state, MailflowError):
        raise state
    return state, notices


def read_all(
    subjects: Sequence[HostReader[Any]], session: Session, shell: ExchangeShell
) -> tuple[list[Any], tuple[str, ...]]:
    """For each noun its state, or the MailflowError that forbids it, and the notices of all.

    Takes one remote process, and one more where a noun turns out to be read in another way. Raises MailflowError where
    the host gave no usable answer.
    """
    try:
        found, notices = _asked(subjects, session, shell)
        others, refused = _others(subjects, found, session.where)
        if others:
            again, more = _asked_again(others, session, shell, refused)
            # What the first reply warns of was about a way of reading that is not this host's.
            found, notices = {**found, **again}, more if len(others) == len(subjects) else (*notices, *more)
    except TimedOut as error:
        raise TimedOut(reason_of("timed_out_reading", session.where, found=error.reasons[0].found)) from error
    states = [refused.get(each) or _state(each, *found[each], session.where) for each in subjects]
    return states, notices


def _asked(
    subjects: Sequence[HostReader[Any]], session: Session, shell: ExchangeShell
) -> tuple[dict[HostReader[Any], tuple[Request, Reply]], tuple[str, ...]]:
    """For each noun the request as if it were alone, and the reply to it; and notices."""
    own = {each: Request(each.read_steps(), shell_of(each, shell), each.read_secrets()) for each in subjects}
    joint = _joint(list(own.values()), shell)
    with session.progress.stage(_stage(subjects, joint)):
        reply, notices = ask_to_read(session, joint)
    found = {each: (request, _part(reply, request.steps)) for each, request in own.items()}
    return found, (*notices, *reply.warnings)


def _stage(subjects: Sequence[HostReader[Any]], request: Request) -> str:
    """What is read, for whoever waits for it."""
    what = ", ".join(dict.fromkeys(each.objects for each in subjects))
    return notice_of("stage_reading" if request.shell == NO_EXCHANGE else "stage_reading_exchange", what=what)


def _asked_again(
    others: Sequence[HostReader[Any]],
    session: Session,
    shell: ExchangeShell,
    refused: dict[HostReader[Any], MailflowError],
) -> tuple[dict[HostReader[Any], tuple[Request, Reply]], tuple[str, ...]]:
    """The same for nouns that are read in another way. Where no usable answer comes, they alone are ``refused``: of the
    others all is known."""
    try:
        return _asked(others, session, shell)
    except (AgentFailed, NotStarted) as error:
        refused.update(dict.fromkeys(others, error))
        with suppress(MailflowError):  # where no connection comes about, the next noun says so itself
            session.reconnect()
        return {}, ()


def shell_of(subject: HostReader[Any], shell: ExchangeShell) -> ExchangeShell:
    """The shell that a noun reads and writes by."""
    return shell if subject.loads_exchange else NO_EXCHANGE


def _joint(requests: Sequence[Request], shell: ExchangeShell) -> Request:
    """One request for several: each step once, the clock last, and no step left out because another one failed."""
    if len(requests) == 1:
        return requests[0]
    steps: dict[str, Step] = {}
    for step in (replace(step, always=True) for request in requests for step in request.steps):
        if steps.setdefault(step.id, step) != step:
            raise AssertionError(f"two nouns read other things by the id {step.id}")
    # First what needs no Exchange, which is answered before Exchange loads; the clock is held against ours at the end.
    ordered = sorted(steps.values(), key=lambda step: (step.id == CLOCK.id, needs_exchange(step.command)))
    needed = shell if any(request.shell != NO_EXCHANGE for request in requests) else NO_EXCHANGE
    return Request(tuple(ordered), needed, _secrets(requests))


def _secrets(requests: Sequence[Request]) -> Mapping[str, str]:
    secrets: dict[str, str] = {}
    for name, secret in (pair for request in requests for pair in request.secrets.items()):
        if secrets.setdefault(name, secret) != secret:
            raise AssertionError(f"two nouns have other secrets by the name {name}")
    return secrets


def _part(reply: Reply, steps: Steps) -> Reply:
    return replace(reply, results=tuple(reply.result(step.id) for step in steps))


def _others(
    subjects: Sequence[HostReader[Any]], found: Mapping[HostReader[Any], tuple[Request, Reply]], where: str
) -> tuple[list[HostReader[Any]], dict[HostReader[Any], MailflowError]]:
    """The nouns that are read in another way on this host, and those that are not for it."""
    refused: dict[HostReader[Any], MailflowError] = {}

    def otherwise() -> Iterator[HostReader[Any]]:
        for each in subjects:
            try:
                if each.reads_otherwise(found[each][1], where):
                    yield each
            except HostRefused as error:
                refused[each] = error

    return list(otherwise()), refused


def _state(subject: HostReader[Any], request: Request, reply: Reply, where: str) -> Any:
    try:
        require_read(reply, request, where, subject.may_fail)
        return subject.parse(reply, where)
    except MailflowError as error:
        return error
