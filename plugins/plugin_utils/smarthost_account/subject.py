# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smarthost account as a subject of a run: chooses the mailbox, proves its login, lets the connector use it, and
waits for Exchange's own word; back to the mailbox before where the provider refuses the new one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .. import flow
from ..account_age import show_moment
from ..errors import HostRefused, MailflowError, Reason, StepFailed, TimedOut, WishRefused
from ..host_facts import STEP as HOST_FACTS
from ..ledger import LOGGED_IN, RECREATED, REFUSED, SWITCHED, WRITTEN, Event, Ledger
from ..messages import say, tell
from ..plan import Plan
from ..request import ExchangeShell, Reply, Request, Step
from ..send_connector.desired import Desired as ConnectorDesired
from ..send_connector.diff import Decision, decide, find_target
from ..send_connector.subject import Clock, ConnectorSubject, State, as_flow, left_of
from ..session import Session, require_read
from . import proof, session_log
from .candidates import Candidate
from .choice import KEEP, NOBODY, SWITCH, Choice, choose, contradicted, judged
from .desired import WHERE, Desired, credential_of

TRANSPORT_SERVER = Step("read_transport_server", "Get-TransportServer", select=("Name", "SendProtocolLogPath"))
SKEW_WARNED, SKEW_REFUSED = timedelta(minutes=1), timedelta(hours=1)
POLL_SECONDS = 15
POLLS_A_SHELL = 10
"""WinRM 2.0 takes 15 commands in a shell."""
NEW_SECRET, OLD_SECRET, OBSERVED = "new_login", "old_login", "observed"
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

    # ---- reading

    def read_steps(self) -> tuple[Step, ...]:
        """The connectors, the host's clock and log folder, and a login of each mailbox whose age is still to begin."""
        observing = (self._observing_step(at, each) for at, each in enumerate(self._unobserved()))
        return (*super().read_steps(), TRANSPORT_SERVER, HOST_FACTS, *observing)

    def read_secrets(self) -> Mapping[str, str]:
        """The passwords of the logins that are only observed."""
        return {f"{OBSERVED}_{at}": each.password for at, each in enumerate(self._unobserved())}

    def _unobserved(self) -> list[Candidate]:
        """Mailboxes whose age counts from a login that nobody has seen yet. Check mode does not log in."""
        if not self.desired.require_observed_age or self._ledger.read_only:
            return []
        unseen = [each for each in self.desired.candidates if self._ledger.first_login(each.mailbox.address) is None]
        return [each for each in unseen if not self._refused_before(each)]

    def _observing_step(self, at: int, candidate: Candidate) -> Step:
        server, port = self.desired.server
        return self._proof_step(f"observe_{at}", candidate, server, port, f"{OBSERVED}_{at}")

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
        for at, candidate in enumerate(self._unobserved()):
            output = reply.result(f"observe_{at}").output
            if output:
                self._note("observation", candidate, proof.judge(output[0]))

    # ---- deciding

    def decide(self, state: State) -> flow.Decision:
        """The plan that gives the connector its mailbox. Raises WishRefused where none may log in and none does."""
        choice = self._choose(state)
        self.progress.choice = choice
        if choice.kind == NOBODY:
            raise WishRefused(*choice.reasons)
        wish = self._wish(choice, state)
        decision = decide(state.connectors, wish, self._clock())
        target = find_target(state.connectors, wish)
        self.progress.target = target.name if target else wish.name
        self.progress.add(
            "gate", choice.kind, choice.why, choice.candidate.mailbox.address if choice.candidate else None
        )
        notices = (*choice.notices, *_skew_notice(state), *self._unknown_password(choice, state))
        told = as_flow(decision, self.progress.target)
        return replace(told, notices=(*told.notices, *notices), facts={**told.facts, **self._facts(choice)})

    def left_to_do(self, state: State) -> Plan | None:
        """What the connector still lacks of the wish, its password aside."""
        choice = self.progress.choice
        return left_of(self._wish(choice, state), state) if choice else None

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
        name = candidate.mailbox.address
        refusal = self._refused_before(candidate)
        if refusal:
            moment = show_moment(refusal.at, candidate.mailbox.zone)
            return replace(candidate, barred=tell("refused_before", moment=moment, text=refusal.text))
        return judged(candidate, self._ledger.first_login(name), self.desired.require_observed_age)

    def _refused_before(self, candidate: Candidate) -> Event | None:
        """The provider's refusal of this very password: trying it again would lock the mailbox out in the end."""
        name = candidate.mailbox.address
        refusal = self._ledger.last_refusal(name)
        same = refusal and self._ledger.same_password(refusal.fingerprint, name, candidate.password)
        return refusal if same else None

    def _contradiction(self, candidate: Candidate) -> Reason | None:
        return contradicted(candidate, self._ledger.first_login(candidate.mailbox.address), WHERE)

    def _wish(self, choice: Choice, state: State) -> ConnectorDesired:
        """The connector's wish with the chosen login; without one where a login that is not declared stays."""
        if choice.candidate is None:
            return self.desired.connector
        always = self._rotated(choice, state) is True or self.desired.update_password == "always"
        return replace(
            self.desired.connector,
            credential=credential_of(choice.candidate),
            update_password="always" if always else "auto",
        )

    def _rotated(self, choice: Choice, state: State) -> bool | None:
        """Whether the password of a login that stays is another one than was written last; None: not known."""
        if choice.candidate is None or choice.candidate is not choice.previous:
            return False
        last = self._ledger.last_written(self._host)
        name = choice.candidate.mailbox.address
        if last is None or last.mailbox != name.lower():
            return None
        same = self._ledger.same_password(last.fingerprint, name, choice.candidate.password)
        return None if same is None else not same

    def _unknown_password(self, choice: Choice, state: State) -> tuple[str, ...]:
        if self.desired.update_password == "always" or self._rotated(choice, state) is not None:
            return ()
        return (tell("password_unknown", address=choice.candidate.mailbox.address if choice.candidate else ""),)

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
        previous = choice.previous if choice.previous is not choice.candidate else None
        new, old = self._proofs(session, choice.candidate, previous)
        self._note("proof", choice.candidate, new)
        if previous and old:
            self._note("way_back", previous, old)
        self._require(choice.candidate, new)
        self.progress.way_back = old is not None and old.outcome == proof.PROVEN
        notices = self._without_way_back(choice, old)
        self.progress.began = self._clock()
        return notices

    def _proofs(
        self, session: Session, candidate: Candidate, previous: Candidate | None
    ) -> tuple[proof.Proof, proof.Proof | None]:
        server, port = self.desired.server
        steps = [self._proof_step("prove_new", candidate, server, port, NEW_SECRET)]
        secrets = {NEW_SECRET: candidate.password}
        if previous:
            steps.append(self._proof_step("prove_old", previous, server, port, OLD_SECRET))
            secrets[OLD_SECRET] = previous.password
        request = Request(tuple(steps), secrets=secrets)
        reply = session.ask(request)
        require_read(reply, request, session.where)
        found = [proof.judge(reply.result(step.id).output[0]) for step in steps]
        return found[0], (found[1] if previous else None)

    def _proof_step(self, step_id: str, candidate: Candidate, server: str, port: int, secret: str) -> Step:
        sender = self.desired.sender or candidate.mailbox.address
        return proof.proof_step(step_id, candidate, server, port, sender, secret)

    def _note(self, stage: str, candidate: Candidate, found: proof.Proof) -> None:
        """Keep what was observed: a first login, a refusal."""
        address = candidate.mailbox.address
        self.progress.add(stage, found.outcome, f"{found.stage}: {found.text}", address)
        reached = found.outcome == proof.PROVEN or found.stage in ("mail", "rcpt")
        if reached:
            first = self._ledger.first_login(address)
            if candidate.recreated and first and candidate.denies(first):
                self._record(candidate, RECREATED, "recreated: true")
            self._record(candidate, LOGGED_IN, found.text)
        elif found.login_refused:
            self._record(candidate, REFUSED, found.text)

    def _require(self, candidate: Candidate, found: proof.Proof) -> None:
        values = {"address": candidate.mailbox.address, "stage": found.stage, "text": found.text}
        if found.outcome == proof.REFUSED:
            raise WishRefused(say("login_refused", WHERE, **values))
        if found.outcome == proof.UNPROVEN and not self.desired.accept_unproven:
            raise HostRefused(say("login_unproven", WHERE, **values))

    def _without_way_back(self, choice: Choice, old: proof.Proof | None) -> tuple[str, ...]:
        """A login that works must not be given up unless it could be had back."""
        if choice.kind != SWITCH or choice.previous is None or old is None:
            return ()
        values = {"address": choice.previous.mailbox.address, "text": old.text}
        if old.outcome == proof.UNPROVEN and not self.desired.accept_unproven:
            raise HostRefused(say("way_back_unproven", WHERE, **values))
        return () if old.outcome == proof.PROVEN else (tell("no_way_back", **values),)

    def _record(self, candidate: Candidate, kind: str, text: str) -> None:
        name = candidate.mailbox.address
        print_of = self._ledger.fingerprint(name, candidate.password) if kind in (REFUSED, WRITTEN) else None
        self._ledger.record(Event(self._clock(), self._host, name, kind, text, print_of))

    # ---- after the plan

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: flow.Outcome) -> flow.Outcome:
        """Note what was written, and wait for Exchange's own word; back to the mailbox before where it is refused."""
        choice = self.progress.choice
        written = choice and choice.candidate and outcome.decision.secrets and outcome.error is None
        if not written or choice is None or choice.candidate is None:
            return outcome
        self._record(choice.candidate, WRITTEN, choice.why)
        if choice.kind == SWITCH:
            self._record(choice.candidate, SWITCHED, choice.why)
        self.progress.add("write", "done", mailbox=choice.candidate.mailbox.address)
        try:
            found = self._wait(session, state)
        except TimedOut as error:
            return replace(outcome, error=error)
        except MailflowError as error:
            # What was written stands; only Exchange's word on it could not be read.
            found = session_log.Verdict(session_log.UNKNOWN, error.reasons[0].found)
        self.progress.add("exchange", found.outcome, found.text, choice.candidate.mailbox.address)
        if found.outcome == proof.PROVEN:
            self._record(choice.candidate, LOGGED_IN, found.text)
        if found.outcome == proof.REFUSED:
            self._record(choice.candidate, REFUSED, found.text)
            return self._go_back(session, shell, choice, found, outcome)
        if found.outcome == session_log.UNKNOWN and self.desired.wait_for_session:
            notice = tell(
                "exchange_silent", seconds=self.desired.wait_for_session, address=choice.candidate.mailbox.address
            )
            return replace(outcome, notices=(*outcome.notices, notice))
        return outcome

    def _wait(self, session: Session, state: State) -> session_log.Verdict:
        """Exchange's word since the write, in the time that the wish allows."""
        path = state.log_path if isinstance(state, AccountState) else None
        skew = state.skew if isinstance(state, AccountState) else timedelta(0)
        left = self.desired.wait_for_session
        if not path or not left or not self.progress.target or not self.progress.began:
            return session_log.Verdict(session_log.UNKNOWN)
        after = self.progress.began + skew
        for poll in itertools.count(1):
            found = self._read_log(session, path, self.progress.target, after)
            if found.outcome != session_log.UNKNOWN or left <= 0:
                break
            pause = min(POLL_SECONDS, left)
            self._sleep(pause)
            left -= pause
            if poll % POLLS_A_SHELL == 0:
                session.reconnect()
        return found

    def _read_log(self, session: Session, path: str, connector: str, after: datetime) -> session_log.Verdict:
        request = Request((session_log.log_step(path, connector, after),))
        reply = session.ask(request)
        require_read(reply, request, session.where)
        output = reply.results[0].output
        return session_log.verdict(output[0].get("Lines") or () if output else (), after)

    def _go_back(
        self,
        session: Session,
        shell: ExchangeShell,
        choice: Choice,
        found: session_log.Verdict,
        outcome: flow.Outcome,
    ) -> flow.Outcome:
        """Give the connector its mailbox of before again; its login was proven and its password is at hand."""
        address = choice.candidate.mailbox.address if choice.candidate else ""
        values = {"address": address, "text": found.text}
        if choice.previous is None or choice.previous is choice.candidate or not self.progress.way_back:
            return replace(outcome, error=StepFailed(say("refused_after_switch", WHERE, **values)))
        previous = choice.previous
        back = Choice(KEEP, tell("account_back", address=previous.mailbox.address), previous, previous)
        error = self._write_back(session, shell, back)
        self.progress.add("back", "failed" if error else "done", mailbox=previous.mailbox.address)
        if error is None:
            self._record(previous, WRITTEN, back.why)
            self._record(previous, SWITCHED, back.why)
        key = "back_failed" if error else "went_back"
        reason = say(key, WHERE, **values, previous=previous.mailbox.address)
        facts = {**outcome.decision.facts, "decision": "back", "why": back.why, "login": previous.username}
        decision = replace(outcome.decision, facts=facts if error is None else outcome.decision.facts)
        return replace(outcome, decision=decision, error=StepFailed(reason, *(error.reasons if error else ())))

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
            decision: Decision = decide(state.connectors, wish, self._clock())
            self.progress.choice = back
            if decision.plan is None:
                return None
            return flow.apply(self, session, shell, decision.plan, decision.secrets)[2]
        except MailflowError as error:
            return error


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
