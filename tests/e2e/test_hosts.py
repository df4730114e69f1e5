"""Hosts of every kind: what can be managed is, what must not be touched is refused with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.parts import needs_exchange

from .running import Run, Site, connectors, site, smarthost, state, writes

REFUSED: dict[str, list[str]] = {
    "no_exchange": ["no Exchange 2010", "inventory names the SBS host itself"],
    "no_snapin": ["no Exchange 2010", "snap-in", "not registered"],
    "exchange2007": ["no Exchange 2010", "expected an Exchange 2010 server"],
    "exchange2013": ["Exchange 2013 or later", "15.0.1497.2", "Microsoft warns of damage"],
    "duplicate_names": ["2 connectors with that name", "Rename or remove the other"],
    "another_computer": ["none of which is this host (ADMINPC)", "Run against the Exchange server itself"],
}
MANAGED = {
    "sbs2011": "Windows SBS Internet Send SBS",
    "sbs2011_german": "Windows SBS Internet-Sendeconnector SBS",
    "exchange2010": "Internet",
    "two_servers": "Internet",
    "no_connector": "Smarthost",
}
Visited = tuple[Site, dict[str, Any], Run, Run]


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    """One host of each kind, all met by one run of the site playbook and by a second one."""
    names = {name.replace("_", "-"): name for name in (*REFUSED, *MANAGED)}
    states = {host: "sbs2011" if name == "another_computer" else name for host, name in names.items()}
    declarations = {host: smarthost() for host in names}
    declarations["duplicate-names"] = smarthost(name="Internet")
    with site(tmp_path_factory.mktemp("hosts"), hosts=list(names), states=states) as many:
        # A computer that has only the management tools sees the organisation's servers, none of which it is.
        many.lab.hosts["another-computer"].machine.computer_name = "ADMINPC"
        before = {host: state(many.lab.hosts[host]) for host in names}
        yield many, before, many.roles(declarations, "-vvvv"), many.roles(declarations)


@pytest.mark.parametrize("name", REFUSED)
def test_a_host_that_cannot_be_managed_is_refused_untouched(visited: Visited, name: str) -> None:
    many, before, run, again = visited
    host, key = many.lab.hosts[name.replace("_", "-")], name.replace("_", "-")
    record = run.task(host=key)
    assert (record["status"], record["result"]["changed"]) == ("failed", False)
    message = record["result"]["msg"]
    assert [word for word in REFUSED[name] if word not in message] == [], message
    assert again.result(host=key)["msg"] == message
    assert state(host) == before[key] and writes(host) == []
    assert (host.log.count(), host.open_shells) == (2, 0)


def test_a_host_whose_process_dies_with_the_snap_in_is_refused_untouched(tmp_path: Path) -> None:
    with site(tmp_path, state="snapin_dies") as dying:
        before = state(dying.host)
        message = dying.connector(**smarthost()).result()["msg"]
        assert "no reply of the agent (exit code 0xE0434F4D" in message and "memory quota is raised" in message
        assert state(dying.host) == before and dying.host.open_shells == 0


def test_the_snap_in_is_never_loaded_on_a_later_exchange(visited: Visited) -> None:
    # The twin refuses by the version, before any cmdlet; that the real agent does is held by the contract tests.
    history = visited[0].lab.hosts["exchange2013"].machine.dump()["history"]
    assert [each["command"] for each in history if needs_exchange(each["command"])] == []


@pytest.mark.parametrize("name", MANAGED)
def test_a_host_with_exchange_2010_is_managed_whatever_its_language_and_names(visited: Visited, name: str) -> None:
    many, _, run, again = visited
    key = name.replace("_", "-")
    host = many.lab.hosts[key]
    assert run.recap(key)["changed"] == 1 and again.recap(key)["changed"] == 0
    assert again.result(host=key)["plan"] is None
    assert connectors(host)[MANAGED[name]]["SmartHosts"] == ["smtp.strato.de"]
    assert (host.log.count(), host.open_shells) == (3, 0)


def test_one_bad_host_keeps_no_other_from_its_work(visited: Visited) -> None:
    many, _, run, _ = visited
    assert run.code == 2
    assert sum(run.recap(host)["failed"] for host in many.lab.hosts) == len(REFUSED)
    assert sum(run.recap(host)["changed"] for host in many.lab.hosts) == len(MANAGED)
    assert {path.parent.name for path in many.saved()} == {name.replace("_", "-") for name in MANAGED}
