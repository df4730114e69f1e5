"""Over all nouns: a safety check that forbids a plan shows it all the same, in check mode and in a run, and nothing of
it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from tests.unit.action.test_hostile_host import CONNECTOR, STATE, STAYS
from tests.unit.plugin_utils.action.shell_host import Shell, twin
from tests.unit.plugin_utils.pop3_connector.pop3_host import options
from tests.unit.plugin_utils.run.examples import keys

MANY = [{"Name": f"Postfach {at}", "EmailAddresses": [f"SMTP:p{at}@nt4admins.local"]} for at in range(12)]
RULES = [{"from": "nt4admins.local", "to": "beispiel.de"}]
CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "many recipients": (
        "address_rewrite",
        {"rules": RULES, "max_change_percent": 0, **STAYS},
        "mass_change",
        "+  primary: p7@beispiel.de",
    ),
    "no way to a smart host": (
        "send_connector",
        {"name": "Internet", "state": "absent"},
        "no_connector_left",
        "-Internet:",
    ),
    "a connector of its own beside one that looks alike": (
        "send_connector",
        {**CONNECTOR, "adopt": False, "name": "Internet.", "exclusive": False, "address_spaces": ["*;7"]},
        "look_alike_name",
        "+  smart_hosts:",
    ),
    "an account that is removed": (
        "pop3_connector",
        options(exclusive=True, validate_logins=False),
        "pop3_removal_not_allowed",
        "-user1@beispiel.de",
    ),
    "limits that exclude each other": (
        "transport",
        {"max_per_domain_outbound_connections": 1001},
        "per_domain_above_outbound",
        "+  max_per_domain_outbound_connections: 1001",
    ),
}


def run(noun: str, declaration: dict[str, Any], folder: Path, check_mode: bool) -> tuple[dict[str, Any], list[str]]:
    shell = Shell(twin({**STATE, "recipients": MANY}))
    return shell.run(noun, {**declaration, "backup_dir": str(folder)}, check_mode), shell.lines


@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "run"])
@pytest.mark.parametrize("case", CASES)
def test_a_plan_that_is_refused_is_shown(case: str, check_mode: bool, tmp_path: Path) -> None:
    noun, declaration, key, shown = CASES[case]
    result, lines = run(noun, declaration, tmp_path, check_mode)
    assert keys(Reason(**each) for each in result["reasons"]) == [key]
    assert result["failed"] and not result["changed"] and result["plan"]["steps"]
    assert {step["status"] for step in result["steps"]} == {"not_tried"} and result["backup_file"] is None
    assert [line for text in lines for line in text.split("\n") if line.startswith(shown)], lines


def test_what_stops_one_noun_hides_the_plan_of_no_other(tmp_path: Path) -> None:
    together = {"address_rewrite": CASES["many recipients"][1], "transport": {"message_retry_interval": "00:30:00"}}
    result, lines = run("mail_flow", together, tmp_path, True)
    (text,) = lines
    assert "p7@beispiel.de" in text and "+  message_retry_interval: 00:30:00" in text
    assert result["nouns"]["transport"]["changed"] and result["nouns"]["address_rewrite"]["failed"]


def test_what_is_shown_of_a_converged_noun_is_nothing(tmp_path: Path) -> None:
    result, lines = run("transport", {"message_retry_interval": "00:01:00"}, tmp_path, False)
    assert (result["changed"], lines) == (False, [])
