"""What Galaxy asks of a collection before it takes it (galaxy-importer's rules), and the one place of its addresses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[3]
ABOUT: dict[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text())
ADDRESSES = ["repository", "documentation", "homepage", "issues"]
NAME = re.compile(r"(?!.*__)[a-z][0-9a-z_]{1,63}")
CONTENT = re.compile(r"(?!.*__)[a-z_][0-9a-z_]*")
TAGS = {
    "application",
    "cloud",
    "database",
    "infrastructure",
    "linux",
    "monitoring",
    "networking",
    "security",
    "windows",
}
PAGE_SIZE = 512 * 1024
every_role = pytest.mark.parametrize("role", sorted((ROOT / "roles").iterdir()), ids=lambda role: role.name)


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


@pytest.mark.parametrize("name", [ABOUT["namespace"], ABOUT["name"], *ABOUT["tags"]])
def test_name_is_one_that_galaxy_knows(name: str) -> None:
    assert NAME.fullmatch(name)


def test_tags_are_few_and_one_is_of_galaxys_own() -> None:
    assert len(ABOUT["tags"]) <= 20 and TAGS & set(ABOUT["tags"])


def test_version_is_a_semantic_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9a-z.]+)?", ABOUT["version"])


def test_authors_are_texts_that_fit() -> None:
    assert ABOUT["authors"] and all(len(author) <= 64 for author in ABOUT["authors"])


@pytest.mark.parametrize("key", ADDRESSES)
def test_address_is_there(key: str) -> None:
    assert re.fullmatch(r"https://\S{1,1900}", ABOUT[key])


def test_licence_and_readme_are_files_and_the_licence_is_told_once() -> None:
    assert "license" not in ABOUT
    assert all((ROOT / ABOUT[key]).is_file() for key in ("license_file", "readme"))


def test_needed_ansible_is_told_as_a_specifier() -> None:
    needed = read("meta/runtime.yml")["requires_ansible"]
    assert len(needed) <= 255 and SpecifierSet(needed).contains("2.19.0")


def test_files_of_the_execution_environment_are_there() -> None:
    assert all((ROOT / file).is_file() for file in read("meta/execution-environment.yml")["dependencies"].values())


@pytest.mark.parametrize("folder", ["action", "callback", "filter", "modules", "test"])
def test_plugin_has_a_name_that_galaxy_takes(folder: str) -> None:
    names = [path.stem for path in (ROOT / "plugins" / folder).glob("*.*")]
    assert names and all(CONTENT.fullmatch(name) for name in names)


@every_role
def test_role_has_a_name_a_readme_and_a_description(role: Path) -> None:
    assert CONTENT.fullmatch(role.name)
    assert (role / "README.md").is_file()
    assert read(f"roles/{role.name}/meta/main.yml")["galaxy_info"]["description"]


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*"), *ROOT.glob("roles/*/*.md")], ids=str)
def test_page_is_no_larger_than_galaxy_shows(page: Path) -> None:
    assert page.stat().st_size <= PAGE_SIZE


def test_addresses_stand_in_galaxy_yml_and_in_what_is_written_from_it(own_files: list[Path]) -> None:
    """So the owner puts them there, and nowhere else."""
    own = [path for path in own_files if not (ROOT / path).is_symlink() and path.suffix not in (".gz", ".png")]
    written = re.compile(r"BEGIN written by scripts/reference.*?END written by scripts/reference", re.DOTALL)
    host = re.match(r"https://[^/]+/", ABOUT["repository"])
    mail = re.search(r"<(.+@.+)>", ABOUT["authors"][0])
    assert host and mail
    texts = {str(path): written.sub("", (ROOT / path).read_text(errors="replace")) for path in own}
    assert [name for name, text in texts.items() if host[0] in text or mail[1] in text] == ["galaxy.yml"]
