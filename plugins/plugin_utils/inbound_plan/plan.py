# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of one domain: each step judged, the next one, and what is urgent before all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..inbound.ways import MX
from ..messages import notice_of
from . import to_mx, to_pop3
from .facts import BOTH, HERE, NOWHERE, PROVIDER, Facts, shown
from .step import DONE, OURS, PANEL, ROUTER, SENDER, ZONE, JudgedStep

TABLES = {MX: to_mx.STEPS, "pop3": to_pop3.STEPS}
"""By the way to which mail is to come."""
VOUCHED = tuple(dict.fromkeys(each.name for table in TABLES.values() for each in table if each.vouched))
"""The steps for which an administrator may vouch."""
UNFIT = ("services", "back_pressure")
"""The checks without which no mail is taken, whoever hands it over."""
HANDS = {
    OURS: "plan_hands_ours",
    ZONE: "plan_hands_zone",
    ROUTER: "plan_hands_router",
    PANEL: "plan_hands_provider",
    SENDER: "plan_hands_outside",
}


@dataclass(frozen=True)
class DomainPlan:
    """How far one domain has come. ``urgent``: what loses or misuses mail now."""

    domain: str
    to: str
    steps: tuple[JudgedStep, ...]
    urgent: tuple[str, ...] = ()

    @property
    def next(self) -> JudgedStep | None:
        """The first step that is not done; None where all are."""
        return next((each for each in self.steps if not each.done), None)

    def as_data(self) -> dict[str, Any]:
        """The plan for a task's result."""
        coming = self.next
        return {
            "domain": self.domain,
            "to": self.to,
            "steps": [each.as_data() for each in self.steps],
            "next": coming.step.name if coming else None,
            "urgent": list(self.urgent),
        }

    def lines(self) -> tuple[str, ...]:
        """The plan for a reader, the urgent first."""
        done = sum(each.done for each in self.steps)
        head = notice_of("plan_head", domain=self.domain, to=self.to, done=done, number=len(self.steps))
        urgent = (notice_of("plan_urgent", domain=self.domain, text=each) for each in self.urgent)
        return (*urgent, head, *map(self._line, self.steps), *self._last())

    def _line(self, each: JudgedStep) -> str:
        key = "plan_line_next" if each is self.next else "plan_line"
        evidence = each.verdict.evidence.removesuffix(".")
        number = self.steps.index(each) + 1
        return notice_of(key, number=number, state=each.verdict.state, about=each.about, evidence=evidence)

    def _last(self) -> Iterator[str]:
        """What is to be done next, below the steps, where whoever reads ends."""
        coming = self.next
        if coming is None:
            yield notice_of("plan_all_done", domain=self.domain, to=self.to)
            return
        number, when = self.steps.index(coming) + 1, coming.next_from or notice_of("plan_now")
        yield notice_of(
            "plan_next",
            domain=self.domain,
            number=number,
            remedy=coming.verdict.remedy,
            when=when,
            hands=_hands(coming),
        )
        yield notice_of("plan_next_back", number=number, back=coming.back)


def _hands(each: JudgedStep) -> str:
    """Whose a step is, and by what it is declared."""
    names = ", ".join(each.step.variables)
    whose = notice_of(HANDS[each.step.whose])
    return f"{whose}: {names}" if names else whose


def plan_of(domain: str, to: str, facts: Facts) -> DomainPlan:
    """The plan by which the mail of a domain comes to come in that way."""
    judged = []
    not_before: datetime | None = None
    for step in TABLES[to]:
        verdict = step.judge(facts)
        if verdict.state != DONE and verdict.until is not None:
            not_before = max(filter(None, (not_before, verdict.until)))
        at = None if verdict.state == DONE or not_before is None or not_before <= facts.now else not_before
        when = shown(at, facts.zone) if at else ""
        judged.append(JudgedStep(step, verdict, notice_of(step.about), notice_of(step.back), when))
    return DomainPlan(domain, to, tuple(judged), tuple(urgent(to, facts)))


# ---- what cannot wait for its turn


def urgent(to: str, facts: Facts) -> Iterator[str]:
    """What is wrong now, whatever the next step is."""
    for _name, judge in URGENT:
        if found := judge(to, facts):
            yield found


def _relay(to: str, facts: Facts) -> str:
    found = to_mx.relay(facts)
    return notice_of("plan_urgent_relay", found=found) if found else ""


def _comes_here(facts: Facts) -> bool:
    return facts.mx.place in (HERE, BOTH)


def _closed(to: str, facts: Facts) -> str:
    closed = facts.receiving is not None and not facts.receiving
    return notice_of("plan_urgent_closed", hosts=facts.mx.names) if _comes_here(facts) and closed else ""


def _unaccepted(to: str, facts: Facts) -> str:
    return notice_of("plan_urgent_unaccepted") if _comes_here(facts) and facts.accepted == "" else ""


def _bounces(to: str, facts: Facts) -> str:
    if not _comes_here(facts) or not facts.missing:
        return ""
    return notice_of("plan_urgent_bounces", addresses=", ".join(facts.missing))


def _refuses(to: str, facts: Facts) -> str:
    refuses = _comes_here(facts) and facts.talk.known is False
    return notice_of("plan_urgent_refuses", says=facts.talk.says) if refuses else ""


def _unfetched(to: str, facts: Facts) -> str:
    if facts.mx.place not in (PROVIDER, BOTH):
        return ""
    # Another maker's program may fetch from anywhere.
    strange = facts.fetching.accounts == () and facts.fetching.others == ()
    return notice_of("plan_urgent_unfetched") if facts.fetching.going is False or strange else ""


def _unfit(to: str, facts: Facts) -> str:
    unfit = [each for each in facts.failing or () if each in UNFIT]
    comes = _comes_here(facts) or facts.fetching.going
    return notice_of("plan_urgent_unfit", names=", ".join(unfit)) if unfit and comes else ""


def _nowhere(to: str, facts: Facts) -> str:
    return notice_of("plan_urgent_nowhere", hosts=facts.mx.names or "-") if facts.mx.place == NOWHERE else ""


URGENT: tuple[tuple[str, Callable[[str, Facts], str]], ...] = (
    ("nowhere", _nowhere),
    ("unfit", _unfit),
    ("closed", _closed),
    ("unaccepted", _unaccepted),
    ("refuses", _refuses),
    ("bounces", _bounces),
    ("unfetched", _unfetched),
    ("relay", _relay),
)
"""The worst first: all mail is lost, some is, it is misused."""
