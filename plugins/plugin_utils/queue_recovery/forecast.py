# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery will come to, in numbers: for check mode, which writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..recovery.record import (
    ABANDON,
    FINISHED,
    HOLD,
    PROVE,
    QUIET,
    RELEASE,
    RESTORE,
    SETTLE,
    STAGES,
    STOPPED,
    SWITCH,
    Recovery,
)
from . import budget
from .desired import Desired
from .matching import adopt, claim
from .proving import to_ask
from .retry_settings import is_calm
from .view import View

HOUR = timedelta(hours=1)


def forecast(recovery: Recovery, view: View, desired: Desired) -> dict[str, Any]:
    """The stages that are left and have something to do, with the hours that each takes about, the messages, and those
    that expire before their turn. A recovery that has saved nothing yet is looked at as if it had saved what is
    there."""
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
    idle = _idle(known, view, desired, hours)
    left = [stage for stage in _left(known.stage) if stage not in idle]
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


def _idle(recovery: Recovery, view: View, desired: Desired, hours: Mapping[str, float]) -> set[str]:
    """The stages that are passed without anything done or waited for."""
    calm = is_calm(view, recovery, desired)
    return {
        FINISHED,
        *(stage for stage, lasts in hours.items() if not lasts),
        *([SWITCH] if desired.keep_login else []),
        *([] if to_ask(recovery, desired) else [PROVE]),
        *([SETTLE] if calm else []),
        *([RESTORE] if calm and not recovery.settings_written else []),
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
