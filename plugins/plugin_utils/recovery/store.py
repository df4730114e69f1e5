# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a recovery is kept: one file a host beside the backups, held by one run at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..controller.atomic_write import FILE_ERRORS, host_folder, problem_of, read_text, write_whole
from ..controller.host_lock import HostLock
from ..controller.identity import Identity, Trace, accepts
from ..errors import InputRefused, MailflowError, Reason
from ..messages import reason_of
from .record import NOUN, Recovery, as_data, from_data

ACTIVE = f"{NOUN}.json"


class Store:
    """The file of the one recovery that a host may have at a time: its server's settings are one for all connectors.

    ``accepted`` are identities that are the host's own, too: a recovery of theirs is taken over.
    """

    def __init__(self, directory: str, host: str, accepted: Collection[str] = ()) -> None:
        self._host = host
        self._accepted = accepted
        self._here: Identity | None = None
        self._lock = HostLock(directory, host, NOUN, "recovery_busy", NOUN, patience=0)
        self._found: Path | None = None
        try:
            self._folder = host_folder(directory, host)
        except FILE_ERRORS as error:
            raise MailflowError(reason_of("backup_failed", host, path=directory, problem=problem_of(error))) from error

    @property
    def path(self) -> Path:
        """The file of a recovery that is under way."""
        return self._folder / ACTIVE

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all other recoveries off, and once the server is known also those that know it by another name; within
        such a block it is held already. Raises Busy where one is at work."""
        if self._lock.held:
            yield
            return
        try:
            self._lock.take()
            yield
        finally:
            self._lock.close()

    def meet(self, here: Identity) -> list[Trace]:
        """The recovery under way, and those of this server that are kept by other names. From now on it is this
        server's. Raises Busy where one is at work on it by another name."""
        self._here = here
        self._lock.meet(here)
        own = self._found or self.path
        return [Trace(str(path), whose) for path, whose in self._all() if path == own or whose.is_server(here)]

    def accept(self, here: Identity) -> None:
        """The next tick writes it down."""

    def load(self) -> Recovery | None:
        """The recovery under way, None where there is none. Raises InputRefused for a file that is none; it is kept."""
        self._found = self.path if os.path.lexists(self.path) else next(self._adopted(), self.path)
        recovery = self._read(self._found)
        if recovery and not recovery.identity.is_of(self._host) and not accepts(self._accepted, recovery.identity):
            whose, host = recovery.identity, self._host
            raise InputRefused(reason_of("backup_of_other_host", host, saved=recovery.host, host=host, identity=whose))
        return recovery

    def save(self, recovery: Recovery) -> None:
        """Write the whole of it, or leave what was there. Raises MailflowError."""
        here = self._here or Identity(self._host)
        computer, domain = here.computer or recovery.computer, here.domain or recovery.domain
        kept = replace(recovery, host=self._host, computer=computer, domain=domain)
        text = json.dumps(as_data(kept), ensure_ascii=False, indent=1) + "\n"
        with self._failures():
            write_whole(self.path, text)
            if self._found and self._found != self.path:
                self._found.unlink(missing_ok=True)  # it was taken over
                self._found = self.path

    def finish(self, recovery: Recovery) -> Path:
        """Put a recovery that has come to its end aside, under a name of its own."""
        self.save(recovery)
        target = self._folder / f"queue_recovery_{recovery.started:%Y%m%dT%H%M%SZ}.json"
        with self._failures():
            os.replace(self.path, target)
        return target

    def _read(self, path: Path) -> Recovery | None:
        try:
            return from_data(json.loads(read_text(path)))
        except FileNotFoundError:
            return None
        except OSError as error:
            problem = problem_of(error)
            raise InputRefused(reason_of("recovery_unreadable", self._host, path=str(path), problem=problem)) from error
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
            problem = "edited or damaged"
            raise InputRefused(reason_of("recovery_unreadable", self._host, path=str(path), problem=problem)) from error

    def _all(self) -> Iterator[tuple[Path, Identity]]:
        """The recoveries under way below the directory, of all hosts, as far as they can be read: whose each is."""
        paths: list[Path] = []
        with suppress(*FILE_ERRORS):
            paths += sorted(self._folder.parent.glob(f"*/{ACTIVE}"))
        for path in paths:
            with suppress(*FILE_ERRORS):
                data = json.loads(read_text(path))
                whose = data.get("host") if isinstance(data, dict) else None
                if isinstance(whose, str) and not path.parent.is_symlink():
                    yield path, Identity.of(data)

    def _adopted(self) -> Iterator[Path]:
        """Those that are this host's by what an operator says, or by its name, in another folder."""
        return (path for path, whose in self._all() if whose.is_of(self._host) or accepts(self._accepted, whose))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except FILE_ERRORS as error:
            problem = problem_of(error)
            raise MailflowError(
                reason_of("backup_failed", self._host, path=str(self._folder), problem=problem)
            ) from error


def standing(store: Store) -> tuple[Reason, ...]:
    """That a recovery keeps a queue suspended, as a reason beside others; nothing where none does."""
    try:
        recovery = store.load()
    except MailflowError:
        return ()
    if recovery is None or recovery.suspended_at is None or not recovery.stands:
        return ()
    since = f"{recovery.suspended_at:%Y-%m-%d %H:%M} UTC"
    return (reason_of("recovery_stands", recovery.connector, since=since, stage=recovery.stage, path=str(store.path)),)
