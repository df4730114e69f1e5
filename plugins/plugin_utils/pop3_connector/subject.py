# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The POP3 connector as a subject of a run: reads the file with its secrets masked, plans edits of its bytes, proves
the logins that are new, and reads back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..account_age import show_moment
from ..agent.session import Session, ask_to_read, problem_of, require_read
from ..errors import AgentFailed, InputRefused, MailflowError, Reason, refusal_of, refuse
from ..mailboxes.ledger import Ledger
from ..mailboxes.provider_warnings import of_account
from ..mailboxes.providers import min_poll_minutes, provider_of_pop3
from ..messages import notice_of, reason_of
from ..request import NO_EXCHANGE, ExchangeShell, Reply, Request, Step
from ..run.outcome import Decision, Outcome
from ..run.plan import Plan, PlannedStep, plan_or_none
from ..run.subject import Subject
from . import collectors, safety_checks
from .aim import aimed, target_notice, target_of, target_refusal
from .desired import NOUN, Desired
from .diff import CREATE, Diff, Work, candidate_number, candidates, compare, shown
from .planning import WRITE, changes_of, edits_of, other_steps, service_refusals, write_step
from .proof import PROVEN, REFUSED, UNKNOWN, LoginTries, TargetProof, judge, needs_confirmation, proof_step, security_of
from .state import State, parse_state, read_step
from .targets import HERE, STEPS, Recipients, recipients, unread
from .task import FetchTask

Clock = Callable[[], datetime]
Proofs = dict[tuple[str, str, str], TargetProof]
"""What each login came to, by the key of its account."""


class Pop3ConnectorSubject(Subject[State]):
    """One declaration for the accounts of one host's connector."""

    noun = NOUN
    objects = "the POP3 accounts"
    loads_exchange = False
    proves_last = True

    def __init__(
        self, desired: Desired, ledger: Ledger, host: str, clock: Clock, shell: ExchangeShell = NO_EXCHANGE
    ) -> None:
        self.desired = desired
        self._shell = shell
        self._ledger = ledger
        self._host = host
        self._clock = clock
        self._latest: State | None = None
        self.proofs: list[dict[str, Any]] = []

    # ---- reading

    def read_steps(self) -> tuple[Step, ...]:
        """File and service, the services and tasks that may fetch too, and the own task where one is declared."""
        compared = [(each.identity.username, each.secret) for each in candidates(self.desired)]
        further = self.desired.other_collectors
        others = collectors.steps(further)
        steps = (read_step(self.desired.place, compared), *others)
        return (*steps, self.desired.fetch_task.read_step()) if self.desired.fetch_task else steps

    def read_secrets(self) -> Mapping[str, str]:
        """The declared passwords, which the host compares with the stored ones."""
        return {each.secret: each.password for each in candidates(self.desired) if each.password is not None}

    def parse(self, reply: Reply, where: str) -> State:
        """The state of a reply. Raises HostRefused or AgentFailed."""
        self._latest = parse_state(reply, where, self.desired.place)
        return self._latest

    # ---- deciding

    def decide(self, state: State) -> Decision:
        """The plan of the declaration, and every reason against it."""
        diff = compare(state, self.desired)
        reasons = [
            *safety_checks.refusals(state, self.desired, diff),
            *service_refusals(state, self.desired, bool(diff.works)),
            *_task_refusals(self.desired.fetch_task, state),
        ]
        edits = _edits(reasons, state, self.desired, diff)
        written = write_step(state, self.desired, diff, edits)
        others = other_steps(state, self.desired, written is not None)
        steps = [*([written] if written else []), *others]
        return Decision(
            plan_or_none(NOUN, steps),
            {**shown(diff.works, after=False), **_shown_steps(others, after=False)},
            {**shown(diff.works, after=True), **_shown_steps(others, after=True)},
            secrets=self.read_secrets(),
            notices=(*safety_checks.notices(state, self.desired, diff), *_warnings(diff.works)),
            facts=self._facts(state, diff),
            refusal=refusal_of(reasons),
        )

    def left_to_do(self, state: State) -> Plan | None:
        """What of the declaration a later state does not show. A write that never came to its end counts among it: the
        service may be left stopped."""
        diff = compare(state, self.desired, verifying=True)
        steps = other_steps(state, self.desired, writes=False)
        if diff.works:
            steps.insert(0, PlannedStep("write records", state.file, WRITE, {}, changes_of(diff)))
        return plan_or_none(NOUN, steps)

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """What was there, for a person: the file itself is saved on the host, since its secrets are not to leave it."""
        accounts = [each.as_data(self.desired.key_map, None) for each in state.accounts]
        file = {"path": state.path, "sha256": state.sha256, "length": state.length}
        return {"file": file, "accounts": accounts, "service": state.service.status, "plan": plan.as_data()}

    def _facts(self, state: State, diff: Diff) -> dict[str, Any]:
        by_block = {each.host.block.index: each.wanted for each in (*diff.works, *diff.kept) if each.host}
        return {
            "accounts": [
                each.as_data(self.desired.key_map, candidate_number(self.desired, by_block.get(each.block.index)))
                for each in state.accounts
            ],
            "service": {"name": state.service.name, "status": state.service.status},
            "collectors": [str(each) for each in state.collectors],
            "host_backups": list(state.backup_names),
            "host_backup": None,
            "proofs": self.proofs,
        }

    def failure_facts(self) -> dict[str, Any]:
        """What a failed run tells besides its reasons."""
        return {"proofs": self.proofs}

    # ---- before and after the plan

    def prove(self, session: Session, state: State, decision: Decision) -> tuple[str, ...]:
        """Prove where new mail goes, and the logins that are new, each in one remote process. Raises InputRefused, and
        nothing is written."""
        works = compare(state, self.desired).works
        return (*self._prove_targets(session, state, works), *self._prove_logins(session, state, works))

    def _prove_targets(self, session: Session, state: State, changed: Sequence[Work]) -> tuple[str, ...]:
        works = aimed(changed)
        if not works:
            return ()
        found = self._recipients(session)
        judged = [(each, found.judge(target_of(each))) for each in works]
        refuse([reason for each in judged if (reason := target_refusal(state, self.desired, *each))])
        return tuple(target_notice(state, self.desired, *each) for each in judged if each[1].outcome != HERE)

    def _recipients(self, session: Session) -> Recipients:
        """The one place where an Exchange shell is asked for, so that a host on which nothing is aimed anew loads none.
        Where its process dies, no target is known: as where its cmdlets fail."""
        try:
            return recipients(ask_to_read(session, Request(STEPS, self._shell))[0])
        except AgentFailed as error:
            session.reconnect()
            return unread(problem_of(error))

    def _prove_logins(self, session: Session, state: State, changed: Sequence[Work]) -> tuple[str, ...]:
        works = [each for each in changed if each.logs_in_anew and each.wanted]
        if not self.desired.validate_logins or not works:
            return ()
        memory = LoginTries(self._ledger, self._host, self._clock())
        proofs, reasons = self._remembered(works, memory)
        refuse(reasons)
        asked = [each for each in works if each.identity.key not in proofs]
        found, warnings = self._asked(session, asked, memory)
        proofs |= found
        self.proofs += [proofs[each.identity.key].as_data(each) for each in works]
        refuse(self._refusals(state, works, proofs, warnings))
        unproven = (each for each in works if proofs[each.identity.key].outcome != PROVEN)
        return (*warnings, *(_notice(each, proofs[each.identity.key]) for each in unproven))

    def _remembered(self, works: Sequence[Work], memory: LoginTries) -> tuple[Proofs, list[Reason]]:
        """The proofs that still count where a provider wants no further login yet, and what it has to be told else."""
        proofs: Proofs = {}
        reasons = []
        for work in works:
            until = memory.waiting_until(work)
            if until is None:
                continue
            earlier = memory.remembered(work, security_of(work, self.desired.key_map))
            if earlier is None:
                where, moment = f"{self._host}, {work.identity}", show_moment(until, ZoneInfo("UTC"))
                minutes = work.wanted.min_poll_minutes if work.wanted else None
                reasons.append(reason_of("pop3_proof_too_soon", where, moment=moment, minutes=minutes))
            else:
                proofs[work.identity.key] = earlier
        return proofs, reasons

    def _asked(self, session: Session, works: Sequence[Work], memory: LoginTries) -> tuple[Proofs, tuple[str, ...]]:
        """The proofs of one remote process, and what the agent warns of; each is noted in the ledger, whatever came of
        it."""
        if not works:
            return {}, ()
        secured = [(work, security_of(work, self.desired.key_map)) for work in works]
        steps = [
            proof_step(f"prove_{at}", work.wanted, security)
            for at, (work, security) in enumerate(secured)
            if work.wanted
        ]
        secrets = {each.wanted.secret: each.wanted.password for each in works if each.wanted and each.wanted.password}
        request = Request(tuple(steps), secrets=secrets)
        try:
            reply = session.ask(request)
        except MailflowError:
            # Some of them may have been tried all the same; the provider counts those too.
            unknown = TargetProof(UNKNOWN, "connect", notice_of("pop3_no_answer"))
            memory.note((*each, unknown) for each in secured)
            raise
        answers = [(*each, reply.result(f"prove_{at}").output) for at, each in enumerate(secured)]
        told = [(work, security, judge(output[0])) for work, security, output in answers if output]
        memory.note(told)
        require_read(reply, request, session.where)
        if len(told) < len(secured):
            # Done, and yet nothing observed: such an answer proves no login.
            raise AgentFailed(reason_of("reply_cut", session.where))
        return {work.identity.key: proof for work, _security, proof in told}, reply.warnings

    def _refusals(self, state: State, works: Sequence[Work], proofs: Proofs, warnings: Sequence[str]) -> list[Reason]:
        reasons = []
        for work in works:
            proof, where = proofs[work.identity.key], f"{state.where}, {work.identity}"
            if proof.outcome == REFUSED:
                reasons.append(reason_of("pop3_login_refused", where, stage=proof.stage, text=_words(proof, warnings)))
            elif not self.desired.confirm_first_fetch and needs_confirmation(work, proof, self.desired.max_waiting):
                number = "an unknown number of" if proof.messages is None else proof.messages
                most = self.desired.max_waiting
                reasons.append(reason_of("pop3_many_waiting", where, number=number, most=most, text=proof.text))
        return reasons

    def confirm(self, session: Session, shell: Any, state: State, outcome: Outcome) -> Outcome:
        """Name the backup that the write has made on the host: the one that was not there before."""
        latest = self._latest or state
        new = [name for name in latest.backup_names if name not in state.backup_names]
        told = {
            "host_backup": new[-1] if new else None,
            "host_backups": list(latest.backup_names),
            "service": {"name": latest.service.name, "status": latest.service.status},
        }
        decision = replace(outcome.decision, facts={**outcome.decision.facts, **told})
        return replace(outcome, decision=decision)


def _edits(reasons: list[Reason], state: State, desired: Desired, diff: Diff) -> list[Any]:
    """The edits, where nothing speaks against them; else what more does, so that all is told at once."""
    try:
        return edits_of(state, desired, diff) if not reasons or diff.of_kind(CREATE) else []
    except InputRefused as refused:
        reasons.extend(each for each in refused.reasons if each not in reasons)
        return []


def _task_refusals(task: FetchTask | None, state: State) -> list[Reason]:
    """Another task under that name, and an interval that a provider of any account on the host does not allow."""
    if task is None or state.task is None:
        return []
    reasons = []
    if state.task.exists and not state.task.fetches:
        runs = f"{state.task.command} {state.task.arguments}".strip()
        reasons.append(reason_of("pop3_task_foreign", state.where, name=task.name, runs=runs))
    return reasons + _interval_refusals(task, state)


def _interval_refusals(task: FetchTask, state: State) -> list[Reason]:
    reasons = []
    for each in state.accounts if task.state == "present" else ():
        least = min_poll_minutes(provider_of_pop3(each.identity.server))
        if least and task.interval_minutes < least:
            account = str(each.identity)
            place = f"{state.where}, fetch_task"
            reasons.append(
                reason_of("pop3_interval_too_short", place, minutes=task.interval_minutes, least=least, account=account)
            )
    return reasons


def _shown_steps(steps: Sequence[PlannedStep], after: bool) -> dict[str, dict[str, Any]]:
    return {step.target: {each.option: each.after if after else each.before for each in step.changes} for step in steps}


def _warnings(works: Sequence[Work]) -> Iterator[str]:
    """How the accounts that are written differ from what is known of their providers."""
    for work in works:
        if work.wanted and work.wanted.state == "present" and (work.kind == CREATE or work.changes):
            identity = work.wanted.identity
            port = int(identity.port) if identity.port.strip().isdecimal() else 0
            new = work.kind == CREATE
            yield from of_account(identity.server, port, work.wanted.ssl, identity.username, new)


def _words(proof: TargetProof, warnings: Sequence[str]) -> str:
    """What was said of a login, and what the agent has to say of its own TLS."""
    return "; ".join(filter(None, (proof.text, *warnings)))


def _notice(work: Work, proof: TargetProof) -> str:
    key = "pop3_in_use" if proof.in_use else "pop3_unproven"
    return notice_of(key, account=str(work.identity), text=proof.text)
