# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line that every run ends with: which mailbox logs in now, which one takes over, when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..account_age import show_moment
from ..errors import MailflowError
from ..mailboxes.candidates import Candidate
from ..messages import notice_of
from ..run.outcome import Outcome
from .choice import BACK, POSTPONE, SWITCH, MailboxChoice
from .switch import login_written
from .window import DAYS, SwitchWindow

Judged = Callable[[Candidate], Candidate]
"""A mailbox with what is known of it by now."""


def headline(
    choice: MailboxChoice, outcome: Outcome, candidates: Sequence[Candidate], window: SwitchWindow, judged: Judged
) -> str:
    """The line of a run that has made this choice among the candidates, with the dates of the window's zone."""
    failed = outcome.error is not None and login_written(outcome)
    undone = failed or (choice.kind == SWITCH and not login_written(outcome))
    later = [_not_switched(choice, outcome, judged)] if undone else []
    if choice.coming or not undone:
        later += _later(choice, [judged(each) for each in candidates], window)
    passed = (
        notice_of("headline_passed_over", address=each.mailbox.address, barred=each.barred)
        for each in choice.passed_over
    )
    return "; ".join([_now(choice, outcome), *later, *passed])


def undecided(error: MailflowError | None, candidates: Sequence[Candidate], now: datetime, zone: ZoneInfo) -> str:
    """The line of a run that came to no choice: of the preferred mailbox it knows the declared age alone."""
    mailbox = candidates[0].mailbox
    key = "headline_old_enough" if mailbox.usable_at(now) else "headline_not_old_enough"
    known = notice_of(key, address=mailbox.address, moment=show_day(mailbox.usable_from, zone))
    return "; ".join([notice_of("headline_undecided", problem=_found(error)), known])


def show_day(moment: datetime, zone: ZoneInfo) -> str:
    """A moment with its day of the week, which nobody can take for another date: 2026-12-04 (Friday) 07:00 CET."""
    day, time = show_moment(moment, zone).split(" ", 1)
    return f"{day} ({DAYS[date.fromisoformat(day).weekday()].capitalize()}) {time}"


def _now(choice: MailboxChoice, outcome: Outcome) -> str:
    """Who logs in when the run is over."""
    before = _before(choice)
    if choice.kind != SWITCH or choice.candidate is None:
        return notice_of("headline_in_use", who=before)
    address = choice.candidate.mailbox.address
    if outcome.decision.facts.get("decision") == BACK:
        return notice_of("headline_back", who=before)
    if login_written(outcome):
        return notice_of("headline_took_over", address=address, before=before)
    if outcome.reports and outcome.changed:
        return notice_of("headline_unknown", address=address, before=before)
    return notice_of("headline_in_use", who=before)


def _before(choice: MailboxChoice) -> str:
    """Who logged in when the run began."""
    if choice.previous is not None:
        return choice.previous.mailbox.address
    if choice.current:
        return notice_of("headline_foreign", username=choice.current)
    return notice_of("headline_untold" if choice.untold else "headline_nobody")


def _not_switched(choice: MailboxChoice, outcome: Outcome, judged: Judged) -> str:
    """Why a login that was due was not written, or does not work, and until when."""
    if choice.candidate is None:
        raise AssertionError("a switch to nobody")
    address = choice.candidate.mailbox.address
    if outcome.error is None:
        return notice_of("headline_would_switch", address=address)
    barred = judged(choice.candidate).barred
    why = barred or notice_of("headline_again", problem=_found(outcome.error))
    if outcome.decision.facts.get("decision") == BACK:
        return notice_of("headline_back_why", address=address, why=why)
    return notice_of("headline_but" if login_written(outcome) else "headline_postponed", address=address, why=why)


def _later(choice: MailboxChoice, candidates: Sequence[Candidate], window: SwitchWindow) -> Iterator[str]:
    """Who takes over, when and why."""
    names = [each.mailbox.address for each in candidates]
    chosen = names.index(choice.candidate.mailbox.address) if choice.candidate else len(names)
    if choice.coming is None or choice.next_moment is None:
        yield notice_of("headline_nothing_to_come" if chosen else "headline_settled")
    elif choice.coming is not choice.candidate:
        yield _takes_over(choice.coming, choice.next_moment, window, choice.kind == POSTPONE)
    else:
        yield notice_of("headline_relief", moment=show_day(choice.next_moment, window.zone))
        preferred = [each for each in candidates[:chosen] if each.barred is None]
        if preferred:
            first = min(preferred, key=lambda each: each.mailbox.usable_from)
            yield _takes_over(first, window.next_moment(first.mailbox.usable_from), window)


def _takes_over(candidate: Candidate, moment: datetime, window: SwitchWindow, due: bool = False) -> str:
    """That a mailbox takes over then, and why not before; ``due``: it is old enough."""
    mailbox, zone = candidate.mailbox, window.zone
    if due:
        why = notice_of("headline_window")
    elif moment - mailbox.usable_from < timedelta(minutes=1):
        why = notice_of("headline_age", days=mailbox.minimum_age_days)
    else:
        old = show_day(mailbox.usable_from, zone)
        why = notice_of("headline_age_and_window", days=mailbox.minimum_age_days, moment=old)
    return notice_of("headline_next", address=mailbox.address, moment=show_day(moment, zone), why=why)


def _found(error: MailflowError | None) -> str:
    return error.reasons[0].found if error else ""
