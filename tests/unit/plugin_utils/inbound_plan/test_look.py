"""A look at a simulated server: what it tells becomes the plan, in two remote processes, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.dns import DnsServer
from tests.unit.plugin_utils.mail_flow.flow_host import Server, failing

PUBLIC, INTERNET = "203.0.113.5", "Windows SBS Internet Receive SBS"
DOMAIN = {"domain": "beispiel.de", "way": "mx"}
STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "recipients": [
        {"Name": "Anna", "Alias": "anna", "EmailAddresses": ["SMTP:anna@nt4admins.local", "smtp:info@beispiel.de"]}
    ],
    "accepted_domains": [
        {"Name": "nt4admins.local", "DomainName": "nt4admins.local", "DomainType": "Authoritative", "Default": True},
        {"Name": "beispiel.de", "DomainName": "beispiel.de", "DomainType": "Authoritative"},
    ],
    "recipient_filter": {"validation": True},
}
ZONE = f"beispiel.de. 300 MX 10 mail.beispiel.de.\nmail.beispiel.de. A {PUBLIC}\n"


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer(ZONE) as running:
        yield running


class Looked:
    """What a look has told."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result
        (self.domain,) = result["domains"]
        self.steps = {each["step"]: each for each in self.domain["steps"]}

    def state(self, step: str) -> str:
        return str(self.steps[step]["state"])


def look(server: Server, dns: DnsServer | None, **more: Any) -> Looked:
    asked = {"resolver": "127.0.0.1", "resolver_port": dns.port if dns else 1, "answer_seconds": 5 if dns else 1}
    given = {"domains": [DOMAIN], "public_address": PUBLIC, **asked, **more}
    return Looked(server.run("inbound_plan", given))


def test_what_a_server_tells(tmp_path: Path, dns: DnsServer) -> None:
    sbs = Server(tmp_path, STATE)
    sbs.machine.receive("kunde@example.com", ["info@beispiel.de"], client="203.0.113.9")
    found = look(sbs, dns)
    states = {name: found.state(name) for name in found.steps}
    assert {name for name, state in states.items() if state == "done"} == set(states) - {"addresses"}
    assert found.steps["router"]["evidence"].startswith("mail came in from 203.0.113.9, last at ")
    assert (found.domain["urgent"], found.result["changed"], len(sbs.requests)) == ([], False, 2)
    assert not any(each["command"].startswith(("Set-", "New-", "Remove-")) for each in sbs.machine.dump()["history"])


def test_a_mailbox_that_nobody_has_bounces(tmp_path: Path, dns: DnsServer) -> None:
    domain = {**DOMAIN, "mailboxes": ["chef@beispiel.de", "info@beispiel.de"], "transition": True}
    found = look(Server(tmp_path, STATE), dns, domains=[domain])
    assert found.steps["addresses"]["evidence"] == "nobody here has chef@beispiel.de"
    assert found.domain["urgent"] == ["Mail bounces now: the MX leads here, and nobody has chef@beispiel.de."]


def test_a_closed_connector_while_the_mx_is_here_is_urgent(tmp_path: Path, dns: DnsServer) -> None:
    state = {**STATE, "receive_connectors": [{"Name": "Default SBS", "PermissionGroups": "ExchangeUsers"}]}
    sbs = Server(tmp_path, state)
    found = look(sbs, dns)
    assert found.domain["urgent"][0].startswith("Mail is lost now: the MX leads here (mail.beispiel.de)")
    assert "failed" not in found.result and found.result["said"][0].startswith("URGENT, beispiel.de: ")
    failed = look(sbs, dns, fail_on_urgent=True).result
    assert failed["failed"] and "Mail is lost now" in failed["msg"] and failed["lines"]


def test_an_open_relay_is_urgent(tmp_path: Path, dns: DnsServer) -> None:
    sbs = Server(tmp_path, {**STATE, "relay_rights": [{"connector": INTERNET, "user": "anonymous"}]})
    found = look(sbs, dns)
    assert found.state("connector") == "open" and "open relay" in found.domain["urgent"][0]


def test_a_name_server_that_is_silent_makes_nothing_fail(tmp_path: Path) -> None:
    found = look(Server(tmp_path, STATE), None)
    assert {found.state(each) for each in ("ttl", "spf", "mx")} == {"unknown"} and found.domain["urgent"] == []
    assert "failed" not in found.result


ALL_STEPS = (
    "read_receive_connectors",
    "read_connector_rights",
    "read_accepted_domains",
    "read_recipient_filter",
    "read_transport_agents",
    "read_pop3_targets",
    "read_received_mail",
    "read_own_addresses",
    "read_records",
)


@pytest.mark.parametrize("step", ALL_STEPS)
def test_what_is_not_told_is_unknown_and_nothing_fails(tmp_path: Path, dns: DnsServer, step: str) -> None:
    sbs = Server(tmp_path, STATE)
    whole = look(sbs, dns)
    sbs.meddle = lambda number, request, reply: failing(reply, step)
    found = look(sbs, dns)
    assert "failed" not in found.result and found.domain["urgent"] == []
    worse = {name for name in found.steps if found.state(name) != whole.state(name)}
    assert {found.state(name) for name in worse} <= {"unknown"}


def test_in_check_mode_no_mail_is_sent(tmp_path: Path, dns: DnsServer) -> None:
    sbs = Server(tmp_path, STATE)
    given = {"domains": [DOMAIN], "public_address": PUBLIC, "resolver": "127.0.0.1", "resolver_port": dns.port}
    told = sbs.run("inbound_plan", {**given, "send_mail": True}, check=True)
    assert "failed" not in told and len(sbs.requests) == 2
    refused = sbs.run("inbound_plan", {**given, "send_mail": True})
    assert refused["failed"] and "no smart host is declared" in refused["msg"] and sbs.requests == []
