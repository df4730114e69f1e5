# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery will come to, in numbers: for check mode, which writes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..recovery.record import ABANDON, FINISHED, HOLD, PROVE, QUIET, RELEASE, RESTORE, STAGES, STOPPED, SWITCH, Recovery
from . import budget
from .desired import Desired
from .matching import adopt, claim
from .view import View

HOUR = timedelta(hours=1)


def forecast(recovery: Recovery, view: View, desired: Desired) -> dict[str, Any]:
    """The stages that are left with the hours that each takes about, the messages, and those that expire before their
    turn. A recovery that has saved nothing yet is looked at as if it had saved what is there."""
    known = recovery
    if not recovery.messages:
        known = claim(recovery.with_messages(adopt(recovery, view.own_rows())), desired)
    still = budget.waiting(known)
    desired = pace(known, view, desired)
    share = budget.hourly(known, desired)
    late = budget.will_expire(known, desired, view.now + _before_release(known, view, desired))
    hours = {
        QUIET: quiet_left(known, view, desired) / HOUR if known.stage in STOPPED[: STOPPED.index(QUIET) + 1] else 0.0,
        RELEASE: sum(each.weight for each in budget.fitting(known)) / share,
    }
    left = _left(known.stage)
    return {
        "stages": [{"stage": stage, "hours": round(hours.get(stage, 0.0), 1)} for stage in left],
        "hours": round(sum(hours.get(stage, 0.0) for stage in left), 1),
        "messages": len(still),
        "recipients": sum(each.weight for each in still),
        "per_hour": round(share, 1),
        "too_large": [each.identity for each in still if budget.too_large(known, each)],
        "will_expire": [
            {
                "identity": each.identity,
                "sender": each.sender,
                "expiry": each.expiry.isoformat() if each.expiry else None,
            }
            for each in late
        ],
    }


def pace(recovery: Recovery, view: View, desired: Desired) -> Desired:
    """The declaration with the share that is used now."""
    if recovery.stage not in (*STOPPED, RELEASE):
        return desired
    begins = view.now + _before_release(recovery, view, desired)
    return budget.hurried(recovery, desired, begins, view.now)


def _left(stage: str) -> tuple[str, ...]:
    """The stages from this one on."""
    return (ABANDON, RESTORE, FINISHED) if stage == ABANDON else STAGES[STAGES.index(stage) :]


def quiet_left(recovery: Recovery, view: View, desired: Desired) -> timedelta:
    """How much longer nothing may be tried, so that the provider's count runs out."""
    since = recovery.suspended_at or view.now
    return max(timedelta(0), since + desired.quiet - view.now)


def _before_release(recovery: Recovery, view: View, desired: Desired) -> timedelta:
    """How long until the first message goes."""
    if recovery.stage not in STOPPED or recovery.stage in (SWITCH, PROVE, HOLD):
        return timedelta(0)
    return quiet_left(recovery, view, desired)
