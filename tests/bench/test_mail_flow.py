"""What one run over all nouns costs beside the roles one by one: loads of the Exchange shell, and controller CPU."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.up.lab import Lab
from tests.unit.plugin_utils.mail_flow.flow_host import ALL, UNTOUCHED, Reply, Server

from .playing import play

LOAD = float(os.environ.get("BENCH_LOAD_SECONDS", "8"))
"""Seconds for which each remote process that uses a command of Exchange loads its shell."""
HOSTS, FORKS = int(os.environ.get("BENCH_HOSTS", "60")), 20
_EXCHANGE = re.compile(
    r"-(Exchange|SendConnector|Transport|Recipient|Mail|Accepted|EmailAddress|Queue|MessageTracking)"
)
ROLES = {
    "address_rewrite": "address_rewrite_rules is defined",
    "send_connector": "smarthost_account_mailboxes is not defined",
    "smarthost_account": "smarthost_account_mailboxes is defined",
    "pop3_connector": "pop3_connector_accounts is defined",
    "transport": "query('ansible.builtin.varnames', '^transport_.+') | length > 0",
}


class Slow:
    """A server that takes its time for each load; ``loads`` are those of the last run."""

    def __init__(self, folder: Path) -> None:
        self.loads = 0
        self.server = Server(folder, UNTOUCHED)
        self.server.meddle = self._load

    def _load(self, number: int, request: dict[str, Any], reply: Reply) -> Reply:
        if any(_EXCHANGE.search(step["command"]) for step in request["steps"]):
            self.loads += 1
            time.sleep(LOAD)
        return reply

    def took(self, run: Callable[[], Any]) -> tuple[float, int]:
        """Seconds and loads of a run."""
        self.loads, started = 0, time.perf_counter()
        run()
        return time.perf_counter() - started, self.loads


def test_loads_of_the_exchange_shell(tmp_path: Path) -> None:
    joint, single = Slow(tmp_path / "joint"), Slow(tmp_path / "single")
    rows = {}
    for name in ("first", "converged"):
        rows[name] = (
            joint.took(lambda: joint.server.flow(ALL)),
            single.took(lambda: single.server.one_by_one(ALL)),
        )
    for name, ((seconds, loads), (alone, more)) in rows.items():
        print(f"\n{name}: {loads} loads, {seconds:.1f} s; one by one {more} loads, {alone:.1f} s")
    (converged, loads), (_alone, more) = rows["converged"]
    assert loads == 1 and converged <= 1.3 * LOAD and more == 3


@pytest.mark.parametrize("way", ["together", "one by one"])
def test_cpu_of_the_controller(tmp_path: Path, way: str) -> None:
    names = [f"sbs{number:02}" for number in range(1, HOSTS + 1)]
    variables = {f"{noun}_{option}": value for noun, desired in ALL.items() for option, value in desired.items()}
    together = [{"name": "mail_flow", "ansible.builtin.import_role": {"name": "sbs.mailflow.mail_flow"}}]
    one_by_one = [
        {"name": noun, "ansible.builtin.include_role": {"name": f"sbs.mailflow.{noun}"}, "when": when}
        for noun, when in ROLES.items()
    ]
    tasks = together if way == "together" else one_by_one
    with Lab(names, state=UNTOUCHED) as lab:
        given = tmp_path / "given.yml"
        given.write_text(yaml.safe_dump({"all": {"vars": variables}}))
        words = ("-i", str(given), "--forks", str(FORKS), "--check")
        played = play(lab.directory.inventory_file, tasks, tmp_path, *words)
    print(f"\n{HOSTS} hosts, {way}: {played.cpu:.1f} s of controller CPU")
