"""The built collection holds the collection and nothing of the project around it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts
from tests.unit.project.pages import dead_links

SHIPPED = {
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MAINTAINERS",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
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
def checkout(root: Path, own_files: list[Path], of_a_site: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it lies where somebody works with it."""
    copy = tmp_path_factory.mktemp("checkout")
    for path in own_files:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, copy / path, follow_symlinks=False)
    for name in of_a_site:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("vault_ansible_password: Wuensch-dir-Was-4711\n")
    return copy


@pytest.fixture(scope="module")
def unpacked(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``ansible-galaxy collection build`` makes of it, unpacked."""
    target = tmp_path_factory.mktemp("tarball")
    subprocess.run(
        ["ansible-galaxy", "collection", "build", "--output-path", target, checkout], check=True, capture_output=True
    )
    (tarball,) = target.glob("sbs-mailflow-*.tar.gz")
    with tarfile.open(tarball) as archive:
        archive.extractall(target / "unpacked", filter="fully_trusted")
    return target / "unpacked"


@pytest.fixture(scope="module")
def members(unpacked: Path) -> list[Path]:
    return [path.relative_to(unpacked) for path in unpacked.rglob("*")]


def test_only_the_collection_is_shipped(members: list[Path]) -> None:
    assert {path.parts[0] for path in members} == SHIPPED


def test_the_engine_and_the_agent_are_shipped(members: list[Path]) -> None:
    names = {str(path) for path in members}
    assert {f"plugins/agent/{part}.ps1" for part in (*parts.ORDER, "decoder")} <= names
    assert {"plugins/plugin_utils/account_age.py", "plugins/filter/account_age.py"} <= names


def test_nothing_that_a_run_or_a_site_leaves_behind_is_shipped(members: list[Path], of_a_site: list[str]) -> None:
    left = ("__pycache__", ".pyc", ".retry", "playbooks/backup", "changelogs/fragments")
    assert [str(path) for path in members if any(word in str(path) for word in left)] == []
    assert {str(path) for path in members} & set(of_a_site) == set()


def test_no_link_is_shipped(members: list[Path], unpacked: Path) -> None:
    assert [str(path) for path in members if (unpacked / path).is_symlink()] == []


def test_every_link_of_a_shipped_page_leads_to_something_shipped(members: list[Path], unpacked: Path) -> None:
    pages = [path for path in members if path.suffix == ".md"]
    assert {"README.md", "docs/flow.md", "roles/transport/README.md"} <= {str(page) for page in pages}
    assert [dead for page in pages for dead in dead_links(unpacked, page)] == []
