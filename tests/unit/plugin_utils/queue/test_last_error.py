"""Texts of LastError in; Exchange's code, the smart host's words and their class out."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.last_error import read_last_error

FAILOVER = (
    "Attempted failover to alternate host, but that did not succeed. Either there are no alternate hosts, or delivery"
    " failed to all alternate hosts."
)


def wrapped(words: str, opening: str = '"', closing: str = '"') -> str:
    return f"451 4.4.0 Primary target IP address responded with: {opening}{words}{closing} {FAILOVER}"


ACC = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
CASES: dict[str, tuple[str, str | None, str, str]] = {
    "Strato's rate, of one message": (ACC, None, ACC, "throttled"),
    "Strato's rate, of a connection": (wrapped(f"{ACC}."), "451 4.4.0", f"{ACC}.", "throttled"),
    "typographic quotes": (wrapped(ACC, "\u201c", "\u201d"), "451 4.4.0", ACC, "throttled"),
    "German quotes": (wrapped(ACC, "\u201e", "\u201c"), "451 4.4.0", ACC, "throttled"),
    "quotes within": (
        wrapped('421 4.7.0 "info@beispiel.de": mail send limit exceeded.'),
        "451 4.4.0",
        '421 4.7.0 "info@beispiel.de": mail send limit exceeded.',
        "throttled",
    ),
    "cut off": ('451 4.4.0 Primary target IP address responded with: "421 too many mails', "451 4.4.0",
                "421 too many mails", "throttled"),
    "IONOS, first line": (
        "450 Requested mail action not taken: mailbox unavailable", None,
        "450 Requested mail action not taken: mailbox unavailable", "throttled",
    ),
    "IONOS, both lines": (
        "450 Requested mail action not taken: mailbox unavailable Mail send limit exceeded.", None,
        "450 Requested mail action not taken: mailbox unavailable Mail send limit exceeded.", "throttled",
    ),
    "a mailbox that is not there": (
        "550 Requested action not taken: mailbox unavailable", None,
        "550 Requested action not taken: mailbox unavailable", "recipient",
    ),
    "T-Online": ("550 Send quota exceeded", None, "550 Send quota exceeded", "throttled"),
    "the receiver's limit, not ours": (
        "450 4.2.1 The user you are trying to contact is receiving mail at a rate that", None,
        "450 4.2.1 The user you are trying to contact is receiving mail at a rate that", "recipient",
    ),
    "a full mailbox": ("452 4.2.2 Mailbox full", None, "452 4.2.2 Mailbox full", "recipient"),
    "the login": (wrapped("535 5.7.8 Error: authentication failed"), "451 4.4.0",
                  "535 5.7.8 Error: authentication failed", "login"),
    "the login, in Exchange's words": (
        wrapped("451 5.7.3 Cannot achieve Exchange Server authentication."), "451 4.4.0",
        "451 5.7.3 Cannot achieve Exchange Server authentication.", "login",
    ),
    "no usable AUTH": (wrapped("451 5.7.3 Require basic authentication."), "451 4.4.0",
                       "451 5.7.3 Require basic authentication.", "login"),
    "goneo's senders": (
        "553 5.7.1 <a@b.de>: Sender address rejected: not owned by user info@beispiel.de", None,
        "553 5.7.1 <a@b.de>: Sender address rejected: not owned by user info@beispiel.de", "sender",
    ),
    "IONOS's senders": ("550 Sender address is not allowed.", None, "550 Sender address is not allowed.", "sender"),
    "a block list": (
        "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.example", None,
        "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.example", "address",
    ),
    "no connection": (wrapped("421 4.4.1 Connection timed out."), "451 4.4.0", "421 4.4.1 Connection timed out.",
                      "connection"),
    "dropped": (wrapped("421 4.4.2 Connection dropped due to SocketError."), "451 4.4.0",
                "421 4.4.2 Connection dropped due to SocketError.", "connection"),
    "no name": ("451 4.4.0 DNS query failed", None, "451 4.4.0 DNS query failed", "connection"),
    "TLS": (wrapped("454 4.7.0 TLS not available due to temporary reason"), "451 4.4.0",
            "454 4.7.0 TLS not available due to temporary reason", "connection"),
    "later versions": (
        "[{LRT=1/2/2026 3:04:05 PM};{LED=450 4.7.0 Transmit rate limit exceeded};{FQDN=smtp.strato.de};{IP=1.2.3.4}]",
        None, "450 4.7.0 Transmit rate limit exceeded", "throttled",
    ),
    "Exchange's delay": ("400 4.4.7 Message delayed", None, "400 4.4.7 Message delayed", "notice"),
    "a frame without words": ("[{LED=};{MSG=};{FQDN=};{IP=};{LRT=}]", None, "", "notice"),
    "a frame cut off before its words": ("[{LRT=1/2/2026 3:04:05 PM};{FQ", None, "", "notice"),
    "a frame cut off in its words": (
        f"[{{LRT=1/2/2026 3:04:05 PM}};{{LED={wrapped(ACC)[:110]}", None,
        wrapped(ACC)[53:110], "throttled",
    ),
    "a proxy's words around them": (
        f"450 4.4.101 Proxy session setup failed on Frontend with '{wrapped(ACC)}'", "450 4.4.101", ACC, "throttled",
    ),
    "Microsoft 365's arrow": (
        f"550 5.0.350 Remote server returned an error -> {ACC}", "550 5.0.350", ACC, "throttled",
    ),
    "a report": ("#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", None,
                 "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "recipient"),
    "a report about another server": ("#< #5.1.1 smtp;550 5.1.1 User unknown> #SMTP#", None,
                                      "550 5.1.1 User unknown", "recipient"),
    "in another language": ("Die Nachricht wurde verz\u00f6gert", None, "Die Nachricht wurde verz\u00f6gert", "other"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outer", "words", "kind"), CASES.values(), ids=CASES)
def test_a_text_is_taken_apart(text: str, outer: str | None, words: str, kind: str) -> None:
    found = read_last_error(text)
    assert found is not None
    assert (found.outer, found.words, found.kind) == (outer, words, kind)
    assert (found.confidence == "") == (kind == "other")


@pytest.mark.parametrize("value", [None, "", "  \r\n"])
def test_nothing_is_no_error(value: str | None) -> None:
    assert read_last_error(value) is None


def test_line_breaks_do_not_matter() -> None:
    found = read_last_error(wrapped(ACC).replace(" ", "\r\n  "))
    assert found is not None and (found.words, found.kind) == (ACC, "throttled")
