"""The SmtpSend or SmtpReceive protocol log of a server, in the form in which Exchange 2010 writes it."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

_FIELDS: Final = "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context"
_FIRST_SESSION: Final = 0x08CD5C0000000000  # sixteen digits, as a server's; only that they differ matters


class ProtocolLog:
    """All sessions of one server as one text; a real server begins a new file every hour or 10 MB. Thread-safe.

    ``direction`` is Send or Receive.
    """

    def __init__(self, now: Callable[[], datetime], direction: str = "Send") -> None:
        self._now = now
        self._direction = direction
        self._lock = threading.Lock()
        self._text = io.StringIO()
        self._sessions = 0

    @property
    def text(self) -> str:
        """The log as it is; empty, as the file is missing, where nothing was ever logged."""
        with self._lock:
            return self._text.getvalue()

    def session(self, connector: str) -> SessionLog:
        """The log of a new session."""
        with self._lock:
            self._sessions += 1
            return SessionLog(self, connector, f"{_FIRST_SESSION + self._sessions:016X}")

    def add(self, *fields: str, late: timedelta = timedelta(0)) -> None:
        """Write one line; its time comes before the fields. ``late``: time of the session that did not pass here."""
        time = _time(self._now() + late)
        with self._lock:
            if not self._text.tell():
                self._text.write(_head(time, self._direction))
            csv.writer(self._text, lineterminator="\r\n").writerow([time, *fields])


class SessionLog:
    """One session; the endpoints are known once it is connected."""

    def __init__(self, log: ProtocolLog, connector: str, id: str) -> None:
        self._log = log
        self._begin = (connector, id)
        self._number = 0
        self.local, self.remote = "", ""
        self.late = timedelta(0)

    @property
    def id(self) -> str:
        """The session's own, sixteen digits."""
        return self._begin[1]

    def note(self, event: str, data: str, context: str = "") -> None:
        """``*`` says something, ``+`` and ``-`` begin and end the connection, ``>`` is what the server says, ``<`` what
        it hears."""
        line = (*self._begin, str(self._number), self.local, self.remote, event, data, context)
        self._log.add(*line, late=self.late)
        self._number += 1


def _head(time: str, direction: str) -> str:
    kind = f"Log-type: SMTP {direction} Protocol Log"
    lines = ("Software: Microsoft Exchange Server", "Version: 14.0.0.0", kind)
    return "".join(f"#{line}\r\n" for line in (*lines, f"Date: {time}", f"Fields: {_FIELDS}"))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
