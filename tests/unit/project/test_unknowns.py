"""What the pages leave open about a real host is a row of the one table, and the table names what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.question import Question
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.questions import ASKED, ASKS, QUESTIONS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.stand_ins import PATHS, SPOKEN, harmless

ROOT = Path(__file__).resolve().parents[3]
PAGES = [
    path for path in [ROOT / "README.md", ROOT / "lab/README.md", *ROOT.glob("docs/*.md")] if path.name != "unknowns.md"
]
OPEN = re.compile(
    r"\b(assumed?|assumes|likely|no physical|not (known|documented|proven|been seen)"
    r"|nobody (knows|has (published|documented)))\b",
    re.IGNORECASE,
)
ELSEWHERE = {
    "queries a host for facts that are not documented publicly": "means this table",
    "and answers what [is not documented publicly](docs/unknowns.md)": "means this table",
    "[what is not documented publicly](docs/unknowns.md)": "means this table",
    "a line in the copied account that nobody knows": "means the key map of a host",
    "own fetches are not known there": "means the ledger on the controller",
    "rate is not known, a warning says so": "a provider that the table lacks",
}
"""Words of pages that sound like an open question and are none about a host."""


def flat(text: str) -> str:
    return " ".join(text.split())


def statements() -> Iterator[tuple[str, str]]:
    """Page and text of each list item, table row and paragraph that leaves something open.

    Of a paragraph of assumptions each of its parts, whatever its words.
    """
    for page in PAGES:
        text = re.sub(r"(?s)```.*?```", "", page.read_text())
        for block in re.split(r"\n\s*\n|\n(?=[-|] |\d\. )", text):
            if block.startswith("Assumed"):
                yield from ((page.name, flat(part)) for part in block.split(";"))
            elif OPEN.search(block) and not block.startswith("#"):
                yield page.name, flat(block)


STATEMENTS = list(statements())
SAID = [(each.key, words) for each in QUESTIONS for words in each.says]


@pytest.mark.parametrize(("page", "text"), STATEMENTS)
def test_what_a_page_leaves_open_is_a_row(page: str, text: str) -> None:
    known = [words for _, words in SAID] + list(ELSEWHERE)
    assert [words for words in known if flat(words) in text] != [], f"{page}: {text}"


def test_open_statements_are_found() -> None:
    assert len(STATEMENTS) > 60


@pytest.mark.parametrize(("key", "words"), SAID)
def test_words_of_a_row_stand_on_a_page(key: str, words: str) -> None:
    assert any(flat(words) in flat(page.read_text()) for page in PAGES)


@pytest.mark.parametrize("words", ELSEWHERE)
def test_nothing_is_excepted_in_vain(words: str) -> None:
    assert any(words in flat(page.read_text()) for page in PAGES)


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row.key)
def test_row_is_whole(row: Question) -> None:
    assert row.where and [path for path in row.where if not (ROOT / path).is_file()] == []
    assert all(text.strip() for text in (row.question, row.why, row.assumed))
    assert bool(row.ask) != bool(row.by_hand)
    assert (row.ask is None) == (row.shape == {})
    for expect in row.expects:
        re.compile(expect.pattern)
        assert leaf(row.shape, expect.path), expect.path


def leaf(shape: object, path: str) -> bool:
    """Whether the shape shows something at that path."""
    for name in path.split("."):
        if not isinstance(shape, dict) or name not in shape:
            return False
        shape = shape[name]
    return isinstance(shape, str)


def test_keys_are_unique_and_every_command_answers_something() -> None:
    assert len({row.key for row in QUESTIONS}) == len(QUESTIONS)
    assert {row.ask for row in ASKED} == {ask.id for ask in ASKS}


def kinds(shape: object) -> Iterator[str]:
    """The kinds of a shape's leaves."""
    if isinstance(shape, dict):
        for below in shape.values():
            yield from kinds(below)
    else:
        assert isinstance(shape, str)
        yield shape


def test_every_kind_is_known() -> None:
    known = {*SPOKEN, *PATHS, "name", "count", *harmless()["patterns"]}
    assert {kind for row in ASKED for kind in kinds(row.shape)} <= known


def test_every_command_only_reads() -> None:
    assert [ask.command for ask in ASKS if not ask.command.startswith("Get-")] == []
