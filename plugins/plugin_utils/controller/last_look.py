# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look has seen of a host, for the next one to compare with: one file a host beside the saved states. It is a
help and no condition: whoever cannot read or write it goes on without, and says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import Busy, MailflowError
from ..messages import notice_of
from .atomic_write import FILE_ERRORS, host_folder, problem_of, read_text, write_whole
from .backup import is_format
from .host_lock import HostLock
from .identity import Identity, Trace

FORMAT = 1


class LastLook:
    """The file of one kind of look at one host. Where another look is at work, or nothing can be kept (``read_only``,
    as in check mode, or a folder that cannot be written), ``held`` is false, and ``problem`` says why."""

    def __init__(self, directory: str, host: str, noun: str, read_only: bool) -> None:
        self._directory, self._host, self._noun = directory, host, noun
        self._here: Identity | None = None
        self._lock = HostLock(directory, host, noun, "look_busy", noun, patience=0)
        self.problem = notice_of("look_check_mode") if read_only else ""
        if not read_only:
            self._take()
        self._content, self.damage = self._read()

    @property
    def held(self) -> bool:
        """Whether no other look is at work on the host, and this one can be kept."""
        return self._lock.held

    @property
    def content(self) -> Mapping[str, Any]:
        """What the look before has kept; nothing where there was none, or none that can be read (``damage``)."""
        return self._content

    def meet(self, here: Identity) -> list[Trace]:
        """Whose the last look is; from now on it is about this server."""
        self._here = here
        try:
            self._lock.meet(here)
        except MailflowError as error:
            self._give_up(error)
        path = f"{self._directory}/{self._host}/{self._noun}.json"
        return [Trace(path, Identity.of(self._content))] if self._content else []

    def accept(self, here: Identity) -> None:
        """The next look is written down as this server's."""

    def keep(self, seen: Mapping[str, Any]) -> None:
        """Keep what this look has seen, in place of the last one. Where that fails, ``problem`` says why."""
        if not self.held:
            return
        whose = (self._here or Identity(self._host)).as_data()
        content = {"format": FORMAT, "noun": self._noun, **whose, **seen}
        try:
            folder = host_folder(self._directory, self._host)
            write_whole(folder / f"{self._noun}.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        except FILE_ERRORS as error:
            self.problem = notice_of("look_not_kept", path=self._directory, problem=problem_of(error))

    def close(self) -> None:
        """Let others look."""
        self._lock.close()

    def _take(self) -> None:
        try:
            self._lock.take()
        except MailflowError as error:
            self._give_up(error)

    def _give_up(self, error: MailflowError) -> None:
        self._lock.close()
        found = error.reasons[0].found
        busy = isinstance(error, Busy)
        self.problem = found if busy else notice_of("look_not_kept", path=self._directory, problem=found)

    def _read(self) -> tuple[Mapping[str, Any], str]:
        """The content, and why there is none where there should be one."""
        try:
            content = json.loads(read_text(host_folder(self._directory, self._host) / f"{self._noun}.json"))
        except FileNotFoundError:
            return {}, ""
        except (*FILE_ERRORS, RecursionError) as error:
            return {}, notice_of("look_unreadable", problem=problem_of(error))
        whole = isinstance(content, dict) and is_format(content.get("format"), FORMAT) and _is_whose(content)
        return (content, "") if whole else ({}, notice_of("look_unreadable", problem="edited or damaged"))


def _is_whose(content: Mapping[str, Any]) -> bool:
    return isinstance(content.get("host"), str)
