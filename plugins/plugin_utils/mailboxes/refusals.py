# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server's reply of refusal means: its class, by the rows of data/refusals.json.

The rows stand in groups, and the first that fits decides: exact texts of providers and servers, Exchange's own, what
the enhanced status code says by itself (RFC 3463), general words, and what is left of the codes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ..messages import notice_of
from ..messages.visible import folded

TABLE: Final = Path(__file__).parent.parent / "data" / "refusals.json"
LOGIN, LOGIN_OUTAGE, SENDER, ADDRESS, THROTTLED = "login", "login_outage", "sender", "address", "throttled"
OLD_SERVER, CONNECTION, RECIPIENT, GREYLISTED = "old_server", "connection", "recipient", "greylisted"
CONTENT, PER_MESSAGE_LIMIT, NOTICE, OTHER = "content", "per_message_limit", "notice", "other"
CLASSES: Final = (
    LOGIN, LOGIN_OUTAGE, SENDER, ADDRESS, THROTTLED, OLD_SERVER, CONNECTION, RECIPIENT, GREYLISTED, CONTENT,
    PER_MESSAGE_LIMIT, NOTICE, OTHER,
)  # fmt: skip
OURS, ELSEWHERE = "ours", ("recipient", "message")
"""Whom a class touches: all our mail, or one recipient or message."""
REMEDIES: Final = {kind: f"refusal_do_{kind}" for kind in CLASSES}
"""What to do about a class, in messages.NOTICES."""

_LONGEST: Final = 2000
"""Characters of a reply that are read; the longest of the large providers have 700."""
_WORDS: Final = "words"
"""The group of general words, which are searched without the names in a reply."""
_STATUS = r"[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)"
_CODES = re.compile(rf"(?:(?P<code>[245]\d\d|-ERR)(?:[ -]|$))?\s*(?:#?(?P<status>{_STATUS})\W*(?:\s|$))?", re.I)
_LATE_STATUS = re.compile(rf"\(?#({_STATUS})\)?")
_NAMES = re.compile(
    r"https?://\S+|<[^<>\s]*>|[^\s<>@]+@[^\s<>@]+|\[[^\]\s]*\]|\b[\w-]+(?:\.[\w-]+)*\.(?:[a-z]{2,}|[A-Z]{2,})\b"
)
"""Links, addresses and host names: ``spam@``, ``relay.`` and ``greylist.`` are no words."""


@dataclass(frozen=True)
class SmtpReply:
    """A reply taken apart: ``code`` (three digits, ``-ERR`` of POP3, or empty), ``status`` (the enhanced status code,
    or empty) and ``text``, what stands behind them; a reply of several lines is one text."""

    code: str
    status: str
    text: str


@dataclass(frozen=True)
class Meaning:
    """The class of a reply, who says so and how sure that is (OTHER and empty where no row fits)."""

    kind: str
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class _Row:
    meaning: Meaning
    names: bool
    code: re.Pattern[str] | None
    status: re.Pattern[str] | None
    text: re.Pattern[str] | None

    def fits(self, reply: SmtpReply, words: str) -> bool:
        """Whether all that the row asks for is there; ``words`` is the text without names."""
        return (
            (self.code is None or self.code.fullmatch(reply.code) is not None)
            and (self.status is None or self.status.fullmatch(reply.status) is not None)
            and (self.text is None or self.text.search(reply.text if self.names else words) is not None)
        )


@lru_cache(maxsize=1000)
def classify(words: str) -> Meaning:
    """What a server's words mean. Most of a queue was told the same."""
    reply = take_apart(words[:_LONGEST])
    plain = folded(_NAMES.sub(" ", reply.text))
    return next((row.meaning for row in _rows() if row.fits(reply, plain)), Meaning(OTHER))


def take_apart(words: str) -> SmtpReply:
    """A reply's codes and text; the codes that each line of several repeats are left out."""
    text = folded(words)
    found = _CODES.match(text)
    code, status = (found["code"] or "", found["status"] or "") if found else ("", "")
    rest = text[found.end() :] if found else text
    if text[len(code) : len(code) + 1] == "-":
        rest = re.sub(rf"(?:^|(?<=\s)){code}(?:[ -]|$)(?:{_STATUS}\s)?", "", rest)
    late = None if status else _LATE_STATUS.search(rest)
    return SmtpReply(code.upper(), late[1] if late else status, rest.strip())


def remedy(kind: str) -> str:
    """What to do about a class."""
    return notice_of(REMEDIES[kind])


def meaning_of(kind: str) -> str:
    """What a class means, as the table says it."""
    return str(_class(kind)["meaning"])


def is_ours(kind: str) -> bool:
    """Whether a class touches all mail by this provider, login, sender or address, and not one recipient or message."""
    return scope_of(kind) == OURS


def scope_of(kind: str) -> str:
    """Whom a class touches: OURS, one of ELSEWHERE, or neither where the words do not tell."""
    return _class(kind)["scope"]


def is_of_one(kind: str) -> bool:
    """Whether a class touches one recipient or one message alone: no word about us, nor about our rate."""
    return _class(kind)["scope"] in ("recipient", "message")


def _class(kind: str) -> dict[str, str]:
    found: dict[str, str] = next(each for each in table()["classes"] if each["class"] == kind)
    return found


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """The table as it stands in the file."""
    found: dict[str, Any] = json.loads(TABLE.read_text(encoding="ascii"))
    return found


@lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    return tuple(_row(row, group != _WORDS) for group, rows in table()["rows"].items() for row in rows)


def _row(row: dict[str, str], names: bool) -> _Row:
    code, status, text = (
        re.compile(row[key], re.IGNORECASE) if key in row else None for key in ("code", "status", "text")
    )
    return _Row(Meaning(row["class"], row["source"], row["confidence"]), names, code, status, text)
