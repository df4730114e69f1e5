# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch of a login: proven before it is written, confirmed by Exchange after, and taken back where the provider
refuses it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..agent.session import Session, ask_to_read, require_read
from ..errors import AgentFailed, ConnectionLost, HostRefused, InputRefused, MailflowError, Reason, StepFailed, TimedOut
from ..lenient import first, texts
from ..mailboxes import login_proof as proof
from ..mailboxes.candidates import Candidate
from ..mailboxes.ledger import LOGGED_IN, REFUSED
from ..mailboxes.login_history import LoginHistory
from ..messages import notice_of, reason_of
from ..request import DONE, ExchangeShell, Request, Step
from ..run.applying import apply
from ..run.outcome import Decision, Outcome
from ..run.reading import read
from ..run.subject import Subject
from ..secrecy.scrubbing import scrub
from ..send_connector.diff import decide
from ..send_connector.settings import CREDENTIAL
from ..send_connector.subject import State
from . import session_log
from .backlog import Waiting
from .choice import BACK, KEEP, SWITCH, MailboxChoice
from .desired import WHERE, Desired, credential_of

POLL_SECONDS = 15
POLLS_A_SHELL = 10
"""WinRM 2.0 takes 15 commands in a shell."""
PROVE_NEW, PROVE_OLD = "prove_new", "prove_old"
"""Ids of steps that try a login, and the names of the passwords that they refer to."""
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class AccountState(State):
    """The connectors, and what a switch needs to know of the host: where its protocol log is, and what waits."""

    log_path: str | None = None
    waiting: Waiting = Waiting()


@dataclass
class SwitchProgress:
    """What has happened in this run.

    ``began`` is when the write was known of, ``judged_at`` the moment by which ages were judged, ``host_clock`` what
    the host's own clock said when it was read last.
    """

    choice: MailboxChoice | None = None
    target: str | None = None
    began: datetime | None = None
    judged_at: datetime | None = None
    host_clock: datetime | None = None
    way_back: bool = False


@dataclass(frozen=True)
class Execution:
    """What a plan is carried out with."""

    subject: Subject[State]
    session: Session
    shell: ExchangeShell


class Switch:
    """One login on its way to a connector, and back if need be."""

    def __init__(
        self,
        desired: Desired,
        history: LoginHistory,
        progress: SwitchProgress,
        sleep: Sleep = time.sleep,
        log_folder: str | None = None,
    ) -> None:
        self.desired = desired
        self.history = history
        self.progress = progress
        self._sleep = sleep
        self._declared_folder = log_folder

    # ---- before the plan

    def prove(self, session: Session, decision: Decision) -> tuple[str, ...]:
        """Prove the login that is to be written, and the way back. Raises InputRefused or HostRefused; nothing is
        written then."""
        choice = self.progress.choice
        if choice is None or choice.candidate is None or not decision.secrets:
            return ()
        tried = {PROVE_NEW: choice.candidate}
        previous = choice.previous if choice.previous is not choice.candidate else None
        barred = self.history.barred(previous) if previous else None
        if previous and not barred:
            tried[PROVE_OLD] = previous
        proofs, warnings = self._proofs(session, tried)
        found = self.history.doubted(tried, proofs, self.desired.candidates)
        self.history.note("proof", choice.candidate, found[PROVE_NEW])
        if PROVE_OLD in found:
            self.history.note("way_back", tried[PROVE_OLD], found[PROVE_OLD])
        self._require(choice.candidate, found[PROVE_NEW])
        if previous is None:
            return warnings
        refusal = self.history.refused_before(previous)
        why_not = refusal.text if refusal else barred
        return (*warnings, *self._way_back(previous, found.get(PROVE_OLD), why_not))

    def _proofs(
        self, session: Session, tried: Mapping[str, Candidate]
    ) -> tuple[dict[str, proof.LoginProof], tuple[str, ...]]:
        """The proofs by their steps, and what the agent warns of."""
        steps = tuple(proof_step(self.desired, name, each) for name, each in tried.items())
        request = Request(steps, secrets={name: each.password for name, each in tried.items()})
        try:
            reply = session.ask(request)
        except TimedOut as error:
            raise TimedOut(reason_of("timed_out_proving", session.where, found=error.reasons[0].found)) from error
        require_read(reply, request, session.where)
        found = {name: judge(each, next(iter(reply.result(name).output), {})) for name, each in tried.items()}
        return {name: replace(each, warnings=reply.warnings) for name, each in found.items()}, reply.warnings

    def _require(self, candidate: Candidate, found: proof.LoginProof) -> None:
        address, stage, text = candidate.mailbox.address, found.stage, found.words
        server = "{}:{}".format(*self.desired.server)
        if found.in_doubt:
            hours = self.desired.retry.hours
            raise HostRefused(
                reason_of("logins_in_doubt", WHERE, address=address, server=server, text=text, hours=hours)
            )
        if found.outcome == proof.UNPROVEN and stage == "tls" and not self.desired.accept_unproven:
            raise HostRefused(self._no_tls(address, found))
        if found.outcome == proof.UNPROVEN and not self.desired.accept_unproven:
            raise HostRefused(
                reason_of("login_unproven", WHERE, address=address, server=server, stage=stage, text=text)
            )
        if found.outcome == proof.REFUSED and found.login_refused:
            raise InputRefused(reason_of("login_refused", WHERE, address=address, text=text))
        if found.outcome == proof.REFUSED and stage == "auth":
            raise InputRefused(reason_of("auth_refused", WHERE, address=address, text=text))
        if found.outcome == proof.REFUSED and found.login_taken:
            raise InputRefused(reason_of("mail_refused", WHERE, address=address, stage=stage, text=text))
        if found.outcome == proof.REFUSED:
            raise InputRefused(reason_of("certificate_unfit", WHERE, address=address, server=server, text=text))

    def _way_back(self, previous: Candidate, old: proof.LoginProof | None, why_not: str | None) -> tuple[str, ...]:
        """A login that works must not be given up unless it could be had back."""
        address, text = previous.mailbox.address, old.words if old else why_not or ""
        if old and old.outcome == proof.UNPROVEN and old.stage == "tls" and not self.desired.accept_unproven:
            raise HostRefused(self._no_tls(address, old))
        if old and old.outcome == proof.UNPROVEN and not self.desired.accept_unproven:
            raise HostRefused(reason_of("way_back_unproven", WHERE, address=address, text=text))
        # A mailbox that is throttled, and so refused at RCPT, is still better than one that may not log in.
        self.progress.way_back = old is not None and old.login_taken
        return () if self.progress.way_back else (notice_of("no_way_back", address=address, text=text),)

    def _no_tls(self, address: str, found: proof.LoginProof) -> Reason:
        """No login can be written where Exchange itself could not speak to the server."""
        server = "{}:{}".format(*self.desired.server)
        key = "tls_newer" if found.tls_newer else "tls_unproven"
        return reason_of(key, WHERE, address=address, server=server, text=found.words)

    # ---- after the plan

    def record(self, outcome: Outcome) -> Outcome:
        """Note what was written, before anything else can go wrong."""
        choice = self.progress.choice
        if choice is not None and choice.candidate is not None and login_written(outcome):
            self.progress.began = self.history.clock()
            self.history.remember_write(choice.candidate, choice.why, choice.kind == SWITCH)
            self.history.add("write", "done", mailbox=choice.candidate.mailbox.address)
        return outcome

    def confirm(self, run: Execution, state: State, outcome: Outcome) -> Outcome:
        """Wait for Exchange's own word; back to the mailbox before where the login is refused."""
        choice = self.progress.choice
        if choice is None or choice.candidate is None or not login_written(outcome):
            return outcome
        if outcome.error is None:
            outcome = self._after_word(run, state, choice.candidate, outcome)
        return self._with_ledger(outcome)

    def unconfirmed(self, outcome: Outcome, why: str) -> Outcome:
        """The outcome where Exchange's word cannot be waited for, and ``why``."""
        choice = self.progress.choice
        if choice is None or choice.candidate is None or not login_written(outcome):
            return outcome
        if outcome.error is None:
            silence = self._silence(choice.candidate, session_log.SessionVerdict(session_log.UNKNOWN, why))
            outcome = replace(outcome, notices=(*outcome.notices, *silence))
        return self._with_ledger(outcome)

    def _with_ledger(self, outcome: Outcome) -> Outcome:
        """The outcome, and that it could not be recorded."""
        lost = self.history.unrecorded
        if lost is None:
            return outcome
        if outcome.error is None:
            return replace(outcome, error=lost)
        return replace(outcome, notices=(*outcome.notices, str(lost)))

    def _after_word(self, run: Execution, state: State, candidate: Candidate, outcome: Outcome) -> Outcome:
        """The outcome once Exchange has had its word, or the time for it is over."""
        waits = notice_of("stage_session", address=candidate.mailbox.address)
        try:
            with run.session.progress.stage(waits, self.desired.wait_for_session):
                found = self._wait(run, state, candidate)
        except MailflowError as error:
            # What was written stands; only Exchange's word on it could not be read.
            found = session_log.SessionVerdict(session_log.UNKNOWN, error.reasons[0].found)
            if isinstance(error, TimedOut):
                late = reason_of(
                    "timed_out_waiting", run.session.where, found=found.text, address=candidate.mailbox.address
                )
                outcome = replace(outcome, error=TimedOut(late))
        self.history.add("exchange", found.outcome, found.text, candidate.mailbox.address)
        if found.outcome == proof.PROVEN:
            self.history.remember(candidate, LOGGED_IN, found.text)
        if found.outcome == proof.REFUSED:
            self.history.remember(candidate, REFUSED, found.text)
            return self._go_back(run, candidate, found, outcome)
        if outcome.error:
            return outcome
        return replace(outcome, notices=(*outcome.notices, *self._silence(candidate, found)))

    def _silence(self, candidate: Candidate, found: session_log.SessionVerdict) -> tuple[str, ...]:
        """What to say where Exchange was waited for and has said nothing."""
        address, seconds = candidate.mailbox.address, self.desired.wait_for_session
        if found.outcome == session_log.ENDED:
            return (notice_of("exchange_ended", address=address, text=found.text, way_back=self._way_out(candidate)),)
        if found.outcome != session_log.UNKNOWN or not seconds:
            return ()
        if found.text:
            return (notice_of("exchange_unread", problem=found.text, address=address),)
        return (notice_of("exchange_silent", seconds=seconds, address=address),)

    def _way_out(self, candidate: Candidate) -> str:
        """How a person gets back what there was before."""
        previous = self.progress.choice.previous if self.progress.choice else None
        if previous is None or previous is candidate:
            return notice_of("way_back_saved")
        return notice_of("way_back_previous", previous=previous.mailbox.address)

    def _log_folder(self, run: Execution, state: AccountState) -> str | None:
        """Where the log is: where it was, unless another noun of the run was to move it since."""
        if self._declared_folder in (None, state.log_path):
            return state.log_path
        reply = ask_to_read(run.session, Request((session_log.FOLDER,), run.shell))[0]
        return session_log.folder_of(state.server.name, reply) or state.log_path

    def _wait(self, run: Execution, state: State, candidate: Candidate) -> session_log.SessionVerdict:
        """Exchange's word since the write, in the time that the declaration allows."""
        if not isinstance(state, AccountState) or not self.progress.began:
            raise AssertionError("a wait without a write")
        left = self.desired.wait_for_session
        if not left:
            return session_log.SessionVerdict(session_log.UNKNOWN)
        folder = self._log_folder(run, state)
        if not folder:
            return session_log.SessionVerdict(session_log.UNKNOWN, notice_of("log_nowhere"))
        after = _after(self.progress.host_clock or self.progress.began + state.clocks.skew)
        step = session_log.log_step(folder, str(self.progress.target), after)
        for poll in itertools.count(1):
            found = session_log.verdict(self._read_log(run.session, step), after)
            if found.outcome in (proof.PROVEN, proof.REFUSED) or left <= 0:
                break
            pause = min(POLL_SECONDS, left)
            self._sleep(pause)
            left -= pause
            if poll % POLLS_A_SHELL == 0:
                run.session.reconnect()
        return replace(found, text=scrub(found.text, [candidate.password]))

    def _read_log(self, session: Session, step: Step) -> Sequence[str]:
        """The log's lines. Reading is safe to repeat, so a broken connection is tried once more."""
        request = Request((step,))
        try:
            reply = session.ask(request)
        except (ConnectionLost, AgentFailed):
            session.reconnect()
            reply = session.ask(request)
        require_read(reply, request, session.where)
        return texts(first(reply.result(step.id).output).get("Lines"))

    def _go_back(
        self, run: Execution, refused: Candidate, found: session_log.SessionVerdict, outcome: Outcome
    ) -> Outcome:
        """Give the connector its mailbox of before again; its login was proven and its password is at hand."""
        address, text = refused.mailbox.address, found.text
        previous = self.progress.choice.previous if self.progress.choice else None
        if previous is None or not self.progress.way_back:
            return replace(
                outcome, error=StepFailed(reason_of("refused_after_switch", WHERE, address=address, text=text))
            )
        name = previous.mailbox.address
        back = MailboxChoice(KEEP, notice_of("account_back", address=name), previous, previous)
        error = self._write_back(run, previous, back)
        self.history.add("back", "failed" if error else "done", mailbox=name)
        key = "back_failed" if error else "went_back"
        reason = reason_of(key, WHERE, address=address, text=text, previous=name)
        if error:
            return replace(outcome, error=StepFailed(reason, *error.reasons))
        self.history.remember_write(previous, back.why, True)
        facts = {**outcome.decision.facts, "decision": BACK, "why": back.why, "login": previous.username}
        return replace(outcome, decision=replace(outcome.decision, facts=facts), error=StepFailed(reason))

    def _write_back(self, run: Execution, previous: Candidate, back: MailboxChoice) -> MailflowError | None:
        """The plan back, from what the host shows now; None if it was carried out."""
        try:
            state = read(run.subject, run.session, run.shell)[0]
            desired = replace(
                self.desired.connector,
                credential=credential_of(previous),
                update_password="always",
                in_use_before=previous.username,
                known_mailboxes=tuple(self.history.judged(each).mailbox for each in self.desired.candidates),
            )
            decision = decide(state.connectors, desired, state.clocks.ages_at(self.history.clock()))
            self.progress.choice = back
            if decision.plan is None:
                return None
            return apply(run.subject, run.session, run.shell, decision.plan, decision.secrets).error
        except MailflowError as error:
            return error


def proof_step(desired: Desired, step_id: str, candidate: Candidate) -> Step:
    """The step that tries a candidate's login; its password goes by the step's own id."""
    server, port = desired.server
    return proof.proof_step(step_id, candidate, server, port, desired.sender or candidate.mailbox.address, step_id)


def judge(candidate: Candidate, output: Mapping[str, Any]) -> proof.LoginProof:
    """What an attempt means; a provider that repeats the password in its answer is not repeated."""
    return proof.judge(scrub(output, [candidate.password]))


def _after(read_back: datetime) -> datetime:
    """From when on a session is one after the write: the host tells only whole seconds that are over, and one that
    began in the same second may still have had the login before."""
    return read_back + timedelta(seconds=1)


def login_written(outcome: Outcome) -> bool:
    """Whether the step that carries the login was done, whatever came after it."""
    return any(report.status == DONE and CREDENTIAL in report.step.parameters for report in outcome.reports)
