"""The two actions that only look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import StartSite
from .running import ROOT, Run, Site, site, writes

KINDS = ("sbs2011", "sbs2011_german", "no_exchange", "exchange2007", "exchange2013", "no_snapin")


def look(name: str, **options: Any) -> dict[str, Any]:
    """A task ping or facts."""
    return {"name": name, f"sbs.mailflow.{name}": options}


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """Both actions on a host of each kind; the play itself uses a gathered fact."""
    states = {name.replace("_", "-"): name for name in KINDS}
    shown = {"ansible.builtin.debug": {"msg": "{{ ansible_facts.sbs_mailflow.powershell.version }} on it"}}
    with site(tmp_path_factory.mktemp("looked"), hosts=list(states), states=states) as many:
        yield many, many.play([look("ping"), look("facts"), {"name": "shown", **shown}], "-vvvv")


@pytest.mark.parametrize("name", KINDS)
def test_ping_proves_the_way_on_every_kind_of_host(looked: tuple[Site, Run], name: str) -> None:
    many, run = looked
    key = name.replace("_", "-")
    result = run.result("ping", key)
    assert (result["ping"], result["computer"], result["changed"]) == ("pong", "SBS", False)
    assert result["powershell"] == ("4.0" if name == "exchange2013" else "2.0")
    host = many.lab.hosts[key]
    assert (host.log.count(), host.open_shells, writes(host)) == (2, 0, [])


@pytest.mark.parametrize(
    ("name", "sbs", "major", "language"),
    [
        ("sbs2011", True, 14, "0409"),
        ("sbs2011_german", True, 14, "0407"),
        ("no_exchange", False, None, "0409"),
        ("exchange2007", False, 8, "0409"),
        ("exchange2013", False, 15, "0409"),
        ("no_snapin", True, 14, "0409"),
    ],
)
def test_facts_tell_what_the_host_is(
    looked: tuple[Site, Run], name: str, sbs: bool, major: int | None, language: str
) -> None:
    many, run = looked
    key = name.replace("_", "-")
    facts = run.result("facts", key)["ansible_facts"]["sbs_mailflow"]
    assert facts["small_business_server"] is sbs
    assert (facts["exchange"]["major"], facts["exchange"]["installed"]) == (major, major is not None)
    assert facts["windows"]["language"] == language
    assert facts["powershell"]["version"] in ("2.0", "4.0")
    assert abs(facts["clock_skew_seconds"]) < 60
    told = [command["command"] for command in many.lab.hosts[key].machine.dump()["history"]]
    assert told == ["Get-HostFacts"]


def test_a_play_can_use_the_facts(looked: tuple[Site, Run]) -> None:
    assert "2.0 on it" in looked[1].output and "4.0 on it" in looked[1].output


def test_a_wrong_clock_is_told(start: StartSite) -> None:
    site = start()
    site.host.machine.change({"clock": "2026-01-01T00:00:00Z"})
    facts = site.play([look("facts")]).result()["ansible_facts"]["sbs_mailflow"]
    assert facts["clock_skew_seconds"] < -86400


@pytest.mark.parametrize("words", [[], ["--check"], ["--check", "--diff"]])
def test_both_work_in_check_mode(sbs: Site, words: list[str]) -> None:
    run = sbs.play([look("ping"), look("facts")], *words)
    assert (run.code, run.recap()["ok"], run.recap()["changed"]) == (0, 2, 0)


@pytest.mark.parametrize("name", ["ping", "facts"])
def test_neither_takes_an_option_that_it_does_not_have(sbs: Site, name: str) -> None:
    run = sbs.play([look(name, data="pong", backup_dir="saved")])
    assert {reason["found"].split()[2].rstrip(",") for reason in run.result()["reasons"]} == {
        "data",
        "backup_dir",
    }
    assert sbs.host.log.count("Create") == 0


def test_a_cut_reply_is_told_by_ping(sbs: Site) -> None:
    sbs.host.faults.order(kind="cut_reply", count=2)
    run = sbs.play([look("ping")])
    assert run.recap()["failed"] == 1 and "truncated or garbled" in run.result()["msg"]
    assert sbs.host.open_shells == 0


@pytest.mark.parametrize("name", ["ping", "facts", "queue"])
def test_a_reading_that_broke_is_repeated(sbs: Site, name: str) -> None:
    sbs.host.faults.order(kind="drop", action="Receive")
    run = sbs.play([look(name, **({"provider": "strato"} if name == "queue" else {}))])
    assert run.code == 0 and any("was repeated" in each for each in run.result()["warnings"])
    assert sbs.host.open_shells == 0


def waiting(folder: Path) -> dict[str, Any]:
    """The example of the page about the connection, more impatient."""
    text = (folder / "docs" / "connection.md").read_text(encoding="utf-8")
    (task,) = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    return {**task, "delay": 1}


def test_a_play_can_wait_for_a_server_that_restarts(sbs: Site) -> None:
    """Which refuses connections at first; a playbook goes on once it answers."""
    sbs.lab.order_fault("sbs", {"kind": "refuse_port", "seconds": 5})
    told = {"name": "told", "ansible.builtin.debug": {"msg": "It is {{ answer.computer }}."}}
    run = sbs.play([waiting(ROOT), told])
    assert run.code == 0 and "RETRYING" in run.output and "It is SBS." in run.output
    assert (run.recap()["unreachable"], sbs.host.open_shells) == (0, 0)


def test_a_play_that_waits_in_vain_fails_and_says_why(sbs: Site) -> None:
    sbs.lab.order_fault("sbs", {"kind": "refuse_port"})
    run = sbs.play([{**waiting(ROOT), "retries": 1}])
    assert (run.code, run.recap()["failed"]) == (2, 1) and "port" in run.result()["msg"]


def test_ansibles_own_way_to_wait_does_not_do(sbs: Site) -> None:
    """Which the page says: it asks for a module that no SBS 2011 can run."""
    run = sbs.play([{"name": "wait", "ansible.builtin.wait_for_connection": {"timeout": 1, "sleep": 1}}])
    assert run.code == 2 and "win_ping" in run.output
