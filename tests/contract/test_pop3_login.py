"""The proof of a POP3 login, against a provider in every kind of trouble: the twin and the agent tell the same of it.

All talks of a backend go in one request, since starting a PowerShell takes longer than a talk.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.provider import SimulatedProvider
from lab.up.backends import BACKENDS, make_backend

from .asking import ask

pytestmark = pytest.mark.pwsh

PASSWORD = "Zq7-lab-only-Zinnkanne ‘Käse’ $x `n \U0001f511 4711"
NAME = "info@beispiel.de"
SELECT = ["Stage", "Problem", "Reply", "Tls", "Certificate", "Messages", "Octets"]
MESSAGES = [{"size": 1000}, {"size": 2000}]
SMALL_WAIT = {"TimeoutSeconds": 1}


def login(username: str = NAME, secret: str = "login") -> dict[str, Any]:
    return {"$credential": {"username": username, "password": {"$secret": secret}}}


@dataclass(frozen=True)
class Row:
    """What the provider does otherwise, what is asked otherwise, and where the proof must end: stage and problem."""

    name: str
    expect: tuple[str, str | None]
    knobs: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    reply: str | None = None


STLS, CLEAR = {"Security": "stls"}, {"Security": "none"}
PLAIN_PORT, TLS_PORT = {"Port": "pop3_plain", **SMALL_WAIT}, {"Port": "pop3", **CLEAR, **SMALL_WAIT}
SILENT = {**CLEAR, **SMALL_WAIT}
ROWS = [
    Row("over TLS", ("done", None)),
    Row("with STLS, in other capitals", ("done", None), given={"Security": "STLS"}),
    Row("in the clear, where that is taken", ("done", None), {"pop3_without_tls": True}, CLEAR),
    Row("in the clear, where it is not", ("user", "reply"), given=CLEAR),
    Row("another password", ("pass", "reply"), given={"Credential": login(secret="other")}),
    Row("nobody of that name", ("pass", "reply"), given={"Credential": login("niemand@beispiel.de")}),
    Row("a mailbox that may not", ("pass", "reply"), {"pop3_refuse_logins": [NAME]}),
    Row("no STLS offered", ("stls", "not_offered"), {"pop3_stls": False}, STLS),
    Row("CAPA unknown", ("stls", "not_offered"), {"pop3_stages": {"capa": "-ERR what"}}, STLS),
    Row("another name in the certificate", ("tls", "certificate"), {"pop3_certificate_names": ["pop3.beispiel.de"]}),
    Row("the same after STLS", ("tls", "certificate"), {"pop3_certificate_names": ["pop3.beispiel.de"]}, {**STLS}),
    Row("TLS on the plain port", ("tls", "no_tls"), given={"Port": "pop3_plain", **SMALL_WAIT}),
    Row("TLS where POP3 refuses at once", ("tls", "no_tls"), {"pop3_stages": {"greeting": "-ERR no"}}, PLAIN_PORT),
    Row("TLS where nothing is said", ("tls", "timeout"), {"pop3_stages": {"greeting": "hang"}}, PLAIN_PORT),
    Row("TLS where it hangs up", ("tls", "closed"), {"pop3_stages": {"greeting": "close"}}, PLAIN_PORT),
    Row("the clear on the port of TLS", ("greeting", "tls_first"), given={"Port": "pop3", **CLEAR, **SMALL_WAIT}),
    Row("the clear on the port of newer TLS", ("greeting", "tls_first"), {"pop3_tls13_only": True}, TLS_PORT),
    Row("the clear where nobody speaks", ("greeting", "timeout"), {"pop3_stages": {"greeting": "hang"}}, SILENT),
    Row("newer TLS only", ("tls", "tls_newer"), {"pop3_tls13_only": True}),
    Row("newer TLS only, after STLS", ("tls", "tls"), {"pop3_tls13_only": True}, {"Security": "stls"}),
    *(
        Row(f"{word} at {stage}", (stage, problem), {"pop3_stages": {stage: word}}, {**STLS, **SMALL_WAIT}, reply)
        for stage in ("greeting", "user", "pass", "stat")
        for word, problem, reply in [
            ("close", "closed", None),
            ("hang", "timeout", None),
            ("-ERR [SYS/TEMP] later", "reply", "-ERR [SYS/TEMP] later"),
        ]
    ),
    Row("hangs up at QUIT", ("done", None), {"pop3_stages": {"quit": "close"}}),
    Row("refuses QUIT", ("done", None), {"pop3_stages": {"quit": "-ERR no"}}),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """By backend, then by row; and under ``everything`` all that came of it."""
    ca_file = tmp_path_factory.mktemp("pop3") / "ca.pem"
    certificates = Certificates(ca_file)
    with ExitStack() as stack, ThreadPoolExecutor(len(BACKENDS)) as pool:
        providers = {name: [stack.enter_context(_provider(row, certificates)) for row in ROWS] for name in BACKENDS}
        found = pool.map(lambda name: _ask(name, providers[name], ca_file), BACKENDS)
        yield dict(zip(BACKENDS, found, strict=True))
        assert [provider.errors for each in providers.values() for provider in each if provider.errors] == []


def _provider(row: Row, certificates: Certificates) -> SimulatedProvider:
    box = {"address": NAME, "password": PASSWORD, "created": "2020-01-01", "messages": MESSAGES}
    return SimulatedProvider({"mailboxes": [box], **row.knobs}, certificates)


def _ask(name: str, providers: list[SimulatedProvider], ca_file: Path) -> dict[str, Any]:
    steps = [_step(number, row, provider) for number, (row, provider) in enumerate(zip(ROWS, providers, strict=True))]
    answer = _answer(name, steps, ca_file)
    assert [(result["status"], result["error"]) for result in answer.reply["results"]] == [("done", None)] * len(ROWS)
    rows = {row.name: result["output"][0] for row, result in zip(ROWS, answer.reply["results"], strict=True)}
    return {**rows, "everything": answer.everything, "providers": providers}


def _step(number: int, row: Row, provider: SimulatedProvider) -> dict[str, Any]:
    given = {"Server": "localhost", "Security": "tls", "Credential": login(), "TimeoutSeconds": 20, **row.given}
    port = given.get("Port") or ("pop3" if given["Security"] == "tls" else "pop3_plain")
    return step({**given, "Port": provider.ports[port]}, number)


def step(given: dict[str, Any], number: int = 0) -> dict[str, Any]:
    return {"id": str(number), "command": "Test-Pop3Login", "parameters": given, "select": SELECT, "always": True}


def _answer(name: str, steps: list[dict[str, Any]], ca_file: Path | None = None) -> Any:
    backend = make_backend(name, SimulatedMachine.from_state("no_exchange"), ca_file)
    secrets = {"login": PASSWORD, "other": PASSWORD + "!", "two lines": "a\r\nDELE 1"}
    try:
        answer = ask(backend, {"protocol": 1, "exchange": "none", "steps": steps, "secrets": secrets})
    finally:
        backend.close()
    assert (answer.code, answer.stderr) == (0, b"")
    return answer


def _without_own_words(shown: dict[str, Any]) -> dict[str, Any]:
    """Every provider has a certificate of its own; the host's own words on a handshake differ."""
    certificate = shown["Certificate"] and {**shown["Certificate"], "Subject": None}
    own = shown["Problem"] in ("connect", "tls", "no_tls", "tls_newer")
    return {**shown, "Certificate": certificate, "Reply": bool(shown["Reply"]) if own else shown["Reply"]}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_both_tell_the_same(told: dict[str, dict[str, Any]], row: Row) -> None:
    for found in told.values():
        shown = found[row.name]
        assert (shown["Stage"], shown["Problem"]) == row.expect
        assert row.reply in (None, shown["Reply"])
        counts = (2, 3000) if row.expect[0] == "done" else (None, None)
        assert (shown["Messages"], shown["Octets"]) == counts
    assert _without_own_words(told["pwsh"][row.name]) == _without_own_words(told["twin"][row.name])


@pytest.mark.parametrize("name", BACKENDS)
def test_nothing_is_fetched_or_deleted_and_no_password_told(told: dict[str, dict[str, Any]], name: str) -> None:
    assert PASSWORD not in told[name]["everything"]
    for provider in told[name]["providers"]:
        assert provider.records.pop3_messages == []
        assert len(provider.maildrops.waiting(NAME)) == len(MESSAGES)


def _newer_only(listener: socket.socket) -> None:
    """Takes TLS 1.3 alone, and hangs up on all else without an alert, as Dovecot does."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                if bytes.fromhex("002b0003020304") in connection.recv(4096):
                    connection.sendall(bytes.fromhex("16030300380200003403 03cf21ad74e59a6111be1d8c021e65b891"))


@pytest.mark.parametrize("name", BACKENDS)
def test_a_server_that_hangs_up_on_an_old_tls_is_named_all_the_same(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_newer_only, args=(listener,), daemon=True)
        thread.start()
        given = {"Server": "localhost", "Port": listener.getsockname()[1], "Credential": login(), "TimeoutSeconds": 5}
        steps = [step({**given, "Security": security}, number) for number, security in enumerate(("tls", "none"))]
        found = [result["output"][0] for result in _answer(name, steps).reply["results"]]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert [(each["Stage"], each["Problem"]) for each in found] == [("tls", "tls_newer"), ("greeting", "tls_first")]


NO, MISSING, NOT_TAKEN = "parameter_unreadable", "MissingMandatoryParameter", "ParameterArgumentTransformationError"
GIVEN = {"Server": "localhost", "Port": 9, "Security": "tls", "Credential": login()}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Security": "ssl"}, NO),
    ({"Port": 0}, NO),
    ({"TimeoutSeconds": 601}, NO),
    ({"Credential": "info"}, NO),
    ({"Server": "local\r\nhost"}, NO),
    ({"Credential": login("a\r\nQUIT")}, NO),
    ({"Credential": login(secret="two lines")}, NO),
    ({"Security": None}, "ParameterArgumentValidationErrorEmptyStringNotAllowed"),
    ({"Port": "pop3"}, NOT_TAKEN),
]


def test_what_is_no_login_is_refused_alike() -> None:
    steps = [step({**GIVEN, **given}, number) for number, (given, _) in enumerate(REFUSED)]
    steps.append(step({"Server": "localhost"}, len(steps)))
    for name in BACKENDS:
        errors = [result["error"] for result in _answer(name, steps).reply["results"]]
        assert [error["code"] or error["error_id"].split(",")[0] for error in errors] == [
            *(code for _, code in REFUSED),
            MISSING,
        ], name
