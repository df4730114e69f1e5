"""Which hosts a playbook of the project is for; where that is none, it does not end as if all were well."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from .running import ROOT

INVENTORY = {
    "sbs": {"hosts": {"server01": {}, "server02": {}}},
    "web": {"hosts": {"web01": {}}},
    "empty": {},
}
PLAYBOOKS = sorted(ROOT.glob("playbooks/*.yml"))


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_every_playbook_names_its_hosts_by_the_variable(playbook: Path) -> None:
    for play in yaml.safe_load(playbook.read_text(encoding="utf-8")):
        named = (play.get("hosts"), play.get("vars_files"))
        ours = named == ("{{ matched_hosts }}", ["vars/hosts.yml"])
        assert ours or play["hosts"] == "localhost" if "hosts" in play else play["ansible.builtin.import_playbook"]


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        ([], {"server01", "server02"}),
        (["--limit", "server02,web01"], {"server02"}),
        (["-e", "sbs_hosts=web"], {"web01"}),
        (["--limit", "web01"], set()),
        (["-e", "sbs_hosts=empty"], set()),
        (["-e", "sbs_hosts="], {"server01", "server02"}),
        (["-e", '{"sbs_hosts": ["server01", "web01"]}'], {"server01", "web01"}),
        (["--limit", "web01,@{files}/two"], {"server01", "server02"}),
        (["--limit", "@{files}/web"], set()),
        (["--limit", "~.*02"], {"server02"}),
    ],
    ids=[
        "the group",
        "a limit",
        "another group",
        "a limit beside the group",
        "an empty group",
        "nothing said",
        "a list",
        "a file beside another limit",
        "a file beside the group",
        "a regular expression",
    ],
)
def test_the_hosts_of_a_playbook(words: list[str], hosts: set[str], tmp_path: Path) -> None:
    (inventory := tmp_path / "hosts.yml").write_text(yaml.safe_dump(INVENTORY))
    (tmp_path / "two").write_text("server01\nserver02\n")
    (tmp_path / "web").write_text("web01\n")
    words = [each.replace("{files}", str(tmp_path)) for each in words]
    run = subprocess.run(
        ["ansible-playbook", "-i", inventory, "playbooks/switch_smarthost_account.yml", "--list-hosts", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = {line.strip() for line in run.stdout.split("hosts (")[-1].splitlines()[1:]} - {""}
    assert (run.returncode == 0, names) == (bool(hosts), hosts), run.stderr
    assert bool(hosts) or "No host of the inventory is matched" in run.stderr
