"""The packages of the engine import one another in one direction only, so that each can be read without those above it;
a class has its name to itself, and a test file stands where its module does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ABSOLUTE = "ansible_collections.sbs.mailflow.plugins.plugin_utils."


def imported(file: Path, engine: Path) -> Iterator[str]:
    """The packages (and modules of no package) that a file imports: wherever it does, for its types too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = file.relative_to(engine).parts[: -node.level]
            names = [".".join((f"{ABSOLUTE}{'.'.join(above)}", node.module or each.name)) for each in node.names]
            names = [each.replace("..", ".") for each in names]
        yield from (each.removeprefix(ABSOLUTE).partition(".")[0] for each in names if each.startswith(ABSOLUTE))


def graph(engine: Path) -> dict[str, set[str]]:
    """package -> the others that it imports."""
    found: dict[str, set[str]] = {}
    for file in sorted(engine.rglob("*.py")):
        own = file.relative_to(engine).with_suffix("").parts[0]
        others = {each for each in imported(file, engine) if each != own}
        found.setdefault(own, set()).update(others)
    return found


def test_no_package_is_imported_by_what_it_imports(root: Path) -> None:
    packages = graph(root / "plugins" / "plugin_utils")
    assert {"run", "queue"} <= packages["queue_recovery"] and {"agent", "messages"} <= packages["run"]
    order = list(TopologicalSorter(packages).static_order())
    assert order.index("mailboxes") < order.index("send_connector") < order.index("restore") < order.index("actions")


@pytest.mark.parametrize(
    "line",
    [
        "from ..high.deep import thing",
        "from ..high import deep",
        "from .. import high",
        f"from {ABSOLUTE}high.deep import thing",
        f"import {ABSOLUTE}high.deep",
        "if TYPE_CHECKING:\n    from ..high.deep import thing",
        "def late():\n    from ..high import deep",
    ],
)
def test_a_way_back_up_is_found(tmp_path: Path, line: str) -> None:
    for name, text in {"low/base.py": line, "high/deep.py": "from ..low.base import other\nfrom . import more"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    with pytest.raises(CycleError, match="nodes are in a cycle"):
        TopologicalSorter(graph(tmp_path)).prepare()


EACH_NOUNS = {"Desired", "State"}
"""What every noun has of its own: what is declared, and what is there."""
FURTHER = {
    "preflight/test_beside_host_tls.py",
    "receive_connector/test_any_order.py",
    "send_connector/test_memory.py",
    "send_connector/test_steps.py",
}
"""Beside the files that bear a module's name: what the ledger means for a login, what each step leaves behind,
how two nouns judge alike, and what holds in any order of events."""
OVER_ALL = {
    "any_declaration",
    "controller_files",
    "hostile_host",
    "identity",
    "one_at_a_time",
    "safety_checks",
    "spelling",
    "undeclared",
    "waiting",
}
"""What is tested over all actions at once."""


def test_a_class_has_its_name_to_itself(root: Path) -> None:
    homes: dict[str, list[str]] = {}
    for file in sorted((root / "plugins" / "plugin_utils").rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name not in EACH_NOUNS:
                homes.setdefault(node.name, []).append(str(file))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def stray(tests: Path, sources: Path) -> set[str]:
    """The test files to which no source of their name belongs."""
    files = {path.relative_to(tests) for path in tests.rglob("test_*.py")}
    return {str(each) for each in files if not (sources / each).with_name(each.name[5:]).is_file()}


def test_a_test_file_stands_where_its_module_does(root: Path) -> None:
    unit, plugins = root / "tests" / "unit", root / "plugins"
    assert stray(unit / "plugin_utils", plugins / "plugin_utils") == FURTHER | {"test_messages.py"}
    assert stray(unit / "action", plugins / "action") == {f"test_{each}.py" for each in OVER_ALL}
