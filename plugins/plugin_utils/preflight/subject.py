# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight as a watcher of a run: reads what mail needs with the nouns, and judges what their plans would run
into. Read-only; a preflight alone asks everything, a run that may write only what its plans are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..agent import host_facts
from ..agent.parts import needs_exchange
from ..errors import HostRefused, LedgerFailed, MailflowError
from ..mailboxes.login_history import Clock
from ..messages import notice_of, reason_of
from ..pop3_connector.declared_accounts import DesiredAccount
from ..pop3_connector.diff import PROVEN_OPTIONS, Work, compare
from ..pop3_connector.subject import Pop3ConnectorSubject
from ..request import DONE, Reply, Step, StepResult
from ..run.outcome import Decision, Outcome
from ..run.subject import Decided, Watch, Watcher
from ..send_connector.state import READ_STEP, parse_connectors
from ..send_connector.subject import ConnectorSubject
from . import pop3_rows, smarthost_rows
from .asking import Judged, judge_all
from .check import LOGIN, Check
from .deadline import Deadline
from .declared import Declared, Route, routes_of
from .desired import ALWAYS, NOUN
from .finding import FAIL, WARN
from .resolver import Resolver
from .situation import Situation
from .tls_probe import TlsProbe
from .ways_in import ways_in

Told = Mapping[str, StepResult]
EARLY_FACTS = replace(host_facts.STEP, id="preflight_host_facts")
"""The host's facts before Exchange's shell is loaded. The others come last, for their clock, and are lost with a
process that dies of loading it."""


class PreflightWatcher(Watcher[Told]):
    """The checks that a declaration chooses, on one host."""

    noun = NOUN
    objects = "what mail needs"

    def __init__(
        self,
        declared: Declared,
        where: str,
        clock: Clock,
        checks: Sequence[Check],
        *,
        alone: bool,
        exchange: bool = True,
    ) -> None:
        """``exchange``: whether what needs Exchange is read, whose shell a run of nouns without it does not load."""
        self.declared = declared
        self.loads_exchange = exchange
        self._where = where
        self._clock = clock
        self.alone = alone
        self._checks = [each for each in checks if each.group in declared.options.only and each.applies(declared)]
        self._judged: list[Judged] = []
        # Once: what a login would need is asked of the ledger.
        self._reads = tuple(each.reads(declared) for each in self._checks if alone or each.asks != LOGIN)
        # What is not told is unknown, and that is a result.
        self.may_fail = frozenset(step.id for step in self.read_steps())

    # ---- reading

    def read_steps(self) -> tuple[Step, ...]:
        """The steps of all checks, each once, and of the connectors; what needs no Exchange first."""
        steps = [replace(step, once=bool(reads.secrets)) for reads in self._reads for step in reads.steps]
        if self.loads_exchange:
            steps += [EARLY_FACTS, READ_STEP]
        once = {step.id: replace(step, always=True) for step in steps}
        wanted = [step for step in once.values() if self.loads_exchange or not needs_exchange(step.command)]
        return tuple(sorted(wanted, key=lambda step: needs_exchange(step.command)))

    def read_secrets(self) -> Mapping[str, str]:
        """Those of all checks."""
        return {name: secret for reads in self._reads for name, secret in reads.secrets.items()}

    def parse(self, reply: Reply, where: str) -> Told:
        """Each step's result."""
        told = {each.id: each for each in reply.results}
        facts, early = (told.get(each.id) for each in (host_facts.STEP, EARLY_FACTS))
        if facts is not None and facts.status != DONE and early is not None:
            told[facts.id] = replace(early, id=facts.id)
        return told

    # ---- judging

    def watch(self, state: Told, decided: Sequence[Decided]) -> Watch:
        """What was found, and the plans that would run into it."""
        situation = self._situation(state, decided)
        self._judged = judge_all(self._checks, situation)
        notices = (*self._recorded(situation), *self._notices(decided))
        told = Decision(None, {}, {}, notices=notices, facts=self.failure_facts())
        return Watch(told, self._objections(), self._error())

    def _situation(self, told: Told, decided: Sequence[Decided]) -> Situation:
        options = self.declared.options
        deadline = Deadline(options.answer_seconds)
        resolver = Resolver(deadline, options.resolver, options.resolver_port)
        today, after = _routes(told, decided)
        ways_today, ways_after = ways_in(told, decided, self.declared)
        return Situation(
            self.declared,
            told,
            today,
            after,
            planned=frozenset(each.subject.name for each in decided if each.plans),
            new_accounts=_new_accounts(decided),
            ways_today=ways_today,
            ways_after=ways_after,
            alone=self.alone,
            now=self._clock(),
            deadline=deadline,
            resolver=resolver,
            probe=TlsProbe(deadline, resolver if options.resolver else None),
        )

    def _recorded(self, situation: Situation) -> tuple[str, ...]:
        """Keep what came of the logins, where they are made. Where that fails, what was found is told all the same."""
        failed = []
        for record in (smarthost_rows.record, pop3_rows.record) if self.alone else ():
            try:
                record(situation)
            except LedgerFailed as error:
                failed.append(str(error))
        return tuple(dict.fromkeys(failed))

    def _objections(self) -> dict[str, MailflowError]:
        """By noun why its plan may not be carried out."""
        by_noun: dict[str, list[Judged]] = defaultdict(list)
        for each in self._judged:
            for noun in each.stops:
                by_noun[noun].append(each)
        return {noun: self._refusal(found) for noun, found in by_noun.items()}

    def _refusal(self, found: Sequence[Judged]) -> HostRefused:
        return HostRefused(
            *(
                reason_of(
                    "preflight_failed",
                    f"{self._where}, check {each.check.name}",
                    check=each.check.name,
                    found=each.finding.found,
                    about=each.check.about,
                    remedy=each.finding.remedy,
                )
                for each in found
            )
        )

    def _error(self) -> MailflowError | None:
        """What makes the task fail besides the plans that are refused, and in a preflight alone in their place."""
        always = self.declared.options.fail_on == ALWAYS
        found = [each for each in self._failed() if (each.stops and self.alone) or (always and not each.stops)]
        return self._refusal(found) if found else None

    def _failed(self) -> list[Judged]:
        return [each for each in self._judged if each.finding.result == FAIL and not self._accepted(each)]

    def _accepted(self, judged: Judged) -> bool:
        return judged.check.name in self.declared.options.accept

    def _notices(self, decided: Sequence[Decided]) -> tuple[str, ...]:
        """What is told though it stops nothing: what failed, in every run, and whether TLS lets mail leave at all; of
        the rest what somebody who changes something should know."""
        if self.alone:
            return ()
        changes = any(each.plans for each in decided)

        def is_told(judged: Judged) -> bool:
            told = (FAIL, WARN) if changes or judged.check.offline else (FAIL,)
            counts = judged.finding.result in told or (changes and judged.finding.urgent)
            return counts and not self._accepted(judged) and not judged.stops

        return tuple(_line(each) for each in self._judged if is_told(each))

    def failure_facts(self) -> dict[str, Any]:
        """One row a check, the worst first, as data and as lines."""
        rows = [
            {
                "name": each.check.name,
                "group": each.check.group,
                "result": each.finding.result,
                "found": each.finding.found,
                "remedy": each.finding.remedy,
                "accepted": self._accepted(each),
                "stops": sorted(each.stops),
            }
            for each in self._judged
        ]
        return {"checks": rows, "lines": [_line(each) for each in self._judged]}

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        """Every line, where nothing else was asked for."""
        return tuple(map(_line, self._judged)) if self.alone else ()


def _line(judged: Judged) -> str:
    """A check on one line."""
    finding = judged.finding
    key = "preflight_line_remedy" if finding.remedy else "preflight_line"
    # What a server has said may end with a full stop of its own.
    found = finding.found.removesuffix(".")
    return notice_of(key, result=finding.result, check=judged.check.name, found=found, remedy=finding.remedy)


def _routes(told: Told, decided: Sequence[Decided]) -> tuple[frozenset[Route], frozenset[Route]]:
    """The routes of today and those after the plans."""
    for each in decided:
        if isinstance(each.subject, ConnectorSubject) and each.state is not None:
            today = routes_of(each.state.connectors)
            return today, routes_of(each.subject.after) if each.plans else today
    read = told.get(READ_STEP.id)
    today = routes_of(parse_connectors(read.output)) if read else frozenset()
    return today, today


def _new_accounts(decided: Sequence[Decided]) -> tuple[DesiredAccount, ...]:
    """The accounts that a plan begins to fetch. One that gets another password alone is fetched today."""
    for each in decided:
        if isinstance(each.subject, Pop3ConnectorSubject) and each.state is not None and each.plans:
            works = compare(each.state, each.subject.desired).works
            return tuple(work.wanted for work in works if work.wanted and _begins(work))
    return ()


def _begins(work: Work) -> bool:
    """Whether an account is fetched from another place than today, or in another way."""
    elsewhere = set(PROVEN_OPTIONS) - {"password"}
    return work.logs_in_anew and (work.host is None or any(each.option in elsewhere for each in work.changes))
