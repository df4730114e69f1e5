"""Two servers under one name: what was kept of the one is never used on the other, whichever way the mix-up came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running import Run, Site, site, smarthost, state, writes

CONNECTOR = {"Name": "Alt", "AddressSpaces": ["*"], "DNSRoutingEnabled": False, "SmartHosts": ["smtp.beispiel.de"]}
STATE = {"profile": "sbs2011", "send_connectors": [CONNECTOR]}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """Two servers, and a state that was saved of the first."""
    with site(tmp_path_factory.mktemp("two"), STATE, hosts=["sbs", "other"]) as both:
        run = both.play([both.task(name="Alt", comment="neu")], "--limit", "sbs")
        yield both, run.result()["backup_file"]


def restored(both: Site, file: str, *words: str, **variables: object) -> Run:
    """A restore on the host that is called sbs, whose address is the other's now."""
    moved = {"ansible_port": both.lab.hosts["other"].ports.http, "backup_file": file, **variables}
    return both.restore({"sbs": moved}, "--limit", "sbs", *words)


def test_a_saved_state_is_not_restored_on_another_server(two: tuple[Site, str]) -> None:
    both, file = two
    before = state(both.lab.hosts["other"])
    machines = [each.machine for each in both.lab.hosts.values()]
    for words in ((), ("--check",)):
        run = restored(both, file, *words)
        (reason,) = run.result()["reasons"]
        assert run.recap()["failed"] == 1 and run.result()["changed"] is False
        assert [each.domain_sid for each in machines if each.domain_sid not in reason["found"]] == []
        assert file in reason["found"] and "accept_identity" in reason["remedy"]
    assert state(both.lab.hosts["other"]) == before and writes(both.lab.hosts["other"]) == []
    meant = reason["remedy"].split("accept_identity: ")[1].split(" to confirm it")[0]
    run = restored(both, file, "--check", send_connector_accept_identity=meant)
    assert run.recap()["failed"] == 0 and "plan" in run.result()


DELEGATED = ["to another", "to another in a loop", "to another by a block", "to localhost"]


@pytest.fixture(scope="module")
def delegated(two: tuple[Site, str]) -> tuple[Site, Run]:
    """A task that is delegated in each way, and one to the play's own host, in one run."""
    both, _ = two
    ways = {DELEGATED[0]: {"delegate_to": "other"}, DELEGATED[1]: {"delegate_to": "{{ item }}", "loop": ["other"]}}
    tasks = [{**both.task(name, **smarthost()), **keys, "ignore_errors": True} for name, keys in ways.items()]
    block = [{**both.task(DELEGATED[2], **smarthost()), "ignore_errors": True}]
    tasks += [{"block": block, "delegate_to": "other"}]
    tasks += [{**both.task(DELEGATED[3], **smarthost()), "delegate_to": "localhost", "ignore_errors": True}]
    own = {**both.task("to itself", name="Alt", comment="neu"), "delegate_to": "{{ inventory_hostname }}"}
    plain = {"name": "on the controller", "ansible.builtin.command": "true", "delegate_to": "localhost"}
    return both, both.play([*tasks, own, {**plain, "vars": {"ansible_connection": "local"}}], "--limit", "sbs")


@pytest.mark.parametrize("name", DELEGATED)
def test_a_delegated_task_is_refused(delegated: tuple[Site, Run], name: str) -> None:
    both, run = delegated
    record = run.task(name)
    result = record["result"].get("results", [record["result"]])[0]
    assert record["status"] == "failed" and "delegate_to: " in result["msg"], run.output
    assert writes(both.lab.hosts["other"]) == [] and not (both.backups / "other").exists()


def test_what_needs_no_host_and_what_is_delegated_to_itself_stays(delegated: tuple[Site, Run]) -> None:
    _, run = delegated
    assert run.task("to itself")["status"] == "ok" and run.recap()["failed"] == 0
