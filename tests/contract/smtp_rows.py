"""What a mail server may do at each stage, and what the proof of a login must make of it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from .smtp_server import CLOSE, GOOD, SILENCE, STAGES, Say

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
ODD = "Öl & <Käse> \"lab\" 'only' `n $x % \\ €uro 漢字 \U0001f511 " + 40 * "überlang-"
NAMES = {"ehlo2": "ehlo", "username": "auth", "password": "auth"}
TALKING = [stage for stage in STAGES if stage != "tls"]
SMALL_WAIT = {"TimeoutSeconds": 1}
LOGIN = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}}}
ODD_LOGIN = {"$credential": {"username": "grüße@bücher.example", "password": {"$secret": "odd"}}}
CLEAR_LOGIN = {"$credential": {"username": "info@beispiel.de", "password": "lab-only-im-Klartext"}}

# Stage, problem and code.
Expected = tuple[str, str | None, int | None]


@dataclass(frozen=True)
class Talk:
    """``script``: where the server leaves the right way. ``text`` None: not known beforehand, only equal on both."""

    name: str
    expect: Expected
    script: dict[str, Say] = field(default_factory=dict)
    certificate: str = "good"
    given: dict[str, Any] = field(default_factory=dict)
    text: str | None = None


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def called(stage: str) -> str:
    """The stage as the proof calls it."""
    return NAMES.get(stage, stage)


def refused(stage: str, code: int) -> Talk:
    text = f"{code} 4.3.2 no, not at {stage}"
    return Talk(f"{code} at {stage}", (called(stage), "reply", code), {stage: Say(f"{text}\r\n".encode())}, text=text)


def without(stage: str, *lines: bytes) -> dict[str, Say]:
    """Another list of what is offered."""
    return {stage: Say(b"".join(b"250-%s\r\n" % line for line in (b"mx.beispiel.de", *lines)) + b"250 SIZE\r\n")}


DONE: Expected = ("done", None, 250)

PLAIN_WAYS = [
    Talk("all is well", DONE, text="250 2.1.5 Ok"),
    Talk(
        "answers of several lines, one without words, one that ends without CR",
        DONE,
        {"greeting": Say(b"220-mx\r\n220-\r\n220\r\n"), "mail": Say(b"250 Ok\n"), "rcpt": Say(b"250-a\r\n250 b\r\n")},
        text="250-a | 250 b",
    ),
    Talk("an offer in small letters", DONE, without("ehlo2", b"auth login")),
    Talk("an odd login", DONE, given={"Credential": ODD_LOGIN}),
    Talk("another name to say hello with", DONE, given={"HeloName": "mail.beispiel.de"}),
    Talk("no answer to RSET", DONE, {"rset": SILENCE}, given=SMALL_WAIT),
    Talk("no answer to QUIT", DONE, {"quit": SILENCE}, given=SMALL_WAIT),
    Talk("hangs up at RSET", DONE, {"rset": CLOSE}),
    Talk("refuses RSET", DONE, {"rset": Say(b"500 what\r\n")}),
]

SENDERS = {"Senders": ["info@beispiel.de", "chef@fremd.example"]}
SEVERAL = [
    Talk("several senders", DONE, given=SENDERS, text="250 2.0.0 Ok"),
    Talk("one sender in a list", DONE, given={"Senders": ["info@beispiel.de"]}),
    Talk("the null sender besides", DONE, given={"Senders": ["info@beispiel.de", ""]}),
    Talk("senders refused at MAIL", DONE, {"mail": Say(b"553 5.7.1 not owned\r\n")}, given=SENDERS),
    Talk(
        "senders refused at RCPT with the password",
        DONE,
        {"rcpt": Say(f"553-{PASSWORD}\r\n553 no\r\n".encode())},
        given=SENDERS,
    ),
    Talk(
        "the server leaves",
        ("rcpt", "reply", 421),
        {"rcpt": Say(b"421 4.3.2 bye\r\n")},
        given=SENDERS,
        text="421 4.3.2 bye",
    ),
    Talk("the server hangs up at a sender", ("mail", "closed", None), {"mail": CLOSE}, given=SENDERS),
    Talk(
        "no answer between two senders",
        ("rset", "timeout", None),
        {"rset": SILENCE},
        given={**SENDERS, **SMALL_WAIT},
    ),
    Talk(
        "refuses RSET between two", ("rset", "reply", 503), {"rset": Say(b"503 no\r\n")}, given=SENDERS, text="503 no"
    ),
]

REFUSALS = [
    *(refused(stage, code) for stage in TALKING for code in (421, 550)),
    refused("password", 535),
    Talk("a good answer of the wrong kind", ("auth", "reply", 250), {"auth": Say(b"250 Ok\r\n")}, text="250 Ok"),
    Talk("wants to hear more", ("rcpt", "reply", 354), {"rcpt": Say(b"354 go on\r\n")}, text="354 go on"),
    Talk(
        "a refusal of several lines",
        ("rcpt", "reply", 450),
        {"rcpt": Say(b"450-4.7.0 Transmit rate limit exceeded,\r\n450 4.7.0 try again later (ACC)\r\n")},
        text="450-4.7.0 Transmit rate limit exceeded, | 450 4.7.0 try again later (ACC)",
    ),
    Talk(
        "a refusal with odd characters",
        ("mail", "reply", 550),
        {"mail": Say("550 Größe \x01\t€ \U0001f511 ".encode() + b"\xff\xfe<br>&amp;\r\n")},
        text="550 Größe   € \U0001f511 \ufffd\ufffd<br>&amp;",
    ),
    Talk(
        "a long refusal",
        ("mail", "reply", 550),
        {"mail": Say(b"550 " + 1900 * b"x" + b"\r\n")},
        text="550 " + 496 * "x",
    ),
    Talk(
        "a long refusal with a key at the cut",
        ("mail", "reply", 550),
        {"mail": Say(b"550 " + 495 * b"x" + "\U0001f511".encode() + b"\r\n")},
        text="550 " + 495 * "x",
    ),
    Talk(
        "repeats the password",
        ("auth", "reply", 535),
        {"password": Say(f"535-not {PASSWORD}\r\n535 nor {b64(PASSWORD)}=\r\n".encode())},
        text="535-not ******** | 535 nor ********=",
    ),
    Talk(
        "repeats the odd password",
        ("auth", "reply", 535),
        {"password": Say(f"535-not {ODD}\r\n535 nor {b64(ODD)}\r\n".encode())},
        given={"Credential": ODD_LOGIN},
        text="535-not ******** | 535 nor ********",
    ),
    Talk(
        "repeats a password that was no secret of the request",
        ("auth", "reply", 535),
        {"password": Say(f"535-not lab-only-im-Klartext\r\n535 nor {b64('lab-only-im-Klartext')}\r\n".encode())},
        given={"Credential": CLEAR_LOGIN},
        text="535-not ******** | 535 nor ********",
    ),
    Talk(
        "offers the password",
        ("auth", "not_offered", None),
        without("ehlo2", f"X {PASSWORD}".encode(), b64(PASSWORD).encode()),
    ),
]

OFFERS = [
    Talk("no STARTTLS", ("starttls", "not_offered", None), without("ehlo", b"AUTH LOGIN")),
    Talk("a word like STARTTLS", ("starttls", "not_offered", None), without("ehlo", b"XSTARTTLS", b"STARTTLSX")),
    Talk("no AUTH", ("auth", "not_offered", None), without("ehlo2")),
    Talk(
        "AUTH before TLS only",
        ("auth", "not_offered", None),
        without("ehlo", b"STARTTLS", b"AUTH LOGIN") | without("ehlo2"),
    ),
    Talk("PLAIN only", ("auth", "not_offered", None), without("ehlo2", b"AUTH PLAIN XLOGIN LOGINX")),
    Talk("the old spelling only", ("auth", "not_offered", None), without("ehlo2", b"AUTH=LOGIN")),
]

TLS = [
    Talk("another server's certificate", ("tls", "certificate", None), certificate="other name"),
    Talk("a stranger's certificate", ("tls", "certificate", None), certificate="stranger"),
    Talk("a stranger's certificate of another name", ("tls", "certificate", None), certificate="other stranger"),
    Talk("an expired certificate", ("tls", "certificate", None), certificate="expired"),
    Talk("a certificate with odd names", DONE, certificate="odd"),
    Talk("a version that no host of this age knows", ("tls", "tls_newer", None), certificate="too new"),
    Talk(
        "no TLS after all",
        ("tls", "tls", None),
        {"tls": Say(b"500 no such thing\r\n", then="silence")},
        given=SMALL_WAIT,
    ),
]

BROKEN = [
    *(Talk(f"hangs up at {stage}", (called(stage), "closed", None), {stage: CLOSE}) for stage in STAGES),
    *(
        Talk(f"silent at {stage}", (called(stage), "timeout", None), {stage: SILENCE}, given=SMALL_WAIT)
        for stage in STAGES
    ),
    *(
        Talk(
            f"garbage at {stage}",
            (called(stage), "unreadable", None),
            {stage: Say(b"SSH-2.0-\xff\x00 hello\r\n")},
            text="SSH-2.0-\ufffd  hello",
        )
        for stage in TALKING
    ),
    Talk(
        "half an answer and no more",
        ("mail", "timeout", None),
        {"mail": Say(b"250-one\r\n25", then="silence")},
        given=SMALL_WAIT,
        text="250-one | 25",
    ),
    Talk(
        "half an answer and gone",
        ("mail", "closed", None),
        {"mail": Say(b"250-one\r\n250-tw", then="close")},
        text="250-one | 250-tw",
    ),
    Talk("a byte now and then", ("greeting", "timeout", None), {"greeting": Say(b"2", pause=0.3)}, given=SMALL_WAIT),
    Talk("a byte now and then in TLS", ("mail", "timeout", None), {"mail": Say(b"2", pause=0.3)}, given=SMALL_WAIT),
    Talk("line after line", ("ehlo", "unreadable", None), {"ehlo": Say(1000 * b"250-more\r\n")}),
    Talk("a huge line", ("greeting", "unreadable", None), {"greeting": Say(b"220 " + 100_000 * b"x" + b"\r\n")}),
    Talk("a huge line in TLS", ("rcpt", "unreadable", None), {"rcpt": Say(b"250 " + 100_000 * b"x")}),
    Talk("a line of the longest kind", DONE, {"mail": Say(b"250 " + 2043 * b"x" + b"\r\n")}),
    Talk("a line one too long", ("mail", "unreadable", None), {"mail": Say(b"250 " + 2044 * b"x" + b"\r\n")}),
    Talk("two codes in one answer", ("ehlo", "unreadable", None), {"ehlo": Say(b"250-one\r\n251 two\r\n")}),
    Talk("a code out of range", ("mail", "unreadable", None), {"mail": Say(b"650 what\r\n")}, text="650 what"),
    Talk("no blank behind the code", ("mail", "unreadable", None), {"mail": Say(b"2500 Ok\r\n")}, text="2500 Ok"),
    Talk(
        "words before TLS that would count in it",
        ("starttls", "unreadable", None),
        {"starttls": Say(GOOD["starttls"] + b"250-mx\r\n250 AUTH LOGIN\r\n")},
    ),
]

TALKS = [*PLAIN_WAYS, *SEVERAL, *REFUSALS, *OFFERS, *TLS, *BROKEN]
