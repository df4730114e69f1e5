"""A refusal as a person reads it: each reason once, and nothing of the rest that is empty or told elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.refusal import besides, is_refusal, reasons_as_text
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_failure

PORT = reason_of("value_unfit", "send connector", option="port", value="x", expected="a number")
BUSY = reason_of("host_busy", "sbs", holder="another", path="/p")


def step(status: str) -> dict[str, Any]:
    return {"status": status, "action": "change", "target": "a", "command": "Set-Mailbox", "error": "E", "ms": 1}


def test_one_reason_is_three_lines() -> None:
    assert reasons_as_text(as_failure((PORT,))) == (
        "\n    send connector: found port: x;\n    expected a number.\n    Correct the value."
    )


def test_several_are_numbered_and_each_part_stands_there_once() -> None:
    text = reasons_as_text(as_failure((PORT, BUSY)))
    lines = text.splitlines()[1:]
    assert [line[4:7] for line in lines] == ["1. ", "   ", "   ", "2. ", "   ", "   "]
    for reason in (PORT, BUSY):
        assert [text.count(part) for part in (reason.found, reason.expected, reason.remedy)] == [1, 1, 1]


@pytest.mark.parametrize(
    "result",
    [
        {"failed": True, "msg": "no"},
        {"failed": True, "reasons": []},
        {"failed": True, "reasons": "no"},
        {"failed": True, "reasons": ["no"]},
        {"failed": True, "reasons": [{"where": "x"}]},
    ],
)
def test_what_other_modules_tell_is_none(result: dict[str, Any]) -> None:
    assert not is_refusal(result) and is_refusal(as_failure((PORT,)))


def test_a_refusal_alone_tells_nothing_besides() -> None:
    nothing = {"changed": False, "plan": None, "transcript": [], "steps": [], "backup_file": None}
    assert besides({**as_failure((PORT,)), **nothing, "warnings": ["w"], "unreachable": True, "diff": {}}) == {}


def test_a_run_that_failed_midway_tells_what_became_of_its_steps() -> None:
    told = {
        **as_failure((PORT,)),
        "changed": True,
        "backup_file": "/b",
        "plan": {"steps": [1]},
        "transcript": ["Set-X"],
    }
    some, many = [step("done"), step("failed")], [*[step("done")] * 30, *[step("not_tried")] * 3970]
    rest = {"changed": True, "backup_file": "/b"}
    assert besides({**told, "steps": some}) == {**rest, "steps": ["done: change a", "failed: change a"]}
    assert besides({**told, "steps": many}) == {**rest, "steps": {"done": 30, "not_tried": 3970}}


def test_of_several_nouns_only_what_is_not_told_of_all_is_left() -> None:
    failed = {**as_failure((PORT,)), "changed": False, "warnings": ["w"], "steps": [step("failed")]}
    date = {"changed": True, "next_date": "2026-03-01", "steps": [step("done")], "backup_file": "/b"}
    told = {**as_failure((PORT,)), "changed": True, "run_notices": ["w"], "nouns": {"a": failed, "b": date}}
    assert besides(told) == {"changed": True, "nouns": {"b": {"next_date": "2026-03-01"}}}
