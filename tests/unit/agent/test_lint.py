"""The agent is held to PowerShell 2.0, .NET 3.5 and Exchange 2010, and each rule proves that it can refuse.

The rules stand for a real PowerShell 2.0, which no test can run: today's parser shows the syntax tree, and whatever is
not known to exist in 2.0 is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts

from . import exchange_rules, language_rules, secrecy_rules, vocabulary, vocabulary_rules  # noqa: F401  they list themselves
from .calls import called, own_functions
from .examples import EXAMPLES
from .rule import RULES
from .syntax import Script, parse

pytestmark = pytest.mark.pwsh
PASTED = Path(__file__).resolve().parents[3] / "scripts" / "probe_host.ps1"


@pytest.fixture(scope="module")
def agent_scripts() -> dict[str, Script]:
    """Each part of the agent, the decoder, and the script to paste; a part knows the functions of the others."""
    files = [*parts.FOLDER.glob("*.ps1"), PASTED]
    scripts = parse({path.stem: path.read_text(encoding="utf-8") for path in files})
    functions = frozenset[str]().union(*(own_functions(scripts[name]) for name in parts.ORDER))
    return {
        name: script if name == PASTED.stem else replace(script, beside=functions) for name, script in scripts.items()
    }


@pytest.fixture(scope="module")
def example_scripts() -> dict[str, Script]:
    texts = {}
    for rule, (refused, accepted) in EXAMPLES.items():
        texts |= {f"{rule}-refused-{number}": text for number, text in enumerate(refused)}
        texts |= {f"{rule}-accepted-{number}": text for number, text in enumerate(accepted)}
    return parse(texts)


# What is pasted is given no secret, and the agent's parts in it are held one by one.
NOT_FOR_THE_PASTED = ("only_known_objects_in_pipelines", "only_known_values_for_cmdlets")
SHIPPED = [
    (name, rule)
    for name in (*parts.ORDER, "decoder", PASTED.stem)
    for rule in RULES
    if not (name == PASTED.stem and rule in NOT_FOR_THE_PASTED)
]


@pytest.mark.parametrize(("name", "rule"), SHIPPED)
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


def test_nothing_may_reach_a_cmdlet_that_no_longer_does(agent_scripts: dict[str, Script]) -> None:
    """What is allowed and gone from the agent might be meant otherwise when it comes again."""
    piped = {secrecy_rules.piped(node) for script in agent_scripts.values() for node in secrecy_rules.pipelines(script)}
    given = {row for script in agent_scripts.values() for row in secrecy_rules.given(script)}
    allowed = {(name, text) for name, texts in secrecy_rules.GIVEN.items() for text in texts}
    assert (set(secrecy_rules.PIPED) - piped, allowed - given) == (set(), set())


def sent_for(scripts: dict[str, Script], commands: Iterable[str]) -> list[Script]:
    """The parts that are sent for these commands."""
    text = parts.agent_text(commands)
    return [scripts[name] for name in parts.ORDER if scripts[name].text in text]


def variables(scripts: Iterable[Script], *kinds: str) -> set[str]:
    """The variables of the scripts in small letters, as far as they stand in such nodes."""
    nodes = [node for script in scripts for node in script.of_kind("VariableExpression")]
    return {node["variable"].lower() for node in nodes if not kinds or node["parent"] in kinds}


def test_every_file_is_a_part() -> None:
    assert {path.stem for path in parts.FOLDER.glob("*.ps1")} == {*parts.ORDER, "decoder"}
    assert len(set(parts.ORDER)) == len(parts.ORDER)


@pytest.mark.parametrize("command", [*parts.OWN_COMMANDS, "Get-SendConnector"])
def test_what_is_sent_for_a_command_is_whole(agent_scripts: dict[str, Script], command: str) -> None:
    """Whatever its functions call, and whatever the parts' own variables are, was sent as well."""
    sent = sent_for(agent_scripts, [command])
    defined = set().union(*map(own_functions, sent))
    assert set().union(*map(called, sent)) - defined - vocabulary.commands().keys() == set()
    others = [agent_scripts[name] for name in parts.ORDER if agent_scripts[name] not in sent]
    theirs = {name.lower() for script in others for name in constants(script)}
    ours = {name.lower() for script in sent for name in constants(script)}
    assert variables(sent) & (theirs - ours) == set()


def constants(script: Script) -> set[str]:
    """The variables that a part sets outside its functions."""
    outside = [node for node in script.of_kind("AssignmentStatement") if node["function"] is None]
    return {node["to"].removeprefix("$") for node in outside}


@pytest.mark.parametrize("name", parts.ORDER)
def test_no_function_has_a_variable_by_the_name_of_a_constant(agent_scripts: dict[str, Script], name: str) -> None:
    """Capitals do not count, and whatever it calls would find its variable instead of the constant."""
    scripts = (agent_scripts[each] for each in parts.ORDER)
    # The secrets of a request are asked for by their names before any function runs that has some of a file.
    theirs = {each.lower() for script in scripts for each in constants(script)} - {"secrets"}
    inside = [node for node in agent_scripts[name].of_kind("AssignmentStatement") if node["function"] is not None]
    assert {node["to"].lower().removeprefix("$") for node in inside} & theirs == set()


@pytest.mark.parametrize("command", [*parts.OWN_COMMANDS, "Get-SendConnector"])
def test_the_agents_list_holds_what_was_sent(agent_scripts: dict[str, Script], command: str) -> None:
    """A part puts exactly its own commands on the list: the functions that are bound as cmdlets are."""
    sent = sent_for(agent_scripts, [command])
    bound = {
        node["function"] for script in sent for node in script.of_kind("Attribute") if node["type"] == "CmdletBinding"
    }
    listed = set(re.findall(r"^\[void\] \$OwnCommands\.Add\('(.+)'\)$", parts.agent_text([command]), re.MULTILINE))
    assert listed == bound
    assert listed & {command} == {command} & parts.OWN_COMMANDS.keys()
    assert listed <= parts.OWN_COMMANDS.keys()


def test_it_is_known_which_commands_load_exchange(agent_scripts: dict[str, Script]) -> None:
    """The controller's list is that of the agent's parts."""
    text = parts.agent_text(parts.OWN_COMMANDS)
    assert frozenset(re.findall(r"^\$NeedsExchange\['(.+)'\] = ", text, re.MULTILINE)) == parts.OF_EXCHANGE
    without = parts.OWN_COMMANDS.keys() - parts.OF_EXCHANGE
    assert {command for command in without if parts.needs_exchange(command.upper())} == set()
    rows = [pair["key"] for _, pair in exchange_rules.listed(agent_scripts["agent"])]
    assert all(map(parts.needs_exchange, (*parts.OF_EXCHANGE, *rows)))


def test_the_decoder_fits_the_command_line(agent_scripts: dict[str, Script]) -> None:
    assert len(agent_scripts["decoder"].text) <= 3039
