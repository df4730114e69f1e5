"""A look at a simulated server: what it tells becomes the plan, in two remote processes, and nothing is written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab.dns import DnsServer
from lab.up.smtp_listener import SmtpListener
from tests.contract.test_smtp_login import server_side
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


def asked(dns: DnsServer | None) -> dict[str, Any]:
    """Whom DNS is asked of."""
    resolver = {"resolver": "127.0.0.1", "resolver_port": dns.port if dns else 1, "answer_seconds": 5 if dns else 1}
    return {"public_address": PUBLIC, **resolver}


def look(server: Server, dns: DnsServer | None, **more: Any) -> Looked:
    return Looked(server.run("inbound_plan", {"domains": [DOMAIN], **asked(dns), **more}))


def test_what_a_server_tells(tmp_path: Path, dns: DnsServer) -> None:
    sbs = Server(tmp_path, STATE)
    sbs.machine.receive("kunde@example.com", ["info@beispiel.de"], client="203.0.113.9")
    found = look(sbs, dns, mx_changed="2020-03-02", old_ttl=86400)
    states = {name: found.state(name) for name in found.steps}
    assert {name for name, state in states.items() if state == "done"} == set(states) - {"addresses"}
    assert found.steps["router"]["evidence"].startswith("mail came in from 203.0.113.9, last at ")
    assert (found.domain["urgent"], found.result["changed"], len(sbs.requests)) == ([], False, 2)
    assert not any(each["command"].startswith(("Set-", "New-", "Remove-")) for each in sbs.machine.dump()["history"])


def test_a_mailbox_that_nobody_has_bounces(tmp_path: Path, dns: DnsServer) -> None:
    domain = {**DOMAIN, "mailboxes": ["chef@beispiel.de", "info@beispiel.de"], "transition": True}
    found = look(Server(tmp_path, STATE), dns, domains=[domain])
    assert found.steps["addresses"]["evidence"] == "nobody here has chef@beispiel.de"
    (bounces,) = found.domain["urgent"]
    assert bounces.startswith("Mail bounces now: the MX leads here, and nobody has chef@beispiel.de.")


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


# ---- what the server itself answers, over real sockets


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def answering(tmp_path: Path, authority: trustme.CA) -> Iterator[Callable[..., Server]]:
    """Servers whose port 25 is open; ``state``: what they are besides."""
    listeners: list[SmtpListener] = []

    def start(**state: Any) -> Server:
        sbs = Server(tmp_path, {**STATE, "pop3_connector": {"accounts": [ACCOUNT]}, **state})
        leaf = functools.cache(lambda names: server_side(authority.issue_cert(*names)))
        listeners.append(SmtpListener(sbs.machine, leaf))
        listeners[-1].start()
        sbs.machine.receive_port = listeners[-1].port
        return sbs

    yield start
    for each in listeners:
        each.close()


ACCOUNT = {
    "server": "pop3.strato.de",
    "port": 995,
    "username": "info@beispiel.de",
    "password": "Lw4-plan-only-Regentonne-6630",
    "mailbox": "anna@nt4admins.local",
}
OPEN = {"Name": "Internet", "PermissionGroups": "AnonymousUsers", "AuthMechanism": "Tls"}


def test_where_the_connector_of_the_world_answers_inside_its_answers_count(
    answering: Callable[..., Server], dns: DnsServer
) -> None:
    found = look(answering(receive_connectors=[OPEN]), dns)
    assert found.steps["recipient_filter"]["evidence"] == "an address that nobody has was refused at RCPT"
    inside = "from inside the answers are right; whether anybody outside gets them cannot be seen"
    assert found.steps["proof_by_name"]["evidence"] == inside
    lax = look(answering(receive_connectors=[OPEN], recipient_filter={"validation": False}), dns)
    assert lax.state("recipient_filter") == lax.state("proof_by_name") == "open"
    relays = {"receive_connectors": [OPEN], "relay_rights": [{"connector": "Internet", "user": "anonymous"}]}
    sbs = answering(**relays)
    relay = look(sbs, dns)
    assert "niemand@sbs-mailflow.invalid, which is foreign, was accepted" in relay.steps["proof_by_name"]["evidence"]
    assert [each[:27] for each in relay.domain["urgent"]] == ["This server is an open rela"]
    sbs.meddle = lambda number, request, reply: failing(reply, "read_connector_rights")
    untold = look(sbs, dns)
    assert "a recipient in a foreign domain was accepted at RCPT" in untold.domain["urgent"][0]


def test_where_another_connector_answers_inside_it_is_named_and_its_relaying_counts_for_nothing(
    answering: Callable[..., Server], dns: DnsServer
) -> None:
    fax = "Windows SBS Fax Sharepoint Receive SBS"
    found = look(answering(relay_rights=[{"connector": fax, "user": "anonymous"}]), dns)
    assert f"from inside {fax} answers, another connector than the world" in found.steps["proof_by_name"]["evidence"]
    assert found.steps["recipient_filter"]["evidence"] == "an address that nobody has was refused at RCPT"
    assert (found.state("connector"), found.domain["urgent"]) == ("done", [])


def test_where_nobody_is_let_in_without_a_login_nobody_is_asked(
    answering: Callable[..., Server], dns: DnsServer
) -> None:
    found = look(answering(receive_connectors=[{**OPEN, "PermissionGroups": "ExchangeUsers"}]), dns)
    assert "take nothing without a login: Internet" in found.steps["proof_by_name"]["evidence"]


def test_a_certificate_that_is_over_and_tls_that_is_not_offered_are_told(
    answering: Callable[..., Server], dns: DnsServer
) -> None:
    old = [{"names": ["sbs.nt4admins.local"], "services": ["SMTP"], "not_after": "2020-03-01"}]
    found = look(answering(receive_connectors=[{**OPEN, "AuthMechanism": "None"}], certificates=old), dns)
    assert found.steps["preflight"]["evidence"] == "failed checks: inbound_certificate"
    assert found.steps["proof_by_name"]["evidence"].endswith("STARTTLS is not offered, so mail comes in unencrypted")


def test_a_server_that_is_silent_at_port_25_makes_no_step_fail(
    answering: Callable[..., Server], dns: DnsServer
) -> None:
    sbs = answering(receive_connectors=[OPEN])
    sbs.machine.receive_port = None
    found = look(sbs, dns)
    assert found.state("proof_by_name") == "unknown" and "not reached, " in found.steps["proof_by_name"]["evidence"]
    sbs.meddle = lambda number, request, reply: failing(reply, "ask_smtp_0")
    assert "not reached, no" in look(sbs, dns).steps["proof_by_name"]["evidence"]


@pytest.mark.parametrize(("name", "state"), [("sbs.nt4admins.local", "done"), ("speedport.ip", "unknown")])
def test_only_the_server_itself_proves_the_router(tmp_path: Path, dns: DnsServer, name: str, state: str) -> None:
    """At a public address a router's own server, or another one, may answer."""

    def meddle(number: int, request: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
        for result in reply["results"]:
            if result["id"] == "ask_smtp_public":
                told = {"Ehlo": [f"{name} Hello [192.168.1.2]"], "Replies": [{"Recipient": "x", "Reply": "250 ok"}]}
                result |= {"status": "done", "output": [told], "error": None}
        return reply

    sbs = Server(tmp_path, STATE)
    sbs.meddle = meddle
    assert look(sbs, dns).state("router") == state


# ---- several domains, and what fetches


T_ONLINE = {"domain": "t-online.de", "way": "pop3", "mailboxes": ["firma@t-online.de"]}
AT_T_ONLINE = {**ACCOUNT, "server": "securepop.t-online.de", "username": "firma@t-online.de"}


def test_a_providers_own_domain_beside_an_mx_needs_no_change(tmp_path: Path, dns: DnsServer) -> None:
    dns.change(["t-online.de. 300 MX 10 mx00.t-online.de."])
    sbs = Server(tmp_path, {**STATE, "pop3_connector": {"accounts": [ACCOUNT, AT_T_ONLINE]}})
    plans = sbs.run("inbound_plan", {**asked(dns), "domains": [DOMAIN, T_ONLINE], "to": "mx"})["domains"]
    assert [(each["domain"], each["to"], each["next"]) for each in plans][1] == ("t-online.de", "pop3", None)
    one = sbs.run("inbound_plan", {**asked(dns), "domains": [DOMAIN, T_ONLINE], "only": ["beispiel.de"]})
    assert [each["domain"] for each in one["domains"]] == ["beispiel.de"]
    assert "firma@t-online.de" in one["domains"][0]["steps"][12]["evidence"]


@pytest.mark.parametrize(
    ("username", "urgent"), [("info@verein.de", True), ("info@beispiel.de", False), ("m0123456", False)]
)
def test_a_mailbox_that_no_account_fetches_is_urgent(
    tmp_path: Path, dns: DnsServer, username: str, urgent: bool
) -> None:
    """The service runs, for others. Of a user name that is no address nobody knows which domain it is for."""
    dns.change(["beispiel.de. 300 MX 10 smtpin.rzone.de."])
    accounts = [{**ACCOUNT, "username": username}]
    found = look(Server(tmp_path, {**STATE, "pop3_connector": {"accounts": accounts}}), dns)
    assert ["nothing here fetches it" in each for each in found.domain["urgent"]] == [True] * urgent


def test_no_connector_is_closed_while_nobody_tells_where_another_domains_mx_lead(tmp_path: Path) -> None:
    with DnsServer(f"{ZONE}verein.de. 300 MX 10 smtpin.rzone.de.\n", {"beispiel.de": "servfail"}) as dns:
        domains = [DOMAIN, {"domain": "verein.de", "way": "pop3", "mailboxes": ["info@verein.de"]}]
        found = Server(tmp_path, STATE).run("inbound_plan", {**asked(dns), "domains": domains})
    closing = found["domains"][1]["steps"][6]
    assert (closing["state"], closing["evidence"]) == ("done", "it is open for beispiel.de")
