# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every file that is written on the controller: whole and on disk, or what was there stays; and only ever a file, never
a device, a pipe or a directory of that name. Folders that are made for it have its rights, whatever the umask."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

PRIVATE = 0o600
FILE_ERRORS = (OSError, RuntimeError, ValueError)
"""What a file can raise. RuntimeError: a home (~) that does not exist; ValueError: a path that none can have."""
_LONGEST_NAME = 200
_MOST_LINKS = 40
_SYSTEM = ("/dev", "/proc", "/sys")


def problem_of(error: Exception) -> str:
    """What is wrong with a file, in a few words."""
    return getattr(error, "strerror", None) or str(error)


def read_bytes(path: Path) -> bytes:
    """What a file holds. Raises OSError, also where it is none: a pipe would never end."""
    return regular(path).read_bytes()


def read_text(path: Path) -> str:
    """The same as text. Raises OSError, UnicodeDecodeError."""
    return read_bytes(path).decode("utf-8")


def keep_private(path: Path) -> None:
    """Let nobody but its owner read a file that holds a secret. Raises OSError."""
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o077:
        os.chmod(path, mode & 0o700)


def write_whole(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Write a text, line ends as they are, in place of what the file held; by default for its owner alone. Raises
    OSError, and nothing is left beside it."""
    target = regular(path)
    make_folder(target.parent, mode)
    with _aside(target, as_bytes(text), mode) as aside:
        os.replace(aside, target)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that was not there, for its owner alone. Raises OSError, FileExistsError where it is; nothing is
    left then."""
    make_folder(path.parent)
    with _aside(path, content, PRIVATE) as aside:
        try:
            os.link(aside, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            _claim(path, aside)


def _claim(path: Path, aside: str) -> None:
    """Give a file its name where nobody has it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        os.replace(aside, path)
    except BaseException:
        os.unlink(path)
        raise


def as_bytes(text: str) -> bytes:
    """A text as a file holds it. Half a pair of UTF-16, which a host may send, is written as JSON escapes it."""
    return text.encode("utf-8", "backslashreplace")


def regular(path: Path) -> Path:
    """Where a path leads. Raises OSError where that is anything but a file, or a place for one."""
    if any(map(_is_systems, _links(path))):
        raise OSError(errno.EINVAL, "not a regular file")
    with suppress(FileNotFoundError):
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file")
    return Path(os.path.realpath(path))


def _links(path: Path) -> Iterator[Path]:
    """A path, and where its links lead, one after the other."""
    for _link in range(_MOST_LINKS):
        yield path
        if not path.is_symlink():
            return
        path = path.parent / os.readlink(path)


def _is_systems(path: Path) -> bool:
    """Whether a path is a name of the system's own, such as /dev/stdout: a file behind it is another's."""
    at = Path(os.path.normpath(path.absolute()))
    return any(at.is_relative_to(each) for each in _SYSTEM) and not at.is_relative_to("/dev/shm")


def make_folder(folder: Path, mode: int = PRIVATE) -> None:
    """Make a folder and those above it that are missing, for whoever may read files of that mode. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    rights = mode | (mode & 0o444) >> 2
    try:
        os.mkdir(folder, rights)
    except FileExistsError:
        if not folder.is_dir():  # else another fork was faster
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    else:
        os.chmod(folder, rights)


def host_folder(directory: str, host: str) -> Path:
    """The folder of a host below a directory: one for each name, never outside, and none that leads elsewhere. Raises
    OSError, RuntimeError for a home (~) that does not exist."""
    folder = Path(directory).expanduser() / file_name(host)
    if folder.is_symlink():
        raise OSError(errno.ELOOP, f"{folder.name} is a symbolic link")
    return folder


def file_name(name: str) -> str:
    """A name as that of one file; different ones stay different."""
    quoted = quote(name, safe="", errors="surrogatepass").replace("~", "%7E")
    if len(quoted) > _LONGEST_NAME:
        quoted = f"{quoted[:100]}%_{hashlib.sha256(quoted.encode()).hexdigest()}"
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted or "%"


@contextmanager
def _aside(target: Path, content: bytes, mode: int) -> Iterator[str]:
    """The name of a file beside the target that holds the content, on disk; what is done with it is on disk, too."""
    number, aside = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        os.chmod(aside, mode)
        yield aside
        _sync_folder(target.parent)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(aside)


def _sync_folder(folder: Path) -> None:
    """Some file systems do not sync folders; that is theirs to know."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(number)
    finally:
        os.close(number)
