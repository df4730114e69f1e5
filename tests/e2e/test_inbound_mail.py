"""The look at incoming mail over real WinRM and real POP3: what waits, a second look, a service that was stopped, and
back pressure in the middle."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .accounts import CUSTOMER
from .running import MAILBOX_PASSWORD, Run, Site, site
from .test_pop3_connector import ANNA, INFO, MAPS, RECIPIENTS, at_provider, box, on_host

HOURS = 5


def checked(found: Site, *words: str, **variables: Any) -> Run:
    """One run of the playbook."""
    variables = {"pop3_connector_key_map": MAPS["plain"], "mail_flow_backup_dir": str(found.backups), **variables}
    return found.project("check_inbound", *words, **variables)


def hours_ago(path: Path, hours: float) -> None:
    """Let the last look have been made some hours ago."""

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        try:
            return (datetime.fromisoformat(value) - timedelta(hours=hours)).isoformat()
        except (TypeError, ValueError):
            return value

    path.write_text(json.dumps(moved(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


def test_mail_that_waits_a_second_look_and_what_goes_wrong_meanwhile(tmp_path: Path) -> None:
    provider = {"mailboxes": [box(INFO, MAILBOX_PASSWORD)]}
    state = {"pop3_connector": {"mailboxes": [ANNA]}, "provider": provider, "recipients": RECIPIENTS}
    with site(tmp_path, state) as found:
        account = at_provider(found, on_host(INFO, MAILBOX_PASSWORD))
        machine = found.host.machine
        machine.change({"pop3_connector": {"accounts": [account]}})
        for each in machine.organisation.invoke("Get-ReceiveConnector", {}):
            machine.organisation.invoke(
                "Set-ReceiveConnector", {"Identity": each["Identity"], "ProtocolLoggingLevel": "Verbose"}
            )
        machine.receive(CUSTOMER, [ANNA], client="127.0.0.1")
        machine.receive(CUSTOMER, ["niemand@fremd.example"], client="203.0.113.9")
        machine.receive("scanner@nt4admins.local", [ANNA], client="192.168.1.50")
        found.host.log.clear()
        first = checked(found)
        told = first.result()
        assert (told["waiting"], told["changed"], found.host.log.count()) == (2, False, 2), told
        (mailbox,) = told["accounts"]
        assert (mailbox["outcome"], mailbox["remained"], told["compared_with"]) == ("counted", None, None)
        assert [each["outcome"] for each in told["targets"]] == ["here"]
        assert told["received"]["messages"] == 1 and told["received"]["by"][0]["place"] == "own"
        refused = {(each["place"], each["class"], each["count"]) for each in told["refused"]}
        assert refused == {("internet", "relay", 1), ("lan", "auth", 1)}
        assert told["verdict"] == "noticed" and "Refused as auth" in told["why"][0], told["why"]
        assert told["unknown"] == [] and "2 messages are waiting" in first.output

        (kept,) = found.backups.rglob("inbound_mail.json")
        hours_ago(kept, HOURS)
        machine.change({"pop3_connector": {"service": {"status": "Stopped"}}, "queue_disk": {"used_percent": 98}})
        page = tmp_path / "report.html"
        found.host.log.clear()
        second = checked(found, "-e", "fail_on=stuck", report=page)
        told = second.result("Look at incoming mail")
        assert found.host.log.count() == 1, "the file is known by now"
        (mailbox,) = told["accounts"]
        assert (second.recap()["failed"], told["verdict"], mailbox["remained"]) == (1, "losing", 2)
        why = " ".join(told["why"])
        for words in ("may be lost", "the oldest for 5.0 hours at least", "is Stopped", "event 15004"):
            assert words in why, told["why"]
        assert "incoming mail may be lost" in page.read_text(encoding="utf-8")
        assert found.lab.provider is not None and len(found.lab.provider.maildrops.waiting(INFO)) == 2
        wrong = checked(found, "-e", "fail_on=slowing")
        assert wrong.recap()["failed"] == 1 and "noticed, waiting, stuck, losing" in wrong.output
