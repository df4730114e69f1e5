"""A decision as Ansible's diff, an outcome as a task's result, reasons as a failure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Decision, Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change, Plan, PlannedStep
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_diff, as_failure, as_noun, as_result
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.step_reports import StepReport

STEP = PlannedStep("change", "Strato", "Set-SendConnector", {"Port": 587}, (Change("port", 25, 587),))
PLAN = Plan("send_connector", (STEP,))
LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def shown(value: Any) -> str:
    """A value as it stands in the diff."""
    lines = as_diff("n", Decision(None, {"Strato": {"option": value}}, {}))["before"].splitlines()
    assert len(lines) == 2
    return lines[1].removeprefix("  option: ")


def test_a_diff_has_a_line_for_each_option() -> None:
    before = {"Alt": {"enabled": True}, "Strato": {"port": 25, "smart_hosts": ["a", "b"]}}
    after = {"Alt": {"enabled": False}, "Strato": {"port": 587, "smart_hosts": []}}
    assert as_diff("send_connector", Decision(PLAN, before, after)) == {
        "before_header": "send_connector (on the host)",
        "after_header": "send_connector (declared)",
        "before": 'Alt:\n  enabled: true\nStrato:\n  port: 25\n  smart_hosts: ["a", "b"]\n',
        "after": "Alt:\n  enabled: false\nStrato:\n  port: 587\n  smart_hosts: []\n",
    }


def test_the_diff_of_nothing_is_empty() -> None:
    diff = as_diff("n", Decision(None, {}, {}))
    assert (diff["before"], diff["after"]) == ("", "")


VALUES: list[tuple[Any, str]] = [
    ("10MB", "10MB"),
    ("Für alle „Fälle“", "Für alle „Fälle“"),
    ("a: b # c", "a: b # c"),
    ("", '""'),
    (" ", '" "'),
    ("x ", '"x "'),
    ("zwei\nZeilen", '"zwei\\nZeilen"'),
    ("zwei\u2028Zeilen", '"zwei\\u2028Zeilen"'),
    ("ä\u0085", '"ä\\u0085"'),
    ("\u00a0x", '"\\u00a0x"'),
    (None, "null"),
    (True, "true"),
    (587, "587"),
    (["ä", "\u2029"], '["ä", "\\u2029"]'),
    ({"a": "\r"}, '{"a": "\\r"}'),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_a_value_in_the_diff(value: Any, text: str) -> None:
    assert shown(value) == text


@given(st.text(alphabet=st.characters() | st.sampled_from(LINE_ENDS)), st.booleans())
def test_every_value_is_on_one_line(text: str, listed: bool) -> None:
    assert shown([text] if listed else text).isprintable()


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_a_name_is_on_one_line(line_end: str) -> None:
    diff = as_diff("n", Decision(None, {f"Strato{line_end}Alt": {"port": 25}}, {}))
    assert len(diff["before"].splitlines()) == 2


def test_a_result_of_a_run() -> None:
    decision = Decision(PLAN, {}, {}, {"login": "x"}, ("a doubt",), {"connector": "Strato"})
    outcome = Outcome(decision, (StepReport(STEP, "done", None, 7),), "state.json", ("a warning",))
    result = as_result("send_connector", outcome)
    assert result == {
        "changed": True,
        "plan": PLAN.as_data(),
        "transcript": result["transcript"],
        "steps": [
            {
                "action": "change",
                "target": "Strato",
                "command": "Set-SendConnector",
                "status": "done",
                "error": None,
                "ms": 7,
            }
        ],
        "backup_file": "state.json",
        "connector": "Strato",
        "warnings": ["a doubt", "a warning"],
    }
    assert result["transcript"][-1] == "Set-SendConnector -Port:587"
    assert json.loads(json.dumps(result)) == result


def test_a_result_of_nothing_to_do() -> None:
    assert as_result("send_connector", Outcome(Decision(None, {}, {}))) == {
        "changed": False,
        "plan": None,
        "transcript": ["# no changes"],
        "steps": [],
        "backup_file": None,
    }


def test_check_mode_says_what_would_change() -> None:
    result = as_result("n", Outcome(Decision(PLAN, {}, {})))
    assert (result["changed"], result["steps"], result["plan"]["digest"]) == (True, [], PLAN.digest)


CHANGED: list[tuple[list[str], bool]] = [
    (["done"], True),
    (["unknown"], True),
    (["done", "failed", "not_tried"], True),
    (["not_done", "unknown"], True),
    (["failed", "not_tried"], False),
    (["not_done"], False),
    (["not_tried"], False),
]


@pytest.mark.parametrize(("statuses", "changed"), CHANGED)
def test_what_took_or_may_have_taken_effect_is_a_change(statuses: list[str], changed: bool) -> None:
    reports = tuple(StepReport(STEP, status) for status in statuses)
    assert as_result("n", Outcome(Decision(PLAN, {}, {}), reports))["changed"] is changed


FIRST = Reason("sbs01", "a", "b", "Do c.")
SECOND = Reason("sbs01", "d", "e", "Do f.")


@pytest.mark.parametrize("refused", [False, True])
def test_what_a_noun_has_to_say_is_in_its_result_whatever_became_of_it(refused: bool) -> None:
    outcome = Outcome(Decision(None, {}, {}), refused=refused, said=("the switch is on 2026-03-16",))
    assert as_noun("n", outcome, diff=False)["said"] == ["the switch is on 2026-03-16"]
    assert "said" not in as_noun("n", Outcome(Decision(None, {}, {}), refused=refused), diff=False)


def test_one_reason_is_one_sentence() -> None:
    assert as_failure((FIRST,)) == {
        "failed": True,
        "msg": "sbs01: found a; expected b. Do c.",
        "reasons": [{"where": "sbs01", "found": "a", "expected": "b", "remedy": "Do c."}],
    }


def test_several_reasons_are_a_list() -> None:
    failure = as_failure((FIRST, SECOND))
    assert failure["msg"] == "- sbs01: found a; expected b. Do c.\n- sbs01: found d; expected e. Do f."
    assert [reason["found"] for reason in failure["reasons"]] == ["a", "d"]
