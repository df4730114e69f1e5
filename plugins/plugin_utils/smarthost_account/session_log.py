# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchange's own word: what its SmtpSend protocol log tells of the sessions after a switch."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..mailboxes.login_proof import PROVEN, REFUSED
from ..mailboxes.refusals import LOGIN_OUTAGE, classify
from ..request import Reply, Step

FOLDER = Step("read_transport_server", "Get-TransportServer", select=("Name", "SendProtocolLogPath"), always=True)
COMMAND = "Read-SmtpSendLog"
SELECT = ("Files", "Lines", "Truncated")
UNKNOWN, ENDED = "unknown", "ended"
_FIELDS = ("date-time", "connector-id", "session-id", "sequence-number", "local", "remote", "event", "data", "context")


@dataclass(frozen=True)
class SessionVerdict:
    """PROVEN (a new session logged in), REFUSED (the login was refused), ENDED (a new session came to its end before
    either) or UNKNOWN; with the provider's reply, or the last line of the session that ended."""

    outcome: str
    text: str = ""


def folder_of(server: str, reply: Reply) -> str | None:
    """The folder of a server's log in a reply to FOLDER."""
    for each in reply.result(FOLDER.id).output:
        if str(each.get("Name")).lower() == server.lower() and each.get("SendProtocolLogPath"):
            return str(each["SendProtocolLogPath"])
    return None


def log_step(path: str, connector: str, after: datetime) -> Step:
    """The step that reads a connector's log lines since a moment of the host's clock."""
    moment = after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Step("read_log", COMMAND, {"Path": path, "Connector": connector, "After": moment}, SELECT)


def verdict(lines: Iterable[str], after: datetime) -> SessionVerdict:
    """What the log says of sessions that began after a moment (aware); the latest word of any of them.

    A session that was open before keeps the old login until it ends, so only new ones count. One that ended without a
    word on the login counts only where none had one.
    """
    word: SessionVerdict | None = None
    ended: SessionVerdict | None = None
    last: dict[str, str] = {}
    for line in map(_fields, lines):
        session, event = line.get("session-id", ""), line.get("event")
        if event == "+" and _moment(line.get("date-time", "")) >= after:
            last[session] = ""
        if session not in last:
            continue
        last[session] = _telling(line) or last[session]
        word = (_of_reply(line.get("data", "")) if event == "<" else None) or word
        if event == "-":
            ended = SessionVerdict(ENDED, last[session])
    return word or ended or SessionVerdict(UNKNOWN)


def _telling(line: dict[str, str]) -> str:
    """What was said last, by the provider or by Exchange itself; a farewell tells nothing."""
    text = (line.get("data") or line.get("context") or "") if line.get("event") in ("<", "*") else ""
    return "" if text.startswith("221") else text


def _fields(line: str) -> dict[str, str]:
    """The fields of one line. Each is read by itself: one that is cut inside quotes must not swallow the next."""
    try:
        return dict(zip(_FIELDS, next(csv.reader([line]), []), strict=False))
    except csv.Error:
        return {}


def _of_reply(reply: str) -> SessionVerdict | None:
    """The verdict of one reply line; only the replies to AUTH have these codes (RFC 4954), and an outage is none."""
    code = reply[:3]
    if code == "235":
        return SessionVerdict(PROVEN, reply)
    refused = code in ("534", "535", "538") and classify(reply).kind != LOGIN_OUTAGE
    return SessionVerdict(REFUSED, reply) if refused else None


def _moment(text: str) -> datetime:
    """A log line's time, which is UTC; the beginning of time where it cannot be read."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
