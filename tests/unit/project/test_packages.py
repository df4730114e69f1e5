"""The packages of the engine import one another in one direction only, so that each can be read without those above it.
There is no exception."""

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
