# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which accounts of a diff get a target that nobody has proven yet, and whether what is known of it will do."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Reason
from ..messages import notice_of, reason_of
from .desired import Desired
from .diff import Work
from .state import State
from .targets import EXCHANGES, HERE, MISSING, OUTSIDE, TargetVerdict

OPTION = "mailbox"


def aimed(works: Iterable[Work]) -> list[Work]:
    """Those whose mail goes to another mailbox than before, or to one for the first time."""
    return [each for each in works if target_of(each) and any(change.option == OPTION for change in each.changes)]


def target_of(work: Work) -> str:
    """The declared mailbox; empty where none is."""
    return work.wanted.options.get(OPTION, "") if work.wanted else ""


def target_refusal(state: State, desired: Desired, work: Work, verdict: TargetVerdict) -> Reason | None:
    """Why a target will not do. What Exchange says of it counts whatever the inventory says."""
    where, target = f"{state.where}, {work.identity}", target_of(work)
    if verdict.outcome == MISSING:
        return reason_of("pop3_target_missing", where, target=target)
    if verdict.outcome == OUTSIDE:
        return reason_of("pop3_target_outside", where, target=target, way=verdict.text)
    if verdict.outcome == EXCHANGES:
        return reason_of("pop3_target_exchanges", where, target=target, kind=verdict.text)
    if verdict.outcome == HERE or desired.confirm_mailbox or _is_shared(state, desired, work):
        return None
    return reason_of("pop3_target_unproven", where, target=target, text=verdict.text)


def target_notice(state: State, desired: Desired, work: Work, verdict: TargetVerdict) -> str:
    """On whose word an unproven target is written."""
    reason = notice_of("pop3_target_shared" if _is_shared(state, desired, work) else "pop3_target_said")
    return notice_of("pop3_target_confirmed", target=target_of(work), text=verdict.text, reason=reason)


def _is_shared(state: State, desired: Desired, work: Work) -> bool:
    """Whether another account of the file has the target already."""
    mapped = desired.key_map.options[OPTION]
    text = mapped.form(target_of(work)) or ""
    others = (each.value(mapped.key) for each in state.accounts if each is not work.host)
    return any(value is not None and value.casefold() == text.casefold() for value in others)
