"""What our playbooks print of a host goes through the one filter that leaves nothing for a terminal to obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.filter.visible import FilterModule
from tests.unit.project.test_loops import Loader

ROOT = Path(__file__).resolve().parents[3]
PRINTS = ("ansible.builtin.debug", "debug", "ansible.builtin.assert", "ansible.builtin.fail")
VISIBLE = re.compile(r"\|\s*sbs\.mailflow\.(visible|latest_creation\(\w+\)|usable_from\(\w+\))\s*\Z")
OURS = re.compile(r"(inventory_hostname|go_live|created|fail_on|looked\.verdict|(states|__\w+) \| join\(', '\))\s*\Z")
"""The inventory's own words and names; a verdict is one of ours."""
FILES = [path for folder in ("playbooks", "roles") for path in sorted((ROOT / folder).rglob("*.yml"))]


def tasks(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from tasks(item)
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from tasks(item)


def raw(text: str) -> list[str]:
    """What is printed as a host has said it."""
    found = []
    for task in tasks(yaml.load(text, Loader)):
        for action in PRINTS:
            told = task.get(action)
            if isinstance(told, dict):
                found += ["var"] if "var" in told else []
                said = [told.get(name) for name in ("msg", "fail_msg", "success_msg")]
                found += [each.strip() for each in re.findall(r"{{(.*?)}}(?!\s*\})", str(said), re.DOTALL)]
    return [each for each in found if not VISIBLE.search(each) and not OURS.match(each)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_printed_raw(path: Path) -> None:
    assert raw(path.read_text(encoding="utf-8")) == []


def test_what_is_raw_is_found() -> None:
    assert raw('- debug: {msg: "{{ a.b }}"}\n- debug: {var: a}') == ["a.b", "var"]


def test_the_filter_leaves_nothing_to_obey() -> None:
    shown = FilterModule().filters()["visible"]({"a\x1b": ["\u202eb\r\n", 1, None], "c": {"d": "\x9b2J"}})
    assert shown == {"a\\u001b": ["\\u202eb\\r\\n", 1, None], "c": {"d": "\\u009b2J"}}
