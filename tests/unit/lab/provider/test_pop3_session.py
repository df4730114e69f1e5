"""The simulated provider's POP3: a client says lines and hears what RFC 1939, 2449, 2595 and 3206 ask for."""

from __future__ import annotations

import contextlib
import hashlib
import json
import poplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.provider import SimulatedProvider, texts
from lab.provider.records import Handled, Pop3Login
from lab.provider.settings import POP3_STAGES, read_settings
from lab.provider.values import SettingsError

ODD = "Zq7 \"lab\" 'only' $x `n ‘Käse’ \U0001f511 \\ / <&>  " + "9134" * 200
MESSAGES: list[dict[str, Any]] = [
    {"subject": "Grüße", "from": "a@example.com", "body": "Guten Tag\n.\n.. und\n.Punkt\nEnde"},
    {"size": 3000},
    {"subject": "Rechnung", "to": "team@beispiel.de", "size": 100_000},
]
FULL = {"address": "info@beispiel.de", "password": ODD, "created": "2020-01-01", "messages": MESSAGES}
EMPTY = {"address": "leer@beispiel.de", "password": "lab-only-Zinkblech-0815", "created": "2020-01-01"}
NOW = "2026-11-24T12:00:00Z"
MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
DATA: dict[str, Any] = {"mailboxes": [FULL, EMPTY], "clock": NOW}
Make = Callable[..., SimulatedProvider]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificates, Path]:
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    return Certificates(ca_file), ca_file


@pytest.fixture
def make(authority: tuple[Certificates, Path]) -> Iterator[Make]:
    made: list[SimulatedProvider] = []

    def start(**settings: Any) -> SimulatedProvider:
        provider = SimulatedProvider({**DATA, **settings}, authority[0])
        provider.start()
        made.append(provider)
        return provider

    yield start
    for provider in made:
        provider.close()
        assert provider.errors == []


@pytest.fixture
def trust(authority: tuple[Certificates, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority[1]))


class Client:
    """A line goes out, a line comes back; without ``context`` it comes to the plain port."""

    def __init__(
        self, provider: SimulatedProvider, context: ssl.SSLContext | None = None, patience: float = 20
    ) -> None:
        port = provider.ports["pop3" if context else "pop3_plain"]
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        if context:
            self.secure(context)
        self._file = self.socket.makefile("rb")
        try:
            self.greeting = self.hear()
        except TimeoutError:
            self.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            self._file.close()
        self.socket.close()

    def secure(self, context: ssl.SSLContext) -> None:
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        except BaseException:
            self.socket.close()
            raise
        self._file = self.socket.makefile("rb")

    def put(self, line: str) -> None:
        self.socket.sendall(f"{line}\r\n".encode())

    def hear(self) -> str:
        line = self._file.readline()
        assert line == b"" or line.endswith(b"\r\n")
        return line[:-2].decode()

    def say(self, line: str) -> str:
        self.put(line)
        return self.hear()

    def more(self) -> list[str]:
        """The rest of a multi-line answer as it came, without its last dot."""
        return list(iter(self.hear, "."))

    def log_in(self, box: dict[str, Any] = FULL) -> str:
        assert self.say(f"USER {box['address']}") == "+OK"
        return self.say(f"PASS {box['password']}")


def logged_in(provider: SimulatedProvider, context: ssl.SSLContext, box: dict[str, Any] = FULL) -> Client:
    client = Client(provider, context)
    assert client.log_in(box).startswith("+OK ")
    return client


def left(provider: SimulatedProvider, box: dict[str, Any] = FULL) -> list[str]:
    return [stored.message.subject for stored in provider.maildrops.waiting(box["address"])]


def until(true: Callable[[], bool]) -> None:
    horizon = time.monotonic() + 10
    while not true():
        assert time.monotonic() < horizon
        time.sleep(0.01)


# -- a whole session ---------------------------------------------------------------------------------------------------


def test_a_library_fetches_and_deletes(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    client = poplib.POP3("localhost", provider.ports["pop3_plain"], timeout=20)
    client.stls(trust)
    client.encoding = "UTF-8"
    client.user(FULL["address"])
    client.pass_(ODD)
    count, octets = client.stat()
    sizes = [int(line.split()[1]) for line in client.list()[1]]
    assert (count, octets) == (3, sum(sizes)) and sizes[1:] == [3000, 100_000]
    fetched = [client.retr(number)[1] for number in (1, 2, 3)]
    # Each line with its CRLF, the dots put back.
    assert [sum(len(line) + 2 for line in lines) for lines in fetched] == sizes
    assert fetched[0][-5:] == [b"Guten Tag", b".", b".. und", b".Punkt", b"Ende"]
    client.dele(1)
    client.dele(3)
    client.quit()
    assert left(provider) == ["Message 2"]


def test_what_is_kept_of_a_session(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with logged_in(provider, trust) as client:
        (uid,) = [line.split()[1] for line in [client.say("UIDL 2")[4:]]]
        assert client.say("RETR 2") == "+OK 3000 octets"
        client.more()
        client.say("DELE 2")
        assert [one["subject"] for one in provider.dump()["mailboxes"][0]["messages"]] == [
            "Grüße",
            "Message 2",
            "Rechnung",
        ]
        assert provider.dump()["mailboxes"][0]["maildrop_open"] is True
        assert client.say("QUIT").startswith("+OK")
    now = provider.clock.now()
    assert provider.records.pop3_logins == [Pop3Login(now, "info@beispiel.de", True, "taken")]
    assert provider.records.pop3_messages == [
        Handled(now, "info@beispiel.de", what, uid, "Message 2", 3000) for what in ("fetched", "deleted")
    ]
    until(lambda: provider.dump()["mailboxes"][0]["maildrop_open"] is False)
    dump = json.loads(json.dumps(provider.dump()))
    assert dump["pop3_logins"] == [
        {"at": "2026-11-24T12:00:00+00:00", "login": "info@beispiel.de", "tls": True, "result": "taken"}
    ]
    assert [(one["what"], one["uid"], one["size"]) for one in dump["pop3_messages"]] == [
        ("fetched", uid, 3000),
        ("deleted", uid, 3000),
    ]
    assert dump["mailboxes"][0]["messages"][1] == {
        "uid": "0000000003",
        "subject": "Rechnung",
        "from": "kunde@example.com",
        "to": "team@beispiel.de",
        "size": 100_000,
    }
    assert dump["logins"] == [] and dump["refused"] == []


def test_a_message_is_what_was_declared(make: Make, trust: ssl.SSLContext) -> None:
    with logged_in(make(), trust) as client:
        assert re.fullmatch(r"\+OK \d+ octets", client.say("RETR 1"))
        lines = client.more()
    assert lines[:3] == ["From: a@example.com", "To: info@beispiel.de", "Subject: =?utf-8?b?R3LDvMOfZQ==?="]
    assert "Date: Tue, 24 Nov 2026 12:00:00 +0000" in lines and "Message-ID: <0000000001@provider.lab>" in lines
    assert lines[lines.index("") + 1 :] == ["Guten Tag", "..", "... und", "..Punkt", "Ende"]


# -- every command in every state --------------------------------------------------------------------------------------

OK, NO = "+OK", texts.WRONG_STATE
BEFORE = [
    ("STAT", NO),
    ("LIST", NO),
    ("LIST 1", NO),
    ("UIDL", NO),
    ("RETR 1", NO),
    ("TOP 1 0", NO),
    ("DELE 1", NO),
    ("RSET", NO),
    ("NOOP", NO),
    ("PASS x", NO),
    ("USER", texts.NO_ARGUMENT),
    ("APOP info@beispiel.de 00", texts.UNKNOWN_COMMAND),
    ("AUTH PLAIN", texts.UNKNOWN_COMMAND),
    ("", texts.UNKNOWN_COMMAND),
    ("LAST", texts.UNKNOWN_COMMAND),
    ("\x00\xff", texts.UNKNOWN_COMMAND),
    ("user niemand@beispiel.de", OK),
    ("QUIT", "+OK Bye"),
]
AFTER = [
    ("USER info@beispiel.de", NO),
    ("PASS x", NO),
    ("STLS", NO),
    ("APOP a b", texts.UNKNOWN_COMMAND),
    ("NOOP", OK),
    ("noop", OK),
    ("RSET", OK),
    ("STAT", "+OK 3 SUM"),
    ("stat", "+OK 3 SUM"),
    ("LIST 2", "+OK 2 3000"),
    ("UIDL 2", "+OK 2 0000000002"),
    ("DELE 2", OK),
    *(
        (f"{command} {number}", texts.NO_SUCH_MESSAGE)
        for command in ("LIST", "UIDL", "RETR", "DELE")
        for number in "04x"
    ),
    *((f"{command} {number}", texts.NO_SUCH_MESSAGE) for command in ("LIST", "RETR") for number in ("-1", "1 ", "²")),
    ("RETR", texts.NO_SUCH_MESSAGE),
    ("DELE", texts.NO_SUCH_MESSAGE),
    ("DELE 99999999999999999999", texts.NO_SUCH_MESSAGE),
    ("TOP", texts.NO_SUCH_MESSAGE),
    ("TOP 4 1", texts.NO_SUCH_MESSAGE),
    ("TOP 1", texts.NO_ARGUMENT),
    ("TOP 1 -1", texts.NO_ARGUMENT),
    ("TOP 1 x", texts.NO_ARGUMENT),
    ("HELO", texts.UNKNOWN_COMMAND),
    ("QUIT", "+OK Bye"),
]


@pytest.mark.parametrize(("line", "answer"), BEFORE)
def test_before_the_login(make: Make, trust: ssl.SSLContext, line: str, answer: str) -> None:
    with Client(make(), trust) as client:
        assert client.say(line) == answer


@pytest.mark.parametrize(("line", "answer"), AFTER)
def test_after_the_login(make: Make, trust: ssl.SSLContext, line: str, answer: str) -> None:
    provider = make()
    octets = sum(stored.octets for stored in provider.maildrops.waiting(FULL["address"]))
    with logged_in(provider, trust) as client:
        assert client.say(line) == answer.replace("SUM", str(octets))


def test_listings(make: Make, trust: ssl.SSLContext) -> None:
    with logged_in(make(), trust) as client:
        assert client.say("LIST") == OK
        first, *rest = client.more()
        assert first.startswith("1 ") and rest == ["2 3000", "3 100000"]
        assert client.say("UIDL") == OK
        assert client.more() == ["1 0000000001", "2 0000000002", "3 0000000003"]
        client.say("DELE 1")
        assert client.say("LIST") == OK and client.more() == ["2 3000", "3 100000"]
        assert client.say("STAT") == "+OK 2 103000"
        assert client.say("RETR 1") == client.say("UIDL 1") == client.say("DELE 1") == texts.NO_SUCH_MESSAGE
        client.say("RSET")
        assert client.say("STAT").startswith("+OK 3 ")


def test_an_empty_maildrop(make: Make, trust: ssl.SSLContext) -> None:
    with logged_in(make(), trust, EMPTY) as client:
        assert client.say("STAT") == "+OK 0 0"
        assert client.say("LIST") == OK and client.more() == []
        assert client.say("UIDL") == OK and client.more() == []


@pytest.mark.parametrize(
    ("count", "body"), [(0, []), (2, ["Guten Tag", ".."]), (99, ["Guten Tag", "..", "... und", "..Punkt", "Ende"])]
)
def test_top(make: Make, trust: ssl.SSLContext, count: int, body: list[str]) -> None:
    provider = make()
    with logged_in(provider, trust) as client:
        assert client.say(f"TOP 1 {count}") == OK
        lines = client.more()
    assert lines[0] == "From: a@example.com" and lines[lines.index("") + 1 :] == body
    assert provider.records.pop3_messages == []


# -- what is offered, TLS ----------------------------------------------------------------------------------------------

ALWAYS = {"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"}


@pytest.mark.parametrize(
    ("settings", "plain", "secure"),
    [
        ({}, {"STLS"}, {"USER"}),
        ({"pop3_stls": False}, set(), {"USER"}),
        ({"pop3_without_tls": True}, {"STLS", "USER"}, {"USER"}),
        ({"pop3_min_poll_minutes": 15}, {"STLS", "LOGIN-DELAY 900"}, {"USER", "LOGIN-DELAY 900"}),
    ],
)
def test_capabilities(
    make: Make, trust: ssl.SSLContext, settings: dict[str, Any], plain: set[str], secure: set[str]
) -> None:
    provider = make(**settings)
    with Client(provider) as client:
        assert client.say("CAPA") == OK and set(client.more()) == ALWAYS | plain
        if provider.settings.pop3_stls:
            assert client.say("STLS") == OK
            client.secure(trust)
            assert client.say("CAPA") == OK and set(client.more()) == ALWAYS | secure
    with logged_in(provider, trust) as client:
        assert client.say("CAPA") == OK and set(client.more()) == ALWAYS | secure


def test_a_login_after_stls(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with Client(provider) as client:
        assert client.greeting == "+OK A simulated provider ready"
        assert client.say("STLS") == OK
        client.secure(trust)
        assert client.say("STLS") == NO
        assert client.log_in() == "+OK 3 messages"
    assert provider.records.pop3_logins[0].tls is True


def test_what_was_said_in_the_clear_is_forgotten(make: Make, trust: ssl.SSLContext) -> None:
    with Client(make(pop3_without_tls=True)) as client:
        client.say(f"USER {FULL['address']}")
        client.put("STLS\r\nNOOP")
        assert client.hear() == OK
        client.secure(trust)
        assert client.say(f"PASS {ODD}") == NO


@pytest.mark.parametrize(
    ("settings", "line", "answer"),
    [
        ({}, "USER info@beispiel.de", texts.TLS_NEEDED),
        ({"pop3_stls": False}, "STLS", NO),
    ],
)
def test_refused_in_the_clear(make: Make, settings: dict[str, Any], line: str, answer: str) -> None:
    with Client(make(**settings)) as client:
        assert client.say(line) == answer


def test_a_login_in_the_clear_where_the_setting_says_so(make: Make) -> None:
    provider = make(pop3_without_tls=True)
    with Client(provider) as client:
        assert client.log_in() == "+OK 3 messages"
    assert provider.records.pop3_logins[0].tls is False


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    ("names", "pop3_names", "good"),
    [
        (["localhost"], None, True),
        (["smtp.other.test"], None, False),
        (["smtp.other.test"], ["localhost"], True),
        (["localhost"], ["pop.other.test"], False),
    ],
)
def test_the_name_in_the_certificate(
    make: Make, trust: ssl.SSLContext, plain: bool, names: list[str], pop3_names: list[str] | None, good: bool
) -> None:
    provider = make(certificate_names=names, pop3_certificate_names=pop3_names)

    def shake_hands() -> None:
        with Client(provider, None if plain else trust) as client:
            if plain:
                client.say("STLS")
                client.secure(trust)
            assert client.log_in() == "+OK 3 messages"

    if good:
        shake_hands()
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands()


def test_no_tls_where_it_was_asked_for(make: Make) -> None:
    """Who speaks in the clear to the port of TLS is cut off, and the others are still served."""
    provider = make()
    with socket.create_connection(("127.0.0.1", provider.ports["pop3"]), timeout=20) as client:
        client.sendall(b"CAPA\r\n" * 10)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while answer := client.recv(100):
                assert b"+OK" not in answer
    with Client(provider) as other:
        assert other.say("QUIT") == "+OK Bye"


# -- logins ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "user", "password", "known"),
    [
        ({}, "info@beispiel.de", "wrong", "info@beispiel.de"),
        ({}, "info@beispiel.de", ODD + " ", "info@beispiel.de"),
        ({}, "info@beispiel.de", " " + ODD, "info@beispiel.de"),
        ({}, "info@beispiel.de", "", "info@beispiel.de"),
        ({}, "niemand@beispiel.de", ODD, None),
        ({}, ODD, ODD, None),
        ({"refuse_logins": ["INFO@beispiel.de"]}, "info@beispiel.de", ODD, "info@beispiel.de"),
        ({"pop3_refuse_logins": ["INFO@beispiel.de"]}, "info@beispiel.de", ODD, "info@beispiel.de"),
    ],
)
def test_a_login_that_is_refused(
    make: Make, trust: ssl.SSLContext, settings: dict[str, Any], user: str, password: str, known: str | None
) -> None:
    provider = make(**settings)
    with Client(provider, trust) as client:
        assert client.say(f"USER {user}") == OK
        assert client.say(f"PASS {password}") == texts.POP3_LOGIN_REFUSED
        assert client.say("STAT") == client.say(f"PASS {ODD}") == NO
        assert client.log_in(EMPTY) == "+OK 0 messages"
    found = [(one.login, one.result) for one in provider.records.pop3_logins]
    assert found == [(known, texts.POP3_LOGIN_REFUSED), ("leer@beispiel.de", "taken")]


def test_a_user_is_spelt_as_one_likes(make: Make, trust: ssl.SSLContext) -> None:
    with Client(make(), trust) as client:
        assert client.log_in(FULL | {"address": "INFO@Beispiel.DE"}) == "+OK 3 messages"


@pytest.mark.parametrize(("password", "answer"), [(ODD, "+OK 3 messages"), ("wrong", texts.POP3_LOGIN_REFUSED)])
def test_apop(make: Make, password: str, answer: str) -> None:
    with Client(make(pop3_apop=True)) as client:
        stamp = re.search("<.+>", client.greeting)
        assert stamp
        digest = hashlib.md5((stamp[0] + password).encode(), usedforsecurity=False).hexdigest()
        assert client.say(f"APOP {FULL['address']} {digest}") == answer


def test_a_maildrop_is_locked_while_a_session_is_open(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    first = logged_in(provider, trust)
    with Client(provider, trust) as second:
        assert second.log_in() == texts.IN_USE
        assert second.log_in(EMPTY) == "+OK 0 messages"
    first.say("DELE 1")
    first.close()
    until(lambda: not provider.maildrops.is_open(FULL["address"]))
    with Client(provider, trust) as third:
        assert third.log_in() == "+OK 3 messages"  # who does not say QUIT deletes nothing
        third.say("DELE 1")
        third.say("QUIT")
    with Client(provider, trust) as fourth:
        assert fourth.log_in() == "+OK 2 messages"


def test_a_login_delay(make: Make, trust: ssl.SSLContext) -> None:
    provider = make(pop3_min_poll_minutes=15)

    def at(time_of_day: str, box: dict[str, Any] = FULL) -> str:
        provider.change({"clock": f"2026-11-24T{time_of_day}Z"})
        with Client(provider, trust) as client:
            answer = client.log_in(box)
            client.say("QUIT")
        return answer

    assert at("12:00:00", FULL | {"password": "wrong"}) == texts.POP3_LOGIN_REFUSED
    assert at("12:00:00") == "+OK 3 messages"
    assert at("12:00:00", EMPTY) == "+OK 0 messages"
    assert at("12:14:59") == texts.TOO_OFTEN
    # A wrong password is told from a right one that comes too soon, and a refused login delays nothing.
    assert at("12:14:59", FULL | {"password": "wrong"}) == texts.POP3_LOGIN_REFUSED
    assert at("12:15:00") == "+OK 3 messages"
    assert [one.result for one in provider.records.pop3_logins].count(texts.TOO_OFTEN) == 1
    provider.change({"pop3_min_poll_minutes": 0})
    assert at("12:15:00") == "+OK 3 messages"


# -- stages ------------------------------------------------------------------------------------------------------------

WALK = {
    "capa": "CAPA",
    "stls": "STLS",
    "user": "USER info@beispiel.de",
    "pass": f"PASS {ODD}",
    "noop": "NOOP",
    "stat": "STAT",
    "list": "LIST 1",
    "uidl": "UIDL 1",
    "top": "TOP 2 0",
    "retr": "RETR 2",
    "dele": "DELE 2",
    "rset": "RSET",
    "quit": "QUIT",
}


def walk(client: Client, context: ssl.SSLContext, last: str) -> str:
    """Every stage as far as ``last``, whose answer it returns."""
    for stage, line in WALK.items():
        answer = client.say(line)
        if stage == last:
            return answer
        assert answer.startswith("+OK")
        if stage in ("capa", "top", "retr"):
            client.more()
        if stage == "stls":
            client.secure(context)
    raise AssertionError(last)


@pytest.mark.parametrize("stage", WALK)
def test_a_reply_at_a_stage(make: Make, trust: ssl.SSLContext, stage: str) -> None:
    provider = make(pop3_stages={stage: "-ERR [SYS/TEMP] Later"})
    with Client(provider) as client:
        assert walk(client, trust, stage) == "-ERR [SYS/TEMP] Later"
        refused = [(one.stage, one.reply) for one in provider.records.refused]
        if stage == "pass":
            assert [one.result for one in provider.records.pop3_logins] == ["-ERR [SYS/TEMP] Later"]
            assert provider.records.pop3_logins[0].login == "info@beispiel.de"
        else:
            assert refused == [(f"pop3 {stage}", "-ERR [SYS/TEMP] Later")]
        if stage == "quit":
            assert client.hear() == ""
        else:
            provider.change({"pop3_stages": {}})
            assert client.say("QUIT") == "+OK Bye"


@pytest.mark.parametrize("stage", WALK)
@pytest.mark.parametrize("action", ["close", "hang"])
def test_a_stage_that_closes_or_hangs(make: Make, trust: ssl.SSLContext, stage: str, action: str) -> None:
    provider = make(pop3_stages={stage: action})
    with Client(provider) as client:
        before = list(WALK)[: list(WALK).index(stage)]
        if before:
            assert walk(client, trust, before[-1]).startswith("+OK")
            if before[-1] in ("capa", "top", "retr"):
                client.more()
            if before[-1] == "stls":
                client.secure(trust)
        client.put(WALK[stage])
        if action == "close":
            assert client.hear() == ""
        else:
            client.socket.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.hear()
    until(lambda: not provider.maildrops.is_open(FULL["address"]))
    assert left(provider) == ["Grüße", "Message 2", "Rechnung"]


@pytest.mark.parametrize("action", ["close", "hang", "-ERR [SYS/PERM] Closed"])
def test_whatever_is_ordered_at_quit_nothing_is_deleted(make: Make, trust: ssl.SSLContext, action: str) -> None:
    provider = make(pop3_stages={"quit": action})
    with logged_in(provider, trust) as client:
        client.say("DELE 1")
        client.put("QUIT")
        client.socket.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            assert client.hear() in ("", action)
    until(lambda: not provider.maildrops.is_open(FULL["address"]))
    assert len(left(provider)) == 3


@pytest.mark.parametrize("port", ["pop3", "pop3_plain"])
@pytest.mark.parametrize(
    ("action", "expected"), [("-ERR Closed for lunch", b"-ERR Closed for lunch\r\n"), ("close", b""), ("hang", None)]
)
def test_at_connect(make: Make, port: str, action: str, expected: bytes | None) -> None:
    """Before TLS on both ports."""
    provider = make(pop3_stages={"connect": action})
    patience = 0.3 if expected is None else 20
    with socket.create_connection(("127.0.0.1", provider.ports[port]), timeout=patience) as client:
        if expected is None:
            with pytest.raises(TimeoutError):
                client.recv(100)
        else:
            assert client.recv(100) == expected
            assert expected == b"" or client.recv(100) == b""


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("action", ["-ERR Closed for lunch", "close", "hang"])
def test_at_the_greeting(make: Make, trust: ssl.SSLContext, plain: bool, action: str) -> None:
    """After TLS, where that comes first."""
    provider = make(pop3_stages={"greeting": action})
    context = None if plain else trust
    if action == "hang":
        with pytest.raises(TimeoutError):
            Client(provider, context, patience=0.5)
        return
    with Client(provider, context) as client:
        assert client.greeting == ("" if action == "close" else action)
        assert client.hear() == ""


def test_a_stage_of_apop(make: Make) -> None:
    provider = make(pop3_apop=True, pop3_stages={"apop": "-ERR [SYS/TEMP] Later"})
    with Client(provider) as client:
        assert client.say("APOP info@beispiel.de 00") == "-ERR [SYS/TEMP] Later"
    assert [one.result for one in provider.records.pop3_logins] == ["-ERR [SYS/TEMP] Later"]


def test_every_stage_is_tried() -> None:
    assert {*WALK, "connect", "greeting", "apop"} == set(POP3_STAGES)


# -- settings and changes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"pop3_stages": {"ehlo": "close"}}, "pop3_stages: 'ehlo' is no stage; there are connect, greeting, capa"),
        ({"pop3_stages": {"stat": "450 Later"}}, "stat: '450 Later' is neither close, hang nor a whole -ERR reply"),
        ({"pop3_stages": {"stat": "-ERR a\r\n+OK"}}, "nor a whole -ERR reply"),
        ({"pop3_stages": {"stat": "+OK 0 0"}}, "nor a whole -ERR reply"),
        ({"pop3_stages": {"stat": "-ERRATIC"}}, "nor a whole -ERR reply"),
        ({"pop3_min_poll_minutes": -1}, "pop3_min_poll_minutes: -1 is no whole number"),
        ({"pop3_stls": 1}, "pop3_stls: 1 is neither true nor false"),
        ({"pop3_certificate_names": []}, "pop3_certificate_names: a certificate needs at least one name"),
        ({"mailboxes": [EMPTY | {"messages": -1}]}, "mailbox 'leer@beispiel.de': messages: a number from 0 upwards"),
        ({"mailboxes": [EMPTY | {"messages": True}]}, "messages: a number from 0 upwards or a list"),
        ({"mailboxes": [EMPTY | {"messages": ["x"]}]}, "messages: 1: a mapping is expected, found str"),
        ({"mailboxes": [EMPTY | {"messages": [{}, {"text": 1}]}]}, "messages: 2: unknown keys ['text']; possible are"),
        ({"mailboxes": [EMPTY | {"messages": [{"subject": "a\r\nb"}]}]}, "subject: a text on one line is expected"),
        ({"mailboxes": [EMPTY | {"messages": [{"from": 5}]}]}, "from: a text on one line is expected"),
        ({"mailboxes": [EMPTY | {"messages": [{"body": 5}]}]}, "body: a text is expected"),
        ({"mailboxes": [EMPTY | {"messages": [{"size": "1 MB"}]}]}, "size: '1 MB' is no whole number"),
        ({"mailboxes": [EMPTY | {"messages": [{"size": 20}]}]}, "size: 20 is too small; at least "),
    ],
)
def test_settings_that_are_refused(data: object, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(data)
    assert complaint in str(caught.value)


def test_every_size_comes_out_exactly() -> None:
    least = read_settings({"mailboxes": [EMPTY | {"messages": 1}]}).mailboxes[0].messages[0].least
    sizes = [least, *range(least + 2, least + 300), 1_000_000]
    for size in sizes:
        box = read_settings({"mailboxes": [EMPTY | {"messages": [{"size": size}]}]}).mailboxes[0]
        content = box.messages[0].content("0" * 10, MOMENT)
        assert len(content) == size == box.messages[0].octets
        assert content.endswith(b"\r\n") and max(map(len, content.split(b"\r\n"))) < 100
        assert b"\r\r" not in content and b"\n\n" not in content
    with pytest.raises(SettingsError):
        read_settings({"mailboxes": [EMPTY | {"messages": [{"size": least + 1}]}]})


def test_messages_as_a_number(make: Make, trust: ssl.SSLContext) -> None:
    provider = make(mailboxes=[EMPTY | {"messages": 250}])
    with logged_in(provider, trust, EMPTY) as client:
        assert client.say("STAT").startswith("+OK 250 ")
    assert left(provider, EMPTY)[::249] == ["Message 1", "Message 250"]


def test_a_change_puts_messages_in_only_where_it_names_them(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()

    def delete_one() -> None:
        with logged_in(provider, trust) as client:
            client.say("DELE 1")
            client.say("QUIT")

    delete_one()
    provider.change({"mailboxes": [{"address": "info@beispiel.de", "password": ODD}], "per_hour": 3})
    assert left(provider) == ["Message 2", "Rechnung"]
    uids = {stored.uid for stored in provider.maildrops.waiting(FULL["address"])}
    provider.change({"mailboxes": [{"address": "info@beispiel.de", "messages": MESSAGES}]})
    assert left(provider) == ["Grüße", "Message 2", "Rechnung"]
    assert not uids & {stored.uid for stored in provider.maildrops.waiting(FULL["address"])}
    with logged_in(provider, trust) as client:
        provider.change({"mailboxes": [{"address": "INFO@beispiel.de", "messages": 1}]})
        assert client.say("STAT").startswith("+OK 3 ")  # it sees what it saw
        client.say("DELE 1")
        client.say("QUIT")
    assert left(provider) == ["Message 1"]
    provider.change({"mailboxes": [{"address": "info@beispiel.de", "messages": 0}]})
    assert left(provider) == []
    provider.change({"remove": ["info@beispiel.de"]})
    with Client(provider, trust) as client:
        assert client.log_in() == texts.POP3_LOGIN_REFUSED


@pytest.mark.parametrize("wrong", [{"pop3_certificate_names": ["a b c"]}, {"pop3_stages": {"x": "close"}}])
def test_a_change_is_made_whole_or_not_at_all(make: Make, wrong: dict[str, Any]) -> None:
    provider = make()
    before, contexts = provider.dump(), (provider.tls_context, provider.pop3_tls_context)
    change = {"certificate_names": ["other.test"], "mailboxes": [{"address": "info@beispiel.de", "messages": 9}]}
    with pytest.raises(SettingsError):
        provider.change({**change, **wrong})
    assert provider.dump() == before
    assert (provider.tls_context, provider.pop3_tls_context) == contexts


# -- connections, secrets, threads -------------------------------------------------------------------------------------


def test_commands_in_one_piece_and_in_crumbs(make: Make, trust: ssl.SSLContext) -> None:
    with Client(make(), trust) as client:
        client.put(f"USER {FULL['address']}\r\nPASS {ODD}\r\nNOOP\nSTAT")
        assert [client.hear()[:5] for _ in range(4)] == ["+OK", "+OK 3", "+OK", "+OK 3"]
        for byte in b"NOOP\r\n":
            client.socket.sendall(bytes([byte]))
        assert client.hear() == OK


def test_who_shuts_its_side_still_hears_the_answers(make: Make) -> None:
    provider = make(pop3_without_tls=True)
    with Client(provider) as client:
        client.put(f"USER {FULL['address']}\r\nPASS {ODD}\r\nDELE 1\r\nQUIT")
        client.socket.shutdown(socket.SHUT_WR)
        assert [client.hear() for _ in range(5)] == [OK, "+OK 3 messages", OK, "+OK Bye", ""]
    assert len(left(provider)) == 2


def test_an_endless_line_is_cut_off(make: Make, trust: ssl.SSLContext) -> None:
    with Client(make(), trust) as client:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            client.socket.sendall(b"x" * 100_000)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            assert client.hear() == ""


def test_no_password_in_dump_repr_or_logs(
    make: Make, trust: ssl.SSLContext, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    provider = make(pop3_stages={"stls": "-ERR Later"})
    with Client(provider, trust) as client:
        client.say(f"USER {ODD}")
        client.say(f"PASS {EMPTY['password']}")
        client.say(EMPTY["password"])  # a client that missed that it was refused
        client.say("STLS")
        client.log_in()
    seen = json.dumps(provider.dump(), ensure_ascii=False) + repr(provider.settings) + caplog.text
    seen += "".join(capfd.readouterr())
    assert len(provider.records.pop3_logins) == 2
    assert ODD not in seen and ODD[:20] not in seen and EMPTY["password"] not in seen


def test_closing_leaves_neither_thread_nor_port(authority: tuple[Certificates, Path], trust: ssl.SSLContext) -> None:
    before = set(threading.enumerate())
    provider = SimulatedProvider({**DATA, "pop3_stages": {"stat": "hang"}}, authority[0])
    with provider:
        ports = provider.ports
        clients = [logged_in(provider, trust), Client(provider, trust), Client(provider)]
        clients[0].put("STAT")
        silent = socket.create_connection(("127.0.0.1", ports["pop3"]), timeout=20)  # never begins TLS
        assert {thread.name for thread in set(threading.enumerate()) - before} == {"lab-provider"}
    assert set(threading.enumerate()) == before
    assert set(provider.ports.values()) == {0}
    for port in ports.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    for client in clients:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            assert client.hear() == ""
        client.close()
    silent.close()
    assert provider.errors == []
    with provider, Client(provider, trust) as again:
        assert again.log_in() == "+OK 3 messages"


def _end_of(client: socket.socket) -> str:
    """How the other side ends a connection."""
    with client:
        try:
            while client.recv(100):
                pass
        except ConnectionError:
            return "reset"
        except TimeoutError:
            return "not at all"
    return "closed"


def test_who_comes_while_it_closes_is_cut_off(authority: tuple[Certificates, Path]) -> None:
    """Whom the system has let in already, and whom nobody has greeted yet."""
    for _ in range(30):
        with SimulatedProvider(DATA, authority[0]) as provider:
            clients = [socket.create_connection(("127.0.0.1", port), timeout=5) for port in provider.ports.values()]
        assert {_end_of(client) for client in clients} <= {"closed", "reset"}
