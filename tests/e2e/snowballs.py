"""A site in a snowball, and the playbooks that tell of it and dig it out: real WinRM and SMTP, a fast clock."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .accounts import CUSTOMER, OLD, AccountSite, account_site, at_provider
from .running import Run

RATE = 120
FACTOR = 1200
"""Twenty minutes of the lab in a second: two days, after which mail expires, are more than two minutes."""
HOUR = timedelta(hours=1)


def lab_state(rate: int = RATE, **more: Any) -> dict[str, Any]:
    """A lab whose clock runs fast, and a provider that counts attempts and takes so many an hour."""
    provider = {"mailboxes": at_provider(new=300, old=300), "per_hour": rate, "attempts_count": True}
    return {"clock": {"factor": FACTOR}, "delivery": {"running": True}, "provider": provider, **more}


@contextmanager
def snowball_site(folder: Path, known: Mapping[str, Any] | None = None, **keys: Any) -> Iterator[AccountSite]:
    """A site whose connector logs in with the old mailbox."""
    with account_site(folder, known or lab_state(), **keys) as made:
        made.in_use("sbs", OLD)
        yield made


def play(site: AccountSite, name: str, *words: str, **options: Any) -> Run:
    """Runs a playbook of the project with these variables; None leaves one out."""
    return site.project(name, *words, **desired(site, **options))


def desired(site: AccountSite, **options: Any) -> dict[str, Any]:
    """The variables of a recovery, these among them; None leaves one out."""
    given = {
        "queue_recovery_per_hour": RATE,
        "queue_recovery_keep_login": True,
        "queue_recovery_pause": 0,
        "transport_calm_for_per_hour": RATE,
        "smarthost_account_backup_dir": str(site.backups),
        **options,
    }
    return {key: value for key, value in given.items() if value is not None}


def snowball(site: AccountSite, count: int, hours: float = 1.5) -> None:
    """So much mail that the attempts alone keep the rate exceeded."""
    site.lab.submit("sbs", OLD, [CUSTOMER], count)
    site.lab.run("sbs", hours, direct=True)
    assert site.host.machine.queues.queued > count // 5


def fill(site: AccountSite, count: int, rate: int) -> None:
    """So many messages, and those that the provider takes in the first hour."""
    for part in (*[5000] * (count // 5000), rate):
        site.lab.submit("sbs", OLD, [CUSTOMER], part)
    site.lab.run("sbs", 1 / 6, direct=True)


def largest_reply(site: AccountSite) -> int:
    """The most bytes that a call has printed."""
    return max(each["stdout_bytes"] for each in site.host.log.as_data()["commands"])


def ticks(run: Run) -> list[dict[str, Any]]:
    """The results of a run's ticks, of each task the last one."""
    found = [each["result"] for each in run.tasks if each["action"] == "sbs.mailflow.queue_recovery"]
    return [each for each in found if "stage" in each]


def last(run: Run) -> dict[str, Any]:
    """The result of the last tick."""
    return ticks(run)[-1]


def saved(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the file of a recovery says."""
    found: dict[str, Any] = json.loads(Path(result["recovery_file"]).read_text(encoding="utf-8"))
    return found


def delivered(site: AccountSite) -> Counter[str]:
    """How often the provider has taken each message, by its id."""
    return Counter(each.message_id or "" for each in site.provider_of().records.accepted)


def busiest_hour(site: AccountSite, since: datetime) -> int:
    """The most attempts in an hour that the provider has seen since then."""
    records = site.provider_of().records
    times = [each.at for each in records.accepted for _ in each.recipients]
    times += [each.at for each in records.refused if each.stage == "rcpt"]
    times = sorted(at for at in times if at >= since)
    return max((bisect_right(times, at) - bisect_right(times, at - HOUR) for at in times), default=0)
