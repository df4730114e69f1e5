"""Results in, entries out: states, steps, what is left out, and results that are none of ours."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import request
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail import states as inbound_states
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.report import REPORT
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue import states
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery import record
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.entry import (
    ALARM,
    CHANGED,
    FACTS,
    FAILED,
    LOOKED,
    PLANNED,
    STATES,
    UNCHANGED,
    UNREACHABLE,
    ReportEntry,
    StepRow,
    entries,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run import step_reports
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account import choice

PLAN = {"steps": [{"action": "change", "target": "X", "command": "Set-X"}], "digest": "d", "steps_left_out": 7}


def entry(result: dict[str, Any], check_mode: bool = False, ok: bool = True) -> ReportEntry:
    (found,) = entries("sbs01", "transport", "role : Task", result, check_mode, ok)
    return found


@pytest.mark.parametrize(
    ("result", "check_mode", "ok", "state"),
    [
        ({"changed": False, "plan": None}, False, True, UNCHANGED),
        ({"changed": False}, False, True, LOOKED),
        ({"changed": False, "verdict": "healthy"}, False, True, LOOKED),
        ({"changed": False, "verdict": "slowing"}, False, True, ALARM),
        ({"changed": False, "checks": [{"name": "tls", "result": "fail"}]}, False, True, ALARM),
        ({"changed": False, "checks": [{"name": "tls", "result": "fail", "accepted": True}]}, False, True, LOOKED),
        ({"changed": False, "checks": [{"name": "tls", "result": "warn"}, 5]}, False, True, LOOKED),
        ({"changed": True}, False, True, CHANGED),
        ({"changed": True}, True, True, PLANNED),
        ({"changed": False, "plan": None}, True, True, UNCHANGED),
        ({"failed": True, "changed": True}, True, False, FAILED),
        ({}, False, False, FAILED),
        ({"unreachable": True, "failed": False}, False, False, UNREACHABLE),
        ({}, False, True, LOOKED),
    ],
)
def test_the_state(result: dict[str, Any], check_mode: bool, ok: bool, state: str) -> None:
    assert entry(result, check_mode, ok).state == state


def test_steps_are_those_that_ran_or_else_the_planned_ones() -> None:
    ran = [{"action": "change", "target": "X", "status": "failed", "error": "no"}]
    assert entry({"plan": PLAN, "steps": ran}).steps == (StepRow("change", "X", "failed", "no"),)
    planned = entry({"plan": PLAN, "steps": []}, check_mode=True)
    assert planned.steps == (StepRow("change", "X"),) and planned.steps_left_out == 7


def test_a_transcript_of_nothing_is_none() -> None:
    assert entry({"plan": None, "transcript": ["# no changes"]}).transcript == ()
    assert entry({"plan": PLAN, "transcript": ["Set-X"]}).transcript == ("Set-X",)


def test_what_a_noun_tells_in_its_order_and_not_what_is_empty() -> None:
    told = {"next_event": "a switch", "connector": "Smarthost", "counts": {}, "waiting": 0, "why": None, "other": 1}
    assert entry(told).facts == (("connector", "Smarthost"), ("next_event", "a switch"), ("waiting", 0))


def test_the_diff_has_what_differs_and_little_around_it() -> None:
    before, after = [f"line {n}" for n in range(20)], [f"line {n}" for n in range(20)]
    after[3], after[15] = "new 3", "new 15"
    diff = entry({"diff": {"before": "\n".join(before), "after": "\n".join(after)}}).diff
    assert [line for line in diff if line[0] in "+-"] == ["-line 3", "+new 3", "-line 15", "+new 15"]
    assert diff.count("...") == 1 and len(diff) == 13
    assert entry({"diff": [{"before": "a", "after": "b"}, {"prepared": "x"}]}).diff == ("-a", "+b")


def test_a_loop_has_an_entry_a_turn() -> None:
    turns = list(entries("h", "n", "t", {"results": [{"changed": True}, {"plan": None}, "odd"]}, False))
    assert [each.state for each in turns] == [CHANGED, UNCHANGED]


@pytest.mark.parametrize(
    "odd", [{"plan": "x", "steps": 3, "reasons": "no", "warnings": {}, "diff": 5}, {"censored": "hidden"}, {"plan": {}}]
)
def test_a_result_that_is_none_of_ours_is_no_harm(odd: dict[str, Any]) -> None:
    found = entry(odd)
    assert (found.steps, found.reasons, found.notices, found.diff, found.facts) == ((), (), (), (), ())


def test_a_failure_has_its_message_and_the_roles_name_is_left_out() -> None:
    found = entry({"failed": True, "msg": "no", "reasons": [{"where": "w"}], "warnings": ["mind"]})
    assert (found.message, found.reasons, found.notices, found.task) == ("no", ({"where": "w"},), ("mind",), "Task")
    assert entry({"msg": "fine"}).message is None


@pytest.mark.parametrize("language", REPORT)
def test_every_state_and_fact_has_its_words(language: str) -> None:
    words = REPORT[language]
    assert set(STATES) <= set(words) and set(FACTS) == set(words["facts"])


def test_every_code_has_its_words() -> None:
    codes = {
        "status": {step_reports.NOT_DONE, step_reports.UNKNOWN, request.DONE, request.FAILED, request.NOT_TRIED},
        "decision": {choice.KEEP, choice.SWITCH, choice.POSTPONE, choice.NOBODY, choice.BACK},
        "verdict": {*states.STATES, *inbound_states.STATES},
        "stage": {*record.STAGES, record.ABANDON},
    }
    assert {name: set(REPORT["en"]["codes"][name]) for name in codes} == codes


def test_a_run_over_several_nouns_has_an_entry_for_each() -> None:
    done = {"changed": True, "plan": {"steps": []}, "warnings": ["mind"]}
    refused = {"changed": False, "failed": True, "msg": "no", "reasons": [{"found": "x"}]}
    result = {
        "failed": True,
        "changed": True,
        "msg": "all",
        "run_notices": ["read again"],
        "nouns": {"address_rewrite": done, "transport": refused, "odd": 5},
    }
    found = list(entries("sbs01", "mail_flow", "role : Task", result, check_mode=False, ok=False))
    assert [(each.noun, each.state) for each in found[:2]] == [("address_rewrite", "changed"), ("transport", "failed")]
    assert found[0].notices == ("read again", "mind") and found[1].message == "no"
