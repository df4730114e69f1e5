"""The simulated provider: a real SMTP client logs in, sends, and is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.clock import Clock
from lab.provider import SimulatedProvider, texts
from lab.provider.values import SettingsError

NOW = "2026-11-24T12:00:00Z"
OLD = {"address": "alt@beispiel.de", "password": "lab-only-Zinkblech-0815", "created": date(2020, 1, 1)}
ODD = "Zq7 \"lab\" 'only' $x `n ‘Käse’ \U0001f511 \\ / <&> " + "9134" * 200
YOUNG = {"address": "neu@beispiel.de", "password": ODD, "created": "2026-11-20T08:00:00+01:00"}
DATA: dict[str, Any] = {"mailboxes": [OLD, YOUNG], "clock": NOW}
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


def connect(provider: SimulatedProvider, context: ssl.SSLContext | None = None) -> smtplib.SMTP:
    client = smtplib.SMTP("localhost", provider.port, local_hostname="sbs.test", timeout=20)
    try:
        client.ehlo()
        if context:
            client.starttls(context=context)
            client.ehlo()
    except BaseException:
        client.close()
        raise
    return client


def login(client: smtplib.SMTP, box: dict[str, Any] = OLD, mechanism: str = "PLAIN") -> tuple[int, bytes]:
    """By hand, since smtplib takes ASCII only."""
    user, password = (str(box[key]).encode() for key in ("address", "password"))
    if mechanism == "PLAIN":
        return client.docmd("AUTH", "PLAIN " + base64.b64encode(b"\0" + user + b"\0" + password).decode())
    client.docmd("AUTH", "LOGIN")
    client.docmd(base64.b64encode(user).decode())
    return client.docmd(base64.b64encode(password).decode())


def one_line(answer: tuple[int, bytes]) -> str:
    return f"{answer[0]} {answer[1].decode()}"


def ask(client: smtplib.SMTP, sender: str = "alt@beispiel.de", to: str = "kunde@example.com") -> str:
    """A transaction as far as RCPT."""
    client.rset()
    client.docmd(f"MAIL FROM:<{sender}>")
    return one_line(client.docmd(f"RCPT TO:<{to}>"))


def send(client: smtplib.SMTP, text: str = "Subject: x\r\n\r\nGuten Tag\r\n.\r\n") -> None:
    client.sendmail("alt@beispiel.de", ["kunde@example.com"], text)


def test_a_mail_over_tls_is_kept(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with connect(provider, trust) as client:
        client.login(OLD["address"], OLD["password"])
        send(client)
    (mail,) = provider.records.accepted
    assert (mail.login, mail.sender, mail.recipients) == (OLD["address"], "alt@beispiel.de", ("kunde@example.com",))
    assert (mail.at, mail.tls) == (datetime(2026, 11, 24, 12, tzinfo=UTC), True)
    assert mail.size == len("Subject: x\r\n\r\nGuten Tag\r\n.\r\n")
    assert provider.dump()["logins"] == [{"at": "2026-11-24T12:00:00+00:00", "login": OLD["address"], "tls": True}]


def test_what_is_offered_before_and_after_tls(make: Make, trust: ssl.SSLContext) -> None:
    with connect(make()) as client:
        assert client.has_extn("starttls") and not client.has_extn("auth")
        assert client.esmtp_features["size"] == "104857600"
        client.starttls(context=trust)
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["LOGIN", "PLAIN"]
        assert not client.has_extn("starttls")


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN"])
def test_a_long_odd_password_logs_in(make: Make, trust: ssl.SSLContext, mechanism: str) -> None:
    with connect(make(), trust) as client:
        assert login(client, YOUNG, mechanism)[0] == 235


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN"])
@pytest.mark.parametrize("box", [OLD | {"password": "wrong"}, OLD | {"address": "niemand@beispiel.de"}])
def test_a_wrong_login(make: Make, trust: ssl.SSLContext, mechanism: str, box: dict[str, Any]) -> None:
    provider = make()
    with connect(provider, trust) as client:
        assert one_line(login(client, box, mechanism)) == texts.LOGIN_REFUSED
        assert one_line(client.docmd("MAIL FROM:<alt@beispiel.de>")) == texts.LOGIN_NEEDED
    (refused,) = provider.records.refused
    assert (refused.stage, refused.login) == ("auth", OLD["address"] if box["password"] == "wrong" else None)


def test_no_login_in_the_clear(make: Make) -> None:
    with connect(make()) as client:
        assert login(client)[0] == 538


def test_a_login_is_spelt_as_one_likes(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with connect(provider, trust) as client:
        assert login(client, OLD | {"address": "ALT@Beispiel.DE"})[0] == 235
        send(client)
    assert provider.records.accepted[0].login == OLD["address"]


def test_a_transaction_in_a_transaction(make: Make, trust: ssl.SSLContext) -> None:
    with connect(make(), trust) as client:
        login(client)
        client.docmd("MAIL FROM:<alt@beispiel.de>")
        assert one_line(client.docmd("MAIL FROM:<alt@beispiel.de>")) == texts.NESTED_MAIL


@pytest.mark.parametrize(("auth", "offered"), [(["PLAIN"], "PLAIN"), (["LOGIN"], "LOGIN"), ([], None)])
def test_mechanisms(make: Make, trust: ssl.SSLContext, auth: list[str], offered: str | None) -> None:
    with connect(make(auth=auth), trust) as client:
        assert client.esmtp_features.get("auth", "").strip() == (offered or "")
        refused = next(name for name in ("LOGIN", "PLAIN") if name not in auth)
        assert client.docmd("AUTH", refused)[0] == 504


def test_without_starttls(make: Make) -> None:
    with connect(make(starttls=False)) as client:
        assert not client.has_extn("starttls") and not client.has_extn("auth")
        assert client.docmd("STARTTLS")[0] == 454


def test_a_login_in_the_clear_where_the_setting_says_so(make: Make) -> None:
    provider = make(starttls=False, auth_without_tls=True)
    with connect(provider) as client:
        assert login(client, mechanism="LOGIN")[0] == 235
        send(client)
    assert provider.records.accepted[0].tls is False


def test_a_mailbox_whose_login_is_refused(make: Make, trust: ssl.SSLContext) -> None:
    provider = make(refuse_logins=["ALT@beispiel.de"])
    with connect(provider, trust) as client:
        assert one_line(login(client)) == "535 5.7.8 Authentication credentials invalid"
        assert login(client, YOUNG)[0] == 235


@pytest.mark.parametrize(
    ("names", "good"),
    [(["localhost", "127.0.0.1"], True), (["smtp.other.test"], False), (["localhost"], True), (["127.0.0.1"], False)],
)
def test_the_name_in_the_certificate(make: Make, trust: ssl.SSLContext, names: list[str], good: bool) -> None:
    provider = make(certificate_names=names)
    if good:
        connect(provider, trust).close()
        return
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(provider, trust)
    with connect(provider) as client:  # it still serves others
        assert client.noop()[0] == 250


def test_a_stranger_does_not_trust_the_certificate(make: Make) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(make(), ssl.create_default_context())


NOT_OWNED = texts.NOT_OWNED.format(sender="chef@beispiel.de", login="alt@beispiel.de")


@pytest.mark.parametrize(
    ("settings", "sender", "reply"),
    [
        ({}, "chef@BEISPIEL.de", "250 2.1.5 Ok"),
        ({}, "chef@fremd.de", texts.SENDER_REFUSED),
        ({"sender_domains": ["fremd.de"]}, "chef@fremd.de", "250 2.1.5 Ok"),
        ({"sender_domains": ["fremd.de"]}, "alt@beispiel.de", texts.SENDER_REFUSED),
        ({"sender_domains": []}, "alt@beispiel.de", texts.SENDER_REFUSED),
        ({}, "", "250 2.1.5 Ok"),
        ({"null_sender": False}, "", texts.SENDER_REFUSED),
        ({"unknown_recipients": ["KUNDE@example.com"]}, "alt@beispiel.de", texts.NO_SUCH_RECIPIENT),
        ({"unknown_recipients": ["kunde@example.com"], "per_hour": 0}, "alt@beispiel.de", texts.THROTTLED),
        ({"not_owned": ["Chef@beispiel.de"]}, "chef@beispiel.de", NOT_OWNED),
        (
            {"full_mailboxes": ["Kunde@example.com"]},
            "alt@beispiel.de",
            texts.FULL.format(recipient="kunde@example.com"),
        ),
    ],
)
def test_senders(make: Make, trust: ssl.SSLContext, settings: dict[str, Any], sender: str, reply: str) -> None:
    with connect(make(**settings), trust) as client:
        login(client)
        assert ask(client, sender) == reply


@pytest.mark.parametrize(("sender", "reply"), [("chef@beispiel.de", NOT_OWNED), ("x@fremd.de", texts.SENDER_REFUSED)])
def test_senders_that_are_judged_at_mail(make: Make, trust: ssl.SSLContext, sender: str, reply: str) -> None:
    with connect(make(not_owned=["chef@beispiel.de"], senders_judged_at="mail"), trust) as client:
        login(client)
        assert one_line(client.docmd(f"MAIL FROM:<{sender}>")) == reply
        assert client.docmd("MAIL FROM:<alt@beispiel.de>")[0] == 250  # no transaction has begun
        assert client.docmd("RCPT TO:<kunde@example.com>")[0] == 250


def walk(client: smtplib.SMTP, context: ssl.SSLContext) -> Iterator[tuple[str, str]]:
    """Every stage with its reply, as far as the client gets."""
    yield "ehlo", one_line(client.docmd("EHLO sbs.test"))
    yield "starttls", one_line(client.docmd("STARTTLS"))
    client.sock = context.wrap_socket(client.sock, server_hostname="localhost")
    client.file = None
    client.docmd("EHLO sbs.test")
    yield "auth", one_line(login(client))
    yield "mail", one_line(client.docmd("MAIL FROM:<alt@beispiel.de>"))
    yield "rcpt", one_line(client.docmd("RCPT TO:<kunde@example.com>"))
    client.docmd("DATA")
    client.send(b"x\r\n.\r\n")
    yield "data", one_line(client.getreply())


LATER = ["ehlo", "starttls", "auth", "mail", "rcpt", "data"]


@pytest.mark.parametrize("stage", LATER)
def test_a_reply_of_several_lines(make: Make, trust: ssl.SSLContext, stage: str) -> None:
    provider = make(stages={stage: "554-5.7.1 Never\n554-\n554 5.7.1 ever"})
    with smtplib.SMTP("localhost", provider.port, local_hostname="sbs.test", timeout=20) as client:
        answer = next(answer for name, answer in walk(client, trust) if name == stage)
        client.close()
    assert answer == "554 5.7.1 Never\n\n5.7.1 ever"


@pytest.mark.parametrize("stage", LATER)
@pytest.mark.parametrize("reply", ["451 4.3.0 Later", "421 4.3.2 Go away", "554 5.7.1 Never"])
def test_a_reply_at_a_stage(make: Make, trust: ssl.SSLContext, stage: str, reply: str) -> None:
    provider = make(stages={stage: reply})
    with smtplib.SMTP("localhost", provider.port, local_hostname="sbs.test", timeout=20) as client:
        replies = {}
        for name, answer in walk(client, trust):
            replies[name] = answer
            if name == stage:
                break
        client.close()
    assert replies.pop(stage) == reply
    assert all(answer.startswith("2") for answer in replies.values())
    assert [(one.stage, one.reply) for one in provider.records.refused] == [(stage, reply)]
    assert provider.records.accepted == []


@pytest.mark.parametrize("stage", LATER)
@pytest.mark.parametrize("action", ["close", "hang"])
def test_a_stage_that_closes_or_hangs(make: Make, trust: ssl.SSLContext, stage: str, action: str) -> None:
    provider = make(stages={stage: action})
    patience = 0.3 if action == "hang" else 20
    with smtplib.SMTP("localhost", provider.port, local_hostname="sbs.test", timeout=20) as client:
        steps = walk(client, trust)
        for name in LATER[: LATER.index(stage)]:
            assert next(steps)[0] == name
        assert client.sock
        client.sock.settimeout(patience)
        with pytest.raises(smtplib.SMTPServerDisconnected) as caught:
            next(steps)
    assert ("timed out" in str(caught.value)) == (action == "hang")
    assert provider.records.accepted == []


@pytest.mark.parametrize(
    ("action", "expected"),
    [("421 4.3.2 Closed for lunch", b"421 4.3.2 Closed for lunch\r\n"), ("close", b""), ("hang", None)],
)
def test_the_greeting(make: Make, action: str, expected: bytes | None) -> None:
    provider = make(stages={"connect": action})
    with socket.create_connection(("127.0.0.1", provider.port), timeout=0.3 if expected is None else 20) as client:
        if expected is None:
            with pytest.raises(TimeoutError):
                client.recv(100)
        else:
            assert client.recv(100) == expected
            assert client.recv(100) == b""


def allowed(client: smtplib.SMTP, at_most: int) -> int:
    """How many recipients pass until the limit is reached."""
    for number in range(at_most):
        if (reply := ask(client)) != "250 2.1.5 Ok":
            assert reply == "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
            return number
    return at_most


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=14) - timedelta(seconds=1), 2),
        (timedelta(days=14), 7),
        (timedelta(days=14) + timedelta(seconds=1), 7),
        (timedelta(0), 2),
    ],
)
def test_the_limit_changes_at_the_moment_of_the_age(
    make: Make, trust: ssl.SSLContext, age: timedelta, expected: int
) -> None:
    created = datetime(2026, 11, 24, 12, tzinfo=UTC) - age
    provider = make(mailboxes=[OLD | {"created": created}], young_per_hour=2, per_hour=7)
    with connect(provider, trust) as client:
        login(client)
        assert allowed(client, 9) == expected


def test_defaults_of_the_limits(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with connect(provider, trust) as client:
        login(client, YOUNG)
        assert allowed(client, 9) == 5
    with connect(provider, trust) as client:
        login(client, OLD)
        assert allowed(client, 300) == 250


def at(minutes: float) -> Clock:
    return Clock((datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(minutes=minutes)).isoformat())


@pytest.mark.parametrize(("attempts_count", "freed"), [(True, 0), (False, 2)])
def test_attempts_keep_the_account_over_its_limit(
    make: Make, trust: ssl.SSLContext, attempts_count: bool, freed: int
) -> None:
    """Whoever goes on trying for an hour may then send nothing, unless attempts do not count."""
    provider = make(per_hour=2, attempts_count=attempts_count)
    with connect(provider, trust) as client:
        login(client)
        send(client)
        send(client)
        for minutes in (20, 40, 59.9):
            provider.clock = at(minutes)
            assert ask(client) == texts.THROTTLED
        provider.clock = at(60)
        assert allowed(client, 1) == (1 if freed else 0)


def test_a_probe_is_an_attempt_or_nothing(make: Make, trust: ssl.SSLContext) -> None:
    """A recipient that never becomes a mail: after RSET, or where the connection ends."""
    for attempts_count, used in ((True, 3), (False, 0)):
        provider = make(attempts_count=attempts_count)
        client = connect(provider, trust)
        login(client)
        ask(client)
        client.rset()
        ask(client)
        client.rset()
        ask(client)
        client.close()
        _until(lambda p=provider, u=used: p.allowance.used(OLD["address"], p.clock.now()) == u)


def _until(true: Callable[[], bool]) -> None:
    horizon = time.monotonic() + 10
    while not true():
        assert time.monotonic() < horizon
        time.sleep(0.01)


def test_the_transaction_stays_open_after_the_limit(make: Make, trust: ssl.SSLContext) -> None:
    with connect(make(per_hour=0), trust) as client:
        login(client)
        assert ask(client) == texts.THROTTLED
        assert client.docmd("MAIL FROM:<alt@beispiel.de>")[0] == 503


def test_every_recipient_counts(make: Make, trust: ssl.SSLContext) -> None:
    with connect(make(per_hour=2), trust) as client:
        login(client)
        refused = client.sendmail("alt@beispiel.de", ["a@example.com", "b@example.com", "c@example.com"], "x")
    assert {to: one_line(reply) for to, reply in refused.items()} == {"c@example.com": texts.THROTTLED}


@pytest.mark.parametrize(
    "wrong",
    [{"stages": {"x": "close"}}, {"remove": ["niemand@beispiel.de"]}, {"certificate_names": ["a b c"]}, {"no": 1}],
)
def test_a_change_is_made_whole_or_not_at_all(make: Make, wrong: dict[str, Any]) -> None:
    provider = make()
    before = provider.dump()
    with pytest.raises(SettingsError):
        provider.change({"per_hour": 1, "mailboxes": [{"address": "alt@beispiel.de", "password": "other"}], **wrong})
    assert provider.dump() == before


def test_a_change_acts_at_once(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with connect(provider, trust) as client:
        login(client)
        assert ask(client) == "250 2.1.5 Ok"
        provider.change({"stages": {"rcpt": "450 4.2.0 Later"}, "clock": "2026-11-24T13:00:00Z"})
        assert ask(client) == "450 4.2.0 Later"
        provider.change({"stages": {}, "remove": ["alt@beispiel.de"]})
        assert ask(client) == texts.LOGIN_NEEDED
    provider.change({"certificate_names": ["smtp.other.test"]})
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(provider, trust)
    assert provider.clock.now() == datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_the_dump_tells_all_but_the_passwords(make: Make, trust: ssl.SSLContext) -> None:
    provider = make()
    with connect(provider, trust) as client:
        login(client, YOUNG)
        send(client)
        ask(client, "chef@fremd.de")
    dump = json.loads(json.dumps(provider.dump()))
    assert dump["mailboxes"][1] == {
        "address": "neu@beispiel.de",
        "created": "2026-11-20T07:00:00+00:00",
        "password_sha256": hashlib.sha256(ODD.encode()).hexdigest(),
        "young": True,
        "per_hour": 5,
        "last_hour": 1,
        "messages": [],
        "maildrop_open": False,
    }
    assert dump["accepted"][0]["recipients"] == ["kunde@example.com"]
    assert dump["refused"][0]["reply"] == texts.SENDER_REFUSED
    assert (dump["port"], dump["young_days"], dump["auth"]) == (provider.port, 14, ["LOGIN", "PLAIN"])


def test_no_password_in_dump_repr_or_logs(
    make: Make, trust: ssl.SSLContext, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    provider = make()
    encoded = base64.b64encode(ODD.encode()).decode()
    with connect(provider, trust) as client:
        login(client, OLD | {"password": ODD})
        client.docmd(encoded)  # a client that missed that it was refused
        login(client, YOUNG, "LOGIN")
        client.docmd("MAIL FROM:<" + ODD.encode("ascii", "ignore").decode().replace(" ", "")[:80] + ">")
    seen = json.dumps(provider.dump(), ensure_ascii=False) + repr(provider.settings) + caplog.text
    seen += "".join(capfd.readouterr())
    assert ODD not in seen and encoded[:40] not in seen and OLD["password"] not in seen


def test_twenty_sessions_at_once(make: Make, trust: ssl.SSLContext) -> None:
    provider = make(per_hour=30)
    replies: list[str] = []
    lined_up = threading.Barrier(20)

    def session(number: int) -> None:
        with connect(provider, trust) as client:
            assert login(client, mechanism="LOGIN")[0] == 235
            lined_up.wait(30)
            for _ in range(2):
                replies.append(ask(client, to=f"kunde{number}@example.com"))

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(session, range(20)))
    assert sorted(replies) == ["250 2.1.5 Ok"] * 30 + [texts.THROTTLED] * 10


def test_closing_leaves_neither_thread_nor_port(authority: tuple[Certificates, Path], trust: ssl.SSLContext) -> None:
    before = set(threading.enumerate())
    provider = SimulatedProvider({**DATA, "stages": {"mail": "hang"}}, authority[0])
    with provider:
        port = provider.port
        clients = [connect(provider, trust), connect(provider)]
        login(clients[0])
        clients[0].putcmd("MAIL", "FROM:<alt@beispiel.de>")
        assert {thread.name for thread in set(threading.enumerate()) - before} == {"lab-provider"}
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    for client in clients:
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
            client.noop()
    provider.close()
    with provider, connect(provider) as again:
        assert again.noop()[0] == 250
