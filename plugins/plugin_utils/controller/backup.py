# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state before a change, saved on the controller as readable JSON; never a password."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InputRefused, MailflowError
from ..lenient import is_of
from ..messages import reason_of
from ..options.values import Kind
from .atomic_write import FILE_ERRORS, as_bytes, host_folder, problem_of, read_text, write_new
from .identity import Identity, Trace, accepts

FORMAT = 1
T = TypeVar("T")


def save(
    directory: str, host: str, noun: str, data: Mapping[str, Any], now: datetime, identity: Identity | None = None
) -> str:
    """Write the saved state of a host to a new file, readable by its owner only and on disk, and return its path.

    Raises MailflowError where it cannot be written: then nothing is changed on the host either.
    """
    whose = identity.as_data() if identity else {"host": host}
    content = {"format": FORMAT, "noun": noun, **whose, "saved_at": now.isoformat(timespec="seconds"), **data}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        path = _free_path(host_folder(directory, host), f"{noun}_{now:%Y%m%dT%H%M%SZ}")
        write_new(path, as_bytes(text))
    except FILE_ERRORS as error:
        raise MailflowError(reason_of("backup_failed", host, path=directory, problem=problem_of(error))) from error
    return str(path)


def _free_path(folder: Path, stem: str) -> Path:
    """A name that is not taken yet: two runs within one second must not overwrite each other."""
    candidates = (folder / f"{stem}{suffix}.json" for suffix in ("", *(f"_{number}" for number in range(2, 100))))
    return next((path for path in candidates if not path.exists()), folder / f"{stem}_100.json")


class Shelf:
    """The saved states in the folder of a host's name. The newest of them says which server goes by it."""

    def __init__(self, directory: str, host: str, read_only: bool) -> None:
        self._directory, self._host, self._read_only = directory, host, read_only

    def meet(self, here: Identity) -> list[Trace]:
        """Whose the newest one is."""
        for path, content in self.contents():
            whose = Identity.of(content) if content is not None else None
            if whose and whose.is_of(self._host):
                return [Trace(str(path), whose)]
        return []

    def contents(self) -> Iterator[tuple[Path, dict[str, Any] | None]]:
        """The saved files, the newest first, each with its content; None for one that cannot be read."""
        with suppress(*FILE_ERRORS):
            for path in self._files():
                yield path, _content(path)

    def require_read(self) -> None:
        """Raises InputRefused where it cannot be told what is in the folder; one that is not there is empty."""
        try:
            self._files()
        except FileNotFoundError:
            return
        except FILE_ERRORS as error:
            raise InputRefused(
                reason_of("runs_unread", self._host, path=self._directory, problem=problem_of(error))
            ) from error

    def _files(self) -> list[Path]:
        """The saved files, the newest first; hidden ones are those of other programs. Raises OSError, RuntimeError."""
        stamped = [
            (match[1], path)
            for path in self._folder.iterdir()
            if (match := _STAMPED.search(path.name)) and not path.name.startswith(".")
        ]
        return [path for _stamp, path in sorted(stamped, key=_age, reverse=True)]

    def accept(self, here: Identity) -> None:
        """Save that this is the server from now on, with no state of it."""
        if not self._read_only:
            save(self._directory, self._host, "identity", {}, datetime.now(UTC), here)

    @property
    def _folder(self) -> Path:
        return host_folder(self._directory, self._host)


_STAMPED = re.compile(r"_(\d{8}T\d{6}Z(?:_\d+)?)\.json$")


def stamp_of(path: Path) -> str:
    """When a file was saved (UTC), as its name tells; nothing where it does not."""
    found = _STAMPED.search(path.name)
    return found[1] if found else ""


def noun_named(path: Path) -> str:
    """What a saved file is of, as its name tells."""
    return _STAMPED.sub("", path.name)


def _age(stamped: tuple[str, Path]) -> tuple[str, int, str]:
    """What files are ordered by: of one second, when they were written."""
    stamp, path = stamped
    written = 0
    with suppress(OSError):
        written = path.stat().st_mtime_ns
    return stamp.partition("_")[0], written, path.name


def _content(path: Path) -> dict[str, Any] | None:
    """The content of a saved file; None for one that cannot be read."""
    with suppress(*FILE_ERRORS):
        content = json.loads(read_text(path))
        return content if isinstance(content, dict) else None
    return None


def find(path: str, directory: str, host: str) -> str:
    """The path of a saved file: as it is where it is absolute or leads somewhere from the current folder, else where
    the states of the host are saved, if it is there."""
    with suppress(*FILE_ERRORS):
        places = (Path(path).expanduser(), host_folder(directory, host) / path, Path(directory).expanduser() / path)
        return str(next((each for each in places if each.is_file()), path))
    return path


def load(path: str, host: str, nouns: Collection[str], accepted: Collection[str] = ()) -> dict[str, Any]:
    """A saved state of one of these nouns, and of this host unless that of another is accepted. Raises InputRefused."""
    try:
        content = json.loads(read_text(Path(path).expanduser()))
    except FILE_ERRORS as error:
        problem = getattr(error, "strerror", None) or "no JSON"
        raise InputRefused(reason_of("backup_unreadable", host, path=path, problem=problem)) from error
    if (
        not isinstance(content, dict)
        or not is_format(content.get("format"), FORMAT)
        or content.get("noun") not in tuple(nouns)
    ):
        raise InputRefused(reason_of("backup_unreadable", host, path=path, problem="another kind of file"))
    if not isinstance(content.get("host"), str):
        raise InputRefused(reason_of("backup_unreadable", host, path=path, problem="edited or damaged"))
    saved = Identity.of(content)
    if not saved.is_of(host) and not accepts(accepted, saved):
        raise InputRefused(
            reason_of("backup_of_other_host", host, saved=content.get("host"), host=host, identity=saved)
        )
    return content


@dataclass(frozen=True)
class Saved:
    """A saved file that a task on ``host`` goes back to. ``accepted``: an operator has said that whatever it is about
    is this host, too."""

    content: Mapping[str, Any]
    path: str
    host: str
    accepted: bool = False

    @property
    def identity(self) -> Identity:
        """Whom it is about."""
        return Identity.of(self.content)

    def understood(self, read: Callable[[Mapping[str, Any]], T]) -> T:
        """What ``read`` makes of the content. Raises InputRefused for one that was edited or damaged."""
        try:
            return read(self.content)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
            where, path = self.host, self.path
            raise InputRefused(reason_of("backup_unreadable", where, path=path, problem="edited or damaged")) from error


def is_format(reported: Any, known: int) -> bool:
    """Whether a file tells of this version of its format: a whole number, which neither true nor 1.0 is."""
    return is_of(int, reported) and reported == known


def setting(kind: Kind, value: Any) -> Hashable:
    """A setting of a file's content, as it was written there. Raises TypeError or ValueError where it is another thing
    that could be declared as well, such as a number in quotes."""
    canonical = kind.parse(value)
    if _types(kind.show(canonical)) != _types(value):
        raise TypeError("another type than was written")
    return canonical


def _types(value: Any) -> Any:
    return (list, {type(each) for each in value}) if isinstance(value, (list, tuple)) else type(value)


def text(value: Any) -> str:
    """A text of a file's content. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("a text")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts of a file's content. Raises TypeError."""
    if not isinstance(value, list):
        raise TypeError("a list of texts")
    return tuple(map(text, value))


def text_or_none(value: Any) -> str | None:
    """The same where there may be none."""
    return None if value is None else text(value)
