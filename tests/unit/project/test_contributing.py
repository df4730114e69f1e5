"""What a contributor is told is so: the commands for daily work, the forms of the forge, and its workflow."""

from __future__ import annotations

import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = re.findall(r"^\| [^|`]+ \| `([^`]+)` \| [^|]+ \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
SUBSETS = [command for command in COMMANDS if command.startswith("make test ARGS=")]
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
WORDS = {"and", "or", "not"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def words_of(command: str) -> tuple[list[Path], dict[str, list[str]]]:
    """The folders that a subset names, and the words of its -m and -k."""
    words = shlex.split(shlex.split(command)[2].removeprefix("ARGS="))
    chosen = dict(pairwise(words))
    expressions = {option: re.findall(r"\w+", chosen[option]) for option in ("-m", "-k") if option in chosen}
    folders = [ROOT / word for word in words if (ROOT / word).exists()]
    assert len(folders) + 2 * len(expressions) == len(words), "a word that is no folder, -m or -k"
    return folders, expressions


PAGE = (ROOT / "CONTRIBUTING.md").read_text()
PLACES = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?|(?:scripts|roles)/\w+)`")
"""Files and folders below the root as the page writes them."""
WORDS_IN = re.compile(r"`(\w+)`\s+(?:of|in)\s+`((?:[\w.-]+/)*[\w.-]+)`")
"""What is to be found in which file."""


@pytest.mark.parametrize("place", sorted({*PLACES.findall(PAGE)}))
def test_place_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize(("word", "file"), WORDS_IN.findall(PAGE))
def test_file_has_what_is_said_to_be_in_it(word: str, file: str) -> None:
    assert re.search(rf"\b{word}\b", (ROOT / file).read_text())


def test_the_ways_to_a_setting_and_a_noun_name_their_places() -> None:
    assert len(PLACES.findall(PAGE)) > 25 and len(WORDS_IN.findall(PAGE)) > 4


def test_the_table_has_the_subsets_of_daily_work() -> None:
    assert len(SUBSETS) > 4 and {"make test", "bash .ci/run"} <= set(COMMANDS)


@pytest.mark.parametrize("command", SUBSETS)
def test_subset_names_folders_marks_and_files_that_are_there(command: str) -> None:
    """Collecting each would take longer than the tests of this folder do."""
    folders, expressions = words_of(command)
    files = [file.stem for folder in folders for file in folder.rglob("*.py")]
    marks = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    known = {mark.partition(":")[0] for mark in marks}
    assert folders and files
    assert set(expressions.get("-m", [])) - WORDS <= known
    assert all(any(word in file for file in files) for word in set(expressions.get("-k", [])) - WORDS)


def test_every_other_command_is_there() -> None:
    scripts = [command.removeprefix("bash ").split()[0] for command in COMMANDS if not command.startswith("make ")]
    assert scripts and all((ROOT / script).is_file() for script in scripts)


def test_the_workflow_only_calls_the_gate() -> None:
    workflow = read(ROOT / ".github/workflows/gate.yml")
    (job,) = workflow["jobs"].values()
    checkout, gate = job["steps"]
    assert checkout["uses"].startswith("actions/checkout@") and gate == {"run": "bash .ci/run"}
    assert workflow["permissions"] == {"contents": "read"}


def test_there_are_forms() -> None:
    assert len(FORMS) == 2


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_form_is_one_that_the_forge_shows(form: Path) -> None:
    data = read(form)
    fields = [item for item in data["body"] if item["type"] != "markdown"]
    assert data["name"] and data["description"]
    assert all(item["attributes"]["label"] for item in fields)
    assert len({item["id"] for item in fields}) == len(fields)
    assert any(item.get("validations", {}).get("required") for item in fields)
