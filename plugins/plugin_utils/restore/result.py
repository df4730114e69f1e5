# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run back comes to: refused as a whole, or what became of each saved state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import MailflowError
from ..request import DONE
from ..run.outcome import Outcome, Run
from ..run.render import as_failure, as_noun
from ..run.restoring import Restoring
from ..run.result import as_several

NOUN = "restore"
"""What the plan of several saved states is about."""
Parts = Sequence[Restoring[Any, Any]]


def each_for_all(parts: Parts) -> Mapping[str, frozenset[str]]:
    """Who waits for whom on the way back: addresses might be .local again while the connector is still the provider's,
    so what stops one stops all that would follow."""
    names = frozenset(each.name for each in parts)
    return dict.fromkeys(names, names)


def why_refused(done: Run) -> MailflowError | None:
    """Why a run was refused, with all reasons: nothing was written then."""
    refused = [each.error for each in done.outcomes.values() if each.refused and each.error]
    reasons = dict.fromkeys(reason for error in refused for reason in error.reasons)
    return done.error or (MailflowError(*reasons) if reasons else None)


def are_back(done: Run) -> list[str]:
    """The nouns of which nothing is left to put back."""
    return [noun for noun, outcome in done.outcomes.items() if _is_back(outcome)]


def _is_back(outcome: Outcome) -> bool:
    carried_out = outcome.decision.plan is None or {each.status for each in outcome.reports} == {DONE}
    return carried_out and outcome.error is None


def as_restored(parts: Parts, done: Run, diff: bool, where: str) -> dict[str, Any]:
    """A task's result; a single saved state is told as any run of its noun. One that is refused tells the plans that
    are known. Raises the MailflowError of one that came to none."""
    refusal = why_refused(done)
    if refusal is None:
        return _as_restored(parts, done, diff, where)
    if not any(each.decision.plan for each in done.outcomes.values()):
        raise refusal
    return {**_as_restored(parts, done, diff, where), **as_failure(refusal.reasons)}


def _as_restored(parts: Parts, done: Run, diff: bool, where: str) -> dict[str, Any]:
    if len(parts) == 1:
        (outcome,) = done.outcomes.values()
        told = as_noun(parts[0].name, outcome, diff, done.notices)
        return {**told, "restored": [_restored(parts[0], outcome)]}
    restored = [
        {**_restored(each, done.outcomes[each.name]), **done.outcomes[each.name].decision.facts} for each in parts
    ]
    return {**as_several(NOUN, done, diff, where, summary="restore_stopped"), "backup_file": None, "restored": restored}


def _restored(part: Restoring[Any, Any], outcome: Outcome) -> dict[str, Any]:
    return {
        "noun": part.name,
        "file": part.back.saved.path or None,
        "changed": outcome.changed,
        "backup_file": outcome.backup_file,
    }
