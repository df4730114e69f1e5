"""The lab as a package of its own: ``pip install <repository>`` installs all of it, and nothing beside it."""

from __future__ import annotations

import ast
import email
import re
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """What pip installs; nothing is fetched for it."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run([sys.executable, "-I", "-m", "pip", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return zipfile.ZipFile(found)


def about(wheel: zipfile.ZipFile) -> Message:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(name))


def test_all_files_of_the_lab_are_in_it_and_no_others(wheel: zipfile.ZipFile, own_files: list[Path]) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == {str(path) for path in own_files if path.parts[0] == "lab"}


def test_its_command_is_there(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "mailflow-lab = lab.cli:main" in wheel.read(name).decode()


def test_it_has_the_version_of_the_collection(wheel: zipfile.ZipFile) -> None:
    assert about(wheel)["Version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]


def imported() -> set[str]:
    """The top names of all that the lab imports."""
    names: set[str] = set()
    for path in (ROOT / "lab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {each.name.partition(".")[0] for each in node.names}
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - {"lab"} - sys.stdlib_module_names


def test_it_needs_what_it_imports_and_no_more() -> None:
    owners = packages_distributions()
    needed = {canonicalize_name(owners[name][0]) for name in imported()}
    assert needed == {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_what_it_needs_is_what_the_tests_ran_with(line: str) -> None:
    requirement, lock = Requirement(line), (ROOT / "requirements/lock.txt").read_text()
    found = re.search(rf"^{canonicalize_name(requirement.name)}==(\S+)", lock, re.MULTILINE)
    assert found and requirement.specifier.contains(found[1])
