"""What a thousand recipients cost through the lab, against one raw task a recipient as people write it today; and what
a thousand accounts of the POP3 connector cost Python itself."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.records import parse
from lab.up.lab import Lab

from .playing import play

RECIPIENTS, IN_THE_LOOP = 1000, 15
"""A loop ends after 15: Ansible keeps one shell for it, and WinRM 2.0 takes no more commands in one."""
DESIRED: dict[str, Any] = {
    "rules": [{"from": "nt4admins.local", "to": "beispiel.de"}],
    "unknown_recipients_return": "no",
    "confirm_mass_change": True,
    "sent_senders_days": 0,
}


def test_a_thousand_recipients_against_a_loop_of_raw_tasks(tmp_path: Path) -> None:
    with Lab(["sbs"], state={"profile": "sbs2011", "generated_recipients": RECIPIENTS}) as lab:
        host = lab.hosts["sbs"]
        task = {"sbs.mailflow.address_rewrite": {**DESIRED, "backup_dir": str(tmp_path / "backup")}}
        # It does nothing, so what is measured is the least that such a loop can cost.
        raw = {
            "name": "raw",
            "ansible.builtin.raw": "hostname",
            "changed_when": False,
            "loop": list(range(IN_THE_LOOP)),
        }
        counts = {}
        played = {}
        for name, given in (("change", task), ("converged", task), ("raw", raw)):
            before = host.log.count()
            played[name] = play(lab.directory.inventory_file, [{**given, "name": name}], tmp_path)
            counts[name] = host.log.count() - before
        ours = played["change"].seconds("change")[0]
        theirs = played["raw"].seconds("raw")[0] / IN_THE_LOOP * RECIPIENTS
        print(f"\nremote processes: {counts} ({IN_THE_LOOP} in the loop)")
        print(
            f"{RECIPIENTS} recipients changed: {ours:.1f} s; as a loop of raw tasks, from {IN_THE_LOOP}: {theirs:.1f} s"
        )
        print(f"ratio {theirs / ours:.0f}")
        assert (counts["change"], counts["converged"]) == (2, 1)


def test_a_thousand_accounts_are_parsed_and_rendered(tmp_path: Path) -> None:
    seconds = {number: _parse_and_render(number) for number in (250, 1000)}
    print(f"\n1,000 accounts parsed and rendered in {1000 * seconds[1000]:.0f} ms (wanted: less than 1000)")
    print(f"against 250: {seconds[1000] / seconds[250]:.1f} times")


def _parse_and_render(number: int) -> float:
    """The median of five, in seconds."""
    lines = ["Entropy:" + 40 * "x"]
    for at in range(number):
        lines += ["Pop3Account:", "Server:pop3.strato.de", "Port:995", f"Username:nr{at}@beispiel.de"]
        lines += ["Password:" + 400 * "x", "Mailbox:anna@nt4admins.local", "UseSsl:True", "LogonType:Basic", "-"]
    data = ("\r\n".join(lines) + "\r\n").encode()
    times = []
    for _round in range(5):
        began = time.perf_counter()
        assert parse(data, "bench").render() == data
        times.append(time.perf_counter() - began)
    return statistics.median(times)
