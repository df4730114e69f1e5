# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a recovery is kept: one file a host beside the backups, held by one run at a time."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import HostRefused, MailflowError, Reason, WishRefused
from ..messages import say
from ..whole_file import write_whole
from .record import Recovery, as_data, from_data

ACTIVE, LOCK = "queue_recovery.json", "queue_recovery.lock"


class Store:
    """The file of the one recovery that a host may have at a time: its server's settings are one for all connectors."""

    def __init__(self, directory: str, host: str) -> None:
        self._host = host
        try:
            self._folder = Path(directory).expanduser() / re.sub(r"[^A-Za-z0-9._-]", "_", host).lstrip(".")
        except RuntimeError as error:  # a home (~) that does not exist
            raise MailflowError(say("backup_failed", host, path=directory, problem=str(error))) from error

    @property
    def path(self) -> Path:
        """The file of a recovery that is under way."""
        return self._folder / ACTIVE

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all others off. Raises HostRefused where one is at work; the system lets go of a lock whose holder
        died."""
        with self._failures():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise HostRefused(say("recovery_busy", self._host, path=str(self.path))) from error
            yield
        finally:
            os.close(file)

    def load(self) -> Recovery | None:
        """The recovery under way, None where there is none. Raises WishRefused for a file that is none; it is kept."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or "no text"
            raise WishRefused(say("recovery_unreadable", self._host, path=str(self.path), problem=problem)) from error
        try:
            recovery = from_data(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = "edited or damaged"
            raise WishRefused(say("recovery_unreadable", self._host, path=str(self.path), problem=problem)) from error
        if recovery.host != self._host:
            raise WishRefused(say("backup_of_other_host", self._host, saved=recovery.host, host=self._host))
        return recovery

    def save(self, recovery: Recovery) -> None:
        """Write the whole of it, or leave what was there. Raises MailflowError."""
        text = json.dumps(as_data(recovery), ensure_ascii=False, indent=1) + "\n"
        with self._failures():
            write_whole(self.path, text)

    def finish(self, recovery: Recovery) -> Path:
        """Put a recovery that has come to its end aside, under a name of its own."""
        self.save(recovery)
        target = self._folder / f"queue_recovery_{recovery.started:%Y%m%dT%H%M%SZ}.json"
        with self._failures():
            os.replace(self.path, target)
        return target

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem = error.strerror or str(error)
            raise MailflowError(say("backup_failed", self._host, path=str(self._folder), problem=problem)) from error


def standing(store: Store) -> tuple[Reason, ...]:
    """That a recovery keeps a queue suspended, as a reason beside others; nothing where none does."""
    try:
        recovery = store.load()
    except MailflowError:
        return ()
    if recovery is None or recovery.suspended_at is None or not recovery.stands:
        return ()
    since = f"{recovery.suspended_at:%Y-%m-%d %H:%M} UTC"
    return (say("recovery_stands", recovery.connector, since=since, stage=recovery.stage, path=str(store.path)),)
