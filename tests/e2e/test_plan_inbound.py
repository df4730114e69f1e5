"""The whole way from POP3 to an own MX, told step by step by the playbook, while one thing after the other is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .running import MAILBOX_PASSWORD, Run, Site, days_ago, login, site, smarthost, writes
from .test_pop3_connector import MAPS

PUBLIC = "203.0.113.5"
OTHER_MX, INTERNET = "smtpin.rzone.de", "Windows SBS Internet Receive SBS"
DOMAIN = {"Name": "beispiel.de", "DomainName": "beispiel.de", "DomainType": "Authoritative", "Default": True}
BOX = {"address": "info@beispiel.de", "password": MAILBOX_PASSWORD, "created": days_ago(300)}
STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "recipients": [{"Name": "Anna Schmidt", "Alias": "anna"}],
    "recipient_filter": {"validation": False},
    "router": {"public_address": PUBLIC, "forwards_25": False},
    "send_connectors": [{"Name": "Windows SBS Internet Send SBS", "AddressSpaces": ["*"]}],
    "dns": [f"mail.beispiel.de. 300 IN A {PUBLIC}"],
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

    def moved(self, host: str, ttl: int = 300) -> None:
        """The MX is another one."""
        assert self.lab.dns
        self.lab.dns.change([f"beispiel.de. {ttl} IN MX 10 {host}."])


def since(days: float) -> str:
    """A moment so many days ago."""
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d %H:%M}Z"


def account(port: int) -> dict[str, Any]:
    """The POP3 account of the mailbox at the provider."""
    known = {"username": BOX["address"], "password": BOX["password"], "mailbox": "anna@nt4admins.local"}
    return {"server": "localhost", "port": port, **known, "ssl": True}


def test_the_way_from_pop3_to_an_own_mx(tmp_path: Path) -> None:
    with site(tmp_path, state=STATE, kind=Story) as sbs:
        machine, provider = sbs.host.machine, sbs.lab.provider
        machine.receive_port = machine.receive_port or sbs.lab.receivers["sbs"].port
        assert provider
        machine.change({"pop3_connector": {"accounts": [account(provider.ports["pop3"])]}})
        sbs.moved(OTHER_MX, 172800)
        run = sbs.plan()
        assert "2 open, next: every address to which mail comes is one of a recipient here" in run.output
        assert "beispiel.de, step 2 is next. Give each of them to a recipient as a proxy address" in run.output
        assert (run.code, run.result()["changed"], writes(sbs.host)) == (0, False, [])
        assert run.result()["domains"][0]["steps"][5]["evidence"] == "a TTL of 2 days (172800 s)"
        info = ["SMTP:anna@nt4admins.local", "smtp:info@beispiel.de"]
        machine.change({"recipients": [{"Name": "Anna Schmidt", "EmailAddresses": info}]})
        machine.change({"accepted_domains": [DOMAIN]})
        machine.change({"recipient_filter": {"validation": True}})
        sbs.moved(OTHER_MX)
        assert sbs.next(ttl_lowered=since(1), old_ttl=172800) == "ttl"
        machine.change({"router": {"forwards_25": True}})
        assert sbs.next(ttl_lowered=since(3), confirmed=["router", "proof_by_name"]) == "mx"
        sbs.moved("mail.beispiel.de")
        run = sbs.plan(mx_changed=since(0.01), send_mail=True, wait_seconds=30)
        (told,) = run.result()["domains"]
        by_mail = told["steps"][10]
        assert by_mail["state"] == "done", run.output
        assert by_mail["evidence"] == "a mail to oneself came in by SMTP from outside: MX works from outside"
        assert told["next"] == "fetch_on" and told["steps"][11]["state"] == "waiting"
        assert sbs.next(send_mail=False, mx_changed=since(8)) == "end_of_fetching"
        machine.change({"pop3_connector": {"service": {"status": "Stopped"}}})
        run = sbs.plan()
        assert "beispiel.de: all done, its mail comes in by mx." in run.output, run.output
        machine.change({"receive_connectors": [{"Name": INTERNET, "Enabled": False}]})
        run = sbs.plan(fail_on_urgent=True)
        assert run.code == 2 and "URGENT, beispiel.de: Mail is lost now: the MX leads here" in run.output
        assert writes(sbs.host) == []


def test_a_provider_that_still_delivers_locally(tmp_path: Path) -> None:
    """The MX is here, and mail of the provider's own customers lies in its mailbox all the same."""
    here = {"Name": "Anna Schmidt", "EmailAddresses": ["SMTP:anna@nt4admins.local", "smtp:info@beispiel.de"]}
    state = {
        **STATE,
        "recipients": [here],
        "accepted_domains": [DOMAIN],
        "pop3_connector": {"profile": "plain"},
        "provider": {**STATE["provider"], "local_delivery": ["beispiel.de"]},
    }
    with site(tmp_path, state=state, kind=Story) as sbs:
        provider = sbs.lab.provider
        assert provider
        sbs.host.machine.change({"pop3_connector": {"accounts": [account(provider.ports["pop3"])]}})
        sbs.moved("mail.beispiel.de")
        asked = {"send_mail": True, "wait_seconds": 15, "pop3_connector_key_map": MAPS["plain"]}
        unmapped = sbs.plan(send_mail=True, wait_seconds=1).output
        assert "was not found within 1 s; the mailbox of info@beispiel.de at localhost" in unmapped
        assert "the login would be sent in clear text" in unmapped
        run = sbs.plan(**asked, mx_changed=since(1), old_ttl=172800)
        proof = run.result()["domains"][0]["steps"][10]
        assert proof["state"] == "unknown" and "may still know the MX of before" in proof["evidence"], run.output
        run = sbs.plan(mx_changed=since(30))
        steps = {each["step"]: each for each in run.result()["domains"][0]["steps"]}
        assert "provider delivers locally" in steps["proof_by_mail"]["evidence"], run.output
        assert steps["end_of_fetching"]["state"] == "done" and "locally" in steps["end_of_fetching"]["evidence"]
        assert MAILBOX_PASSWORD not in run.output
        sbs.moved(OTHER_MX)
        assert "send_mail: none was sent to beispiel.de" in sbs.plan().output
