"""The proofs of logins, by SMTP and POP3, at a real Postfix and a real Dovecot: what the twin and the agent tell of
each kind of trouble there.

All of a backend goes in one request, since starting a PowerShell takes longer than a talk.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import trustme

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes import login_proof
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import proof as pop3_proof
from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.provider import SimulatedProvider
from lab.up.backends import BACKENDS, make_backend
from tests.contract.asking import ask

from .dovecot import User
from .dovecots import dovecots, held
from .processes import open_folder
from .provider import SERVICES, THERE, birth, leaves, real_provider

pytestmark = [pytest.mark.pwsh, pytest.mark.servers]

PASSWORD: Final = "Zq7-lab-only-Zinnkanne ‘Käse’ $x `n %u : \U0001f511 4711"
INFO, DISABLED, YOUNG, LOCKED = "info@beispiel.de", "weg@beispiel.de", "jung@beispiel.de", "belegt@beispiel.de"
MESSAGES: Final = (b"Subject: eins\r\n\r\nHallo\r\n", b"Subject: zwei\r\n\r\nHallo\r\n")
USERS: Final = {
    INFO: User(PASSWORD, MESSAGES),
    DISABLED: User(PASSWORD, fields="nologin"),
    YOUNG: User(PASSWORD),
    LOCKED: User(PASSWORD),
}
SMTP_SELECT: Final = ["Stage", "Problem", "Code", "Text", "Tls", "Certificate", "Mechanism", "Senders"]
POP3_SELECT: Final = ["Stage", "Problem", "Reply", "Tls", "Certificate", "Messages", "Octets"]
_MOMENT: Final = re.compile(r" \[[^ ]+:[-0-9]+ [:0-9]+\]")
"""Host and time, which Dovecot adds to what has failed inside."""
UNAVAILABLE: Final = "535 5.7.8 Error: authentication failed: (reason unavailable)"


def login(username: str = INFO, secret: str = "login") -> dict[str, Any]:
    return {"$credential": {"username": username, "password": {"$secret": secret}}}


@dataclass(frozen=True)
class Smtp:
    """One of Postfix's services, what is asked otherwise, and what must be told: stage, problem, the reply's text."""

    name: str
    expect: tuple[str, str | None]
    text: str | None = None
    service: str = "submission"
    given: dict[str, Any] = field(default_factory=dict)
    kind = "smtp"


def trouble(service: str, stage: str, problem: str, text: str | None = None) -> Smtp:
    """A service that is named like its trouble."""
    return Smtp(service, (stage, problem), text, service)


SMTP: Final = [
    Smtp("all is well", ("done", None), "250 2.1.5 Ok"),
    Smtp("wrong password", ("auth", "reply"), UNAVAILABLE, given={"Credential": login(secret="other")}),
    # Dovecot's nologin closes IMAP and POP3 and nothing else: the provider has to refuse the sender as well.
    Smtp("disabled user", ("done", None), given={"Credential": login(DISABLED), "Sender": DISABLED}),
    Smtp("nobody of that name", ("auth", "reply"), UNAVAILABLE, given={"Credential": login("nie@beispiel.de")}),
    Smtp(
        "the address of another",
        ("rcpt", "reply"),
        f"553 5.7.1 <chef@beispiel.de>: Sender address rejected: not owned by user {INFO}",
        given={"Sender": "chef@beispiel.de"},
    ),
    Smtp(
        "the same at MAIL",
        ("mail", "reply"),
        f"553 5.7.1 <{YOUNG}>: Sender address rejected: not owned by user {INFO}",
        "judges at MAIL",
        {"Sender": YOUNG},
    ),
    Smtp(
        "the hour is over for a young mailbox",
        ("rcpt", "reply"),
        f"450 4.7.0 <{INFO}>: Recipient address rejected: Transmit rate limit exceeded, try again later (ACC)",
        given={"Credential": login(YOUNG), "Sender": YOUNG},
    ),
    Smtp(
        "nobody there",
        ("rcpt", "reply"),
        "550 5.1.1 <nie@voll.example>: Recipient address rejected: User unknown in virtual mailbox table",
        given={"Recipient": "nie@voll.example"},
    ),
    Smtp(
        "a full mailbox",
        ("rcpt", "reply"),
        f"452 4.2.2 <{THERE}>: Recipient address rejected: Quota exceeded (mailbox for user is full)",
        given={"Recipient": THERE},
    ),
    trouble("disk full", "mail", "reply", "452 4.3.1 Insufficient system storage"),
    trouble("another name", "tls", "certificate"),
    trouble("a stranger", "tls", "certificate"),
    trouble("expired", "tls", "certificate"),
    trouble("no certificate", "starttls", "reply", "454 4.7.0 TLS not available due to local problem"),
    trouble("TLS 1.3 only", "tls", "tls_newer"),
    trouble("no TLS", "starttls", "not_offered"),
    trouble("no logins", "auth", "not_offered"),
    trouble("PLAIN alone", "auth", "not_offered"),
    trouble("no login server", "ehlo", "closed"),
    trouble("no login database", "auth", "reply", UNAVAILABLE),
    trouble(
        "no policy", "rcpt", "reply", f"451 4.3.5 <{INFO}>: Recipient address rejected: Server configuration problem"
    ),
    Smtp(
        "no table",
        ("rcpt", "reply"),
        "451 4.3.0 <nie@voll.example>: Temporary lookup failure",
        "no table",
        {"Recipient": "nie@voll.example"},
    ),
    trouble(
        "not this client",
        "rcpt",
        "reply",
        "554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied",
    ),
]


@dataclass(frozen=True)
class Pop3:
    """One of the Dovecots and its port, what is asked otherwise, and what must be told: stage, problem, reply."""

    name: str
    expect: tuple[str, str | None]
    reply: str | None = None
    server: str = "good"
    port: str = "pop3"
    given: dict[str, Any] = field(default_factory=dict)
    kind = "pop3"


STLS: Final = {"Security": "stls"}
CLEAR: Final = {"Security": "none"}
AFAR: Final = {**CLEAR, "Server": "127.0.0.2"}
"""Another address than the client's own, for which Dovecot makes an exception."""
FAILED: Final = "-ERR [AUTH] Authentication failed."
POP3: Final = [
    Pop3("over TLS", ("done", None)),
    Pop3("with STLS", ("done", None), port="pop3_plain", given=STLS),
    Pop3("in the clear, from the same address", ("done", None), port="pop3_plain", given=CLEAR),
    Pop3(
        "plaintext disallowed",
        ("user", "reply"),
        "-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
        port="pop3_plain",
        given=AFAR,
    ),
    Pop3("wrong password", ("pass", "reply"), FAILED, given={"Credential": login(secret="other")}),
    Pop3("nobody of that name", ("pass", "reply"), FAILED, given={"Credential": login("nie@beispiel.de")}),
    Pop3(
        "disabled user",
        ("pass", "reply"),
        "-ERR [AUTH] Login disabled for this user",
        given={"Credential": login(DISABLED)},
    ),
    Pop3("database down", ("pass", "reply"), "-ERR [SYS/TEMP] Temporary authentication failure.", "no database"),
    Pop3("unknown CA", ("tls", "certificate"), server="a stranger"),
    Pop3("unknown CA after STLS", ("tls", "certificate"), server="a stranger", port="pop3_plain", given=STLS),
    Pop3("wrong name", ("tls", "certificate"), server="another name"),
    Pop3("expired", ("tls", "certificate"), server="expired"),
    Pop3("TLS 1.3 only", ("tls", "tls_newer"), server="TLS 1.3 only"),
    Pop3("TLS 1.3 only after STLS", ("tls", "closed"), server="TLS 1.3 only", port="pop3_plain", given=STLS),
    Pop3(
        "locked",
        ("pass", "reply"),
        "-ERR [IN-USE] Mailbox is locked by another POP3 session.",
        given={"Credential": login(LOCKED)},
    ),
    Pop3(
        "too many connections",
        ("pass", "reply"),
        "-ERR [IN-USE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=1)",
        "one connection",
    ),
    Pop3("TLS on the plain port", ("tls", "no_tls"), port="pop3_plain"),
    Pop3("the clear on the port of TLS", ("greeting", "tls_first"), given={**CLEAR, "TimeoutSeconds": 2}),
    Pop3(
        "the clear on the port of newer TLS",
        ("greeting", "tls_first"),
        server="TLS 1.3 only",
        given={**CLEAR, "TimeoutSeconds": 2},
    ),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """By backend, then by row."""
    ca_file = tmp_path_factory.mktemp("real") / "ca.pem"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    certificates = leaves(authority.issue_cert)
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder("sbs-real-pop3-"))
        provider = stack.enter_context(real_provider(certificates, USERS, SERVICES, young_per_hour=0))
        provider.policy.created |= {INFO: birth(300), YOUNG: birth(3)}
        provider.policy.orders[THERE] = "452 4.2.2 Quota exceeded (mailbox for user is full)"
        started = stack.enter_context(dovecots(folder, certificates, USERS))
        for server, address in (("good", LOCKED), ("one connection", INFO)):
            session = held(started[server], address, ca_file)
            stack.callback(session.close)
        smtp = [(f"smtp: {row.name}", _smtp_step(row, provider.port(row.service))) for row in SMTP]
        pop3 = [(f"pop3: {row.name}", _pop3_step(row, started[row.server].ports[row.port])) for row in POP3]
        # Side by side: Dovecot lets whoever finds a mailbox locked wait for ten seconds.
        asked = [(name, steps) for name in BACKENDS for steps in (smtp, pop3)]
        with ThreadPoolExecutor(len(asked)) as pool:
            found = list(pool.map(lambda each: _ask(*each, ca_file), asked))
        yield {name: {**found[2 * number], **found[2 * number + 1]} for number, name in enumerate(BACKENDS)}
        assert started["good"].waiting(INFO) == len(MESSAGES)
        assert provider.postfix.taken() == {}


def _ask(name: str, steps: list[tuple[str, dict[str, Any]]], ca_file: Path) -> dict[str, Any]:
    """What came of each of them; no password is in it."""
    backend = make_backend(name, SimulatedMachine.from_state("no_exchange"), ca_file)
    secrets = {"login": PASSWORD, "other": PASSWORD + "!"}
    numbered = [{"id": str(number), "always": True, **step} for number, (_, step) in enumerate(steps)]
    with contextlib.closing(backend):
        answer = ask(backend, {"protocol": 1, "exchange": "none", "steps": numbered, "secrets": secrets})
    assert (answer.code, answer.stderr) == (0, b"")
    assert PASSWORD not in answer.everything
    results = answer.reply["results"]
    assert [(each["status"], each["error"]) for each in results] == [("done", None)] * len(steps)
    return {row: each["output"][0] for (row, _), each in zip(steps, results, strict=True)}


def _smtp_step(row: Smtp, port: int) -> dict[str, Any]:
    given = {"Sender": INFO, "Recipient": INFO, "Server": "localhost", "Credential": login(), "TimeoutSeconds": 20}
    parameters = {**given, "Port": port, **row.given}
    return {"command": "Test-SmtpLogin", "parameters": parameters, "select": SMTP_SELECT}


def _pop3_step(row: Pop3, port: int) -> dict[str, Any]:
    given = {"Server": "localhost", "Security": "tls", "Credential": login(), "TimeoutSeconds": 20}
    parameters = {**given, "Port": port, **row.given}
    return {"command": "Test-Pop3Login", "parameters": parameters, "select": POP3_SELECT}


def _means(stage: str, problem: str | None) -> str:
    """What the product makes of an observation of SMTP."""
    if (stage, problem) == ("done", None):
        return "proven"
    said_no = problem == "certificate" or (problem == "reply" and stage in ("auth", "mail", "rcpt"))
    return "refused" if said_no else "unproven"


def _comparable(shown: dict[str, Any]) -> dict[str, Any]:
    """Without what is the host's own, its words on a handshake, and without the moment."""
    own = shown["Problem"] in ("connect", "tls", "no_tls", "tls_newer")
    words = "Text" if "Text" in shown else "Reply"
    return {**shown, words: bool(shown[words]) if own else _MOMENT.sub("", shown[words] or "")}


@pytest.mark.parametrize("row", SMTP, ids=lambda row: row.name)
def test_smtp(told: dict[str, dict[str, Any]], row: Smtp) -> None:
    for name, found in told.items():
        shown = found[f"smtp: {row.name}"]
        assert (name, shown["Stage"], shown["Problem"]) == (name, *row.expect), shown
        assert row.text in (None, shown["Text"]), name
        found_out = login_proof.judge(shown)
        assert (found_out.outcome, found_out.tls_newer) == (_means(*row.expect), row.name == "TLS 1.3 only")
    assert _comparable(told["pwsh"][f"smtp: {row.name}"]) == _comparable(told["twin"][f"smtp: {row.name}"])


@pytest.mark.parametrize("row", POP3, ids=lambda row: row.name)
def test_pop3(told: dict[str, dict[str, Any]], row: Pop3) -> None:
    for name, found in told.items():
        shown = found[f"pop3: {row.name}"]
        assert (name, shown["Stage"], shown["Problem"]) == (name, *row.expect), shown
        assert row.reply is None or str(shown["Reply"]).startswith(row.reply), shown
        says_nothing = (row.reply or "").startswith(("-ERR [IN-USE]", "-ERR [SYS/TEMP]"))
        means = "proven" if row.expect[0] == "done" else "unknown" if says_nothing else "refused"
        assert pop3_proof.judge(shown).outcome == means
        if row.expect[0] == "done":
            assert (shown["Messages"], shown["Octets"]) == (len(MESSAGES), sum(map(len, MESSAGES)))
    assert _comparable(told["pwsh"][f"pop3: {row.name}"]) == _comparable(told["twin"][f"pop3: {row.name}"])


KNOBS: Final[dict[str, dict[str, Any]]] = {
    "smtp: wrong password": {},
    "smtp: nobody of that name": {},
    "smtp: the address of another": {"not_owned": ["chef@beispiel.de"]},
    "smtp: the same at MAIL": {"not_owned": [YOUNG], "senders_judged_at": "mail"},
    "smtp: the hour is over for a young mailbox": {"young_per_hour": 0},
    "smtp: nobody there": {"unknown_recipients": ["nie@voll.example"]},
    "smtp: a full mailbox": {"full_mailboxes": [THERE]},
    "pop3: plaintext disallowed": {},
    "pop3: wrong password": {},
    "pop3: nobody of that name": {},
    "pop3: locked": {},
    "pop3: TLS on the plain port": {},
    "pop3: the clear on the port of TLS": {},
}
"""What the lab's provider is told, to be like the real servers of a row."""


@pytest.mark.parametrize("name", KNOBS)
def test_the_labs_provider_says_the_same(told: dict[str, dict[str, Any]], tmp_path: Path, name: str) -> None:
    """With ``software: postfix``, whatever is a reply of the server: neither certificates nor addresses."""
    (row,) = [each for each in (*SMTP, *POP3) if name.endswith(f": {each.name}") and name[:4] == each.kind]
    created = {address: str(birth(3 if address == YOUNG else 300)) for address in USERS}
    boxes = [{"address": each, "password": PASSWORD, "created": created[each]} for each in USERS]
    provider = SimulatedProvider(
        {"mailboxes": boxes, "software": "postfix", **KNOBS[name]}, Certificates(tmp_path / "ca.pem")
    )
    with provider:
        provider.maildrops.open(LOCKED, provider.clock.now(), timedelta(0))
        port = provider.ports[row.port if isinstance(row, Pop3) else "smtp"]
        step = _pop3_step(row, port) if isinstance(row, Pop3) else _smtp_step(row, port)
        step["parameters"]["Server"] = "localhost"  # the lab's makes no exception for its own address
        shown = _ask("twin", [(name, step)], tmp_path / "ca.pem")[name]
    real = told["twin"][name]
    compared = ("Stage", "Problem", "Code", "Text", "Reply", "Tls", "Mechanism")
    assert {key: shown.get(key) for key in compared} == {key: real.get(key) for key in compared}
