"""The pages that help to choose a way: each example is a whole declaration that the engine takes, the same in both
languages, and what the pages promise to be refused is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.desired import parse_desired as parse_inbound
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound.rules import of_connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import parse_desired as parse_pop3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.catalogue import BY_NAME
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import parse_desired as parse_preflight
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.desired import (
    parse_desired as parse_receiver,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import parse_desired as parse_sender

ROOT = Path(__file__).resolve().parents[3]
PAGES = {"en": ROOT / "docs/inbound.md", "de": ROOT / "docs/de/post_kommt_an.md"}
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LEARNT = {"mailbox": {"key": "Mailbox"}, "logon": {"key": "LogonType", "values": {"basic": "0"}}}
Declared = Mapping[str, Any]


def _collecting(parse: Callable[[Declared, list[Reason]], Any]) -> Callable[[Declared], Any]:
    def strict(declared: Declared) -> Any:
        reasons: list[Reason] = []
        made = parse(declared, reasons)
        assert reasons == []
        return made

    return strict


PARSE: dict[str, Callable[[Declared], Any]] = {
    "receive_connector": parse_receiver,
    "send_connector": lambda declared: parse_sender(declared, NOW),
    "pop3_connector": lambda declared: parse_pop3({**declared, "key_map": LEARNT}),
    "inbound": _collecting(parse_inbound),
    "preflight": _collecting(lambda declared, reasons: parse_preflight(declared, reasons, BY_NAME)),
}


def texts(page: Path) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


EXAMPLES: list[dict[str, Any]] = [yaml.safe_load(text) for text in texts(PAGES["en"])]


def by_noun(example: Declared) -> dict[str, dict[str, Any]]:
    """The options of an example by the noun whose role has these variables."""
    found: dict[str, dict[str, Any]] = {}
    for variable, value in example.items():
        (noun,) = (each for each in actions.ROLES if variable.startswith(f"{each}_"))
        found.setdefault(noun, {})[variable.removeprefix(f"{noun}_")] = value
    return found


def test_both_languages_have_the_same_examples_and_chapters() -> None:
    english, german = (texts(page) for page in PAGES.values())
    assert english == german and len(english) == 8
    chapters = [re.findall(r"^#+", page.read_text(encoding="utf-8"), re.MULTILINE) for page in PAGES.values()]
    assert chapters[0] == chapters[1]
    tables = [re.findall(r"^\|", page.read_text(encoding="utf-8"), re.MULTILINE) for page in PAGES.values()]
    assert len(tables[0]) == len(tables[1])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "-".join(by_noun(example)))
def test_an_example_is_a_declaration_that_is_taken(example: dict[str, Any]) -> None:
    made = {noun: PARSE[noun](declared) for noun, declared in by_noun(example).items()}
    if {"inbound", "pop3_connector"} <= made.keys():
        assert of_connector(made["inbound"].domains, made["pop3_connector"], "here") == []


@pytest.mark.parametrize("noun", ["inbound", "receive_connector"])
def test_what_stands_ready_in_an_inventory_is_taken(noun: str) -> None:
    text = (ROOT / f"inventory/example/group_vars/sbs/{noun}.yml.example").read_text(encoding="utf-8")
    for written in (text, re.sub(r"^# (?=\w+: \S+$)", "", text, flags=re.MULTILINE)):
        declared = by_noun(yaml.safe_load(written))
        assert list(declared) == [noun]
        PARSE[noun](declared[noun])


def test_every_way_has_an_example() -> None:
    entries = [entry for each in EXAMPLES for entry in each.get("inbound_domains", ())]
    assert {entry["way"] for entry in entries} == {"mx", "pop3", "collector"}
    assert {each["send_connector_way"] for each in EXAMPLES if "send_connector_way" in each} == {"smarthost", "direct"}
    assert any(entry.get("transition") for entry in entries)


@pytest.mark.parametrize("language", PAGES)
def test_a_page_names_what_it_is_about(language: str) -> None:
    text = PAGES[language].read_text(encoding="utf-8")
    playbooks = set(re.findall(r"playbooks/(\w+)\.yml", text))
    assert playbooks == {"plan_inbound", "check_inbound"}
    for word in ("SPF", "PTR", "EHLO", "T-Online", "TTL", "Smarthost" if language == "de" else "smart host"):
        assert word in text
    assert ("DSGVO" if language == "de" else "GDPR") in text


def _named(examples: Iterable[Declared]) -> set[str]:
    return {variable for each in examples for variable in each}


def test_the_examples_name_no_variable_that_no_role_has() -> None:
    known = {f"{noun}_{option.name}" for noun, action in actions.ROLES.items() for option in action.options}
    assert _named(EXAMPLES) <= known
