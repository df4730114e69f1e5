"""The proof of a POP3 login, against odd and broken answers: the twin and the agent tell the same of them."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

from .asking import ask
from .pop3_server import GOOD, ScriptedPop3Server
from .smtp_server import Say
from .test_smtp_login import server_side

pytestmark = pytest.mark.pwsh

NAME = "grüße@bücher.example"
PASSWORD = "Zq7-lab-only-Zinnkanne ‘Käse’ $x `n \U0001f511 " + 40 * "überlang-"
SELECT = ["Stage", "Problem", "Reply", "Tls", "Messages", "Octets"]
LOGIN = {"$credential": {"username": NAME, "password": {"$secret": "login"}}}
DONE = ("done", None)


@dataclass(frozen=True)
class Row:
    """``reply`` None: not known beforehand, only equal on both."""

    name: str
    expect: tuple[str, str | None]
    script: dict[str, Say] = field(default_factory=dict)
    security: str = "tls"
    reply: str | None = None
    counts: tuple[int | None, int | None] = (None, None)
    seconds: int = 20


def says(stage: str, answer: bytes, then: str = "go on") -> dict[str, Say]:
    return {stage: Say(answer, then)}


def garbage(stage: str, security: str = "tls") -> Row:
    script = says(stage, b"SSH-2.0-\xff\x00 hello\r\n")
    return Row(f"garbage at {stage}", (stage, "unreadable"), script, security, "SSH-2.0-\ufffd  hello")


def stat(name: str, answer: bytes, counts: tuple[int, int] | None = None) -> Row:
    expect = ("stat", "unreadable") if counts is None else DONE
    reply = answer.decode().rstrip("\r\n")
    return Row(f"STAT: {name}", expect, says("stat", answer), reply=reply, counts=counts or (None, None))


GOOD_COUNTS = (2, 640)
ROWS = [
    Row("all is well", DONE, reply="+OK 2 640", counts=GOOD_COUNTS),
    Row("all is well with STLS", DONE, security="stls", reply="+OK 2 640", counts=GOOD_COUNTS),
    Row("a line that ends without CR", DONE, says("user", b"+OK\n"), counts=GOOD_COUNTS),
    Row("a capability with words", DONE, says("capa", b"+OK\r\nSTLS now\r\n.\r\n"), "stls", counts=GOOD_COUNTS),
    Row("a word like STLS", ("stls", "not_offered"), says("capa", b"+OK\r\nXSTLS\r\nSTLSX\r\n.\r\n"), "stls"),
    Row(
        "words before TLS that would count in it",
        ("stls", "unreadable"),
        says("stls", GOOD["stls"] + b"+OK x\r\n"),
        "stls",
    ),
    Row("refuses STLS", ("stls", "reply"), says("stls", b"-ERR not now\r\n"), "stls", "-ERR not now"),
    Row(
        "refuses at once",
        ("greeting", "reply"),
        says("greeting", b"-ERR [SYS/PERM] no\r\n"),
        reply="-ERR [SYS/PERM] no",
    ),
    Row("in use", ("pass", "reply"), says("pass", b"-ERR [IN-USE] busy\r\n"), reply="-ERR [IN-USE] busy"),
    *(garbage(stage) for stage in ("greeting", "user", "pass", "stat")),
    *(garbage(stage, "stls") for stage in ("capa", "stls")),
    Row("half a status", ("user", "unreadable"), says("user", b"+OKAY\r\n"), reply="+OKAY"),
    Row("half a refusal", ("user", "unreadable"), says("user", b"-ERROR\r\n"), reply="-ERROR"),
    Row("an empty line", ("user", "unreadable"), says("user", b"\r\n")),
    Row("capabilities without end", ("capa", "unreadable"), says("capa", b"+OK\r\n" + 1000 * b"MORE\r\n"), "stls"),
    Row("capabilities that break off", ("capa", "closed"), says("capa", b"+OK\r\nTOP\r\nST", "close"), "stls"),
    Row(
        "capabilities that fall silent",
        ("capa", "timeout"),
        says("capa", b"+OK\r\nTOP\r\n", "silence"),
        "stls",
        seconds=1,
    ),
    Row("a huge line", ("pass", "unreadable"), says("pass", b"+OK " + 100_000 * b"x")),
    Row("half an answer and gone", ("pass", "closed"), says("pass", b"+O", "close"), reply="+O"),
    Row("a long refusal", ("pass", "reply"), says("pass", b"-ERR " + 1900 * b"x" + b"\r\n"), reply="-ERR " + 495 * "x"),
    stat("one number", b"+OK 2\r\n"),
    stat("no number", b"+OK two 640\r\n"),
    stat("a negative number", b"+OK -1 640\r\n"),
    stat("two blanks", b"+OK  2 640\r\n"),
    stat("more words", b"+OK 2 640 messages\r\n", GOOD_COUNTS),
    stat("nothing waits", b"+OK 0 0\r\n", (0, 0)),
    stat("more octets than 32 bits", b"+OK 200000 99999999999\r\n", (200_000, 99_999_999_999)),
    Row(
        "repeats the password",
        ("pass", "reply"),
        says("pass", f"-ERR not {PASSWORD} nor {base64.b64encode(PASSWORD.encode()).decode()}\r\n".encode()),
        reply="-ERR not ******** nor ********",
    ),
]


def tell(name: str, servers: list[ScriptedPop3Server], ca_file: Path) -> tuple[list[dict[str, Any]], str]:
    """What the backend tells of each row, and all that it wrote."""
    steps = [
        {
            "id": str(number),
            "command": "Test-Pop3Login",
            "parameters": {
                "Server": "localhost",
                "Port": server.port,
                "Security": row.security,
                "Credential": LOGIN,
                "TimeoutSeconds": row.seconds,
            },
            "select": SELECT,
            "always": True,
        }
        for number, (row, server) in enumerate(zip(ROWS, servers, strict=True))
    ]
    backend = make_backend(name, SimulatedMachine.from_state("no_exchange"), ca_file)
    try:
        answer = ask(backend, {"protocol": 1, "exchange": "none", "steps": steps, "secrets": {"login": PASSWORD}})
    finally:
        backend.close()
    assert [(result["status"], result["error"]) for result in answer.reply["results"]] == [("done", None)] * len(ROWS)
    return [result["output"][0] for result in answer.reply["results"]], answer.everything


@dataclass(frozen=True)
class Round:
    """All rows of one backend, by name: what it told, what each server heard; and all that it wrote."""

    told: dict[str, dict[str, Any]]
    heard: dict[str, list[str]]
    everything: str


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    ca_file = tmp_path_factory.mktemp("pop3") / "ca.pem"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    context = server_side(authority.issue_cert("localhost", key_type=trustme.KeyType.RSA))

    def play(name: str) -> Round:
        servers = [ScriptedPop3Server(row.script, context, row.security == "tls") for row in ROWS]
        try:
            told, everything = tell(name, servers, ca_file)
        finally:
            for server in servers:
                server.close()
        names = [row.name for row in ROWS]
        heard = {row.name: server.heard for row, server in zip(ROWS, servers, strict=True)}
        return Round(dict(zip(names, told, strict=True)), heard, everything)

    with ThreadPoolExecutor(len(BACKENDS)) as pool:
        return dict(zip(BACKENDS, pool.map(play, BACKENDS), strict=True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_both_tell_the_same(rounds: dict[str, Round], row: Row) -> None:
    for found in rounds.values():
        told = found.told[row.name]
        assert (told["Stage"], told["Problem"]) == row.expect
        assert row.reply in (None, told["Reply"])
        assert (told["Messages"], told["Octets"]) == row.counts
    assert rounds["pwsh"].told[row.name] == rounds["twin"].told[row.name]
    assert rounds["pwsh"].heard[row.name] == rounds["twin"].heard[row.name]


@pytest.mark.parametrize("name", BACKENDS)
def test_what_a_server_hears(rounds: dict[str, Round], name: str) -> None:
    login = [f"USER {NAME}", f"PASS {PASSWORD}"]
    assert rounds[name].heard["all is well"] == [*login, "STAT", "QUIT"]
    assert rounds[name].heard["all is well with STLS"] == ["CAPA", "STLS", *login, "STAT", "QUIT"]
    assert rounds[name].heard["in use"] == [*login, "QUIT"]
    said = {line.partition(" ")[0] for heard in rounds[name].heard.values() for line in heard}
    assert said == {"CAPA", "STLS", "USER", "PASS", "STAT", "QUIT"}


@pytest.mark.parametrize("name", BACKENDS)
def test_no_password_without_the_tls_that_was_asked_for(rounds: dict[str, Round], name: str) -> None:
    for row in ROWS:
        if row.expect[0] in ("capa", "stls"):
            assert not [line for line in rounds[name].heard[row.name] if line.startswith(("USER", "PASS"))]


@pytest.mark.parametrize("name", BACKENDS)
def test_no_password_is_ever_told(rounds: dict[str, Round], name: str) -> None:
    assert PASSWORD not in rounds[name].everything
    assert base64.b64encode(PASSWORD.encode()).decode() not in rounds[name].everything
