"""Where ledger and saved states lie while nobody declares a place: one for an inventory, whoever calls from where."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.task import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.default_place import FOLDER, inventory_dir_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import notice_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RunOptions
from tests.unit.plugin_utils.action.shell_host import Shell, twin

HOST = "server01"
COLLECTION = "installed/ansible_collections/sbs/mailflow/playbooks"
SAVED = f"{HOST}/send_connector_20260131T093000Z.json"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A controller's folders: two of playbooks, an installed collection, an inventory, and somebody's home."""
    for folder in ("playbooks", "maintenance", COLLECTION, "inventory/group_vars", "home"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "inventory/hosts.yml").write_text(f"sbs: {{hosts: {{{HOST}: }}}}\n")
    return tmp_path


def put(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


def task(site: Path, playbooks: str = "playbooks", inventory: str = "inventory", check: bool = False) -> Task:
    beside = str(site / inventory)
    return Task(HOST, {}, RunOptions(), [], check, False, str(site / playbooks), inventory_dir=beside)


def place(site: Path, playbooks: str = "playbooks") -> str:
    """Where a run keeps what it knows, seen from the site."""
    return os.path.relpath(task(site, playbooks).backup_dir, site)


CALLERS = {
    "a playbook of the site": ("playbooks", ".", "inventory"),
    "another playbook": ("maintenance", ".", "inventory"),
    "a playbook of the collection": (COLLECTION, ".", "inventory"),
    "from the playbooks' folder": ("playbooks", "playbooks", "../inventory"),
    "from somebody's home": ("playbooks", "home", "../inventory"),
    "the collection's, from there": (COLLECTION, "home", "../inventory"),
    "the file of the inventory": ("playbooks", ".", "inventory/hosts.yml"),
    "the command ansible": ("home", "home", "../inventory/hosts.yml"),
}


@pytest.mark.parametrize(("playbooks", "cwd", "source"), CALLERS.values(), ids=CALLERS)
def test_every_caller_finds_the_same_place(
    site: Path, monkeypatch: pytest.MonkeyPatch, playbooks: str, cwd: str, source: str
) -> None:
    monkeypatch.chdir(site / cwd)
    monkeypatch.setenv("HOME", str(site / cwd))
    told = InventoryManager(DataLoader(), sources=[source]).get_host(HOST).vars["inventory_dir"]
    found = Task(HOST, {}, RunOptions(), [], False, False, str(site / playbooks), inventory_dir=told)
    assert Path(found.backup_dir) == site / "inventory" / FOLDER
    assert found.ledger(None).path == site / "inventory" / FOLDER / "ledger.sqlite"
    assert found.settle(True) == ()


def test_ansible_takes_nothing_there_for_more_of_the_inventory(site: Path) -> None:
    put(site / "inventory" / FOLDER, SAVED)
    put(site / "inventory" / FOLDER, f"{HOST}/pop3_connector_key_map.yml")
    hosts = InventoryManager(DataLoader(), sources=[str(site / "inventory")]).get_hosts()
    assert [each.name for each in hosts] == [HOST]


@pytest.mark.parametrize("declared", ["/srv/mailflow", "beside"])
def test_what_is_declared_counts(site: Path, declared: str) -> None:
    put(site / "playbooks/backup", "ledger.sqlite")
    here, there = str(site / "playbooks"), str(site / "inventory")
    found = Task(HOST, {}, RunOptions(backup_dir=declared), [], False, False, here, inventory_dir=there)
    assert (found.backup_dir, found.settle(True)) == (declared, ())
    assert not (site / "inventory" / FOLDER).exists()


# ---- what was kept before there was this rule: beside the playbook, for the collection's own in the working directory

BEFORE = {
    "a ledger": "ledger.sqlite",
    "a saved state": SAVED,
    "one of two within a second": SAVED.replace("Z.json", "Z_2.json"),
    "a recovery": f"{HOST}/queue_recovery.json",
    "a key map": f"{HOST}/pop3_connector_key_map.yml",
    "a lock": f"{HOST}/host.lock",
}


@pytest.mark.parametrize("kept", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize(("playbooks", "before"), [("playbooks", "playbooks/backup"), (COLLECTION, "home/backup")])
def test_it_is_still_used_and_told_once(
    site: Path, monkeypatch: pytest.MonkeyPatch, kept: str, playbooks: str, before: str
) -> None:
    monkeypatch.chdir(site / "home")
    put(site / before, kept)
    link = site / "inventory" / FOLDER
    first, again = task(site, playbooks), task(site, playbooks)
    assert Path(first.backup_dir) == site / before
    assert first.settle(True) == (notice_of("place_linked", place=site / before, link=link),)
    assert (Path(again.backup_dir), again.settle(True)) == (site / before, ())
    assert place(site, "maintenance") == before  # and so it is found by all
    assert not os.path.isabs(os.readlink(link))


@pytest.mark.parametrize("other", ["photos.tar", f"{HOST}/notes.json", "2026/database.sql"])
def test_another_folder_of_that_name_is_none(site: Path, other: str) -> None:
    put(site / "playbooks/backup", other)
    assert (place(site), task(site).settle(True)) == (f"inventory/{FOLDER}", ())


@pytest.mark.parametrize(("check", "writes"), [(True, True), (False, False)])
def test_who_writes_nothing_links_nothing_and_is_told_of_a_second_one_all_the_same(
    site: Path, check: bool, writes: bool
) -> None:
    put(site / "playbooks/backup", "ledger.sqlite")
    looked = task(site, check=check)
    assert (Path(looked.backup_dir), looked.settle(writes)) == (site / "playbooks/backup", ())
    assert not (site / "inventory" / FOLDER).is_symlink()
    put(site / "inventory" / FOLDER, "ledger.sqlite")
    used, left = site / "inventory" / FOLDER, site / "playbooks/backup"
    assert task(site, check=check).settle(writes) == (notice_of("place_left", left=left, place=used),)


def test_the_locks_of_a_run_from_elsewhere_hide_no_ledger(site: Path) -> None:
    put(site / "inventory" / FOLDER, f"{HOST}/host.lock")
    put(site / "playbooks/backup", "ledger.sqlite")
    assert place(site) == "playbooks/backup"
    assert len(task(site).settle(True)) == 1 and place(site, "maintenance") == "playbooks/backup"
    assert (site / "inventory" / f"{FOLDER}.locks" / HOST / "host.lock").is_file()  # nothing is deleted


def test_a_folder_that_may_not_be_read_is_not_passed_over(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = os.scandir

    def refuse(folder: Path) -> Any:
        if folder.name == "backup":
            raise PermissionError(folder)
        return listed(folder)

    put(site / "playbooks/backup", "ledger.sqlite")
    monkeypatch.setattr(os, "scandir", refuse)
    assert place(site) == "playbooks/backup"
    put(site / "inventory" / FOLDER, "ledger.sqlite")
    assert place(site) == f"inventory/{FOLDER}" and len(task(site).settle(True)) == 1


def test_an_inventory_file_that_is_a_link_is_that_which_it_leads_to(site: Path) -> None:
    (site / "other").mkdir()
    (site / "other/hosts.yml").symlink_to("../inventory/hosts.yml")
    variables = InventoryManager(DataLoader(), sources=[str(site / "other/hosts.yml")]).get_host(HOST).vars
    assert inventory_dir_of(variables) == str(site / "inventory")
    assert inventory_dir_of({}) == "" and inventory_dir_of({"inventory_dir": "/x", "inventory_file": None}) == "/x"


def test_a_second_one_of_before_is_told_of_and_not_used(site: Path) -> None:
    put(site / "playbooks/backup", "ledger.sqlite")
    put(site / "maintenance/backup", "ledger.sqlite")
    task(site).settle(True)
    found = task(site, "maintenance")
    used, left = site / "playbooks/backup", site / "maintenance/backup"
    assert (Path(found.backup_dir), found.settle(True)) == (used, (notice_of("place_left", left=left, place=used),))


def test_a_folder_that_was_removed_is_made_again_where_it_was(site: Path) -> None:
    (site / "inventory" / FOLDER).symlink_to("../playbooks/backup")
    assert (place(site), task(site).settle(True)) == ("playbooks/backup", ())


def test_an_inventory_that_nobody_may_write_to_leaves_it_where_it_was(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError

    put(site / "playbooks/backup", "ledger.sqlite")
    monkeypatch.setattr(Path, "symlink_to", refuse)
    assert (task(site).settle(True), place(site)) == ((), "playbooks/backup")


def test_an_inventory_that_is_a_link_gets_one_that_leads_back(site: Path) -> None:
    (site / "real/deep").mkdir(parents=True)
    (site / "mine").symlink_to("real/deep")
    put(site / "playbooks/backup", "ledger.sqlite")
    task(site, inventory="mine").settle(True)
    assert (site / "real/deep" / FOLDER / "ledger.sqlite").is_file()


@pytest.mark.parametrize(("playbooks", "found"), [("playbooks", "playbooks/backup"), (COLLECTION, "home/backup")])
def test_a_host_of_no_inventory_file_keeps_the_place_of_the_playbook(
    site: Path, monkeypatch: pytest.MonkeyPatch, playbooks: str, found: str
) -> None:
    monkeypatch.chdir(site / "home")
    listed = InventoryManager(DataLoader(), sources=[f"{HOST},"]).get_host(HOST).vars["inventory_dir"]
    for told in ("", str(listed)):
        alone = Task(HOST, {}, RunOptions(), [], False, False, str(site / playbooks), inventory_dir=told)
        assert (Path(alone.backup_dir), alone.settle(True)) == (site / found, ())


# ---- an action as Ansible runs it


def test_a_run_saves_there_and_one_that_only_looks_tells_nothing(site: Path) -> None:
    put(site / "playbooks/backup", "ledger.sqlite")
    shell = Shell(twin("sbs2011"), {"inventory_dir": str(site / "inventory")})
    looked = shell.run("facts", {}, folder=site / "playbooks")
    assert not (site / "inventory" / FOLDER).exists() and "beside the inventory" not in str(looked.get("warnings"))
    run = shell.run("transport", {"message_retry_interval": "00:45:00"}, folder=site / "playbooks")
    assert Path(run["backup_file"]).parent == site / "playbooks/backup/sbs"
    assert run["warnings"][0] == notice_of(
        "place_linked", place=site / "playbooks/backup", link=site / "inventory" / FOLDER
    )
    again = shell.run("transport", {"message_retry_interval": "00:15:00"}, folder=site / "maintenance")
    assert Path(again["backup_file"]).parent == site / "playbooks/backup/sbs" and not again.get("warnings")
