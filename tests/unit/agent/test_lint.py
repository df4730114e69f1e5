"""The agent is held to PowerShell 2.0, .NET 3.5 and Exchange 2010, and each rule proves that it can refuse.

The rules stand for a real PowerShell 2.0, which no test can run: today's parser shows the syntax tree, and whatever is
not known to exist in 2.0 is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import exchange_rules, language_rules, vocabulary, vocabulary_rules  # noqa: F401  the rules list themselves
from .examples import EXAMPLES
from .rule import RULES
from .syntax import Script, parse

AGENT = Path(__file__).parents[3] / "plugins" / "agent"

pytestmark = pytest.mark.pwsh


@pytest.fixture(scope="module")
def agent_scripts() -> dict[str, Script]:
    return parse({name: (AGENT / f"{name}.ps1").read_text(encoding="utf-8") for name in ("agent", "decoder")})


@pytest.fixture(scope="module")
def example_scripts() -> dict[str, Script]:
    texts = {}
    for rule, (refused, accepted) in EXAMPLES.items():
        texts |= {f"{rule}-refused-{number}": text for number, text in enumerate(refused)}
        texts |= {f"{rule}-accepted-{number}": text for number, text in enumerate(accepted)}
    return parse(texts)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["agent", "decoder"])
def test_the_shipped_scripts_keep_the_rule(agent_scripts: dict[str, Script], name: str, rule: str) -> None:
    assert list(RULES[rule](agent_scripts[name])) == []


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule in EXAMPLES for number in range(len(EXAMPLES[rule][0]))]
)
def test_the_rule_refuses(example_scripts: dict[str, Script], rule: str, number: int) -> None:
    script = example_scripts[f"{rule}-refused-{number}"]
    assert list(RULES[rule](script)) != [], script.text


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule in EXAMPLES for number in range(len(EXAMPLES[rule][1]))]
)
def test_the_rule_accepts(example_scripts: dict[str, Script], rule: str, number: int) -> None:
    script = example_scripts[f"{rule}-accepted-{number}"]
    assert list(RULES[rule](script)) == []
    assert list(RULES["parses"](script)) == []


def test_every_rule_has_both_kinds_of_example() -> None:
    assert set(EXAMPLES) == set(RULES)
    assert all(refused and accepted for refused, accepted in EXAMPLES.values())


def test_nothing_stands_on_the_list_unused(agent_scripts: dict[str, Script]) -> None:
    """A type that the agent no longer uses is a decision that nobody takes any more."""
    text = "\n".join(script.text for script in agent_scripts.values())
    unused = {
        name
        for members in vocabulary.types().values()
        for name in members
        if not re.search(rf"(\.|::){name}\b", text) and name not in ("PSObject",)
    }
    assert unused == set()


def test_the_decoder_fits_the_command_line(agent_scripts: dict[str, Script]) -> None:
    assert len(agent_scripts["decoder"].text) <= 3039
