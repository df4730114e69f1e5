"""What answers contradict, and the command that says so."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.compare import conflicts, misfits
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.question import Expect, Question
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.questions import ASKED

SCRIPT = Path(__file__).resolve().parents[4] / "scripts" / "compare-probe"
ROWS = [{"Name": "a", "Deep": [{"At": 1}, {"At": None}]}, {"Name": "b", "Deep": [{"At": True}]}]


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        (Expect("Name", "^a$"), ["b"]),
        (Expect("Name", "^a$", some=True), []),
        (Expect("Name", "^c$", some=True), ["a", "b"]),
        (Expect("Deep.At", "^1$"), ["true"]),
        (Expect("Deep.At", "^(1|true)$"), []),
        (Expect("Deep.Nowhere", "(?!)"), []),
        (Expect("Deep.Nowhere", "(?!)", some=True), []),
    ],
)
def test_what_does_not_fit(expect: Expect, wrong: list[str]) -> None:
    assert misfits(expect, ROWS) == wrong


def test_a_question_that_is_missing_is_said() -> None:
    lines = conflicts({"answers": {"windows": None, "names": {"status": "failed", "error": {"message": "no WMI"}}}})
    assert len(lines) == len(ASKED)
    assert "not in the file" in lines[0] and "no WMI" in lines[1]


NOTHING_EXPECTED = {"collectors", "events"}
"""Questions of which any answer is news and none contradicts."""


@pytest.mark.parametrize("row", ASKED, ids=lambda row: row.key)
def test_each_assumption_can_be_contradicted(row: Question) -> None:
    """By one value that does not fit; the line names what was assumed and each place that does."""
    assert bool(row.expects) != (row.key in NOTHING_EXPECTED)
    for expect in row.expects:
        wrong = next(value for value in ("Interval.Minutes 9", "-", "feff0000") if not re.search(expect.pattern, value))
        facts: Any = wrong
        for name in reversed(expect.path.split(".")):
            facts = {name: [facts]}
        lines = conflicts({"answers": {row.key: {"status": "answered", "facts": [facts]}}})
        said = [line for line in lines if line.startswith(f"{row.key}: assumed: {row.assumed}") and wrong in line]
        assert said and all(place in line for line in said for place in row.where)


def test_a_contradiction_names_assumption_place_and_value() -> None:
    facts = [{"PowerShell": {"Version": "5.1"}}]
    (line,) = [
        line
        for line in conflicts({"answers": {"windows": {"status": "answered", "facts": facts}}})
        if line.startswith("windows")
    ]
    assert "PowerShell 2.0" in line and "lab/host/profiles.py" in line and line.endswith("found 5.1")


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("no JSON", 2, "answers.json"),
        (json.dumps({"noun": "transport"}), 2, "no answers"),
        (json.dumps({"noun": "probe", "answers": {}}), 1, "windows: no answer"),
    ],
)
def test_the_command_says_what_it_found(content: str, code: int, said: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(content, encoding="utf-8")
    done = run(file)
    assert done.returncode == code and said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_needs_one_file(tmp_path: Path) -> None:
    assert run().returncode == 2
    assert run(tmp_path / "nowhere").returncode == 2


def run(*words: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *map(str, words)], capture_output=True, text=True)
