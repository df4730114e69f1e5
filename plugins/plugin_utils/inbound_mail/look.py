# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at a host's incoming mail: what the host shows and what its providers tell, in one remote process, beside
what the last look has kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from ..agent.session import Session, ask_to_read
from ..controller.last_look import LastLook
from ..errors import LedgerFailed
from ..lenient import first, inside, number, text, texts
from ..mailboxes.ledger import Ledger
from ..messages import notice_of
from ..pop3_connector import targets
from ..pop3_connector.fetch import hidden
from ..pop3_connector.state import State
from ..pop3_connector.targets import TargetVerdict
from ..pop3_connector.waiting import Asking
from ..preflight.finding import UNKNOWN, Finding
from ..preflight.host_rows import ROWS
from ..request import ExchangeShell, Request, Step
from .desired import Desired
from .kept import KeptMailbox, as_content, read_kept
from .known_file import KEY, as_known, read_known
from .providers import (
    AskingPlan,
    Pauses,
    WaitingMail,
    answered,
    asking_step,
    nobody_asked,
    not_made,
    note_asking,
    plan_asking,
)
from .reading import LOG_ID, SeenInbound, parse_seen, read_steps
from .verdict import InboundSituation, judge_inbound

MOST_REFUSED = 100
"""So many rows of refusals are told, the most frequent first."""
CHECKS = ("disk", "back_pressure", "services")
"""The checks of the preflight that tell whether this server takes mail."""


def look_at_inbound(
    session: Session, shell: ExchangeShell, desired: Desired, last: LastLook, ledger: Ledger, now: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Incoming mail for a task's result, and what there is to warn of. Raises MailflowError; nothing is written on the
    host. Where Exchange outlasts the session's patience, all but its part is told."""
    kept = read_kept(last.content, now)
    asking = _Asking(session, desired, ledger, kept, Pauses(ledger, now), now)
    why = notice_of("look_not_wanted") if not desired.ask_providers else "" if last.held else last.problem
    known = read_known(last.content, session.where, desired.key_map, ledger)
    ahead = asking.prepared(known) if known and not why else None
    with session.progress.stage(notice_of("stage_inbound")):
        steps = read_steps(desired, ahead.step if ahead else None)
        reply, again = ask_to_read(session, Request(steps, shell))
    seen = parse_seen(reply, session.where, desired)
    mail = asking.of(seen, ahead, why) if seen.state else ()
    situation = _situation(seen, desired, mail, last, now)
    # An account that could not be read now is not forgotten, one that is gone is.
    mailboxes = {each.name: each.kept for each in mail if each.kept} if seen.state else kept
    file = as_known(seen.state, desired.key_map, ledger) if seen.state else inside(last.content.get(KEY))
    last.keep({**as_content(mailboxes, now, seen.bad_mail), KEY: file})
    problems = [each for each in (last.damage, last.problem) if each]
    return _told(seen, situation, last), (*again, *reply.warnings, *problems)


@dataclass(frozen=True)
class _Prepared:
    """Logins that are kept and may be made: of which file, whom, and the step; or why nobody may be asked."""

    state: State
    plan: AskingPlan
    step: Step | None
    why: str = ""


@dataclass(frozen=True)
class _Asking:
    """What waits at the providers, asked in the process that reads, where the file is known from the last look: where
    its passwords stand is known then. A file that is new, or another one, is asked about in a process of its own."""

    session: Session
    desired: Desired
    ledger: Ledger
    kept: Mapping[str, KeptMailbox]
    pauses: Pauses
    now: datetime

    def prepared(self, state: State) -> _Prepared:
        """The logins of a file, each kept in the ledger before it is made."""
        wanted, nobody = self.desired, Asking((), {})
        try:
            plan = plan_asking(state, wanted.key_map, wanted.confirm_clear_text, self.pauses, self.kept)
            step = asking_step(wanted, state, plan.asked, self.pauses)
        except LedgerFailed as error:
            return _Prepared(state, AskingPlan(nobody, ()), None, error.reasons[0].found)
        why = note_asking(self.ledger, self.session.where, self.now, plan.asked) if step else ""
        return _Prepared(state, plan, None if why else step, why)

    def of(self, seen: SeenInbound, ahead: _Prepared | None, why: str) -> tuple[WaitingMail, ...]:
        """What is known of each account's mailbox, in the file's order."""
        state, reply, made = seen.state, seen.reply, ahead
        if state is None or not state.accounts:
            return ()
        if why:
            return nobody_asked(state, self.kept, why)
        if made is None or made.state.sha256 != state.sha256 or not_made(reply):
            made = self.prepared(state)
            if made.step:
                with self.session.progress.stage(notice_of("stage_asking_providers")):
                    reply = self.session.read(Request((made.step,)))
        if made.why:
            return nobody_asked(state, self.kept, made.why)
        wanted = self.desired
        # By what the file is now: a password that no longer opens is told, whatever the last look saw.
        plan = plan_asking(state, wanted.key_map, wanted.confirm_clear_text, self.pauses, self.kept)
        mail = (*answered(reply, made.plan.asked, plan.asked, self.kept, self.now), *plan.others)
        order = [str(each.identity) for each in state.accounts]
        return tuple(sorted(mail, key=lambda each: order.index(each.name)))


def _situation(
    seen: SeenInbound, desired: Desired, mail: tuple[WaitingMail, ...], last: LastLook, now: datetime
) -> InboundSituation:
    state = seen.state
    mapped = "mailbox" in desired.key_map.options
    return InboundSituation(
        now=now,
        ahead=seen.ahead(now),
        hours=desired.hours,
        domains=desired.domains,
        accounts=mail if state else None,
        service=state.service if state else None,
        task=state.task if state else None,
        collected=seen.collected,
        received=seen.received,
        receive_log=seen.receive_log,
        internet=None if seen.connectors is None else len(seen.connectors),
        checks=tuple(_checks(seen, now)),
        targets=tuple(_targets(seen, desired)) if mapped else (),
        unmapped=not mapped,
        log_at=seen.log_at,
        bad_mail=(seen.bad_mail, number(last.content.get("bad_mail"))),
        unread=seen.unread,
        looked_before=bool(last.content),
    )


def _checks(seen: SeenInbound, now: datetime) -> Iterator[tuple[str, Finding]]:
    situation = seen.situation(seen.clock or now)
    for check in ROWS:
        if check.name in CHECKS:
            found = check.judge(situation)
            if found is not None:
                yield check.name, found


def _targets(seen: SeenInbound, desired: Desired) -> Iterator[tuple[str, str, TargetVerdict]]:
    """Where the mail of each account goes, as far as Exchange tells."""
    known = targets.recipients(seen.reply)
    for account in seen.state.accounts if seen.state else ():
        target = account.value(desired.key_map.options["mailbox"].key)
        if target:
            yield str(account.identity), target, known.judge(target)


def _told(seen: SeenInbound, situation: InboundSituation, last: LastLook) -> dict[str, Any]:
    """The look as plain data."""
    state, task = seen.state, situation.task
    log = first(seen.reply.result(LOG_ID).output)
    return {
        **judge_inbound(situation).as_data(),
        "ways": sorted(situation.ways),
        "domains": [{"domain": each.domain, "way": each.way} for each in situation.domains],
        "compared_with": text(last.content.get("saved_at")),
        "accounts": None if situation.accounts is None else [each.as_data() for each in situation.accounts],
        "targets": [
            {"account": name, "target": target, "outcome": found.outcome, "text": found.text}
            for name, target, found in situation.targets
        ],
        "service": None if state is None else vars(state.service),
        "fetch_task": None if task is None else {"exists": task.exists, "enabled": task.enabled},
        "log": {
            "folder": text(log.get("Folder")),
            "name": text(log.get("Name")),
            "last_write_time": text(log.get("LastWriteTime")),
            "length": number(log.get("Length")),
            "lines": hidden(texts(log.get("Lines"))),
        },
        "bad_mail": seen.bad_mail,
        "collectors": [{"name": str(each), "runs": each.runs} for each in seen.collected],
        "received": _received(situation),
        "refused": [each.as_data() for each in islice(seen.receive_log.refused, MOST_REFUSED)],
        "checks": {name: {"result": found.result, "found": found.found} for name, found in situation.checks},
        "unknown": _unknown(situation),
    }


def _received(situation: InboundSituation) -> dict[str, Any]:
    received = situation.received
    newest = received.newest()
    return {
        "hours": situation.hours,
        "messages": received.count,
        "cut": received.cut,
        "newest": newest.isoformat() if newest else None,
        "by": [each.as_data() for each in received.by or ()],
        "twice": [{"message_id": name, "count": count} for name, count in received.twice],
    }


def _unknown(situation: InboundSituation) -> list[str]:
    """What is not known, by name."""
    names = [each.name for each in situation.unread]
    names += [name for name, found in situation.checks if found.result == UNKNOWN]
    return sorted({*names, *(["targets"] if situation.accounts and situation.unmapped else [])})
