# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which mailbox logs in: from their ages, what was observed of them, and the login in use, to one decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..account_age import show_moment, too_young
from ..errors import Reason
from ..mailboxes.candidates import Candidate
from ..mailboxes.names import mailbox_key
from ..messages import notice_of, reason_of
from .window import SwitchWindow

KEEP, SWITCH, POSTPONE, NOBODY = "keep", "switch", "postpone", "nobody"
BACK = "back"
"""What became of a switch after which the provider refused the new login."""


@dataclass(frozen=True)
class MailboxChoice:
    """What happens to the login.

    ``candidate`` is the mailbox that the connector uses after the run, None where its login is none of the declared
    ones and stays. ``previous`` is the declared mailbox in use now, ``current`` whatever login is, ``untold`` where the
    host has one and does not report it. ``reasons`` say why no mailbox may be used. ``coming`` is the mailbox that
    ``next_event`` is about, ``passed_over`` are the preferred ones that are not tried.
    """

    kind: str
    why: str
    candidate: Candidate | None = None
    previous: Candidate | None = None
    reasons: tuple[Reason, ...] = ()
    notices: tuple[str, ...] = ()
    next_moment: datetime | None = None
    next_event: str | None = None
    coming: Candidate | None = None
    passed_over: tuple[Candidate, ...] = ()
    current: str | None = None
    untold: bool = False


def choose(
    candidates: Sequence[Candidate],
    current: str | None,
    window: SwitchWindow,
    now: datetime,
    where: str,
    ages_at: datetime | None = None,
    untold: bool = False,
) -> MailboxChoice:
    """The decision at ``now``, given the login that the connector has (None: none, or one that is ``untold`` by the
    host); ages are judged at ``ages_at``, by default at the same moment."""
    ages_at = ages_at or now
    best = next((each for each in candidates if each.usable_at(ages_at)), None)
    previous = next(
        (each for each in candidates if current and mailbox_key(each.username) == mailbox_key(current)), None
    )
    decision = _decide(best, previous, current, window, now, candidates, where, ages_at, untold)
    barred = _passed_over(candidates, decision.candidate)
    notices = (notice_of("mailbox_passed_over", address=each.mailbox.address, barred=each.barred) for each in barred)
    decision = replace(
        decision, notices=(*decision.notices, *notices), passed_over=barred, current=current, untold=untold
    )
    if decision.next_moment is not None:
        return decision
    moment, event, coming = _next_event(candidates, decision.candidate, window, ages_at)
    return replace(decision, next_moment=moment, next_event=event, coming=coming)


def _decide(
    best: Candidate | None,
    previous: Candidate | None,
    current: str | None,
    window: SwitchWindow,
    now: datetime,
    candidates: Sequence[Candidate],
    where: str,
    ages_at: datetime,
    untold: bool,
) -> MailboxChoice:
    if best is None:
        return _nobody(candidates, previous, current, ages_at, where, untold)
    name = best.mailbox.address
    if best is previous:
        return MailboxChoice(KEEP, notice_of("account_in_use", address=name), best, best)
    if previous and previous.usable_at(ages_at) and not window.contains(now):
        opens = window.next_moment(now)
        why = notice_of("account_postponed", address=name, moment=show_moment(opens, window.zone))
        event = notice_of("event_switch", address=name)
        return MailboxChoice(POSTPONE, why, previous, previous, next_moment=opens, next_event=event, coming=best)
    found = current or notice_of("unknown_login" if untold else "no_login")
    return MailboxChoice(SWITCH, notice_of("account_switched", found=found, address=name), best, previous)


def _passed_over(candidates: Sequence[Candidate], chosen: Candidate | None) -> tuple[Candidate, ...]:
    """The preferred mailboxes that are not tried: no time to come will change that by itself."""
    preferred = candidates if chosen is None else candidates[: candidates.index(chosen)]
    return tuple(each for each in preferred if each.barred is not None)


def _nobody(
    candidates: Sequence[Candidate],
    previous: Candidate | None,
    current: str | None,
    now: datetime,
    where: str,
    untold: bool,
) -> MailboxChoice:
    """No declared mailbox may be used: what is in use stays, and is reported."""
    reasons = tuple(_reason(each, now, where) for each in candidates)
    if previous is not None:
        return MailboxChoice(KEEP, notice_of("account_none_usable"), previous, previous, reasons, (_kept(previous),))
    if current or untold:
        notice = notice_of("foreign_login_kept", username=current) if current else notice_of("unknown_login_kept")
        return MailboxChoice(KEEP, notice_of("account_none_usable"), None, None, reasons, (notice,))
    return MailboxChoice(NOBODY, notice_of("account_none_usable"), reasons=reasons)


def _kept(previous: Candidate) -> str:
    """The notice that a login stays although it may not be chosen."""
    if previous.barred is not None:
        return notice_of("barred_login_kept", username=previous.username, barred=previous.barred)
    relief = show_moment(previous.mailbox.usable_from, previous.mailbox.zone)
    return notice_of("young_login_kept", username=previous.username, relief=relief)


def _reason(candidate: Candidate, now: datetime, where: str) -> Reason:
    if candidate.barred is not None:
        return reason_of("mailbox_barred", where, address=candidate.mailbox.address, barred=candidate.barred)
    return too_young(candidate.mailbox, now, where)


def _next_event(
    candidates: Sequence[Candidate], chosen: Candidate | None, window: SwitchWindow, now: datetime
) -> tuple[datetime | None, str | None, Candidate | None]:
    """The next moment at which something will happen: a mailbox before the chosen one comes of age, or any where
    the chosen one is only kept for want of another."""
    settled = chosen is not None and chosen.usable_at(now)
    before = candidates[: candidates.index(chosen)] if chosen is not None and settled else candidates
    coming = [each for each in before if each.barred is None and not each.mailbox.usable_at(now)]
    if not coming:
        return None, None, None
    first = min(coming, key=lambda each: each.mailbox.usable_from)
    moment = first.mailbox.usable_from
    if first is chosen:
        return moment, notice_of("event_relief", address=first.mailbox.address), first
    opens = window.next_moment(moment) if settled else moment
    return opens, notice_of("event_switch", address=first.mailbox.address), first
