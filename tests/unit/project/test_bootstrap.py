"""scripts/bootstrap tries each Python it finds and takes the newest one that works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = ["bash", "env", "cp", "grep", "dirname", "awk", "sort", "cut", "cat", "mkdir", "rm", "flock", "sha256sum"]


class Machine:
    """A PATH with the tools that the script needs and the Pythons that a test puts there."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.bin.mkdir()
        self.home.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or pytest.fail(f"no {tool}"))

    def python(
        self, name: str, answer: str, *, venv: bool = True, folder: Path | None = None, further: str = ""
    ) -> Path:
        """A stand-in that answers as a Python would which tells ``answer`` (minor and micro version) of itself."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        minor = answer.partition(" ")[0]
        path.write_text(
            "#!/bin/sh\n"
            'case "$*" in\n'
            f"*Py_GIL_DISABLED*) echo '{answer} {path}' ;;\n"
            f"*ensurepip*) exit {0 if venv else 1} ;;\n"
            f"*-venv*) echo python3.{minor}-venv ;;\n"
            f"*'version_info.minor, sys.exec'*) echo '{minor} {path}' ;;\n"
            f"{further}"
            "*) exit 9 ;;\n"
            "esac\n"
        )
        path.chmod(0o755)
        return path

    def installer(self, *, pip: int = 0, check: int = 0) -> None:
        """A stand-in that also makes environments. What is the Python in them writes its words and the PIP_* that it
        sees to ``calls``, and ends with these codes."""
        inside = self.home / "inside"
        inside.write_text(
            "#!/bin/sh\n"
            f'{{ echo "$*"; env | grep ^PIP_; }} >>{self.home}/calls\n'
            f"case \"$*\" in *' pip '*) exit {pip} ;; '-I - '*) exit {check} ;; esac\n"
        )
        inside.chmod(0o755)
        make = f'\'-I -m venv \'*) mkdir -p "$4/bin"; cp {inside} "$4/bin/python" ;;\n'
        self.python("python3", "13 0", further=f"{make}--version) ;;\n")

    def calls(self) -> list[str]:
        """What the environment's Python was called with, and the PIP_* that it saw."""
        return (self.home / "calls").read_text().splitlines()

    def shim(self, name: str) -> None:
        """What pyenv leaves on PATH for a version that is not selected."""
        path = self.bin / name
        path.write_text("#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
        path.chmod(0o755)

    def bootstrap(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "HOME": str(self.home), **variables}
        return subprocess.run(
            [self.root / "scripts" / "bootstrap", *words], env=environment, capture_output=True, text=True
        )


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Machine:
    return Machine(root, tmp_path)


def test_newest_is_taken_wherever_it_is(machine: Machine) -> None:
    machine.python("python3", "11 2")
    machine.python("python3.12", "12 9")
    newest = machine.python("python3", "13 0", folder=machine.home / ".pyenv" / "versions" / "3.13.0" / "bin")
    assert machine.bootstrap("--which").stdout.split() == [str(newest)]


def test_micro_version_is_compared_as_a_number(machine: Machine) -> None:
    machine.python("python3.12", "12 9")
    newer = machine.python("python3", "12 10")
    assert machine.bootstrap("--which").stdout.split() == [str(newer)]


def test_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.shim("python3.14")
    working = machine.python("python3.11", "11 2")
    assert machine.bootstrap("--which").stdout.split() == [str(working)]


def test_python_that_cannot_make_venvs_is_passed_over(machine: Machine) -> None:
    machine.python("python3.13", "13 1", venv=False)
    able = machine.python("python3.12", "12 1")
    assert machine.bootstrap("--which").stdout.split() == [str(able)]


def test_list_names_the_newest_of_each_version(machine: Machine) -> None:
    machine.python("python3.12", "12 1")
    twelve = machine.python("python3", "12 3")
    eleven = machine.python("python3.11", "11 2")
    machine.python("python3.13", "13 1", venv=False)
    assert machine.bootstrap("--list").stdout.split() == [str(twelve), str(eleven)]


@pytest.mark.parametrize("words", [["--which"], []])
def test_missing_venv_is_told_with_the_package(machine: Machine, words: list[str]) -> None:
    machine.python("python3.13", "13 1", venv=False)
    done = machine.bootstrap(*words, *([] if words else [str(machine.home / "venv")]))
    assert done.returncode == 1
    assert "python3.13-venv" in done.stderr and "python3-venv" in done.stderr


@pytest.mark.parametrize("words", [["--which"], []])
def test_no_python_is_told_with_what_would_do(machine: Machine, words: list[str]) -> None:
    machine.shim("python3")
    done = machine.bootstrap(*words, *([] if words else [str(machine.home / "venv")]))
    assert done.returncode == 1
    assert "no suitable Python was found; 3.11 to 3.14 will do" in done.stderr


def test_this_python_answers_the_real_question(machine: Machine, root: Path) -> None:
    """The stand-ins above answer by hand; this asks a real interpreter the script's real question."""
    done = subprocess.run([root / "scripts" / "bootstrap", "--list"], capture_output=True, text=True, check=True)
    for python in done.stdout.split():
        version = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True
        )
        assert version.stdout.strip() in {f"(3, {minor})" for minor in (11, 12, 13, 14)}
    assert done.stdout.split()


def test_second_call_asks_no_python_and_changes_nothing(machine: Machine, root: Path) -> None:
    """The stamp is enough; on this machine there is no Python at all."""
    venv = machine.home / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(shutil.which("true") or "/bin/true")
    digest = subprocess.run(["sha256sum", root / "requirements" / "lock.txt"], capture_output=True, text=True).stdout
    (venv / ".installed-from").write_text(digest.split()[0] + "\n")
    assert machine.bootstrap(str(venv)).returncode == 0
    (venv / ".installed-from").write_text("another lock\n")
    assert machine.bootstrap(str(venv)).returncode == 1
    assert os.path.islink(venv / "bin" / "python")


def test_the_python_of_an_activated_environment_is_not_taken(machine: Machine, tmp_path: Path) -> None:
    """It would be removed before the new one is made with it."""
    active = tmp_path / "active"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", active], check=True)
    other = machine.python("python3.11", "11 2")
    environment = {"PATH": f"{active / 'bin'}:{machine.bin}", "HOME": str(machine.home)}
    script = machine.root / "scripts" / "bootstrap"
    done = subprocess.run([script, "--which"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(other)


def test_pip_sees_nothing_of_the_callers_settings_and_builds_nothing(machine: Machine) -> None:
    machine.installer()
    venv = machine.home / "venv"
    done = machine.bootstrap(
        str(venv), PIP_INDEX_URL="http://192.0.2.1/", PIP_NO_BINARY=":all:", PIP_TARGET="elsewhere"
    )
    assert done.returncode == 0, done.stderr
    install, check = machine.calls()
    assert install.startswith("-I -m pip install ") and check == "-I - requirements/lock.txt"
    words = install.split()
    assert {"--require-hashes", "--no-deps"} <= set(words) and words[words.index("--only-binary") + 1] == ":all:"
    assert (venv / ".installed-from").exists()


@pytest.mark.parametrize(
    ("pip", "check", "told"),
    [(1, 0, "pip could not install requirements/lock.txt"), (0, 1, "is not whole")],
    ids=["pip fails", "the check fails"],
)
def test_what_is_not_whole_gets_no_stamp_and_is_made_anew(machine: Machine, pip: int, check: int, told: str) -> None:
    machine.installer(pip=pip, check=check)
    venv = machine.home / "venv"
    done = machine.bootstrap(str(venv))
    assert done.returncode == 1 and told in done.stderr
    assert (venv / "bin/python").exists() and not (venv / ".installed-from").exists()
    machine.installer()
    assert machine.bootstrap(str(venv)).returncode == 0
    assert (venv / ".installed-from").exists()


def test_what_is_missing_other_or_broken_is_named(machine: Machine) -> None:
    """Of distributions that the lock names; what else is there is none of its business."""
    venv = machine.home / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    lock = (machine.root / "requirements/lock.txt").read_text()
    whole, broken = (lock.partition(f"\n{name}==")[2].split()[0] for name in ("xmltodict", "yamllint"))
    for name, version in {"xmltodict": whole, "yamllint": broken, "pytest": "0.1", "strange": "1"}.items():
        (site / f"{name}-{version}.dist-info").mkdir()
        (site / f"{name}-{version}.dist-info/METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
        (site / f"{name}-{version}.dist-info/RECORD").write_text(f"{name}/__init__.py,,\n")
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(
            "" if name == "xmltodict" else "raise RuntimeError('made of cheese')\n"
        )
    done = machine.bootstrap("--check", str(venv))
    assert done.returncode == 1
    assert "yamllint does not import: made of cheese" in done.stderr
    assert "pytest 0.1 is there, which the lock does not name" in done.stderr
    assert re.search(r"^wcmatch \S+ is not there$", done.stderr, re.MULTILINE)
    assert "strange" not in done.stderr and "xmltodict" not in done.stderr
