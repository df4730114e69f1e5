"""One version, told alike by the collection, the agent and the changelog."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.version import Version


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.fixture(scope="module")
def version(root: Path) -> str:
    return str(read(root / "galaxy.yml")["version"])


def test_agent_tells_the_collections_version(root: Path, version: str) -> None:
    told = re.findall(
        r"^\$AgentVersion = '(.+)'$", (root / "plugins" / "agent" / "agent.ps1").read_text(), re.MULTILINE
    )
    assert told == [version]


def test_changelog_knows_the_version(root: Path, version: str) -> None:
    """It is the newest release, or it is newer and fragments tell what it brings."""
    changelog = root / "changelogs" / "changelog.yaml"
    releases = sorted(read(changelog)["releases"], key=Version) if changelog.exists() else []
    if releases and releases[-1] == version:
        return
    assert not releases or Version(version) > Version(releases[-1])
    assert list((root / "changelogs" / "fragments").glob("*.yml"))


def test_supported_core_is_told_once(root: Path) -> None:
    assert read(root / "meta" / "runtime.yml")["requires_ansible"] == ">=2.19.0"


def test_module_defaults_reach_every_action(root: Path) -> None:
    group = read(root / "meta" / "runtime.yml")["action_groups"]["all"]
    actions = [path.stem for path in (root / "plugins" / "action").glob("[!_]*.py")]
    assert sorted(group) == sorted(actions)
