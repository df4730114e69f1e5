"""Two runs on one host at once, and a course whose ansible-playbook is killed: real processes, real locks."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.host_lock import HostLock

from .accounts import CUSTOMER, OLD, at_provider
from .running import Run, Site, connectors, smarthost, writes
from .snowballs import desired, last, play, snowball_site

DECLARATIONS = {"first": "25MB", "second": "30MB"}
"""The comment of a desired, and its max_message_size."""


def test_of_two_playbooks_at_once_one_writes_after_the_other(sbs: Site) -> None:
    sbs.host.faults.order(kind="delay_cmdlet", cmdlet="Set-SendConnector", seconds=5, count=0)

    def run(comment: str) -> Run:
        other = Site(sbs.lab, sbs.folder / comment)
        other.folder.mkdir()
        other.backups = sbs.backups
        return other.connector(**smarthost(comment=comment, max_message_size=DECLARATIONS[comment]))

    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(run, DECLARATIONS))
    assert [(each.code, each.result()["changed"]) for each in runs] == [(0, True)] * 2, runs
    (connector,) = connectors(sbs.host).values()
    assert connector["MaxMessageSize"].startswith(DECLARATIONS[connector["Comment"]].replace("MB", " MB"))
    commands = [each["command"] for each in sbs.host.machine.dump()["history"]]
    seen = [each for each in commands if each.endswith("-SendConnector")]
    assert seen == ["Get-SendConnector", "Set-SendConnector", "Get-SendConnector"] * 2

    before = writes(sbs.host)
    with closing(HostLock(str(sbs.backups), "sbs", "host", "host_busy", "another")) as lock:
        lock.take()
        desired = smarthost(comment="third", backup_dir=str(sbs.backups), timeout=6)
        refused, looked = sbs.connector(**desired), sbs.connector("--check", **desired)
    assert f"another run in progress on this host: another on sbs, process {os.getpid()}" in refused.result()["msg"]
    assert (looked.code, looked.result()["changed"]) == (0, True)
    assert writes(sbs.host) == before


def until(there: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.1)


def ended(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked for its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_waiting_course_holds_its_lock_until_its_playbook_is_killed(tmp_path: Path) -> None:
    provider = {"mailboxes": at_provider(new=300, old=300), "per_hour": 100_000}
    known = {"delivery": {"running": True, "seconds_per_message": 0.01}, "provider": provider}
    with snowball_site(tmp_path, known) as sbs:
        sbs.provider_of().change({"stages": {"rcpt": "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"}})
        sbs.lab.submit("sbs", OLD, [CUSTOMER], 30)
        record = sbs.backups / "sbs" / "queue_recovery.json"
        options: dict[str, Any] = {
            "queue_recovery_minimum_backlog": 1,
            "queue_recovery_quiet_minutes": 60,
            "queue_recovery_pause": 3,
        }

        def stage() -> str:
            return str(json.loads(record.read_text())["stage"]) if record.exists() else ""

        playbook = sbs.begin_project("recover_queue", **desired(sbs, **options))
        try:
            until(lambda: stage() == "quiet")
            worker = json.loads(record.with_suffix(".lock").read_text())["pid"]
            second = play(sbs, "recover_queue", queue_recovery_single_tick=True, **options)
            assert second.code and f"queue_recovery on sbs, process {worker}, since" in second.output
            setting = {"message_expiration_timeout": "3.00:00:00", "backup_dir": str(sbs.backups)}
            refused = sbs.play([{"sbs.mailflow.transport": setting}])
            assert "a setting of the transport server that it has saved" in refused.result()["msg"]
            other = {"max_outbound_connections": 500, "backup_dir": str(sbs.backups)}
            allowed = sbs.play([{"sbs.mailflow.transport": other}])
            assert (allowed.code, allowed.result()["changed"]) == (0, True), allowed.output
            assert playbook.poll() is None and not ended(worker) and stage() == "quiet"
        finally:
            playbook.send_signal(signal.SIGKILL)
            playbook.communicate()
        until(lambda: ended(worker), 30)
        commands = sbs.host.log.count()
        assert stage() == "quiet"
        time.sleep(4)
        assert sbs.host.log.count() == commands

        sbs.provider_of().change({"stages": {}})
        run = play(sbs, "recover_queue", queue_recovery_abandon=True, **options)
        assert run.code == 0 and last(run)["done"], run.output
        assert not record.exists()
