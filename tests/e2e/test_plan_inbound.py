"""The whole way from POP3 to an own MX, told step by step by the playbook, while one thing after the other is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .running import MAILBOX_PASSWORD, Run, Site, days_ago, login, site, smarthost, writes

PUBLIC = "203.0.113.5"
OTHER_MX = "smtpin.rzone.de"
BOX = {"address": "info@beispiel.de", "password": MAILBOX_PASSWORD, "created": days_ago(300)}
STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "recipients": [{"Name": "Anna Schmidt", "Alias": "anna"}],
    "recipient_filter": {"validation": False},
    "router": {"public_address": PUBLIC, "forwards_25": False},
    "send_connectors": [{"Name": "Windows SBS Internet Send SBS", "AddressSpaces": ["*"]}],
    "dns": [
        f"beispiel.de. 172800 IN MX 10 {OTHER_MX}.",
        f"mail.beispiel.de. 300 IN A {PUBLIC}",
        'beispiel.de. 300 IN TXT "v=spf1 include:_spf.strato.com -all"',
        '_spf.strato.com. 300 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"',
    ],
    "provider": {"mailboxes": [BOX]},
}


class Story(Site):
    """A site on its way; ``told``: what an administrator tells besides."""

    told: dict[str, Any]

    def plan(self, **told: Any) -> Run:
        """What the playbook says now."""
        self.told = {**getattr(self, "told", {}), **told}
        ports = self.lab.provider.ports if self.lab.provider else {}
        connector = smarthost(smart_hosts=["localhost"], port=ports["smtp"], login=login())
        variables = {f"send_connector_{name}": value for name, value in connector.items()}
        return self.project(
            "plan_inbound",
            mail_flow_backup_dir=str(self.backups),
            inbound_domains=[{"domain": "beispiel.de", "way": "pop3", "mailboxes": ["info@beispiel.de"]}],
            inbound_public_address=PUBLIC,
            to="mx",
            **variables,
            **self.told,
        )

    def next(self, **told: Any) -> str:
        """The next step."""
        run = self.plan(**told)
        assert run.code == 0, run.output
        (domain,) = run.result()["domains"]
        assert domain["urgent"] == [], run.output
        return str(domain["next"])

    def moved(self, host: str) -> None:
        """The MX is another one."""
        assert self.lab.dns
        self.lab.dns.change([f"beispiel.de. 300 IN MX 10 {host}."])


def since(days: float) -> str:
    """A moment so many days ago."""
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d %H:%M}Z"


def test_the_way_from_pop3_to_an_own_mx(tmp_path: Path) -> None:
    with site(tmp_path, state=STATE, kind=Story) as sbs:
        machine, dns = sbs.host.machine, sbs.lab.dns
        machine.receive_port = machine.receive_port or sbs.lab.receivers["sbs"].port
        assert dns
        run = sbs.plan()
        assert "2 open, next: every address to which mail comes is one of a recipient here" in run.output
        assert (run.code, run.result()["changed"], writes(sbs.host)) == (0, False, [])
