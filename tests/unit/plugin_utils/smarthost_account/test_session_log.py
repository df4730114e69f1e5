"""Exchange's own word: lines of its protocol log in, a verdict out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.session_log import (
    SessionVerdict,
    log_step,
    verdict,
)

AFTER = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
OK, NO = "235 2.7.0 Authentication successful", "535 5.7.8 Error: authentication failed"


def line(event: str, data: str = "", session: str = "A", seconds: float = 1) -> str:
    moment = (AFTER + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return f"{moment},Strato,{session},0,192.168.1.2:49152,81.169.145.133:587,{event},{data},"


CLOSED = line("-", "", "A", 9)


def opened(session: str = "A", seconds: float = 1) -> str:
    return line("+", session=session, seconds=seconds)


def test_the_step_asks_for_the_lines_since_a_moment() -> None:
    berlin = AFTER.astimezone(timezone(timedelta(hours=1))) + timedelta(milliseconds=900)
    step = log_step(r"C:\Logs\SmtpSend", "Strato", berlin)
    assert step.command == "Read-SmtpSendLog"
    assert step.parameters == {"Path": r"C:\Logs\SmtpSend", "Connector": "Strato", "After": "2026-03-02T12:00:00Z"}


VERDICTS: dict[str, tuple[list[str], SessionVerdict]] = {
    "no line": ([], SessionVerdict("unknown")),
    "the file's head": (
        ["#Software: Microsoft Exchange Server", "#Fields: date-time,connector-id"],
        SessionVerdict("unknown"),
    ),
    "opened alone": ([opened()], SessionVerdict("unknown")),
    "logged in": ([opened(), line("<", "334 VXNlcm5hbWU6"), line("<", OK)], SessionVerdict("proven", OK)),
    "refused": ([opened(), line("<", NO)], SessionVerdict("refused", NO)),
    "mechanism too weak": ([opened(), line("<", "534 5.7.9 weak")], SessionVerdict("refused", "534 5.7.9 weak")),
    "encryption required": ([opened(), line("<", "538 tls")], SessionVerdict("refused", "538 tls")),
    "an outage of the logins": (
        [opened(), line("<", "535 5.7.8 authentication failed: generic failure")],
        SessionVerdict("unknown"),
    ),
    "a failure for now": ([opened(), line("<", "454 4.7.0 later")], SessionVerdict("unknown")),
    "a recipient that is refused": ([opened(), line("<", "550 5.1.1 unknown")], SessionVerdict("unknown")),
    "a login and a refused recipient": ([opened(), line("<", OK), line("<", "550 no")], SessionVerdict("proven", OK)),
    "what Exchange says itself": ([opened(), line(">", NO), line("*", OK)], SessionVerdict("unknown")),
    "a session of before": ([opened(seconds=-1), line("<", NO)], SessionVerdict("unknown")),
    "a session that was open before the first line": ([line("<", NO)], SessionVerdict("unknown")),
    "begun at the very moment": ([opened(seconds=0), line("<", OK)], SessionVerdict("proven", OK)),
    "an old session beside a new one": (
        [opened("OLD", -5), opened("NEW"), line("<", OK, "NEW"), line("<", NO, "OLD", 2)],
        SessionVerdict("proven", OK),
    ),
    "the latest word of two": (
        [opened("A"), line("<", OK, "A"), opened("B"), line("<", NO, "B")],
        SessionVerdict("refused", NO),
    ),
    "refused, then taken": (
        [opened("A"), line("<", NO, "A"), opened("B"), line("<", OK, "B")],
        SessionVerdict("proven", OK),
    ),
    "data in quotes": (
        [opened(), line("<", '"235 ok, ""Herr Maier"""')],
        SessionVerdict("proven", '235 ok, "Herr Maier"'),
    ),
    "a line cut in quotes": ([opened(), line("<", '"334 abc'), line("<", NO)], SessionVerdict("refused", NO)),
    "a line cut before its data": ([opened(), opened()[:40], line("<", NO)[:70]], SessionVerdict("unknown")),
    "an unreadable moment": (["gestern," + opened().partition(",")[2], line("<", NO)], SessionVerdict("unknown")),
    "a moment without a zone": ([opened().replace("Z,", ",", 1), line("<", OK)], SessionVerdict("proven", OK)),
    "an empty line": (["", opened(), "", line("<", OK)], SessionVerdict("proven", OK)),
    "ended before the login": (
        [
            opened(),
            line("<", "220 hello"),
            line("<", "454 4.7.0 later"),
            line(">", "QUIT"),
            line("<", "221 bye"),
            CLOSED,
        ],
        SessionVerdict("ended", "454 4.7.0 later"),
    ),
    "no TLS": (
        [opened(), line("<", "220 ready"), line("*") + "TLS negotiation failed with error SocketError", CLOSED],
        SessionVerdict("ended", "TLS negotiation failed with error SocketError"),
    ),
    "too many connections": ([opened(), line("<", "421 later"), CLOSED], SessionVerdict("ended", "421 later")),
    "nothing was said": ([opened(), CLOSED], SessionVerdict("ended", "")),
    "the latest of two ends": (
        [opened("A"), opened("B"), line("<", "421 b", "B"), line("-", session="B"), line("<", "421 a"), CLOSED],
        SessionVerdict("ended", "421 a"),
    ),
    "an end, then a login": ([opened("A"), CLOSED, opened("B"), line("<", OK, "B")], SessionVerdict("proven", OK)),
    "a login, then an end": (
        [opened("A"), line("<", OK), CLOSED, opened("B"), line("-", session="B")],
        SessionVerdict("proven", OK),
    ),
    "a refusal and its end": ([opened(), line("<", NO), CLOSED], SessionVerdict("refused", NO)),
    "the end of a session of before": ([opened(seconds=-1), CLOSED], SessionVerdict("unknown")),
    "a NUL": ([opened(), "\0\0\0", line("<", OK)], SessionVerdict("proven", OK)),
    "a line too long for a field": ([opened(), line("<", "x" * 200_000), line("<", OK)], SessionVerdict("proven", OK)),
}


@pytest.mark.parametrize(("lines", "found"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict(lines: list[str], found: SessionVerdict) -> None:
    assert verdict(lines, AFTER) == found


def test_no_reply_of_a_login_is_a_verdict_unless_it_is_one_of_rfc_4954() -> None:
    spoken = {
        code for code in range(200, 600) if verdict([opened(), line("<", f"{code} x")], AFTER).outcome != "unknown"
    }
    assert spoken == {235, 534, 535, 538}
