# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed of the provider's mailboxes, in one SQLite file on the controller.

An inventory claims when a mailbox was made; the ledger knows when it was first seen to log in, what was switched
and why, and what the provider refused. It holds no password: only a keyed fingerprint of the last one that was
written, whose random key lies in a file of its own beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import LedgerFailed
from .messages import say

DEFAULT_NAME = "ledger.sqlite"
LOGGED_IN, SWITCHED, REFUSED, WRITTEN, RECREATED = "logged_in", "switched", "refused", "written", "recreated"
HELD_BACK = "held_back"
"""The login was taken, but not its sender or its rate."""
POP3_LOGIN = "pop3_login"
"""A POP3 login was tried; the text is JSON with its outcome, server, port and number of waiting messages."""
QUEUE_SUSPENDED, QUEUE_RESUMED = "queue_suspended", "queue_resumed"
"""A recovery stopped a connector's queue, and let it go on; their mailbox is the login that the connector had."""
KINDS = (
    LOGGED_IN,
    SWITCHED,
    REFUSED,
    WRITTEN,
    RECREATED,
    HELD_BACK,
    POP3_LOGIN,
    QUEUE_SUSPENDED,
    QUEUE_RESUMED,
)
_VERSION = 1
_WAIT = 30.0  # seconds for another fork to finish its transaction
_SCHEMA = """
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    host TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    fingerprint TEXT
);
CREATE INDEX events_by_mailbox ON events (mailbox, kind);
"""


@dataclass(frozen=True)
class Event:
    """One line of the ledger. ``at`` is a moment (UTC); ``fingerprint`` belongs to the password of that moment."""

    at: datetime
    host: str
    mailbox: str
    kind: str
    text: str = ""
    fingerprint: str | None = None


class Ledger:
    """The ledger of a controller, safe to use from parallel forks. Every method raises LedgerFailed."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        with _failures(path):
            self.path = path.expanduser()
        self.read_only = read_only

    def record(self, *events: Event) -> None:
        """Add events, all or none; a read-only ledger (check mode) takes none."""
        if self.read_only or not events:
            return
        with self._open() as database:
            database.executemany(
                "INSERT INTO events (at, host, mailbox, kind, text, fingerprint) VALUES (?, ?, ?, ?, ?, ?)",
                map(_row, events),
            )

    def events(self, mailbox: str | None = None, kinds: Sequence[str] = KINDS, host: str | None = None) -> list[Event]:
        """The events in their order, of one mailbox, one host, some kinds."""
        if self._is_empty():
            return []
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT at, host, mailbox, kind, text, fingerprint FROM events WHERE kind IN ({marks})"
        values = list(kinds)
        for column, value in (("mailbox", mailbox.lower() if mailbox else None), ("host", host)):
            if value is not None:
                query += f" AND {column} = ?"
                values.append(value)
        with self._open() as database:
            return [_event(row) for row in database.execute(query + " ORDER BY id", values)]

    def _is_empty(self) -> bool:
        with _failures(self.path):
            try:
                return self.path.stat().st_size == 0
            except FileNotFoundError:
                return True

    def first_login(self, mailbox: str) -> datetime | None:
        """The first moment at which the mailbox was seen to log in, since it was last made anew; on any host."""
        first = None
        for event in self.events(mailbox, (LOGGED_IN, RECREATED)):
            first = None if event.kind == RECREATED else first or event.at
        return first

    def last_refusal(self, mailbox: str) -> Event | None:
        """The provider's last refusal of the mailbox's login, unless it has logged in since."""
        last = None
        for event in self.events(mailbox, (REFUSED, LOGGED_IN)):
            last = event if event.kind == REFUSED else None
        return last

    def last_written(self, host: str) -> Event | None:
        """The last password that was written on a host."""
        return next(reversed(self.events(kinds=(WRITTEN,), host=host)), None)

    def last_pop3_login(self, mailbox: str) -> Event | None:
        """The last POP3 login of a mailbox that was tried from any host, whatever came of it."""
        return next(reversed(self.events(mailbox, (POP3_LOGIN,))), None)

    def fingerprint(self, mailbox: str, password: str) -> str:
        """A keyed fingerprint of a password: equal for equal ones, useless without the key file."""
        key = self._key()
        text = f"{mailbox.lower()}\0{password}".encode(errors="surrogatepass")
        digest = hmac.new(key, text, hashlib.sha256).hexdigest()
        # Tells fingerprints of a lost key from those of a changed password.
        return f"{hashlib.sha256(key).hexdigest()[:8]}:{digest}"

    def same_password(self, fingerprint: str | None, mailbox: str, password: str) -> bool | None:
        """Whether a fingerprint is that of the password; None where the key it was made with is lost."""
        now = self.fingerprint(mailbox, password)
        if fingerprint is None or fingerprint.split(":")[0] != now.partition(":")[0]:
            return None
        return hmac.compare_digest(fingerprint, now)

    def _key(self) -> bytes:
        path = self.path.with_name(self.path.name + ".key")
        with _failures(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                key = secrets.token_bytes(32)
            return key if self.read_only else _write_once(path, key)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection with one transaction: all of it or nothing, and one writer at a time."""
        with _failures(self.path):
            if not self.read_only:
                _make_private(self.path)
            uri = f"{self.path.absolute().as_uri()}?mode={'ro' if self.read_only else 'rw'}"
            with closing(sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)) as database:
                database.execute("BEGIN" if self.read_only else "BEGIN IMMEDIATE")
                _check_version(database, self.path, self.read_only)
                yield database
                database.execute("COMMIT")


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file, as LedgerFailed."""
    try:
        yield
    except (OSError, RuntimeError, sqlite3.Error) as error:  # RuntimeError: a home (~) that does not exist
        problem = getattr(error, "strerror", None) or str(error)
        raise LedgerFailed(say("ledger_failed", str(path), problem=problem)) from error


def _check_version(database: sqlite3.Connection, path: Path, read_only: bool) -> None:
    """A new file gets its tables; one of another version, or of another program, is refused and kept."""
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version == 0 and tables == 0 and not read_only:
        for statement in _SCHEMA.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {_VERSION}")
    elif version != _VERSION and not (version == 0 and tables == 0):
        raise LedgerFailed(say("ledger_foreign", str(path), version=version, expected=_VERSION))


def _make_private(path: Path) -> None:
    """The file and its folder, readable by their owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _write_once(path: Path, key: bytes) -> bytes:
    """Write the key, or take the one that another fork wrote first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
    try:
        os.link(aside, path)  # fails where it exists: never two keys
    except FileExistsError:
        key = path.read_bytes()
    finally:
        aside.unlink()
    return key


def _row(event: Event) -> tuple[str | None, ...]:
    at = event.at.astimezone(UTC).isoformat()
    return at, event.host, event.mailbox.lower(), event.kind, event.text, event.fingerprint


def _event(row: Sequence[Any]) -> Event:
    at, host, mailbox, kind, text, fingerprint = row
    return Event(datetime.fromisoformat(at), host, mailbox, kind, text, fingerprint)
