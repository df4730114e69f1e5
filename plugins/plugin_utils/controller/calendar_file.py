# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The next dates on which something will happen, as a calendar file (RFC 5545) on the controller: one event a host.

All hosts of a run may write into one file, several at a time. Each takes the file for itself, replaces its own event,
and leaves every other line as it is; a file that is none of ours is never touched.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..errors import MailflowError
from ..messages import notice_of, reason_of
from .atomic_write import FILE_ERRORS, make_folder, problem_of, read_text, regular, write_whole
from .host_lock import open_locked

DURATION = timedelta(minutes=15)
PATIENCE = 30.0
"""For how many seconds a run waits for another one that writes the same file."""
MODE = 0o644
_GLANCE = 0.05
_FOLD = 74  # octets in a line, which may have 75 with the space before them (RFC 5545, 3.1)
_OURS = "PRODID:-//sbs.mailflow//"
_BEGIN, _END = "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n"
_HEAD = f"{_BEGIN}VERSION:2.0\r\n{_OURS}smarthost account//EN\r\n"
_EVENTS = re.compile(r"^(BEGIN:VEVENT\r\n.*?^END:VEVENT\r\n)", re.DOTALL | re.MULTILINE)


def event(moment: datetime, summary: str, key: str, now: datetime) -> str:
    """A calendar with one event at ``moment`` (aware). Imported again, the same ``key`` replaces the event."""
    lines = [
        "BEGIN:VEVENT",
        _uid(key),
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(moment)}",
        f"DTEND:{_stamp(moment + DURATION)}",
        f"SUMMARY:{_text(summary)}",
        "END:VEVENT",
    ]
    return _HEAD + "".join(_folded(line) + "\r\n" for line in lines) + _END


def write(path: str, text: str, where: str) -> None:
    """Put the event of a calendar that ``event`` has made into the file, in place of the one with the same key; whole
    or not at all. Raises MailflowError."""
    _update(path, _EVENTS.findall(text)[0], where)


def remove(path: str, key: str, where: str) -> None:
    """Take the event of that key out of the file, if there is one. Raises MailflowError."""
    _update(path, None, where, _uid(key))


def _update(path: str, new: str | None, where: str, uid: str = "") -> None:
    try:
        place = Path(path).expanduser()
        if new is None and not place.exists():
            return
        target = regular(place)
        make_folder(target.parent, MODE)
        with _alone(target):
            before = read_text(target)
            after = _changed(before, new, uid or _uid_of(new or ""))
            if after != before:
                write_whole(target, after, mode=MODE)
    except FILE_ERRORS as error:
        raise MailflowError(reason_of("calendar_failed", where, path=path, problem=problem_of(error))) from error


def _changed(text: str, new: str | None, uid: str) -> str:
    """The calendar with another event of that UID, or without one; an empty file is an empty calendar. Raises
    ValueError for what is none of ours."""
    # An editor, or a repository, may have changed the ends of the lines.
    lines = re.sub(r"\r?\n", "\r\n", text or _HEAD + _END)
    head, *rest = _EVENTS.split(lines)
    if not (head.startswith(_BEGIN) and f"\r\n{_OURS}" in head and lines.endswith(_END)):
        raise ValueError(notice_of("calendar_foreign"))
    own = [at for at, part in enumerate(rest) if part.startswith("BEGIN:VEVENT") and _uid_of(part) == uid]
    if new and [_undated(rest[at]) for at in own] == [_undated(new)]:
        return text
    kept = [part for at, part in enumerate(rest) if at not in own]
    if not new:
        return "".join([head, *kept])
    if not kept:  # no event so far: the end stands in the head
        return head.removesuffix(_END) + new + _END
    return "".join([head, *kept[:-1], new, kept[-1]])


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep others off a file, which is there from then on. Raises OSError."""
    until = time.monotonic() + PATIENCE
    while (number := open_locked(path, MODE)) is None:
        if time.monotonic() >= until:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        time.sleep(_GLANCE)
    try:
        yield
    finally:
        os.close(number)


def _uid(key: str) -> str:
    return f"UID:{_text(key)}@sbs.mailflow"


def _uid_of(event: str) -> str:
    """The line with an event's UID; events of others have theirs, or none."""
    found = re.search(r"^UID:.*?(?=\r\n)", event.replace("\r\n ", ""), re.MULTILINE)
    return found[0] if found else ""


def _undated(event: str) -> str:
    """An event without the moment at which it was written."""
    return re.sub(r"^DTSTAMP:.*?\r\n", "", event, flags=re.MULTILINE)


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
