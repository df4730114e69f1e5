"""Ansible prints what a task loops over: nothing of ours, and no example, loops over what holds a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SECRET = re.compile(
    r"pass(word|wd)?|secret|login|vault|mailboxes|accounts|credential|hostvars|candidate", re.IGNORECASE
)


class Loader(yaml.SafeLoader):
    """With the tags that Ansible adds."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))
NAMES_ONLY = re.compile(r"^\{\{ \w+\.keys\(\) \| list \}\}$")
"""A loop over the names of a mapping, whatever the mapping holds."""
FOLDERS = ("roles", "playbooks", "molecule", "inventory")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md"), ROOT / "lab/README.md"]


def texts() -> Iterator[tuple[str, str]]:
    """Every YAML text of the project: files, blocks of pages, examples of modules; each with its place."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.y*ml*")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for page in PAGES:
        for block in re.findall(r"```ya?ml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            yield str(page.relative_to(ROOT)), block
    for module in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        for block in re.findall(r'EXAMPLES = r?"""\n(.*?)"""', module.read_text(encoding="utf-8"), re.DOTALL):
            yield str(module.relative_to(ROOT)), block


def loops(value: Any) -> Iterator[tuple[Any, Any]]:
    """What is looped over in a YAML value, each with the task's loop_control."""
    if isinstance(value, list):
        for item in value:
            yield from loops(item)
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "loop" or str(name).startswith("with_"):
                yield item, value.get("loop_control")
            yield from loops(item)


def problems(text: str) -> list[str]:
    """What is wrong with the loops of a YAML text."""
    found = []
    for over, control in loops(yaml.load(text, Loader)):
        if SECRET.search(str(over)) and not NAMES_ONLY.match(str(over)):
            found.append(f"loops over {over}")
        if not isinstance(control, dict) or "label" not in control:
            found.append(f"prints every item of {over}")
    return found


@pytest.mark.parametrize(("place", "text"), list(texts()))
def test_no_loop_shows_a_secret(place: str, text: str) -> None:
    assert problems(text) == [], place


def test_the_pages_show_how() -> None:
    assert "loop_control" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("loop", "bad"),
    [
        ("loop: '{{ logins }}'\nloop_control: {label: a}", 1),
        ("loop: '{{ logins }}'", 2),
        ("with_items: [{name: a, password: b}]\nloop_control: {label: a}", 1),
        ("with_dict: '{{ vaulted }}'", 2),
        ("block: [{loop: [1, 2]}]", 1),
        ("loop: '{{ logins.keys() | list }}'\nloop_control: {label: '{{ item }}'}", 0),
    ],
)
def test_the_rule_finds(loop: str, bad: int) -> None:
    assert len(problems(loop)) == bad
