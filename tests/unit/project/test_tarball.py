"""The built collection holds the collection and nothing of the project around it."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import agent_parts

SHIPPED = {
    "CHANGELOG.rst",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
}


@pytest.fixture(scope="module")
def members(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tarfile.TarInfo]:
    target = tmp_path_factory.mktemp("tarball")
    subprocess.run(
        ["ansible-galaxy", "collection", "build", "--output-path", target, root], check=True, capture_output=True
    )
    (tarball,) = target.glob("sbs-mailflow-*.tar.gz")
    with tarfile.open(tarball) as archive:
        return archive.getmembers()


def test_only_the_collection_is_shipped(members: list[tarfile.TarInfo]) -> None:
    assert {Path(member.name).parts[0] for member in members} == SHIPPED


def test_the_engine_and_the_agent_are_shipped(members: list[tarfile.TarInfo]) -> None:
    names = {member.name for member in members}
    assert {f"plugins/agent/{part}.ps1" for part in (*agent_parts.ORDER, "decoder")} <= names
    assert {"plugins/plugin_utils/account_age.py", "plugins/filter/account_age.py"} <= names


def test_nothing_that_a_run_leaves_behind_is_shipped(members: list[tarfile.TarInfo]) -> None:
    left = ("__pycache__", ".pyc", ".retry", "playbooks/backup", "changelogs/fragments")
    assert [member.name for member in members if any(word in member.name for word in left)] == []


def test_no_link_is_shipped(members: list[tarfile.TarInfo]) -> None:
    assert [member.name for member in members if member.issym() or member.islnk()] == []
