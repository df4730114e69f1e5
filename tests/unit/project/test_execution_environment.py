"""An execution environment holds what NTLM needs, and no more: by the very tool that AWX's users build theirs with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from bindep.depends import Depends
from packaging.requirements import Requirement

SITE = "docs/examples/site"


def builder(root: Path, *words: str) -> str:
    done = subprocess.run(["ansible-builder", *words], cwd=root / SITE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def context(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``ansible-builder create`` writes of the example."""
    folder = tmp_path_factory.mktemp("context")
    builder(root, "create", "--context", str(folder), "--output-filename", "Containerfile")
    return folder


@pytest.fixture(scope="module")
def needed(root: Path) -> dict[str, list[str]]:
    """What the image gets for the collection."""
    found: dict[str, list[str]] = yaml.safe_load(builder(root, "introspect", "--sanitize", str(root / ".collections")))
    return found


def test_the_context_installs_the_collection_and_asks_for_nothing_else(context: Path, root: Path) -> None:
    files = {path.name for path in (context / "_build").iterdir()}
    assert files == {"requirements.yml", "scripts"}  # no further Python or system packages of the example's own
    assert (context / "_build/requirements.yml").read_text() == (
        root / SITE / "collections/requirements.yml"
    ).read_text()


def test_git_stays_out_of_the_image(context: Path) -> None:
    stages = (context / "Containerfile").read_text().split("\nFROM ")
    assert [stage.split("\n")[0] for stage in stages if "install -y git" in stage] == ["base AS galaxy"]


def test_ansible_is_one_that_the_collection_runs_on(context: Path) -> None:
    text = (context / "Containerfile").read_text()
    assert 'ANSIBLE_INSTALL_REFS="ansible-core>=2.19 ansible-runner"' in text and "python3.12" in text


def test_ntlm_needs_pywinrm_and_time_zones(needed: dict[str, list[str]]) -> None:
    assert {Requirement(line.split("#")[0]).name for line in needed["python"]} == {"pywinrm", "tzdata"}


@pytest.mark.parametrize(
    ("profile", "packages"),
    [
        ("default", []),
        ("compile", []),
        ("kerberos", ["gcc", "krb5-devel", "python3-devel", "krb5-workstation"]),
    ],
)
def test_system_packages_are_for_kerberos_alone(
    needed: dict[str, list[str]], profile: str, packages: list[str]
) -> None:
    found = Depends("".join(f"{line}\n" for line in needed["system"])).active_rules([profile, "platform:rpm"])
    assert [name for name, *_rest in found] == packages
