# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at a host's incoming mail: what the host shows, in one remote process; what its providers tell, where one
may be asked, in a second; and both beside what the last look has kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from ..agent.session import Session, ask_to_read
from ..controller.last_look import LastLook
from ..errors import LedgerFailed
from ..lenient import first, number, text, texts
from ..mailboxes.ledger import Ledger
from ..messages import notice_of
from ..pop3_connector import targets
from ..pop3_connector.fetch import hidden
from ..pop3_connector.targets import TargetVerdict
from ..pop3_connector.waiting import count_step
from ..preflight.finding import UNKNOWN, Finding
from ..preflight.host_rows import ROWS
from ..request import ExchangeShell, Request
from .desired import Desired
from .kept import KeptMailbox, as_content, read_kept
from .providers import COUNT_ID, WaitingMail, answered, nobody_asked, note_asking, pause_until, plan_asking
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
    host."""
    with session.progress.stage(notice_of("stage_inbound")):
        reply, again = ask_to_read(session, Request(read_steps(desired), shell))
    seen = parse_seen(reply, session.where, desired)
    kept = read_kept(last.content, now)
    mail = _ask(session, desired, seen, last, ledger, kept, now)
    situation = _situation(seen, desired, mail, last, now)
    known = {each.name: each.kept for each in mail if each.kept}
    # An account that could not be read now is not forgotten, one that is gone is.
    last.keep(as_content(known if seen.state else kept, now, seen.bad_mail))
    problems = [each for each in (last.damage, last.problem) if each]
    return _told(seen, situation, last), (*again, *reply.warnings, *problems)


def _ask(
    session: Session,
    desired: Desired,
    seen: SeenInbound,
    last: LastLook,
    ledger: Ledger,
    kept: dict[str, KeptMailbox],
    now: datetime,
) -> tuple[WaitingMail, ...]:
    """What waits at the providers, asked in a remote process of its own: where the passwords stand in the file is known
    only once it was read."""
    if seen.state is None or not seen.state.accounts:
        return ()
    why = "" if last.held else last.problem
    if not desired.ask_providers:
        why = notice_of("look_not_wanted")
    try:
        pause = pause_until(ledger, now, seen.log_at - seen.ahead(now) if seen.log_at else None)
        plan = plan_asking(seen.state, desired.key_map, desired.confirm_clear_text, pause, kept)
    except LedgerFailed as error:
        return nobody_asked(seen.state, kept, error.reasons[0].found)
    counting = count_step(COUNT_ID, desired.place, seen.state, plan.asked, uids=True)
    if counting is None:
        return plan.others
    why = why or note_asking(ledger, session.where, now, plan.asked)
    if why:
        return nobody_asked(seen.state, kept, why)
    with session.progress.stage(notice_of("stage_asking_providers")):
        reply = session.read(Request((counting,)))
    mail = (*answered(reply, plan.asked, kept, now), *plan.others)
    order = [str(each.identity) for each in seen.state.accounts]
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
        "newest": newest.isoformat() if newest else None,
        "by": [each.as_data() for each in received.by or ()],
        "twice": [{"message_id": name, "count": count} for name, count in received.twice],
    }


def _unknown(situation: InboundSituation) -> list[str]:
    """What is not known, by name."""
    names = [each.name for each in situation.unread]
    names += [name for name, found in situation.checks if found.result == UNKNOWN]
    return sorted({*names, *(["targets"] if situation.accounts and situation.unmapped else [])})
