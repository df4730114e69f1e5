"""What a run waits for is told by name at every place where it may take long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.host_lock import HostLock
from ansible_collections.sbs.mailflow.plugins.plugin_utils.progress import Progress
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run import estimate
from tests.unit.plugin_utils.action.shell_host import Shell, twin

Stages = list[tuple[str, float | None]]


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    """All that is waited for, with its limit."""
    told: Stages = []
    stage = Progress.stage

    @contextmanager
    def noted(self: Progress, what: str, limit: float | None = None) -> Iterator[None]:
        told.append((what, limit))
        with stage(self, what, limit):
            yield

    monkeypatch.setattr(Progress, "stage", noted)
    return told


def test_a_run_that_writes(stages: Stages, tmp_path: Path) -> None:
    wanted = {"max_per_domain_outbound_connections": 7, "timeout": 300}
    assert Shell(twin("sbs2011")).run("transport", wanted, folder=tmp_path)["changed"]
    assert stages == [
        ("waiting for the host", 300),
        ("connecting", None),
        ("loading Exchange's shell and reading the transport server's settings", None),
        ("checking before anything of transport is written; logins are tested from the host", None),
        ("writing the transport server's settings and reading back", None),
    ]


@pytest.mark.parametrize(
    ("noun", "arguments", "words"),
    [
        ("queue", {}, "reading the queues"),
        ("inbound_mail", {}, "reading the POP3 connector, loading Exchange's shell and reading what came in"),
        ("address_rewrite", {"rules": [{"from": "nt4admins.local", "to": "beispiel.de"}]}, "reading the recipients"),
        ("pop3_connector_fetch", {"count_waiting": False}, "the POP3 connector is fetching"),
        ("facts", {}, "waiting for the host"),
        ("queue_recovery", {"per_hour": 10, "keep_login": True}, "recovery, stage suspend: reading the queue"),
    ],
)
def test_what_is_read(noun: str, arguments: dict[str, Any], words: str, stages: Stages, tmp_path: Path) -> None:
    Shell(twin("sbs2011")).run(noun, arguments, folder=tmp_path)
    assert [what for what, _limit in stages if words in what] != [], stages


def test_another_run_on_the_host(stages: Stages, tmp_path: Path) -> None:
    with closing(HostLock(str(tmp_path), "sbs", "host", "host_busy", "another")) as lock:
        lock.take()
        wanted = {"max_per_domain_outbound_connections": 7, "timeout": 5, "backup_dir": str(tmp_path)}
        assert "another run in progress" in Shell(twin("sbs2011")).run("transport", wanted)["msg"]
    (waited,) = [(what, limit) for what, limit in stages if "process" in what]
    assert waited[0].startswith("waiting for another on sbs, process ") and waited[1] == 2.5


@pytest.mark.parametrize("role", [False, True])
def test_a_time_limit_is_named_as_its_reader_writes_it(
    role: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(estimate, "SECONDS_A_CHANGE", 700.0)
    host = Shell(twin("sbs2011"))
    host.role = type("Role", (), {"get_name": lambda self: "sbs.mailflow.transport"})() if role else None
    told = host.run("transport", {"max_per_domain_outbound_connections": 7}, True, tmp_path)["warnings"]
    name = "transport_timeout" if role else "timeout"
    assert [each for each in told if f" {name}: 600." in each and f" {name}: 800 would do" in each], told
