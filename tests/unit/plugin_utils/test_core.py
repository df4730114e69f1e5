"""An ansible-core or a Python that is too old is refused before anything else is imported, and says so."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleError

from ansible_collections.sbs.mailflow.plugins.plugin_utils import core

ROOT = Path(__file__).resolve().parents[3]
OLD = """
import sys
import ansible.release
ansible.release.__version__ = "2.18.6"
from ansible.cli.{0} import main
sys.argv = ["ansible", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("version", ["2.9.27", "2.18.6", "2.18.0rc1", "1.9"])
def test_an_older_core_is_refused(version: str) -> None:
    with pytest.raises(AnsibleError, match=rf"found ansible-core {version}.*expected core 2\.19.*Nothing was done"):
        core.require(version)


@pytest.mark.parametrize("version", ["2.19.0", "2.19.0b1", "2.21.5", "2.22.0rc1", "3.0", "devel"])
def test_a_newer_core_is_taken(version: str) -> None:
    core.require(version)


def test_an_older_python_is_refused() -> None:
    with pytest.raises(AnsibleError, match=r"on Python 3\.10\.2"):
        core.require("2.19.0", (3, 10, 2))


def test_it_comes_before_all_other_imports_and_can_be_read_by_what_it_refuses() -> None:
    """Python 3.8 is the oldest that the cores since 2.13 run on."""
    package = ROOT / "plugins" / "plugin_utils"
    for path in (package / "__init__.py", package / "core.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert modules <= {"__future__", "ansible.release", "ansible.errors", "core"}


def played(folder: Path, program: str, *words: str) -> str:
    """What a program of Ansible prints that believes to be 2.18."""
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(folder)}
    command = [sys.executable, "-c", OLD.format(program), *words]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode != 0
    return " ".join((done.stdout + done.stderr).split())


def test_a_task_of_an_older_core_says_so(tmp_path: Path) -> None:
    words = ("-i", "localhost,", "localhost", "-c", "winrm", "-m", "sbs.mailflow.ping")
    assert "found ansible-core 2.18.6" in played(tmp_path, "adhoc", *words)


def test_a_playbook_of_the_project_with_an_older_core_says_so(tmp_path: Path) -> None:
    """Be it an action or a filter that Ansible loads first."""
    told = played(tmp_path, "playbook", "-i", "inventory/example", "playbooks/site.yml")
    assert "found ansible-core 2.18.6" in told


def test_a_filter_of_an_older_core_says_so(tmp_path: Path) -> None:
    playbook = tmp_path / "filter.yml"
    playbook.write_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        "    - ansible.builtin.debug: {msg: '{{ {} | sbs.mailflow.account_age }}'}\n"
    )
    assert "found ansible-core 2.18.6" in played(tmp_path, "playbook", "-i", "localhost,", str(playbook))
