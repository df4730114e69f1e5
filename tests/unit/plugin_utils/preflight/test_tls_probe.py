"""What a server takes of TLS, asked of real ones."""

from __future__ import annotations

import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import (
    NEW,
    NO_STARTTLS,
    OLD,
    R2008,
    REFUSED,
    TAKEN,
    UNKNOWN,
    UNREACHABLE,
    Offer,
    TlsProbe,
    of_2008r2,
    suites_of,
)

from .tls_server import ECDSA, RSA, SMTP, STLS, server_side, serving

TLS12 = ssl.TLSVersion.TLSv1_2
GCM_ONLY = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
GCM_AND_ECDSA = f"{GCM_ONLY}:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"
KINDS = {
    "as it comes": server_side(),
    "suites that 2008 R2 lacks": server_side(GCM_ONLY),
    "the same with a certificate of ECDSA": server_side(GCM_AND_ECDSA, (), "", RSA, ECDSA),
    "a certificate of ECDSA alone": server_side(GCM_AND_ECDSA, (), "", ECDSA),
    "key exchange by RSA": server_side("AES256-GCM-SHA384:AES128-GCM-SHA256"),
    "a curve that 2008 R2 lacks": server_side("ECDHE", (), "X25519"),
    "TLS 1.3 alone": server_side("", (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)),
    "TLS 1.2 alone": server_side("", (TLS12, TLS12)),
}
"""Servers by what they take; all of them OpenSSL's at its own level of security, unless said otherwise."""


def probe(seconds: float = 20) -> TlsProbe:
    return TlsProbe(Deadline(seconds))


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("as it comes", TAKEN),
        ("suites that 2008 R2 lacks", REFUSED),
        ("the same with a certificate of ECDSA", TAKEN),
        ("a certificate of ECDSA alone", TAKEN),
        ("key exchange by RSA", TAKEN),
        ("a curve that 2008 R2 lacks", REFUSED),
        ("TLS 1.3 alone", REFUSED),
        ("TLS 1.2 alone", TAKEN),
    ],
)
def test_what_2008_r2_can_speak_to(kind: str, outcome: str) -> None:
    with serving(SMTP, KINDS[kind]) as server:
        asking = probe()
        found = asking.smtp("localhost", server.port, R2008)
        assert found.outcome == outcome
        assert found.version == ("TLSv1.2" if outcome == TAKEN else "")
        assert outcome == TAKEN or "alert" in found.words
        assert asking.smtp("localhost", server.port, NEW).outcome == TAKEN


def test_an_old_server_takes_tls_1_0_and_a_new_one_does_not() -> None:
    with pytest.warns(DeprecationWarning):
        old = server_side("DEFAULT:@SECLEVEL=0", (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1))
    with serving(SMTP, old) as server:
        asking = probe()
        assert asking.smtp("localhost", server.port, OLD).version == "TLSv1"
        assert asking.smtp("localhost", server.port, R2008).outcome == REFUSED
        assert asking.smtp("localhost", server.port, NEW).version == "TLSv1"
    with serving(SMTP, KINDS["as it comes"]) as server:
        asking = probe()
        assert asking.smtp("localhost", server.port, OLD).outcome == REFUSED
        assert asking.smtp("localhost", server.port, NEW).version == "TLSv1.3"


@pytest.mark.parametrize("stls", [False, True])
@pytest.mark.parametrize(("kind", "outcome"), [("as it comes", TAKEN), ("suites that 2008 R2 lacks", REFUSED)])
def test_pop3_from_the_first_byte_and_after_stls(kind: str, outcome: str, stls: bool) -> None:
    with serving(STLS if stls else (), KINDS[kind]) as server:
        assert probe().pop3s("localhost", server.port, R2008, stls).outcome == outcome


@pytest.mark.parametrize(
    ("says", "outcome", "words"),
    [
        ((SMTP[0], b"250 mail\r\n"), NO_STARTTLS, ""),
        ((b"554 5.7.1 dial-in\r\n",), UNREACHABLE, "554 5.7.1 dial-in"),
        ((*SMTP[:2], b"454 4.7.0 not now\r\n"), UNREACHABLE, "454 4.7.0 not now"),
        ((), UNREACHABLE, "the connection was closed"),
        ((b"220 " + 3000 * b"x" + b"\r\n",), UNREACHABLE, "an endless line"),
        (SMTP, REFUSED, "the connection was closed"),
    ],
)
def test_how_a_talk_may_end(says: tuple[bytes, ...], outcome: str, words: str) -> None:
    with serving(says, None) as server:
        found = probe().smtp("localhost", server.port, R2008)
        assert (found.outcome, found.words) == (outcome, words)


def test_a_pop3_server_without_stls() -> None:
    with serving((b"+OK\r\n", b"-ERR what\r\n"), None) as server:
        found = probe().pop3s("localhost", server.port, NEW, stls=True)
        assert (found.outcome, found.words) == (NO_STARTTLS, "-ERR what")


def test_nothing_is_told_but_a_greeting() -> None:
    with serving(SMTP, KINDS["as it comes"]) as server:
        probe().smtp("localhost", server.port, NEW)
    assert server.heard == [b"EHLO [127.0.0.1]\r\n", b"STARTTLS\r\n", b"QUIT\r\n"]


def test_each_place_and_offer_is_asked_once_whoever_asks() -> None:
    with serving(SMTP, KINDS["as it comes"]) as server, ThreadPoolExecutor(8) as pool:
        asking = probe()
        names = ["localhost", "LOCALHOST"] * 8
        found = {answer.version for answer in pool.map(lambda name: asking.smtp(name, server.port, NEW), names)}
        assert (found, server.met) == ({"TLSv1.3"}, 1)
        asking.smtp("localhost", server.port, R2008)
        assert server.met == 2


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    assert probe().smtp("localhost", port, NEW).outcome == UNREACHABLE


def test_a_server_that_says_nothing_ends_with_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        found = probe(0.3).smtp("localhost", int(listener.getsockname()[1]), NEW)
        assert (found.outcome, found.words) == (UNKNOWN, "no answer in time")
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("host", ["", "a..b", "\0", "x" * 300, "nobody.invalid"])
def test_a_name_that_is_none_raises_nothing(host: str) -> None:
    assert probe(5).smtp(host, 9, NEW).outcome in (UNKNOWN, UNREACHABLE)


@pytest.mark.parametrize("offer", [Offer(suites=("NO-SUCH-SUITE",)), Offer(suites=()), of_2008r2("TLS_NONE")])
def test_an_offer_that_the_controller_cannot_make(offer: Offer) -> None:
    with serving(SMTP, KINDS["as it comes"]) as server:
        assert probe().smtp("localhost", server.port, offer).outcome == UNKNOWN


def test_the_suites_of_a_policy() -> None:
    listed = "TLS_RSA_WITH_RC4_128_SHA,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P384, TLS_RSA_WITH_AES_128_CBC_SHA,nonsense"
    assert suites_of(listed) == ("ECDHE-RSA-AES128-SHA", "AES128-SHA") == suites_of(listed.split(","))
    assert of_2008r2(listed) == Offer(TLS12, ("ECDHE-RSA-AES128-SHA", "AES128-SHA"), "prime256v1")
    assert len(R2008.suites) == 20
