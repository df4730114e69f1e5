"""Which messages wait: what a login asks for once it has worked, of servers that answer and of those that do not."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from .pop3_server import ScriptedPop3Server
from .smtp_server import CLOSE, Say
from .test_pop3 import ASK, COUNTED, pair

pytestmark = pytest.mark.pwsh

SELECT = [*COUNTED, "Uids", "Found"]
WANTED = "<1.a@Example.com>"
BOTH = {"Uids": True, "FindMessageId": WANTED}
UIDL = Say(b"+OK\r\n1 abc\r\n2 d~e/f \r\n.\r\n")


def top(*header: bytes) -> Say:
    return Say(b"+OK\r\n" + b"".join(line + b"\r\n" for line in header) + b"\r\n.\r\n")


FOLDED = top(b"Subject: Message-ID: no", b"message-id :", b"\t<1.a@Example.com>", b"X-Other: x")
LONG = top(b"References: " + 3000 * b"<x@y>", b"Message-ID: <1.a@Example.com>")
CASES: list[tuple[str, dict[str, Say], dict[str, Any], tuple[str, str | None, Any, Any]]] = [
    ("both", {"uidl": UIDL, "top": FOLDED}, BOTH, ("done", None, ["abc", "d~e/f"], True)),
    ("a long line", {"top": LONG}, {"FindMessageId": WANTED}, ("done", None, None, True)),
    ("capitals count", {"top": top(b"Message-ID: <1.a@example.com>")}, BOTH, ("done", None, None, False)),
    ("in other words", {"top": top(b"X: 1", b" <1.a@Example.com>")}, BOTH, ("done", None, None, False)),
    ("neither is known", {}, BOTH, ("done", None, None, None)),
    ("nothing waits", {"stat": Say(b"+OK 0 0\r\n"), "uidl": Say(b"+OK\r\n.\r\n")}, BOTH, ("done", None, [], False)),
    ("no list of ids", {"uidl": Say(b"+OK\r\nabc\r\n.\r\n")}, BOTH, ("uidl", "unreadable", None, None)),
    ("it hangs up", {"uidl": UIDL, "top": CLOSE}, BOTH, ("top", "closed", ["abc", "d~e/f"], None)),
    ("no end of lines", {"top": top(*(1001 * [b"X: y"]))}, BOTH, ("top", "unreadable", None, None)),
    ("no end of a line", {"top": top(b"X: " + 70000 * b"y")}, BOTH, ("top", "unreadable", None, None)),
    ("refused", {"pass": Say(b"-ERR no\r\n")}, BOTH, ("pass", "reply", None, None)),
    ("nothing is asked", {"uidl": UIDL}, {}, ("done", None, None, None)),
    ("false is no question", {"uidl": UIDL}, {"Uids": False, "FindMessageId": None}, ("done", None, None, None)),
]


def test_which_messages_wait() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    servers = [ScriptedPop3Server(script, context, implicit=False) for _, script, _, _ in CASES]
    try:
        with pair() as hosts:
            (found,) = hosts.agree(ASK)[0]["output"]
            secret = next(each for each in found["Secrets"] if each.get("Equal") == [0])
            spans = {"Password": secret, "Entropy": found["Secrets"][secret["Entropy"]]}
            places = {key: {part: each[part] for part in ("Offset", "Length")} for key, each in spans.items()}
            logins = [
                {"Server": "localhost", "Port": server.port, "Security": "none", "Username": "a", **places, **more}
                for server, (_, _, more, _) in zip(servers, CASES, strict=True)
            ]
            asked = {"Sha256": found["Sha256"], "Logins": logins, "TimeoutSeconds": 5}
            (result,) = hosts.agree(("Measure-Pop3Waiting", asked, SELECT))
        heard = [server.heard for server in servers]
    finally:
        for server in servers:
            server.close()
    for (name, *_, expected), row, lines in zip(CASES, result["output"], heard, strict=True):
        assert (row["Stage"], row["Problem"], row["Uids"], row["Found"]) == expected, name
        assert not {line.partition(" ")[0] for line in lines} & {"RETR", "DELE"}, name
    assert [line for line in heard[2] if line.startswith("TOP")] == ["TOP 2 0", "TOP 1 0"]
