"""The proof of a login, against servers that misbehave at every stage: the twin and the agent tell the same of it.

All talks of a backend go in one request, since starting a PowerShell takes longer than a talk. Only the words for what
no server said (no connection, no TLS) are the host's own.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from lab.host.machine import SimulatedMachine
from lab.twin.tls import OLD_DOTNET
from lab.up.backends import BACKENDS, make_backend

from .asking import Answer, ask, ask_raw, stdin_of
from .smtp_rows import LOGIN, ODD, PASSWORD, PLAIN_WAYS, SMALL_WAIT, TALKS, Talk, b64
from .smtp_server import SmtpServer

pytestmark = pytest.mark.pwsh

SELECT = ["Stage", "Problem", "Code", "Text", "Tls", "Certificate", "Mechanism", "Capabilities", "Senders"]
ADDRESSES = {"Sender": "info@beispiel.de", "Recipient": "probe@beispiel.de"}
SECRETS = {"login": PASSWORD, "odd": ODD}


def contexts(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    """A server side of TLS for each kind of certificate."""
    past = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    stranger = trustme.CA()
    rsa = {"key_type": trustme.KeyType.RSA}
    leaves = {
        "good": authority.issue_cert("localhost", **rsa),
        "other name": authority.issue_cert("smtp.beispiel.de", **rsa),
        "stranger": stranger.issue_cert("localhost", **rsa),
        "other stranger": stranger.issue_cert("smtp.beispiel.de", **rsa),
        "expired": authority.issue_cert("localhost", not_before=past[0], not_after=past[1], **rsa),
        "odd": authority.issue_cert(
            "localhost",
            common_name='Grüße, "Köln" + mehr',
            organization_name="Beispiel  GmbH & Co. KG",
            organization_unit_name="a=b;c",
            **rsa,
        ),
    }
    made = {name: server_side(leaf) for name, leaf in leaves.items()}
    made["too new"] = server_side(leaves["good"])
    made["too new"].minimum_version = ssl.TLSVersion.TLSv1_3
    return made


def server_side(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def step(given: dict[str, Any], number: int = 0) -> dict[str, Any]:
    parameters = {"Server": "localhost", "Credential": LOGIN, "TimeoutSeconds": 20, **ADDRESSES, **given}
    return {
        "id": str(number),
        "command": "Test-SmtpLogin",
        "parameters": {name: value for name, value in parameters.items() if value != "left out"},
        "select": SELECT,
        "always": True,
    }


def request(steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"protocol": 1, "exchange": "none", "steps": steps, "secrets": SECRETS}


def asked(name: str, steps: list[dict[str, Any]], ca_file: Path | None = None) -> Answer:
    backend = make_backend(name, SimulatedMachine.from_state("no_exchange"), ca_file)
    try:
        answer = ask(backend, request(steps))
    finally:
        backend.close()
    assert (answer.code, answer.stderr) == (0, b"")
    return answer


@dataclass(frozen=True)
class Round:
    """All talks of one backend: what it told of each, what each server heard, and all that it wrote."""

    told: dict[str, dict[str, Any]]
    heard: dict[str, list[list[str]]]
    everything: str


def talk_to_all(name: str, made: dict[str, ssl.SSLContext], ca_file: Path) -> Round:
    servers = [SmtpServer(talk.script, made[talk.certificate]) for talk in TALKS]
    try:
        given = [{"Port": server.port, **talk.given} for server, talk in zip(servers, TALKS, strict=True)]
        answer = asked(name, [step(entry, number) for number, entry in enumerate(given)], ca_file)
    finally:
        for server in servers:
            server.close()
    told = {}
    for talk, result in zip(TALKS, answer.reply["results"], strict=True):
        assert (result["status"], result["error"]) == ("done", None), talk.name
        (told[talk.name],) = result["output"]
    heard = {talk.name: server.heard for talk, server in zip(TALKS, servers, strict=True)}
    return Round(told, heard, answer.everything)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    ca_file = tmp_path_factory.mktemp("smtp") / "ca.pem"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    made = contexts(authority)
    with ThreadPoolExecutor(len(BACKENDS)) as pool:
        found = pool.map(lambda name: talk_to_all(name, made, ca_file), BACKENDS)
        return dict(zip(BACKENDS, found, strict=True))


def without_own_words(told: dict[str, Any]) -> dict[str, Any]:
    """The host's own words differ; that there are some does not."""
    return {**told, "Text": bool(told["Text"])} if told["Problem"] in ("connect", "tls", "tls_newer") else told


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.name)
def test_both_tell_the_same(rounds: dict[str, Round], talk: Talk) -> None:
    told = {name: found.told[talk.name] for name, found in rounds.items()}
    for found in told.values():
        assert (found["Stage"], found["Problem"], found["Code"]) == talk.expect
        assert talk.text in (None, found["Text"])
    assert without_own_words(told["pwsh"]) == without_own_words(told["twin"])
    assert rounds["pwsh"].heard[talk.name] == rounds["twin"].heard[talk.name]


@pytest.mark.parametrize("name", BACKENDS)
def test_no_password_is_ever_told(rounds: dict[str, Round], name: str) -> None:
    for secret in (PASSWORD, ODD, "lab-only-im-Klartext"):
        assert secret not in rounds[name].everything
        assert b64(secret) not in rounds[name].everything


@pytest.mark.parametrize("name", BACKENDS)
def test_a_good_talk_to_the_letter(rounds: dict[str, Round], name: str) -> None:
    (heard,) = rounds[name].heard["all is well"]
    hello = heard[0]
    assert hello.startswith("EHLO ") and hello.endswith(".nt4admins.local")
    assert heard == [
        hello,
        "STARTTLS",
        hello,
        "AUTH LOGIN",
        b64("info@beispiel.de"),
        b64(PASSWORD),
        "MAIL FROM:<info@beispiel.de>",
        "RCPT TO:<probe@beispiel.de>",
        "RSET",
        "QUIT",
    ]
    told = rounds[name].told["all is well"]
    certificate = told.pop("Certificate")
    assert told == {
        "Stage": "done",
        "Problem": None,
        "Code": 250,
        "Text": "250 2.1.5 Ok",
        "Tls": "Tls12",
        "Mechanism": "LOGIN",
        "Capabilities": ["SIZE 104857600", "AUTH PLAIN LOGIN"],
        "Senders": [],
    }
    assert certificate["Problem"] is None and "O=" in certificate["Subject"] and certificate["NotAfter"].endswith("Z")


OWNED, FOREIGN = "info@beispiel.de", "chef@fremd.example"
GOOD_ROW = {"Sender": OWNED, "Stage": "rcpt", "Code": 250, "Text": "250 2.1.5 Ok"}


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(
    ("talk", "told"),
    [
        ("several senders", [GOOD_ROW, {**GOOD_ROW, "Sender": FOREIGN}]),
        ("the null sender besides", [GOOD_ROW, {**GOOD_ROW, "Sender": ""}]),
        (
            "senders refused at MAIL",
            [
                {"Sender": each, "Stage": "mail", "Code": 553, "Text": "553 5.7.1 not owned"}
                for each in (OWNED, FOREIGN)
            ],
        ),
        (
            "senders refused at RCPT with the password",
            [
                {"Sender": each, "Stage": "rcpt", "Code": 553, "Text": "553-******** | 553 no"}
                for each in (OWNED, FOREIGN)
            ],
        ),
        ("the server leaves", [{"Sender": OWNED, "Stage": "rcpt", "Code": 421, "Text": "421 4.3.2 bye"}]),
        ("the server hangs up at a sender", []),
        ("no answer between two senders", [GOOD_ROW]),
    ],
)
def test_each_sender_is_told(rounds: dict[str, Round], name: str, talk: str, told: list[dict[str, Any]]) -> None:
    assert rounds[name].told[talk]["Senders"] == told
    (heard,) = rounds[name].heard[talk]
    asked_for = [line for line in heard if line.startswith("MAIL")]
    second = "" if "null" in talk else FOREIGN
    assert asked_for == [f"MAIL FROM:<{each}>" for each in (OWNED, second)][: len(asked_for)]


@pytest.mark.parametrize("name", BACKENDS)
def test_an_odd_login_arrives_whole(rounds: dict[str, Round], name: str) -> None:
    (heard,) = rounds[name].heard["an odd login"]
    assert heard[4:6] == [b64("grüße@bücher.example"), b64(ODD)]


@pytest.mark.parametrize("name", BACKENDS)
def test_nothing_is_ever_sent_as_data(rounds: dict[str, Round], name: str) -> None:
    lines = [line for talk in TALKS for heard in rounds[name].heard[talk.name] for line in heard]
    assert not [line for line in lines if line.upper().startswith(("DATA", "BDAT"))]


@pytest.mark.parametrize("name", BACKENDS)
def test_no_password_is_told_to_a_server_that_is_not_the_one(rounds: dict[str, Round], name: str) -> None:
    for talk in TALKS:
        if talk.expect[0] == "tls":
            # Once more where the failed handshake is looked into.
            assert {tuple(heard[1:]) for heard in rounds[name].heard[talk.name]} == {("STARTTLS",)}, talk.name


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(
    ("certificate", "problem", "text"),
    [
        ("another server's certificate", "RemoteCertificateNameMismatch", "RemoteCertificateNameMismatch"),
        ("a stranger's certificate", "RemoteCertificateChainErrors", "RemoteCertificateChainErrors: PartialChain"),
        ("an expired certificate", "RemoteCertificateChainErrors", "RemoteCertificateChainErrors: NotTimeValid"),
        (
            "a stranger's certificate of another name",
            "RemoteCertificateNameMismatch, RemoteCertificateChainErrors",
            "RemoteCertificateNameMismatch, RemoteCertificateChainErrors: PartialChain",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate(
    rounds: dict[str, Round], name: str, certificate: str, problem: str, text: str
) -> None:
    told = rounds[name].told[certificate]
    assert (told["Certificate"]["Problem"], told["Text"], told["Tls"]) == (problem, text, None)
    if "expired" in certificate:
        assert told["Certificate"]["NotAfter"] == "2021-01-01T00:00:00Z"


UNKNOWN = "NamedParameterNotFound"
MISSING = "MissingMandatoryParameter"
NOT_TAKEN = "ParameterArgumentTransformationError"
IS_EMPTY = "ParameterArgumentValidationErrorEmptyStringNotAllowed"
IS_NULL = "ParameterArgumentValidationErrorNullNotAllowed"
NO = "parameter_unreadable"

REFUSED: list[tuple[dict[str, Any], str]] = [
    *(({part: f"a{odd}b"}, NO) for part in ("Server", "Sender", "Recipient", "HeloName") for odd in "\r\n\0\x7f\x85\t"),
    ({"Sender": "a@b>\r\nRCPT TO:<c@d"}, NO),
    ({"Port": 0}, NO),
    ({"Port": 65536}, NO),
    ({"TimeoutSeconds": 0}, NO),
    ({"TimeoutSeconds": None}, NO),
    ({"TimeoutSeconds": 601}, NO),
    ({"Credential": "info@beispiel.de"}, NO),
    ({"Credential": 5}, NO),
    ({"Credential": {"$secret": "none"}}, NO),
    ({"Senders": ["a@b", "c@d\r\nDATA"]}, NO),
    ({"Senders": []}, NO),
    ({"Senders": [f"a{n}@b" for n in range(21)]}, NO),
    ({"Credential": None}, IS_NULL),
    ({"Server": ""}, IS_EMPTY),
    ({"Sender": None}, IS_EMPTY),
    ({"Server": "left out"}, MISSING),
    ({"Credential": "left out"}, MISSING),
    ({"Port": "smtp"}, NOT_TAKEN),
    ({"Server": ["localhost"]}, NOT_TAKEN),
    ({"Nope": 1}, UNKNOWN),
]


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_refused_before_anything_is_connected(name: str) -> None:
    steps = [step({"Port": 9, **given}, number) for number, (given, _) in enumerate(REFUSED)]
    errors = [result["error"] for result in asked(name, steps).reply["results"]]
    kinds = [error and (error["code"] or error["error_id"]) for error in errors]
    expected = [kind if kind == NO else f"{kind},Test-SmtpLogin" for _, kind in REFUSED]
    assert kinds == expected


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """Where the system takes no more connections, and says nothing of it."""
    waiting = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = int(listener.getsockname()[1])
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            waiting.append(client)
        yield port
        for client in waiting:
            client.close()


@pytest.mark.parametrize("name", BACKENDS)
def test_no_connection(name: str, deaf_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed_port = int(listener.getsockname()[1])
    by_number = {"Server": "127.0.0.1", **SMALL_WAIT}
    steps = [step({"Port": closed_port, **by_number}), step({"Port": deaf_port, **by_number})]
    results = asked(name, steps).reply["results"]
    refused, deaf = (result["output"][0] for result in results)
    assert (refused["Stage"], refused["Problem"], refused["Code"]) == ("connect", "connect", None)
    assert refused["Text"]
    assert (deaf["Stage"], deaf["Problem"], deaf["Text"]) == ("connect", "timeout", None)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_host_trusts_nobody_that_it_was_not_told_of(name: str) -> None:
    server = SmtpServer(PLAIN_WAYS[0].script, contexts(trustme.CA())["good"])
    try:
        (result,) = asked(name, [step({"Port": server.port})]).reply["results"]
    finally:
        server.close()
    assert result["output"][0]["Problem"] == "certificate"


def test_a_dotnet_that_knows_no_newer_tls_takes_what_it_has(tmp_path: Path) -> None:
    """.NET 3.5 without its update refuses the sum with an ArgumentException; another call stands for that here."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = SmtpServer(PLAIN_WAYS[0].script, contexts(authority)["good"])
    backend = make_backend("pwsh", SimulatedMachine.from_state("no_exchange"), tmp_path / "ca.pem")
    older = {
        "{ Invoke-Handshake $Talk $TlsAll }": "{ [System.IO.File]::ReadAllText('') }",
        "$TlsOld = 192": "$TlsOld = 3072",
    }
    try:
        answer = ask_raw(backend, wire.command_line(), stdin_of(request([step({"Port": server.port})]), older))
    finally:
        backend.close()
        server.close()
    (told,) = answer.reply["results"][0]["output"]
    assert (told["Stage"], told["Problem"], told["Tls"]) == ("done", None, "Tls12")
    assert len(server.heard) == 1
    (warning,) = answer.reply["warnings"]
    assert "KB3154518" in warning


@pytest.mark.parametrize("name", BACKENDS)
def test_a_dotnet_that_drops_what_it_does_not_know_is_told(name: str, tmp_path: Path) -> None:
    """Once a reply, however many logins are tried."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = SmtpServer(PLAIN_WAYS[0].script, contexts(authority)["good"])
    machine = SimulatedMachine.from_state({"profile": "no_exchange", "dotnet_tls12": False})
    backend = make_backend(name, machine, tmp_path / "ca.pem")
    steps = [{**step({"Port": server.port}), "id": each} for each in ("one", "two")]
    try:
        answer = ask_raw(backend, wire.command_line(), stdin_of(request(steps)))
    finally:
        backend.close()
        server.close()
    told = [result["output"][0] for result in answer.reply["results"]]
    assert [(each["Stage"], each["Problem"], each["Tls"]) for each in told] == [("tls", "tls", None)] * 2
    assert "common algorithm" in told[0]["Text"]
    (warning,) = answer.reply["warnings"]
    assert warning == OLD_DOTNET
