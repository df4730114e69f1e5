# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run over several nouns tells: each noun's own result, and what an operator looks for first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import MailflowError, NotTried, Reason
from ..messages import reason_of
from .outcome import Run
from .render import as_failure, as_looked, as_noun
from .transcript import joined_transcript


def as_several(
    about: str, done: Run, diff: bool, where: str, notices: Sequence[str] = (), summary: str = "nouns_failed"
) -> dict[str, Any]:
    """A task's result; below ``nouns`` stands for each what the action of that noun alone would tell.

    ``about`` is what the plan of all is about, ``summary`` the reason that ends those of a run which has failed.
    """
    nouns = {noun: as_noun(noun, outcome, diff) for noun, outcome in done.outcomes.items()}
    nouns |= {noun: as_looked(outcome) for noun, outcome in done.watched.items()}
    plans = {noun: outcome.decision.plan for noun, outcome in done.outcomes.items() if outcome.decision.plan}
    result: dict[str, Any] = {
        "changed": any(outcome.changed for outcome in done.outcomes.values()),
        "plan": {"noun": about, "digest": done.digest, "nouns": list(plans)} if done.digest else None,
        "transcript": joined_transcript(plans),
        "steps": [{"noun": noun, **step} for noun, each in nouns.items() for step in each.get("steps", ())],
        "backup_files": [each["backup_file"] for each in nouns.values() if each.get("backup_file")],
        "nouns": nouns,
    }
    if diff:
        result["diff"] = [each["diff"] for each in nouns.values() if "diff" in each]
    if said := [line for each in nouns.values() for line in each.get("said", ())]:
        result["said"] = said
    told = (f"{noun}: {notice}" for noun, each in nouns.items() for notice in each.get("warnings", ()))
    if of_all := [*notices, *done.notices]:
        result["run_notices"] = of_all
    if warnings := [*of_all, *told]:
        result["warnings"] = warnings
    reasons = tuple(dict.fromkeys(_reasons(done, where, summary)))
    return {**result, **as_failure(reasons)} if reasons else result


def _reasons(done: Run, where: str, summary: str) -> Iterator[Reason]:
    """Why a run has failed, and what became of all nouns."""
    if done.error is not None:
        yield from done.error.reasons
    failed = {noun: outcome.error for noun, outcome in done.outcomes.items() if outcome.error is not None}
    named = {noun: error for noun, error in failed.items() if error is not done.error}
    named |= {noun: outcome.error for noun, outcome in done.watched.items() if outcome.error is not None}
    several = len(done.outcomes) > 1
    yield from _by_noun(named, where, several)
    if failed and several:
        left = [noun for noun, error in failed.items() if isinstance(error, NotTried)]
        yield reason_of(
            summary,
            where,
            failed=", ".join(noun for noun in failed if noun not in left),
            left=", ".join(left) or "none",
            done=", ".join(noun for noun in done.outcomes if noun not in failed) or "none",
        )


def _by_noun(failed: Mapping[str, MailflowError], where: str, several: bool) -> Iterator[Reason]:
    """What stopped each noun. Of ``several``, what is said of the host alone is of that noun, unless it has stopped
    others as well."""
    told = Counter(reason for error in failed.values() for reason in set(error.reasons))
    for noun, error in failed.items():
        for reason in error.reasons:
            named = several and reason.where == where and told[reason] == 1 and not isinstance(error, NotTried)
            yield replace(reason, where=f"{where}, {noun}") if named else reason
