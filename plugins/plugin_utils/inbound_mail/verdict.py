# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether mail comes in: which state that is, why, and what to do next. Nothing is assumed of what nobody tells: it
is named, and no state is called healthy while something that matters on this host is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ..inbound.ways import COLLECTOR, MX, POP3, DomainWay
from ..messages import notice_of
from ..pop3_connector.collectors import FoundCollector
from ..pop3_connector.state import Service
from ..pop3_connector.targets import EXCHANGES, MISSING, OUTSIDE, TargetVerdict
from ..pop3_connector.targets import UNKNOWN as TARGET_UNKNOWN
from ..pop3_connector.task import HostTask
from ..preflight.finding import FAIL, PASS, UNKNOWN, WARN, Finding
from ..receive_connector.places import INTERNET, OWN
from .providers import BUSY, COUNTED, LATER, REFUSED_LOGIN, UNREACHED, WaitingMail
from .reading import Unread
from .received import ReceivedMail
from .refusals import CLASSES, ReceiveLog, Refused, state_of
from .states import HEALTHY, LOSING, NOTICED, STATES, STUCK, WAITING, worst_of

LONG_WAIT: Final = timedelta(hours=1)
"""The connector fetches more often: what waits longer was passed over."""
NOTHING_COMES: Final = timedelta(hours=4)
"""What waits so long will not be fetched by itself."""
RECENT: Final = timedelta(hours=1)
"""A refusal for now that is older has probably passed."""
QUIET_LOG: Final = timedelta(hours=24)
"""A connector that fetches writes its log more often, as far as is known."""


@dataclass(frozen=True)
class InboundFinding:
    """One thing that was seen, the state for which it is enough by itself, and what to do."""

    state: str
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class InboundVerdict:
    """``kind`` is one of STATES; ``why`` and ``next`` are sentences."""

    kind: str
    why: tuple[str, ...]
    next: tuple[str, ...]
    waiting: int | None

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        return {
            "verdict": self.kind,
            "at_least": list(STATES[: STATES.index(self.kind) + 1]),
            "why": list(self.why),
            "what_to_do": list(self.next),
            "waiting": self.waiting,
        }


@dataclass(frozen=True)
class InboundSituation:
    """What is judged. ``now`` is the controller's clock, by which it keeps what it has seen, and ``ahead`` how far the
    host's is before it. ``accounts`` None: not known which there are; ``checks``: by name what the preflight's
    checks of the host find (disk, back_pressure, services); ``internet`` how many connectors take mail from
    the internet (None: not known); ``targets`` by account; ``bad_mail`` now and at the last look."""

    now: datetime
    ahead: timedelta = timedelta(0)
    hours: int = 24
    domains: tuple[DomainWay, ...] = ()
    accounts: tuple[WaitingMail, ...] | None = ()
    service: Service | None = None
    task: HostTask | None = None
    collected: tuple[FoundCollector, ...] = ()
    received: ReceivedMail = ReceivedMail(())
    receive_log: ReceiveLog = ReceiveLog()
    internet: int | None = 0
    checks: tuple[tuple[str, Finding], ...] = ()
    targets: tuple[tuple[str, str, TargetVerdict], ...] = ()
    unmapped: bool = False
    log_at: datetime | None = None
    bad_mail: tuple[int | None, int | None] = (None, None)
    unread: tuple[Unread, ...] = ()
    looked_before: bool = False

    @property
    def ways(self) -> frozenset[str]:
        """The ways by which mail is to come in: those declared, else those that the host shows."""
        if self.domains:
            return frozenset(each.way for each in self.domains)
        shown = {POP3: bool(self.accounts), COLLECTOR: bool(self.collected), MX: self.takes_mail}
        return frozenset(way for way, is_used in shown.items() if is_used)

    @property
    def takes_mail(self) -> bool:
        """Whether mail comes from the internet, or may."""
        return bool(self.internet) or self.received.of(INTERNET) > 0

    @property
    def fetches(self) -> bool:
        """Whether mail is fetched from a provider, who no longer has it then."""
        return bool(self.accounts) or any(each.runs for each in self.collected)

    @property
    def fetched_by_task(self) -> bool:
        """Whether a scheduled task makes the connector fetch."""
        return bool(self.task and self.task.exists and self.task.enabled and self.task.fetches)

    @property
    def connector_works(self) -> bool:
        """Whether the connector fetches: what the server hands over to itself is nobody's fetched mail otherwise."""
        return self.fetched_by_task or (self.service is not None and self.service.status == "Running")

    @property
    def waiting(self) -> int | None:
        """Messages at the providers, of the mailboxes of which it is known."""
        known = [each.kept.messages for each in self.accounts or () if each.kept and each.kept.messages is not None]
        return sum(known) if known else None

    def age(self, at: datetime) -> timedelta:
        """How long a moment of the controller's clock is over."""
        return max(self.now - at, timedelta(0))

    def on_host(self, at: datetime) -> timedelta:
        """How long a moment of the host's clock is over."""
        return self.age(at - self.ahead)


def judge_inbound(situation: InboundSituation) -> InboundVerdict:
    """The verdict on a situation."""
    found = [finding for look in _LOOKS for finding in look(situation)]
    found.sort(key=lambda each: -STATES.index(each.state))
    kind = worst_of(each.state for each in found)
    if kind == HEALTHY:
        found.insert(0, InboundFinding(HEALTHY, notice_of("look_healthy")))
    todo = dict.fromkeys(each.remedy for each in found if each.remedy and each.state != HEALTHY)
    return InboundVerdict(kind, tuple(dict.fromkeys(each.text for each in found)), tuple(todo), situation.waiting)


_CHECKS: Final = {
    "disk": {WARN: (NOTICED, NOTICED), FAIL: (LOSING, STUCK)},
    "back_pressure": {WARN: (LOSING, NOTICED), FAIL: (LOSING, STUCK)},
    "services": {WARN: (NOTICED, NOTICED), FAIL: (STUCK, STUCK)},
}
"""The state for which a finding of the host is enough: where mail is fetched, and where senders try again. From medium
pressure on Exchange takes nothing from a collector, which may have deleted it at the provider."""


def _of_host(situation: InboundSituation) -> Iterator[InboundFinding]:
    for name, finding in situation.checks:
        if finding.result == UNKNOWN:
            yield InboundFinding(NOTICED, notice_of("look_untold", what=_what(name), problem=finding.found))
        elif finding.result != PASS:
            fetched, tried_again = _CHECKS[name][finding.result]
            state = fetched if situation.fetches else tried_again
            lost = notice_of("look_may_be_lost") if state == LOSING else ""
            yield InboundFinding(state, " ".join(filter(None, (f"{_sentence(finding.found)}.", lost))), finding.remedy)


def _sentence(found: str) -> str:
    return found[:1].upper() + found[1:]


def _of_targets(situation: InboundSituation) -> Iterator[InboundFinding]:
    """Where the mail of an account goes: what has no place here is lost once it is fetched."""
    for account, target, verdict in situation.targets:
        if verdict.outcome in _TARGETS:
            state, target_key, remedy = _TARGETS[verdict.outcome]
            text = notice_of(target_key, account=account, target=target, text=verdict.text)
            yield InboundFinding(state, text, notice_of(remedy, target=target))
    if situation.accounts and situation.unmapped:
        yield InboundFinding(NOTICED, notice_of("look_unmapped"), notice_of("look_do_map"))


_TARGETS: Final = {
    MISSING: (LOSING, "look_target_missing", "look_do_target"),
    OUTSIDE: (WAITING, "look_target_outside", "look_do_target"),
    EXCHANGES: (LOSING, "look_target_exchanges", "look_do_target"),
    TARGET_UNKNOWN: (NOTICED, "look_target_unknown", "look_do_exchange"),
}


def _of_service(situation: InboundSituation) -> Iterator[InboundFinding]:
    """Without its service the connector fetches nothing, unless a task starts it."""
    task, service = situation.task, situation.service
    if not situation.accounts:
        return
    if task is not None and task.exists and not task.enabled:
        yield InboundFinding(NOTICED, notice_of("look_task_off"), notice_of("look_do_task"))
    if service is None:
        return
    if service.status is None or not service.exists:
        key = "look_service_missing" if not service.exists else "look_service_untold"
        state = NOTICED if service.exists else STUCK
        yield InboundFinding(state, notice_of(key, name=service.name), notice_of("look_do_service_missing"))
    elif service.status != "Running":
        state = NOTICED if situation.fetched_by_task else STUCK
        text = notice_of("look_service", name=service.name, status=service.status)
        yield InboundFinding(state, text, notice_of("look_do_service"))


def _of_providers(situation: InboundSituation) -> Iterator[InboundFinding]:
    for each in situation.accounts or ():
        yield from _of_login(situation, each)
        if each.outcome in (COUNTED, LATER, BUSY):
            yield from _of_wait(situation, each)
        if each.outcome == COUNTED:
            yield from _of_comparison(situation, each)


def _of_login(situation: InboundSituation, mail: WaitingMail) -> Iterator[InboundFinding]:
    name, text = mail.name, mail.text
    if mail.outcome == REFUSED_LOGIN:
        yield InboundFinding(
            STUCK, notice_of("look_login_refused", account=name, text=text), notice_of("look_do_account")
        )
    elif mail.outcome == UNREACHED:
        yield InboundFinding(STUCK, notice_of("look_unreached", account=name, text=text), notice_of("look_do_reach"))
    elif mail.outcome in (BUSY, LATER):
        known = situation.age(mail.kept.asked) < NOTHING_COMES if mail.kept else mail.outcome == BUSY
        state = HEALTHY if known else NOTICED
        yield InboundFinding(state, notice_of("look_not_now", account=name, text=text))
    elif mail.outcome != COUNTED:
        yield InboundFinding(NOTICED, notice_of("look_not_asked", account=name, text=text))
    if mail.account.password is not None and mail.account.password.readable is False:
        yield InboundFinding(STUCK, notice_of("look_password", account=name), notice_of("look_do_password"))


def _of_wait(situation: InboundSituation, mail: WaitingMail) -> Iterator[InboundFinding]:
    kept = mail.kept
    if kept is None or not kept.messages:
        return
    if kept.since is None:
        yield InboundFinding(NOTICED, notice_of("look_waits_untold", account=mail.name, messages=kept.messages))
        return
    if kept.since >= situation.now:
        yield InboundFinding(HEALTHY, notice_of("look_waits_new", account=mail.name, messages=kept.messages))
        return
    waits = situation.age(kept.since)
    state = STUCK if waits >= NOTHING_COMES else WAITING if waits >= LONG_WAIT else HEALTHY
    shown = _shown(kept.since)
    text = notice_of("look_waits", account=mail.name, messages=kept.messages, hours=_hours(waits), since=shown)
    remedy = notice_of("look_do_waiting") if state != HEALTHY else ""
    yield InboundFinding(state, text, remedy)


def _of_comparison(situation: InboundSituation, mail: WaitingMail) -> Iterator[InboundFinding]:
    """What is fetched again, or never deleted."""
    found = mail.compared
    if found is None or found.before is None:
        return
    if found.back:
        text = notice_of("look_back", account=mail.name, messages=found.back)
        yield InboundFinding(NOTICED, text, notice_of("look_do_twice"))
    handed = situation.received.newest(OWN)
    came_in = handed is not None and handed - situation.ahead > found.before
    alone = len(situation.accounts or ()) == 1 or bool(situation.received.twice)
    alone = alone and situation.connector_works
    if found.remained and found.left == 0 and came_in and alone:
        text = notice_of("look_never_deleted", account=mail.name, messages=found.remained, at=_shown(handed))
        yield InboundFinding(STUCK, text, notice_of("look_do_never_deleted"))


def _of_connector(situation: InboundSituation) -> Iterator[InboundFinding]:
    """What the connector leaves behind."""
    now, before = situation.bad_mail
    if now:
        grown = before is not None and now > before
        key = "look_bad_mail_more" if grown else "look_bad_mail"
        text = notice_of(key, messages=now, before=before if grown else now)
        yield InboundFinding(NOTICED, text, notice_of("look_do_bad_mail"))
    quiet = situation.on_host(situation.log_at) if situation.log_at else timedelta(0)
    if situation.accounts and quiet >= QUIET_LOG:
        text = notice_of("look_log_old", hours=_hours(quiet), at=_shown(situation.log_at))
        yield InboundFinding(NOTICED, text, notice_of("look_do_waiting"))


def _of_received(situation: InboundSituation) -> Iterator[InboundFinding]:
    """What came in: nothing at all for hours is worth a look, and so is what came in twice."""
    received, hours = situation.received, situation.hours
    if received.by is None:
        return
    if not received.count:
        yield InboundFinding(NOTICED, notice_of("look_nothing", hours=hours), notice_of("look_do_nothing"))
    elif MX in situation.ways and situation.domains and not received.of(INTERNET):
        yield InboundFinding(NOTICED, notice_of("look_nothing_mx", hours=hours), notice_of("look_do_mx"))
    most = max((count for _id, count in received.twice), default=0)
    if most:
        text = notice_of("look_twice", messages=len(received.twice), most=most)
        yield InboundFinding(NOTICED, text, notice_of("look_do_twice"))


def _of_ways(situation: InboundSituation) -> Iterator[InboundFinding]:
    """Ways that are declared and not there, and collectors beside the connector."""
    declared = {way: [each.domain for each in situation.domains if each.way == way] for way in (MX, POP3, COLLECTOR)}
    if declared[POP3] and situation.accounts == ():
        yield _missing("look_no_accounts", declared[POP3], "look_do_accounts")
    known = all(each.name != "collectors" for each in situation.unread)
    if declared[COLLECTOR] and known and not any(each.runs for each in situation.collected):
        yield _missing("look_no_collector", declared[COLLECTOR], "look_do_collector")
    if declared[MX] and situation.internet == 0:
        yield _missing("look_no_connector", declared[MX], "look_do_connector")
    if situation.collected:
        beside = bool(situation.accounts) and not declared[COLLECTOR]
        text = notice_of("look_collectors", names="; ".join(map(str, situation.collected)))
        yield InboundFinding(NOTICED if beside else HEALTHY, text, notice_of("look_do_collectors"))
    if not situation.ways and situation.accounts is not None and situation.internet is not None and known:
        yield InboundFinding(STUCK, notice_of("look_no_way"), notice_of("look_do_way"))


def _missing(missing_key: str, domains: Sequence[str], todo: str) -> InboundFinding:
    names = ", ".join(dict.fromkeys(domains))
    return InboundFinding(STUCK, notice_of(missing_key, names=names), notice_of(todo))


def _of_refusals(situation: InboundSituation) -> Iterator[InboundFinding]:
    """One finding a class and state: what was refused most is quoted."""
    groups: dict[tuple[str, str], list[Refused]] = {}
    for each in situation.receive_log.refused:
        recent = each.last is None or situation.on_host(each.last) <= RECENT
        groups.setdefault((state_of(each, situation.fetches, recent), each.kind), []).append(each)
    for (state, kind), found in groups.items():
        row, most = CLASSES[kind], found[0]
        text = notice_of(
            "look_refused",
            count=sum(each.count for each in found),
            kind=kind,
            meaning=notice_of(row.meaning),
            address=most.address,
            connector=most.connector,
            words=most.words or most.code,
        )
        lost = notice_of("look_may_be_lost") if state == LOSING else ""
        yield InboundFinding(state, " ".join(filter(None, (text, lost))), notice_of(row.remedy))
    yield from _of_receive_log(situation)


def _of_receive_log(situation: InboundSituation) -> Iterator[InboundFinding]:
    """A connector that logs nothing shows nothing."""
    if situation.receive_log.files == 0:
        state = NOTICED if MX in situation.ways else HEALTHY
        yield InboundFinding(state, notice_of("look_no_receive_log"), notice_of("look_do_receive_log"))
    if situation.receive_log.cut:
        yield InboundFinding(NOTICED, notice_of("look_receive_log_cut"))


_FETCHING: Final = ("log", "bad_mail", "fetch_task")
"""What matters where the connector has accounts alone."""


def _of_unread(situation: InboundSituation) -> Iterator[InboundFinding]:
    for each in situation.unread:
        if each.name not in _FETCHING or situation.accounts or situation.accounts is None:
            problem = each.problem or notice_of("pop3_no_answer")
            text = notice_of("look_untold", what=_what(each.name), problem=problem)
            yield InboundFinding(NOTICED, text, notice_of("look_do_unread"))


_LOOKS: Final = (
    _of_host,
    _of_targets,
    _of_service,
    _of_providers,
    _of_ways,
    _of_refusals,
    _of_connector,
    _of_received,
    _of_unread,
)
"""What is looked at, the most urgent first among those of one state."""
_WORDS: Final = {
    "clock": "look_what_clock",
    "accounts": "look_what_accounts",
    "log": "look_what_log",
    "bad_mail": "look_what_bad_mail",
    "fetch_task": "look_what_fetch_task",
    "collectors": "look_what_collectors",
    "own_addresses": "look_what_own_addresses",
    "receive_connectors": "look_what_receive_connectors",
    "received": "look_what_received",
    "refusals": "look_what_refusals",
    "disk": "look_what_disk",
    "back_pressure": "look_what_back_pressure",
    "services": "look_what_services",
}


def _what(name: str) -> str:
    return notice_of(_WORDS[name])


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.1f}"


def _shown(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "?"
