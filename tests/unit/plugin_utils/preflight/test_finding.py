"""Several findings about the same are one, as bad as the worst of them."""

from __future__ import annotations

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import (
    FAIL,
    PASS,
    UNKNOWN,
    WARN,
    Finding,
    joined,
)


def test_the_worst_is_told_and_what_was_found_of_all_that_are_so_bad() -> None:
    found = [Finding(PASS, "a"), Finding(FAIL, "b", "Mend b."), Finding(WARN, "c", "See c."), Finding(FAIL, "d")]
    assert joined(found) == Finding(FAIL, "b; d", "Mend b.")
    assert joined([*found, Finding(FAIL, "b", "Mend b.")]) == Finding(FAIL, "b; d", "Mend b.")


def test_not_to_know_is_worse_than_to_pass_and_better_than_a_warning() -> None:
    assert joined([Finding(PASS, "a"), Finding(UNKNOWN, "b")]) == Finding(UNKNOWN, "b")
    assert joined([Finding(WARN, "a"), Finding(UNKNOWN, "b")]) == Finding(WARN, "a")
    assert joined([]) is None


def test_what_is_urgent_stays_urgent() -> None:
    assert joined([Finding(UNKNOWN, "a"), Finding(UNKNOWN, "b", urgent=True)]) == Finding(UNKNOWN, "a; b", urgent=True)
