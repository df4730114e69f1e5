# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smarthost account as a subject of a run: reads the host, chooses the mailbox, and plans that the connector logs
in with it. How a login is proven, confirmed and taken back is in switch.py."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..agent.clocks import STEP as CLOCK
from ..agent.session import Session
from ..controller import calendar_file
from ..errors import HostRefused, InputRefused, MailflowError
from ..mailboxes.candidates import Candidate
from ..mailboxes.ledger import LastRun, Ledger
from ..mailboxes.login_history import Clock, LoginHistory
from ..messages import notice_of
from ..queue.server_queues import QUEUES
from ..recovery.store import Store
from ..request import ExchangeShell, Reply, Step
from ..run.outcome import Decision, Outcome
from ..run.plan import Plan
from ..send_connector.desired import Desired as ConnectorDesired
from ..send_connector.diff import decide, find_target
from ..send_connector.state import SendConnector
from ..send_connector.subject import ConnectorSubject, State, as_flow, left_of, with_warnings
from . import backlog, session_log
from .choice import NOBODY, SWITCH, MailboxChoice, choose
from .desired import WHERE, Desired, credential_of
from .headline import headline, show_day, undecided
from .switch import AccountState, Execution, Sleep, Switch, SwitchProgress, judge, proof_step

OBSERVE = "observe"
HOUR = timedelta(hours=1)
DAILY = 26 * HOUR
"""How far two daily runs may lie apart: the clocks may change, and the first may have been quick."""


class SmarthostAccountSubject(ConnectorSubject):
    """One declaration for the login of one connector."""

    name = "smarthost_account"
    may_fail = ConnectorSubject.may_fail | {session_log.FOLDER.id, QUEUES.id}

    def __init__(
        self,
        desired: Desired,
        ledger: Ledger,
        host: str,
        clock: Clock,
        sleep: Sleep = time.sleep,
        recovery: Store | None = None,
        log_folder: str | None = None,
    ) -> None:
        """``log_folder`` is what is declared of the protocol log beside this noun."""
        super().__init__(clock)
        self.desired = desired
        self._host = host
        self._recovery = recovery
        self.history = LoginHistory(ledger, host, clock, desired.require_observed_age, WHERE, desired.retry)
        self.progress = SwitchProgress()
        self._switch = Switch(desired, self.history, self.progress, sleep, log_folder)
        self._observing: Mapping[str, Candidate] | None = None
        self._chosen: MailboxChoice | None = None

    # ---- reading

    def read_steps(self) -> tuple[Step, ...]:
        """The connectors, the host's log folder, a login of each mailbox whose age is still to begin, what waits in the
        queues, and last the host's clock, so that it is read shortly before it is compared."""
        observing = (proof_step(self.desired, name, each) for name, each in self._to_observe().items())
        # What may fail comes last, so that nothing else is left out for it.
        beside = (session_log.FOLDER, *(replace(each, always=True) for each in (QUEUES, CLOCK)))
        return (*super().verify_steps(), *observing, *beside)

    def verify_steps(self) -> tuple[Step, ...]:
        """The same without the queues, which are looked at before a switch only."""
        return (*super().verify_steps(), session_log.FOLDER, replace(CLOCK, always=True))

    def read_secrets(self) -> Mapping[str, str]:
        """The passwords of the logins that are only observed."""
        return {name: each.password for name, each in self._to_observe().items()}

    def _to_observe(self) -> Mapping[str, Candidate]:
        """Step id -> a mailbox whose age counts from a login that nobody has seen yet.

        Found out once, since other forks write into the ledger meanwhile. Empty after the first reading: nothing is
        tried twice in a run. Check mode does not log in.
        """
        if self._observing is None:
            wanted = self.desired.require_observed_age and not self.history.ledger.read_only
            unseen = [each for each in self.desired.candidates if wanted and self.history.first_login(each) is None]
            tried = [each for each in unseen if not self.history.barred(each)]
            self._observing = {f"{OBSERVE}_{at}": each for at, each in enumerate(tried)}
        return self._observing

    def parse(self, reply: Reply, where: str) -> AccountState:
        """The state of a reply. Raises HostRefused, for a clock that is far off too: ages would be judged wrongly."""
        state = super().parse(reply, where)
        state.clocks.require_agreement(where)
        self.progress.host_clock = state.clocks.host
        self.history.look()
        self._observe(reply)
        log_path, waiting = session_log.folder_of(state.server.name, reply), backlog.waiting_in(reply)
        return AccountState(state.server, state.connectors, state.clocks, state.max_send_size, log_path, waiting)

    def _observe(self, reply: Reply) -> None:
        """Note the first logins that this reply shows."""
        tried = self._to_observe()
        outputs = {name: output for name in tried if (output := reply.result(name).output)}
        found = {name: judge(tried[name], output[0]) for name, output in outputs.items()}
        for name, each in self.history.doubted(tried, found, self.desired.candidates).items():
            self.history.note("observation", tried[name], each)
        self._observing = {}

    # ---- deciding

    def decide(self, state: State) -> Decision:
        """The plan that gives the connector its mailbox. Raises InputRefused where none may log in and none does."""
        choice = self._choose(state)
        self.progress.choice = self._chosen = choice
        if choice.kind == NOBODY:
            raise InputRefused(*choice.reasons)
        desired = self._desired(choice)
        decision = decide(state.connectors, desired, self.ages_at(state), server=state.server.name)
        self._after = decision.after
        target = find_target(state.connectors, desired)
        self.progress.target = target.name if target else desired.name
        self.history.add(
            "gate", choice.kind, choice.why, choice.candidate.mailbox.address if choice.candidate else None
        )
        told = as_flow(decision, self.progress.target)
        told = with_warnings(told, desired, decision.after, state.max_send_size)
        told_before, held = self._safety_check(state, choice, target)
        notices = (
            *self._pause(),
            *told.notices,
            *choice.notices,
            *state.clocks.notices(),
            *self._unknown_password(choice),
            *told_before,
            *self._new_ledger(choice),
        )
        # The connector's own decision says of a young login in use what the choice says too.
        once = tuple(dict.fromkeys(notices))
        facts = {**told.facts, **self._facts(choice)}
        return replace(told, notices=once, facts=facts, refusal=told.refusal or held)

    def _safety_check(
        self, state: State, choice: MailboxChoice, target: SendConnector | None
    ) -> tuple[tuple[str, ...], HostRefused | None]:
        """What waits behind a login that is about to be switched; a refusal where that is too much."""
        if choice.kind != SWITCH or target is None or not isinstance(state, AccountState):
            return (), None
        return backlog.safety_check(self.desired, state.waiting, target, self._recovery)

    def _new_ledger(self, choice: MailboxChoice | None) -> tuple[str, ...]:
        """That a ledger begins on a connector with a login of ours: it may have begun before, and been lost since."""
        if not self.history.is_new or choice is None or choice.previous is None:
            return ()
        address, target = choice.previous.mailbox.address, self.progress.target
        return (notice_of("ledger_new", path=self.history.ledger.path, connector=target, address=address),)

    def _pause(self) -> tuple[str, ...]:
        """That no run has come as far as this one for longer than there should be between two."""
        last, now = self.history.ledger.last_run(self._host), self.history.clock()
        if last is None:
            return ()
        hours, zone = int((now - last.at) / HOUR), self.desired.window.zone
        before = show_day(last.at, zone)
        if expected := self.desired.expected_every_hours:
            overdue = now - last.at > expected * HOUR
            return (notice_of("run_overdue", hours=hours, last=before, expected=expected),) if overdue else ()
        if last.due is None or now - last.due <= DAILY:
            return ()
        return (notice_of("run_missed", hours=hours, last=before, due=show_day(last.due, zone)),)

    def left_to_do(self, state: State) -> Plan | None:
        """What the connector still lacks of the declaration, its password aside."""
        choice = self.progress.choice
        return left_of(self._desired(choice), state) if choice else None

    def failure_facts(self) -> dict[str, Any]:
        """What a failed run tells besides its reasons."""
        choice = self.progress.choice
        return self._facts(choice) if choice else {"stages": self.history.stages}

    def _choose(self, state: State) -> MailboxChoice:
        candidates = [self.history.judged(each) for each in self.desired.candidates]
        reasons = [reason for each in self.desired.candidates if (reason := self.history.conflict(each))]
        if reasons:
            raise InputRefused(*reasons)
        target = find_target(state.connectors, self.desired.connector)
        current, now = target.username if target else None, self.history.clock()
        self.progress.judged_at = state.clocks.ages_at(now)
        untold = target is not None and target.hides_login
        return choose(candidates, current, self.desired.window, now, WHERE, self.progress.judged_at, untold)

    def _desired(self, choice: MailboxChoice) -> ConnectorDesired:
        """The connector's declaration with the chosen login; without one where a login that is not declared stays.

        A password that was refused before is never written again, since it would have to be proven again.
        """
        known = tuple(self.history.judged(each).mailbox for each in self.desired.candidates)
        if choice.candidate is None:
            return replace(self.desired.connector, known_mailboxes=known)
        wanted = self._rotated(choice) is True or self.desired.update_password == "always"
        always = wanted and not self.history.barred(choice.candidate)
        return replace(
            self.desired.connector,
            credential=credential_of(choice.candidate),
            known_mailboxes=known,
            update_password="always" if always else "auto",
        )

    def _rotated(self, choice: MailboxChoice) -> bool | None:
        """Whether the password of a login that stays is another one than was written last; None: not known."""
        if choice.candidate is None or choice.candidate is not choice.previous:
            return False
        return self.history.rotated(choice.candidate)

    def _unknown_password(self, choice: MailboxChoice) -> tuple[str, ...]:
        if self.desired.update_password == "always" or choice.candidate is None or self._rotated(choice) is not None:
            return ()
        return (notice_of("password_unknown", address=choice.candidate.mailbox.address),)

    def _facts(self, choice: MailboxChoice) -> dict[str, Any]:
        now = self.progress.judged_at or self.history.clock()
        return {
            "decision": choice.kind,
            "why": choice.why,
            "login": choice.candidate.username if choice.candidate else None,
            "mailboxes": [_mailbox_facts(self.history.judged(each), now) for each in self.desired.candidates],
            "next_date": choice.next_moment.astimezone(self.desired.window.zone).isoformat()
            if choice.next_moment
            else None,
            "next_event": choice.next_event,
            "next_login": choice.coming.username if choice.coming else None,
            "stages": self.history.stages,
        }

    # ---- before and after the plan

    def prove(self, session: Session, state: State, decision: Decision) -> tuple[str, ...]:
        """Prove the login that is to be written, and the way back. Raises InputRefused or HostRefused."""
        return self._switch.prove(session, decision)

    def waits(self, state: State, decision: Decision) -> bool:
        """Whether mail would go to another provider than before; a login alone waits for nothing."""
        return self._begins(state, self.desired.connector)

    def record(self, outcome: Outcome) -> Outcome:
        """Note what was written."""
        return self._switch.record(outcome)

    def confirm(self, session: Session, shell: ExchangeShell, state: State, outcome: Outcome) -> Outcome:
        """Wait for Exchange's own word; back to the mailbox before where the provider refuses the new one."""
        return self._switch.confirm(Execution(self, session, shell), state, outcome)

    def unconfirmed(self, outcome: Outcome, why: str) -> Outcome:
        """Say that nobody waited for Exchange's word."""
        return self._switch.unconfirmed(outcome, why)

    # ---- at the end

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        """Who logs in now, who takes over, when and why."""
        candidates, window = self.desired.candidates, self.desired.window
        with suppress(MailflowError):  # a ledger that is gone by now has been told of
            if self._chosen:
                return (headline(self._chosen, outcome, candidates, window, self.history.judged),)
            return (undecided(outcome.error, candidates, self.history.clock(), window.zone),)
        return ()

    def finish(self, check_mode: bool) -> None:
        """Leave the next date on the controller, and a ledger that was told of as new: it is told of once. Raises
        MailflowError."""
        if self._new_ledger(self.progress.choice) and not check_mode:
            self.history.ledger.begin()
        if self._chosen and not check_mode:
            due = self._chosen.next_moment if self._chosen.coming is not self._chosen.candidate else None
            self.history.ledger.note_run(self._host, LastRun(self.history.clock(), due))
        if self.progress.choice and self.desired.calendar_file and not check_mode:
            self._leave_date(self.progress.choice, self.desired.calendar_file)

    def _leave_date(self, choice: MailboxChoice, place: str) -> None:
        """The host's event in the calendar file: the next one, or none any more."""
        key = f"smarthost_account-{self._host}"
        if choice.next_moment is None:
            calendar_file.remove(place, key, self._host)
            return
        summary = f"{self._host}: {choice.next_event}"
        event = calendar_file.event(choice.next_moment, summary, key, self.history.clock())
        calendar_file.write(place, event, self._host)


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
