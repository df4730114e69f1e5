"""What the pages say is so: files, functions, links, examples."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.desired import (
    parse_desired as parse_addresses,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import parse_desired as parse_pop3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.desired import (
    parse_desired as parse_account,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.desired import parse_desired as parse_transport
from tests.unit.project.pages import dead_links

ROOT = Path(__file__).resolve().parents[3]
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


@pytest.fixture(scope="module")
def pages(own_files: list[Path]) -> list[Path]:
    return [path for path in own_files if path.suffix == ".md"]


def test_every_link_of_every_page_leads_somewhere(pages: list[Path]) -> None:
    assert {Path("README.md"), Path("docs/flow.md"), Path("lab/README.md")} <= set(pages)
    assert [dead for page in pages for dead in dead_links(ROOT, page)] == []


@pytest.mark.parametrize(
    "link",
    ["[a](gone.md)", "[a](gone.md#b)", "[a](there.md#gone)", "[a](../away.md)", "[a]: gone.md", '<img src="gone.svg">'],
)
def test_dead_link_is_found_and_none_beside_it(link: str, tmp_path: Path) -> None:
    (tmp_path / "away.md").touch()
    (tmp_path / "site").mkdir()
    (tmp_path / "site/there.md").write_text("# There and `back`\n")
    good = "[a](there.md) [b](there.md#there-and-back) [c](#here) [d](https://e.example/f) `[g](h)`"
    (tmp_path / "site/page.md").write_text(f"# Here\n{good}\n{link}\n```\n[i](j)\n```\n")
    (dead,) = dead_links(tmp_path / "site", Path("page.md"))
    assert "gone" in dead or "away" in dead


def examples(page: Path) -> list[Any]:
    """The YAML examples of a page."""
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)]


def test_every_example_of_every_page_names_variables_that_its_role_knows(pages: list[Path]) -> None:
    specs = {role.name: role / "meta/argument_specs.yml" for role in (ROOT / "roles").iterdir()}
    known = {
        name: set(yaml.safe_load(spec.read_text())["argument_specs"]["main"]["options"]) for name, spec in specs.items()
    }
    found = [
        (variable, variable in known[role])
        for page in pages
        for example in examples(page)
        if isinstance(example, dict)
        for variable in example
        for role in known
        if variable.startswith(f"{role}_")
    ]
    assert len({variable for variable, _ in found}) > 20
    assert [variable for variable, is_known in found if not is_known] == []


LEARNT = {"mailbox": {"key": "Mailbox"}, "logon": {"key": "LogonType", "values": {"basic": "0"}}}


@pytest.mark.parametrize(
    ("role", "parse"),
    [
        ("address_rewrite", parse_addresses),
        ("pop3_connector", lambda desired: parse_pop3({**desired, "key_map": LEARNT})),
        ("smarthost_account", lambda desired: parse_account(desired, datetime(2026, 12, 1, tzinfo=UTC))),
        ("transport", parse_transport),
    ],
)
def test_example_of_a_role_is_a_good_wish(role: str, parse: Callable[[dict[str, Any]], Any]) -> None:
    (example,) = examples(Path("roles") / role / "README.md")
    parse({name.removeprefix(f"{role}_"): value for name, value in example.items()})


def blocks(page: str) -> list[dict[str, Any]]:
    """The YAML examples of a page that declare variables of the role."""
    return [data for data in examples(Path(page)) if isinstance(data, dict) and f"{PREFIX}login" in data]


def desired(variables: dict[str, Any]) -> Any:
    """What the action makes of the role's variables."""
    options = {name.removeprefix(PREFIX): value for name, value in variables.items() if name.startswith(PREFIX)}
    options.pop("backup_dir", None)
    return parse_desired(options, datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize("page", ["README.md", "docs/send_connector.md", "roles/send_connector/README.md"])
def test_example_of_a_page_is_a_good_wish(page: str) -> None:
    (example,) = blocks(page)
    assert desired(example).credential.mailbox.usable_at(datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize("inventory", ["demo", "example"])
def test_inventory_declares_a_good_wish(inventory: str) -> None:
    declared = yaml.safe_load((ROOT / f"inventory/{inventory}/group_vars/sbs/send_connector.yml").read_text())
    assert desired(declared).values["smart_hosts"] == {"smtp.strato.de"}


def test_example_of_the_module_is_a_good_wish() -> None:
    text = (ROOT / "plugins/modules/send_connector.py").read_text()
    examples = yaml.safe_load(re.search(r'EXAMPLES = r"""\n(.*?)"""', text, re.DOTALL)[1])  # type: ignore[index]
    states = [
        parse_desired(task["sbs.mailflow.send_connector"], datetime(2026, 11, 1, tzinfo=UTC)).state for task in examples
    ]
    assert states == ["present", "present", "absent"]


@pytest.mark.parametrize("page", ["docs/server.md", "docs/send_connector.md", "docs/smarthost_account.md"])
def test_page_says_what_an_untouched_sbs_lacks(page: str) -> None:
    text = " ".join((ROOT / page).read_text().split())
    assert [words for words in ("14.3.235.1", "TLS 1.2 client keys", "restart", "without") if words not in text] == []


@pytest.mark.parametrize("page", [*sorted(Path("docs").glob("**/*.md"))], ids=str)
def test_settings_of_winrm_are_quoted_for_both_shells(page: Path) -> None:
    """PowerShell takes a bare @{...} for a table of its own."""
    lines = [line for line in (ROOT / page).read_text().splitlines() if "winrm set" in line and "@{" in line]
    assert [line for line in lines if not re.search(r"'@\{\w+=\"[^\"]+\"\}'", line)] == []
    assert lines or page.name not in ("server.md", "first_hour.md", "erste_stunde.md")


def test_an_unproven_login_is_not_advised_for_want_of_tls() -> None:
    texts = [path.read_text() for path in (ROOT / "docs/smarthost_account.md", ROOT / "docs/server.md")]
    about = [sentence for text in texts for sentence in re.split(r"(?<=[.|])\s", text) if "accept_unproven" in sentence]
    assert len(about) == 3
    assert all(re.search(r"\b(not|no way round|unless)\b", sentence) for sentence in about)
