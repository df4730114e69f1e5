# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The send connector as a subject of a run: reads all connectors, decides by the declaration, verifies by deciding
again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..account_age import Mailbox
from ..agent.clocks import NOT_COMPARED, Clocks, read_clocks
from ..agent.clocks import STEP as CLOCK
from ..errors import LedgerFailed, Reason, refuse
from ..exchange.server import READ_SERVERS, ExchangeServer, local_server
from ..lenient import first
from ..mailboxes.observed import Observed
from ..mailboxes.provider_warnings import of_connector
from ..messages import notice_of
from ..request import DONE, Reply, Step
from ..run.outcome import Decision, Outcome
from ..run.plan import Change, Plan, PlannedStep, plan_or_none
from ..run.subject import Subject
from . import routes
from .desired import Credential, Desired
from .diff import NOUN, ConnectorDecision, decide, disable, find_target
from .saved import saved_connector
from .settings import CREDENTIAL, SEND_CONNECTOR, SETTINGS
from .state import READ_STEP, SendConnector, any_domain, parse_connectors
from .traffic import providers_of, turns

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class State:
    """The host's own Exchange server, all send connectors of the organisation, and the clocks when they were read."""

    server: ExchangeServer
    connectors: tuple[SendConnector, ...]
    clocks: Clocks = NOT_COMPARED
    max_send_size: int | None = None


TRANSPORT_CONFIG = Step("read_transport_config", "Get-TransportConfig", select=("MaxSendSize",), always=True)


def size_steps(desired: Desired) -> tuple[Step, ...]:
    """What is read to judge a declared size; it may fail."""
    return (TRANSPORT_CONFIG,) if "max_message_size" in desired.values else ()


def max_send_size(reply: Reply) -> int | None:
    """The largest message that the organisation lets leave; None where it is not known or not limited."""
    reported = first(reply.result(TRANSPORT_CONFIG.id).output).get("MaxSendSize")
    found = SETTINGS["max_message_size"].kind.host(reported) if isinstance(reported, str) else None
    return found if isinstance(found, int) else None


def with_warnings(reported: Decision, desired: Desired, after: Iterable[SendConnector], limit: int | None) -> Decision:
    """The decision, and where something is written how it differs from what is known of the provider."""
    target = next((each for each in after if each.name == reported.facts["connector"]), None)
    if reported.plan is None or target is None or desired.state == "absent":
        return reported
    hosts = target.values.get("smart_hosts")
    username = desired.credential.username if desired.credential else None
    warnings = of_connector(desired.values, hosts if isinstance(hosts, frozenset) else (), username, limit)
    return replace(reported, notices=(*reported.notices, *warnings))


class ConnectorSubject(Subject[State]):
    """What every subject about send connectors shares: how they are read and what is saved of them."""

    noun = NOUN
    objects = "the send connectors"
    may_fail = frozenset({CLOCK.id, TRANSPORT_CONFIG.id})

    def __init__(self, clock: Clock, memory: Observed | None = None) -> None:
        self._clock = clock
        self._memory = memory
        self._after: tuple[SendConnector, ...] = ()

    def read_steps(self) -> tuple[Step, ...]:
        """The connectors, and the clock by which a login's age is judged."""
        return (*self.verify_steps(), CLOCK)

    def verify_steps(self) -> tuple[Step, ...]:
        """The local server first: a host that must not be touched is known before its connectors are."""
        return (READ_SERVERS, READ_STEP)

    def parse(self, reply: Reply, where: str) -> State:
        """The state of a reply. Raises HostRefused for a host that is no Exchange 2010 server."""
        connectors = parse_connectors(reply.result(READ_STEP.id).output)
        limit = max_send_size(reply)
        return State(local_server(reply, where), connectors, read_clocks(reply, self._clock()), limit)

    @property
    def after(self) -> tuple[SendConnector, ...]:
        """The connectors once the plan that was decided is carried out."""
        return self._after

    def ages_at(self, state: State) -> datetime:
        """The moment by which a mailbox that comes into use is old enough, or not."""
        return state.clocks.ages_at(self._clock())

    def judging(self, state: State, credentials: Iterable[Credential], where: str) -> Callable[[Mailbox], None]:
        """What has to agree where the age of a mailbox is judged: the clocks, and what the ledger knows of it. Raises
        HostRefused, InputRefused or LedgerFailed."""
        anew = {each.mailbox for each in credentials if each.recreated}

        def agree(mailbox: Mailbox) -> None:
            state.clocks.require_agreement(where)
            reason = self._conflict(mailbox, where, mailbox in anew)
            refuse([reason] if reason else [])

        return agree

    def _begins(self, state: State, desired: Desired) -> bool:
        """Whether a declaration brings mail to a provider to which the connector does not hand it yet: one that is
        created, switched on, or turned to another provider, or that takes on mail of another connector to another
        provider."""
        if turns(self._after, state.connectors):
            return True
        target, hosts = find_target(state.connectors, desired), desired.values.get("smart_hosts")
        if desired.state == "absent" or target is None:
            return desired.state != "absent"
        if not target.enabled:
            return desired.values.get("enabled") is True
        before = providers_of(target.values.get("smart_hosts")) if target.hands_to_smart_host else frozenset()
        return hosts is not None and not providers_of(hosts) <= before

    def _conflict(self, mailbox: Mailbox, where: str, recreated: bool) -> Reason | None:
        return self._memory.conflict(mailbox, f"{where}, login", recreated) if self._memory else None

    def remember(self, outcome: Outcome, credentials: Iterable[Credential]) -> Outcome:
        """Record the passwords that were written; a ledger that fails must not hide what was done."""
        by_name = {each.username: each for each in credentials}
        try:
            self._remember_anew(outcome, by_name.values())
            for report in outcome.reports:
                login = report.step.parameters.get(CREDENTIAL) if report.status == DONE else None
                credential = by_name.get(login["$credential"]["username"]) if login else None
                if self._memory and credential and credential.password:
                    self._memory.record_written(credential.mailbox, credential.password, report.step.action)
        except LedgerFailed as error:
            if outcome.error is None:
                return replace(outcome, error=error)
            return replace(outcome, notices=(*outcome.notices, str(error)))
        return outcome

    def _remember_anew(self, outcome: Outcome, credentials: Iterable[Credential]) -> None:
        """Record which mailboxes were made anew, once one of their plans was carried out."""
        for each in credentials if self._memory and outcome.reports else ():
            if each.recreated and self._memory:
                self._memory.record_anew(each.mailbox)

    def to_save(self, state: State, plan: Plan) -> dict[str, Any]:
        """The touched connectors as they are, and the names of those that the plan creates; the others, too, since
        which login was in use can be told from all of them only."""
        identities = {step.parameters.get("Identity") for step in plan.steps}
        created = [step.target for step in plan.steps if "Identity" not in step.parameters]
        touched = [saved_connector(each) for each in state.connectors if each.guid in identities]
        untouched = [saved_connector(each) for each in state.connectors if each.guid not in identities]
        return {"connectors": touched, "created": created, "untouched": untouched, "plan": plan.as_data()}


class SendConnectorSubject(ConnectorSubject):
    """One declaration for one connector."""

    def __init__(self, desired: Desired, clock: Clock, memory: Observed | None = None) -> None:
        super().__init__(clock, memory)
        self.desired = desired

    def decide(self, state: State) -> Decision:
        """The plan of the declaration, judged at the clock's moment."""
        credential = self.desired.credential
        credentials = [credential] if credential else []
        agree = self.judging(state, credentials, self.desired.where)
        rotated = self._rotated(state)
        desired = replace(self.desired, rotated=rotated is True)
        decision = decide(state.connectors, desired, self.ages_at(state), agree, state.server.name)
        self._after = decision.after
        told = as_flow(decision, target=self._target_name(decision))
        told = with_warnings(told, self.desired, decision.after, state.max_send_size)
        notices = [*told.notices, *self._doubted(credential)]
        if rotated is None and credential:
            notices.append(notice_of("password_unknown", address=credential.username))
        return replace(told, notices=tuple(notices))

    def _doubted(self, credential: Credential | None) -> Iterator[str]:
        """That the ledger denies the age of a login which is in use already: that one stays, whatever its age."""
        present = credential and self.desired.state == "present"
        reason = self._conflict(credential.mailbox, "", credential.recreated) if credential and present else None
        if reason:
            yield notice_of("age_denied", found=reason.found, remedy=reason.remedy)

    def read_steps(self) -> tuple[Step, ...]:
        """The organisation's own limit besides, where a size is declared."""
        return (*super().read_steps(), *size_steps(self.desired))

    def _rotated(self, state: State) -> bool | None:
        """Whether the login's password is another one than was written last; None where it may be, and nobody knows."""
        credential, target = self.desired.credential, find_target(state.connectors, self.desired)
        asked = self.desired.state == "present" and self.desired.update_password == "auto"
        if not (self._memory and asked and credential and credential.password and target):
            return False
        if not target.logs_in_as(credential.username):
            return False
        return self._memory.rotated(credential.mailbox, credential.password)

    def waits(self, state: State, decision: Decision) -> bool:
        """Whether mail would go to another provider than before."""
        return self._begins(state, self.desired)

    def record(self, outcome: Outcome) -> Outcome:
        """Record the password, if it was written."""
        return self.remember(outcome, [self.desired.credential] if self.desired.credential else [])

    def _target_name(self, decision: ConnectorDecision) -> str | None:
        target = find_target(decision.before, self.desired)
        return target.name if target else self.desired.name

    def left_to_do(self, state: State) -> Plan | None:
        """The steps that the declaration would still take."""
        return left_of(self.desired, state)


def left_of(desired: Desired, state: State) -> Plan | None:
    """What a declaration still lacks of a state, as a plan: without safety checks and without the password."""
    target = find_target(state.connectors, desired)
    if desired.state == "absent":
        return plan_or_none(NOUN, [SEND_CONNECTOR.remove(target)] if target else [])
    step = _missing(desired) if target is None else SEND_CONNECTOR.change(target, desired.values)
    rivals = [each for each in any_domain(state.connectors) if desired.exclusive and each is not target]
    return plan_or_none(NOUN, [step, *map(disable, rivals), *_login_left(desired, target)])


def _missing(desired: Desired) -> PlannedStep:
    """The connector that should be there and is not."""
    return PlannedStep("create send connector", str(desired.name), "New-SendConnector", {}, (_EXISTS,))


_EXISTS = Change("state", "absent", "present")


def _login_left(desired: Desired, target: SendConnector | None) -> Sequence[PlannedStep]:
    if target is None or desired.credential is None or desired.update_password == "on_create":
        return ()
    return login_left(target, desired.credential.username)


def login_left(target: SendConnector, username: str) -> Sequence[PlannedStep]:
    """The login name, where the host shows that it is still another one than was to be written."""
    if target.hides_login or target.logs_in_as(username):
        return ()
    wrong = Change("login.username", target.username, username)
    return (PlannedStep("change send connector", target.name, "Set-SendConnector", {}, (wrong,)),)


def as_flow(decision: ConnectorDecision, target: str | None) -> Decision:
    """A connector decision in the run's own terms."""
    touched = {step.target for step in decision.plan.steps} if decision.plan else set()
    after = _shown(decision.after, touched)
    for step in decision.plan.steps if decision.plan else ():
        if step.target in after:
            after[step.target].update(_password_line(step))
    return Decision(
        plan=decision.plan,
        before=_shown(decision.before, touched),
        after=after,
        secrets=decision.secrets,
        notices=decision.notices,
        facts={
            "connector": target,
            "password": decision.password.as_data(),
            "other_connectors": [_other(each) for each in decision.others],
            "other_routes": routes.facts(target, decision.after),
        },
        refusal=decision.refusal,
    )


def _shown(connectors: Iterable[SendConnector], touched: set[str]) -> dict[str, dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for each in sorted(connectors, key=lambda connector: connector.name.lower()):
        if each.name in touched:
            login = {"login.username": each.username} if each.username else {}
            shown[each.name] = {**SETTINGS.show(each.values), **login}
    return shown


def _password_line(step: PlannedStep) -> dict[str, Any]:
    return {each.option: each.after for each in step.changes if each.option == "login.password"}


def _other(connector: SendConnector) -> dict[str, Any]:
    return {
        "name": connector.name,
        "cost": connector.cost_of_any_domain,
        "smart_hosts": SETTINGS.show(connector.values).get("smart_hosts", []),
    }
