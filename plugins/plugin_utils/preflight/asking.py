# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks and judges: what was read at once, what is asked over the network side by side, until one deadline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Thread

from ..messages import notice_of
from .check import DNS, HOST, NETWORK, Check
from .deadline import Deadline
from .desired import GROUPS
from .finding import FAIL, UNKNOWN, Finding
from .situation import Situation

GRACE = 0.2
"""Seconds beyond the deadline in which a check that has just given up may say what it knows."""


@dataclass(frozen=True)
class Judged:
    """A check and what it found; ``stops``: the nouns whose plan is not carried out because of it."""

    check: Check
    finding: Finding
    stops: frozenset[str] = frozenset()


def is_asked(check: Check, situation: Situation) -> bool:
    """Whether a check is made in this run."""
    if check.asks == HOST or check.offline or situation.alone:
        return True
    return check.asks in (DNS, NETWORK) and situation.asks(check.nouns)


def judge_all(checks: Iterable[Check], situation: Situation) -> list[Judged]:
    """What each check found, the worst first; those that turn out to be about nothing are left out."""
    asked = [each for each in checks if is_asked(each, situation)]
    here = {each.name: _judge(each, situation) for each in asked if not _goes_out(each)}
    found = {**here, **_side_by_side([each for each in asked if _goes_out(each)], situation)}
    judged = [_judged(each, finding, situation) for each in asked if (finding := found[each.name])]
    return sorted(judged, key=lambda each: (each.finding.rank, GROUPS.index(each.check.group)))


def _goes_out(check: Check) -> bool:
    return check.asks != HOST


def _judged(check: Check, finding: Finding, situation: Situation) -> Judged:
    stops = check.stops(situation) if finding.result == FAIL else frozenset()
    accepted = check.name in situation.declared.options.accept
    return Judged(check, finding, frozenset() if accepted else stops & situation.planned)


def _judge(check: Check, situation: Situation) -> Finding | None:
    """What a check found; one that has a fault is no reason to stop anything."""
    try:
        return check.judge(situation)
    except Exception as error:
        return Finding(UNKNOWN, notice_of("preflight_fault", type=type(error).__name__))


def _side_by_side(checks: Sequence[Check], situation: Situation) -> dict[str, Finding | None]:
    """What those that ask the network found; who has no answer by the deadline is not waited for."""
    silent = Finding(UNKNOWN, notice_of("preflight_silent", seconds=situation.declared.options.answer_seconds))
    found: dict[str, Finding | None] = {each.name: silent for each in checks}

    def ask(check: Check) -> None:
        found[check.name] = _judge(check, situation)

    threads = [Thread(target=ask, args=(each,), daemon=True) for each in checks]
    for each in threads:
        each.start()
    # One grace for all of them.
    end = Deadline(situation.deadline.left + GRACE)
    for each in threads:
        each.join(end.left)
    return dict(found)
