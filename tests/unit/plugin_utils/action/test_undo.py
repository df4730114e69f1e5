"""The command that undoes a run: it can be typed as it stands, where the run was started."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import undo
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.undo import undo_command

RUN = "20260131T093000Z-ab12cd"
OURS = "- hosts: sbs\n  tasks:\n    - sbs.mailflow.restore:\n"


@pytest.fixture(autouse=True)
def current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (here := tmp_path / "mein Netz").mkdir()
    monkeypatch.chdir(here)
    return here


def command(playbook_dir: str = "/nowhere", folder: str | None = None, host: str = "server01", **given: Any) -> str:
    return undo_command(host, RUN, playbook_dir, given, folder)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, []),
        ({"inventory": ["{here}/inventory/mysite"]}, ["-i", "inventory/mysite"]),
        ({"inventory": ("{here}/a", "/etc/hosts.yml")}, ["-i", "a", "-i", "/etc/hosts.yml"]),
        ({"inventory": ["server01,"]}, ["-i", "server01,"]),
        ({"ask_vault_pass": True, "ask_pass": False}, ["--ask-vault-pass"]),
        ({"vault_password_files": ["{here}/.vault"]}, ["--vault-password-file", ".vault"]),
        (
            {"remote_user": "anna", "connection_password_file": "/etc/sbs"},
            ["--connection-password-file", "/etc/sbs", "--user", "anna"],
        ),
        ({"vault_password_files": ["/run/credentials/x.service/p"]}, ["--vault-id", "default@prompt"]),
        ({"vault_ids": ["sbs@/dev/fd/63"], "extra_vars": ["@/dev/fd/62"]}, ["--vault-id", "sbs@prompt"]),
        ({"vault_ids": ["sbs@prompt", "sbs@/etc/sbs"]}, ["--vault-id", "sbs@prompt", "--vault-id", "sbs@/etc/sbs"]),
    ],
)
def test_it_takes_what_ansible_was_started_with(given: dict[str, Any], words: list[str], current_folder: Path) -> None:
    known = {
        option: [each.format(here=current_folder) for each in value] if isinstance(value, (list, tuple)) else value
        for option, value in given.items()
    }
    end = ["sbs.mailflow.restore", "--limit", "server01", "-e", f"run={RUN}"]
    assert shlex.split(command(**known)) == ["ansible-playbook", *words, *end]


@pytest.mark.parametrize(
    ("place", "text", "playbook"),
    [
        ("playbooks/restore.yml", OURS, "playbooks/restore.yml"),
        ("playbooks/restore.yml", "- hosts: all\n", "sbs.mailflow.restore"),
        ("site/restore.yml", OURS, "sbs.mailflow.restore"),
    ],
    ids=["in the repository", "a playbook of another kind", "not beside the playbook"],
)
def test_the_playbook_is_the_one_that_is_there(place: str, text: str, playbook: str, current_folder: Path) -> None:
    path = current_folder / place
    path.parent.mkdir()
    path.write_text(text)
    assert f" {playbook} --limit " in command("playbooks")
    assert f" {playbook} --limit " in command(".")


def test_a_playbook_beside_the_one_that_was_run_is_taken(current_folder: Path) -> None:
    (folder := current_folder / "mail").mkdir()
    (folder / "restore.yml").write_text(OURS)
    assert " mail/restore.yml --limit " in command(str(folder))


def test_a_folder_that_only_the_task_knows_is_named(current_folder: Path) -> None:
    words = shlex.split(command(folder=str(current_folder / "gesichert"), host="server 01"))
    assert words[-6:] == ["--limit", "server 01", "-e", "mail_flow_backup_dir=gesichert", "-e", f"run={RUN}"]
    words = shlex.split(command(folder=str(current_folder / "mein Ordner")))  # which Ansible splits once more
    assert words[-3] == "mail_flow_backup_dir='mein Ordner'"


def test_files_of_variables_are_named_and_other_variables_are_not(current_folder: Path) -> None:
    files = [f"@{current_folder}/vault.yml", "ansible_password=geheim", "@other.yml"]
    words = shlex.split(command(extra_vars=files))
    assert words[-6:] == ["-e", "@vault.yml", "-e", "@other.yml", "-e", f"run={RUN}"]


def test_a_host_of_another_group_is_named_to_the_playbook() -> None:
    words = shlex.split(undo_command("server01", RUN, "/nowhere", {}, None, ["exchange"]))
    assert words[-4:] == ["-e", "sbs_hosts=server01", "-e", f"run={RUN}"]


def test_a_collection_beside_the_playbook_is_named_with_its_folder(
    current_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"{current_folder}/collections/ansible_collections/sbs/mailflow/plugins/plugin_utils/action/undo.py"
    monkeypatch.setattr(undo, "__file__", place)

    def words(*searched: str) -> list[str]:
        return shlex.split(undo_command("server01", RUN, "/nowhere", {}, None, searched=searched))

    assert words("/usr/share")[:3] == ["env", "ANSIBLE_COLLECTIONS_PATH=collections", "ansible-playbook"]
    assert words("/usr/share", f"{current_folder}/collections")[0] == "ansible-playbook"


def test_a_program_that_the_shell_does_not_find_is_named_with_its_path(
    current_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = current_folder / ".venv/bin/ansible-playbook"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.setattr("sys.argv", [str(program)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert command().startswith(".venv/bin/ansible-playbook ")
    monkeypatch.setenv("PATH", str(program.parent))
    assert command().startswith("ansible-playbook ")
