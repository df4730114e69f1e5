"""Every action, whatever its arguments, the host's answers and the files on the controller are: only our own errors
leave it, so an administrator always reads a sentence that is meant for him."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from tests.unit.action.every_action import ACTIONS, HOST, documented, task_of
from tests.unit.fuzz.junk import corrupt, fuzzed, junk, mapping
from tests.unit.fuzz.world import act, desired, host, saved

RESTORED = ("address_rewrite", "pop3_connector", "receive_connector", "send_connector", "transport")
LEARNT = {"stage": "after", "option": "mailbox", "value": "user1@nt4admins.local"}


def tried(name: str, arguments: dict[str, Any], lay: Callable[[Path], None] = lambda _: None, **keys: Any) -> None:
    """An action in a folder of its own, after ``lay`` has put files there."""
    with tempfile.TemporaryDirectory() as folder, suppress(MailflowError):
        lay(Path(folder))
        check = keys.pop("check", False)
        file = {} if arguments.get("run") == "last" else _file_to_go_back_to(name, Path(folder))
        act(name, task_of(Path(folder), {**arguments, **file}, check), host(), **keys)


def _file_to_go_back_to(name: str, folder: Path) -> dict[str, Any]:
    """What a restoring action is given, unless it lies there already."""
    if "backup_file" not in documented(name):
        return {}
    path = folder / "saved.json"
    if not path.exists():
        path.write_text(json.dumps(saved()["send_connector"]))
    return {"backup_file": str(path)}


@pytest.fixture(autouse=True, scope="module")
def _world() -> None:
    host()


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_the_host_answers(name: str) -> None:
    @fuzzed(25)
    def fuzz(dice: Random) -> None:
        tried(name, desired(name), check=dice.random() < 0.3, dice=dice)

    fuzz()


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_is_declared(name: str) -> None:
    options = sorted(documented(name))

    @fuzzed(25)
    def fuzz(dice: Random) -> None:
        declared = corrupt(dice, {**desired(name), **mapping(dice, options)})
        tried(name, declared if isinstance(declared, dict) else {}, check=True)

    fuzz()


FILES: dict[str, tuple[str, str, dict[str, Any]]] = {
    **{f"restore of {noun}": (noun, "saved.json", {}) for noun in RESTORED},
    **{
        f"restore of a run of {noun}": (
            noun,
            f"{HOST}/{noun}_20261130T000000Z.json",
            {"run": "last"},
        )
        for noun in RESTORED
    },
    "queue_recovery": ("queue_recovery", f"{HOST}/queue_recovery.json", {}),
    "smarthost_account": ("queue_recovery", f"{HOST}/queue_recovery.json", {"switch_with_backlog": False}),
    "pop3_connector_learn": ("pop3_learn_before", f"{HOST}/pop3_learn_before.json", LEARNT),
}
"""Action -> which saved file it reads, where it lies, and what asks for it."""


@pytest.mark.parametrize("name", FILES)
def test_whatever_a_saved_file_holds(name: str) -> None:
    noun, place, more = FILES[name]

    @fuzzed(40)
    def fuzz(dice: Random) -> None:
        text = json.dumps(corrupt(dice, saved()[noun]))
        if dice.random() < 0.1:
            text = text[: dice.randrange(len(text))]

        def lay(folder: Path) -> None:
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_text(text)

        action = name.partition(" ")[0]
        tried(action, {**desired(action), **more}, lay)

    fuzz()


KEY_MAP = """---
# server: sbs01/SBS/?
pop3_connector_key_map:
  mailbox: {key: Mailbox}
  ssl: {key: UseSsl, values: {"true": "True", "false": "False"}}
"""


def test_whatever_a_key_map_holds() -> None:
    @fuzzed(40)
    def fuzz(dice: Random) -> None:
        at, length = dice.randrange(len(KEY_MAP)), dice.randrange(30)
        odd = (
            json.dumps(junk(dice))
            if dice.random() < 0.7
            else dice.choice(("!!python/x y", "&a [*a]", "2024-99-99", "1: 2"))
        )
        text = KEY_MAP[:at] + odd + KEY_MAP[at + length :]

        def lay(folder: Path) -> None:
            (folder / HOST).mkdir()
            (folder / HOST / "pop3_learn_before.json").write_text(json.dumps(saved()["pop3_learn_before"]))
            (folder / HOST / "pop3_connector_key_map.yml").write_text(text, errors="replace")

        tried("pop3_connector_learn", LEARNT, lay)

    fuzz()
