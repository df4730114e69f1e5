"""What is left of a time limit by a clock that only goes forward."""

from __future__ import annotations

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline


def test_time_runs_down_to_nothing_and_never_below() -> None:
    clock = iter([10.0, 12.0, 19.0, 30.0])
    deadline = Deadline(9, lambda: next(clock))
    assert [deadline.left for _ in range(3)] == [7.0, 0.0, 0.0]
