"""The host's own SMTP port and its mail to itself: the twin and the agent tell the same of it.

Only the words for what no server said (no connection, no TLS) are the host's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab.host.machine import SimulatedMachine
from lab.host.state_files import load_state
from lab.up.backends import BACKENDS, make_backend
from lab.up.smtp_listener import SmtpListener

from .asking import ask
from .smtp_server import CLOSE, Say, SmtpServer
from .test_smtp_login import server_side

pytestmark = pytest.mark.pwsh

PROBED = ["Connected", "Greeting", "Ehlo", "Tls", "Mail", "Replies", "Stage", "Error", "Text"]
SENT = ["Accepted", "Replies", "Stage", "Error", "Code", "Text", "Tls", "Certificate"]
PASSWORD = "Vk3-lab-only-Regenrinne-5527"
LOGIN = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}}}
OWN = {"Sender": "info@beispiel.de", "Recipient": "info@beispiel.de", "MessageId": "<1.a@sbs>", "Subject": "Probe"}
NO_WORDS = ("connect", "tls")
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def both(
    command: str, select: list[str], given: Rows, ca_file: Path | None, machine: Callable[[], SimulatedMachine]
) -> list[Any]:
    """What both tell of each: the object, or the code of the refusal."""
    steps = [
        {"id": str(number), "command": command, "parameters": entry, "select": select, "always": True}
        for number, entry in enumerate(given)
    ]
    request = {"protocol": 1, "exchange": "none", "steps": steps, "secrets": {"login": PASSWORD}}
    found = {}
    for name in BACKENDS:
        backend = make_backend(name, machine(), ca_file)
        try:
            answer = ask(backend, request)
        finally:
            backend.close()
        assert (answer.code, answer.stderr) == (0, b""), answer
        assert PASSWORD not in answer.everything
        found[name] = [_told(result) for result in answer.reply["results"]]
    assert found["pwsh"] == found["twin"]
    return found["pwsh"]


def _told(result: dict[str, Any]) -> Any:
    if result["error"]:
        return result["error"]["code"] or result["error"]["error_id"]
    (row,) = result["output"]
    return {**row, "Text": "words"} if row["Error"] in NO_WORDS else row


def plain() -> SimulatedMachine:
    return SimulatedMachine.from_state("no_exchange")


# -- whom the own server takes mail for --------------------------------------------------------------------------------


OPEN = {"Name": "Default SBS", "PermissionGroups": "AnonymousUsers, ExchangeUsers, ExchangeServers"}


def test_the_hosts_own_port(authority: trustme.CA, ca_file: Path) -> None:
    """At an own address the connector answers that takes mail of that address there."""
    state = {**load_state("sbs2011"), "clock": "2026-11-24T20:39:36Z"}
    machines = [SimulatedMachine(state), SimulatedMachine(state)]
    machines[1].change({"receive_connectors": [OPEN]})
    leaf = functools.cache(lambda names: server_side(authority.issue_cert(*names, key_type=trustme.KeyType.RSA)))
    asked = {"Address": "192.168.1.2", "Recipients": ["jemand@fremd.example"], "TlsName": "sbs.nt4admins.local"}
    told = []
    for machine in machines:
        listener = SmtpListener(machine, leaf)
        listener.start()
        machine.receive_port = listener.port
        try:
            given = [asked, {**asked, "Port": 26}]
            told.append(both("Test-SmtpReceive", PROBED, given, ca_file, lambda machine=machine: machine))
        finally:
            listener.close()
    (closed, nobody), (own, _) = told
    assert (closed["Stage"], closed["Error"], closed["Text"][:9]) == ("mail", "reply", "530 5.7.1")
    assert (own["Connected"], own["Error"], own["Stage"]) == (True, None, "done")
    assert own["Greeting"].startswith("220 ") and own["Tls"]["Version"] == "Tls12" and own["Tls"]["Problem"] is None
    assert "192.168.1.2" in own["Ehlo"][0] and own["Mail"].startswith("250 ")
    assert [each["Reply"][:9] for each in own["Replies"]] == ["550 5.7.1"]
    assert (nobody["Connected"], nobody["Stage"], nobody["Error"]) == (False, "connect", "connect")


@dataclass(frozen=True)
class Case:
    """A server that does as it is told to, who asks it for what, and what is told of that and heard there."""

    script: dict[str, Say] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)
    heard: list[list[str]] | None = None
    stranger: bool = False


def talk_to(
    cases: Mapping[str, Case],
    authority: trustme.CA,
    ca_file: Path,
    command: str,
    select: list[str],
    given: dict[str, Any],
) -> dict[str, tuple[dict[str, Any], list[list[str]]]]:
    """What is told of each server, and what each heard, of both alike: all in one request, which is faster."""
    kinds = {
        False: server_side(authority.issue_cert("localhost", key_type=trustme.KeyType.RSA)),
        True: server_side(trustme.CA().issue_cert("mail.beispiel.de", key_type=trustme.KeyType.RSA)),
    }
    servers = [SmtpServer(case.script, kinds[case.stranger]) for case in cases.values()]
    where = "Address" if command == "Test-SmtpReceive" else "Server"
    asked = [
        {where: "localhost", "Port": server.port, **given, **case.given}
        for server, case in zip(servers, cases.values(), strict=True)
    ]
    try:
        told = both(command, select, asked, ca_file, plain)
    finally:
        for server in servers:
            server.close()
    heard = [server.heard[len(server.heard) // 2 :] for server in servers]
    return dict(zip(cases, zip(told, heard, strict=True), strict=True))


def check(case: Case, told: dict[str, Any], heard: list[list[str]]) -> None:
    flat = dict(told)
    if isinstance(told["Tls"], dict):
        flat |= {f"Tls.{name}": value for name, value in told["Tls"].items()}
    assert {name: flat[name] for name in case.expect} == case.expect
    assert case.heard in (None, heard)


UNKNOWN = Say(b"550 5.1.1 User unknown\r\n")
TWO = ["a@b.example", "c@d.example"]
TO_TWO = ["MAIL FROM:<>", "RCPT TO:<a@b.example>", "RCPT TO:<c@d.example>", "RSET", "QUIT"]
IN_THE_CLEAR = ["EHLO sbs", "MAIL FROM:<>", "RCPT TO:<a@b.example>", "RSET", "QUIT"]
NO_TUNNEL = {"Tls.Offered": True, "Tls.Version": None, "Error": None, "Stage": "done"}
NO_LOGIN = "530 5.7.1 Client was not authenticated"
PROBES = {
    "the whole talk, without data": Case(
        {"rcpt": UNKNOWN},
        {"Recipients": TWO},
        {
            "Connected": True,
            "Greeting": "220 mx.beispiel.de ESMTP",
            "Ehlo": ["mx.beispiel.de", "SIZE 104857600", "AUTH PLAIN LOGIN"],
            "Mail": "250 2.1.0 Ok",
            "Replies": [{"Recipient": each, "Reply": "550 5.1.1 User unknown"} for each in TWO],
            "Stage": "done",
            "Error": None,
            "Text": None,
            "Tls.Version": "Tls12",
            "Tls.Problem": None,
            "Tls.Error": None,
        },
        [["EHLO sbs", "STARTTLS", "EHLO sbs", *TO_TWO]],
    ),
    "any certificate is told": Case(
        expect={
            "Error": None,
            "Tls.Version": "Tls12",
            "Tls.Error": None,
            "Tls.Problem": "RemoteCertificateNameMismatch, RemoteCertificateChainErrors",
        },
        stranger=True,
    ),
    "its name is another one": Case(
        given={"TlsName": "mail.beispiel.de"}, expect={"Tls.Problem": "RemoteCertificateChainErrors"}, stranger=True
    ),
    "STARTTLS is refused": Case(
        {"starttls": Say(b"454 4.7.0 no TLS today\r\n")},
        expect={**NO_TUNNEL, "Tls.Error": "reply"},
        heard=[["EHLO sbs", "STARTTLS"], IN_THE_CLEAR],
    ),
    "the handshake fails": Case(
        {"tls": CLOSE}, expect={**NO_TUNNEL, "Tls.Error": "closed"}, heard=[["EHLO sbs", "STARTTLS"], IN_THE_CLEAR]
    ),
    "no TLS is offered": Case(
        {"ehlo": Say(b"250 mx.beispiel.de\r\n")},
        {"Sender": "info@beispiel.de"},
        {"Tls.Offered": False, "Error": None, "Ehlo": ["mx.beispiel.de"]},
        [["EHLO sbs", "MAIL FROM:<info@beispiel.de>", "RCPT TO:<a@b.example>", "RSET", "QUIT"]],
    ),
    **{
        f"{stage}: {error or 'nothing'}": Case(
            {stage: say}, expect={"Stage": ended, "Error": error, "Text": text, "Connected": True}
        )
        for stage, say, error, text, ended in [
            ("greeting", Say(b"554 5.7.1 go away\r\n"), "reply", "554 5.7.1 go away", "greeting"),
            ("greeting", CLOSE, "closed", None, "greeting"),
            ("greeting", Say(b"hello\r\n"), "unreadable", "hello", "greeting"),
            ("ehlo", Say(b"502 5.5.1 what\r\n"), "reply", "502 5.5.1 what", "ehlo"),
            ("mail", Say(NO_LOGIN.encode() + b"\r\n"), "reply", NO_LOGIN, "mail"),
            ("rcpt", Say(b"421 4.3.2 leaving\r\n"), "reply", "421 4.3.2 leaving", "rcpt"),
            ("rcpt", CLOSE, "closed", None, "rcpt"),
            ("rset", CLOSE, None, None, "done"),
        ]
    },
}


def test_every_way_in_which_a_probe_ends(authority: trustme.CA, ca_file: Path) -> None:
    given = {"Recipients": ["a@b.example"], "Helo": "sbs"}
    for name, (told, heard) in talk_to(PROBES, authority, ca_file, "Test-SmtpReceive", PROBED, given).items():
        check(PROBES[name], told, heard)
        assert not any("DATA" in lines for lines in heard)


def test_what_no_probe_is_made_with() -> None:
    good = {"Address": "localhost", "Recipients": ["a@b.example"]}
    wrong: Rows = [
        {"Port": 0}, {"TimeoutSeconds": 0}, {"Recipients": ["a@b"] * 21}, {"Recipients": ["a\r\nDATA"]},
        {"Address": "a\nb"}, {"Sender": "a\nb"}, {"Helo": "a\nb"}, {"TlsName": "a\nb"},
    ]  # fmt: skip
    assert both("Test-SmtpReceive", PROBED, [{**good, **each} for each in wrong], None, plain) == [
        "parameter_unreadable"
    ] * len(wrong)


# -- mail to oneself ---------------------------------------------------------------------------------------------------


SENDS = {
    "sent": Case(
        given={"Subject": ".Probe"}, expect={"Accepted": True, "Error": None, "Stage": "done", "Tls": "Tls12"}
    ),
    **{
        f"{stage} {accepted}": Case({stage: say}, expect={"Accepted": accepted, "Stage": ended, "Error": error})
        for stage, say, accepted, error, ended in [
            ("password", Say(b"535 5.7.8 no\r\n"), False, "reply", "auth"),
            ("rcpt", Say(b"550 5.7.1 no\r\n"), False, "reply", "rcpt"),
            ("data", Say(b"554 5.7.1 no\r\n"), False, "reply", "data"),
            ("sent", Say(b"554 5.7.1 spam\r\n"), False, "reply", "sent"),
            ("sent", CLOSE, None, "closed", "sent"),
        ]
    },
    "sent, and a strange answer": Case(
        {"sent": Say(b"what\r\n")}, expect={"Accepted": None, "Stage": "sent", "Error": "unreadable", "Code": None}
    ),
    "no login": Case(
        {"ehlo2": Say(b"250 mx\r\n")}, expect={"Accepted": False, "Stage": "auth", "Error": "not_offered"}
    ),
    "a stranger": Case(expect={"Accepted": False, "Stage": "tls", "Error": "certificate"}, stranger=True),
}


def test_one_message_is_sent_once(authority: trustme.CA, ca_file: Path) -> None:
    given = {"Credential": LOGIN, "HeloName": "sbs", **OWN}
    found = talk_to(SENDS, authority, ca_file, "Send-OwnMail", SENT, given)
    for name, (told, heard) in found.items():
        check(SENDS[name], told, heard)
        assert sum("DATA" in lines for lines in heard) <= 1
    told, heard = found["sent"]
    stages = [(each["Stage"], each["Reply"][:3]) for each in told["Replies"]]
    assert stages == [("mail", "250"), ("rcpt", "250"), ("data", "354"), ("sent", "250")]
    assert (told["Code"], told["Text"]) == (250, "250 2.0.0 queued as 4Gx")
    lines = heard[0][heard[0].index("DATA") :]
    assert lines[3] == "Subject: .Probe" and lines[4].startswith("Date: ") and len(heard) == 1
    assert lines[5] == "Message-ID: <1.a@sbs>" and lines[-5:] == ["", "..Probe", ".", "RSET", "QUIT"]


def test_implicit_tls(authority: trustme.CA, ca_file: Path) -> None:
    """Nothing is said before the handshake: a server that greets first is none of these."""
    found = talk_to(
        {"plain": Case()}, authority, ca_file, "Send-OwnMail", SENT, {"Credential": LOGIN, "Security": "tls", **OWN}
    )
    told, heard = found["plain"]
    assert (told["Accepted"], told["Stage"]) == (False, "tls") and not any("MAIL" in str(lines) for lines in heard)


def test_what_is_no_mail() -> None:
    good = {"Server": "localhost", "Port": 587, "Credential": LOGIN, **OWN}
    wrong: Rows = [
        {"Port": 0},
        {"Security": "none"},
        *({"MessageId": each} for each in ("1@sbs", "<1 @sbs>", "<1@s>\r\nX: y", "<@s>")),
        *({"Subject": each} for each in ("a\r\nBcc: x", "Gr\u00fc\u00dfe")),
        {"Sender": "a\nb"},
        {"Recipient": "a\nb"},
        {"Credential": "x"},
    ]
    assert both("Send-OwnMail", SENT, [{**good, **each} for each in wrong], None, plain) == [
        "parameter_unreadable"
    ] * len(wrong)
