"""What cannot end in time says so before it begins: how long plans take at a cautious estimate."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.progress import Progress
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.estimate import may_not_end
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change, Plan, PlannedStep

ONE = PlannedStep("change", "a", "Set-Mailbox", {}, (Change("primary", 1, 2), Change("added", None, 3)))
POLICY = PlannedStep("apply policy", "p", "Update-EmailAddressPolicy", {}, (Change("a primary", 1, 2),) * 900)


def told(plan: Plan | None, limit: int | None, passed: float) -> tuple[str, ...]:
    now = [0.0]
    progress = Progress(clock=lambda: now[0], declared=("timeout", limit) if limit else None)
    with progress.stage("run"):
        now[0] = passed
        return may_not_end(progress, [plan, None])


@pytest.mark.parametrize(
    ("steps", "limit", "passed", "enough"),
    [
        ((ONE,) * 4000, 300, 45, 4100),
        ((ONE,) * 4000, 4100, 45, None),
        ((ONE,) * 210, 300, 45, None),
        ((ONE,) * 211, 300, 45, 400),
        ((POLICY,), 600, 10, 1000),
        ((ONE,), 600, 10, None),
    ],
)
def test_steps_and_reading_back_are_held_against_the_limit(
    steps: tuple[PlannedStep, ...], limit: int, passed: int, enough: int | None
) -> None:
    found = told(Plan("n", steps), limit, passed)
    assert len(found) == (enough is not None)
    for line in found:
        assert f"timeout: {limit}." in line and f"timeout: {enough} would do" in line


def test_nothing_planned_and_nothing_limited_has_nothing_to_say() -> None:
    assert told(None, 5, 0) == () and told(Plan("n", (ONE,) * 4000), None, 0) == ()
