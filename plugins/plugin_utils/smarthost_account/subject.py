# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smarthost account as a subject of a run: chooses the mailbox, proves its login, lets the connector use it, and
waits for Exchange's own word; back to the mailbox before where the provider refuses the new one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .. import flow
from ..account_age import show_moment
from ..errors import (
    AgentFailed,
    ConnectionLost,
    HostRefused,
    LedgerFailed,
    MailflowError,
    Reason,
    StepFailed,
    TimedOut,
    WishRefused,
)
from ..host_facts import STEP as HOST_FACTS
from ..ledger import LOGGED_IN, RECREATED, REFUSED, SWITCHED, WRITTEN, Event, Ledger
from ..messages import say, tell
from ..plan import Plan
from ..request import DONE, ExchangeShell, Reply, Request, Step
from ..scrubbing import scrub
from ..send_connector.desired import Desired as ConnectorDesired
from ..send_connector.diff import decide, find_target
from ..send_connector.settings import BY_OPTION
from ..send_connector.subject import Clock, ConnectorSubject, State, as_flow, left_of
from ..session import Session, require_read
from . import proof, session_log
from .candidates import Candidate
from .choice import BACK, KEEP, NOBODY, SWITCH, Choice, choose, contradicted, judged
from .desired import WHERE, Desired, credential_of

TRANSPORT_SERVER = Step("read_transport_server", "Get-TransportServer", select=("Name", "SendProtocolLogPath"))
SKEW_WARNED, SKEW_REFUSED = timedelta(minutes=1), timedelta(hours=1)
POLL_SECONDS = 15
POLLS_A_SHELL = 10
"""WinRM 2.0 takes 15 commands in a shell."""
PROVE_NEW, PROVE_OLD, OBSERVE = "prove_new", "prove_old", "observe"
"""Ids of steps that try a login, and the names of the passwords that they refer to."""
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class AccountState(State):
    """The connectors, and what a switch needs to know of the host: its clock's lead, where its protocol log is."""

    skew: timedelta = timedelta(0)
    log_path: str | None = None


@dataclass
class Progress:
    """What has happened in this run; the stages go into the task's result whatever comes of it."""

    choice: Choice | None = None
    target: str | None = None
    began: datetime | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    way_back: bool = False
    unrecorded: LedgerFailed | None = None

    def add(self, stage: str, outcome: str, text: str = "", mailbox: str | None = None) -> None:
        """One stage more."""
        self.stages.append({"stage": stage, "mailbox": mailbox, "outcome": outcome, "text": text})


class SmarthostAccountSubject(ConnectorSubject):
    """One wish for the login of one connector."""

    def __init__(self, desired: Desired, ledger: Ledger, host: str, clock: Clock, sleep: Sleep = time.sleep) -> None:
        self.desired = desired
        self.progress = Progress()
        self._ledger = ledger
        self._host = host
        self._clock = clock
        self._sleep = sleep
        self._observing: Mapping[str, Candidate] | None = None

    # ---- reading

    def read_steps(self) -> tuple[Step, ...]:
        """The connectors, the host's log folder, a login of each mailbox whose age is still to begin, and last the
        host's clock, so that it is read shortly before it is compared."""
        observing = (self._proof_step(name, each, name) for name, each in self._to_observe().items())
        return (*super().read_steps(), TRANSPORT_SERVER, *observing, HOST_FACTS)

    def read_secrets(self) -> Mapping[str, str]:
        """The passwords of the logins that are only observed."""
        return {name: each.password for name, each in self._to_observe().items()}

    def _to_observe(self) -> Mapping[str, Candidate]:
        """Step id -> a mailbox whose age counts from a login that nobody has seen yet.

        Found out once, since other forks write into the ledger meanwhile. Empty after the first reading: nothing is
        tried twice in a run. Check mode does not log in.
        """
        if self._observing is None:
            wanted = self.desired.require_observed_age and not self._ledger.read_only
            unseen = [each for each in self.desired.candidates if wanted and self._first_login(each) is None]
            tried = [each for each in unseen if not self._refused_before(each)]
            self._observing = {f"{OBSERVE}_{at}": each for at, each in enumerate(tried)}
        return self._observing

    def _first_login(self, candidate: Candidate) -> datetime | None:
        return candidate.counted(self._ledger.first_login(candidate.mailbox.address))

    def parse(self, reply: Reply, where: str) -> AccountState:
        """The state of a reply. Raises HostRefused, for a clock that is far off too: ages would be judged wrongly."""
        state = super().parse(reply, where)
        skew = _skew(reply, self._clock())
        if abs(skew) > SKEW_REFUSED:
            raise HostRefused(say("clock_far_off", where, skew=_hours(skew)))
        self._observe(reply)
        return AccountState(state.server, state.connectors, skew, _log_path(reply, state.server.name))

    def _observe(self, reply: Reply) -> None:
        """Note the first logins that this reply shows."""
        for name, candidate in self._to_observe().items():
            output = reply.result(name).output
            if output:
                self._note("observation", candidate, _judge(candidate, output[0]))
        self._observing = {}

    # ---- deciding

    def decide(self, state: State) -> flow.Decision:
        """The plan that gives the connector its mailbox. Raises WishRefused where none may log in and none does."""
        choice = self._choose(state)
        self.progress.choice = choice
        if choice.kind == NOBODY:
            raise WishRefused(*choice.reasons)
        wish = self._wish(choice)
        decision = decide(state.connectors, wish, self._clock())
        target = find_target(state.connectors, wish)
        self.progress.target = target.name if target else wish.name
        self.progress.add(
            "gate", choice.kind, choice.why, choice.candidate.mailbox.address if choice.candidate else None
        )
        told = as_flow(decision, self.progress.target)
        notices = (*told.notices, *choice.notices, *_skew_notice(state), *self._unknown_password(choice))
        # The connector's own decision says of a young login in use what the choice says too.
        once = tuple(dict.fromkeys(notices))
        return replace(told, notices=once, facts={**told.facts, **self._facts(choice)})

    def left_to_do(self, state: State) -> Plan | None:
        """What the connector still lacks of the wish, its password aside."""
        choice = self.progress.choice
        return left_of(self._wish(choice), state) if choice else None

    def told(self) -> dict[str, Any]:
        """What a failed run tells besides its reasons."""
        choice = self.progress.choice
        return self._facts(choice) if choice else {"stages": self.progress.stages}

    def _choose(self, state: State) -> Choice:
        candidates = [self._judged(each) for each in self.desired.candidates]
        reasons = [reason for each in self.desired.candidates if (reason := self._contradiction(each))]
        if reasons:
            raise WishRefused(*reasons)
        target = find_target(state.connectors, self.desired.connector)
        return choose(candidates, target.username if target else None, self.desired.window, self._clock(), WHERE)

    def _judged(self, candidate: Candidate) -> Candidate:
        """A candidate with what the ledger knows of it."""
        first = self._ledger.first_login(candidate.mailbox.address)
        found = judged(candidate, first, self.desired.require_observed_age)
        refusal = self._refused_before(candidate)
        return replace(found, barred=_barred(candidate, refusal)) if refusal else found

    def _refused_before(self, candidate: Candidate) -> Event | None:
        """The provider's refusal of this very password: trying it again would lock the mailbox out in the end."""
        name = candidate.mailbox.address
        refusal = self._ledger.last_refusal(name)
        same = refusal and self._ledger.same_password(refusal.fingerprint, name, candidate.password)
        return refusal if same else None

    def _contradiction(self, candidate: Candidate) -> Reason | None:
        return contradicted(candidate, self._ledger.first_login(candidate.mailbox.address), WHERE)

    def _wish(self, choice: Choice) -> ConnectorDesired:
        """The connector's wish with the chosen login; without one where a login that is not declared stays.

        A password that was refused before is never written again, since it would have to be proven again.
        """
        if choice.candidate is None:
            return self.desired.connector
        wanted = self._rotated(choice) is True or self.desired.update_password == "always"
        always = wanted and not self._refused_before(choice.candidate)
        return replace(
            self.desired.connector,
            credential=credential_of(choice.candidate),
            update_password="always" if always else "auto",
        )

    def _rotated(self, choice: Choice) -> bool | None:
        """Whether the password of a login that stays is another one than was written last; None: not known."""
        if choice.candidate is None or choice.candidate is not choice.previous:
            return False
        last = self._ledger.last_written(self._host)
        name = choice.candidate.mailbox.address
        if last is None or last.mailbox != name.lower():
            return None
        same = self._ledger.same_password(last.fingerprint, name, choice.candidate.password)
        return None if same is None else not same

    def _unknown_password(self, choice: Choice) -> tuple[str, ...]:
        if self.desired.update_password == "always" or choice.candidate is None or self._rotated(choice) is not None:
            return ()
        return (tell("password_unknown", address=choice.candidate.mailbox.address),)

    def _facts(self, choice: Choice) -> dict[str, Any]:
        now = self._clock()
        return {
            "decision": choice.kind,
            "why": choice.why,
            "login": choice.candidate.username if choice.candidate else None,
            "mailboxes": [_mailbox_facts(self._judged(each), now) for each in self.desired.candidates],
            "next_date": choice.next_moment.astimezone(self.desired.window.zone).isoformat()
            if choice.next_moment
            else None,
            "next_event": choice.next_event,
            "stages": self.progress.stages,
        }

    # ---- before the plan

    def prove(self, session: Session, state: State, decision: flow.Decision) -> tuple[str, ...]:
        """Prove the login that is to be written, and the way back. Raises WishRefused or HostRefused; nothing is
        written then."""
        choice = self.progress.choice
        if choice is None or choice.candidate is None or not decision.secrets:
            return ()
        tried = {PROVE_NEW: choice.candidate}
        previous = choice.previous if choice.previous is not choice.candidate else None
        refusal = self._refused_before(previous) if previous else None
        if previous and not refusal:
            tried[PROVE_OLD] = previous
        found = self._proofs(session, tried)
        self._note("proof", choice.candidate, found[PROVE_NEW])
        if PROVE_OLD in found:
            self._note("way_back", tried[PROVE_OLD], found[PROVE_OLD])
        self._require(choice.candidate, found[PROVE_NEW])
        if previous is None:
            return ()
        return self._way_back(previous, found.get(PROVE_OLD), refusal)

    def _proofs(self, session: Session, tried: Mapping[str, Candidate]) -> dict[str, proof.Proof]:
        steps = tuple(self._proof_step(name, each, name) for name, each in tried.items())
        request = Request(steps, secrets={name: each.password for name, each in tried.items()})
        reply = session.ask(request)
        require_read(reply, request, session.where)
        return {name: _judge(each, next(iter(reply.result(name).output), {})) for name, each in tried.items()}

    def _proof_step(self, step_id: str, candidate: Candidate, secret: str) -> Step:
        server, port = self.desired.server
        sender = self.desired.sender or candidate.mailbox.address
        return proof.proof_step(step_id, candidate, server, port, sender, secret)

    def _note(self, stage: str, candidate: Candidate, found: proof.Proof) -> None:
        """Keep what was observed: a first login, a refusal."""
        address = candidate.mailbox.address
        self.progress.add(stage, found.outcome, f"{found.stage}: {found.text}", address)
        reached = found.outcome == proof.PROVEN or found.stage in ("mail", "rcpt")
        if reached:
            if self._first_login(candidate) != self._ledger.first_login(address):
                self._record(candidate, RECREATED, "recreated: true")
            self._record(candidate, LOGGED_IN, found.text)
        elif found.login_refused:
            self._record(candidate, REFUSED, found.text)

    def _require(self, candidate: Candidate, found: proof.Proof) -> None:
        address, stage, text = candidate.mailbox.address, found.stage, found.text
        if found.outcome == proof.REFUSED:
            raise WishRefused(say("login_refused", WHERE, address=address, stage=stage, text=text))
        if found.outcome == proof.UNPROVEN and not self.desired.accept_unproven:
            raise HostRefused(say("login_unproven", WHERE, address=address, stage=stage, text=text))

    def _way_back(self, previous: Candidate, old: proof.Proof | None, refusal: Event | None) -> tuple[str, ...]:
        """A login that works must not be given up unless it could be had back."""
        address, text = previous.mailbox.address, old.text if old else refusal.text if refusal else ""
        if old and old.outcome == proof.UNPROVEN and not self.desired.accept_unproven:
            raise HostRefused(say("way_back_unproven", WHERE, address=address, text=text))
        self.progress.way_back = old is not None and old.outcome == proof.PROVEN
        return () if self.progress.way_back else (tell("no_way_back", address=address, text=text),)

    def _record(self, candidate: Candidate, kind: str, text: str) -> None:
        name = candidate.mailbox.address
        print_of = self._ledger.fingerprint(name, candidate.password) if kind in (REFUSED, WRITTEN) else None
        self._ledger.record(Event(self._clock(), self._host, name, kind, text, print_of))

    # ---- after the plan

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: flow.Outcome) -> flow.Outcome:
        """Note what was written, and wait for Exchange's own word; back to the mailbox before where it is refused."""
        choice = self.progress.choice
        if choice is None or choice.candidate is None or not _login_written(outcome):
            return outcome
        self.progress.began = self._clock()
        self._remember_write(choice.candidate, choice.why, choice.kind == SWITCH)
        self.progress.add("write", "done", mailbox=choice.candidate.mailbox.address)
        if outcome.error is None:
            outcome = self._after_word(session, shell, state, choice.candidate, outcome)
        return self._with_ledger(outcome)

    def _remember_write(self, candidate: Candidate, why: str, switched: bool) -> None:
        self._remember(candidate, WRITTEN, why)
        if switched:
            self._remember(candidate, SWITCHED, why)

    def _remember(self, candidate: Candidate, kind: str, text: str) -> None:
        """Record what has happened on the host; a ledger that fails must not hide it."""
        try:
            self._record(candidate, kind, text)
        except LedgerFailed as error:
            self.progress.unrecorded = error

    def _with_ledger(self, outcome: flow.Outcome) -> flow.Outcome:
        """The outcome, and that it could not be recorded."""
        lost = self.progress.unrecorded
        if lost is None:
            return outcome
        if outcome.error is None:
            return replace(outcome, error=lost)
        return replace(outcome, notices=(*outcome.notices, str(lost)))

    def _after_word(
        self, session: Session, shell: ExchangeShell, state: State, candidate: Candidate, outcome: flow.Outcome
    ) -> flow.Outcome:
        """The outcome once Exchange has had its word, or the time for it is over."""
        try:
            found = self._wait(session, state, candidate)
        except MailflowError as error:
            # What was written stands; only Exchange's word on it could not be read.
            found = session_log.Verdict(session_log.UNKNOWN, error.reasons[0].found)
            outcome = replace(outcome, error=error if isinstance(error, TimedOut) else None)
        self.progress.add("exchange", found.outcome, found.text, candidate.mailbox.address)
        if found.outcome == proof.PROVEN:
            self._remember(candidate, LOGGED_IN, found.text)
        if found.outcome == proof.REFUSED:
            self._remember(candidate, REFUSED, found.text)
            return self._go_back(session, shell, candidate, found, outcome)
        return replace(outcome, notices=(*outcome.notices, *self._silence(candidate, found)))

    def _silence(self, candidate: Candidate, found: session_log.Verdict) -> tuple[str, ...]:
        """What to say where Exchange was waited for and has said nothing."""
        address, seconds = candidate.mailbox.address, self.desired.wait_for_session
        if found.outcome != session_log.UNKNOWN or not seconds:
            return ()
        if found.text:
            return (tell("exchange_unread", problem=found.text, address=address),)
        return (tell("exchange_silent", seconds=seconds, address=address),)

    def _wait(self, session: Session, state: State, candidate: Candidate) -> session_log.Verdict:
        """Exchange's word since the write, in the time that the wish allows."""
        assert isinstance(state, AccountState) and self.progress.began
        left = self.desired.wait_for_session
        if not left:
            return session_log.Verdict(session_log.UNKNOWN)
        if not state.log_path:
            return session_log.Verdict(session_log.UNKNOWN, tell("log_nowhere"))
        after = self.progress.began + state.skew
        step = session_log.log_step(state.log_path, str(self.progress.target), after)
        for poll in itertools.count(1):
            found = session_log.verdict(self._read_log(session, step), after)
            if found.outcome != session_log.UNKNOWN or left <= 0:
                break
            pause = min(POLL_SECONDS, left)
            self._sleep(pause)
            left -= pause
            if poll % POLLS_A_SHELL == 0:
                session.reconnect()
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
        output = reply.result(step.id).output
        return output[0].get("Lines") or () if output else ()

    def _go_back(
        self,
        session: Session,
        shell: ExchangeShell,
        refused: Candidate,
        found: session_log.Verdict,
        outcome: flow.Outcome,
    ) -> flow.Outcome:
        """Give the connector its mailbox of before again; its login was proven and its password is at hand."""
        address, text = refused.mailbox.address, found.text
        previous = self.progress.choice.previous if self.progress.choice else None
        if previous is None or not self.progress.way_back:
            return replace(outcome, error=StepFailed(say("refused_after_switch", WHERE, address=address, text=text)))
        name = previous.mailbox.address
        back = Choice(KEEP, tell("account_back", address=name), previous, previous)
        error = self._write_back(session, shell, back)
        self.progress.add("back", "failed" if error else "done", mailbox=name)
        key = "back_failed" if error else "went_back"
        reason = say(key, WHERE, address=address, text=text, previous=name)
        if error:
            return replace(outcome, error=StepFailed(reason, *error.reasons))
        self._remember_write(previous, back.why, True)
        facts = {**outcome.decision.facts, "decision": BACK, "why": back.why, "login": previous.username}
        return replace(outcome, decision=replace(outcome.decision, facts=facts), error=StepFailed(reason))

    def _write_back(self, session: Session, shell: ExchangeShell, back: Choice) -> MailflowError | None:
        """The plan back, from what the host shows now; None if it was carried out."""
        try:
            state, _ = flow.read(self, session, shell)
            assert back.candidate is not None
            wish = replace(
                self.desired.connector,
                credential=credential_of(back.candidate),
                update_password="always",
                in_use_before=back.candidate.username,
            )
            decision = decide(state.connectors, wish, self._clock())
            self.progress.choice = back
            if decision.plan is None:
                return None
            return flow.apply(self, session, shell, decision.plan, decision.secrets)[2]
        except MailflowError as error:
            return error


def _judge(candidate: Candidate, output: Mapping[str, Any]) -> proof.Proof:
    """What an attempt means; a provider that repeats the password in its answer is not repeated."""
    return proof.judge(scrub(output, [candidate.password]))


def _barred(candidate: Candidate, refusal: Event) -> str:
    moment = show_moment(refusal.at, candidate.mailbox.zone)
    return tell("refused_before", moment=moment, text=refusal.text)


def _login_written(outcome: flow.Outcome) -> bool:
    """Whether the step that carries the login was done, whatever came after it."""
    login = BY_OPTION["login"].prop
    return any(report.status == DONE and login in report.step.parameters for report in outcome.reports)


def _skew(reply: Reply, now: datetime) -> timedelta:
    """How far the host's clock is ahead of the controller's; nothing where it does not tell."""
    output = reply.result(HOST_FACTS.id).output
    clock = output[0].get("Clock") if output else None
    try:
        return datetime.fromisoformat(clock["Utc"]) - now if isinstance(clock, Mapping) else timedelta(0)
    except (KeyError, TypeError, ValueError):
        return timedelta(0)


def _skew_notice(state: State) -> tuple[str, ...]:
    skew = state.skew if isinstance(state, AccountState) else timedelta(0)
    return (tell("clock_off", skew=_hours(skew)),) if abs(skew) > SKEW_WARNED else ()


def _hours(skew: timedelta) -> str:
    """A clock's lead, for a person."""
    seconds = round(abs(skew).total_seconds())
    length = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return tell("clock_ahead" if skew > timedelta(0) else "clock_behind", length=length)


def _log_path(reply: Reply, server: str) -> str | None:
    """The folder of the server's SmtpSend protocol log."""
    for each in reply.result(TRANSPORT_SERVER.id).output:
        if str(each.get("Name")).lower() == server.lower() and each.get("SendProtocolLogPath"):
            return str(each["SendProtocolLogPath"])
    return None


def _mailbox_facts(candidate: Candidate, now: datetime) -> dict[str, Any]:
    mailbox = candidate.mailbox
    return {
        "address": mailbox.address,
        "usable": candidate.usable_at(now),
        "usable_from": mailbox.usable_from.astimezone(mailbox.zone).isoformat(),
        "minimum_age_days": mailbox.minimum_age_days,
        "observed": candidate.observed.astimezone(UTC).isoformat() if candidate.observed else None,
        "barred": candidate.barred,
    }
