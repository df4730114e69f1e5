"""The lock: hashes for every release, no address, one answer for each Python from 3.11 to 3.14."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PIN = re.compile(r"(?P<requirement>\S+==[^\\]+?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")


@pytest.fixture(scope="module")
def lock(root: Path) -> str:
    return (root / "requirements" / "lock.txt").read_text()


@pytest.fixture(scope="module")
def pins(lock: str) -> list[Requirement]:
    return [Requirement(match["requirement"]) for match in PIN.finditer(lock)]


def applies(requirement: Requirement, python: str) -> bool:
    """Whether the requirement is for this Python, on Linux."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def wanted(root: Path) -> list[Requirement]:
    lines = [line for name in ("run.in", "dev.in") for line in (root / "requirements" / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]


def test_lock_holds_nothing_but_pins_with_hashes(lock: str) -> None:
    assert PIN.sub("", lock) == ""


def test_no_file_is_named_by_an_address(lock: str) -> None:
    assert "://" not in lock and "--index" not in lock and "--find-links" not in lock


def test_releases_for_several_machines_are_hashed(lock: str) -> None:
    """Not only the files that fit the machine on which the lock was made."""
    by_name = {Requirement(match["requirement"]).name: match["hashes"].count("--hash") for match in PIN.finditer(lock)}
    assert by_name["cryptography"] > 20 and by_name["pyyaml"] > 40


@pytest.mark.parametrize("python", PYTHONS)
def test_each_project_is_pinned_once_for_each_python(python: str, pins: list[Requirement]) -> None:
    names = [canonicalize_name(pin.name) for pin in pins if applies(pin, python)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("python", PYTHONS)
def test_everything_asked_for_is_locked(python: str, root: Path, pins: list[Requirement]) -> None:
    locked = {canonicalize_name(pin.name): str(pin.specifier)[2:] for pin in pins if applies(pin, python)}
    for requirement in wanted(root):
        if applies(requirement, python):
            assert locked[canonicalize_name(requirement.name)] in SpecifierSet(str(requirement.specifier))


@pytest.mark.parametrize(
    ("python", "version"), [("3.11", "2.19.14"), ("3.12", "2.21.5"), ("3.13", "2.21.5"), ("3.14", "2.21.5")]
)
def test_ansible_core_fits_the_python(python: str, version: str, pins: list[Requirement]) -> None:
    cores = [str(pin.specifier) for pin in pins if pin.name == "ansible-core" and applies(pin, python)]
    assert cores == [f"=={version}"]
