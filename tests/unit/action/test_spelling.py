"""A reason names an option as its reader has declared it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.plugin_utils.action.shell_host import Shell
from tests.unit.plugin_utils.mail_flow.flow_host import ALL, Server

WRONG = {
    "receive_connector": ("tarpit_interval", "lange"),
    "address_rewrite": ("max_change_percent", "viel"),
    "send_connector": ("port", "submission"),
    "pop3_connector": ("max_waiting", "viel"),
    "transport": ("max_outbound_connections", "viel"),
}


@pytest.fixture
def sbs(tmp_path: Path) -> Server:
    return Server(tmp_path / "kept", {"profile": "sbs2011"})


@pytest.mark.parametrize("noun", WRONG)
def test_in_a_mapping_by_its_noun_and_alone_by_itself(sbs: Server, noun: str) -> None:
    option, value = WRONG[noun]
    desired = {**ALL[noun], option: value}
    assert f", {noun}: " in sbs.flow({noun: desired})["msg"]
    assert f"{noun}_{option}" not in (alone := sbs.run(noun, desired)["msg"]) and option in alone


@pytest.mark.parametrize("noun", WRONG)
def test_in_a_role_by_its_variable(sbs: Server, noun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = SimpleNamespace(get_name=lambda: "sbs.mailflow.mail_flow")
    monkeypatch.setattr(Shell, "role", ours)
    option, value = WRONG[noun]
    desired = {**ALL[noun], option: value}
    assert f"{noun}_{option}" in sbs.flow({noun: desired})["msg"]
    assert f"{noun}_{option}" in sbs.run(noun, desired)["msg"]
