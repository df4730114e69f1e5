"""The answers of a host as a state: the lab's host then answers as the real one did, as far as the lab can play it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.answers import ask
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from lab.host.answers import state_of
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.host.state_files import load_state, not_played
from lab.up.backends import make_backend
from tests.unit.plugin_utils.probe.odd_host import ODD, session_with

MADE_UP = {"pop3_log", "queues", "tracking", "names"}
"""Questions whose answers no state holds, or holds under other names."""
STATES: dict[str, Any] = {
    **{
        name: name
        for name in (
            "sbs2011",
            "sbs2011_german",
            "exchange2010",
            "exchange2013",
            "no_exchange",
            "no_snapin",
            "snapin_fails",
        )
    },
    "odd": ODD,
}


def asked(state: Any) -> dict[str, Any]:
    content = ask(session_with(make_backend("twin", SimulatedMachine.from_state(state))), ExchangeShell())
    return {"noun": "probe", **content}


def plain(answers: dict[str, Any], key: str) -> Any:
    """An answer without what differs by itself: times, which stand-in, who exactly, how long a name is."""
    answer = {**answers[key], "ms": 0}
    if key == "recipients" and answer["status"] == "answered":
        kinds = ("UserMailbox", "SharedMailbox", "MailContact")
        answer["facts"] = [row for row in answer["facts"] if row["RecipientTypeDetails"] in kinds]
    text = re.sub(r"\b(domain|ip|word|person|machine|guid)-\d+", r"\1-N", json.dumps(answer))
    text = re.sub(r'"(ValueLength|Length)": \d+|"Value": \d\d', '"Length": 0', text)
    return json.loads(text)


@pytest.mark.parametrize("name", STATES)
def test_the_lab_then_answers_as_the_host_did(name: str) -> None:
    first = asked(STATES[name])
    state, _ = state_of(first)
    second = asked(state)
    for key in first["answers"].keys() - MADE_UP:
        assert plain(second["answers"], key) == plain(first["answers"], key), key


def test_what_is_not_played_is_said() -> None:
    content = asked("sbs2011")
    answers = content["answers"]
    answers["windows"]["facts"][0]["Windows"]["Language"] = "040c"
    answers["updates"]["facts"][0]["ExSetup"] = "14.3.235.1"
    answers["send_connectors"]["facts"][0]["Port"] = "many"
    answers["pop3_keys"]["facts"][0]["Lines"] = [{"Key": "Konto", "Value": None}]
    state, notes = state_of(content)
    assert "language" not in state and "send_connectors" not in state
    said = " ".join(notes)
    assert all(word in said for word in ("040c", "rollups", "send_connectors", "profiles.yml"))
    SimulatedMachine(state)


def test_answers_of_no_question_are_an_empty_host() -> None:
    state, notes = state_of({"noun": "probe", "answers": {}})
    assert (state["profile"], notes) == ("no_exchange", [])
    SimulatedMachine(state)


@pytest.mark.parametrize(
    "odd", [None, [], "x", {"status": "answered", "facts": [7]}, {"status": "answered", "facts": 7}]
)
def test_a_file_that_was_edited_is_refused_or_read(odd: Any, tmp_path: Path) -> None:
    content = asked("sbs2011")
    for key in content["answers"]:
        file = tmp_path / "answers.json"
        file.write_text(json.dumps({**content, "answers": {**content["answers"], key: odd}}), encoding="utf-8")
        with suppress(StateError):
            SimulatedMachine(load_state(file))


def test_a_file_of_answers_is_loaded_like_a_state(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(asked("sbs2011_german")), encoding="utf-8")
    state = load_state(file)
    assert (state["language"], state["profile"]) == ("de", "sbs2011")
    assert state["send_connectors"][0]["AddressSpaces"] == ["SMTP:*;1"]
    assert not_played(file) and not_played("sbs2011") == []
