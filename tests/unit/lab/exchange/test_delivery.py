"""The simulated Exchange sends through its connectors to the simulated provider."""

from __future__ import annotations

import base64
import csv
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.exchange import delivery_texts
from lab.exchange.smtp_send import loopback_address
from lab.exchange.values import Credential
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.provider import SimulatedProvider, texts

CLOCK = "2026-11-24T12:00:00Z"
ODD = "Zq7 \"lab\" 'only', $x `n ‘Käse’ \U0001f511 \\ / <&> " + "9134" * 200
BOX = {"address": "info@beispiel.de", "password": ODD, "created": date(2020, 1, 1)}
LOGIN = {"username": "info@beispiel.de", "password": ODD}
BASIC = {
    "Name": "Provider",
    "AddressSpaces": ["*"],
    "DNSRoutingEnabled": False,
    "SmartHosts": ["localhost"],
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "AuthenticationCredential": LOGIN,
    "RequireTLS": True,
    "ProtocolLoggingLevel": "Verbose",
}
FROM, TO = "info@beispiel.de", "kunde@example.com"
Provide = Callable[..., SimulatedProvider]
Send = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificates, Path]:
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    return Certificates(ca_file), ca_file


@pytest.fixture
def provide(authority: tuple[Certificates, Path]) -> Iterator[Provide]:
    made: list[SimulatedProvider] = []

    def start(**settings: Any) -> SimulatedProvider:
        provider = SimulatedProvider({"mailboxes": [BOX], "clock": CLOCK, **settings}, authority[0])
        provider.start()
        made.append(provider)
        return provider

    yield start
    for provider in made:
        provider.close()
        assert provider.errors == []


def machine_with(provider: SimulatedProvider | None = None, **properties: Any) -> SimulatedMachine:
    """A host with one connector, by default one that reaches the provider as it should."""
    connector = {**BASIC, **({"Port": provider.port} if provider else {}), **properties}
    return SimulatedMachine({"send_connectors": [connector], "clock": CLOCK})


@pytest.fixture
def send(authority: tuple[Certificates, Path]) -> Send:
    def through(machine: SimulatedMachine, count: int = 1, sender: str = FROM, **more: Any) -> list[dict[str, Any]]:
        return machine.send(sender, more.pop("to", [TO]), count, more.pop("ca_file", authority[1]), **more)

    return through


def queue_error(inner: str) -> str:
    return (
        f'451 4.4.0 Primary target IP address responded with: "{inner}." Attempted failover to alternate host, but '
        "that did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts."
    )


def entries(machine: SimulatedMachine) -> list[dict[str, str]]:
    lines = machine.smtp_send_log().splitlines()
    names = next(line for line in lines if line.startswith("#Fields: ")).removeprefix("#Fields: ").split(",")
    return [dict(zip(names, row, strict=True)) for row in csv.reader(line for line in lines if line[0] != "#")]


def test_a_message_arrives(provide: Provide, send: Send) -> None:
    provider = provide()
    assert send(machine_with(provider)) == [
        {
            "message": 1,
            "recipient": TO,
            "status": "delivered",
            "connector": "Provider",
            "smart_host": "localhost",
            "reply": texts.ACCEPTED,
            "last_error": None,
        }
    ]
    (mail,) = provider.records.accepted
    assert (mail.login, mail.sender, mail.recipients, mail.tls) == (FROM, FROM, (TO,), True)


def test_several_messages_and_recipients_in_as_many_sessions_as_the_connector_wants(
    provide: Provide, send: Send
) -> None:
    provider = provide()
    machine = machine_with(provider, SmtpMaxMessagesPerConnection=2)
    results = send(machine, count=5, to=[TO, "b@example.com", TO])
    assert [(one["message"], one["recipient"]) for one in results] == [
        (number, to) for number in range(1, 6) for to in (TO, "b@example.com")
    ]
    assert {one["status"] for one in results} == {"delivered"}
    assert len(provider.records.accepted) == 5
    assert len({entry["session-id"] for entry in entries(machine)}) == 3


def test_the_limit_hits_messages_one_by_one(provide: Provide, send: Send) -> None:
    provider = provide(per_hour=2)
    results = send(machine_with(provider), count=4)
    assert [one["status"] for one in results] == ["delivered", "delivered", "deferred", "deferred"]
    assert results[2]["last_error"] == "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
    assert provider.allowance.used(FROM, provider.clock.now()) == 4


def test_one_recipient_of_two_is_over_the_limit(provide: Provide, send: Send) -> None:
    provider = provide(per_hour=1)
    first, second = send(machine_with(provider), to=[TO, "b@example.com"])
    assert (first["status"], second["status"]) == ("delivered", "deferred")
    assert provider.records.accepted[0].recipients == (TO,)


def test_a_refused_sender_fails(provide: Provide, send: Send) -> None:
    (result,) = send(machine_with(provide()), sender="chef@fremd.de")
    assert (result["status"], result["last_error"]) == ("failed", texts.SENDER_REFUSED)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("reply", "status"), [("451 4.3.0 Later", "deferred"), ("554 5.7.1 Refused by local policy", "failed")]
)
def test_replies_to_a_message(provide: Provide, send: Send, stage: str, reply: str, status: str) -> None:
    results = send(machine_with(provide(stages={stage: reply})), count=2)
    assert [(one["status"], one["reply"], one["last_error"]) for one in results] == [(status, reply, reply)] * 2


@pytest.mark.parametrize("stage", ["connect", "ehlo", "starttls", "auth"])
@pytest.mark.parametrize("reply", ["421 4.3.2 Busy", "554 5.3.0 Never"])
def test_replies_to_a_connection(provide: Provide, send: Send, stage: str, reply: str) -> None:
    """Whatever their code, the queue waits."""
    results = send(machine_with(provide(stages={stage: reply})), count=2)
    assert [(one["status"], one["last_error"]) for one in results] == [("deferred", queue_error(reply))] * 2


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_421_ends_the_session_wherever_it_comes(provide: Provide, send: Send, stage: str) -> None:
    provider = provide(stages={stage: "421 4.3.2 Busy"})
    results = send(machine_with(provider), count=3)
    assert {(one["status"], one["last_error"]) for one in results} == {("deferred", queue_error("421 4.3.2 Busy"))}
    assert len(provider.records.refused) == 1


@pytest.mark.parametrize("stage", ["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data"])
@pytest.mark.parametrize(("action", "inner"), [("close", delivery_texts.DROPPED), ("hang", delivery_texts.TIMED_OUT)])
def test_a_provider_that_hangs_up_or_falls_silent(
    provide: Provide, send: Send, stage: str, action: str, inner: str
) -> None:
    provider = provide(stages={stage: action})
    results = send(machine_with(provider), count=2, timeout=0.3 if action == "hang" else 20)
    assert [(one["status"], one["last_error"]) for one in results] == [("deferred", queue_error(inner))] * 2
    assert provider.records.accepted == []


def test_nobody_listens(send: Send) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (result,) = send(machine_with(Port=port))
    assert (result["status"], result["last_error"]) == ("deferred", queue_error("421 4.2.1 Unable to connect"))


def test_the_next_smart_host_is_tried(provide: Provide, send: Send) -> None:
    """Nothing listens on 127.0.0.2, or nobody lives there."""
    provider = provide()
    machine = machine_with(provider, SmartHosts=["127.0.0.2", "localhost"])
    (result,) = send(machine)
    assert (result["status"], result["smart_host"]) == ("delivered", "localhost")


@pytest.mark.parametrize("settings", [{"refuse_logins": [FROM]}, {"mailboxes": [BOX | {"password": "other"}]}])
def test_a_login_that_is_refused(provide: Provide, send: Send, settings: dict[str, Any]) -> None:
    (result,) = send(machine_with(provide(**settings)))
    assert (result["status"], result["last_error"]) == ("deferred", queue_error(texts.LOGIN_REFUSED))


@pytest.mark.parametrize("auth", [["PLAIN"], []])
def test_exchange_2010_speaks_auth_login_only(provide: Provide, send: Send, auth: list[str]) -> None:
    (result,) = send(machine_with(provide(auth=auth)))
    assert result["last_error"] == queue_error("451 5.7.3 Require basic authentication")


@pytest.mark.parametrize(
    ("properties", "settings", "inner"),
    [
        # None: delivered. TLS is taken wherever it is offered, whoever's certificate it is.
        ({"RequireTLS": False}, {}, None),
        ({"SmartHostAuthMechanism": "BasicAuth", "RequireTLS": False}, {"certificate_names": ["x.test"]}, None),
        ({"SmartHostAuthMechanism": "BasicAuth"}, {"certificate_names": ["x.test"]}, None),
        ({"SmartHostAuthMechanism": "BasicAuth", "RequireTLS": True}, {"starttls": False}, "STARTTLS"),
        ({"RequireTLS": False}, {"starttls": False, "auth_without_tls": True}, "STARTTLS"),
        (
            {"SmartHostAuthMechanism": "BasicAuth", "RequireTLS": False},
            {"starttls": False, "auth_without_tls": True},
            None,
        ),
        (
            {"SmartHostAuthMechanism": "BasicAuth", "RequireTLS": False, "IgnoreSTARTTLS": True},
            {},
            "451 5.7.3 Require basic authentication",
        ),
        (
            {"SmartHostAuthMechanism": "BasicAuth", "RequireTLS": False, "IgnoreSTARTTLS": True},
            {"auth_without_tls": True},
            None,
        ),
        ({"SmartHostAuthMechanism": "ExchangeServer"}, {}, delivery_texts.EXCHANGE_AUTHENTICATION),
        # The name that BasicAuthRequireTLS wants is the smart host's own.
        ({}, {"certificate_names": ["smtp.other.test"]}, "certificate"),
        ({"SmartHosts": ["127.0.0.1"]}, {}, None),
        ({"SmartHosts": ["127.0.0.1"]}, {"certificate_names": ["localhost"]}, "certificate"),
    ],
)
def test_logins_with_and_without_tls(
    provide: Provide, send: Send, properties: dict[str, Any], settings: dict[str, Any], inner: str | None
) -> None:
    known = {"STARTTLS": delivery_texts.STARTTLS_REQUIRED, "certificate": delivery_texts.CERTIFICATE_REFUSED}
    (result,) = send(machine_with(provide(**settings), **properties))
    assert result["last_error"] == (queue_error(known.get(inner, inner)) if inner else None)


def test_without_a_login_the_provider_wants_one(provide: Provide, send: Send) -> None:
    machine = machine_with(provide(), SmartHostAuthMechanism="None", AuthenticationCredential=None)
    (result,) = send(machine)
    assert (result["status"], result["last_error"]) == ("failed", texts.LOGIN_NEEDED)


TRUSTED, FOREIGN = True, False


@pytest.mark.parametrize(
    ("level", "domain", "names", "trusted", "good"),
    [
        (None, None, ["x.test"], FOREIGN, True),
        ("EncryptionOnly", None, ["x.test"], FOREIGN, True),
        ("CertificateValidation", None, ["x.test"], TRUSTED, True),
        ("CertificateValidation", None, ["x.test"], FOREIGN, False),
        ("DomainValidation", "smtp.beispiel.test", ["smtp.beispiel.test"], TRUSTED, True),
        ("DomainValidation", "SMTP.Beispiel.test", ["smtp.beispiel.test"], TRUSTED, True),
        ("DomainValidation", "smtp.beispiel.test", ["smtp.beispiel.test"], FOREIGN, False),
        ("DomainValidation", "smtp.beispiel.test", ["smtp.other.test"], TRUSTED, False),
        ("DomainValidation", "smtp.beispiel.test", ["*.beispiel.test"], TRUSTED, True),
        ("DomainValidation", "a.smtp.beispiel.test", ["*.beispiel.test"], TRUSTED, False),
        ("DomainValidation", "*.beispiel.test", ["smtp.beispiel.test"], TRUSTED, True),
        ("DomainValidation", "*.beispiel.test", ["beispiel.test"], TRUSTED, False),
        ("DomainValidation", "localhost", ["x.test", "localhost"], TRUSTED, True),
    ],
)
def test_whom_the_certificate_must_name(
    provide: Provide,
    send: Send,
    tmp_path: Path,
    level: str | None,
    domain: str | None,
    names: list[str],
    trusted: bool,
    good: bool,
) -> None:
    other = tmp_path / "other.pem"
    Certificates(other)
    properties = {"SmartHostAuthMechanism": "BasicAuth", "TlsAuthLevel": level, "TlsDomain": domain}
    machine = machine_with(provide(certificate_names=names), **properties)
    (result,) = send(machine) if trusted else send(machine, ca_file=other)
    assert result["last_error"] == (None if good else queue_error(delivery_texts.CERTIFICATE_REFUSED))


def test_a_host_that_trusts_nobody(provide: Provide, send: Send) -> None:
    (result,) = send(machine_with(provide()), ca_file=None)
    assert result["last_error"] == queue_error(delivery_texts.CERTIFICATE_REFUSED)


def test_helo_knows_neither_tls_nor_login(provide: Provide, send: Send) -> None:
    machine = machine_with(provide(), ForceHELO=True, RequireTLS=False, SmartHostAuthMechanism="BasicAuth")
    (result,) = send(machine)
    assert result["last_error"] == queue_error(delivery_texts.BASIC_AUTHENTICATION)


def test_without_a_connector_nothing_can_leave(send: Send) -> None:
    (result,) = send(SimulatedMachine.from_state("no_connector"))
    assert (result["status"], result["connector"]) == ("unreachable", None)
    assert "connector cannot be found" in result["last_error"]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"SmartHosts": ["smtp.strato.de"]}, "smtp.strato.de would leave this machine"),
        ({"SmartHosts": ["192.0.2.1"]}, "[192.0.2.1] would leave this machine"),
        ({"SmartHosts": ["localhost", "smtp.strato.de"]}, "smtp.strato.de would leave this machine"),
        ({"SmartHosts": ["localhost.beispiel.de"]}, "localhost.beispiel.de would leave"),
        ({"SmartHosts": [], "DNSRoutingEnabled": True}, "delivery by DNS would leave this machine"),
    ],
)
def test_nothing_but_the_loopback_is_reached(
    send: Send, monkeypatch: pytest.MonkeyPatch, properties: dict[str, Any], words: str
) -> None:
    def caught(*_: object, **__: object) -> None:
        pytest.fail("a name was looked up or a connection was made")

    monkeypatch.setattr(socket, "create_connection", caught)
    monkeypatch.setattr(socket, "getaddrinfo", caught)
    results = send(machine_with(**properties), count=2)
    assert {one["status"] for one in results} == {"not_simulated"}
    assert all(words in one["last_error"] for one in results)


@pytest.mark.parametrize(
    ("smart_host", "address"),
    [("localhost", "127.0.0.1"), ("LOCALHOST.", "127.0.0.1"), ("[127.0.0.5]", "127.0.0.5"), ("10.0.0.1", None)],
)
def test_addresses_on_the_loopback(smart_host: str, address: str | None) -> None:
    assert loopback_address(smart_host) == address


@pytest.mark.parametrize(
    ("sender", "to", "count", "complaint"),
    [
        ("info", [TO], 1, "'info' is no address"),
        (FROM, ["a@b>\r\nRCPT TO:<c@d"], 1, "is no address"),
        (FROM, [], 1, "at least one recipient"),
        (FROM, [TO], 0, "0 messages"),
        (FROM, [TO], 10**6, "a number from 1 to 10000"),
    ],
)
def test_mail_that_cannot_be_sent(sender: str, to: list[str], count: int, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        machine_with().send(sender, to, count)
    assert complaint in str(caught.value)


def test_a_host_without_exchange_sends_nothing() -> None:
    with pytest.raises(StateError, match="no simulated Exchange"):
        SimulatedMachine.from_state("no_exchange").send(FROM, [TO])


def test_the_log_of_a_session(provide: Provide, send: Send) -> None:
    provider = provide()
    machine = machine_with(provider)
    send(machine)
    lines = machine.smtp_send_log().split("\r\n")
    assert lines[:5] == [
        "#Software: Microsoft Exchange Server",
        "#Version: 14.0.0.0",
        "#Log-type: SMTP Send Protocol Log",
        "#Date: 2026-11-24T12:00:00.000Z",
        "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
    ]
    log = entries(machine)
    assert [entry["event"] + entry["data"] for entry in log if not entry["data"].startswith("250-")] == [
        "*",
        "+",
        "<220 localhost ESMTP (a simulated provider)",
        ">EHLO sbs.nt4admins.local",
        "<250 PIPELINING",
        ">STARTTLS",
        "<220 Ready to start TLS",
        "*",
        ">EHLO sbs.nt4admins.local",
        "<250 PIPELINING",
        ">AUTH LOGIN",
        "<334 <authentication response>",
        "><Binary Data>",
        "<334 <authentication response>",
        "><Binary Data>",
        "<235 2.7.0 Authentication successful",
        f">MAIL FROM:<{FROM}> SIZE={provider.records.accepted[0].size}",
        "<250 OK",
        f">RCPT TO:<{TO}>",
        "<250 2.1.5 Ok",
        ">DATA",
        "<354 End data with <CR><LF>.<CR><LF>",
        f"<{texts.ACCEPTED}",
        ">QUIT",
        "<221 Bye",
        "-",
    ]
    assert [int(entry["sequence-number"]) for entry in log] == list(range(len(log)))
    assert {entry["connector-id"] for entry in log} == {"Provider"}
    assert {entry["remote-endpoint"] for entry in log} == {f"127.0.0.1:{provider.port}"}
    assert log[0]["local-endpoint"] == "" and log[1]["local-endpoint"].startswith("127.0.0.1:")
    assert [entry["context"] for entry in log if entry["context"]] == [
        "attempting to connect",
        "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded",
        "Local",
    ]


def test_the_limit_is_in_the_log(provide: Provide, send: Send) -> None:
    machine = machine_with(provide(per_hour=0))
    send(machine)
    dialogue = [entry["event"] + entry["data"] for entry in entries(machine)]
    assert dialogue[-6:] == [f"<{texts.THROTTLED}", ">RSET", "<250 OK", ">QUIT", "<221 Bye", "-"]


def test_who_hung_up(provide: Provide, send: Send) -> None:
    machine = machine_with(provide(stages={"rcpt": "close"}))
    send(machine)
    assert (entries(machine)[-1]["event"], entries(machine)[-1]["context"]) == ("-", "Remote")


def test_no_log_without_verbose(provide: Provide, send: Send) -> None:
    machine = machine_with(provide(), ProtocolLoggingLevel="None")
    assert send(machine)[0]["status"] == "delivered"
    assert machine.smtp_send_log() == ""


@pytest.mark.parametrize("settings", [{}, {"refuse_logins": [FROM]}, {"stages": {"auth": "454 4.7.0 Not now"}}])
def test_no_password_in_log_results_or_dumps(
    provide: Provide, send: Send, caplog: pytest.LogCaptureFixture, settings: dict[str, Any]
) -> None:
    caplog.set_level("DEBUG")
    provider = provide(**settings)
    machine = machine_with(provider)
    results = send(machine, count=2)
    seen = machine.smtp_send_log() + json.dumps([results, machine.dump(), provider.dump()], ensure_ascii=False)
    seen += caplog.text
    encoded = base64.b64encode(ODD.encode()).decode()
    assert ODD not in seen and ODD[:30] not in seen and encoded[:40] not in seen
    assert base64.b64encode(FROM.encode()).decode() not in seen


def test_twenty_senders_at_once(provide: Provide, send: Send) -> None:
    """Every line of the log belongs to its session, and the limit holds exactly."""
    provider = provide(per_hour=50)
    machine = machine_with(provider)
    lined_up = threading.Barrier(20)

    def one(number: int) -> list[dict[str, Any]]:
        lined_up.wait(30)
        return send(machine, count=3, to=[f"kunde{number}@example.com"], timeout=60)

    with ThreadPoolExecutor(20) as pool:
        results = [result for found in pool.map(one, range(20)) for result in found]
    assert sorted(one["status"] for one in results) == ["deferred"] * 10 + ["delivered"] * 50
    sessions: dict[str, list[int]] = {}
    for entry in entries(machine):
        sessions.setdefault(entry["session-id"], []).append(int(entry["sequence-number"]))
    assert len(sessions) == 20
    assert all(numbers == list(range(len(numbers))) for numbers in sessions.values())


def test_a_changed_login_is_used_once_transport_has_learnt_of_it(
    provide: Provide, authority: tuple[Certificates, Path]
) -> None:
    """A session that is open by then keeps its login."""
    other = {**BOX, "address": "neu@beispiel.de"}
    provider = provide(mailboxes=[BOX, other])
    machine = machine_with(provider)
    machine.ca_file = authority[1]
    machine.change({"delivery": {"settings_delay_seconds": 30, "seconds_per_message": 20}})
    machine.submit(FROM, [TO], count=4)
    login = Credential(str(other["address"]), ODD)
    for second in range(0, 120, 20):
        machine.change({"clock": f"2026-11-24T12:{second // 60:02}:{second % 60:02}Z"})
        if second == 0:
            machine.invoke("Set-SendConnector", {"Identity": "Provider", "AuthenticationCredential": login})
        if second == 100:
            machine.submit(FROM, [TO])
        while machine.queues.due and machine.queues.due <= machine.clock.now():
            with machine.queues.turn:
                machine.queues.step()
    machine.close()
    assert [mail.login for mail in provider.records.accepted] == ["info@beispiel.de"] * 4 + ["neu@beispiel.de"]
