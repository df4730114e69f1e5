"""The names that users, Ansible and its tools look for at fixed places."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

import pytest

REQUIRED = [
    "ansible.cfg",
    "roles",
    "playbooks",
    "inventory",
    "molecule",
    "filter_plugins",
    "test_plugins",
    "README.md",
    "galaxy.yml",
    "meta/runtime.yml",
    "meta/execution-environment.yml",
    "requirements.txt",
    "bindep.txt",
    "collections/requirements.yml",
    "plugins",
    "lab",
    "tests",
    "docs",
    "Makefile",
    "pyproject.toml",
    "LICENSE",
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "MAINTAINERS",
    "SECURITY.md",
    "changelogs/config.yaml",
    ".ci/run",
    ".github/workflows/gate.yml",
    ".github/ISSUE_TEMPLATE/config.yml",
    ".github/PULL_REQUEST_TEMPLATE.md",
]


@pytest.mark.parametrize("name", REQUIRED)
def test_required_name_is_tracked(name: str, own_files: list[Path]) -> None:
    assert any(Path(name) in (path, *path.parents) for path in own_files)


@pytest.mark.parametrize("name", ["bootstrap", "demo", "docs", "export", "lint", "lock", "own-files", "sanity"])
def test_script_can_be_run(name: str, root: Path) -> None:
    assert os.access(root / "scripts" / name, os.X_OK)


def test_gate_can_be_run(root: Path) -> None:
    assert os.access(root / ".ci" / "run", os.X_OK)


def test_every_link_is_relative_and_leads_to_something(root: Path, own_files: list[Path]) -> None:
    links = [path for path in own_files if (root / path).is_symlink()]
    broken = [str(path) for path in links if os.path.isabs(os.readlink(root / path)) or not (root / path).exists()]
    assert links and not broken


def test_checkout_is_the_installed_collection(root: Path) -> None:
    installed = root / ".collections" / "ansible_collections" / "sbs" / "mailflow"
    assert os.readlink(installed) == "../../.."
    assert installed.resolve() == root


@pytest.mark.parametrize(("kind", "name"), [("filter", "account_age"), ("test", "old_enough")])
def test_filter_and_test_are_links_to_the_plugins(root: Path, kind: str, name: str) -> None:
    assert os.readlink(root / f"{kind}_plugins" / f"{name}.py") == f"../plugins/{kind}/{name}.py"


def test_ansible_cfg_points_at_the_lab_only(root: Path) -> None:
    config = configparser.ConfigParser()
    config.read(root / "ansible.cfg")
    assert config["defaults"]["inventory"] == "inventory/demo"
    assert config["defaults"]["collections_path"] == ".collections"
    assert config["defaults"]["filter_plugins"] == "filter_plugins"
    assert config["defaults"]["test_plugins"] == "test_plugins"
    assert config["defaults"]["roles_path"] == "roles"


def test_licence_is_the_gpl_in_full(root: Path) -> None:
    text = (root / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in text and "Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text
