"""What the pages say is so: files, functions, links, examples."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import parse_desired

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "lab/README.md"])
FLOW = (ROOT / "docs/flow.md").read_text()
PREFIX = "send_connector_"


def defined(file: Path) -> set[str]:
    """The names that a Python file defines: functions, classes, their methods, and values."""
    names: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def named_functions() -> list[tuple[str, str]]:
    """Every `file.py: name` of the flow page, further names after a comma included."""
    found = []
    for file, name, more in re.findall(r"`([\w/]+\.py):\s([\w.]+)`((?:, `[\w.]+`)*)", FLOW):
        found += [(file, each) for each in (name, *re.findall(r"`([\w.]+)`", more))]
    return found


def test_flow_names_many_functions() -> None:
    assert len(named_functions()) > 15


@pytest.mark.parametrize(("file", "name"), named_functions())
def test_function_of_the_flow_page_exists(file: str, name: str) -> None:
    assert name in defined(ROOT / "plugins" / file)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:plugin_utils|agent)/[\w/]+\.\w+)", FLOW))))
def test_file_of_the_flow_page_exists(path: str) -> None:
    assert (ROOT / "plugins" / path).is_file()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page.parent / link).exists()] == []


def blocks(page: str) -> list[dict[str, Any]]:
    """The YAML examples of a page that declare variables of the role."""
    texts = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    return [data for text in texts if isinstance(data := yaml.safe_load(text), dict) and f"{PREFIX}login" in data]


def wish(variables: dict[str, Any]) -> Any:
    """What the action makes of the role's variables."""
    options = {name.removeprefix(PREFIX): value for name, value in variables.items() if name.startswith(PREFIX)}
    options.pop("backup_dir", None)
    return parse_desired(options, datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize("page", ["README.md", "docs/send_connector.md"])
def test_example_of_a_page_is_a_good_wish(page: str) -> None:
    (example,) = blocks(page)
    assert wish(example).credential.mailbox.usable_at(datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize("inventory", ["demo", "example"])
def test_inventory_declares_a_good_wish(inventory: str) -> None:
    declared = yaml.safe_load((ROOT / f"inventory/{inventory}/group_vars/sbs/send_connector.yml").read_text())
    assert wish(declared).values["smart_hosts"] == {"smtp.strato.de"}


def test_example_of_the_module_is_a_good_wish() -> None:
    text = (ROOT / "plugins/modules/send_connector.py").read_text()
    examples = yaml.safe_load(re.search(r'EXAMPLES = r"""\n(.*?)"""', text, re.DOTALL)[1])  # type: ignore[index]
    states = [
        parse_desired(task["sbs.mailflow.send_connector"], datetime(2026, 11, 1, tzinfo=UTC)).state for task in examples
    ]
    assert states == ["present", "present", "absent"]
