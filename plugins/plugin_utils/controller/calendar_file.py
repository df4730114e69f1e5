# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The next date on which something will happen, as a calendar file (RFC 5545) on the controller."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..errors import MailflowError
from ..messages import reason_of
from .atomic_write import FILE_ERRORS, problem_of, write_whole

DURATION = timedelta(minutes=15)
_FOLD = 74  # octets in a line, which may have 75 with the space before them (RFC 5545, 3.1)


def event(moment: datetime, summary: str, key: str, now: datetime) -> str:
    """A calendar with one event at ``moment`` (aware). Imported again, the same ``key`` replaces the event."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//sbs.mailflow//smarthost account//EN",
        "BEGIN:VEVENT",
        f"UID:{_text(key)}@sbs.mailflow",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(moment)}",
        f"DTEND:{_stamp(moment + DURATION)}",
        f"SUMMARY:{_text(summary)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + "\r\n" for line in lines)


def write(path: str, text: str, where: str) -> None:
    """Write the file anew, whole or not at all. Raises MailflowError."""
    try:
        write_whole(Path(path).expanduser(), text, mode=0o644)
    except FILE_ERRORS as error:
        raise MailflowError(reason_of("calendar_failed", where, path=path, problem=problem_of(error))) from error


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    whole = value.encode("utf-8", "replace").decode()  # no half of a pair
    return re.sub(r"\r\n|\r|\n", r"\\n", re.sub(r"([\\;,])", r"\\\1", whole))


def _folded(line: str) -> str:
    """A long line goes on behind a space; no character of several octets is cut."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _FOLD:
            pieces.append(piece)
            piece, size = "", 0
        piece, size = piece + character, size + octets
    return "\r\n ".join([*pieces, piece])
