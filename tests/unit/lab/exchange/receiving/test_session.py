"""What a receive connector answers whoever delivers: greeting, login, rights, limits, and the log of it."""

from __future__ import annotations

import base64
import csv
import itertools
from typing import Any

import pytest

from lab.exchange.receiving.session import ReceivingSession
from lab.host.machine import SimulatedMachine

CLOCK = "2026-12-01T08:00:00Z"
PASSWORD = "Qx4-lab-only-Regenrinne-7713"
INTERNET = {
    "Name": "Internet",
    "PermissionGroups": "AnonymousUsers, ExchangeUsers",
    "AuthMechanism": "Tls, Integrated, BasicAuth, BasicAuthRequireTLS",
    "ProtocolLoggingLevel": "Verbose",
}
ANNA = "anna@nt4admins.local"
NOBODY = "niemand@nt4admins.local"
FOREIGN = "jemand@beispiel.org"


def machine_with(*connectors: dict[str, Any], **state: Any) -> SimulatedMachine:
    given = [{**INTERNET, **each} for each in connectors or ({},)]
    account = {"username": "Administrator", "password": PASSWORD}
    return SimulatedMachine({"clock": CLOCK, "receive_connectors": given, "endpoint_account": account, **state})


def greeted(machine: SimulatedMachine, client: str = "203.0.113.9", tls: bool = False) -> ReceivingSession:
    session = machine.smtp_session(client)
    session.line("EHLO mail.example.org")
    if tls:
        session.line("STARTTLS")
        session.handshake("1.2")
        session.line("EHLO mail.example.org")
    return session


def said(session: ReceivingSession, *lines: str) -> list[str]:
    return [session.line(line) for line in lines]


def outcome(machine: SimulatedMachine, recipient: str = ANNA, **how: Any) -> str:
    return machine.receive("kunde@example.com", [recipient], **how)[-1]


def events_of(machine: SimulatedMachine, message_id: str) -> list[dict[str, Any]]:
    return machine.invoke("Get-MessageTrackingLog", {"MessageId": message_id})


def log_rows(machine: SimulatedMachine) -> list[list[str]]:
    return [row for row in csv.reader(machine.smtp_receive_log().splitlines()) if not row[0].startswith("#")]


def test_a_message_from_outside_is_in_the_mailbox_and_in_the_tracking_log() -> None:
    machine = machine_with()
    replies = machine.receive("kunde@example.com", [ANNA], message_id="<eins@example.com>", subject="Grüße")
    assert [reply[:3] for reply in replies] == ["220", "250", "250", "250", "354", "250"]
    assert replies[-1] == "250 2.6.0 <eins@example.com> [InternalId=1] Queued mail for delivery"
    received, delivered = events_of(machine, "<eins@example.com>")
    assert (received["EventId"], delivered["EventId"]) == ("RECEIVE", "DELIVER")
    place = received["Source"], received["ConnectorId"], received["ClientIp"], received["ClientHostname"]
    assert place == ("SMTP", "SBS\\Internet", "203.0.113.9", "mail.example.org")
    assert (delivered["ClientIp"], received["Recipients"], received["MessageSubject"]) == ("", [ANNA], "Grüße")
    assert machine.dump()["inboxes"] == {ANNA: ["<eins@example.com>"]}


def test_the_log_is_in_exchanges_form() -> None:
    machine = machine_with()
    machine.receive("kunde@example.com", [ANNA], message_id="<x@y>")
    lines = machine.smtp_receive_log().split("\r\n")
    assert lines[2] == "#Log-type: SMTP Receive Protocol Log"
    assert lines[5].startswith(
        "2026-12-01T08:00:00.000Z,SBS\\Internet,08CD5C0000000001,0,192.168.1.2:25,203.0.113.9:40000,+,,"
    )
    rights = "SMTPSubmit SMTPAcceptAnySender SMTPAcceptAuthoritativeDomainSender AcceptRoutingHeaders"
    said_and_heard = [(row[6], row[7]) for row in log_rows(machine)]
    assert said_and_heard[:4] == [
        ("+", ""),
        ("*", rights),
        (">", "220 sbs.nt4admins.local Microsoft ESMTP MAIL Service ready at Tue, 01 Dec 2026 08:00:00 +0000"),
        ("<", "EHLO mail.example.org"),
    ]
    assert said_and_heard[4] == (">", "250-sbs.nt4admins.local Hello [203.0.113.9]")
    assert said_and_heard[-3:] == [("<", "QUIT"), (">", "221 2.0.0 Service closing transmission channel"), ("-", "")]
    assert machine.receive_log_path == (
        r"C:\Program Files\Microsoft\Exchange Server\V14\TransportRoles\Logs\ProtocolLog\SmtpReceive"
    )
    assert list(machine.smtp_receive_log_files(machine.receive_log_path + "\\")) == ["RECV1.LOG"]
    assert machine.smtp_receive_log_files("C:\\Logs") == {}


def test_a_connector_that_is_not_verbose_is_not_logged() -> None:
    machine = machine_with({"ProtocolLoggingLevel": "None"})
    outcome(machine)
    assert (machine.smtp_receive_log(), machine.dump()["received"][0]["connector"]) == ("", "SBS\\Internet")


def test_without_message_tracking_nothing_is_tracked_and_all_is_delivered() -> None:
    machine = machine_with(transport_servers=[{"Name": "SBS", "MessageTrackingLogEnabled": False}])
    outcome(machine, message_id="<x@y>")
    assert (events_of(machine, "<x@y>"), machine.dump()["inboxes"]) == ([], {ANNA: ["<x@y>"]})


def test_the_most_specific_range_wins_on_the_binding() -> None:
    machine = machine_with(
        {},
        {"Name": "LAN", "RemoteIPRanges": ["192.168.1.0/24"]},
        {"Name": "Scanner", "RemoteIPRanges": ["192.168.1.50"]},
        {"Name": "Client", "Bindings": ["0.0.0.0:587"]},
    )
    clients = ("203.0.113.9", "192.168.1.7", "192.168.1.50")
    assert [machine.smtp_session(each).connector for each in clients] == ["Internet", "LAN", "Scanner"]
    assert machine.smtp_session("192.168.1.50", "0.0.0.0:587").connector == "Client"
    with pytest.raises(ConnectionRefusedError, match=r"192\.168\.1\.2:2525"):
        machine.smtp_session("192.168.1.50", "0.0.0.0:2525")


def test_who_is_in_no_range_is_told_so_and_cut_off() -> None:
    machine = machine_with({"RemoteIPRanges": ["192.0.2.0/24"]})
    assert machine.receive("a@example.com", [ANNA]) == ["421 4.3.2 Service not available"]
    assert outcome(machine, client="192.0.2.25").startswith("250 ")


def test_banner_and_fqdn() -> None:
    named = machine_with({"Fqdn": "mail.beispiel.de"}).receive("a@example.com", [ANNA])
    assert named[0].startswith("220 mail.beispiel.de Microsoft ESMTP") and named[1].startswith(
        "250-mail.beispiel.de Hello"
    )
    assert machine_with({"Banner": "220 Guten Tag"}).receive("a@example.com", [ANNA])[0] == "220 Guten Tag"


@pytest.mark.parametrize(
    ("fqdn", "names", "mechanism", "offered"),
    [
        (None, None, "Tls", True),
        ("mail.beispiel.de", None, "Tls", False),
        ("mail.beispiel.de", ["mail.beispiel.de"], "Tls", True),
        ("mail.beispiel.de", ["*.beispiel.de"], "Tls", True),
        (None, None, "None", False),
    ],
)
def test_starttls_needs_a_certificate_of_the_name(
    fqdn: str | None, names: list[str] | None, mechanism: str, offered: bool
) -> None:
    certificates = None if names is None else [{"names": names, "not_after": "2030-01-01"}]
    machine = machine_with({"Fqdn": fqdn, "AuthMechanism": mechanism}, certificates=certificates)
    session = machine.smtp_session("203.0.113.9")
    assert ("STARTTLS" in session.line("EHLO x")) is offered
    assert session.line("STARTTLS")[:3] == ("220" if offered else "500")


@pytest.mark.parametrize(
    ("mechanism", "plain", "encrypted"),
    [
        ("Tls, Integrated, BasicAuth, BasicAuthRequireTLS", "AUTH NTLM", "AUTH NTLM LOGIN"),
        ("Tls, BasicAuth", "AUTH LOGIN", "AUTH LOGIN"),
        ("Tls", None, None),
    ],
)
def test_logins_that_are_offered(mechanism: str, plain: str | None, encrypted: str | None) -> None:
    machine = machine_with({"AuthMechanism": mechanism})
    for tls, expected in ((False, plain), (True, encrypted)):
        offers = greeted(machine, tls=tls).line("EHLO again").split("\n")
        assert next((each[4:] for each in offers if each[4:].startswith("AUTH")), None) == expected


def test_who_logs_in_may_relay_and_his_password_is_nowhere() -> None:
    machine = machine_with()
    assert outcome(machine, FOREIGN) == "550 5.7.1 Unable to relay"
    taken = outcome(machine, FOREIGN, starttls=True, login=("NT4ADMINS\\Administrator", PASSWORD), message_id="<r@y>")
    assert taken.startswith("250 2.6.0 <r@y>")
    assert machine.queues.queued == 1
    wrong = machine.receive("a@b.de", [ANNA], starttls=True, login=("Administrator", PASSWORD + "x"))
    assert wrong[-1] == "535 5.7.3 Authentication unsuccessful"
    seen = machine.smtp_receive_log() + str(machine.dump())
    secrets = (PASSWORD, base64.b64encode(PASSWORD.encode()).decode().rstrip("="))
    assert not any(secret in seen for secret in secrets) and "<Binary Data>" in seen
    login = base64.b64encode(b"Administrator").decode()
    assert said(greeted(machine, tls=True), f"AUTH LOGIN {login}", "*")[-1].startswith("535 ")
    assert login not in machine.smtp_receive_log()


def test_whom_no_permission_group_has_may_not_even_name_a_sender() -> None:
    machine = machine_with(
        {"PermissionGroups": "ExchangeUsers"}, {"Name": "Open", "PermissionGroups": "AnonymousUsers"}
    )
    machine.change({"receive_connectors": [{"Name": "Open", "RemoteIPRanges": ["192.168.1.0/24"]}]})
    assert outcome(machine) == "530 5.7.1 Client was not authenticated"
    login = {"login": ("Administrator", PASSWORD), "starttls": True}
    assert outcome(machine, **login).startswith("250 ")
    refused = outcome(machine, client="192.168.1.9", **login)
    assert refused == "550 5.7.1 Client does not have permissions to submit to this server"


def test_a_right_to_relay_is_an_open_relay() -> None:
    machine = machine_with(relay_rights=[{"connector": "Internet", "user": "anonymous"}])
    assert outcome(machine, FOREIGN).startswith("250 ")
    assert "SMTPAcceptAnyRecipient" in machine.smtp_receive_log()
    denied = machine_with(relay_rights=[{"connector": "Internet", "user": "anonymous", "deny": True}])
    assert outcome(denied, FOREIGN) == "550 5.7.1 Unable to relay"


def test_externally_secured_relays_without_a_login_and_is_not_filtered() -> None:
    secured = {"AuthMechanism": "Tls, ExternalAuthoritative", "PermissionGroups": "ExchangeServers"}
    machine = machine_with(secured, recipient_filter={"validation": True})
    assert outcome(machine, FOREIGN).startswith("250 ")
    assert outcome(machine, NOBODY).startswith("250 ")


@pytest.mark.parametrize("validation", [True, False])
@pytest.mark.parametrize("installed", [True, False])
def test_recipients_are_validated_where_the_agents_are_there(validation: bool, installed: bool) -> None:
    given = {"validation": validation, "agents_installed": installed}
    machine = machine_with(recipient_filter=given)
    refused = validation and installed
    assert outcome(machine, NOBODY, message_id="<n@y>")[:9] == ("550 5.1.1" if refused else "250 2.6.0")
    kinds = [event["EventId"] for event in events_of(machine, "<n@y>")]
    assert kinds == ([] if refused else ["RECEIVE", "FAIL"])


def test_only_authoritative_domains_are_validated() -> None:
    domains = [
        {"Name": "own", "DomainName": "nt4admins.local", "DomainType": "Authoritative", "Default": True},
        {"Name": "shared", "DomainName": "beispiel.de", "DomainType": "InternalRelay"},
    ]
    machine = machine_with(recipient_filter={"validation": True}, accepted_domains=domains)
    assert outcome(machine, "wer@beispiel.de").startswith("250 ")
    assert outcome(machine, NOBODY) == "550 5.1.1 User unknown"


def test_a_report_goes_out_to_whatever_sender_was_claimed() -> None:
    everything = [{"Name": "out", "AddressSpaces": ["*"], "SmartHosts": ["127.0.0.1"], "DNSRoutingEnabled": False}]
    machine = machine_with(send_connectors=everything)
    outcome(machine, NOBODY)
    (queued,) = machine.queues.messages.values()
    assert (queued.mail.sender, queued.recipients) == ("", ["kunde@example.com"])
    counts = machine.queues.counts
    assert (counts.submitted, counts.done + machine.queues.queued) == (2, 2)
    machine.receive("gibtsnicht@nt4admins.local", [NOBODY])
    machine.receive("", [NOBODY])
    assert machine.queues.queued == 1


def test_relayed_mail_keeps_its_content() -> None:
    machine = machine_with(
        relay_rights=[{"connector": "Internet", "user": "anonymous"}],
        send_connectors=[
            {"Name": "out", "AddressSpaces": ["*"], "SmartHosts": ["127.0.0.1"], "DNSRoutingEnabled": False}
        ],
    )
    content = b"Message-ID: <orig@y>\r\nSubject: x\r\n\r\nhallo\r\n"
    outcome(machine, FOREIGN, content=content)
    (queued,) = machine.queues.messages.values()
    assert (queued.content(), queued.message_id) == (content, "<orig@y>")


def test_tarpit_takes_time_of_the_log_and_nobodys() -> None:
    machine = machine_with({"TarpitInterval": "00:00:07"}, recipient_filter={"validation": True})
    session = greeted(machine)
    said(session, "MAIL FROM:<a@b.de>", f"RCPT TO:<{NOBODY}>", f"RCPT TO:<{FOREIGN}>", f"RCPT TO:<{ANNA}>")
    assert session.tarpitted.total_seconds() == 14
    rows = log_rows(machine)
    assert [row[8] for row in rows if row[8].startswith("Tarpit")] == ["Tarpit for '0.00:00:07'"] * 2
    assert [row[0][17:19] for row in rows if row[7].startswith(("550", "250 2.1.5"))] == ["07", "14", "14"]
    assert machine.clock.now().isoformat() == "2026-12-01T08:00:00+00:00"
    none = machine_with({"TarpitInterval": "00:00:00"})
    outcome(none, FOREIGN)
    assert "Tarpit" not in none.smtp_receive_log()


def test_sizes_and_numbers_of_recipients() -> None:
    machine = machine_with({"MaxMessageSize": "64KB", "MaxRecipientsPerMessage": 2})
    assert "SIZE 65536" in machine.receive("a@b.de", [ANNA])[1]
    too_big = "552 5.3.4 Message size exceeds fixed maximum message size"
    assert outcome(machine, declared_size=70000) == too_big
    assert outcome(machine, content=b"Subject: x\r\n\r\n" + b"x" * 70000) == too_big
    three = machine.receive("a@b.de", [ANNA, "bernd@nt4admins.local", "alle@nt4admins.local"])
    assert three[5] == "452 4.5.3 Too many recipients" and three[-1].startswith("250 ")
    assert machine.dump()["received"][-1]["recipients"] == [ANNA, "bernd@nt4admins.local"]


@pytest.mark.parametrize("client", ["203.0.113.9", "192.168.1.50", "127.0.0.1"])
@pytest.mark.parametrize(
    "trouble",
    [{"queue_disk": {"used_percent": 97}}, {"queue_disk": {"used_percent": 99}}, {"delivery": {"back_pressure": True}}],
)
def test_back_pressure_refuses_all_that_is_no_exchange(client: str, trouble: dict[str, Any]) -> None:
    assert outcome(machine_with(**trouble), client=client) == "452 4.3.1 Insufficient system resources"


def test_a_stopped_transport_service_refuses_the_connection() -> None:
    machine = machine_with()
    machine.stop_service("MSExchangeTransport")
    with pytest.raises(ConnectionRefusedError):
        machine.receive("a@b.de", [ANNA])


def test_a_connector_may_require_tls() -> None:
    machine = machine_with({"RequireTLS": True})
    assert outcome(machine) == "451 5.7.3 Must issue a STARTTLS command first"
    assert outcome(machine, starttls=True).startswith("250 ")


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (("MAIL FROM:<a@b.de>",), "503 5.5.2 Send hello first"),
        (("EHLO x", f"RCPT TO:<{ANNA}>"), "503 5.5.2 Need mail command"),
        (("EHLO x", "MAIL FROM:<a@b.de>", "DATA"), "503 5.5.2 Need rcpt command"),
        (("EHLO x", "MAIL FROM:<a@b.de>", "MAIL FROM:<a@b.de>"), "503 5.5.2 Sender already specified"),
        (("EHLO x", "MAIL FROM:<>", "RSET", "MAIL FROM:<>"), "250 2.1.0 Sender OK"),
        (("EHLO x", "MAIL FROM:a@b.de"), "501 5.5.4 Invalid arguments"),
        (("EHLO x", "MAIL FROM:<ab>"), "501 5.1.3 Invalid address"),
        (("EHLO x", "MAIL FROM:<>", "RCPT TO:<anna>"), "501 5.1.3 Invalid address"),
        (
            (
                "EHLO x",
                "mail from: <a@b.de> BODY=8BITMIME size=10",
            ),
            "250 2.1.0 Sender OK",
        ),
        (("HELO x",), "250 sbs.nt4admins.local Hello [203.0.113.9]"),
        (("EHLO",), "501 5.5.4 Invalid arguments"),
        (("VRFY anna",), "500 5.3.3 Unrecognized command"),
        (("EHLO x", "AUTH PLAIN AAAA"), "504 5.7.4 Unrecognized authentication type"),
        (("AUTH LOGIN",), "503 5.5.2 Send hello first"),
        (("EHLO x", "NOOP"), "250 2.0.0 OK"),
    ],
)
def test_the_order_of_commands(lines: tuple[str, ...], last: str) -> None:
    assert said(machine_with().smtp_session("203.0.113.9"), *lines)[-1] == last


def test_tls_forgets_what_was_said_before() -> None:
    session = machine_with().smtp_session("203.0.113.9")
    said(session, "EHLO x", "MAIL FROM:<a@b.de>", "STARTTLS")
    session.handshake("1.2")
    assert said(session, f"RCPT TO:<{ANNA}>", "MAIL FROM:<>") == [
        "503 5.5.2 Need mail command",
        "503 5.5.2 Send hello first",
    ]


def test_two_messages_in_one_session_and_a_group() -> None:
    machine = machine_with()
    session = greeted(machine)
    for number in range(2):
        said(session, "MAIL FROM:<a@b.de>", "RCPT TO:<alle@nt4admins.local>", f"RCPT TO:<{ANNA.upper()}>", "DATA")
        session.content(f"Message-ID: <{number}@y>\r\n\r\n".encode())
    assert [each.message_id for each in session.taken] == ["<0@y>", "<1@y>"]
    assert machine.dump()["inboxes"] == {ANNA: ["<0@y>", "<1@y>"]}


def test_ipv6_clients() -> None:
    machine = machine_with({"Bindings": ["[::]:25"], "RemoteIPRanges": ["2001:db8::/32"]})
    assert outcome(machine, client="2001:db8::5", to="[::]:25").startswith("250 ")
    assert "[2001:db8::5]:40000" in machine.smtp_receive_log()


def test_sbs_as_its_wizard_leaves_it() -> None:
    """Whose names and ranges are assumed."""
    machine = SimulatedMachine({"clock": CLOCK})
    clients = ("203.0.113.9", "192.168.1.50", "127.0.0.1")
    by = [machine.smtp_session(each).connector for each in clients]
    assert by == ["Windows SBS Internet Receive SBS", "Default SBS", "Windows SBS Fax Sharepoint Receive SBS"]
    taken = [outcome(machine, client=each)[:3] for each in clients]
    assert taken == ["250", "530", "250"]
    relays = itertools.chain(outcome(machine, FOREIGN, client=each)[:3] for each in clients)
    assert list(relays) == ["550", "530", "550"]
