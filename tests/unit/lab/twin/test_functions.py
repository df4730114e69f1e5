"""The agent's own functions: which module of the twin answers for which, and failures that were ordered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.parts import OF_EXCHANGE, OWN_COMMANDS
from lab.twin import functions
from tests.unit.lab.twin.pop3_commands import machine_with, run

AGENT = Path(__file__).parents[4] / "plugins" / "agent"
HOME = {
    command: part.stem
    for part in AGENT.glob("*.ps1")
    for command in re.findall(r"\$OwnCommands\.Add\('([^']+)'\)", part.read_text(encoding="ascii"))
}


@pytest.mark.parametrize("command", OWN_COMMANDS)
def test_a_function_is_answered_by_the_module_that_bears_the_name_of_its_part(command: str) -> None:
    own = functions.find(command.upper())
    assert own is not None and own.name == command
    assert own.answer.__module__ == f"lab.twin.{HOME[command]}"
    assert own.of_exchange == (command in OF_EXCHANGE)


@pytest.mark.parametrize("command", ["Read-Pop3Records", "Get-Pop3Facts", "Read-Pop3Log"])
def test_a_failure_that_was_ordered(command: str) -> None:
    machine = machine_with()
    machine.fail_next(command, "Zugriff verweigert")
    result = run(machine, command)
    assert (result["status"], result["error"]["message"]) == ("failed", "Zugriff verweigert")
    assert run(machine, command)["status"] == "done"
