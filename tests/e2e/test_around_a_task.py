"""What is declared around a task: keywords of Ansible and variables of the inventory. Nothing that matters is ignored
in silence, and what does not matter is in nobody's way."""

from __future__ import annotations

from typing import Any

import pytest

from .running import Run, Site

PING: dict[str, Any] = {"name": "ping", "sbs.mailflow.ping": {}}


def warnings_of(run: Run) -> list[str]:
    """The notices of the one task, without what is told of the lab's memory."""
    return [each for each in run.result().get("warnings", []) if "MaxMemoryPerShellMB" not in each]


@pytest.mark.parametrize("value", [True, "yes", "{{ 1 == 1 }}"])
def test_become_of_the_inventory_is_told_and_does_not_hinder(sbs: Site, value: Any) -> None:
    run = sbs.play([PING], vars={"ansible_become": value, "ansible_become_user": "root"})
    (notice,) = warnings_of(run)
    assert run.code == 0 and "ansible_become: true is ignored" in notice


@pytest.mark.parametrize("value", [False, "no", "{{ 1 == 2 }}"])
def test_become_that_the_inventory_takes_back_is_none(sbs: Site, value: Any) -> None:
    """As for a play over Linux and Windows: the group of the Windows hosts has ansible_become: false."""
    run = sbs.play([PING], vars={"ansible_become": value}, become=True)
    assert (run.code, warnings_of(run)) == (0, [])


@pytest.mark.parametrize("where", ["task", "play"])
def test_become_of_the_task_or_the_play_is_refused(sbs: Site, where: str) -> None:
    task, play = ({"become": True}, {}) if where == "task" else ({}, {"become": True})
    run = sbs.play([{**PING, **task}], **play)
    assert (run.code, sbs.host.log.count()) == (2, 0) and "found become: true" in run.result()["msg"]


@pytest.mark.parametrize(
    ("task", "play", "names"),
    [
        ({"environment": {"https_proxy": "http://squid:3128"}}, {}, "https_proxy"),
        ({}, {"environment": [{"A": "1"}, {"B": "2"}]}, "A, B"),
        ({"environment": {"C": "3"}}, {"environment": {"A": "1"}}, "A, C"),
        ({"environment": "{{ given }}"}, {"vars": {"given": {"D": "4"}}}, "D"),
    ],
    ids=["task", "play", "both", "template"],
)
def test_environment_is_told(sbs: Site, task: dict[str, Any], play: dict[str, Any], names: str) -> None:
    run = sbs.play([{**PING, **task}], **play)
    (notice,) = warnings_of(run)
    assert run.code == 0 and "environment: is ignored" in notice
    assert all(name in notice for name in names.split(", "))
    assert "squid" not in notice


@pytest.mark.parametrize("play", [{}, {"environment": {}}, {"environment": []}])
def test_no_environment_is_nothing_to_tell(sbs: Site, play: dict[str, Any]) -> None:
    run = sbs.play([PING], **play)
    assert (run.code, warnings_of(run)) == (0, [])


def test_async_is_refused(sbs: Site) -> None:
    run = sbs.play([{**PING, "async": 60, "poll": 5}])
    assert run.code == 2 and "does not support async" in run.output and sbs.host.log.count() == 0


def test_a_delegated_task_is_refused(sbs: Site) -> None:
    run = sbs.play([{**PING, "delegate_to": "localhost"}])
    assert run.code == 2 and "delegate_to" in run.result()["msg"] and sbs.host.log.count() == 0


FINE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "delegated to itself": ({"delegate_to": "{{ inventory_hostname }}"}, {}),
    "run_once": ({"run_once": True}, {}),
    "throttle": ({"throttle": 1}, {}),
    "no_log": ({"no_log": True}, {}),
    "the shell of the variables": ({}, {"ansible_shell_executable": "/bin/sh"}),
    "the shell's type of the variables": ({}, {"ansible_shell_type": "powershell"}),
    "kinit of the variables": ({}, {"ansible_winrm_kinit_cmd": "/none", "ansible_winrm_kinit_mode": "managed"}),
}


@pytest.mark.parametrize(("task", "variables"), FINE.values(), ids=FINE)
def test_what_does_not_matter_is_in_nobodys_way(sbs: Site, task: dict[str, Any], variables: dict[str, Any]) -> None:
    run = sbs.play([{**PING, **task}], vars=variables)
    assert (run.code, sbs.host.log.count()) == (0, 1)
    assert "is ignored here" not in run.output
