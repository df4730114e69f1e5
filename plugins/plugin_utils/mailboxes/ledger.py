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
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..controller.atomic_write import FILE_ERRORS, as_bytes, keep_private, problem_of, read_bytes, regular, write_new
from ..controller.identity import Identity, Trace
from ..errors import LedgerFailed
from ..lenient import moment
from ..messages import reason_of
from .names import mailbox_key

DEFAULT_NAME = "ledger.sqlite"
LOGGED_IN, SWITCHED, REFUSED, WRITTEN, RECREATED = "logged_in", "switched", "refused", "written", "recreated"
HELD_BACK = "held_back"
"""The login was taken, but not its sender or its rate."""
POP3_LOGIN = "pop3_login"
"""A POP3 login was tried; the text is JSON with its outcome, server, port and number of waiting messages."""
POP3_FETCHED = "pop3_fetched"
"""The POP3 connector itself took mail from a mailbox; the text is server and port."""
QUEUE_SUSPENDED, QUEUE_RESUMED = "queue_suspended", "queue_resumed"
"""A recovery stopped a connector's queue, and let it go on; their mailbox is the login that the connector had."""
ACCEPTED = "accepted"
"""An operator has said that another server, or another name, is this one."""
KINDS = (
    LOGGED_IN,
    SWITCHED,
    REFUSED,
    WRITTEN,
    RECREATED,
    HELD_BACK,
    POP3_LOGIN,
    POP3_FETCHED,
    QUEUE_SUSPENDED,
    QUEUE_RESUMED,
    ACCEPTED,
)
_VERSION = 1
_KEY_BYTES = 32
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
_SERVERS = """
ALTER TABLE events ADD COLUMN computer TEXT;
ALTER TABLE events ADD COLUMN domain TEXT;
CREATE INDEX events_by_host ON events (host);
CREATE INDEX events_by_server ON events (computer, domain);
"""
"""The servers behind the hosts. Ledgers of before they were noted get them, and whoever does not know them can still
use the file: so it is no other version."""
_TRIES = "CREATE TABLE IF NOT EXISTS tries (mailbox TEXT PRIMARY KEY, at TEXT NOT NULL, fingerprint TEXT NOT NULL)"
"""Logins that were tried to no avail, of which nothing is known: no events, only a reason to wait before the next."""

_RUNS = "CREATE TABLE IF NOT EXISTS runs (host TEXT PRIMARY KEY, at TEXT NOT NULL, due TEXT)"
"""The last run on each host, and the moment at which it expected something to happen."""


@dataclass(frozen=True)
class LastRun:
    """When a host was looked at last, and when something was to happen after that (UTC)."""

    at: datetime
    due: datetime | None = None


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
        self._here: Identity | None = None

    def meet(self, here: Identity) -> list[Trace]:
        """The servers that the ledger has known by the name of this one, and the names of this one: of each the last.
        From now on events of its name are this server's."""
        self._here = here
        found = [self._last_server("host = ? AND (computer IS NOT NULL OR domain IS NOT NULL)", here.label)]
        if here.computer and here.domain:
            found.append(self._last_server("computer = ? AND domain = ?", here.computer, here.domain))
        return [Trace(str(self.path), each) for each in found if each]

    def accept(self, here: Identity) -> None:
        """Note that this server goes by this name from now on."""
        self.record(Event(datetime.now(UTC), here.label, "", ACCEPTED, "accept_identity"))

    def _last_server(self, condition: str, *values: str) -> Identity | None:
        if self.is_empty():
            return None
        with self._open() as database:
            if not _knows_servers(database):
                return None
            query = f"SELECT host, computer, domain FROM events WHERE {condition} ORDER BY id DESC LIMIT 1"
            row = database.execute(query, [*map(_stored, values)]).fetchone()
            return Identity.told(str(row[0]), row[1], row[2]) if row else None

    def record(self, *events: Event) -> None:
        """Add events, all or none; a read-only ledger (check mode) takes none."""
        if self.read_only or not events:
            return
        with self._open() as database:
            database.executemany(
                "INSERT INTO events (at, host, mailbox, kind, text, fingerprint, computer, domain)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*_row(event), *self._server(event.host)) for event in events],
            )

    def _server(self, host: str) -> tuple[str | None, str | None]:
        """Who is behind the name of a host, as far as this run knows."""
        known = self._here is not None and self._here.is_of(host)
        return (self._here.computer, self._here.domain) if self._here and known else (None, None)

    def events(self, mailbox: str | None = None, kinds: Sequence[str] = KINDS, host: str | None = None) -> list[Event]:
        """The events in their order, of one mailbox, one host, some kinds."""
        if self.is_empty():
            return []
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT at, host, mailbox, kind, text, fingerprint FROM events WHERE kind IN ({marks})"
        values = list(kinds)
        for condition, value in (
            ("mailbox_key(mailbox) = ?", mailbox_key(mailbox) if mailbox else None),
            ("host = ?", host),
        ):
            if value is not None:
                query += f" AND {condition}"
                values.append(value)
        with self._open() as database:
            return [_event(row, self.path) for row in database.execute(query + " ORDER BY id", [*map(_stored, values)])]

    def begin(self) -> None:
        """Let the file be there from now on, whether there was anything to record or not; not in check mode."""
        if not self.read_only:
            with self._open():
                pass

    def is_empty(self) -> bool:
        """Whether there is no file yet, or one into which nobody has written."""
        with _failures(self.path):
            try:
                return regular(self.path).stat().st_size == 0
            except FileNotFoundError:
                return True

    def first_login(self, mailbox: str) -> datetime | None:
        """The first moment at which the mailbox was seen to log in, since it was last made anew; on any host."""
        first = None
        for event in self.events(mailbox, (LOGGED_IN, RECREATED)):
            first = None if event.kind == RECREATED else first or event.at
        return first

    def last_login_before_anew(self, mailbox: str) -> datetime | None:
        """The last login of the mailbox that was there before it was last made anew; on any host."""
        last, before = None, None
        for event in self.events(mailbox, (LOGGED_IN, RECREATED)):
            last = event.at if event.kind == LOGGED_IN else last
            before = last if event.kind == RECREATED else before
        return before

    def last_refusal(self, mailbox: str) -> Event | None:
        """The provider's last refusal of the mailbox's login, unless it has logged in since."""
        last = None
        for event in self.events(mailbox, (REFUSED, LOGGED_IN)):
            last = event if event.kind == REFUSED else None
        return last

    def note_tries(self, at: datetime, tries: Mapping[str, str]) -> None:
        """Remember when logins were tried: mailbox -> fingerprint of the password."""
        if self.read_only:
            return
        moment_of = at.astimezone(UTC).isoformat()
        rows = [(_stored(mailbox_key(each)), moment_of, print_of) for each, print_of in tries.items()]
        with self._open() as database:
            database.execute(_TRIES)
            database.executemany("INSERT OR REPLACE INTO tries VALUES (?, ?, ?)", rows)

    def last_try(self, mailbox: str, password: str) -> datetime | None:
        """When this very password was tried last to no avail."""
        if self.is_empty():
            return None
        with self._open() as database:
            if not _has_table(database, "tries"):
                return None
            query = "SELECT at, fingerprint FROM tries WHERE mailbox = ?"
            row = database.execute(query, (_stored(mailbox_key(mailbox)),)).fetchone()
        return moment(row[0]) if row and self.same_password(row[1], mailbox, password) else None

    def note_run(self, host: str, run: LastRun) -> None:
        """Remember the last run on a host; not in check mode."""
        if self.read_only:
            return
        moments = (each.astimezone(UTC).isoformat() if each else None for each in (run.at, run.due))
        with self._open() as database:
            database.execute(_RUNS)
            database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (_stored(host), *moments))

    def last_run(self, host: str) -> LastRun | None:
        """The last run on a host, as far as it was noted."""
        if self.is_empty():
            return None
        with self._open() as database:
            if not _has_table(database, "runs"):
                return None
            row = database.execute("SELECT at, due FROM runs WHERE host = ?", (_stored(host),)).fetchone()
        at = moment(row[0]) if row else None
        return LastRun(at, moment(row[1])) if at else None

    def last_written(self, host: str, mailbox: str | None = None) -> Event | None:
        """The last password that was written on a host, of a mailbox or of any."""
        return next(reversed(self.events(mailbox, (WRITTEN,), host)), None)

    def last_pop3_login(self, mailbox: str) -> Event | None:
        """The last POP3 login of a mailbox that was tried from any host, whatever came of it."""
        return next(reversed(self.events(mailbox, (POP3_LOGIN,))), None)

    def last_pop3_fetch(self, host: str, mailbox: str) -> Event | None:
        """The last time that a host's POP3 connector was seen to take mail from a mailbox."""
        return next(reversed(self.events(mailbox, (POP3_FETCHED,), host)), None)

    def fingerprint(self, mailbox: str, password: str) -> str:
        """A keyed fingerprint of a password: equal for equal ones, useless without the key file."""
        key = self._key()
        text = f"{mailbox_key(mailbox)}\0{password}".encode(errors="surrogatepass")
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
        with _failures(self.path):
            regular(self.path)  # nothing is put beside a device
        path = self.path.with_name(self.path.name + ".key")
        with _failures(path):
            try:
                key = read_bytes(path)
            except FileNotFoundError:
                key = secrets.token_bytes(_KEY_BYTES)
            else:
                if len(key) != _KEY_BYTES or key == bytes(_KEY_BYTES):
                    raise ValueError("it is damaged: no key of a ledger")
                if not self.read_only:
                    keep_private(path)
                return key
            return key if self.read_only else _write_once(path, key)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection with one transaction: all of it or nothing, and one writer at a time."""
        with _failures(self.path):
            target = regular(self.path)
            if not self.read_only and not target.exists():
                with suppress(FileExistsError):  # another fork was faster
                    write_new(target, b"")
            with closing(self._connect()) as database:
                try:
                    _check_version(database, self.path, self.read_only)
                    database.create_function("mailbox_key", 1, mailbox_key, deterministic=True)
                    yield database
                    database.execute("COMMIT")
                except BaseException:
                    # A connection whose statement failed lives on until that is forgotten; its lock must not.
                    with suppress(sqlite3.Error):
                        database.execute("ROLLBACK")
                    raise

    def _connect(self) -> sqlite3.Connection:
        """A connection in its transaction. A run that was killed in one leaves it to be rolled back by the next that
        opens the file, be that one that only reads; otherwise a reader opens it for reading alone."""
        if not self.read_only:
            return _begun(self.path, "rw", "BEGIN IMMEDIATE")
        try:
            return _begun(self.path, "ro", "BEGIN")
        except sqlite3.OperationalError:
            return _begun(self.path, "rw", "PRAGMA query_only = ON", "BEGIN")


def _begun(path: Path, mode: str, *statements: str) -> sqlite3.Connection:
    """An open file after these statements; it can be read then."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    database = sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)
    try:
        for statement in (*statements, "SELECT count(*) FROM sqlite_master"):
            database.execute(statement)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file, as LedgerFailed."""
    try:
        yield
    except (*FILE_ERRORS, sqlite3.Error) as error:
        raise LedgerFailed(reason_of("ledger_failed", str(path), problem=problem_of(error))) from error


def _check_version(database: sqlite3.Connection, path: Path, read_only: bool) -> None:
    """A new file gets its tables, an old one what it lacks; one of another version, or of another program, is refused
    and kept."""
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    new = version == 0 and tables == 0
    if version != _VERSION and not new:
        raise LedgerFailed(reason_of("ledger_foreign", str(path), version=version, expected=_VERSION))
    if read_only or (not new and _knows_servers(database)):
        return
    for statement in ((_SCHEMA if new else "") + _SERVERS).split(";"):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {_VERSION}")


def _has_table(database: sqlite3.Connection, name: str) -> bool:
    return bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone())


def _knows_servers(database: sqlite3.Connection) -> bool:
    return any(row[1] == "computer" for row in database.execute("PRAGMA table_info(events)"))


def _write_once(path: Path, key: bytes) -> bytes:
    """Write the key, or take the one that another fork wrote first."""
    try:
        write_new(path, key)
    except FileExistsError:  # never two keys
        return read_bytes(path)
    return key


def _stored(text: str) -> str:
    """A text as SQLite can hold it."""
    return as_bytes(text).decode() if isinstance(text, str) else text


def _row(event: Event) -> tuple[str | None, ...]:
    texts = (event.host, event.mailbox.lower(), event.kind, event.text)
    return event.at.astimezone(UTC).isoformat(), *map(_stored, texts), event.fingerprint


def _event(row: Sequence[Any], path: Path) -> Event:
    """A line as it was written. Raises LedgerFailed for one that was not."""
    at, host, mailbox, kind, text, fingerprint = row
    found = moment(at)
    if found is None or not all(isinstance(each, str) for each in (host, mailbox, kind, text, fingerprint or "")):
        raise LedgerFailed(reason_of("ledger_failed", str(path), problem="edited or damaged"))
    return Event(found, host, mailbox, kind, text, fingerprint)
