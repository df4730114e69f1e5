"""How the lab is laid out: imports go one way, for types as well; names mean one thing; tests mirror modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import lab

ROOT = Path(lab.__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(Path(lab.__file__).parent.rglob("*.py"))
}


def imported(path: Path) -> Iterator[str]:
    """The modules of the lab that a file names, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from {inner if inner in MODULES else node.module} & MODULES.keys()
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & MODULES.keys()


def cycle(imports: Mapping[str, set[str]]) -> list[str]:
    """One of them, or nothing."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


IMPORTS = {module: set(imported(path)) for module, path in MODULES.items()}


def test_modules_import_each_other_one_way() -> None:
    assert sum(map(len, IMPORTS.values())) > 400
    assert cycle(IMPORTS) == []


def test_folders_import_each_other_one_way() -> None:
    folders: dict[str, set[str]] = {}
    for module, others in IMPORTS.items():
        mine = module.split(".")[1:2]
        for other in others:
            if mine and other.split(".")[1:2] != mine:
                folders.setdefault(mine[0], set()).update(other.split(".")[1:2])
    assert cycle(folders) == []


@pytest.mark.parametrize(("imports", "found"), [({"a": {"b"}, "b": {"c"}}, 0), ({"a": {"b"}, "b": {"a"}}, 3)])
def test_a_cycle_is_seen(imports: dict[str, set[str]], found: int) -> None:
    assert len(cycle(imports)) == found


def test_a_class_has_its_name_to_itself() -> None:
    homes: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(module)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_a_test_file_stands_where_its_module_does() -> None:
    here = Path(__file__).parent
    stray = [
        str(path.relative_to(here))
        for path in here.rglob("test_*.py")
        if path != Path(__file__)
        and not (ROOT / "lab" / path.relative_to(here)).with_name(path.name.removeprefix("test_")).is_file()
    ]
    assert stray == []
